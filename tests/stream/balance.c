/* balance: each item once, to whoever asks; fair to those who ask alike. */

#include "outputs.h"

enum { N = 3 };

static struct script script;
static struct task tasks[N];

static void begin(const char *text)
{
    weir_stream *outputs[N];
    script = (struct script){.type = &tracked_type};
    weir_balance(script_stream(&script, text), outputs, N);
    tasks_begin(tasks, outputs, N);
}

static void end(void)
{
    tasks_end(tasks, N);
    assert_int_equal(script.finis, 1);
}

static void test_who_asks(void **state)
{
    (void)state;
    begin("1 2 3 4 5 6");
    task_poll(&tasks[0], 1);
    task_poll(&tasks[2], 3);
    task_poll(&tasks[0], 1);
    assert_int_equal(tracked_live, 0); /* nothing is held */
    assert_int_equal(script.given, 5);
    assert_int_equal(task_run(&tasks[1], 64), WEIR_END);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 5 $");
    assert_string_equal(tasks[1].seen.text, "6 $");
    assert_string_equal(tasks[2].seen.text, "2 3 4");
    end();
}

/* In one task, always ready: after k * n items each gave k. */
static void test_fair_in_a_merge(void **state)
{
    (void)state;
    weir_stream *outputs[N];
    struct task task;
    weir_balance(weir_range(0, 300), outputs, N);
    task_begin(&task, weir_merge(outputs, N));
    for (int i = 0; i < 30; i++)
        task_poll(&task, 1);
    assert_int_equal(task.seen.items, 30);
    for (int i = 0; i < N; i++)
        assert_int_equal(weir_stage_n(&outputs[i]->stage), 10);
    tasks_end(&task, 1);
}

/* All wait, and a task runs when it was woken, always in the same order: still each gets its share.
 */
static void test_fair_after_waits(void **state)
{
    (void)state;
    static const int orders[][N] = {{0, 1, 2}, {2, 1, 0}, {1, 2, 0}};
    for (size_t o = 0; o < sizeof orders / sizeof *orders; o++) {
        begin("P 1 P 2 P 3 P 4 P 5 P 6 P 7 P 8 P 9 P~");
        for (int i = 0; i < N; i++)
            task_poll(&tasks[i], 1);
        while (script_wake(&script))
            for (int rounds = 0; rounds < 4; rounds++)
                for (int i = 0; i < N; i++)
                    if (task_woken(&tasks[orders[o][i]]))
                        task_run(&tasks[orders[o][i]], 1);
        for (int i = 0; i < N; i++)
            assert_int_equal(tasks[i].seen.items, 3);
        end();
    }
}

/* Whoever lets the others go first does so once: if they do not come it takes the item. */
static void test_nobody_waits_for_ever(void **state)
{
    (void)state;
    begin("1 P 2 3");
    task_poll(&tasks[0], 1);
    for (int i = 0; i < N; i++)
        task_poll(&tasks[i], 1);
    script_wake(&script);
    assert_int_equal(task_poll(&tasks[0], 1), WEIR_PENDING);
    assert_int_equal(tasks[0].test.cx.wait_for, WEIR_WAIT_TURN);
    assert_true(task_woken(&tasks[0]));
    task_poll(&tasks[0], 1);
    task_poll(&tasks[0], 1);
    assert_string_equal(tasks[0].seen.text, "1 P P 2 3");
    end();
}

/* One that goes on comes once, as an item would; a fatal one to all. */
static void test_errors(void **state)
{
    (void)state;
    begin("!7 1 !!8");
    task_poll(&tasks[0], 1);
    task_poll(&tasks[1], 1);
    for (int i = 0; i < N; i++)
        assert_int_equal(task_run(&tasks[i], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "!7 !!8 $");
    assert_string_equal(tasks[1].seen.text, "1 !!8 $");
    assert_string_equal(tasks[2].seen.text, "!!8 $");
    end();
}

static void drop_one(size_t demand, int which, int step)
{
    unsigned items = 0;
    begin("1 P* 2 3 4 P* 5 6 7");
    for (int turn = 0; turn < 60; turn++)
        for (int i = 0; i < N; i++) {
            if (turn * N + i == step)
                task_drop(&tasks[which]);
            if (tasks[i].output && !weir_is_done(tasks[i].output))
                task_poll(&tasks[i], demand);
        }
    for (int i = 0; i < N; i++)
        items += tasks[i].seen.items;
    assert_int_equal(items, 7);
    end();
}

static void test_drops(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 4; demand *= 2)
        for (int which = 0; which < N; which++)
            for (int step = 0; step < 40; step++)
                drop_one(demand, which, step);
}

/* What is claimed is claimed one by one, and stays its owner's. */
static void test_claims(void **state)
{
    (void)state;
    weir_stream *outputs[2], *owned = weir_range(0, 4);
    weir_balance(weir_by_ref(owned), outputs, 2);
    tasks_begin(tasks, outputs, 2);
    task_poll(&tasks[0], 64);
    task_poll(&tasks[1], 64);
    assert_string_equal(tasks[0].seen.text, "0");
    assert_string_equal(tasks[1].seen.text, "1");
    tasks_end(tasks, 2);
    assert_string_equal(trace(owned, 1), "2 3 $");
}

int stage_balance(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_asks),         cmocka_unit_test(test_fair_in_a_merge),
        cmocka_unit_test(test_fair_after_waits), cmocka_unit_test(test_nobody_waits_for_ever),
        cmocka_unit_test(test_errors),           cmocka_unit_test(test_drops),
        cmocka_unit_test(test_claims),
    };
    return cmocka_run_group_tests_name("balance", tests, NULL, NULL);
}
