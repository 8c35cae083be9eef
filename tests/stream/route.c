/* route: each item to the output that a function names. */

#include "outputs.h"

enum { N = 3 };

static struct script script;
static struct task tasks[N];

static uint64_t tens(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value / 10;
}
WEIR_KEY_FN(tens_fn, tens, struct tracked, uint64_t, OF_TRACKED)

static bool is_odd(int64_t x, void *arg)
{
    (void)arg;
    return x % 2;
}
WEIR_KEY_FN(is_odd_fn, is_odd, int64_t, bool)

static void begin(const char *text, size_t capacity)
{
    weir_stream *outputs[N];
    script = (struct script){.type = &tracked_type};
    weir_route(script_stream(&script, text), &tens_fn, NULL, outputs, N, capacity);
    tasks_begin(tasks, outputs, N);
}

static void end(void)
{
    tasks_end(tasks, N);
    assert_int_equal(script.finis, 1);
}

static void test_each_to_its_own(void **state)
{
    (void)state;
    begin("1 11 2 21 12 3", 8);
    for (int i = 0; i < N; i++)
        assert_int_equal(task_run(&tasks[i], 2), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 2 3 $");
    assert_string_equal(tasks[1].seen.text, "11 12 $");
    assert_string_equal(tasks[2].seen.text, "21 $");
    end();
}

static void test_divert(void **state)
{
    (void)state;
    weir_stream *outputs[2];
    weir_route(weir_range(0, 6), &is_odd_fn, NULL, outputs, 2, 4);
    assert_string_equal(trace(outputs[1], 1), "1 3 5 $");
    assert_string_equal(trace(outputs[0], 1), "0 2 4 $");
}

/* The chosen output has no room: nobody goes on before it takes one. */
static void test_backpressure(void **state)
{
    (void)state;
    begin("11 12 13 1 2", 2);
    assert_int_equal(task_poll(&tasks[0], 1), WEIR_PENDING);
    assert_int_equal(tasks[0].test.cx.wait_for, WEIR_WAIT_ROOM);
    assert_int_equal(tracked_live, 3); /* two in line, one that is stuck */
    assert_int_equal(task_poll(&tasks[2], 1), WEIR_PENDING);
    assert_int_equal(script.given, 3);
    task_poll(&tasks[1], 1);
    assert_true(task_woken(&tasks[0]) && task_woken(&tasks[2]));
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "P 1 2 $");
    assert_string_equal(tasks[1].seen.text, "11 12 13 $");
    end();
}

/* What is meant for nobody is dropped, also what was stuck. */
static void test_dropped(void **state)
{
    (void)state;
    begin("11 12 1 13 2", 1);
    assert_int_equal(task_poll(&tasks[0], 1), WEIR_PENDING);
    task_drop(&tasks[1]);
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(tracked_live, 0);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "P 1 2 $");
    end();
}

static void test_no_such_output(void **state)
{
    (void)state;
    begin("1 31 2", 2);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 !ARGUMENT 2 $");
    assert_string_equal(tasks[0].seen.error.message,
                        "route 'tens' names output 3, and there are 3");
    assert_int_equal(tracked_live, 0);
    end();
}

static void test_errors(void **state)
{
    (void)state;
    begin("11 !7 1 !!8", 2);
    for (int i = 0; i < N; i++)
        assert_int_equal(task_run(&tasks[i], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "!7 1 !!8 $");
    assert_string_equal(tasks[1].seen.text, "11 !!8 $");
    assert_string_equal(tasks[2].seen.text, "!!8 $");
    end();
}

/* Whoever polls takes for others, and they are woken. */
static void test_wakes(void **state)
{
    (void)state;
    begin("P 11 1 P~", 2);
    for (int i = 0; i < N; i++)
        task_poll(&tasks[i], 1);
    assert_true(script_wake(&script));
    task_poll(&tasks[0], 1);
    task_poll(&tasks[1], 1);
    assert_string_equal(tasks[0].seen.text, "P 1");
    assert_string_equal(tasks[1].seen.text, "P 11");
    end();
}

static void drop_one(int which, int step)
{
    unsigned drops = tracked_drops;
    begin("1 11 P* 12 21 !7 2 13 P* 22 3 14", 1);
    for (int turn = 0; turn < 60; turn++)
        for (int i = 0; i < N; i++) {
            if (turn * N + i == step)
                task_drop(&tasks[which]);
            if (tasks[i].output && !weir_is_done(tasks[i].output))
                task_poll(&tasks[i], 1);
        }
    static const unsigned all[N] = {3, 4, 2};
    for (int i = 0; i < N; i++)
        assert_true(i == which || tasks[i].seen.items == all[i]);
    end();
    assert_int_equal(tracked_drops - drops, 9);
}

static void test_drops(void **state)
{
    (void)state;
    for (int which = 0; which < N; which++)
        for (int step = 0; step < 40; step++)
            drop_one(which, step);
}

static void test_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    begin("1 11 21", 40);
    size_t said = 0;
    for (int i = 0; i < N; i++)
        said += weir_memory_max(tasks[i].output);
    assert_int_equal(said, memory.live_bytes);
    end();
    memory_end();
}

/* Everything goes through one output's hands, and one item is looked at with each of the budget. */
static void test_budget(void **state)
{
    (void)state;
    static const char *const words = "11 11 11 11 11 11 11 11 1";
    begin(words, 1);
    task_drop(&tasks[1]);
    test_cx_turn(&tasks[0].test);
    tasks[0].test.cx.budget = 3;
    struct tracked item;
    weir_poll got = weir_poll_next(tasks[0].output, &tasks[0].test.cx, &item, 1);
    assert_int_equal(got.state, WEIR_PENDING);
    assert_in_range(script.given, 3, 5);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 $");
    end();
}

int stage_route(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_to_its_own), cmocka_unit_test(test_divert),
        cmocka_unit_test(test_backpressure),    cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_no_such_output),  cmocka_unit_test(test_errors),
        cmocka_unit_test(test_wakes),           cmocka_unit_test(test_drops),
        cmocka_unit_test(test_memory),          cmocka_unit_test(test_budget),
    };
    return cmocka_run_group_tests_name("route", tests, NULL, NULL);
}
