/* The same on a libuv loop: a poll handle for the descriptor, a timer for the timeout, and a
 * prepare handle that asks for it before each wait. */
#include <uv.h>

struct on_uv {
    uv_loop_t loop;
    uv_poll_t poll;
    uv_timer_t timer;
    uv_prepare_t prepare;
    weir_worker *worker;
    unsigned turns;
    const bool *over;
};

static void uv_turn(struct on_uv *uv)
{
    uv->turns++;
    assert_true(weir_worker_turn(uv->worker, 0));
    if (*uv->over)
        uv_stop(&uv->loop);
}

static void on_uv_poll(uv_poll_t *handle, int status, int events)
{
    (void)events;
    assert_int_equal(status, 0);
    uv_turn(handle->data);
}

static void on_uv_timer(uv_timer_t *handle)
{
    uv_turn(handle->data);
}

static void on_uv_prepare(uv_prepare_t *handle)
{
    struct on_uv *uv = handle->data;
    uint64_t timeout_ns = weir_worker_timeout_ns(uv->worker);
    uv_update_time(&uv->loop);
    uv_timer_start(&uv->timer, on_uv_timer, (uint64_t)milliseconds(timeout_ns), 0);
}

static void uv_begin(struct on_uv *uv, weir_worker *worker, const bool *over)
{
    *uv = (struct on_uv){.worker = worker, .over = over};
    assert_int_equal(uv_loop_init(&uv->loop), 0);
    uv_poll_init(&uv->loop, &uv->poll, weir_worker_fd(worker));
    uv_timer_init(&uv->loop, &uv->timer);
    uv_prepare_init(&uv->loop, &uv->prepare);
    uv->poll.data = uv->timer.data = uv->prepare.data = uv;
    uv_poll_start(&uv->poll, UV_READABLE, on_uv_poll);
    uv_prepare_start(&uv->prepare, on_uv_prepare);
}

static void uv_end(struct on_uv *uv)
{
    uv_close((uv_handle_t *)&uv->poll, NULL);
    uv_close((uv_handle_t *)&uv->timer, NULL);
    uv_close((uv_handle_t *)&uv->prepare, NULL);
    uv_run(&uv->loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&uv->loop), 0);
}

static weir_stream *spawn_on_uv(void *self, weir_stream *future)
{
    struct on_uv *uv = self;
    return weir_worker_spawn(uv->worker, future);
}

static const weir_executor_ops uv_executor = {.size = sizeof uv_executor, .spawn = spawn_on_uv};

static void lives_on_libuv(void **state)
{
    (void)state;
    struct on_uv uv;
    struct event event;
    struct arrival sum = {0}, woken = {0}, last = {0};
    pthread_t thread;
    weir_rt *rt = rig_rt(driver);
    event_init(&event);
    uv_begin(&uv, weir_rt_worker(rt), &last.over);
    weir_executor_forget();
    assert_true(weir_executor_set(&uv_executor, &uv));
    weir_drop(weir_spawn(arriving(weir_range(0, 100), &sum)));
    weir_drop(weir_spawn(arriving(event_future(&event), &woken)));
    weir_drop(weir_spawn_local(arriving(nap(40 * NS_PER_MS), &last)));
    pthread_create(&thread, NULL, wake_soon, &event);
    uv_run(&uv.loop, UV_RUN_DEFAULT);
    pthread_join(thread, NULL);
    assert_true(last.over && woken.over);
    assert_int_equal(sum.sum, 4950);
    assert_true(uv.turns < 50);
    weir_executor_forget();
    uv_end(&uv);
    weir_rt_drop(rt);
    weir_waker_slot_clear(&event.slot);
}

static void loops_run_on_libuv(void **state)
{
    (void)state;
    struct on_uv uv;
    struct arrival rows = {0};
    weir_rt *rt = rig_rt(driver);
    uv_begin(&uv, weir_rt_worker(rt), &rows.over);
    weir_executor_forget();
    assert_true(weir_executor_set(&uv_executor, &uv));
    weir_drop(weir_spawn(every_way_out("a fiber on libuv", &rows)));
    uv_run(&uv.loop, UV_RUN_DEFAULT);
    assert_int_equal(rows.sum, true);
    weir_executor_forget();
    uv_end(&uv);
    weir_rt_drop(rt);
}
