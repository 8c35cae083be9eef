/* tee: a side copy that is waited for. */

#include "outputs.h"

static struct script script;
static struct task tasks[2];

static void begin(const char *text, size_t capacity)
{
    weir_stream *outputs[2];
    script = (struct script){.type = &tracked_type};
    outputs[0] = weir_tee(script_stream(&script, text), &outputs[1], capacity);
    tasks_begin(tasks, outputs, 2);
}

/* The slow side holds the other one back, whichever it is. */
static void test_backpressure(void **state)
{
    (void)state;
    for (int slow = 0; slow < 2; slow++) {
        begin("1 2 3", 2);
        assert_int_equal(task_run(&tasks[!slow], 64), WEIR_PENDING);
        assert_string_equal(tasks[!slow].seen.text, "1 2 P");
        assert_int_equal(script.given, 2);
        task_poll(&tasks[slow], 1);
        assert_true(task_woken(&tasks[!slow]));
        assert_int_equal(task_run(&tasks[!slow], 64), WEIR_PENDING);
        assert_int_equal(task_run(&tasks[slow], 64), WEIR_END);
        assert_int_equal(task_run(&tasks[!slow], 64), WEIR_END);
        assert_string_equal(tasks[slow].seen.text, "1 2 3 $");
        assert_string_equal(tasks[!slow].seen.text, "1 2 P 3 P $");
        tasks_end(tasks, 2);
    }
}

static void test_one_is_dropped(void **state)
{
    (void)state;
    begin("1 2 3", 3);
    task_drop(&tasks[1]);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 2 3 $");
    tasks_end(tasks, 2);
}

/* A tee of a tee: three. */
static void test_of_a_tee(void **state)
{
    (void)state;
    weir_stream *second, *third;
    weir_stream *first = weir_tee(weir_tee(weir_range(0, 3), &second, 8), &third, 8);
    assert_string_equal(trace(third, 1), "0 1 2 $");
    assert_string_equal(trace(second, 64), "0 1 2 $");
    assert_string_equal(trace(first, 2), "0 1 2 $");
}

int stage_tee(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_backpressure),
                                       cmocka_unit_test(test_one_is_dropped),
                                       cmocka_unit_test(test_of_a_tee)};
    return cmocka_run_group_tests_name("tee", tests, NULL, NULL);
}
