/* chunks: n items at a time; an error passes and the items before it stay. */

#include "stages.h"

static weir_stream *chunks_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_chunks(a, 2);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 3"}, "P [1 2] [3] $", {5}, {3}, false},
        {{"1 2 3 4"}, "[1 2] [3 4] $", {5}, {4}, false},
        {{"1 !7 2 3"}, "[1] !7 [2 3] $", {5}, {3}, false},
        {{"1 !!7"}, "[1] !!7 $", {2}, {1}, false}, /* what came before it comes first */
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(rows, chunks_2);
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_chunks(weir_range(0, 3), 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_chunks(weir_range(0, 3), SIZE_MAX / 2), 1), "!!MEMORY $");
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_chunks(source("1 2 3 4 5"), 2);
    check_hint(stream, 3, 3);
    weir_drop(stream);
}

/* A chunk is asked for at once, and never more than it lacks. */
static void test_demand(void **state)
{
    (void)state;
    struct script script = {0};
    assert_string_equal(trace(weir_chunks(script_stream(&script, "1 2 3 4 5"), 3), 64),
                        "[1 2 3] [4 5] $");
    assert_int_equal(script.demand_max, 3);
    assert_int_equal(script.polls, 3);
}

/* A mark comes behind the chunk that holds the item before it. */
static void test_marks(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        struct script script = {.type = &tracked_type, .early_end = demand == 8};
        weir_stream *stream = weir_chunks(script_stream(&script, "| 1 | | 2 3 4 | !7 5 | 6"), 3);
        assert_string_equal(trace(stream, demand), "| [1 2 3] | | [4] | !7 [5 6] | $");
        assert_int_equal(script.marks_kept, 5);
    }
}

static void test_marks_in_hand(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    struct script script = {.type = &tracked_type};
    test_cx_init(&test);
    weir_stream *stream = weir_chunks(script_stream(&script, "1 | 2 | P~"), 3);
    trace_poll(&seen, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(script.marks_lost, 2);
}

/* So many may wait for one chunk, and no more. */
static void mark_settled(weir_mark *mark, bool kept)
{
    (void)kept;
    ++*(unsigned *)(void *)mark->source;
}

static weir_poll item_and_marks(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static weir_mark marks[200];
    unsigned *counts = arg; /* settled, polled */
    (void)demand;
    unsigned at = counts[1]++;
    if (at == 0) {
        *(int64_t *)out = 1;
        return WEIR_POLL_ONE;
    }
    marks[at] = (weir_mark){.settle = mark_settled, .refs = 1, .source = arg};
    return at < 200 ? weir_mark_give(cx, &marks[at]) : (weir_poll){0, WEIR_END};
}

static void test_marks_are_bounded(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    unsigned counts[2] = {0, 0};
    test_cx_init(&test);
    weir_stream *source = weir_poll_fn(&weir_type_i64, item_and_marks, counts);
    source->stage.marked = true;
    weir_stream *stream = weir_chunks(source, 3);
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "[1]");
    assert_int_equal(counts[1], 1 + 64);
    weir_drop(stream);
    assert_int_equal(counts[0], 64);
    test_cx_fini(&test);
}

int stage_chunks(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_refused),
                                       cmocka_unit_test(test_hint),
                                       cmocka_unit_test(test_demand),
                                       cmocka_unit_test(test_marks),
                                       cmocka_unit_test(test_marks_in_hand),
                                       cmocka_unit_test(test_marks_are_bounded)};
    return cmocka_run_group_tests_name("chunks", tests, NULL, NULL);
}
