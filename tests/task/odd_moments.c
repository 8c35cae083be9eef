/* What is cancelled, dropped, turned, ended or forked where nobody would: it is done at the next
 * right moment, or named. */

#include "../driver/rig.h"
#include "doubles.h"
#include "loop_rows.h"
#include "waits.h"

#include <pthread.h>

enum { MS = 1000000 };

/* ---- a task gives itself up ---- */

static weir_stream *own_handle;
static int child_polls;

static weir_poll give_at_once(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)cx, (void)demand;
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

/* Between two polls of the task: its set goes on. */
static weir_poll cancel_the_own_task(void *arg, weir_cx *cx, void *out, size_t demand)
{
    if (child_polls++ < 2)
        return weir_wait_turn(cx);
    if (own_handle) {
        weir_cancel(own_handle);
        weir_drop(own_handle);
    }
    own_handle = NULL;
    return give_at_once(arg, cx, out, demand);
}

static weir_stream *child(int64_t x, void *arg)
{
    (void)arg;
    return weir_future_fn(&weir_type_i64, x ? cancel_the_own_task : give_at_once, NULL);
}
WEIR_MAP_FN(child_fn, child, int64_t, weir_stream *, .to = &weir_type_stream)

static bool body_that_waits(int *ended, int64_t *out, weir_error *error)
{
    weir_stream *children = weir_map(weir_range(0, 2), &child_fn, NULL);
    *out = 0;
    weir_for_await (int64_t, x, weir_buffer_unordered(children, &weir_type_i64, 4)) {
        *out += x;
        if (weir_await(weir_sleep(20 * MS), NULL, error) != WEIR_READY)
            break;
    }
    ++*ended;
    return true;
}
WEIR_FIBER_FN(body_fn, body_that_waits, int, int64_t)

static void by_a_child_between_two_polls(void **state)
{
    (void)state;
    int zero = 0;
    child_polls = 0;
    own_handle = weir_spawn(weir_fiber(&body_fn, &zero, NULL));
    assert_int_equal(weir_run(weir_sleep(60 * MS), NULL, NULL), WEIR_READY);
    assert_null(own_handle);
}

/* ---- a drop that waits ---- */

static weir_poll wake_itself(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    return weir_wait_turn(cx);
}

static bool await_for_ever(weir_stream **stream, int64_t *out, weir_error *error)
{
    weir_stream *future = *stream;
    *stream = NULL;
    *out = 0;
    return weir_await(future, NULL, error) != WEIR_ERROR;
}

static int drops_that_waited;

static void wait_in_a_drop(void *state)
{
    (void)state;
    drops_that_waited += weir_run(weir_sleep(MS), NULL, NULL) == WEIR_READY;
}
WEIR_FIBER_FN(for_ever_fn, await_for_ever, weir_stream *, int64_t, .drop = wait_in_a_drop)

static void a_state_may_wait_in_its_drop(void **state)
{
    (void)state;
    weir_stream *future = weir_future_fn(&weir_type_i64, wake_itself, NULL);
    weir_stream *handle = weir_abort_on_drop(weir_spawn(weir_fiber(&for_ever_fn, &future, NULL)));
    assert_int_equal(weir_run(weir_sleep(MS), NULL, NULL), WEIR_READY);
    drops_that_waited = 0;
    weir_drop(handle);
    assert_int_equal(drops_that_waited, 1);
}

/* ---- a runtime inside of a fiber ---- */

static int64_t pause_inside(int64_t x, void *paused)
{
    *(int *)paused += weir_pause();
    return x;
}
WEIR_MAP_FN(pause_fn, pause_inside, int64_t, int64_t)

static bool run_within(int *told, int64_t *out, weir_error *error)
{
    int paused = 0;
    weir_rt *rt = weir_rt_new(NULL, error);
    weir_stream *chain = weir_map(weir_range(0, 1), &pause_fn, &paused);
    weir_state got = weir_rt_run(rt, weir_count(chain), (uint64_t *)out, error);
    /* weir-lint: allow(blocking_in_async) a runtime within a runtime is the odd moment */
    weir_rt_drop(rt);
    *told = paused;
    return got == WEIR_READY && !paused;
}
WEIR_FIBER_FN(within_fn, run_within, int, int64_t)

static void nothing_pauses_through_an_inner_run(void **state)
{
    (void)state;
    int zero = 0;
    int64_t n = 0;
    FILE *kept = stderr;
    stderr = fopen("/dev/null", "w"); /* it tells of the pause that it refuses */
    weir_state got = weir_run(weir_fiber(&within_fn, &zero, NULL), &n, NULL);
    fclose(stderr);
    stderr = kept;
    assert_int_equal(got, WEIR_READY);
    assert_int_equal(n, 1);
    assert_int_equal(weir_run(weir_spawn(weir_sleep(MS)), NULL, NULL), WEIR_READY);
}

/* ---- what must not be called there is named ---- */

static weir_poll turn_inside(void *rt, weir_cx *cx, void *out, size_t demand)
{
    (void)out, (void)demand;
    weir_worker_turn(weir_rt_worker(rt), 0);
    return weir_wait_turn(cx);
}

static void turns_within_a_task(void)
{
    weir_rt *rt = weir_rt_new(NULL, NULL);
    weir_rt_run(rt, weir_future_fn(&weir_type_i64, turn_inside, rt), NULL, NULL);
}

static void ends_within_a_loop(void)
{
    weir_for_await (int, x, counted_stream(3, -1)) {
        (void)x;
        weir_thread_end();
    }
}

static int64_t end_the_thread(int64_t x, void *arg)
{
    (void)arg;
    /* weir-lint: allow(blocking_in_async) a runtime within a runtime is the odd moment */
    weir_thread_end();
    return x;
}
WEIR_MAP_FN(end_fn, end_the_thread, int64_t, int64_t)

static void ends_within_a_poll(void)
{
    weir_run(weir_count(weir_map(weir_range(0, 1), &end_fn, NULL)), NULL, NULL);
}

static bool leave_a_task(int *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    *out = 1;
    weir_drop(weir_spawn(weir_sleep(1000000ull * MS)));
    return true;
}
WEIR_FIBER_FN(leave_fn, leave_a_task, int, int64_t)

static int64_t run_in_a_poll(int64_t x, void *arg)
{
    int zero = 0;
    (void)arg;
    (void)!weir_run(weir_fiber(&leave_fn, &zero, NULL), &x, NULL);
    return x;
}
WEIR_MAP_FN(run_in_fn, run_in_a_poll, int64_t, int64_t)

static void spawns_within_a_poll(void)
{
    weir_run(weir_count(weir_map(weir_range(0, 1), &run_in_fn, NULL)), NULL, NULL);
    _exit(1); /* it goes on */
}

static int64_t yield_inside(int64_t x, void *arg)
{
    (void)arg;
    return weir_yield(int64_t, x) ? x : -1;
}
WEIR_MAP_FN(yield_in_fn, yield_inside, int64_t, int64_t)

static bool yield_through_an_inner_run(int *state, weir_error *error)
{
    (void)state;
    weir_rt *rt = weir_rt_new(NULL, error);
    weir_rt_run(rt, weir_count(weir_map(weir_range(0, 2), &yield_in_fn, NULL)), NULL, error);
    /* weir-lint: allow(blocking_in_async) a runtime within a runtime is the odd moment */
    weir_rt_drop(rt);
    return true;
}
WEIR_GENERATOR_FN(through_fn, yield_through_an_inner_run, int, int64_t)

static void yields_through_an_inner_run(void)
{
    int zero = 0;
    weir_run(weir_count(weir_generator(&through_fn, &zero, &WEIR_FIBER_OPTIONS(.ahead = true))),
             NULL, NULL);
}

static weir_rt *dropped_rt;

static void drop_the_runtime(void *state)
{
    (void)state;
    weir_rt_drop(dropped_rt);
}
WEIR_FIBER_FN(drops_rt_fn, await_for_ever, weir_stream *, int64_t, .drop = drop_the_runtime)

static void drops_its_runtime(void)
{
    dropped_rt = weir_rt_new(NULL, NULL);
    weir_stream *future = weir_future_fn(&weir_type_i64, wake_itself, NULL);
    weir_cancel(
        weir_worker_spawn(weir_rt_worker(dropped_rt), weir_fiber(&drops_rt_fn, &future, NULL)));
}

static void misuse_is_named(void **state)
{
    (void)state;
    assert_true(dies_saying(turns_within_a_task,
                            "weir_worker_turn was called inside of one of the worker's tasks"));
    assert_true(
        dies_saying(ends_within_a_loop, "weir_thread_end was called inside of a loop or a poll"));
    assert_true(
        dies_saying(ends_within_a_poll, "weir_thread_end was called inside of a loop or a poll"));
    assert_true(dies_saying(drops_its_runtime,
                            "weir_rt_drop was called inside of one of the runtime's tasks"));
    assert_true(dies_saying(yields_through_an_inner_run, "where no generator runs"));
    assert_true(dies_saying(spawns_within_a_poll, "it was spawned by a run inside of a poll"));
}

/* ---- a fork in the middle of a loop ---- */

static int loop_in_the_child(void)
{
    weir_error error = {0};
    int64_t n = 0, seen = 0;
    weir_for_try (int64_t, x, weir_range(0, 3), error) {
        if (x == 0 && fork())
            return wait(&(int){0}) < 0;
        if (x == 0 && weir_run(weir_count(weir_range(0, 5)), (uint64_t *)&n, NULL) != WEIR_READY)
            _exit(2);
        seen += x;
    }
    _exit(n == 5 && seen == 3 && error.code == WEIR_OK ? 0 : 3);
}

static void a_child_may_go_on_with_what_is_ready(void **state)
{
    (void)state;
    pid_t child = fork(); /* the test itself goes on in one process */
    if (!child)
        _exit(loop_in_the_child());
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

/* ---- from one runtime to another ---- */

static void a_sleep_goes_with_who_polls_it(void **state)
{
    (void)state;
    weir_error error;
    unsigned char unit = 0;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error);
    weir_stream *sleep = weir_sleep(5 * MS);
    weir_stream *both[] = {sleep, weir_once(&weir_type_unit, &unit)};
    assert_int_equal(weir_await_any(both, 2, &unit, &error), 1);
    weir_drop(both[1]);
    assert_int_equal(weir_rt_run(rt, sleep, NULL, &error), WEIR_READY);
    weir_rt_drop(rt);
}

/* ---- turns, room, and bytes that are none ---- */

static bool count_turns(int **turns, int64_t *out, weir_error *error)
{
    (void)error;
    for (*out = 0; *out < 3 && weir_pause(); ++*out)
        ++**turns;
    return true;
}
WEIR_FIBER_FN(turns_fn, count_turns, int *, int64_t)

static void the_first_of_several_spends_turns(void **state)
{
    (void)state;
    int turns = 0, *at = &turns;
    int64_t item = 7;
    weir_stream *other = weir_spawn(weir_fiber(&turns_fn, &at, NULL));
    for (unsigned i = 0; i < 10 * WEIR_BUDGET; i++) {
        weir_stream *future = weir_once(&weir_type_i64, &item);
        assert_int_equal(weir_await_any(&future, 1, &item, NULL), 0);
        weir_drop(future);
    }
    assert_int_equal(turns, 3);
    weir_drop(other);
}

struct wide {
    char bytes[2 * WEIR_SCRATCH_BYTES];
};

static bool give_wide(int *runs, struct wide *out, weir_error *error)
{
    (void)error;
    memset(out, 1, sizeof *out);
    ++*runs;
    return true;
}
WEIR_FIBER_FN(wide_fn, give_wide, int, struct wide)

static void large_items_may_be_unwanted(void **state)
{
    (void)state;
    int zero = 0;
    weir_fiber_options roomy = WEIR_FIBER_OPTIONS(.stack_bytes = 1 << 20);
    weir_thread_end();
    assert_int_equal(weir_run(weir_fiber(&wide_fn, &zero, &roomy), NULL, NULL), WEIR_READY);
    weir_thread_end();
    assert_int_equal(weir_run(weir_spawn(weir_fiber(&wide_fn, &zero, &roomy)), NULL, NULL),
                     WEIR_READY);
}

static void no_bytes(void **state)
{
    (void)state;
    weir_error error = {0};
    char byte;
    size_t n = 1;
    weir_reader *reader = weir_memory_reader("a", 1);
    assert_int_equal(weir_await_read(reader, &byte, 0, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_int_equal(weir_await_fill(reader, 0, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_OK);
    weir_drop(reader);
}

/* ---- what is told may wait ---- */

static int told;

static void wait_when_told(weir_rt *rt, const weir_error *error, void *arg)
{
    weir_error other;
    (void)rt, (void)arg;
    (void)!weir_run(weir_sleep(MS), NULL, &other);
    told += !strcmp(error->message, "the first");
}

static weir_poll fail_first(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    return weir_fail(cx, WEIR_E_USER, "the first");
}

static void an_error_stays_what_it_was(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.on_task_error = wait_when_told), NULL);
    told = 0;
    assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_i64, fail_first, NULL)));
    assert_int_equal(weir_rt_run(rt, weir_sleep(5 * MS), NULL, NULL), WEIR_READY);
    assert_int_equal(told, 1);
    weir_rt_drop(rt);
}

/* ---- the end of a thread ---- */

static bool spawn_when_dropped(int *state, int64_t *out, weir_error *error)
{
    (void)state;
    *out = 0;
    if (weir_await(weir_sleep(1000000ull * MS), NULL, error) == WEIR_ERROR)
        weir_drop(weir_spawn(weir_sleep(MS)));
    return true;
}
WEIR_FIBER_FN(late_fn, spawn_when_dropped, int, int64_t)

static void *leave_one_behind(void *unused)
{
    int zero = 0;
    weir_drop(weir_spawn(weir_fiber(&late_fn, &zero, NULL)));
    (void)!weir_run(weir_sleep(MS), NULL, NULL);
    weir_thread_end();
    return unused;
}

/* The sanitizer would see what stays. */
static void what_is_dropped_may_begin_anew(void **state)
{
    (void)state;
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, leave_one_behind, NULL), 0);
    pthread_join(thread, NULL);
}

/* ---- a thread that goes on by itself, and is woken by the driver in between ---- */

enum { OWN_TURNS = 20000 };

struct own_turns {
    unsigned turns;
    weir_timer timer;
    weir_waker_slot slot;
};

/* Wakes itself, and says that it waits for something else, as sets do whose last child waits. */
static weir_poll own_turns(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct own_turns *self = arg;
    (void)demand;
    if (++self->turns == OWN_TURNS) {
        weir_timer_stop(&self->timer);
        weir_waker_slot_clear(&self->slot);
        *(uint64_t *)out = self->turns;
        return (weir_poll){1, WEIR_END};
    }
    if (weir_timer_poll(cx, &self->timer).state == WEIR_READY)
        weir_timer_set(&self->timer, cx->now_ns + 20000);
    weir_timer_poll(cx, &self->timer);
    weir_waker_wake(cx->waker);
    return weir_wait(cx, &self->slot, WEIR_WAIT_IO);
}

/* Timers that fire while it goes on wake it once more: it must not wait for another wake then. */
static void woken_while_it_goes_on(void **state)
{
    (void)state;
    struct own_turns own = {0};
    uint64_t turns = 0;
    weir_error error;
    weir_stream *future = weir_future_fn(&weir_type_u64, own_turns, &own);
    assert_int_equal(weir_run(future, &turns, &error), WEIR_READY);
    assert_int_equal(turns, OWN_TURNS);
}

int task_odd_moments(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_a_child_between_two_polls),
        cmocka_unit_test(woken_while_it_goes_on),
        cmocka_unit_test(a_state_may_wait_in_its_drop),
        cmocka_unit_test(nothing_pauses_through_an_inner_run),
        cmocka_unit_test(misuse_is_named),
        cmocka_unit_test(a_child_may_go_on_with_what_is_ready),
        cmocka_unit_test(a_sleep_goes_with_who_polls_it),
        cmocka_unit_test(the_first_of_several_spends_turns),
        cmocka_unit_test(large_items_may_be_unwanted),
        cmocka_unit_test(no_bytes),
        cmocka_unit_test(an_error_stays_what_it_was),
        cmocka_unit_test(what_is_dropped_may_begin_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
