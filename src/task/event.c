/* event: something that happened, for those who wait for it, on any thread. */

#include "core/poll.h"
#include "task/waiters.h"
#include "weir/channel.h"

struct weir_event {
    struct weir_shared shared; /* first */
    weir_event_reset reset;
    bool set;
    size_t clears; /* how often it was cleared: who came after the last one has that number */
    struct weir_waiters line;
};

/* Under the lock, which is given back meanwhile where they are many: it may be cleared then. */
static void serve_all(weir_event *event, struct weir_waking *waking)
{
    size_t clears = event->clears;
    while (event->line.first && event->line.first->n <= clears) {
        if (weir_waking_is_full(waking)) {
            weir_shared_unlock(&event->shared, waking);
            weir_shared_lock(&event->shared);
        } else {
            weir_waiters_serve(&event->line, WEIR_PLACE_SERVED, waking);
        }
    }
}

/* Under the lock. Automatic: one of those who wait is told, and it is over with that. */
static void task_event_serve(weir_event *event, struct weir_waking *waking)
{
    if (event->reset == WEIR_EVENT_MANUAL) {
        serve_all(event, waking);
    } else if (event->line.first) {
        event->set = false;
        weir_waiters_serve(&event->line, WEIR_PLACE_SERVED, waking);
    }
}

weir_event *weir_event_new(weir_event_reset reset)
{
    weir_event *event = weir_shared_new(sizeof *event, NULL);
    if (event)
        event->reset = reset;
    return event;
}

void weir_event_drop(weir_event *event)
{
    if (event)
        weir_shared_unref(&event->shared);
}

void weir_event_set(weir_event *event)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&event->shared);
    event->set = true;
    task_event_serve(event, &waking);
    weir_shared_unlock(&event->shared, &waking);
}

void weir_event_clear(weir_event *event)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&event->shared);
    event->set = false;
    event->clears++;
    weir_shared_unlock(&event->shared, &waking);
}

bool weir_event_is_set(weir_event *event)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&event->shared);
    bool set = event->set;
    weir_shared_unlock(&event->shared, &waking);
    return set;
}

/* ---- who waits ---- */

struct task_event_wait {
    weir_stream stream;
    weir_event *event; /* NULL: not made */
    struct weir_waiting place;
};

static struct task_event_wait *task_event_wait_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct task_event_wait, stream);
}

/* Under the lock. True: it is set, or was given to this one; that is over with it. */
static bool task_event_is_told(struct task_event_wait *self)
{
    weir_event *event = self->event;
    bool told = self->place.state == WEIR_PLACE_SERVED;
    if (!told && event->set && self->place.state == WEIR_PLACE_OUTSIDE) {
        told = true;
        event->set = event->reset == WEIR_EVENT_MANUAL;
    }
    if (!told && self->place.state == WEIR_PLACE_OUTSIDE) {
        self->place.n = event->clears;
        weir_waiters_join(&event->line, &self->place);
    }
    if (told)
        self->place.state = WEIR_PLACE_OUTSIDE;
    return told;
}

static weir_poll poll_event(struct task_event_wait *self, weir_cx *cx, weir_state then)
{
    struct weir_waking waking = {0};
    weir_shared_lock(&self->event->shared);
    if (!task_event_is_told(self))
        return weir_shared_wait(&self->event->shared, cx, &self->place.waker, WEIR_WAIT_PEER);
    weir_shared_unlock(&self->event->shared, &waking);
    return (weir_poll){1, then};
}

static weir_poll task_event_wait_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                           size_t demand)
{
    (void)demand;
    *(unsigned char *)out = 0;
    return poll_event(task_event_wait_of(stream), cx, WEIR_END);
}

static weir_poll task_event_events_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                             size_t demand)
{
    (void)demand;
    *(unsigned char *)out = 0;
    return poll_event(task_event_wait_of(stream), cx, WEIR_READY);
}

/* One that was told, and is dropped before it knew, hands it on. */
static void task_event_wait_fini(weir_stream *stream)
{
    struct task_event_wait *self = task_event_wait_of(stream);
    weir_event *event = self->event;
    struct weir_waking waking = {0};
    if (!event)
        return;
    weir_shared_lock(&event->shared);
    weir_waiters_leave(&event->line, &self->place);
    if (self->place.state == WEIR_PLACE_SERVED && event->reset == WEIR_EVENT_AUTOMATIC) {
        event->set = true;
        task_event_serve(event, &waking);
    }
    weir_shared_unlock(&event->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_shared_unref(&event->shared);
}

static const weir_stream_ops task_event_wait_ops = {.size = sizeof task_event_wait_ops,
                                                    .name = "event_wait",
                                                    .poll_next = task_event_wait_poll_next,
                                                    .fini = task_event_wait_fini,
                                                    .size_hint = weir_size_hint_one};
static const weir_stream_ops task_event_events_ops = {.size = sizeof task_event_events_ops,
                                                      .name = "event_stream",
                                                      .poll_next = task_event_events_poll_next,
                                                      .fini = task_event_wait_fini};

static weir_stream *task_event_waits(weir_event *event, const weir_stream_ops *ops, bool one)
{
    if (!event)
        return weir_stream_refused(WEIR_E_ARGUMENT, "a look at whether it could be made",
                                   "%s: there is no event", ops->name, NULL, 0);
    weir_stream *stream = weir_source_new(sizeof(struct task_event_wait), ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    weir_shared_ref(&event->shared);
    task_event_wait_of(stream)->event = event;
    stream->stage.one = one;
    return stream;
}

weir_stream *weir_event_wait(weir_event *event)
{
    return task_event_waits(event, &task_event_wait_ops, true);
}

weir_stream *weir_event_stream(weir_event *event)
{
    return task_event_waits(event, &task_event_events_ops, false);
}
