/* Futures that other threads wake, in sets within sets, dropped early or run to the end: no wake is
 * lost, none comes to what is gone, and the threads see no race. */

#include "proofs.h"

#include <pthread.h>

enum { QUEUE = 4096, THREADS = 3, ROUNDS = 12 };

static struct {
    pthread_mutex_t lock;
    weir_waker *wakers[QUEUE];
    unsigned n;
    bool over;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* NULL: there is none now. */
static weir_waker *take_any(unsigned *seed, bool *over)
{
    weir_waker *waker = NULL;
    pthread_mutex_lock(&queue.lock);
    if (queue.n) {
        *seed = *seed * 1103515245 + 12345;
        unsigned i = (*seed >> 8) % queue.n;
        waker = queue.wakers[i];
        queue.wakers[i] = queue.wakers[--queue.n];
    }
    *over = queue.over && !queue.n && !waker;
    pthread_mutex_unlock(&queue.lock);
    return waker;
}

static void *wake_all(void *arg)
{
    unsigned seed = *(unsigned *)arg;
    bool over = false;
    while (!over) {
        weir_waker *waker = take_any(&seed, &over);
        if (!waker) {
            usleep(20);
            continue;
        }
        for (unsigned i = 0; i <= (seed >> 20) % 3; i++) /* more than once, too */
            weir_waker_wake(waker);
        weir_waker_unref(waker);
    }
    return NULL;
}

static bool put(weir_waker *waker)
{
    pthread_mutex_lock(&queue.lock);
    bool room = queue.n < QUEUE;
    if (room)
        queue.wakers[queue.n++] = waker;
    pthread_mutex_unlock(&queue.lock);
    return room;
}

/* PENDING, woken from elsewhere. */
static weir_poll wait_for_a_thread(weir_cx *cx)
{
    weir_waker_ref(cx->waker);
    bool room = put(cx->waker);
    weir_waker *waker = cx->waker;
    weir_poll got = weir_wait_never(cx);
    cx->wait_for = WEIR_WAIT_PEER;
    if (!room)
        weir_waker_wake_unref(waker);
    return got;
}

struct future {
    weir_stream stream;
    int64_t waits;
};

static weir_poll future_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct future *self = WEIR_SELF(struct future, stream);
    (void)demand;
    if (self->waits-- > 0)
        return wait_for_a_thread(cx);
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops future_ops = {
    .size = sizeof future_ops, .name = "future", .poll_next = future_poll};

static weir_stream *make_future(int64_t x, void *arg)
{
    (void)arg;
    weir_stream *stream = weir_source_new(sizeof(struct future), &future_ops, &weir_type_i64);
    stream->stage.one = true;
    WEIR_SELF(struct future, stream)->waits = x % 4;
    return stream;
}
typedef weir_stream *stream_pointer;
WEIR_MAP_FN(future_fn, make_future, int64_t, stream_pointer, .to = &weir_type_stream)

static void machine_start(int64_t *waits, int64_t x, void *arg)
{
    (void)arg;
    *waits = x % 4;
}
static weir_poll machine_poll(int64_t *waits, weir_cx *cx, int64_t *out)
{
    if ((*waits)-- > 0)
        return wait_for_a_thread(cx);
    *out = 1;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(machine_fn, machine_start, machine_poll, int64_t, int64_t, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static weir_stream *futures(int64_t n)
{
    return weir_map(weir_range(0, n), &future_fn, NULL);
}

static weir_stream *sets_in_a_set(void)
{
    weir_stream *inputs[] = {weir_buffer_unordered(futures(200), &weir_type_i64, 16),
                             weir_buffered(futures(200), &weir_type_i64, 16),
                             weir_buffer_unordered(futures(200), &weir_type_i64, 8),
                             weir_map_async(weir_range(0, 200), &machine_fn, NULL, 16),
                             weir_map_async_ordered(weir_range(0, 200), &machine_fn, NULL, 8)};
    return weir_merge(inputs, 5);
}

static void one_round(unsigned round)
{
    static const char *const real[] = {"uring", "epoll"};
    weir_error error;
    int64_t zero = 0, sum = 0, wanted = round % 3 ? 1000 : 60; /* dropped early */
    const char *driver = rig_drivers_n == 3 ? real[round % 2] : "epoll";
    weir_rt *rt = rig_rt(driver);
    assert_true(
        weir_rt_spawn(rt, weir_count(weir_buffer_unordered(futures(150), &weir_type_i64, 7))));
    weir_stream *taken = weir_take(sets_in_a_set(), (uint64_t)wanted);
    if (weir_rt_run(rt, weir_fold(taken, &add_fn, &zero, NULL), &sum, &error) != WEIR_READY)
        fail_msg("round %u: %s", round, WEIR_ERROR_TEXT(&error));
    assert_int_equal(sum, wanted);
    weir_rt_drop(rt); /* while threads hold wakers of its tasks */
}

static void test_woken_by_threads(void **state)
{
    pthread_t threads[THREADS];
    unsigned seeds[THREADS];
    (void)state;
    queue.over = false;
    for (unsigned i = 0; i < THREADS; i++) {
        seeds[i] = i + 1;
        pthread_create(&threads[i], NULL, wake_all, &seeds[i]);
    }
    alarm(60);
    for (unsigned round = 0; round < ROUNDS; round++)
        one_round(round);
    alarm(0);
    pthread_mutex_lock(&queue.lock);
    queue.over = true;
    pthread_mutex_unlock(&queue.lock);
    for (unsigned i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
}

int proofs_ts(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_woken_by_threads)};
    return cmocka_run_group_tests_name("ts", tests, rig_setup, rig_teardown);
}
