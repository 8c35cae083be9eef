/* throttle: at least a gap between items. */

#include <string.h>

#include "stream/gather.h"
#include "weir/timed.h"

struct throttle {
    weir_stream stream;
    weir_timer timer; /* not due: the gap is not over */
    uint64_t ns;
    void *item; /* that waits for the gap to end; only over a source that gives marks */
    bool held, ended;
};

static struct throttle *throttle_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct throttle, stream);
}

static weir_poll throttle_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct throttle *self = throttle_of(stream);
    (void)demand;
    if (!weir_clock_is_there(cx, "throttle"))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = weir_timer_poll(cx, &self->timer);
    if (got.state == WEIR_PENDING)
        return got;
    got = poll_next(weir_source(stream), cx, out, 1);
    if (got.n)
        weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    return got;
}

/* Marks come between items: the next one is asked for in the gap, or a mark of what has passed
 * would wait for the end of it. An item that comes instead waits here; its source is not asked
 * meanwhile, so that it may be lent. */
static weir_poll throttle_ahead_poll_next(weir_stream *stream, weir_cx *cx, void *out,
                                          size_t demand)
{
    struct throttle *self = throttle_of(stream);
    weir_poll got;
    (void)demand;
    if (!weir_clock_is_there(cx, "throttle"))
        return (weir_poll){0, WEIR_ERROR};
    if (!self->held) {
        got = poll_next(weir_source(stream), cx, self->item, 1);
        if (!got.n)
            return got;
        self->held = true;
        self->ended = got.state == WEIR_END;
    }
    got = weir_timer_poll(cx, &self->timer);
    if (got.state == WEIR_PENDING)
        return got;
    memcpy(out, self->item, stream->type->size);
    self->held = false;
    weir_timer_set(&self->timer, weir_after_ns(weir_clock_now_ns(cx), self->ns));
    return (weir_poll){1, self->ended ? WEIR_END : WEIR_READY};
}

static void throttle_fini(weir_stream *stream)
{
    struct throttle *self = throttle_of(stream);
    if (self->held)
        weir_type_drop_items(stream->type, self->item, 1);
    weir_timer_stop(&self->timer);
}

static weir_hint throttle_size_hint(const weir_stream *stream)
{
    return weir_hint_more(weir_size_hint(weir_source(stream)), throttle_of(stream)->held);
}

#define THROTTLE_OPS(poll, of_marks)                                                               \
    {                                                                                              \
        .size = sizeof(weir_stream_ops), .name = "throttle", .poll_next = poll,                    \
        .fini = throttle_fini, .size_hint = throttle_size_hint, .marks = of_marks                  \
    }
static const weir_stream_ops throttle_ops = THROTTLE_OPS(throttle_poll_next, WEIR_MARKS_PASS);
static const weir_stream_ops throttle_ahead_ops =
    THROTTLE_OPS(throttle_ahead_poll_next, WEIR_MARKS_HOLD);

weir_stream *weir_throttle(weir_stream *source, uint64_t ns)
{
    if (!ns)
        return source;
    bool ahead = source->stage.marked;
    const weir_type *type = source->type;
    weir_stream *stream = weir_stream_new(source, sizeof(struct throttle),
                                          ahead ? &throttle_ahead_ops : &throttle_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct throttle *self = throttle_of(stream);
    self->ns = ns;
    self->item = ahead ? weir_arena_take(stream->stage.arena, type->size, type->align) : NULL;
    stream->stage.one = source->stage.one;
    if (self->item || !ahead)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "throttle",
                              NULL, 0);
}
