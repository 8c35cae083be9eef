/* Handles of tasks that live on another runtime: an error where nobody could ever turn it, and
 * nothing special where somebody can. */

#include "../driver/rig.h"
#include "event.h"
#include "task/executor.h"

#include <pthread.h>
#include <stdatomic.h>

static weir_stream *spawn(weir_rt *rt, weir_stream *future)
{
    return weir_worker_spawn(weir_rt_worker(rt), future);
}

static void is_refused(weir_state got, const weir_error *error)
{
    assert_int_equal(got, WEIR_ERROR);
    assert_int_equal(error->code, WEIR_E_ARGUMENT);
    assert_string_equal(error->message,
                        "the task runs on another runtime of this thread, which nobody turns");
    assert_non_null(error->cure);
}

static void nobody_turns_it(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt("epoll"), *other = rig_rt("epoll");
    uint64_t n = 0;
    weir_error error;
    is_refused(weir_await(spawn(rt, weir_count(weir_range(0, 3))), &n, &error), &error);
    is_refused(weir_rt_run(other, spawn(rt, weir_count(weir_range(0, 3))), &n, &error), &error);
    is_refused(weir_rt_run(rt, weir_spawn(weir_count(weir_range(0, 3))), &n, &error), &error);
    assert_int_equal(weir_rt_run(rt, spawn(rt, weir_count(weir_range(0, 3))), &n, &error),
                     WEIR_READY);
    assert_int_equal(n, 3);
    weir_rt_drop(other);
    weir_rt_drop(rt);
}

/* What is over needs no turns. */
static void it_is_over(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt("epoll");
    uint64_t n = 0;
    weir_stream *handle = spawn(rt, weir_count(weir_range(0, 3)));
    for (int i = 0; i < 4; i++)
        assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
    assert_int_equal(weir_await(handle, &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    weir_rt_drop(rt);
}

/* A loop of the program's own turns both, one after the other. */
static void a_loop_turns_both(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt("epoll"), *other = rig_rt("epoll");
    struct event event;
    int64_t got = 0;
    event_init(&event);
    weir_stream *outer = spawn(other, spawn(rt, event_future(&event)));
    for (int i = 0; i < 8; i++) {
        assert_true(weir_worker_turn(weir_rt_worker(other), 0));
        assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
        if (i == 3)
            event_wake(&event, true, 1);
    }
    assert_int_equal(weir_await(outer, &got, NULL), WEIR_READY);
    assert_int_equal(got, 42);
    weir_waker_slot_clear(&event.slot);
    weir_rt_drop(other);
    weir_rt_drop(rt);
}

/* Its worker is another thread's, which may turn it at any time. */
static char is_first;

static void *wait_for_first(void *handle)
{
    weir_stream *both[2] = {handle, weir_sleep(1)};
    weir_error error;
    int first = weir_await_any(both, 2, NULL, &error);
    weir_drop(both[0]);
    weir_drop(both[1]);
    return first == 1 ? &is_first : NULL;
}

static void another_thread_waits(void **state)
{
    (void)state;
    weir_rt *rt = rig_rt("epoll");
    pthread_t thread;
    void *waited = NULL;
    weir_stream *handle = spawn(rt, weir_sleep(UINT64_C(3600000000000)));
    assert_int_equal(pthread_create(&thread, NULL, wait_for_first, handle), 0);
    pthread_join(thread, &waited);
    assert_non_null(waited);
    weir_rt_drop(rt);
}

/* ... or drop it, whatever is done with the handle meanwhile. */
enum what { AWAITED, CANCELLED, DROPPED, WHAT_N };

struct holder {
    weir_stream *handle;
    enum what what;
    _Atomic bool began;
};

static weir_poll poll_some(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct holder *self = arg;
    int64_t item;
    (void)out, (void)demand;
    weir_poll got = weir_poll_next(self->handle, cx, &item, 1);
    atomic_store_explicit(&self->began, true, memory_order_relaxed);
    return got.state == WEIR_PENDING ? got : (weir_poll){0, WEIR_END};
}

static void *hold(void *arg)
{
    struct holder *self = arg;
    if (self->what == AWAITED)
        weir_run(weir_future_fn(&weir_type_i64, poll_some, self), NULL, NULL);
    atomic_store_explicit(&self->began, true, memory_order_relaxed);
    if (self->what == CANCELLED)
        weir_cancel(self->handle);
    weir_drop(self->handle);
    return NULL;
}

static void its_thread_drops_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        weir_rt *rt = rig_rt("epoll");
        struct event event;
        pthread_t thread;
        event_init(&event);
        struct holder holder = {spawn(rt, event_future(&event)), (enum what)(i % WHAT_N), false};
        if (holder.what == DROPPED)
            holder.handle = weir_abort_on_drop(holder.handle);
        assert_int_equal(pthread_create(&thread, NULL, hold, &holder), 0);
        while (!atomic_load_explicit(&holder.began, memory_order_relaxed))
            ;
        weir_rt_drop(rt);
        pthread_join(thread, NULL);
        assert_int_equal(event.finis, 1);
        weir_waker_slot_clear(&event.slot);
    }
}

/* Nobody takes its error, and who would be told of it goes. */
static void on_task_error(weir_rt *rt, const weir_error *error, void *told)
{
    (void)rt, (void)error;
    ++*(_Atomic unsigned *)told;
}

static void its_thread_drops_it_with_an_error(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        _Atomic unsigned told = 0;
        weir_rt *rt =
            weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll", .on_task_error = on_task_error,
                                         .arg = (void *)&told),
                        NULL);
        pthread_t thread;
        struct holder holder = {spawn(rt, weir_count(weir_chunks(weir_range(0, 3), 0))), DROPPED,
                                false};
        assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
        assert_int_equal(pthread_create(&thread, NULL, hold, &holder), 0);
        if (i % 2)
            pthread_join(thread, NULL);
        else
            while (!atomic_load_explicit(&holder.began, memory_order_relaxed))
                ;
        weir_rt_drop(rt);
        if (i % 2 == 0)
            pthread_join(thread, NULL);
        assert_true(told == 1 || (i % 2 == 0 && !told));
    }
}

int task_stranded(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_turns_it),     cmocka_unit_test(it_is_over),
        cmocka_unit_test(a_loop_turns_both),   cmocka_unit_test(another_thread_waits),
        cmocka_unit_test(its_thread_drops_it), cmocka_unit_test(its_thread_drops_it_with_an_error),
    };
    return cmocka_run_group_tests_name("stranded", tests, NULL, NULL);
}
