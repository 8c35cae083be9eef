/* group_by: a stream for each key, and what one of them does to all. */

#include "outputs.h"

enum { GROUPS = 5 };

static struct script script;
static struct task outer;
static struct task groups[GROUPS];

static uint64_t tens(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value / 10;
}
WEIR_KEY_FN(tens_fn, tens, struct tracked, uint64_t, OF_TRACKED)

WEIR_PAIR(uint64_t, weir_stream *, group)

static void begin(const char *text, size_t max, size_t capacity, weir_closed closed)
{
    script = (struct script){.type = &tracked_type};
    memset(groups, 0, sizeof groups);
    task_begin(&outer,
               weir_group_by(script_stream(&script, text), &tens_fn, NULL, max, capacity, closed));
}

static void end(void)
{
    task_drop(&outer);
    for (int i = 0; i < GROUPS; i++) {
        task_drop(&groups[i]);
        test_cx_fini(&groups[i].test);
    }
    tasks_end(&outer, 1);
    assert_int_equal(script.finis, 1);
}

/* The next group, into a task of its own; READY, or what came instead. */
static weir_state take_group(int i, uint64_t key)
{
    struct group next;
    test_cx_turn(&outer.test);
    weir_poll got = weir_poll_next(outer.output, &outer.test.cx, &next, 1);
    if (!got.n)
        return got.state;
    assert_int_equal(next.first, key);
    task_begin(&groups[i], next.second);
    return WEIR_READY;
}

/* A group under a stage that has ended holds nobody back, though it is not dropped yet; what comes
 * for it is nobody's. */
static void test_over(void **state)
{
    (void)state;
    begin("1 2 3 11 4", 4, 1, WEIR_CLOSED_GONE);
    assert_int_equal(take_group(0, 0), WEIR_READY);
    groups[0].output = weir_take(groups[0].output, 1);
    assert_int_equal(task_run(&groups[0], 1), WEIR_END);
    assert_int_equal(take_group(1, 1), WEIR_READY);
    outer.output = weir_take(outer.output, 0);
    assert_int_equal(task_run(&outer, 1), WEIR_END);
    assert_int_equal(task_run(&groups[1], 1), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 $");
    assert_string_equal(groups[1].seen.text, "11 $");
    end();
}

static void test_groups(void **state)
{
    (void)state;
    begin("1 2 11 3 21 12", 4, 8, WEIR_CLOSED_AGAIN);
    assert_true(weir_type_fits(outer.output->type, &group_type));
    assert_int_equal(take_group(0, 0), WEIR_READY);
    assert_int_equal(take_group(1, 1), WEIR_READY);
    assert_int_equal(take_group(2, 2), WEIR_READY);
    assert_int_equal(take_group(3, 9), WEIR_END);
    for (int i = 0; i < 3; i++)
        assert_int_equal(task_run(&groups[i], 2), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 2 3 $");
    assert_string_equal(groups[1].seen.text, "11 12 $");
    assert_string_equal(groups[2].seen.text, "21 $");
    end();
}

/* Whoever polls takes for all; one that nobody polls stalls them, until it is polled or dropped. */
static void test_slow_group(void **state)
{
    (void)state;
    begin("1 11 12 13 14 2", 4, 2, WEIR_CLOSED_AGAIN);
    take_group(0, 0);
    take_group(1, 1);
    task_poll(&groups[0], 1);
    assert_int_equal(task_poll(&groups[0], 1), WEIR_PENDING);
    assert_int_equal(groups[0].test.cx.wait_for, WEIR_WAIT_ROOM);
    assert_int_equal(tracked_live, 3);
    assert_int_equal(take_group(2, 2), WEIR_PENDING);
    task_poll(&groups[1], 1);
    assert_true(task_woken(&groups[0]) && task_woken(&outer));
    assert_int_equal(task_poll(&groups[0], 1), WEIR_PENDING); /* stuck again */
    task_drop(&groups[1]);
    assert_true(task_woken(&groups[0]));
    assert_int_equal(task_run(&groups[0], 1), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 P P 2 $");
    end();
}

/* A group that the stream of groups has not given yet holds the others back. */
static void test_nobody_takes_the_group(void **state)
{
    (void)state;
    begin("1 11 2", 4, 2, WEIR_CLOSED_AGAIN);
    take_group(0, 0);
    task_poll(&groups[0], 1);
    assert_int_equal(task_poll(&groups[0], 1), WEIR_PENDING);
    assert_int_equal(take_group(1, 1), WEIR_READY);
    assert_true(task_woken(&groups[0]));
    assert_int_equal(task_run(&groups[0], 1), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 P 2 $");
    end();
}

static void test_max(void **state)
{
    (void)state;
    begin("1 11 21 31 2", 2, 4, WEIR_CLOSED_AGAIN);
    take_group(0, 0);
    take_group(1, 1);
    assert_int_equal(take_group(2, 2), WEIR_ERROR);
    assert_int_equal(outer.test.cx.error.code, WEIR_E_LIMIT);
    assert_false(outer.test.cx.error.fatal);
    assert_string_equal(outer.test.cx.error.message,
                        "group_by 'tens': there would be more than max = 2 groups");
    task_drop(&groups[1]); /* that makes room */
    assert_int_equal(take_group(2, 3), WEIR_READY);
    assert_int_equal(take_group(3, 9), WEIR_END);
    assert_int_equal(task_run(&groups[0], 1), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 2 $");
    end();
}

static void test_closed(void **state)
{
    (void)state;
    begin("1 11 12 2 13 14", 2, 4, WEIR_CLOSED_AGAIN);
    take_group(0, 0);
    take_group(1, 1);
    task_drop(&groups[1]);
    assert_int_equal(take_group(2, 1), WEIR_READY);
    assert_int_equal(take_group(3, 9), WEIR_END);
    assert_int_equal(task_run(&groups[2], 1), WEIR_END);
    assert_string_equal(groups[2].seen.text, "12 13 14 $");
    end();

    begin("1 11 12 2 21 13", 2, 4, WEIR_CLOSED_GONE);
    take_group(0, 0);
    take_group(1, 1);
    task_drop(&groups[1]);
    assert_int_equal(take_group(2, 2), WEIR_ERROR); /* its key counts */
    assert_int_equal(take_group(2, 9), WEIR_END);
    assert_int_equal(task_run(&groups[0], 1), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 2 $");
    end();
}

/* Groups go on without the stream of groups; then no new ones come. */
static void test_without_the_outer(void **state)
{
    (void)state;
    begin("1 11 2 !7 21 3", 4, 2, WEIR_CLOSED_AGAIN);
    take_group(0, 0);
    task_poll(&groups[0], 1);
    assert_int_equal(task_poll(&groups[0], 1), WEIR_PENDING);
    task_drop(&outer); /* and the group that it had not given */
    assert_true(task_woken(&groups[0]));
    assert_int_equal(task_run(&groups[0], 1), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 P 2 !7 3 $");
    end();
}

/* One that goes on comes with the groups, and waits for who takes it; a fatal one comes to all. */
static void test_errors(void **state)
{
    (void)state;
    begin("1 !7 2 11 !!8", 4, 2, WEIR_CLOSED_AGAIN);
    take_group(0, 0);
    task_poll(&groups[0], 1);
    assert_int_equal(task_poll(&groups[0], 1), WEIR_PENDING);
    assert_int_equal(take_group(1, 9), WEIR_ERROR);
    assert_int_equal(outer.test.cx.error.number, 7);
    assert_true(task_woken(&groups[0]));
    assert_int_equal(take_group(1, 1), WEIR_READY);
    assert_int_equal(take_group(2, 9), WEIR_ERROR);
    assert_true(outer.test.cx.error.fatal);
    assert_int_equal(task_run(&groups[0], 1), WEIR_END);
    assert_int_equal(task_run(&groups[1], 1), WEIR_END);
    assert_string_equal(groups[0].seen.text, "1 P 2 !!8 $");
    assert_string_equal(groups[1].seen.text, "11 !!8 $");
    end();
}

/* Who waits is woken by what another one takes for it. */
static void test_wakes(void **state)
{
    (void)state;
    begin("1 11 P 2 12 21 P~", 4, 2, WEIR_CLOSED_AGAIN);
    take_group(0, 0);
    take_group(1, 1);
    task_poll(&groups[0], 1);
    task_poll(&groups[1], 1);
    assert_int_equal(task_poll(&groups[0], 1), WEIR_PENDING);
    assert_int_equal(task_poll(&groups[1], 1), WEIR_PENDING);
    assert_int_equal(take_group(2, 9), WEIR_PENDING);
    assert_true(script_wake(&script));
    task_poll(&groups[0], 1);
    assert_true(task_woken(&groups[1]) && task_woken(&outer));
    task_poll(&groups[1], 1);
    assert_int_equal(take_group(2, 2), WEIR_READY);
    assert_string_equal(groups[1].seen.text, "11 P 12");
    end();
}

/* No memory for a group is one error and one item. */
static void test_no_memory(void **state)
{
    (void)state;
    for (unsigned long k = 0; k < 8; k++) {
        memory_begin(0, false);
        begin("1 11 2 12", 4, 4, WEIR_CLOSED_AGAIN);
        take_group(0, 0);
        memory.fail_at = k ? memory.calls + k : 0;
        weir_state got = take_group(1, 1);
        if (got == WEIR_ERROR) {
            assert_int_equal(outer.test.cx.error.code, WEIR_E_MEMORY);
            assert_int_equal(take_group(1, 1), WEIR_READY);
        }
        assert_int_equal(take_group(2, 9), WEIR_END);
        task_run(&groups[0], 1);
        task_run(&groups[1], 1);
        assert_string_equal(groups[0].seen.text, "1 2 $");
        assert_string_equal(groups[1].seen.text, got == WEIR_ERROR ? "12 $" : "11 12 $");
        end();
        memory_end();
        assert_int_equal(memory.live, 0);
    }
}

/* All is counted, the hub with whoever was first: a few buckets more than there are. */
static void test_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    begin("1 11 21 31 2", 3, 9, WEIR_CLOSED_AGAIN);
    for (int i = 0; i < 3; i++) {
        take_group(i, (uint64_t)i);
        size_t said = weir_memory_max(outer.output);
        for (int j = 0; j <= i; j++)
            said += weir_memory_max(groups[j].output);
        assert_true(said >= memory.live_bytes && said < memory.live_bytes + 500);
    }
    task_drop(&outer);
    assert_true(weir_memory_max(groups[0].output) > 2 * weir_memory_max(groups[1].output));
    end();
    memory_end();
}

/* The first that is dropped ends them all. */
static void test_together(void **state)
{
    (void)state;
    begin("1 11 2 12", 4, 4, WEIR_CLOSED_AGAIN);
    weir_end_together(outer.output);
    take_group(0, 0);
    take_group(1, 1);
    task_drop(&groups[0]);
    assert_int_equal(script.finis, 1);
    assert_int_equal(take_group(2, 9), WEIR_END);
    assert_int_equal(task_run(&groups[1], 1), WEIR_END);
    assert_string_equal(groups[1].seen.text, "11 $");
    end();
}

static void drop_one(int which, int step)
{
    unsigned drops = tracked_drops;
    begin("1 11 P* 12 21 !7 2 13 P* 22 3 14", 4, 1, WEIR_CLOSED_AGAIN);
    int n = 0;
    for (int turn = 0; turn < 80; turn++) {
        if (turn == step && which < n)
            task_drop(&groups[which]);
        if (turn == step && which == GROUPS)
            task_drop(&outer);
        if (outer.output && !weir_is_done(outer.output)) {
            test_cx_turn(&outer.test);
            struct group next;
            if (weir_poll_next(outer.output, &outer.test.cx, &next, 1).n)
                task_begin(&groups[n++], next.second);
            assert_true(n < GROUPS);
        }
        for (int i = 0; i < n; i++)
            if (groups[i].output && !weir_is_done(groups[i].output))
                task_poll(&groups[i], 1);
    }
    for (int i = 0; i < n; i++)
        assert_true(!groups[i].output || weir_is_done(groups[i].output));
    end();
    assert_int_equal(tracked_drops - drops, script.given);
    assert_true(which == GROUPS || script.given == 9);
}

static void test_drops(void **state)
{
    (void)state;
    for (int which = 0; which <= GROUPS; which++)
        for (int step = 0; step < 30; step++)
            drop_one(which, step);
}

int stage_group_by(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_over),
        cmocka_unit_test(test_slow_group),
        cmocka_unit_test(test_nobody_takes_the_group),
        cmocka_unit_test(test_max),
        cmocka_unit_test(test_closed),
        cmocka_unit_test(test_without_the_outer),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_wakes),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_together),
        cmocka_unit_test(test_drops),
    };
    return cmocka_run_group_tests_name("group_by", tests, NULL, NULL);
}
