/* share: readers come and go. */

#include "outputs.h"

enum { N = 3 };

static struct script script;
static struct task tasks[N];
static weir_sharing *shared;

static void begin(const char *text, size_t capacity, weir_slow slow, size_t replay)
{
    script = (struct script){.type = &tracked_type};
    memset(tasks, 0, sizeof tasks);
    shared = weir_share(script_stream(&script, text), capacity, slow, replay);
}

static struct task *join(int i)
{
    task_begin(&tasks[i], weir_share_reader(shared));
    return &tasks[i];
}

static void leave(int i)
{
    task_drop(&tasks[i]);
    test_cx_fini(&tasks[i].test);
}

static void end(void)
{
    weir_share_drop(shared);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
    assert_int_equal(script.finis, 1);
}

/* Late readers get what comes then; nothing is asked for before the first and without any. */
static void test_late(void **state)
{
    (void)state;
    begin("1 2 3 4 5 6", 4, WEIR_SLOW_WAIT, 0);
    assert_int_equal(script.polls, 0);
    task_poll(join(0), 2);
    task_poll(join(1), 1);
    assert_string_equal(tasks[1].seen.text, "3");
    leave(1);
    leave(0);
    assert_int_equal(script.given, 3);
    assert_int_equal(script.finis, 0); /* the handle keeps it */
    task_poll(join(2), 1);
    assert_string_equal(tasks[2].seen.text, "4");
    leave(2);
    end();
}

static void test_replay(void **state)
{
    (void)state;
    begin("1 2 3 4 5", 4, WEIR_SLOW_WAIT, 2);
    task_poll(join(0), 3);
    assert_int_equal(tracked_live, 2);
    assert_int_equal(task_run(join(1), 1), WEIR_END);
    assert_string_equal(tasks[1].seen.text, "2 3 4 5 $");
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    assert_int_equal(task_run(join(2), 64),
                     WEIR_END); /* after the end: what is kept, and the end */
    assert_string_equal(tasks[2].seen.text, "4 5 $");
    assert_int_equal(tracked_live, 2);
    for (int i = 0; i < N; i++)
        leave(i);
    end();
}

/* A late reader is told of the fatal error, too. */
static void test_replay_of_errors(void **state)
{
    (void)state;
    begin("1 !7 2 !!8", 4, WEIR_SLOW_WAIT, 3);
    assert_int_equal(task_run(join(0), 1), WEIR_END);
    assert_int_equal(task_run(join(1), 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 !7 2 !!8 $");
    assert_string_equal(tasks[1].seen.text, "1 2 !!8 $"); /* one that went on was told already */
    leave(0);
    leave(1);
    end();
}

/* A late reader that does not read holds back those that do, or lags. */
static void test_slow_late_reader(void **state)
{
    (void)state;
    begin("1 2 3 4 5", 2, WEIR_SLOW_WAIT, 1);
    task_poll(join(0), 2);
    join(1);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_PENDING);
    assert_string_equal(tasks[0].seen.text, "1 2 3 P");
    leave(1);
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    leave(0);
    end();

    begin("1 2 3 4 5", 2, WEIR_SLOW_LAG, 1);
    task_poll(join(0), 2);
    join(1);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_string_equal(tasks[1].seen.text, "!2 4 5 $");
    leave(0);
    leave(1);
    end();
}

/* Readers go on without the handle; the last of all takes the source along. */
static void test_handle(void **state)
{
    (void)state;
    begin("1 2 3", 2, WEIR_SLOW_WAIT, 0);
    join(0);
    weir_share_drop(shared);
    shared = NULL;
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(script.finis, 0);
    leave(0);
    end();
}

/* Seats are used again, so that readers who come and go cost nothing that stays. */
static void test_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    begin("P~", 2, WEIR_SLOW_WAIT, 0);
    size_t bytes = 0;
    for (int i = 0; i < 50; i++) {
        task_poll(join(0), 1);
        task_poll(join(1), 1);
        assert_true(weir_memory_max(tasks[0].output) + weir_memory_max(tasks[1].output) >=
                    memory.live_bytes - 64); /* the handle is nobody's stage */
        bytes = i ? bytes : memory.live_bytes;
        assert_int_equal(memory.live_bytes, bytes);
        leave(i % 2);
        leave(!(i % 2));
    }
    end();
    memory_end();
    assert_int_equal(memory.live, 0);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (unsigned long k = 1; k < 12; k++) {
        memory_begin(k, true);
        begin("1", 2, WEIR_SLOW_WAIT, 1);
        join(0);
        join(1);
        assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
        assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
        for (int i = 0; i < 2; i++)
            assert_true(!strcmp(tasks[i].seen.text, "1 $") || strstr(tasks[i].seen.text, "MEMORY"));
        leave(0);
        leave(1);
        weir_share_drop(shared);
        memory_end();
        assert_int_equal(memory.live, 0);
        assert_int_equal(tracked_live, 0);
    }
}

/* A reader that is made while the only other one polls begins with as many as there is room for. */
static struct tracked welcome(struct tracked item, void *arg)
{
    struct task *late = arg;
    if (item.value == 3)
        task_begin(late, weir_share_reader(shared));
    return item;
}
WEIR_MAP_FN(welcome_fn, welcome, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static void test_made_within(void **state)
{
    (void)state;
    for (weir_slow slow = WEIR_SLOW_WAIT; slow <= WEIR_SLOW_KICK; slow++) {
        begin("1", 2, slow, 0);
        weir_share_drop(shared);
        script = (struct script){.type = &tracked_type};
        weir_stream *source = script_stream(&script, "1 2 3 4 5 6 7");
        shared = weir_share(weir_map(source, &welcome_fn, &tasks[1]), 2, slow, 0);
        task_poll(join(0), 6);
        assert_string_equal(tasks[0].seen.text, "1 2 3 4 5 6");
        assert_int_equal(task_run(&tasks[1], 2), WEIR_END);
        assert_string_equal(tasks[1].seen.text, "5 6 7 $");
        assert_int_equal(task_run(&tasks[0], 2), WEIR_END);
        assert_string_equal(tasks[0].seen.text, "1 2 3 4 5 6 7 $");
        leave(0);
        leave(1);
        end();
    }
}

/* A late reader has the marks that are still to be read by others among what is replayed to it. */
static void test_marks(void **state)
{
    (void)state;
    begin("1 | 2 | 3", 4, WEIR_SLOW_WAIT, 3);
    join(0);
    join(1);
    task_poll(&tasks[0], 64);
    task_poll(&tasks[0], 64);
    task_poll(&tasks[0], 64);
    task_poll(&tasks[0], 64);
    assert_string_equal(tasks[0].seen.text, "1 | 2 |");
    join(2);
    assert_int_equal(task_run(&tasks[1], 64), WEIR_PENDING);
    assert_int_equal(script.marks_kept, 0);
    assert_int_equal(task_run(&tasks[2], 64), WEIR_END);
    assert_string_equal(tasks[2].seen.text, "| 2 | 3 $");
    assert_int_equal(script.marks_kept, 2);
    for (int i = 0; i < N; i++)
        leave(i);
    end();
}

/* What it takes along it has not kept. */
static void test_marks_of_who_leaves(void **state)
{
    (void)state;
    begin("1 | 2", 4, WEIR_SLOW_WAIT, 0);
    join(0);
    join(1);
    assert_int_equal(task_run(&tasks[0], 64), WEIR_END);
    leave(1);
    assert_int_equal(script.marks_lost, 1);
    leave(0);
    end();
}

int stage_share(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_marks_of_who_leaves),
        cmocka_unit_test(test_late),
        cmocka_unit_test(test_replay),
        cmocka_unit_test(test_replay_of_errors),
        cmocka_unit_test(test_slow_late_reader),
        cmocka_unit_test(test_handle),
        cmocka_unit_test(test_made_within),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
