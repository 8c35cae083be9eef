/* peekable: can look at the next item without taking it. */

#include <string.h>

#include "stream/order.h"
#include "weir/stream.h"

struct peekable {
    weir_stream stream;
    void *item;
    bool full; /* item holds what was looked at */
    weir_held_error error;
};

static struct peekable *peekable_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct peekable, stream);
}

/* What was looked at. */
WEIR_ASIDE static weir_poll peekable_held(struct peekable *self, weir_cx *cx, void *out)
{
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    memcpy(out, self->item, self->stream.type->size);
    self->full = false;
    return WEIR_POLL_ONE;
}

static weir_poll peekable_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct peekable *self = peekable_of(stream);
    if (WEIR_UNLIKELY(self->full || self->error.held))
        return peekable_held(self, cx, out);
    return poll_next(weir_source(stream), cx, out, demand);
}

static void peekable_fini(weir_stream *stream)
{
    struct peekable *self = peekable_of(stream);
    if (self->full)
        weir_type_drop_items(stream->type, self->item, 1);
}

static weir_hint peekable_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    if (!peekable_of(stream)->full)
        return hint;
    hint.lower += hint.lower != SIZE_MAX;
    hint.upper += hint.upper != WEIR_HINT_UNKNOWN;
    return hint;
}

static const weir_stream_ops peekable_ops = {.size = sizeof peekable_ops,
                                             .name = "peekable",
                                             .poll_next = peekable_poll_next,
                                             .fini = peekable_fini,
                                             .size_hint = peekable_size_hint,
                                             .marks = WEIR_MARKS_PASS};

weir_stream *weir_peekable(weir_stream *source)
{
    source = weir_expect_owned(source, "peekable");
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct peekable), &peekable_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct peekable *self = peekable_of(stream);
    self->item = weir_arena_take(stream->stage.arena, source->type->size, source->type->align);
    stream->stage.one = source->stage.one;
    if (!self->item || !weir_held_error_init(&self->error, stream->stage.arena))
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for one '%s' to peek at", source->type->name, NULL, 0);
    return stream;
}

/* An error that was seen stays, as an item would: whoever takes the next one gets it. */
static weir_poll peek(struct peekable *self, weir_cx *cx)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, self->item, 1);
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->error, cx);
    self->full = got.n;
    if (got.n)
        got.state = WEIR_READY;
    return got;
}

weir_poll weir_poll_peek(weir_stream *stream, weir_cx *cx, void **item)
{
    *item = NULL;
    if (weir_stage_failed(&stream->stage))
        return poll_next(stream, cx, item, 1);
    if (stream->ops != &peekable_ops)
        return weir_fail(cx, WEIR_E_ARGUMENT, "'%s' cannot be peeked at: it is no peekable",
                         weir_stage_name(&stream->stage));

    struct peekable *self = peekable_of(stream);
    weir_poll got = {self->full, WEIR_READY};
    if (self->error.held) {
        cx->error = *self->error.error;
        got.state = WEIR_ERROR;
    } else if (!self->full) {
        got = peek(self, cx);
    }
    if (got.n)
        *item = self->item;
    return got;
}

weir_poll weir_poll_next_if(weir_stream *stream, weir_cx *cx, const weir_filter_fn *fn, void *arg,
                            void *out)
{
    void *item;
    weir_poll got = weir_poll_peek(stream, cx, &item);
    if (!got.n)
        return got;
    if (!weir_type_fits(stream->type, fn->of))
        return weir_fail(cx, WEIR_E_TYPE, "next_if '%s' takes '%s', but '%s' yields '%s'", fn->name,
                         fn->of->name, weir_stage_name(&stream->stage), stream->type->name);
    if (!fn->one(item, arg))
        return (weir_poll){0, WEIR_READY};
    return poll_next(stream, cx, out, 1);
}

weir_poll weir_poll_next_if_eq(weir_stream *stream, weir_cx *cx, const void *item, void *out)
{
    void *next;
    weir_poll got = weir_poll_peek(stream, cx, &next);
    if (!got.n)
        return got;
    struct weir_order order = weir_order_of(stream->type, NULL, NULL);
    if (!order.number && !order.type->same && !order.type->compare)
        return weir_fail(cx, WEIR_E_TYPE, "next_if_eq: it is not known which '%s' are the same",
                         stream->type->name);
    if (weir_order_same(&order, next, item) != 0)
        return (weir_poll){0, WEIR_READY};
    return poll_next(stream, cx, out, 1);
}
