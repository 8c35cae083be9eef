/* Where a result goes: what is of another type is refused before anything is polled, and nothing
 * is written there. */

#include "../driver/rig.h"
#include "doubles.h"

static weir_rt *rt;
static const weir_type int_type = WEIR_TYPE(int), byte_type = WEIR_TYPE(uint8_t);

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

/* In this test, of this function. */
static void said_well_in(const char *test, const char *function, const weir_error *error,
                         const char *message, const char *stage)
{
    char wanted[WEIR_MESSAGE_BYTES];
    snprintf(wanted, sizeof wanted, "%s in %s %s", function, test, message);
    assert_int_equal(error->code, WEIR_E_TYPE);
    assert_string_equal(error->message, wanted);
    assert_non_null(strstr(error->place, "out.c"));
    assert_true(error->line);
    assert_string_equal(error->cure, "a variable of that type");
    assert_int_equal(error->trail_n, 1);
    assert_string_equal(error->trail[0], stage);
}

#define said_well(...) said_well_in(__func__, __VA_ARGS__)

static const char no_room[] = "takes 'int32_t', but 'count' yields 'uint64_t'";

static void too_small_for_a_run(void **state)
{
    (void)state;
    struct script script = {0};
    struct guarded out = untouched;
    weir_error error;
    assert_int_equal(weir_run(count_of(&script), &out.n, &error), WEIR_ERROR);
    said_well("weir_run", &error, no_room, "count");
    assert_int_equal(weir_rt_run(rt, count_of(&script), &out.n, &error), WEIR_ERROR);
    said_well("weir_rt_run", &error, no_room, "count");
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
    char small[5] = "1234";
    weir_error error;
    assert_int_equal(weir_run(weir_collect(weir_range(0, 9), 10), &out[0], &error), WEIR_ERROR);
    said_well("weir_run", &error, "takes 'int64_t', but 'collect' yields 'weir_vec'", "collect");
    assert_int_equal(weir_run(weir_collect(weir_range(0, 9), 10), &small, &error), WEIR_ERROR);
    said_well("weir_run", &error, "takes 5 bytes, but 'collect' yields 'weir_vec', which has 32",
              "collect");
    assert_string_equal(small, "1234");
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
        said_well("weir_rt_next", &error, "takes 'int32_t', but 'script' yields 'int64_t'",
                  "script");
        assert_true(error.fatal); /* asked like this it will not go on */
    }
    assert_int_equal(weir_rt_next(rt, stream, &out.n, NULL), WEIR_ERROR);
    is_untouched(&out);
    assert_int_equal(script.polls, 0);
    assert_int_equal(weir_rt_next(rt, stream, &n, &error), WEIR_READY);
    assert_int_equal(n, 5);
    weir_drop(stream);
}

static void exact_ones_do(void **state)
{
    (void)state;
    uint64_t exact = 0;
    unsigned long long same = 0;
    assert_int_equal(weir_run(weir_count(weir_range(0, 5)), &exact, NULL), WEIR_READY);
    assert_int_equal(exact, 5);
    assert_int_equal(weir_rt_run(rt, weir_count(weir_range(0, 6)), &same, NULL), WEIR_READY);
    assert_int_equal(same, 6);
}

/* The rest of it would be what it was. */
static void larger_ones_do_not(void **state)
{
    (void)state;
    weir_error error;
    int64_t wide = 7;
    struct {
        int64_t n, behind;
    } both = {7, 77};
    weir_stream *small = weir_repeat(&int_type, &(int){5});
    assert_int_equal(weir_await(weir_next(small), &wide, &error), WEIR_ERROR);
    said_well("weir_await", &error, "takes 'int64_t', but 'next' yields 'int32_t'", "next");
    assert_int_equal(weir_await_next(small, &wide, &error), WEIR_ERROR);
    said_well("weir_await_next", &error, "takes 'int64_t', but 'repeat' yields 'int32_t'",
              "repeat");
    weir_stream *future = weir_next(small);
    assert_int_equal(weir_await_any(&future, 1, &wide, &error), -1);
    said_well("weir_await_any", &error, "takes 'int64_t', but 'next' yields 'int32_t'", "next");
    weir_drop(future);
    assert_int_equal(weir_run(weir_next(small), &wide, &error), WEIR_ERROR);
    assert_int_equal(weir_rt_run(rt, weir_next(small), &wide, &error), WEIR_ERROR);
    assert_int_equal(weir_rt_next(rt, small, &wide, &error), WEIR_ERROR);
    assert_int_equal(wide, 7);
    assert_int_equal(weir_await_next(small, &both, &error), WEIR_ERROR);
    said_well("weir_await_next", &error,
              "takes 16 bytes, but 'repeat' yields 'int32_t', which has 4", "repeat");
    weir_drop(small);
}

/* Numbers of one size are not one type, but for the sign. */
static void other_numbers_do_not(void **state)
{
    (void)state;
    weir_error error;
    double real = 1.5;
    uint64_t sign = 7;
    bool byte = false;
    weir_stream *range = weir_range(0, 9), *bytes = weir_repeat(&byte_type, &(uint8_t){5});
    assert_int_equal(weir_await_next(range, &real, &error), WEIR_ERROR);
    said_well("weir_await_next", &error, "takes 'double', but 'range' yields 'int64_t'", "range");
    assert_int_equal(weir_await_next(bytes, &byte, &error), WEIR_ERROR);
    said_well("weir_await_next", &error, "takes 'bool', but 'repeat' yields 'uint8_t'", "repeat");
    assert_true(real == 1.5 && !byte);
    assert_int_equal(weir_await_next(range, &sign, &error), WEIR_READY);
    assert_int_equal(sign, 0);
    weir_drop(bytes);
    weir_drop(range);
}

/* What is no number says no more than its size. */
static void others_of_that_size_do(void **state)
{
    (void)state;
    weir_error error;
    struct wrapped {
        int64_t n;
    } wrapped = {0};
    int64_t row[1] = {0};
    char buffer[16];
    unsigned char bytes[64];
    weir_stream *range = weir_range(5, 9);
    assert_int_equal(weir_await_next(range, &wrapped, &error), WEIR_READY);
    assert_int_equal(wrapped.n, 5);
    assert_int_equal(weir_await_next(range, &row, &error), WEIR_READY);
    assert_int_equal(row[0], 6);
    assert_int_equal(weir_await_next(range, &buffer, &error), WEIR_READY);
    assert_int_equal(weir_await_next(range, &bytes, &error), WEIR_READY);
    memcpy(row, buffer, sizeof row);
    assert_int_equal(row[0], 7);
    memcpy(row, bytes, sizeof row);
    assert_int_equal(row[0], 8);
    weir_drop(range);
    range = weir_range(5, 9);
    assert_int_equal(weir_await_next(range, buffer, &error), WEIR_ERROR); /* one char */
    weir_drop(range);
}

/* A chain that could not be built says why, and not that its task's handle is of no use. */
static void what_is_done_fits_anywhere(void **state)
{
    (void)state;
    weir_error error;
    int64_t n = 0x0101010101010101;
    weir_stream *units = weir_repeat(&weir_type_unit, &(char){0});
    assert_int_equal(weir_await(weir_next(units), &n, &error), WEIR_READY);
    assert_int_equal(n, 0);
    weir_drop(units);
    weir_stream *failed = weir_collect(weir_range(0, 3), 0);
    assert_int_equal(weir_await(weir_spawn(failed), &n, &error), WEIR_ERROR);
    assert_string_equal(error.message, "collect: the limit 'items_max' is 0");
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
        cmocka_unit_test(too_small_for_a_run),
        cmocka_unit_test(a_vector_is_no_number),
        cmocka_unit_test(too_small_for_the_next),
        cmocka_unit_test(exact_ones_do),
        cmocka_unit_test(what_is_done_fits_anywhere),
        cmocka_unit_test(larger_ones_do_not),
        cmocka_unit_test(other_numbers_do_not),
        cmocka_unit_test(others_of_that_size_do),
        cmocka_unit_test(void_pointers_are_trusted),
        cmocka_unit_test(functions_know_no_size),
        cmocka_unit_test(nowhere_is_fine),
        cmocka_unit_test(failed_chains_say_their_own),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
