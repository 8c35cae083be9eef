/* then: waits for a future of each item, one at a time. */

#include "stream/inner.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct then {
    weir_stream stream;
    const weir_then_fn *fn;
    void *arg;
    weir_stream *future; /* NULL: the next item makes one */
};

static struct then *then_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct then, stream);
}

static weir_poll then_begin(struct then *self, weir_cx *cx)
{
    const weir_then_fn *fn = self->fn;
    weir_stream *source = weir_source(&self->stream);
    size_t demand = 1;
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, fn->from);
    weir_poll got = poll_next(source, cx, in, 1);
    weir_stream *future = got.n ? fn->one(in, self->arg) : NULL;
    weir_scratch_give(cx, mark);
    if (got.n && !weir_future_fits(future, cx, "then", fn->to))
        return (weir_poll){0, WEIR_ERROR};
    self->future = future;
    return got;
}

static weir_poll then_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct then *self = then_of(stream);
    (void)demand;
    if (!self->future) {
        weir_poll got = then_begin(self, cx);
        if (!got.n)
            return got;
    }
    weir_poll got = weir_poll_inner(stream, self->future, cx, out, 1);
    if (got.state == WEIR_PENDING)
        return got;
    weir_inner_note(stream, self->future);
    weir_drop(self->future); /* its one item, its one error, or nothing at all */
    self->future = NULL;
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    return (weir_poll){got.n, WEIR_READY};
}

static void then_fini(weir_stream *stream)
{
    weir_drop(then_of(stream)->future);
}

static weir_stage *then_input(const weir_stream *stream, size_t i)
{
    weir_stream *future = then_of(stream)->future;
    return i || !future ? NULL : &future->stage;
}

static weir_hint then_size_hint(const weir_stream *stream)
{
    size_t running = then_of(stream)->future ? 1 : 0;
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = 0; /* a future may fail, or give nothing */
    hint.upper += hint.upper != WEIR_HINT_UNKNOWN ? running : 0;
    return hint;
}

static const weir_stream_ops then_ops = {.size = sizeof then_ops,
                                         .name = "then",
                                         .fn = offsetof(struct then, fn),
                                         .poll_next = then_poll_next,
                                         .fini = then_fini,
                                         .size_hint = then_size_hint,
                                         .marks = WEIR_MARKS_PASS,
                                         .input = then_input};

weir_stream *weir_then(weir_stream *source, const weir_then_fn *fn, void *arg)
{
    source = weir_expect_type(source, "then", fn->name, fn->from);
    source = weir_expect_size(source, "then", fn->name, fn->from, fn->from_size);
    source = weir_expect_result(source, "then", fn->name, fn->to);
    weir_stream *stream = weir_stream_new(source, sizeof(struct then), &then_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    then_of(stream)->fn = fn;
    then_of(stream)->arg = arg;
    stream->stage.one = source->stage.one;
    return stream;
}
