/* Chains that could not be built, and scratch. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

static struct test_cx test;
static int64_t out[64];

static int setup(void **state)
{
    (void)state;
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return test_wakers_live != 0;
}

static void refusing_keeps_the_reason(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_stream *stream = weir_take(weir_range(0, 9), 3);
    stream = weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "a smaller one",
                                "%s of %s cannot be %zu", "size", "take", 77);
    assert_true(weir_stage_failed(&stream->stage));
    stream = weir_skip(weir_take(stream, 1), 2);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "size of take cannot be 77");
    assert_string_equal(test.cx.error.cure, "a smaller one");
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    assert_true(test.cx.error.fatal);
    assert_int_equal(test.cx.error.trail_n, 1);
    assert_string_equal(test.cx.error.trail[0], "take");
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_END);
    weir_drop(stream);
    assert_int_equal(memory_end(), 0);
}

static void the_first_reason_stays(void **state)
{
    (void)state;
    weir_stream *stream = weir_stream_refused(WEIR_E_USER, NULL, "the first", NULL, NULL, 0);
    stream = weir_stream_refuse(&stream->stage, WEIR_E_LIMIT, NULL, "the second", NULL, NULL, 0);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "the first");
    weir_drop(stream);
}

static void refusing_drops_the_chain_at_once(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *stream = weir_peekable(script_stream(&script, "1 2 $"));
    void *item;
    assert_int_equal(weir_poll_peek(stream, &test.cx, &item).n, 1);
    assert_int_equal(tracked_live, 1);
    stream = weir_stream_refuse(&stream->stage, WEIR_E_USER, NULL, "no", NULL, NULL, 0);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(script.finis, 1);
    weir_drop(stream);
    assert_int_equal(script.finis, 1);
}

static void long_reasons_are_cut(void **state)
{
    (void)state;
    static char longer[2 * WEIR_MESSAGE_BYTES];
    memset(longer, 'a', sizeof longer - 1);
    weir_stream *stream = weir_stream_refused(WEIR_E_USER, NULL, "%s%s!", longer, longer, 0);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_ERROR);
    assert_int_equal(strlen(test.cx.error.message), WEIR_MESSAGE_BYTES - 1);
    weir_drop(stream);
}

/* With no memory for an arena one of a few streams stands for the chain; it ends as others do. */
static void no_memory_at_all(void **state)
{
    (void)state;
    memory_begin(1, true);
    weir_stream *a = weir_range(0, 3), *b = weir_empty(&weir_type_i64);
    assert_true(weir_stage_failed(&a->stage));
    weir_stream *chain = weir_count(weir_select(weir_take(a, 2), b));
    assert_true(weir_stage_failed(&chain->stage));
    assert_int_equal(weir_poll_next(chain, &test.cx, out, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    assert_true(test.cx.error.fatal);
    assert_int_equal(weir_poll_next(chain, &test.cx, out, 1).state, WEIR_END);
    weir_drop(chain);
    weir_stream *refused = weir_stream_refused(WEIR_E_USER, NULL, "lost", NULL, NULL, 0);
    assert_true(weir_stage_failed(&refused->stage));
    weir_drop(refused);
    assert_int_equal(memory_end(), 0);
}

/* The last of them stands for all chains that come after: it cannot be latched, and repeats. */
static void no_memory_for_many(void **state)
{
    (void)state;
    enum { MANY = 12 };
    weir_stream *streams[MANY];
    memory_begin(1, true);
    for (int i = 0; i < MANY; i++)
        streams[i] = weir_range(0, 3);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(weir_poll_next(streams[i], &test.cx, out, 1).state, WEIR_ERROR);
        assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    }
    assert_int_equal(weir_poll_next(streams[0], &test.cx, out, 1).state, WEIR_END);
    assert_int_equal(weir_poll_next(streams[MANY - 1], &test.cx, out, 1).state, WEIR_ERROR);
    for (int i = 0; i < MANY; i++)
        weir_drop(streams[i]);
    weir_stream *again = weir_range(0, 3); /* one that was dropped stands for another chain */
    assert_int_equal(weir_poll_next(again, &test.cx, out, 1).state, WEIR_ERROR);
    assert_int_equal(weir_poll_next(again, &test.cx, out, 1).state, WEIR_END);
    weir_drop(again);
    assert_int_equal(memory_end(), 0);
}

static void no_memory_beside_a_chain_that_has_some(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *good = script_stream(&script, "1 $");
    memory_begin(1, true);
    weir_stream *none = weir_range(0, 3);
    memory_end();
    weir_stream *both = weir_chain(good, none);
    assert_true(weir_stage_failed(&both->stage));
    assert_int_equal(script.finis, 1);
    weir_drop(both);

    good = script_stream(&script, "1 $");
    /* weir-lint: allow(use_after_move) a stream without memory is one for all, and is never gone */
    both = weir_zip(none, good);
    assert_true(weir_stage_failed(&both->stage));
    assert_int_equal(script.finis, 1);
    weir_drop(both);
}

static void no_type_is_no_memory(void **state)
{
    (void)state;
    static const weir_stream_ops ops = {.size = sizeof ops, .name = "typeless"};
    weir_stream *stream = weir_stream_new(weir_range(0, 3), 0, &ops, NULL);
    assert_true(weir_stage_failed(&stream->stage));
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    weir_drop(stream);
}

/* ---- scratch ---- */

static void scratch_is_a_stack(void **state)
{
    (void)state;
    size_t mark = weir_scratch_mark(&test.cx);
    char *a = weir_scratch_take(&test.cx, 10, 1);
    char *b = weir_scratch_take(&test.cx, 8, 64);
    assert_int_equal((uintptr_t)b % 64, 0);
    assert_true(b >= a + 10);
    weir_scratch_give(&test.cx, mark);
    assert_ptr_equal(weir_scratch_take(&test.cx, 10, 1), a);
    assert_null(weir_scratch_take(&test.cx, WEIR_SCRATCH_BYTES, 1));
    assert_null(weir_scratch_take(&test.cx, SIZE_MAX, 64));
    assert_non_null(weir_scratch_take(&test.cx, WEIR_SCRATCH_BYTES - 10, 1));
    assert_null(weir_scratch_take(&test.cx, 1, 1));
    assert_null(weir_scratch_take(&test.cx, 1, 64));
}

static void scratch_for_items_lowers_the_demand(void **state)
{
    (void)state;
    static const weir_type big = {.name = "big", .size = 1 << 10, .align = 8};
    static const weir_type huge = {.name = "huge", .size = WEIR_SCRATCH_BYTES + 1, .align = 8};
    size_t demand = 4;
    assert_non_null(weir_scratch_items(&test.cx, NULL, &big, &demand));
    assert_int_equal(demand, 4);
    size_t before = test.cx.scratch_used;
    demand = 1000;
    assert_non_null(weir_scratch_items(&test.cx, NULL, &big, &demand));
    assert_true(demand >= 1 && demand <= 32);
    assert_true(test.cx.scratch_used >= before + demand * big.size);
    demand = 3;
    assert_null(weir_scratch_items(&test.cx, NULL, &huge, &demand));
}

static void short_scratch_still_serves(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    for (size_t size = 0; size < 4096; size += 24) {
        test_cx_turn(&test);
        test.cx.scratch_size = size;
        weir_stream *stream = weir_count(script_stream(&script, "1 2 3 4 5 6 7 8 9 $"));
        weir_poll got = weir_poll_next(stream, &test.cx, out, 1);
        if (got.state == WEIR_ERROR)
            assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
        else
            assert_int_equal(out[0], 9);
        assert_true(size < 256 || got.n == 1);
        assert_int_equal(test.cx.scratch_used, 0);
        weir_drop(stream);
        assert_int_equal(tracked_live, 0);
    }
}

int core_failed(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(refusing_keeps_the_reason),
        TEST(the_first_reason_stays),
        TEST(refusing_drops_the_chain_at_once),
        TEST(long_reasons_are_cut),
        TEST(no_memory_at_all),
        TEST(no_memory_for_many),
        TEST(no_memory_beside_a_chain_that_has_some),
        TEST(no_type_is_no_memory),
        TEST(scratch_is_a_stack),
        TEST(scratch_for_items_lowers_the_demand),
        TEST(short_scratch_still_serves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
