/* then_async: runs a state machine for each item, one at a time; its state stands in the stage. */

#include "stream/inner.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct then_async {
    struct weir_typed typed;
    const weir_async_fn *fn;
    void *state;
    void *item; /* room for the one that starts it */
    bool running;
};

static struct then_async *then_async_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct then_async, typed.stream);
}

static void then_async_begin(struct then_async *self)
{
    self->fn->start(self->state, self->item, self->typed.arg);
    self->running = true;
}

static void then_async_end(struct then_async *self)
{
    if (self->running && self->fn->drop)
        self->fn->drop(self->state);
    self->running = false;
}

/* The source did not answer {1, READY}. */
WEIR_ASIDE static weir_poll then_async_rest(struct then_async *self, weir_cx *cx, weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->typed.stream), cx, self->item, 1, got);
    if (got.n)
        then_async_begin(self);
    return got;
}

static weir_poll then_async_go(struct then_async *self, weir_cx *cx, void *out)
{
    weir_poll got = self->fn->poll(self->state, cx, out);
    if (got.state == WEIR_PENDING)
        return got;
    then_async_end(self);
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    return (weir_poll){got.n, WEIR_READY};
}

static weir_poll then_async_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct then_async *self = then_async_of(stream);
    weir_stream *source = weir_source(stream);
    (void)demand;
    if (self->running)
        return then_async_go(self, cx, out);
    weir_poll got = source->poll(source, cx, self->item, 1);
    if (WEIR_LIKELY(weir_poll_is_one(got))) {
        weir_count_one(source);
        then_async_begin(self);
        return then_async_go(self, cx, out);
    }
    got = then_async_rest(self, cx, got);
    return got.n ? then_async_go(self, cx, out) : got;
}

static void then_async_fini(weir_stream *stream)
{
    then_async_end(then_async_of(stream));
}

static weir_hint then_async_size_hint(const weir_stream *stream)
{
    size_t upper = weir_size_hint(weir_source(stream)).upper;
    bool known = upper != WEIR_HINT_UNKNOWN;
    return (weir_hint){0, known ? upper + then_async_of(stream)->running : upper};
}

static const weir_stream_ops then_async_ops = {.size = sizeof then_async_ops,
                                               .name = "then_async",
                                               .fn = offsetof(struct then_async, fn),
                                               .poll_next = then_async_poll_next,
                                               .fini = then_async_fini,
                                               .size_hint = then_async_size_hint,
                                               .marks = WEIR_MARKS_PASS};

weir_stream *weir_then_async(weir_stream *source, const weir_async_fn *fn, void *arg)
{
    source = weir_expect_type(source, "then_async", fn->name, fn->from);
    source = weir_expect_size(source, "then_async", fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, "then_async", fn->name, fn->to, fn->to_size);
    source = weir_expect_result(source, "then_async", fn->name, fn->to);
    weir_stream *stream = weir_stream_new(source, sizeof(struct then_async), &then_async_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct then_async *self = then_async_of(stream);
    weir_arena *arena = stream->stage.arena;
    self->fn = fn;
    self->typed.arg = arg;
    self->state = weir_arena_take(arena, fn->state_size, fn->state_align);
    self->item = weir_arena_take(arena, fn->from->size, fn->from->align);
    stream->stage.one = source->stage.one;
    if (self->state && self->item)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                              "then_async", fn->name, 0);
}
