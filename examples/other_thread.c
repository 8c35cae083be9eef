/* Events from another thread: they are counted there, and a waker cell tells the stream. */

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "weir.h"

struct events {
    weir_waker_cell cell; /* who waits for more */
    atomic_int_least64_t happened;
    atomic_bool over;
    int64_t given; /* the stream's own */
};

/* The other thread. First what is waited for, then the wake. */
static void *make_events(void *arg)
{
    struct events *events = arg;
    for (int i = 0; i < 5; i++) {
        atomic_fetch_add(&events->happened, 1);
        weir_waker_cell_wake(&events->cell);
    }
    atomic_store(&events->over, true);
    weir_waker_cell_wake(&events->cell);
    return NULL;
}

/* `over` is looked at first: what happened before it is seen then. */
static weir_poll look(struct events *events, int64_t *out)
{
    bool over = atomic_load(&events->over);
    if (events->given < atomic_load(&events->happened)) {
        *out = ++events->given;
        return (weir_poll){1, WEIR_READY};
    }
    return (weir_poll){0, over ? WEIR_END : WEIR_PENDING};
}

/* The waker is stored before the second look: a wake that comes in between is not lost. */
static weir_poll next_event(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct events *events = arg;
    (void)demand;
    weir_poll got = look(events, out);
    if (got.state != WEIR_PENDING)
        return got;
    weir_poll wait = weir_wait_cell(cx, &events->cell, WEIR_WAIT_PEER);
    got = look(events, out);
    return got.state == WEIR_PENDING ? wait : got;
}

static void print(int64_t n, void *arg)
{
    (void)arg;
    printf("event %lld\n", (long long)n);
}
WEIR_EACH_FN(print_fn, print, int64_t)

int main(void)
{
    struct events events = {0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, make_events, &events))
        return fprintf(stderr, "no thread\n"), 1;
    weir_stream *numbers = weir_poll_fn(&weir_type_i64, next_event, &events);
    weir_error error;
    weir_state state = weir_run(weir_for_each(numbers, &print_fn, NULL), NULL, &error);
    pthread_join(thread, NULL);
    weir_waker_cell_clear(&events.cell);
    if (state == WEIR_ERROR)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
