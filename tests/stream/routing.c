/* routing: whoever comes and goes, each item is read once, by whom it was for, in order. */

#include <stdio.h>
#include <stdlib.h>

#include "outputs.h"

enum { TASKS = 6, ITEMS = 40, STEPS = 4000 };

static struct script script;
static weir_dealing *dealing;
static struct task tasks[TASKS];
static bool ready[TASKS]; /* to go on without a wake */
static uint64_t random_state;

static unsigned draw(unsigned n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (unsigned)(random_state >> 33) % n;
}

static size_t by_value(struct tracked item, size_t n, void *arg)
{
    (void)arg;
    return (size_t)item.value % n;
}
WEIR_CHOOSE_FN(by_value_fn, by_value, struct tracked, OF_TRACKED)

static weir_stream *random_source(void)
{
    static const char *const words[] = {"P ", "P* ", ""};
    char text[600] = "";
    for (int i = 1; i <= ITEMS; i++)
        snprintf(text + strlen(text), 16, "%s%d ", words[draw(3)], i);
    script = (struct script){.type = &tracked_type, .at_most = draw(3)};
    return script_stream(&script, text);
}

/* Greater than the last, and of no other reader's before. */
static void check(const struct task *task, bool *seen)
{
    int last = 0;
    for (const char *at = task->seen.text; *at;) {
        int value = atoi(at);
        if (value) {
            assert_true(value > last && !seen[value]);
            seen[value] = true;
            last = value;
        }
        at += strcspn(at, " ");
        at += *at == ' ';
    }
}

static void come(size_t i)
{
    task_begin(&tasks[i], weir_deal_reader(dealing));
    ready[i] = true;
}

static void go(size_t i, bool *seen)
{
    check(&tasks[i], seen);
    task_drop(&tasks[i]);
    test_cx_fini(&tasks[i].test);
}

/* One that can go on is polled; with none, what the source waits for comes. False: there is
 * nothing more. */
static bool step(void)
{
    size_t first = draw(TASKS);
    for (size_t k = 0; k < TASKS; k++) {
        size_t i = (first + k) % TASKS;
        if (!tasks[i].output || weir_is_done(tasks[i].output))
            continue;
        if (ready[i] || task_woken(&tasks[i])) {
            ready[i] = task_poll(&tasks[i], draw(3) + 1) != WEIR_PENDING;
            return true;
        }
    }
    return script_wake(&script);
}

static void come_or_go(bool *seen)
{
    size_t i = draw(TASKS);
    if (!tasks[i].output)
        come(i);
    else
        go(i, seen);
}

static void run(uint64_t seed, bool churn)
{
    bool seen[ITEMS + 1] = {0};
    random_state = seed;
    memset(tasks, 0, sizeof tasks);
    dealing = weir_deal(random_source(), &by_value_fn, NULL, 3, draw(3) + 1);
    for (size_t i = 0; i < 3; i++)
        come(i);
    for (int steps = 0; steps < STEPS; steps++) {
        if (churn && draw(8) == 0)
            come_or_go(seen);
        else if (!step() && !churn)
            break;
    }
    for (size_t i = 0; i < TASKS; i++)
        if (tasks[i].output)
            go(i, seen);
    for (int value = 1; !churn && value <= ITEMS; value++)
        assert_true(seen[value]);
    weir_deal_drop(dealing);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
    assert_int_equal(script.finis, 1);
}

static void test_nothing_is_lost(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 300; seed++)
        run(seed, false);
}

static void test_churn(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 100; seed++)
        run(seed, true);
}

int stage_routing(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_is_lost),
        cmocka_unit_test(test_churn),
    };
    return cmocka_run_group_tests_name("routing", tests, NULL, NULL);
}
