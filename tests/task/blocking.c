/* spawn_blocking: functions on other threads. What they wait for is a gate that the test opens. */

#include "../driver/rig.h"
#include "doubles.h"
#include "weir/blocking.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <time.h>

static const char *driver; /* the one under test */

/* ---- a gate, and what passed it ---- */

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool open;
    unsigned begun;
    unsigned states_dropped;
    unsigned results_dropped;
    int order[8];
} gate = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static void gate_begin(bool open)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = open;
    gate.begun = gate.states_dropped = gate.results_dropped = 0;
    pthread_mutex_unlock(&gate.lock);
}

static void gate_open(void)
{
    pthread_mutex_lock(&gate.lock);
    gate.open = true;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

/* Waits until a number that is kept under the lock is as large. */
static void gate_until(const unsigned *number, unsigned least)
{
    pthread_mutex_lock(&gate.lock);
    while (*number < least)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
}

static void gate_count(unsigned *number)
{
    pthread_mutex_lock(&gate.lock);
    ++*number;
    pthread_cond_broadcast(&gate.changed);
    pthread_mutex_unlock(&gate.lock);
}

struct ticket {
    int number;
    bool fails;
};

static void ticket_drop(const weir_type *type, void *item)
{
    (void)type, (void)item;
    gate_count(&gate.states_dropped);
}

struct result {
    int number;
};

static void result_drop(const weir_type *type, void *item)
{
    (void)type, (void)item;
    gate_count(&gate.results_dropped);
}

static const weir_type ticket_type = WEIR_TYPE_OWNING(struct ticket, ticket_drop);
static const weir_type result_type = WEIR_TYPE_OWNING(struct result, result_drop);

static bool pass(struct ticket *ticket, struct result *out, weir_error *error)
{
    pthread_mutex_lock(&gate.lock);
    if (gate.begun < 8)
        gate.order[gate.begun] = ticket->number;
    gate.begun++;
    pthread_cond_broadcast(&gate.changed);
    while (!gate.open)
        pthread_cond_wait(&gate.changed, &gate.lock);
    pthread_mutex_unlock(&gate.lock);
    out->number = ticket->number;
    if (ticket->fails)
        weir_error_set(error, WEIR_E_USER, "ticket %d is not valid", ticket->number);
    return !ticket->fails;
}
WEIR_BLOCKING_FN(pass_fn, pass, struct ticket, struct result, .state = &ticket_type,
                 .of = &result_type)

static weir_stream *passing(int number)
{
    struct ticket ticket = {number, false};
    return weir_spawn_blocking(&pass_fn, &ticket);
}

/* ---- the pool ---- */

static weir_blocking_stats now(void)
{
    weir_blocking_stats stats = {.size = sizeof stats};
    weir_blocking_look(&stats);
    return stats;
}

/* Threads that have nothing to do end at once, and nothing of theirs is left: then this is certain
 * of what they did last. */
static void pool_drain(void)
{
    weir_blocking_set(
        &(weir_blocking_options){.size = sizeof(weir_blocking_options), .idle_ns = 1});
    for (int i = 0; now().threads && i < 10000; i++)
        nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
    assert_int_equal(now().threads, 0);
    weir_blocking_set(NULL);
}

static void pool_limit(uint32_t threads_max)
{
    pool_drain();
    weir_blocking_set(&(weir_blocking_options){.size = sizeof(weir_blocking_options),
                                               .threads_max = threads_max});
}

/* One poll with a cx of its own; the stream's wakers go with it. */
static weir_poll poll_once(weir_stream *stream, struct test_cx *test, struct result *out)
{
    test_cx_turn(test);
    return weir_poll_next(stream, &test->cx, out, 1);
}

/* ---- results and errors ---- */

static void results_come(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    gate_begin(true);
    struct result out = {0};
    weir_error error;
    assert_int_equal(weir_rt_run(rt, passing(7), &out, &error), WEIR_READY);
    assert_int_equal(out.number, 7);
    assert_int_equal(gate.states_dropped, 1);
    assert_int_equal(gate.results_dropped, 0); /* it is ours */
    struct ticket bad = {8, true};
    weir_stream *future = weir_spawn_blocking(&pass_fn, &bad);
    assert_int_equal(weir_rt_run(rt, future, &out, &error), WEIR_ERROR);
    assert_string_equal(error.message, "ticket 8 is not valid");
    assert_string_equal(error.trail[0], "spawn_blocking");
    assert_int_equal(gate.results_dropped, 0); /* there was none */
    assert_int_equal(gate.states_dropped, 2);
    weir_rt_drop(rt);
}

static bool say_nothing(int64_t *state, int64_t *out, weir_error *error)
{
    (void)state, (void)out, (void)error;
    return false;
}
WEIR_BLOCKING_FN(say_nothing_fn, say_nothing, int64_t, int64_t)

static bool go_on_after_it(int64_t *state, int64_t *out, weir_error *error)
{
    (void)state, (void)out;
    weir_error_set(error, WEIR_E_USER, "one of many");
    error->fatal = false;
    return false;
}
WEIR_BLOCKING_FN(go_on_fn, go_on_after_it, int64_t, int64_t)

static void errors_of_every_kind(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    weir_error error;
    int64_t out = 0, zero = 0;
    assert_int_equal(weir_rt_run(rt, weir_spawn_blocking(&say_nothing_fn, &zero), &out, &error),
                     WEIR_ERROR);
    assert_string_equal(error.message, "'say_nothing' failed and described no error");
    weir_stream *stream = weir_spawn_blocking(&go_on_fn, &zero);
    assert_int_equal(weir_rt_next(rt, stream, &out, &error), WEIR_ERROR);
    assert_int_equal(weir_rt_next(rt, stream, &out, &error), WEIR_END);
    weir_drop(stream);
    weir_rt_drop(rt);
}

/* Nothing runs before it is asked for. */
static void lazy(void **state)
{
    (void)state;
    gate_begin(true);
    weir_drop(passing(1));
    assert_int_equal(gate.begun, 0);
    assert_int_equal(gate.states_dropped, 1);
}

struct wide {
    _Alignas(128) char bytes[200];
};

static bool widen(struct wide *state, struct wide *out, weir_error *error)
{
    (void)error;
    *out = *state;
    return (uintptr_t)state % 128 == 0 && (uintptr_t)out % 128 == 0;
}
WEIR_BLOCKING_FN(widen_fn, widen, struct wide, struct wide)

static void wide_types(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    struct wide in, out = {{0}};
    memset(&in, 7, sizeof in);
    weir_error error;
    assert_int_equal(weir_rt_run(rt, weir_spawn_blocking(&widen_fn, &in), &out, &error),
                     WEIR_READY);
    assert_memory_equal(&in, &out, sizeof in);
    weir_rt_drop(rt);
}

static void types_are_compared(void **state)
{
    (void)state;
    weir_error error;
    struct result out;
    gate_begin(true);
    weir_blocking_fn fn = pass_fn;
    fn.of_size++;
    struct ticket ticket = {0};
    assert_int_equal(await(weir_spawn_blocking(&fn, &ticket), &out, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    fn = pass_fn;
    fn.of = &weir_type_line;
    fn.of_size = sizeof(weir_line);
    assert_int_equal(await(weir_spawn_blocking(&fn, &ticket), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_int_equal(gate.states_dropped, 2);
}

/* ---- many at once ---- */

static bool square(int64_t *state, int64_t *out, weir_error *error)
{
    (void)error;
    *out = *state * *state;
    return true;
}
WEIR_BLOCKING_FN(square_fn, square, int64_t, int64_t)

static weir_stream *square_there(int64_t x, void *arg)
{
    (void)arg;
    return weir_spawn_blocking(&square_fn, &x);
}
WEIR_MAP_FN(square_there_fn, square_there, int64_t, weir_stream *, .to = &weir_type_stream)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static void many_more_than_threads(void **state)
{
    (void)state;
    pool_limit(3);
    weir_rt *rt = rig_rt(driver);
    weir_stream *futures = weir_map(weir_range(0, 300), &square_there_fn, NULL);
    int64_t sum = 0, zero = 0;
    weir_stream *all = weir_buffer_unordered(futures, &weir_type_i64, 50);
    assert_int_equal(weir_rt_run(rt, weir_fold(all, &add_fn, &zero, NULL), &sum, NULL), WEIR_READY);
    assert_int_equal(sum, 299 * 300 * 599 / 6);
    assert_true(now().threads <= 3);
    weir_rt_drop(rt);
}

/* ---- the line, on a cx by hand ---- */

enum { LINE = 5 };

static void wait_in_line(void **state)
{
    (void)state;
    struct test_cx test;
    weir_stream *all[LINE];
    struct result out;
    pool_limit(2);
    gate_begin(false);
    test_cx_init(&test);
    for (int i = 0; i < LINE; i++) {
        all[i] = passing(i);
        assert_int_equal(poll_once(all[i], &test, &out).state, WEIR_PENDING);
        if (i < 2)
            gate_until(&gate.begun, (unsigned)i + 1);
    }
    weir_blocking_stats stats = now();
    assert_int_equal(stats.threads, 2);
    assert_int_equal(stats.running, 2);
    assert_int_equal(stats.waiting, LINE - 2);
    weir_drop(all[3]); /* it is taken out of the line */
    assert_int_equal(now().waiting, LINE - 3);
    assert_int_equal(gate.states_dropped, 1);
    gate_open();
    gate_until(&gate.begun, LINE - 1);
    gate_until(&gate.states_dropped, LINE);
    assert_int_equal(gate.begun, LINE - 1);
    pool_drain();
    for (int i = 0; i < LINE; i++) {
        if (i == 3)
            continue;
        assert_int_equal(poll_once(all[i], &test, &out).n, 1);
        assert_int_equal(out.number, i);
        weir_drop(all[i]);
    }
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

static void first_in_first_out(void **state)
{
    (void)state;
    struct test_cx test;
    weir_stream *all[LINE];
    struct result out;
    pool_limit(1);
    gate_begin(false);
    test_cx_init(&test);
    for (int i = 0; i < LINE; i++) {
        all[i] = passing(i);
        assert_int_equal(poll_once(all[i], &test, &out).state, WEIR_PENDING);
        assert_int_equal(poll_once(all[i], &test, &out).state,
                         WEIR_PENDING); /* stays in its place */
    }
    gate_open();
    gate_until(&gate.states_dropped, LINE);
    for (int i = 0; i < LINE; i++)
        assert_int_equal(gate.order[i], i);
    for (int i = 0; i < LINE; i++)
        weir_drop(all[i]); /* done, and never given */
    assert_int_equal(gate.results_dropped, LINE);
    pool_drain();
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

/* More threads are allowed while some wait: they begin. Fewer: those that run go on. */
static void limits_change(void **state)
{
    (void)state;
    struct test_cx test;
    weir_stream *all[LINE];
    struct result out;
    pool_limit(1);
    gate_begin(false);
    test_cx_init(&test);
    for (int i = 0; i < LINE; i++) {
        all[i] = passing(i);
        assert_int_equal(poll_once(all[i], &test, &out).state, WEIR_PENDING);
    }
    gate_until(&gate.begun, 1);
    weir_blocking_set(
        &(weir_blocking_options){.size = sizeof(weir_blocking_options), .threads_max = 3});
    gate_until(&gate.begun, 3);
    assert_int_equal(now().threads, 3);
    weir_blocking_set(
        &(weir_blocking_options){.size = sizeof(weir_blocking_options), .threads_max = 1});
    assert_int_equal(now().threads, 3);
    gate_open();
    gate_until(&gate.states_dropped, LINE);
    for (int i = 0; i < LINE; i++)
        weir_drop(all[i]);
    pool_drain();
    test_cx_fini(&test);
}

static void dropped_while_it_runs(void **state)
{
    (void)state;
    struct test_cx test;
    struct result out;
    pool_limit(1);
    gate_begin(false);
    test_cx_init(&test);
    uint64_t discarded = now().discarded;
    weir_stream *stream = passing(1);
    assert_int_equal(poll_once(stream, &test, &out).state, WEIR_PENDING);
    gate_until(&gate.begun, 1);
    weir_drop(stream); /* waits for nothing */
    assert_int_equal(test_waker_others(test.waker), 0);
    assert_int_equal(gate.states_dropped, 0);
    assert_int_equal(now().discarded, discarded);
    gate_open();
    gate_until(&gate.results_dropped, 1);
    assert_int_equal(gate.states_dropped, 1);
    assert_int_equal(now().discarded, discarded + 1);
    struct ticket bad = {2, true}; /* one that fails is counted too */
    gate_begin(false);
    stream = weir_spawn_blocking(&pass_fn, &bad);
    assert_int_equal(poll_once(stream, &test, &out).state, WEIR_PENDING);
    gate_until(&gate.begun, 1);
    weir_drop(stream);
    gate_open();
    pool_drain();
    assert_int_equal(now().discarded, discarded + 2);
    assert_int_equal(gate.results_dropped, 0);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

/* Dropped at any moment; whatever the threads are at, each state is dropped once, and each result.
 */
static void dropped_at_any_moment(void **state)
{
    (void)state;
    enum { ROUNDS = 300 };
    struct test_cx test;
    unsigned given = 0;
    pool_limit(3);
    gate_begin(true);
    test_cx_init(&test);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct result out;
        weir_stream *stream = passing((int)i);
        for (unsigned polls = i % 4; polls; polls--) {
            weir_poll got = poll_once(stream, &test, &out);
            given += got.n;
            if (got.state == WEIR_END)
                break;
            sched_yield();
        }
        weir_drop(stream);
    }
    pool_drain();
    assert_int_equal(gate.states_dropped, ROUNDS);
    assert_int_equal(gate.results_dropped + given, gate.begun);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
}

/* ---- threads ---- */

static bool look_at_signals(int64_t *state, int64_t *blocked, weir_error *error)
{
    sigset_t set;
    (void)state, (void)error;
    pthread_sigmask(SIG_SETMASK, NULL, &set);
    *blocked = sigismember(&set, SIGINT) && sigismember(&set, SIGALRM) &&
               sigismember(&set, SIGUSR1) && sigismember(&set, SIGRTMIN);
    return true;
}
WEIR_BLOCKING_FN(look_at_signals_fn, look_at_signals, int64_t, int64_t)

static void signals_are_others_business(void **state)
{
    (void)state;
    int64_t blocked = 0, zero = 0;
    sigset_t before, after;
    pool_drain();
    pthread_sigmask(SIG_SETMASK, NULL, &before);
    assert_int_equal(weir_run(weir_spawn_blocking(&look_at_signals_fn, &zero), &blocked, NULL),
                     WEIR_READY);
    assert_int_equal(blocked, 1);
    pthread_sigmask(SIG_SETMASK, NULL, &after);
    for (int number = 1; number < 32; number++)
        assert_int_equal(sigismember(&before, number), sigismember(&after, number));
}

/* No stack is so large: there is no thread, or there is one that can do it later. */
static void no_thread_can_be_made(void **state)
{
    (void)state;
    static const weir_blocking_options absurd = {.size = sizeof absurd,
                                                 .stack_bytes = (size_t)1 << 50};
    struct test_cx test;
    struct result out;
    weir_error error;
    pool_drain();
    gate_begin(false);
    weir_blocking_set(&absurd);
    assert_int_equal(weir_run(passing(1), &out, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
    assert_int_equal(error.number, EAGAIN);
    assert_non_null(strstr(error.message, "no thread to run 'pass'"));
    assert_non_null(error.cure);
    assert_int_equal(gate.states_dropped, 1);
    assert_int_equal(now().waiting, 0);

    weir_blocking_set(NULL);
    test_cx_init(&test);
    weir_stream *first = passing(1), *second = passing(2);
    assert_int_equal(poll_once(first, &test, &out).state, WEIR_PENDING);
    gate_until(&gate.begun, 1);
    weir_blocking_set(&absurd);
    assert_int_equal(poll_once(second, &test, &out).state, WEIR_PENDING);
    assert_int_equal(now().waiting, 1);
    gate_open();
    gate_until(&gate.states_dropped, 3);
    weir_drop(first);
    weir_drop(second);
    pool_drain();
    test_cx_fini(&test);
}

static void threads_end(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt(driver);
    gate_begin(true);
    struct result out;
    assert_int_equal(weir_rt_run(rt, passing(1), &out, NULL), WEIR_READY);
    pool_drain();
    assert_int_equal(weir_rt_run(rt, passing(2), &out, NULL), WEIR_READY); /* and begin again */
    assert_int_equal(now().running, 0);
    weir_rt_drop(rt);
}

/* ---- forks ---- */

static int in_the_child(weir_stream *begun)
{
    struct result out = {0};
    weir_error error;
    if (now().threads || now().waiting || now().running)
        return 1;
    gate.open = true;
    if (weir_run(passing(5), &out, &error) != WEIR_READY || out.number != 5)
        return 2;
    if (weir_run(begun, &out, &error) != WEIR_ERROR || error.code != WEIR_E_ARGUMENT)
        return 3;
    return strcmp(error.message, "'pass' was begun by another process: this one forked") ? 4 : 0;
}

static void the_pool_is_made_anew_in_a_child(void **state)
{
    (void)state;
#if defined(__SANITIZE_THREAD__)
    skip(); /* it allows no threads after such a fork */
#else
    struct test_cx test;
    struct result out;
    for (int waits = 0; waits < 2; waits++) {
        pool_limit(1);
        gate_begin(false);
        test_cx_init(&test);
        weir_stream *first = passing(1), *second = passing(2);
        assert_int_equal(poll_once(first, &test, &out).state, WEIR_PENDING);
        gate_until(&gate.begun, 1);
        assert_int_equal(poll_once(second, &test, &out).state, WEIR_PENDING);
        pid_t child = fork();
        if (!child) {
            alarm(20);
            weir_drop(waits ? first : second);
            _exit(in_the_child(waits ? second : first));
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
        gate_open();
        gate_until(&gate.states_dropped, 2);
        weir_drop(first);
        weir_drop(second);
        pool_drain();
        test_cx_fini(&test);
    }
#endif
}

/* ---- memory ---- */

static struct {
    atomic_ulong calls, live;
    unsigned long fail_at;
} blocks;

static void *count_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    if (atomic_fetch_add(&blocks.calls, 1) + 1 == blocks.fail_at)
        return NULL;
    atomic_fetch_add(&blocks.live, 1);
    return aligned_alloc(align, (size + align - 1) & ~(align - 1));
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self, (void)size;
    atomic_fetch_sub(&blocks.live, 1);
    free(block);
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    void *larger = count_allocate(self, size, align);
    if (larger && block) {
        memcpy(larger, block, old_size < size ? old_size : size);
        count_release(self, block, old_size);
    }
    return larger;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    static const weir_alloc hooks = {sizeof hooks, count_allocate, count_resize, count_release,
                                     NULL};
    const weir_alloc *before = weir_alloc_get();
    pool_drain();
    weir_alloc_set(&hooks);
    bool over = false;
    for (unsigned long k = 1; k < 30 && !over; k++) {
        blocks.calls = blocks.live = 0;
        blocks.fail_at = k;
        gate_begin(true);
        struct result out;
        weir_error error = {0};
        weir_state ran = weir_run(passing(1), &out, &error);
        over = blocks.calls < k;
        assert_true(ran == WEIR_READY || (!over && error.code == WEIR_E_MEMORY) ||
                    (!over && error.code == WEIR_E_SYSTEM)); /* another driver may do */
        assert_int_equal(gate.states_dropped, 1);
        pool_drain();
        assert_int_equal(blocks.live, 0);
    }
    weir_alloc_set(before);
    assert_true(over);
}

int task_blocking(void)
{
    const struct CMUnitTest on_each_driver[] = {
        cmocka_unit_test(results_come), cmocka_unit_test(errors_of_every_kind),
        cmocka_unit_test(wide_types),   cmocka_unit_test(many_more_than_threads),
        cmocka_unit_test(threads_end),
    };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(lazy),
        cmocka_unit_test(types_are_compared),
        cmocka_unit_test(wait_in_line),
        cmocka_unit_test(first_in_first_out),
        cmocka_unit_test(limits_change),
        cmocka_unit_test(dropped_while_it_runs),
        cmocka_unit_test(dropped_at_any_moment),
        cmocka_unit_test(signals_are_others_business),
        cmocka_unit_test(no_thread_can_be_made),
        cmocka_unit_test(the_pool_is_made_anew_in_a_child),
        cmocka_unit_test(each_allocation_fails),
    };
    int failed = cmocka_run_group_tests(others, NULL, NULL);
    rig_find_drivers();
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        failed += cmocka_run_group_tests_name(driver, on_each_driver, NULL, NULL);
    }
    return failed;
}
