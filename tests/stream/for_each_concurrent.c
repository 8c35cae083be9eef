/* for_each_concurrent: futures of items, up to a limit at once. */

#include "stages.h"

static struct script jobs[8];

/* The job of item n follows its own script. */
static weir_stream *job(struct tracked item, void *arg)
{
    const char *const *scripts = arg;
    struct script *script = &jobs[item.value];
    *script = (struct script){.type = &tracked_type, .one = true};
    tracked_drop(item);
    return script_stream(script, scripts[item.value]);
}
WEIR_THEN_FN(job_fn, job, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static unsigned begun(void)
{
    unsigned n = 0;
    for (int i = 0; i < 8; i++)
        n += jobs[i].polls > 0;
    return n;
}

static void begin(void)
{
    memset(jobs, 0, sizeof jobs);
}

/* Three jobs, two at once: the third starts in the poll after one of them ended. */
static void test_limit(void **state)
{
    (void)state;
    static const char *const scripts[] = {"P 1", "P P 2", "3"};
    struct test_cx test;
    struct trace trace = {.no_pending = true};
    begin();
    test_cx_init(&test);
    weir_stream *future = weir_for_each_concurrent(source("0 1 2"), &job_fn, (void *)scripts, 2);
    assert_true(future->stage.one);
    trace_poll(&trace, future, &test, 1);
    assert_int_equal(begun(), 2);
    assert_true(script_wake(&jobs[0]));
    trace_poll(&trace, future, &test, 1);
    assert_int_equal(begun(), 3);
    assert_int_equal(jobs[0].finis, 1);
    trace_run(&trace, future, &test, 1);
    assert_string_equal(trace.text, "() $");
    weir_drop(future);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

static void test_empty(void **state)
{
    (void)state;
    begin();
    assert_string_equal(trace(weir_for_each_concurrent(source(""), &job_fn, NULL, 2), 1), "() $");
}

/* A job fails: its error is given at once, while another still runs, which is dropped with it. */
static void test_first_error(void **state)
{
    (void)state;
    static const char *const scripts[] = {"P~", "P !7", "3"};
    struct test_cx test;
    struct trace trace = {0};
    struct script items = {.type = &tracked_type};
    begin();
    test_cx_init(&test);
    weir_stream *future =
        weir_for_each_concurrent(script_stream(&items, "0 1 2"), &job_fn, (void *)scripts, 2);
    trace_poll(&trace, future, &test, 1);
    script_wake(&jobs[1]);
    trace_poll(&trace, future, &test, 1);
    assert_string_equal(trace.text, "P !7");
    assert_int_equal(jobs[0].finis, 0);
    weir_drop(future);
    assert_int_equal(jobs[0].finis, 1);
    assert_int_equal(items.finis, 1);
    assert_int_equal(begun(), 2);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

static void test_source_error(void **state)
{
    (void)state;
    static const char *const scripts[] = {"1", "2"};
    weir_error error;
    begin();
    weir_stream *future = weir_for_each_concurrent(source("0 !7 1"), &job_fn, (void *)scripts, 4);
    assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    assert_int_equal(tracked_live, 0);
}

static weir_stream *numbers(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return weir_range(0, 3);
}
WEIR_THEN_FN(numbers_fn, numbers, struct tracked, int64_t, FROM_TRACKED)
WEIR_THEN_FN(lines_fn, numbers, struct tracked, weir_line, FROM_TRACKED, .to = &weir_type_line)

/* It is what the messages are about, not what runs its futures. */
static void test_messages(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(
        await(weir_for_each_concurrent(source("0"), &numbers_fn, NULL, 2), NULL, &error),
        WEIR_ERROR);
    assert_string_equal(error.message, "for_each_concurrent expects futures, but 'range' may yield "
                                       "more than one item");
    assert_int_equal(await(weir_for_each_concurrent(source("0"), &lines_fn, NULL, 2), NULL, &error),
                     WEIR_ERROR);
    assert_string_equal(error.message,
                        "for_each_concurrent holds results, but 'weir_line' is lent");
}

int stage_for_each_concurrent(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_limit), cmocka_unit_test(test_empty),
                                       cmocka_unit_test(test_first_error),
                                       cmocka_unit_test(test_source_error),
                                       cmocka_unit_test(test_messages)};
    return cmocka_run_group_tests_name("for_each_concurrent", tests, NULL, NULL);
}
