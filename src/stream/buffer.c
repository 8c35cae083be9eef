/* buffer: runs its input ahead of demand, up to n items, and knows what to do with more. */

#include "weir/buffer.h"

#include "core/stage.h"
#include "stream/early.h"
#include "stream/ring.h"

struct buffer {
    weir_stream stream;
    weir_overflow overflow;
    struct weir_ring ring;
    struct weir_early early;
};

static struct buffer *buffer_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct buffer, stream);
}

static void buffer_fail_full(struct buffer *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_LIMIT, "the buffer holds %zu items, and one more came",
              self->ring.places - 1);
    cx->error.cure = "a larger buffer, or another weir_overflow";
    weir_early_keep(&self->early, cx, WEIR_ERROR);
}

/* Items that came to the end of the ring: as many as there is room for, or one. */
static void buffer_take_in(struct buffer *self, weir_cx *cx, uint32_t n)
{
    if (!n)
        return;
    if (!weir_ring_is_full(&self->ring))
        self->ring.n += n;
    else if (!weir_ring_overflow(&self->ring, self->overflow))
        buffer_fail_full(self, cx);
}

static bool wants(const struct buffer *self)
{
    return self->early.behind == WEIR_READY &&
           (self->overflow != WEIR_OVERFLOW_BACKPRESSURE || !weir_ring_is_full(&self->ring));
}

/* The consumer is busy. */
static void buffer_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct buffer *self = WEIR_CONTAINER(in_flight, struct buffer, early.in_flight);
    struct weir_ring *ring = &self->ring;
    weir_state state = WEIR_READY;
    for (bool begun = false; wants(self) && state != WEIR_PENDING; begun = true) {
        if (!weir_early_step(cx, begun))
            return;
        size_t room = weir_ring_straight(ring);
        room = room < cx->demand_max ? room : cx->demand_max;
        weir_poll got =
            poll_next(weir_source(&self->stream), cx, weir_ring_at(ring, ring->n), room);
        state = got.state;
        weir_early_keep(&self->early, cx, state);
        buffer_take_in(self, cx, got.n);
    }
}

static weir_poll buffer_answer(struct buffer *self, weir_cx *cx, void *out, size_t demand)
{
    if (self->ring.n)
        return (weir_poll){weir_ring_give(&self->ring, out, demand), WEIR_READY};
    if (self->early.behind != WEIR_READY)
        return weir_early_give(&self->early, cx);
    return poll_next(weir_source(&self->stream), cx, out, demand);
}

static weir_poll buffer_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct buffer *self = buffer_of(stream);
    return weir_early_polled(&self->early, cx, buffer_answer(self, cx, out, demand));
}

static void buffer_fini(weir_stream *stream)
{
    struct buffer *self = buffer_of(stream);
    weir_early_fini(&self->early);
    if (self->ring.n)
        weir_ring_drop(&self->ring, self->ring.n);
}

/* What is held may be dropped for what comes. */
static weir_hint buffer_size_hint(const weir_stream *stream)
{
    const struct buffer *self = buffer_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    size_t n = self->ring.n;
    bool keeps = self->overflow == WEIR_OVERFLOW_BACKPRESSURE;
    hint.lower = !keeps ? 0 : hint.lower > SIZE_MAX - n ? SIZE_MAX : hint.lower + n;
    hint.upper = hint.upper > SIZE_MAX - n ? WEIR_HINT_UNKNOWN : hint.upper + n;
    return hint;
}

static void buffer_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = buffer_of(stream)->ring.n;
    out->max = buffer_of(stream)->ring.places - 1;
}

static const weir_stream_ops buffer_ops = {.size = sizeof buffer_ops,
                                           .name = "buffer",
                                           .holding = buffer_holding,
                                           .poll_next = buffer_poll_next,
                                           .fini = buffer_fini,
                                           .size_hint = buffer_size_hint,
                                           .marks = WEIR_MARKS_HOLD};

uint64_t weir_buffer_dropped(const weir_stream *buffer)
{
    if (buffer->ops != &buffer_ops)
        weir_misuse(weir_stage_name(&buffer->stage), "is no weir_buffer(), and drops nothing");
    return buffer_of(buffer)->ring.dropped;
}

weir_stream *weir_buffer(weir_stream *source, size_t n, weir_overflow overflow)
{
    size_t bytes = 0;
    source = weir_expect_owned(source, "buffer");
    source = weir_expect_limit(source, "buffer", "n", n);
    weir_stream *stream = weir_stream_new(source, sizeof(struct buffer), &buffer_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct buffer *self = buffer_of(stream);
    self->overflow = overflow;
    stream->stage.one = source->stage.one;
    void *items = weir_ring_bytes(stream->type, n, &bytes)
                      ? weir_arena_take(stream->stage.arena, bytes, stream->type->align)
                      : NULL;
    if (items && weir_early_init(&self->early, stream, buffer_progress)) {
        weir_ring_init(&self->ring, stream->type, n, items);
        return stream;
    }
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, "a smaller buffer",
                              "no memory for %s of %zu items", "buffer", NULL, n);
}
