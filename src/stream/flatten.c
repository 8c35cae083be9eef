/* flatten: the items of inner streams, one stream after the other. */

#include "stream/inner.h"
#include "stream/maker.h"
#include "weir/stream.h"

struct flatten {
    weir_stream stream;
    weir_stream *inner; /* NULL: the source has the next one */
    const char *said;   /* the stage in messages */
    bool begun;         /* it was polled, and is not nested too deep */
};

static struct flatten *flatten_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct flatten, stream);
}

/* The inner stream is dropped only after it gave an END without items: what it lent stays valid
 * until the next poll. One that could not be built has nothing but its error. */
static weir_poll flatten_after(struct flatten *self, weir_cx *cx, weir_poll got)
{
    bool refused = weir_stage_failed(&self->inner->stage);
    if ((got.state == WEIR_END && !got.n) || refused) {
        weir_inner_note(&self->stream, self->inner);
        weir_drop(self->inner);
        self->inner = NULL;
    }
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    return (weir_poll){got.n, got.state == WEIR_END ? WEIR_READY : got.state};
}

/* READY: there is an inner stream. */
static weir_poll flatten_begin(struct flatten *self, weir_cx *cx)
{
    weir_stream *inner;
    if (self->inner)
        return WEIR_POLL_ONE;
    weir_poll got = poll_next(weir_source(&self->stream), cx, &inner, 1);
    if (!got.n)
        return got;
    if (!weir_inner_fits(inner, cx, self->said, self->stream.type))
        return (weir_poll){0, WEIR_ERROR};
    self->inner = inner;
    self->begun = false;
    return WEIR_POLL_ONE;
}

/* The first poll of an inner stream, and those that are not at demand 1. */
WEIR_ASIDE static weir_poll flatten_many(struct flatten *self, weir_cx *cx, void *out,
                                         size_t demand)
{
    weir_poll got = flatten_begin(self, cx);
    if (!got.n)
        return got;
    got = weir_poll_inner(&self->stream, self->inner, cx, out, demand);
    self->begun = true;
    return flatten_after(self, cx, got);
}

WEIR_ASIDE static weir_poll flatten_rest(struct flatten *self, weir_cx *cx, void *out,
                                         weir_poll got, uint16_t outer)
{
    got = weir_poll_rest(self->inner, cx, out, 1, got);
    cx->depth = outer;
    return flatten_after(self, cx, got);
}

static weir_poll flatten_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct flatten *self = flatten_of(stream);
    if (WEIR_UNLIKELY(demand != 1 || !self->begun || !self->inner))
        return flatten_many(self, cx, out, demand);
    uint16_t outer = cx->depth;
    cx->depth = (uint16_t)weir_depth_within(stream, self->inner, cx);
    weir_poll got = self->inner->poll(self->inner, cx, out, 1);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return flatten_rest(self, cx, out, got, outer);
    cx->depth = outer;
    weir_count_one(self->inner);
    return WEIR_POLL_ONE;
}

static void flatten_fini(weir_stream *stream)
{
    weir_drop(flatten_of(stream)->inner);
}

static weir_stage *flatten_input(const weir_stream *stream, size_t i)
{
    struct flatten *self = flatten_of(stream);
    return i || !self->inner ? NULL : &self->inner->stage;
}

static weir_hint flatten_size_hint(const weir_stream *stream)
{
    struct flatten *self = flatten_of(stream);
    weir_hint inner = self->inner ? weir_size_hint(self->inner) : (weir_hint){0, 0};
    if (weir_size_hint(weir_source(stream)).upper)
        inner.upper = WEIR_HINT_UNKNOWN;
    return inner;
}

static const weir_stream_ops flatten_ops = {.size = sizeof flatten_ops,
                                            .name = "flatten",
                                            .poll_next = flatten_poll_next,
                                            .fini = flatten_fini,
                                            .size_hint = flatten_size_hint,
                                            .input = flatten_input,
                                            .marks = WEIR_MARKS_PASS};

weir_stream *weir_flatten(weir_stream *source, const weir_type *type)
{
    source = weir_expect_type(source, "flatten", "of streams", &weir_type_stream);
    const char *said = weir_maker_said(source, "flatten");
    weir_stream *stream = weir_stream_new(source, sizeof(struct flatten), &flatten_ops,
                                          weir_type_made_of(source->type, type, false));
    if (!weir_stage_failed(&stream->stage))
        flatten_of(stream)->said = said;
    return stream;
}
