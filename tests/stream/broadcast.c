/* broadcast: each item to all; what slow outputs do to the others, and the others to them. */

#include "outputs.h"

enum { N = 3 };

static struct script script;
static struct task tasks[N];

static void begin(const char *text, size_t capacity, weir_slow slow)
{
    weir_stream *outputs[N];
    script = (struct script){.type = &tracked_type};
    weir_broadcast(script_stream(&script, text), outputs, N, capacity, slow);
    tasks_begin(tasks, outputs, N);
}

static void end(void)
{
    tasks_end(tasks, N);
    assert_int_equal(script.finis, 1);
}

/* One after the other, at every demand: each gets all, the source is asked once for each item. */
static void test_all_get_all(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 2) {
        begin("1 2 !7 3 4 5", 16, WEIR_SLOW_WAIT);
        for (int turns = 0; turns < 12; turns++)
            for (int i = 0; i < N; i++)
                if (!weir_is_done(tasks[i].output))
                    task_poll(&tasks[i], demand);
        for (int i = 0; i < N; i++)
            assert_string_equal(tasks[i].seen.text, "1 2 !7 3 4 5 $");
        assert_int_equal(script.given, 5);
        end();
    }
}

/* One output is never polled: the others go on until the room is full, and hold no more than that;
 * then each item it takes lets them go on by one. */
static void test_never_polled(void **state)
{
    (void)state;
    begin("1 2 3 4 5 6", 3, WEIR_SLOW_WAIT);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_PENDING);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_PENDING);
    assert_string_equal(tasks[0].seen.text, "1 2 3 P");
    assert_string_equal(tasks[1].seen.text, "1 2 3 P");
    assert_int_equal(script.given, 3);
    assert_int_equal(tracked_live, 3);
    assert_int_equal(tasks[0].test.cx.wait_for, WEIR_WAIT_ROOM);
    assert_false(task_woken(&tasks[0]));
    task_poll(&tasks[2], 1);
    assert_true(task_woken(&tasks[0]) && task_woken(&tasks[1]));
    assert_int_equal(task_run(&tasks[1], 64), WEIR_PENDING);
    assert_string_equal(tasks[1].seen.text, "1 2 3 P 4 P");
    task_drop(&tasks[2]); /* and who is gone holds nobody back */
    assert_true(task_woken(&tasks[1]));
    assert_int_equal(task_run(&tasks[1], 64), WEIR_PENDING);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 2 3 P 4 5 6 $");
    end();
}

/* Each waits with a waker of its own; whoever was woken and does not poll holds nobody back. */
static void test_wakes(void **state)
{
    (void)state;
    begin("P 1 P 2", 3, WEIR_SLOW_WAIT);
    for (int i = 0; i < N; i++)
        task_poll(&tasks[i], 1);
    assert_true(script_wake(&script));
    for (int i = 0; i < N; i++)
        assert_true(task_woken(&tasks[i]));
    task_poll(&tasks[1], 1);
    task_poll(&tasks[1], 1);
    assert_string_equal(tasks[1].seen.text, "P 1 P");
    task_poll(&tasks[0], 1);
    task_poll(&tasks[0], 1);
    task_drop(&tasks[1]); /* it was the last that polled the source before 0 */
    assert_true(script_wake(&script));
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[2], 1), WEIR_END);
    assert_string_equal(tasks[2].seen.text, "P 1 2 $");
    end();
}

/* What one pulls wakes those that wait, without the source. */
static void test_wakes_by_others(void **state)
{
    (void)state;
    begin("P* 1 2", 2, WEIR_SLOW_WAIT);
    task_poll(&tasks[0], 1);
    assert_true(task_woken(&tasks[0])); /* by the source, while it was polled */
    task_poll(&tasks[1], 1);
    assert_string_equal(tasks[1].seen.text, "1");
    end();
}

static void test_lag(void **state)
{
    (void)state;
    begin("1 2 3 4 5 6 7 8 9", 4, WEIR_SLOW_LAG);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    assert_int_equal(tracked_live, 4); /* and no more, however slow the others are */
    task_poll(&tasks[1], 1);
    assert_string_equal(tasks[1].seen.text, "!5");
    assert_int_equal(tasks[1].seen.error.code, WEIR_E_LIMIT);
    assert_string_equal(tasks[1].seen.error.message,
                        "5 items were lost: this output of 'broadcast' is more than 4 behind");
    assert_int_equal(task_run(&tasks[1], 64), WEIR_END);
    assert_string_equal(tasks[1].seen.text, "!5 6 7 8 9 $");
    task_drop(&tasks[2]);
    assert_int_equal(tracked_live, 0);
    end();
}

/* As much as is free is taken at once, so that nobody loses what there was room for. */
static void test_lag_is_no_haste(void **state)
{
    (void)state;
    begin("1 2 3 4 5 6", 4, WEIR_SLOW_LAG);
    task_poll(&tasks[0], 64);
    assert_int_equal(script.given, 4);
    for (int i = 1; i < N; i++)
        assert_int_equal(task_run(&tasks[i], 3), WEIR_END);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    for (int i = 0; i < N; i++)
        assert_int_equal(tasks[i].seen.errors, i == 2); /* 1 was first by six */
    assert_string_equal(tasks[2].seen.text, "!2 3 4 5 6 $");
    end();
}

/* Two errors, and room for one: who did not read the first is told of something lost. */
static void test_lag_of_errors(void **state)
{
    (void)state;
    begin("!7 1 !8 2 !!9", 8, WEIR_SLOW_LAG);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 64), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "!7 1 !8 2 !!9 $");
    assert_string_equal(tasks[1].seen.text, "!1 1 !1 2 !!9 $");
    end();
}

static void test_kick(void **state)
{
    (void)state;
    begin("1 2 3 4 5", 2, WEIR_SLOW_KICK);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 2 3 4 5 $");
    assert_string_equal(tasks[1].seen.text, "!!3 $");
    assert_int_equal(tracked_live, 2);
    check_hint(tasks[1].output, 0, 0);
    weir_end_together(tasks[1].output); /* it is none of them any more */
    end();
}

/* An error that goes on comes to each in its place, and until each had it nothing more is taken. A
 * fatal one comes to each behind its items. */
static void test_errors(void **state)
{
    (void)state;
    begin("1 !7 2 !!8", 8, WEIR_SLOW_WAIT);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_PENDING);
    assert_string_equal(tasks[0].seen.text, "1 !7 P");
    assert_int_equal(task_run(&tasks[1], 1), WEIR_PENDING);
    task_poll(&tasks[2], 1);
    assert_false(task_woken(&tasks[0]));
    task_poll(&tasks[2], 1);
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[2], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 !7 P 2 !!8 $");
    assert_string_equal(tasks[1].seen.text, "1 !7 P 2 !!8 $");
    assert_string_equal(tasks[2].seen.text, "1 !7 2 !!8 $");
    assert_int_equal(tasks[2].seen.error.trail_n, 2); /* as if it had polled itself */
    assert_string_equal(tasks[2].seen.error.trail[1], "broadcast");
    end();
}

/* Who still had to be told of an error is gone. */
static void test_error_of_one_dropped(void **state)
{
    (void)state;
    begin("!7 1", 8, WEIR_SLOW_WAIT);
    task_poll(&tasks[0], 1);
    task_poll(&tasks[1], 1);
    assert_int_equal(task_poll(&tasks[0], 1), WEIR_PENDING);
    task_drop(&tasks[2]);
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "!7 P 1 $");
    end();
}

/* A mark is kept when every output has settled it; the trace does, as it comes. */
static void test_marks(void **state)
{
    (void)state;
    begin("1 | 2 | 3", 8, WEIR_SLOW_WAIT);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 64), WEIR_END);
    assert_string_equal(tasks[1].seen.text, "1 | 2 | 3 $");
    assert_int_equal(script.marks_kept, 0);
    task_poll(&tasks[2], 64);
    assert_int_equal(script.marks_kept, 0);
    task_poll(&tasks[2], 64);
    assert_int_equal(script.marks_kept, 1);
    task_drop(&tasks[2]); /* what it was to do for the second one it did not do */
    assert_int_equal(script.marks_kept, 1);
    assert_int_equal(script.marks_lost, 1);
    end();
}

static void test_mark_of_the_last(void **state)
{
    (void)state;
    begin("1 | 2 |", 8, WEIR_SLOW_WAIT);
    task_drop(&tasks[2]);
    task_drop(&tasks[1]);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(script.marks_kept, 2);
    end();
}

/* Every step, every output: the others get all, and what was its own is gone. */
static void drop_one(size_t demand, int which, int step)
{
    begin("1 P* 2 3 !7 4 P* 5", 3, WEIR_SLOW_WAIT);
    for (int turn = 0; turn < 60; turn++)
        for (int i = 0; i < N; i++) {
            if (turn * N + i == step)
                task_drop(&tasks[which]);
            if (tasks[i].output && !weir_is_done(tasks[i].output))
                task_poll(&tasks[i], demand);
        }
    for (int i = 0; i < N; i++) {
        assert_int_equal(tasks[i].seen.items, i == which ? tasks[i].seen.items : 5);
        assert_true(i == which || weir_is_done(tasks[i].output));
    }
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

/* The source goes with the last output; together: with the first. */
static void test_finish(void **state)
{
    (void)state;
    begin("1 2 3 4 5", 4, WEIR_SLOW_WAIT);
    task_poll(&tasks[0], 2);
    task_drop(&tasks[0]);
    task_drop(&tasks[1]);
    assert_int_equal(script.finis, 0);
    task_drop(&tasks[2]);
    assert_int_equal(script.finis, 1);
    end();

    begin("1 2 3 4 5", 4, WEIR_SLOW_WAIT);
    weir_end_together(tasks[1].output);
    task_poll(&tasks[0], 2);
    task_poll(&tasks[1], 1);
    task_drop(&tasks[2]);
    assert_int_equal(script.finis, 1);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 2 $");
    assert_string_equal(tasks[1].seen.text, "1 2 $"); /* what was there already */
    end();
    weir_stream *other = weir_range(0, 1);
    weir_end_together(other); /* no output: nothing */
    assert_string_equal(trace(other, 1), "0 $");
}

static weir_owned_line line_of(int64_t x, void *arg)
{
    (void)arg, (void)x;
    return weir_owned_line_new("a line", 6);
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_owned_line)

/* An allocation of a copy that fails costs one output one item, and it is told. */
static void test_no_copy(void **state)
{
    (void)state;
    unsigned long calls = 0;
    for (unsigned long k = 0; k <= calls; k++) {
        weir_stream *outputs[N];
        unsigned items = 0, errors = 0;
        memory_begin(0, false);
        weir_broadcast(weir_map(weir_range(0, 3), &line_fn, NULL), outputs, N, 4, WEIR_SLOW_WAIT);
        unsigned long built = memory.calls;
        memory.fail_at = k ? built + k : 0;
        tasks_begin(tasks, outputs, N);
        for (int i = 0; i < N; i++) {
            assert_int_equal(task_run(&tasks[i], 1), WEIR_END);
            assert_true(!tasks[i].seen.errors || tasks[i].seen.error.code == WEIR_E_MEMORY);
            items += tasks[i].seen.items;
            errors += tasks[i].seen.errors;
        }
        assert_int_equal(items + errors, 9);
        calls = k ? calls : memory.calls - built;
        tasks_end(tasks, N);
        memory_end();
        assert_int_equal(memory.live, 0);
    }
    assert_int_equal(calls, 3 + 6); /* the items, and two copies of each */
}

/* Nothing is counted twice, and nothing is left out. */
static void test_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    begin("1 2 3", 50, WEIR_SLOW_WAIT);
    for (int dropped = -1; dropped < N - 1; dropped++) {
        size_t said = 0;
        if (dropped >= 0)
            task_drop(&tasks[dropped]);
        for (int i = dropped + 1; i < N; i++)
            said += weir_memory_max(tasks[i].output);
        assert_int_equal(said, memory.live_bytes);
    }
    end();
    memory_end();
}

static void test_hints(void **state)
{
    (void)state;
    weir_stream *outputs[2];
    weir_broadcast(weir_range(0, 5), outputs, 2, 3, WEIR_SLOW_WAIT);
    check_hint(outputs[1], 5, 5);
    tasks_begin(tasks, outputs, 2);
    task_poll(&tasks[0], 2);
    check_hint(outputs[0], 3, 3);
    check_hint(outputs[1], 5, 5);
    tasks_end(tasks, 2);
    weir_broadcast(weir_range(0, 5), outputs, 2, 3, WEIR_SLOW_LAG);
    check_hint(outputs[1], 0, 5);
    weir_drop(outputs[0]);
    weir_drop(outputs[1]);
}

/* A future for several: each gets its item. */
static void test_one(void **state)
{
    (void)state;
    weir_stream *outputs[2];
    weir_broadcast(weir_count(weir_range(0, 5)), outputs, 2, 1, WEIR_SLOW_WAIT);
    assert_true(outputs[0]->stage.one && outputs[1]->stage.one);
    assert_string_equal(trace(outputs[1], 1), "5 $");
    assert_string_equal(trace(outputs[0], 1), "5 $");
}

/* Each output keeps its marks in a line of its own. */
static void test_lines_of_marks(void **state)
{
    (void)state;
    begin("1 | 2 | | 3 | 4 |", 16, WEIR_SLOW_WAIT);
    for (size_t i = 0; i < N; i++)
        tasks[i].output = weir_chunks(tasks[i].output, 4);
    for (int turn = 0; turn < 20; turn++)
        for (size_t i = 0; i < N; i++)
            if (!weir_is_done(tasks[i].output))
                task_poll(&tasks[i], 1);
    for (size_t i = 0; i < N; i++)
        assert_string_equal(tasks[i].seen.text, "[1 2 3 4] | | | | | $");
    assert_int_equal(script.marks_kept, 5);
    end();
}

/* Without memory for a mark of its own an output has lost it, and goes on. */
static void test_no_memory_for_a_mark(void **state)
{
    (void)state;
    begin("1 | 2 |", 8, WEIR_SLOW_WAIT);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    task_poll(&tasks[1], 64);
    memory_begin(1, false);
    task_poll(&tasks[1], 64);
    memory_end();
    assert_int_equal(task_run(&tasks[1], 64), WEIR_END);
    assert_int_equal(task_run(&tasks[2], 64), WEIR_END);
    assert_string_equal(tasks[1].seen.text, "1 2 | $");
    assert_int_equal(script.marks_lost, 1);
    assert_int_equal(script.marks_kept, 1);
    end();
}

int stage_broadcast(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines_of_marks),
        cmocka_unit_test(test_no_memory_for_a_mark),
        cmocka_unit_test(test_all_get_all),
        cmocka_unit_test(test_never_polled),
        cmocka_unit_test(test_wakes),
        cmocka_unit_test(test_wakes_by_others),
        cmocka_unit_test(test_lag),
        cmocka_unit_test(test_lag_is_no_haste),
        cmocka_unit_test(test_lag_of_errors),
        cmocka_unit_test(test_kick),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_error_of_one_dropped),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_mark_of_the_last),
        cmocka_unit_test(test_drops),
        cmocka_unit_test(test_finish),
        cmocka_unit_test(test_no_copy),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_hints),
        cmocka_unit_test(test_one),
    };
    return cmocka_run_group_tests_name("broadcast", tests, NULL, NULL);
}
