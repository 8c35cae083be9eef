/* wire_tap: a side copy that is never waited for. */

#include "outputs.h"

enum { MAIN, TAP };

static struct script script;
static struct task tasks[2];

static void begin(const char *text, size_t capacity)
{
    weir_stream *outputs[2];
    script = (struct script){.type = &tracked_type};
    outputs[MAIN] = weir_wire_tap(script_stream(&script, text), &outputs[TAP], capacity);
    tasks_begin(tasks, outputs, 2);
}

static void test_slow_tap(void **state)
{
    (void)state;
    begin("1 2 3 4 5 6", 2);
    assert_int_equal(task_run(&tasks[MAIN], 1), WEIR_END);
    assert_string_equal(tasks[MAIN].seen.text, "1 2 3 4 5 6 $");
    assert_int_equal(tracked_live, 2);
    assert_int_equal(task_run(&tasks[TAP], 1), WEIR_END);
    assert_string_equal(tasks[TAP].seen.text, "!4 5 6 $");
    tasks_end(tasks, 2);
}

/* The tap asks for nothing: it waits for what the other takes. */
static void test_tap_waits(void **state)
{
    (void)state;
    begin("1 2 !7 3", 4);
    assert_int_equal(task_poll(&tasks[TAP], 1), WEIR_PENDING);
    assert_int_equal(script.polls, 0);
    task_poll(&tasks[MAIN], 1);
    assert_true(task_woken(&tasks[TAP]));
    task_poll(&tasks[TAP], 1);
    task_poll(&tasks[TAP], 1);
    assert_int_equal(task_run(&tasks[MAIN], 1), WEIR_END);
    assert_true(task_woken(&tasks[TAP]));
    assert_int_equal(task_run(&tasks[TAP], 1), WEIR_END);
    assert_string_equal(tasks[TAP].seen.text, "P 1 P 2 !7 3 $");
    assert_string_equal(tasks[MAIN].seen.text, "1 2 !7 3 $");
    tasks_end(tasks, 2);
}

/* Without the one who asks nothing comes any more, and the source goes at once. */
static void test_main_is_dropped(void **state)
{
    (void)state;
    begin("1 2 3", 4);
    task_poll(&tasks[MAIN], 2);
    task_poll(&tasks[TAP], 1);
    task_drop(&tasks[MAIN]);
    assert_int_equal(script.finis, 1);
    assert_int_equal(task_run(&tasks[TAP], 64), WEIR_END);
    assert_string_equal(tasks[TAP].seen.text, "1 2 $");
    tasks_end(tasks, 2);

    begin("1 2 3", 4);
    assert_int_equal(task_poll(&tasks[TAP], 1), WEIR_PENDING);
    task_drop(&tasks[MAIN]);
    assert_true(task_woken(&tasks[TAP]));
    assert_int_equal(task_poll(&tasks[TAP], 1), WEIR_END);
    tasks_end(tasks, 2);
}

static void test_tap_is_dropped(void **state)
{
    (void)state;
    begin("1 2 3", 4);
    task_poll(&tasks[MAIN], 2);
    task_drop(&tasks[TAP]);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(task_run(&tasks[MAIN], 64), WEIR_END);
    tasks_end(tasks, 2);
}

/* They go with the items of the one who asks; the tap knows nothing of them. */
static void test_marks(void **state)
{
    (void)state;
    begin("1 | 2 |", 4);
    assert_true(tasks[MAIN].output->stage.marked);
    assert_false(tasks[TAP].output->stage.marked);
    assert_int_equal(task_run(&tasks[MAIN], 1), WEIR_END);
    assert_string_equal(tasks[MAIN].seen.text, "1 | 2 | $");
    assert_int_equal(script.marks_kept, 2);
    assert_int_equal(task_run(&tasks[TAP], 1), WEIR_END);
    assert_string_equal(tasks[TAP].seen.text, "1 2 $");
    tasks_end(tasks, 2);
}

static void test_hints(void **state)
{
    (void)state;
    weir_stream *tap, *stream = weir_wire_tap(weir_range(0, 4), &tap, 2);
    check_hint(stream, 4, 4);
    check_hint(tap, 0, 4);
    weir_drop(stream);
    weir_drop(tap);
}

int stage_wire_tap(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_tap),        cmocka_unit_test(test_tap_waits),
        cmocka_unit_test(test_main_is_dropped), cmocka_unit_test(test_tap_is_dropped),
        cmocka_unit_test(test_marks),           cmocka_unit_test(test_hints),
    };
    return cmocka_run_group_tests_name("wire_tap", tests, NULL, NULL);
}
