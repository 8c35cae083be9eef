/* deal: each item to one of the readers that are there. */

#include "outputs.h"

enum { N = 4 };

static struct script script;
static struct task tasks[N];
static weir_dealing *dealing;

/* 12 goes to reader 1, 25 to reader 2; 90 is for the last one. */
static size_t tens(struct tracked item, size_t n, void *arg)
{
    (void)arg;
    return item.value >= 90 ? n - 1 : (size_t)item.value / 10;
}
WEIR_CHOOSE_FN(tens_fn, tens, struct tracked, OF_TRACKED)

static void begin(const char *text, size_t readers, size_t capacity)
{
    script = (struct script){.type = &tracked_type};
    memset(tasks, 0, sizeof tasks);
    dealing = weir_deal(script_stream(&script, text), &tens_fn, NULL, readers, capacity);
}

static struct task *join(int i)
{
    task_begin(&tasks[i], weir_deal_reader(dealing));
    return &tasks[i];
}

static void leave(int i)
{
    task_drop(&tasks[i]);
    test_cx_fini(&tasks[i].test);
}

static void end(void)
{
    weir_deal_drop(dealing);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
    assert_int_equal(script.finis, 1);
}

static void test_each_to_its_own(void **state)
{
    (void)state;
    begin("1 11 2 21 12 91 3", 3, 8);
    for (int i = 0; i < 3; i++)
        join(i);
    for (int i = 0; i < 3; i++)
        assert_int_equal(task_run(&tasks[i], 2), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 2 3 $");
    assert_string_equal(tasks[1].seen.text, "11 12 $");
    assert_string_equal(tasks[2].seen.text, "21 91 $");
    for (int i = 0; i < 3; i++)
        leave(i);
    end();
}

/* Who comes is among those that are chosen from then on; who goes gives its number to the next. */
static void test_come_and_go(void **state)
{
    (void)state;
    begin("91 92 1 11 93 12 2 94", 1, 4);
    task_poll(join(0), 1);
    assert_string_equal(tasks[0].seen.text, "91");
    join(1);
    join(2);
    assert_int_equal(task_poll(&tasks[0], 1), WEIR_READY);
    assert_string_equal(tasks[0].seen.text, "91 1"); /* 92 is with the last one */
    task_poll(&tasks[2], 1);
    assert_string_equal(tasks[2].seen.text, "92");
    leave(0);
    task_poll(&tasks[2], 1); /* the second of two now */
    assert_string_equal(tasks[2].seen.text, "92 11");
    assert_int_equal(task_run(&tasks[2], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_string_equal(tasks[2].seen.text, "92 11 93 12 94 $");
    assert_string_equal(tasks[1].seen.text, "2 $");
    leave(1);
    leave(2);
    end();
}

/* Nothing is asked for before so many readers were there at once, nor while there are none. */
static void test_begin(void **state)
{
    (void)state;
    begin("1 2 11", 2, 4);
    assert_int_equal(task_poll(join(0), 1), WEIR_PENDING);
    assert_int_equal(tasks[0].test.cx.wait_for, WEIR_WAIT_PEER);
    leave(0);
    assert_int_equal(task_poll(join(0), 1), WEIR_PENDING);
    assert_int_equal(script.polls, 0);
    join(1);
    assert_true(task_woken(&tasks[0]));
    task_poll(&tasks[0], 1);
    leave(1); /* once begun it goes on with fewer */
    task_poll(&tasks[0], 1);
    assert_string_equal(tasks[0].seen.text, "P 1 2");
    leave(0);
    assert_int_equal(script.given, 2);
    assert_int_equal(script.finis, 0); /* the handle keeps it */
    join(2);
    join(3);
    assert_int_equal(task_run(&tasks[3], 1), WEIR_END);
    assert_string_equal(tasks[3].seen.text, "11 $");
    leave(2);
    leave(3);
    end();
}

/* With the handle goes who could have come. */
static void test_handle(void **state)
{
    (void)state;
    begin("1 2", 3, 4);
    assert_int_equal(task_poll(join(0), 1), WEIR_PENDING);
    weir_deal_drop(dealing);
    dealing = NULL;
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "P 1 2 $");
    assert_int_equal(script.finis, 0);
    leave(0);
    end();
}

/* The slowest holds the source back, until it takes one or goes. */
static void test_backpressure(void **state)
{
    (void)state;
    begin("11 12 13 1 2 14", 2, 2);
    join(0);
    join(1);
    assert_int_equal(task_poll(&tasks[0], 1), WEIR_PENDING);
    assert_int_equal(tasks[0].test.cx.wait_for, WEIR_WAIT_ROOM);
    assert_int_equal(tracked_live, 3);
    task_poll(&tasks[1], 1);
    assert_true(task_woken(&tasks[0]));
    assert_int_equal(task_run(&tasks[0], 1), WEIR_PENDING);
    assert_string_equal(tasks[0].seen.text, "P 1 2 P");
    leave(1); /* with what it did not read, and what was stuck */
    assert_int_equal(tracked_live, 0);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "P 1 2 P $");
    leave(0);
    end();
}

static void test_no_such_reader(void **state)
{
    (void)state;
    begin("1 21 2", 2, 2);
    join(0);
    join(1);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "1 !ARGUMENT 2 $");
    assert_string_equal(tasks[0].seen.error.message, "deal 'tens' names reader 2, and there are 2");
    assert_int_equal(tracked_live, 0);
    leave(0);
    leave(1);
    end();
}

static size_t number_itself(int64_t x, size_t n, void *arg)
{
    (void)arg;
    return (size_t)x % n;
}
WEIR_CHOOSE_FN(number_itself_fn, number_itself, int64_t)

/* Each has the number that it has in the row, also behind one that went. */
static void test_many(void **state)
{
    (void)state;
    enum { MANY = 100, GONE = 5 };
    weir_stream *readers[MANY];
    weir_error error;
    int64_t item;
    weir_dealing *many = weir_deal(weir_range(0, MANY - 1), &number_itself_fn, NULL, MANY, 1);
    for (int i = 0; i < MANY; i++)
        readers[i] = weir_deal_reader(many);
    weir_drop(readers[GONE]);
    for (int i = MANY - 1; i >= 0; i--) {
        if (i == GONE)
            continue;
        assert_int_equal(await(weir_next(readers[i]), &item, &error), WEIR_READY);
        assert_int_equal(item, i - (i > GONE));
    }
    for (int i = 0; i < MANY; i++)
        weir_drop(i == GONE ? NULL : readers[i]);
    weir_deal_drop(many);
}

/* A fatal one comes to all, also to those that come later. */
static void test_errors(void **state)
{
    (void)state;
    begin("11 !7 1 !!8", 2, 2);
    join(0);
    join(1);
    assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_int_equal(task_run(join(2), 1), WEIR_END);
    assert_string_equal(tasks[0].seen.text, "!7 1 !!8 $");
    assert_string_equal(tasks[1].seen.text, "11 !!8 $");
    assert_string_equal(tasks[2].seen.text, "!!8 $");
    for (int i = 0; i < 3; i++)
        leave(i);
    end();
}

static void test_end_together(void **state)
{
    (void)state;
    begin("1 11 2 12 3", 2, 2);
    join(0);
    join(1);
    task_poll(&tasks[0], 1);
    task_poll(&tasks[0], 1);
    weir_end_together(tasks[0].output);
    leave(0);
    assert_int_equal(script.finis, 1);
    assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
    assert_string_equal(tasks[1].seen.text, "11 $");
    leave(1);
    end();
}

/* Places are used again, so that readers who come and go cost nothing that stays. */
static void test_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    begin("P~", 2, 5);
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
        begin("1", 1, 2);
        join(0);
        join(1);
        assert_int_equal(task_run(&tasks[0], 1), WEIR_END);
        assert_int_equal(task_run(&tasks[1], 1), WEIR_END);
        bool whole = !strcmp(tasks[0].seen.text, "1 $") && !strcmp(tasks[1].seen.text, "$");
        assert_true(whole || strstr(tasks[0].seen.text, "MEMORY") ||
                    strstr(tasks[1].seen.text, "MEMORY"));
        leave(0);
        leave(1);
        weir_deal_drop(dealing);
        memory_end();
        assert_int_equal(memory.live, 0);
        assert_int_equal(tracked_live, 0);
    }
}

int stage_deal(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_to_its_own),
        cmocka_unit_test(test_come_and_go),
        cmocka_unit_test(test_begin),
        cmocka_unit_test(test_handle),
        cmocka_unit_test(test_backpressure),
        cmocka_unit_test(test_no_such_reader),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_end_together),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests_name("deal", tests, NULL, NULL);
}
