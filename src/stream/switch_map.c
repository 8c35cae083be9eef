/* switch_map: the items of the stream that fn makes of the newest item. */

#include "stream/inner.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct switch_map {
    weir_stream stream;
    const weir_then_fn *fn;
    void *arg;
    weir_stream *inner; /* NULL: the newest one is over */
};

static struct switch_map *switch_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct switch_map, stream);
}

static void inner_drop(struct switch_map *self)
{
    if (!self->inner)
        return;
    weir_inner_note(&self->stream, self->inner);
    weir_drop(self->inner);
    self->inner = NULL;
}

/* READY: the stream of a newer item took the place of the one that ran. */
static weir_poll switch_map_renew(struct switch_map *self, weir_cx *cx)
{
    const weir_then_fn *fn = self->fn;
    weir_stream *source = weir_source(&self->stream);
    size_t demand = 1;
    if (source->stage.done)
        return (weir_poll){0, WEIR_END};
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, fn->from);
    weir_poll got = poll_next(source, cx, in, 1);
    weir_stream *inner = got.n ? fn->one(in, self->arg) : NULL;
    weir_scratch_give(cx, mark);
    if (!got.n)
        return got;
    inner_drop(self);
    if (!weir_inner_fits(inner, cx, "switch_map", fn->to))
        return (weir_poll){0, WEIR_ERROR};
    self->inner = inner;
    return WEIR_POLL_ONE;
}

/* The running stream. It is dropped only after it gave an END without items: what it lent stays
 * valid until the next poll. */
static weir_poll switch_map_inner(struct switch_map *self, weir_cx *cx, void *out, size_t demand)
{
    if (!self->inner)
        return (weir_poll){0, WEIR_END};
    weir_poll got = weir_poll_inner(&self->stream, self->inner, cx, out, demand);
    bool refused = weir_stage_failed(&self->inner->stage);
    if ((got.state == WEIR_END && !got.n) || refused)
        inner_drop(self);
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    return got.n ? (weir_poll){got.n, WEIR_READY} : got;
}

/* The source is asked before each item, until it waits: then its newest item is the one that
 * counts. The wrapper calls again on {0, READY}, within the budget. */
static weir_poll switch_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct switch_map *self = switch_map_of(stream);
    weir_poll outer = switch_map_renew(self, cx);
    if (outer.state == WEIR_ERROR)
        return outer;
    weir_poll got = switch_map_inner(self, cx, out, demand);
    if (got.n || got.state == WEIR_ERROR)
        return got;
    if (outer.n)
        return (weir_poll){0, WEIR_READY};
    return outer.state == WEIR_END ? got : outer;
}

static void switch_map_fini(weir_stream *stream)
{
    weir_drop(switch_map_of(stream)->inner);
}

static weir_stage *switch_map_input(const weir_stream *stream, size_t i)
{
    struct switch_map *self = switch_map_of(stream);
    return i || !self->inner ? NULL : &self->inner->stage;
}

static weir_hint switch_map_size_hint(const weir_stream *stream)
{
    struct switch_map *self = switch_map_of(stream);
    if (weir_size_hint(weir_source(stream)).upper)
        return (weir_hint){0, WEIR_HINT_UNKNOWN};
    return self->inner ? weir_size_hint(self->inner) : (weir_hint){0, 0};
}

static const weir_stream_ops switch_map_ops = {.size = sizeof switch_map_ops,
                                               .name = "switch_map",
                                               .fn = offsetof(struct switch_map, fn),
                                               .poll_next = switch_map_poll_next,
                                               .fini = switch_map_fini,
                                               .size_hint = switch_map_size_hint,
                                               .input = switch_map_input,
                                               .marks = WEIR_MARKS_LOSE};

weir_stream *weir_switch_map(weir_stream *source, const weir_then_fn *fn, void *arg)
{
    source = weir_expect_type(source, "switch_map", fn->name, fn->from);
    source = weir_expect_size(source, "switch_map", fn->name, fn->from, fn->from_size);
    source = weir_expect_unmarked(source, "switch_map", "gives up streams before they end");
    source = fn->detached ? source : weir_expect_owned(source, "switch_map");
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct switch_map), &switch_map_ops, fn->to);
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    switch_map_of(stream)->fn = fn;
    switch_map_of(stream)->arg = arg;
    return stream;
}
