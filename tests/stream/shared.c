/* shared: one future for many, whoever of them is polled. */

#include "stages.h"

enum { WAITING = 3 };

/* Streams that wait for one future, each in a task of its own. */
struct tasks {
    struct script future;
    weir_stream *streams[WAITING];
    struct test_cx test[WAITING];
    struct trace seen[WAITING];
};

static void tasks_begin(struct tasks *tasks, const char *text)
{
    memset(tasks, 0, sizeof *tasks);
    tasks->future = (struct script){.type = &tracked_type, .one = true};
    tasks->streams[0] = weir_shared(script_stream(&tasks->future, text));
    for (int i = 0; i < WAITING; i++) {
        test_cx_init(&tasks->test[i]);
        if (i)
            tasks->streams[i] = weir_shared_clone(tasks->streams[0]);
    }
}

static void tasks_poll(struct tasks *tasks, int i)
{
    trace_poll(&tasks->seen[i], tasks->streams[i], &tasks->test[i], 1);
}

static void tasks_drop(struct tasks *tasks, int i)
{
    weir_drop(tasks->streams[i]);
    tasks->streams[i] = NULL;
}

static void tasks_end(struct tasks *tasks)
{
    for (int i = 0; i < WAITING; i++) {
        tasks_drop(tasks, i);
        test_cx_fini(&tasks->test[i]);
    }
    assert_int_equal(tasks->future.finis, 1);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
}

static void expect_all(struct tasks *tasks, const char *text)
{
    for (int i = 0; i < WAITING; i++)
        assert_string_equal(tasks->seen[i].text, text);
}

/* Woken once, all of them; polled once, by whoever comes first. */
static void test_all_are_woken(void **state)
{
    (void)state;
    struct tasks tasks;
    tasks_begin(&tasks, "P 7");
    for (int i = 0; i < WAITING; i++)
        tasks_poll(&tasks, i);
    assert_int_equal(tasks.future.polls, 1);
    script_wake(&tasks.future);
    for (int i = 0; i < WAITING; i++)
        assert_int_equal(tasks.test[i].waker->wakes, 1);
    tasks_poll(&tasks, 2);
    assert_int_equal(tasks.future.finis, 1); /* done: it is not kept for the others */
    tasks_poll(&tasks, 0);
    tasks_poll(&tasks, 1);
    assert_int_equal(tasks.future.polls, 2);
    expect_all(&tasks, "P 7 $");
    tasks_end(&tasks);
}

/* The first may leave: its wake is not the others' only one. */
static void test_the_first_leaves(void **state)
{
    (void)state;
    struct tasks tasks;
    tasks_begin(&tasks, "P 7");
    tasks_poll(&tasks, 0);
    tasks_poll(&tasks, 1);
    tasks_drop(&tasks, 0);
    script_wake(&tasks.future);
    assert_int_equal(tasks.test[1].waker->wakes, 1);
    tasks_poll(&tasks, 1);
    tasks_poll(&tasks, 2);
    assert_string_equal(tasks.seen[1].text, "P 7 $");
    assert_string_equal(tasks.seen[2].text, "7 $");
    tasks_end(&tasks);
}

/* One that was not polled when it was woken is told that the others were. */
static void test_result_wakes_the_others(void **state)
{
    (void)state;
    struct tasks tasks;
    tasks_begin(&tasks, "P* 7");
    tasks_poll(&tasks, 0);
    test_cx_turn(&tasks.test[1]);
    tasks_poll(&tasks, 1); /* takes the wake: ready */
    assert_string_equal(tasks.seen[1].text, "7 $");
    assert_true(test_cx_woken(&tasks.test[0]));
    tasks_poll(&tasks, 0);
    tasks_poll(&tasks, 2);
    assert_string_equal(tasks.seen[0].text, "P 7 $");
    tasks_end(&tasks);
}

static void test_error_and_nothing(void **state)
{
    (void)state;
    struct tasks tasks;
    tasks_begin(&tasks, "!!9");
    for (int i = 0; i < WAITING; i++)
        tasks_poll(&tasks, i);
    expect_all(&tasks, "!!9");
    tasks_end(&tasks);
    tasks_begin(&tasks, "$");
    for (int i = 0; i < WAITING; i++)
        tasks_poll(&tasks, i);
    expect_all(&tasks, "$");
    tasks_end(&tasks);
}

/* A future's one error is each stream's one error, also where it is not fatal. */
static void test_error_comes_once(void **state)
{
    (void)state;
    struct tasks tasks;
    tasks_begin(&tasks, "!9");
    for (int i = 0; i < 3 * WAITING; i++)
        tasks_poll(&tasks, i % WAITING);
    expect_all(&tasks, "!9 $ $");
    tasks_end(&tasks);
}

static weir_poll cut_off(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    cx->cut = true;
    return (weir_poll){0, WEIR_END};
}

/* Each of them knows that the future was cut off, not only the one that polled it. */
static void test_cut(void **state)
{
    (void)state;
    weir_stream *first = weir_shared(weir_future_fn(&weir_type_i64, cut_off, NULL));
    weir_stream *second = weir_shared_clone(first);
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    trace_run(&seen, first, &test, 1);
    trace_run(&seen, second, &test, 1);
    assert_true(weir_stage_was_cut(&first->stage));
    assert_true(weir_stage_was_cut(&second->stage));
    weir_drop(first);
    weir_drop(second);
    test_cx_fini(&test);
}

/* The last one gone, the future is, whether it was polled or not. */
static void test_dropped_with_the_last(void **state)
{
    (void)state;
    struct tasks tasks;
    tasks_begin(&tasks, "P~");
    tasks_poll(&tasks, 1);
    tasks_drop(&tasks, 0);
    tasks_drop(&tasks, 1);
    assert_int_equal(tasks.future.finis, 0);
    tasks_drop(&tasks, 2);
    assert_int_equal(tasks.future.finis, 1);
    tasks_end(&tasks);
}

/* The last one takes the item itself: no copy is made, so none can fail. */
static void test_the_last_takes_it(void **state)
{
    (void)state;
    struct tasks tasks;
    memory_begin(0, false);
    tasks_begin(&tasks, "7");
    tasks_drop(&tasks, 0);
    memory.fail_at = memory.calls + 1;
    memory.fail_after = true;
    tasks_poll(&tasks, 1);
    tasks_poll(&tasks, 1);
    assert_string_equal(tasks.seen[1].text, "!!MEMORY $");
    tasks_drop(&tasks, 1);
    tasks_poll(&tasks, 2);
    assert_string_equal(tasks.seen[2].text, "7 $");
    tasks_end(&tasks);
    assert_int_equal(memory_end(), 0);
}

/* What has given its result is no more to be cloned; what has not gives it later, too. */
static void test_late_clones(void **state)
{
    (void)state;
    struct tasks tasks;
    tasks_begin(&tasks, "7");
    tasks_poll(&tasks, 0);
    weir_stream *late = weir_shared_clone(tasks.streams[1]);
    check_hint(late, 1, 1);
    assert_string_equal(trace(late, 1), "7 $");
    trace_poll(&tasks.seen[0], tasks.streams[0], &tasks.test[0], 1);
    assert_string_equal(tasks.seen[0].text, "7 $ $");
    assert_string_equal(trace(weir_shared_clone(tasks.streams[0]), 1), "!!ARGUMENT $");
    tasks_end(&tasks);
}

/* A wake that comes when all are gone finds nobody, and no freed memory. */
static void test_wake_after_all(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    weir_waker_slot slot = {0};
    struct script script = {.type = &tracked_type, .one = true};
    test_cx_init(&test);
    weir_stream *stream = weir_shared(script_stream(&script, "P~"));
    trace_poll(&seen, stream, &test, 1);
    weir_waker_slot_store(&slot, script.slot.waker);
    weir_drop(stream);
    weir_waker_slot_wake(&slot);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

int stage_shared(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_are_woken),
                                       cmocka_unit_test(test_the_first_leaves),
                                       cmocka_unit_test(test_result_wakes_the_others),
                                       cmocka_unit_test(test_error_and_nothing),
                                       cmocka_unit_test(test_error_comes_once),
                                       cmocka_unit_test(test_cut),
                                       cmocka_unit_test(test_dropped_with_the_last),
                                       cmocka_unit_test(test_the_last_takes_it),
                                       cmocka_unit_test(test_late_clones),
                                       cmocka_unit_test(test_wake_after_all)};
    return cmocka_run_group_tests_name("shared", tests, NULL, NULL);
}
