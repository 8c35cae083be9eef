/* Handles of tasks that live on another runtime: an error where nobody could ever turn it, and
 * nothing special where somebody can. */

#include "../driver/rig.h"
#include "event.h"
#include "task/executor.h"

#include <pthread.h>

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

int task_stranded(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_turns_it),
        cmocka_unit_test(it_is_over),
        cmocka_unit_test(a_loop_turns_both),
        cmocka_unit_test(another_thread_waits),
    };
    return cmocka_run_group_tests_name("stranded", tests, NULL, NULL);
}
