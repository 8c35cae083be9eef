/* join, join_all: the results of futures when all are done. */

#include "stages.h"

static struct script scripts[3];

static weir_stream *future(int i, const char *text)
{
    scripts[i] = (struct script){.type = &tracked_type, .one = true};
    return script_stream(&scripts[i], text);
}

static weir_stream *two(const char *a, const char *b)
{
    weir_stream *first = future(0, a);
    return weir_join(first, future(1, b));
}

static weir_stream *three(const char *a, const char *b, const char *c)
{
    weir_stream *all[] = {future(0, a), future(1, b), future(2, c)};
    return weir_join_all(&tracked_type, all, 3);
}

static void over(void)
{
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void test_results(void **state)
{
    (void)state;
    assert_string_equal(trace_items(two("1", "2"), 1), "(1,2) $");
    assert_string_equal(trace_items(two("P P 1", "P 2"), 1), "(1,2) $");
    assert_string_equal(trace_items(three("1", "2", "3"), 1), "[1 2 3] $");
    assert_string_equal(trace_items(three("P P 1", "2", "P 3"), 8), "[1 2 3] $");
    assert_string_equal(trace(weir_join_all(&tracked_type, NULL, 0), 1), "[] $");
    over();
}

/* The first error drops the rest, at once, and what was done already. */
static void test_first_error(void **state)
{
    (void)state;
    struct test_cx test;
    for (int of_all = 0; of_all < 2; of_all++) {
        struct trace seen = {0};
        test_cx_init(&test);
        weir_stream *stream = of_all ? three("1", "P !7", "P~") : two("P~", "P !7");
        do {
            trace_poll(&seen, stream, &test, 1);
        } while (test.waker->wakes);
        assert_true(script_wake(&scripts[1]));
        seen = (struct trace){0};
        trace_poll(&seen, stream, &test, 1);
        for (int i = 0; i < 2 + of_all; i++)
            assert_int_equal(scripts[i].finis, 1);
        assert_int_equal(tracked_live, 0);
        trace_poll(&seen, stream, &test, 1);
        assert_string_equal(seen.text, "!7 $");
        weir_drop(stream);
        test_cx_fini(&test);
    }
    assert_string_equal(trace_items(two("P~", "!!7"), 1), "!!7 $");
    over();
}

/* To wait for all, whatever they come to: errors as results. */
static void test_errors_as_results(void **state)
{
    (void)state;
    weir_stream *first = weir_results(future(0, "P !7"));
    weir_stream *both = weir_join(first, weir_results(future(1, "P P 2")));
    assert_string_equal(trace_items(both, 1), "(!7,2) $");
    over();
}

static void test_one_without_a_result(void **state)
{
    (void)state;
    assert_string_equal(trace_items(two("P~", "P $"), 1), "$");
    assert_string_equal(trace_items(three("1", "$", "P~"), 1), "$");
    over();
}

/* Only those that were woken are polled, each in its place. */
static void test_woken(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = three("P 1", "P 2", "P 3");
    do {
        trace_poll(&seen, stream, &test, 1);
    } while (test.waker->wakes);
    for (int i = 2; i >= 0; i--) {
        assert_true(script_wake(&scripts[i]));
        trace_poll(&seen, stream, &test, 1);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(scripts[i].polls, 2);
    assert_non_null(strstr(seen.text, "P P [1 2 3]"));
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

/* What is only lent to the join goes on when it is over. */
static void test_borrowed(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {.no_pending = true};
    test_cx_init(&test);
    weir_stream *stream = source("1 2 3");
    weir_stream *both = weir_join(weir_next(stream), future(1, "P 9"));
    trace_run(&seen, both, &test, 1);
    weir_drop(both);
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "(1,9) $ 2 3 $");
    weir_drop(stream);
    test_cx_fini(&test);
    over();
}

static void test_memory(void **state)
{
    (void)state;
    for (unsigned long call = 1; call < 12; call++) {
        memory_begin(call, false);
        const char *got = trace_items(three("1", "P 2", "3"), 1);
        assert_true(!strcmp(got, "[1 2 3] $") || !strncmp(got, "!!MEMORY", 8));
        assert_int_equal(memory_end(), 0);
        over();
    }
}

int stage_join(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_results),
                                       cmocka_unit_test(test_first_error),
                                       cmocka_unit_test(test_errors_as_results),
                                       cmocka_unit_test(test_one_without_a_result),
                                       cmocka_unit_test(test_woken),
                                       cmocka_unit_test(test_borrowed),
                                       cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests_name("join", tests, NULL, NULL);
}
