/* A future that is done when somebody says so, from any thread. */
#ifndef WEIR_TESTS_EVENT_H
#define WEIR_TESTS_EVENT_H

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

struct event {
    pthread_mutex_t lock;
    weir_waker_slot slot;
    bool set;
    bool wake_in_poll; /* wakes itself, twice, before it answers PENDING */
    unsigned polls;
    unsigned spurious; /* polls that end with PENDING although it was woken: asked for */
    unsigned finis;
};

struct event_stage {
    weir_stream stream;
    struct event *event;
};

static inline weir_poll event_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct event *event = ((struct event_stage *)stream)->event;
    (void)demand;
    pthread_mutex_lock(&event->lock);
    event->polls++;
    if (event->spurious) {
        event->spurious--;
        weir_waker_wake(cx->waker);
        weir_waker_wake(cx->waker);
    } else if (event->set) {
        pthread_mutex_unlock(&event->lock);
        *(int64_t *)out = 42;
        return (weir_poll){1, WEIR_END};
    }
    weir_poll got = weir_wait(cx, &event->slot, WEIR_WAIT_PEER);
    pthread_mutex_unlock(&event->lock);
    return got;
}

static inline void event_fini(weir_stream *stream)
{
    struct event *event = ((struct event_stage *)stream)->event;
    event->finis++;
}

static const weir_stream_ops event_ops = {
    .size = sizeof event_ops, .name = "event", .poll_next = event_poll_next, .fini = event_fini};

static inline void event_init(struct event *event)
{
    *event = (struct event){0};
    pthread_mutex_init(&event->lock, NULL);
}

static inline weir_stream *event_future(struct event *event)
{
    weir_stream *stream = weir_source_new(sizeof(struct event_stage), &event_ops, &weir_type_i64);
    ((struct event_stage *)stream)->event = event;
    stream->stage.one = true;
    return stream;
}

/* Any thread. The waker is taken out under the lock and woken outside of it. */
static inline void event_wake(struct event *event, bool set, unsigned times)
{
    pthread_mutex_lock(&event->lock);
    event->set = set;
    weir_waker_slot taken = event->slot;
    event->slot.waker = NULL;
    pthread_mutex_unlock(&event->lock);
    if (!taken.waker)
        return;
    for (unsigned i = 0; i < times; i++)
        weir_waker_wake(taken.waker);
    weir_waker_unref(taken.waker);
}

static inline unsigned event_polls(struct event *event)
{
    pthread_mutex_lock(&event->lock);
    unsigned polls = event->polls;
    pthread_mutex_unlock(&event->lock);
    return polls;
}

/* In a simulation there are no other threads. */
static inline bool alone_in_the_world(void)
{
    const char *driver = getenv("WEIR_DRIVER");
    return driver && !strcmp(driver, "sim");
}

/* A thread that sets it once it was polled. */
static inline void *set_event(void *event)
{
    while (!event_polls(event))
        sched_yield();
    event_wake(event, true, 2);
    return NULL;
}

#endif
