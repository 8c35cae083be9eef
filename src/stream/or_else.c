/* or_else: where an error stands come the items of a stream that fn makes of it. */

#include "stream/inner.h"
#include "weir/stream.h"

struct or_else {
    weir_stream stream;
    weir_or_else_function *fn;
    void *arg;
    weir_stream *inner; /* NULL: the source goes on */
    bool given;         /* it is a future, and gave its item */
};

static struct or_else *or_else_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct or_else, stream);
}

/* fn may leave the error as it is. The source is over where its error was fatal, and says so when
 * it is asked the next time. */
static weir_poll or_else_replace(struct or_else *self, weir_cx *cx)
{
    weir_stream *inner = self->fn(&cx->error, self->arg);
    if (!inner)
        return (weir_poll){0, WEIR_ERROR};
    if (!weir_inner_fits(inner, cx, "or_else", self->stream.type))
        return weir_inner_error(cx);
    self->inner = inner;
    return (weir_poll){0, WEIR_READY};
}

/* What it lent stays valid until the next poll: it is dropped after an END without items. A future
 * is not asked for more than one. */
static weir_poll poll_inner(struct or_else *self, weir_cx *cx, void *out, size_t demand)
{
    bool one = self->inner->stage.one;
    weir_poll got = {0, WEIR_END};
    if (!self->given)
        got = weir_poll_inner(&self->stream, self->inner, cx, out, demand);
    self->given = one && got.n;
    if ((got.state == WEIR_END && !got.n) || (got.state == WEIR_ERROR && one)) {
        weir_inner_note(&self->stream, self->inner);
        weir_drop(self->inner);
        self->inner = NULL;
    }
    if (got.state == WEIR_ERROR)
        return weir_inner_error(cx);
    return (weir_poll){got.n, got.state == WEIR_END ? WEIR_READY : got.state};
}

WEIR_ASIDE static weir_poll or_else_rest(struct or_else *self, weir_cx *cx, void *out,
                                         size_t demand, weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, out, demand, got);
    return got.state == WEIR_ERROR ? or_else_replace(self, cx) : got;
}

static weir_poll or_else_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct or_else *self = or_else_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(self->inner))
        return poll_inner(self, cx, out, demand);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return or_else_rest(self, cx, out, demand, got);
    weir_count_one(source);
    return WEIR_POLL_ONE;
}

static void or_else_fini(weir_stream *stream)
{
    weir_drop(or_else_of(stream)->inner);
}

static weir_stage *or_else_input(const weir_stream *stream, size_t i)
{
    weir_stream *inner = or_else_of(stream)->inner;
    return i || !inner ? NULL : &inner->stage;
}

static weir_hint or_else_size_hint(const weir_stream *stream)
{
    return (weir_hint){weir_size_hint(weir_source(stream)).lower, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops or_else_ops = {.size = sizeof or_else_ops,
                                            .name = "or_else",
                                            .poll_next = or_else_poll_next,
                                            .fini = or_else_fini,
                                            .size_hint = or_else_size_hint,
                                            .marks = WEIR_MARKS_PASS,
                                            .input = or_else_input};

weir_stream *weir_or_else(weir_stream *source, weir_or_else_function *fn, void *arg)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct or_else), &or_else_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    or_else_of(stream)->fn = fn;
    or_else_of(stream)->arg = arg;
    return stream;
}
