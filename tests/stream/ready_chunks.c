/* ready_chunks: what is there, up to n; what waits cuts a chunk. */

#include "stages.h"

static weir_stream *ready_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_ready_chunks(a, 2);
}

static weir_stream *ready_3(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_ready_chunks(a, 3);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 P* 3"}, "[1 2] [3] $", {5}, {3}, false},
        {{"P P 1 P* P"}, "P P [1] P $", {6}, {1}, false},
        {{"1 2 3 4"}, "[1 2 3] [4] $", {5}, {4}, false},
        {{"1 . 2 . . 3 4"}, "[1 2 3] [4] $", {8}, {4}, false}, /* that is no wait */
        {{"1 !7 2 3"}, "[1] !7 [2 3] $", {5}, {3}, false},
        {{"1 !!7 #"}, "[1] !!7 $", {2}, {1}, false}, /* what came before it comes first */
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(rows, ready_3);
}

/* Nothing is there; one item; then three more at once. */
static void test_over_a_channel(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"P 1 P* 2 3 4 P*"}, "P [1] [2 3] [4] $", {8}, {4}, false}};
    check_table(rows, ready_2);
}

/* A mark comes behind the chunk of what came before it. */
static void test_marks(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        struct script script = {.type = &tracked_type};
        weir_stream *stream = weir_ready_chunks(script_stream(&script, "1 2 | | 3 4 5 6 |"), 3);
        assert_string_equal(trace(stream, demand), "[1 2] | | [3 4 5] [6] | $");
        assert_int_equal(script.marks_kept, 3);
    }
}

static void test_mark_in_hand(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    struct script script = {.type = &tracked_type};
    test_cx_init(&test);
    weir_stream *stream = weir_ready_chunks(script_stream(&script, "1 | 2"), 3);
    trace_poll(&seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(script.marks_lost, 1);
}

/* It never asks for more than a chunk lacks. */
static void test_demand(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = weir_ready_chunks(script_stream(&script, "1 2 3 4 5"), 3);
    check_hint(stream, 0, WEIR_HINT_UNKNOWN);
    assert_string_equal(trace(stream, 64), "[1 2 3] [4 5] $");
    assert_int_equal(script.demand_max, 3);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_ready_chunks(source("1 2 3 4"), 3);
    check_hint(stream, 2, 4);
    weir_drop(stream);
}

int stage_ready_chunks(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),  cmocka_unit_test(test_over_a_channel),
        cmocka_unit_test(test_marks),  cmocka_unit_test(test_mark_in_hand),
        cmocka_unit_test(test_demand), cmocka_unit_test(test_hint),
    };
    return cmocka_run_group_tests_name("ready_chunks", tests, NULL, NULL);
}
