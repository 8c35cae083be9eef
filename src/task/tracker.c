/* tracker: counts what is still there, on any thread, and tells when none is. */

#include "weir/tracker.h"

#include "core/poll.h"
#include "task/waiters.h"

struct weir_tracker {
    struct weir_shared shared; /* first */
    size_t n;
    bool closed;
    size_t idle; /* how often it came to be closed with none left: who joined before has less */
    struct weir_waiters line;
};

/* ---- counting ---- */

static bool tracker_is_idle(const weir_tracker *self)
{
    return self->closed && !self->n;
}

/* Under the lock, which is given back meanwhile where they are many: others may come to wait. */
static void tracker_look(weir_tracker *self, struct weir_waking *waking)
{
    if (!tracker_is_idle(self))
        return;
    size_t idle = ++self->idle;
    while (self->line.first && self->line.first->n < idle) {
        if (weir_waking_is_full(waking)) {
            weir_shared_unlock(&self->shared, waking);
            weir_shared_lock(&self->shared);
        } else {
            weir_waiters_serve(&self->line, WEIR_PLACE_SERVED, waking);
        }
    }
}

static void tracker_count(weir_tracker *self, size_t more)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&self->shared);
    self->n += more;
    tracker_look(self, &waking);
    weir_shared_unlock(&self->shared, &waking);
}

static bool set_closed(weir_tracker *self, bool closed)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&self->shared);
    bool changes = self->closed != closed;
    self->closed = closed;
    if (changes)
        tracker_look(self, &waking);
    weir_shared_unlock(&self->shared, &waking);
    return changes;
}

/* ---- the tracker ---- */

weir_tracker *weir_tracker_new(void)
{
    return weir_shared_new(sizeof(weir_tracker), NULL);
}

weir_tracker *weir_tracker_ref(weir_tracker *tracker)
{
    if (tracker)
        weir_shared_ref(&tracker->shared);
    return tracker;
}

void weir_tracker_drop(weir_tracker *tracker)
{
    if (tracker)
        weir_shared_unref(&tracker->shared);
}

bool weir_tracker_close(weir_tracker *tracker)
{
    return set_closed(tracker, true);
}

bool weir_tracker_reopen(weir_tracker *tracker)
{
    return set_closed(tracker, false);
}

bool weir_tracker_is_closed(weir_tracker *tracker)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&tracker->shared);
    bool closed = tracker->closed;
    weir_shared_unlock(&tracker->shared, &waking);
    return closed;
}

size_t weir_tracker_len(weir_tracker *tracker)
{
    struct weir_waking waking;
    weir_waking_begin(&waking);
    weir_shared_lock(&tracker->shared);
    size_t n = tracker->n;
    weir_shared_unlock(&tracker->shared, &waking);
    return n;
}

#define NO_TRACKER "%s: there was no memory for the tracker"

/* ---- what is tracked ---- */

/* The source is a further input: it is dropped here, before it stops counting. */
struct tracked {
    weir_stream stream;
    weir_stream *source;
    weir_tracker *tracker; /* NULL: it does not count */
};

static struct tracked *tracked_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct tracked, stream);
}

static weir_poll track_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return poll_next(tracked_of(stream)->source, cx, out, demand);
}

static weir_poll track_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    return weir_poll_skip(tracked_of(stream)->source, cx, demand);
}

static void track_fini(weir_stream *stream)
{
    struct tracked *self = tracked_of(stream);
    weir_stream_drop(self->source);
    if (!self->tracker)
        return;
    tracker_count(self->tracker, (size_t)-1);
    weir_tracker_drop(self->tracker);
}

static weir_stage *track_input(const weir_stream *stream, size_t i)
{
    return i ? NULL : &tracked_of(stream)->source->stage;
}

static weir_hint track_size_hint(const weir_stream *stream)
{
    return weir_size_hint(tracked_of(stream)->source);
}

/* It is shared: each that it tracks counts it whole. */
static size_t track_memory_max(const weir_stream *stream)
{
    (void)stream;
    return sizeof(weir_tracker);
}

static const weir_stream_ops track_ops = {.size = sizeof track_ops,
                                          .name = "track",
                                          .poll_next = track_poll_next,
                                          .poll_skip = track_poll_skip,
                                          .fini = track_fini,
                                          .size_hint = track_size_hint,
                                          .input = track_input,
                                          .memory_max = track_memory_max,
                                          .marks = WEIR_MARKS_PASS};

weir_stream *weir_tracker_track(weir_tracker *tracker, weir_stream *source)
{
    if (weir_stage_failed(&source->stage))
        return source;
    weir_stream *stream = weir_source_new(sizeof(struct tracked), &track_ops, source->type);
    if (weir_stage_failed(&stream->stage)) {
        weir_stream_drop(source);
        return stream;
    }
    struct tracked *self = tracked_of(stream);
    self->source = source;
    if (!tracker)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, NO_TRACKER, track_ops.name,
                                  NULL, 0);
    self->tracker = weir_tracker_ref(tracker);
    tracker_count(tracker, 1);
    stream->stage.one = source->stage.one;
    return weir_stream_with(stream, &source->stage);
}

/* ---- who waits ---- */

struct tracker_wait {
    weir_stream stream;
    weir_tracker *tracker; /* NULL: not made */
    struct weir_waiting place;
};

static struct tracker_wait *tracker_wait_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct tracker_wait, stream);
}

/* Under the lock. */
static bool tracker_is_done(struct tracker_wait *self)
{
    weir_tracker *tracker = self->tracker;
    if (self->place.state == WEIR_PLACE_OUTSIDE && !tracker_is_idle(tracker)) {
        self->place.n = tracker->idle;
        weir_waiters_join(&tracker->line, &self->place);
    }
    return self->place.state != WEIR_PLACE_WAITS;
}

static weir_poll tracker_wait_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct tracker_wait *self = tracker_wait_of(stream);
    struct weir_waking waking;
    (void)demand;
    weir_waking_begin(&waking);
    weir_shared_lock(&self->tracker->shared);
    if (!tracker_is_done(self))
        return weir_shared_wait(&self->tracker->shared, cx, &self->place.waker, WEIR_WAIT_PEER);
    weir_shared_unlock(&self->tracker->shared, &waking);
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void tracker_wait_fini(weir_stream *stream)
{
    struct tracker_wait *self = tracker_wait_of(stream);
    weir_tracker *tracker = self->tracker;
    struct weir_waking waking;
    if (!tracker)
        return;
    weir_waking_begin(&waking);
    weir_shared_lock(&tracker->shared);
    weir_waiters_leave(&tracker->line, &self->place);
    weir_shared_unlock(&tracker->shared, &waking);
    weir_waker_slot_clear(&self->place.waker);
    weir_tracker_drop(tracker);
}

static const weir_stream_ops tracker_wait_ops = {.size = sizeof tracker_wait_ops,
                                                 .name = "tracker_wait",
                                                 .poll_next = tracker_wait_poll_next,
                                                 .fini = tracker_wait_fini,
                                                 .size_hint = weir_size_hint_one};

weir_stream *weir_tracker_wait(weir_tracker *tracker)
{
    if (!tracker)
        return weir_stream_refused(WEIR_E_MEMORY, NULL, NO_TRACKER, tracker_wait_ops.name, NULL, 0);
    weir_stream *stream =
        weir_source_new(sizeof(struct tracker_wait), &tracker_wait_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    tracker_wait_of(stream)->tracker = weir_tracker_ref(tracker);
    stream->stage.one = true;
    return stream;
}
