/* Where a result goes: what is too small is refused before anything is polled, and nothing is
 * written beside it. */

#include "../driver/rig.h"
#include "doubles.h"

static weir_rt *rt;

static int setup(void **state)
{
    (void)state;
    rt = weir_rt_new(NULL, NULL);
    return rt ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    weir_rt_drop(rt);
    return 0;
}

/* A number between two words that nobody may touch. */
struct guarded {
    uint32_t before;
    int32_t n;
    uint32_t behind;
};
static const struct guarded untouched = {0xA5A5A5A5, -7, 0x5A5A5A5A};

static void is_untouched(const struct guarded *guarded)
{
    assert_memory_equal(guarded, &untouched, sizeof untouched);
}

static weir_stream *count_of(struct script *script)
{
    return weir_count(script_stream(script, "#"));
}

static void said_well(const weir_error *error, const char *message, const char *stage)
{
    assert_int_equal(error->code, WEIR_E_TYPE);
    assert_string_equal(error->message, message);
    assert_string_equal(error->cure, "a variable of that type");
    assert_int_equal(error->trail_n, 1);
    assert_string_equal(error->trail[0], stage);
}

static const char no_room[] =
    "'uint64_t' does not fit where its result should go, which has 4 bytes";

static void too_small_for_a_run(void **state)
{
    (void)state;
    struct script script = {0};
    struct guarded out = untouched;
    weir_error error;
    assert_int_equal(weir_run(count_of(&script), &out.n, &error), WEIR_ERROR);
    said_well(&error, no_room, "count");
    assert_int_equal(weir_rt_run(rt, count_of(&script), &out.n, &error), WEIR_ERROR);
    said_well(&error, no_room, "count");
    assert_int_equal(weir_rt_run(rt, count_of(&script), &out.n, NULL), WEIR_ERROR);
    is_untouched(&out);
    assert_int_equal(script.polls, 0); /* nothing was begun, and all of it was dropped */
    assert_int_equal(script.finis, 1);
}

/* A vector is four times a number. */
static void a_vector_is_no_number(void **state)
{
    (void)state;
    int64_t out[4] = {1, 2, 3, 4};
    weir_error error;
    assert_int_equal(weir_run(weir_collect(weir_range(0, 9), 10), &out[0], &error), WEIR_ERROR);
    said_well(&error, "'weir_vec' does not fit where its result should go, which has 8 bytes",
              "collect");
    for (int i = 0; i < 4; i++)
        assert_int_equal(out[i], i + 1);
}

static void too_small_for_the_next(void **state)
{
    (void)state;
    struct script script = {0};
    struct guarded out = untouched;
    weir_error error;
    int64_t n = 0;
    weir_stream *stream = script_stream(&script, "5 6 $");
    for (int i = 0; i < 2; i++) {
        assert_int_equal(weir_rt_next(rt, stream, &out.n, &error), WEIR_ERROR);
        said_well(&error, "'int64_t' does not fit where it should go, which has 4 bytes", "script");
        assert_false(error.fatal); /* the stream is as it was */
    }
    assert_int_equal(weir_rt_next(rt, stream, &out.n, NULL), WEIR_ERROR);
    is_untouched(&out);
    assert_int_equal(script.polls, 0);
    assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_READY);
    assert_int_equal(n, 5);
    weir_drop(stream);
}

static void exact_and_larger_ones_do(void **state)
{
    (void)state;
    uint64_t exact = 0;
    struct {
        uint64_t n, behind;
    } larger = {0, 77};
    assert_int_equal(weir_run(weir_count(weir_range(0, 5)), &exact, NULL), WEIR_READY);
    assert_int_equal(exact, 5);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 6)), &exact, NULL), WEIR_READY);
    assert_int_equal(exact, 6);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 7)), &larger, NULL), WEIR_READY);
    weir_stream *range = weir_range(8, 9);
    assert_int_equal(larger.n, 7);
    assert_int_equal(weir_rt_next(rt, range, &larger, NULL), WEIR_READY);
    assert_int_equal(larger.n, 8);
    assert_int_equal(larger.behind, 77);
    weir_drop(range);
}

static void void_pointers_are_trusted(void **state)
{
    (void)state;
    uint64_t n = 0;
    void *out = &n;
    assert_int_equal(weir_run(weir_count(weir_range(0, 5)), out, NULL), WEIR_READY);
    assert_int_equal(n, 5);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 6)), out, NULL), WEIR_READY);
    assert_int_equal(n, 6);
    weir_stream *range = weir_range(7, 9);
    assert_int_equal(weir_rt_next(rt, range, out, NULL), WEIR_READY);
    assert_int_equal(n, 7);
    weir_drop(range);
}

/* As other languages call them, which have no macros. */
static void functions_know_no_size(void **state)
{
    (void)state;
    int64_t n = 0;
    assert_int_equal((weir_run)(weir_count(weir_range(0, 5)), &n, NULL), WEIR_READY);
    assert_int_equal(n, 5);
    assert_int_equal((weir_rt_run)(rt, weir_count(weir_range(0, 6)), &n, NULL), WEIR_READY);
    assert_int_equal(n, 6);
    weir_stream *range = weir_range(7, 9);
    assert_int_equal((weir_rt_next)(rt, range, &n, NULL), WEIR_READY);
    assert_int_equal(n, 7);
    weir_drop(range);
}

/* Nobody wants it: it is dropped. */
static void nowhere_is_fine(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    int32_t *none = NULL;
    weir_stream *collect = weir_collect(script_stream(&script, "1 2 3 $"), 9);
    assert_int_equal(weir_run(collect, NULL, NULL), WEIR_READY);
    assert_int_equal(tracked_live, 0);
    collect = weir_collect(script_stream(&script, "1 2 3 $"), 9);
    assert_int_equal(weir_rt_run(rt, collect, none, NULL), WEIR_READY); /* of whatever type */
    assert_int_equal(tracked_live, 0);
    weir_stream *stream = script_stream(&script, "1 P* 2 3 $");
    struct tracked item;
    assert_int_equal(weir_rt_next(rt, stream, NULL, NULL), WEIR_READY);
    assert_int_equal(weir_rt_next(rt, stream, none, NULL), WEIR_READY);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
    assert_int_equal(item.value, 3);
    tracked_drop(item);
    assert_int_equal(weir_rt_next(rt, stream, NULL, NULL), WEIR_END);
    weir_drop(stream);
}

/* What could not be built has a better reason than that. */
static void failed_chains_say_their_own(void **state)
{
    (void)state;
    struct guarded out = untouched;
    weir_error error;
    weir_stream *failed = weir_collect(weir_range(0, 3), 0);
    assert_int_equal(weir_run(failed, &out.n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "collect: the limit 'items_max' is 0");
    failed = weir_chunks(weir_range(0, 3), 0);
    assert_int_equal(weir_rt_next(rt, failed, &out.n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "chunks: the limit 'n' is 0");
    assert_int_equal(weir_rt_next(rt, failed, &out.n, &error), WEIR_END);
    weir_drop(failed);
    is_untouched(&out);
}

int task_out(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_small_for_a_run),       cmocka_unit_test(a_vector_is_no_number),
        cmocka_unit_test(too_small_for_the_next),    cmocka_unit_test(exact_and_larger_ones_do),
        cmocka_unit_test(void_pointers_are_trusted), cmocka_unit_test(functions_know_no_size),
        cmocka_unit_test(nowhere_is_fine),           cmocka_unit_test(failed_chains_say_their_own),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
