/* locks for moments: one thread at a time, given back on every way out, and no wait in between. */

#include <sched.h>
#include <stdatomic.h>
#include <time.h>

#include "party.h"

#include "../driver/rig.h"
#include "task/lock.h"
#include "waits.h"

static weir_lock lock;

static bool is_free(void)
{
    if (!weir_lock_try(&lock))
        return false;
    weir_lock_give(&lock);
    return true;
}

static int leave_by(int way)
{
    int steps = 0;
    for (int i = 0; i < 2; i++) {
        weir_locked (&lock) {
            steps++;
            if (way == 1)
                break;
            if (way == 2)
                continue;
            if (way == 3)
                return steps;
            if (way == 4)
                goto out;
            assert_false(weir_lock_try(&lock));
            steps += 10;
        }
        assert_true(is_free());
        steps += 100; /* the loop around it goes on */
    }
out:
    return steps;
}

static void given_back_on_every_way(void **state)
{
    (void)state;
    static const int steps[] = {222, 202, 202, 1, 1};
    for (int way = 0; way < 5; way++) {
        assert_int_equal(leave_by(way), steps[way]);
        assert_true(is_free());
    }
    weir_lock another = {{0}};
    weir_locked (&lock)
        weir_locked (&another)
            assert_false(weir_lock_try(&lock) || weir_lock_try(&another));
    assert_true(is_free());
}

enum { THREADS = 4, EACH = 20000 };
static int64_t counted;

static void *counts(void *arg)
{
    for (int i = 0; i < EACH; i++) {
        weir_locked (&lock)
            counted++;
        if (i % 64 == 0 && weir_lock_try(&lock)) {
            counted += 0;
            weir_lock_give(&lock);
        }
    }
    return arg;
}

static void on_many_threads(void **state)
{
    (void)state;
    pthread_t threads[THREADS];
    counted = 0;
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, counts, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(counted, THREADS * EACH);
}

static atomic_bool begun;
static int64_t seen;

static void *takes_it(void *arg)
{
    atomic_store(&begun, true);
    weir_locked (&lock)
        seen = counted;
    return arg;
}

/* Longer than somebody tries again: he sleeps, and has it when it is given back. */
static void who_wants_it_sleeps(void **state)
{
    (void)state;
    pthread_t thread;
    counted = seen = 0;
    atomic_store(&begun, false);
    weir_locked (&lock) {
        assert_int_equal(pthread_create(&thread, NULL, takes_it, NULL), 0);
        while (!atomic_load(&begun))
            sched_yield();
        nanosleep(&(struct timespec){0, 20000000}, NULL);
        counted = 77;
    }
    pthread_join(thread, NULL);
    assert_int_equal(seen, 77);
    assert_true(is_free());
}

/* ---- no wait ---- */

static void holds_and_awaits(void)
{
    weir_locked (&lock)
        /* weir-lint: allow(must_not_await) what checking builds end the program for */
        weir_run(weir_sleep(1), NULL, NULL);
}

static void holds_and_loops(void)
{
    weir_locked (&lock)
        /* weir-lint: allow(must_not_await) what checking builds end the program for */
        weir_for_await (int64_t, x, weir_range(0, 2))
            (void)x;
}

/* It was taken in a loop, and is held at the next item's wait. */
static void holds_into_the_next_turn(void)
{
    struct script script = {0};
    weir_for_await (int64_t, x, script_stream(&script, "1 P* 2")) {
        weir_lock_take(&lock);
        (void)x;
    }
}

static bool pauses(char *self, int64_t *out, weir_error *error)
{
    (void)self, (void)error;
    *out = 0;
    weir_lock_take(&lock);
    /* weir-lint: allow(must_not_await) what checking builds end the program for */
    bool goes_on = weir_pause();
    weir_lock_give(&lock);
    return goes_on;
}
WEIR_FIBER_FN(pauses_fn, pauses, char, int64_t)

static void holds_and_pauses(void)
{
    weir_run(weir_fiber(&pauses_fn, &(char){0}, NULL), NULL, NULL);
}

static bool yields(char *self, weir_error *error)
{
    (void)self, (void)error;
    weir_locked (&lock)
        /* weir-lint: allow(must_not_await) what checking builds end the program for */
        if (!weir_yield(int64_t, 1))
            return false;
    return true;
}
WEIR_GENERATOR_FN(yields_fn, yields, char, int64_t)

static void holds_and_yields(void)
{
    weir_run(weir_count(weir_generator(&yields_fn, &(char){0}, NULL)), NULL, NULL);
}

static bool returns(char *self, int64_t *out, weir_error *error)
{
    (void)self, (void)error;
    *out = 0;
    weir_lock_take(&lock);
    return true;
}
WEIR_FIBER_FN(returns_fn, returns, char, int64_t)

static void holds_and_returns(void)
{
    weir_run(weir_fiber(&returns_fn, &(char){0}, NULL), NULL, NULL);
}

static void a_wait_ends_the_program(void **state)
{
    (void)state;
    static const struct {
        void (*run)(void);
        const char *says;
    } rows[] = {{holds_and_awaits, "holds_and_awaits waits while it holds the weir_lock that it"},
                {holds_and_loops, "holds_and_loops waits while it holds"},
                {holds_into_the_next_turn, "holds_into_the_next_turn waits while it holds"},
                {holds_and_pauses, "pauses waits while it holds"},
                {holds_and_yields, "yields waits while it holds"},
                {holds_and_returns, "returns waits while it holds"}};
    if (!WEIR_CHECKS)
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_true(dies_saying(rows[i].run, rows[i].says));
}

/* ---- what is no wait ---- */

static bool waits_without(char *self, int64_t *out, weir_error *error)
{
    (void)self;
    weir_locked (&lock)
        *out = 0;
    for (int i = 0; i < 3; i++) {
        if (weir_await(weir_sleep(1), NULL, error) != WEIR_READY)
            return false;
        weir_locked (&lock)
            ++*out;
    }
    return true;
}
WEIR_FIBER_FN(waits_without_fn, waits_without, char, int64_t)

/* A fiber may wait while whoever polls it by hand holds a lock of its own. */
static void other_stacks_hold_theirs(void **state)
{
    (void)state;
    weir_lock mine = {{0}};
    int64_t n = 0;
    weir_error error;
    assert_int_equal(weir_run(weir_fiber(&waits_without_fn, &(char){0}, NULL), &n, &error),
                     WEIR_READY);
    assert_int_equal(n, 3);
    test_clock_begin();
    struct party *party = party_of(weir_fiber(&waits_without_fn, &(char){0}, NULL));
    weir_locked (&mine) {
        says(party, 1, "P");
        test_clock_to(10);
        says(party, 1, "P");
    }
    party_drop(party);
    weir_thread_end();
}

/* Asking for an error is no wait. */
static void errors_are_taken_meanwhile(void **state)
{
    (void)state;
    weir_error error;
    weir_locked (&lock)
        assert_false(weir_take_error(&error));
    weir_thread_end();
}

int task_lock(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(given_back_on_every_way),  cmocka_unit_test(on_many_threads),
        cmocka_unit_test(who_wants_it_sleeps),      cmocka_unit_test(a_wait_ends_the_program),
        cmocka_unit_test(other_stacks_hold_theirs), cmocka_unit_test(errors_are_taken_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
