/* spawn_blocking: functions on other threads, as futures. What they wait for is a gate that the
 * test opens. */

#include "../driver/rig.h"
#include "gate.h"

#include <sched.h>
#include <stdatomic.h>

static const char *driver; /* the one under test */

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
    assert_string_equal(error.trail[0], "pass");
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

/* Results that other threads wake the set for while its consumer waits for something else. */
static weir_stream *wait_a_little(int64_t x, void *arg)
{
    *(int64_t *)arg += x;
    return weir_sleep(50000);
}
WEIR_THEN_FN(wait_a_little_fn, wait_a_little, int64_t, unsigned char, .to = &weir_type_unit)

static void beside_a_busy_consumer(void **state)
{
    (void)state;
    pool_limit(3);
    weir_rt *rt = rig_rt(driver);
    int64_t sum = 0;
    uint64_t n = 0;
    weir_stream *futures = weir_map(weir_range(0, 100), &square_there_fn, NULL);
    weir_stream *all = weir_buffer_unordered(futures, &weir_type_i64, 8);
    all = weir_then(all, &wait_a_little_fn, &sum);
    assert_int_equal(weir_rt_run(rt, weir_count(all), &n, NULL), WEIR_READY);
    assert_int_equal(n, 100);
    assert_int_equal(sum, 99 * 100 * 199 / 6);
    weir_rt_drop(rt);
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

/* ---- dropped ---- */

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
    weir_thread_end();
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
        weir_thread_end();
        assert_int_equal(blocks.live, 0);
    }
    weir_alloc_set(before);
    assert_true(over);
}

int task_blocking(void)
{
    const struct CMUnitTest on_each_driver[] = {
        cmocka_unit_test(results_come),
        cmocka_unit_test(errors_of_every_kind),
        cmocka_unit_test(wide_types),
        cmocka_unit_test(many_more_than_threads),
        cmocka_unit_test(beside_a_busy_consumer),
        cmocka_unit_test(threads_end),
    };
    const struct CMUnitTest others[] = {
        cmocka_unit_test(lazy),
        cmocka_unit_test(types_are_compared),
        cmocka_unit_test(dropped_while_it_runs),
        cmocka_unit_test(dropped_at_any_moment),
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
