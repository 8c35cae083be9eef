/* take: the first n items. */

#include "core/poll.h"
#include "weir/stream.h"

struct take {
    weir_stream stream;
    uint64_t left;
};

static struct take *take_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct take, stream);
}

static size_t take_least(const struct take *self, size_t demand)
{
    return demand < self->left ? demand : (size_t)self->left;
}

/* The last item comes with END, so that nobody asks the source again. */
static weir_poll take_count(struct take *self, weir_poll got)
{
    self->left -= got.n;
    if (got.n && !self->left)
        got.state = WEIR_END;
    return got;
}

WEIR_ASIDE static weir_poll take_rest(weir_stream *stream, weir_cx *cx, void *out, size_t n,
                                      weir_poll got)
{
    return take_count(take_of(stream), weir_poll_rest(weir_source(stream), cx, out, n, got));
}

static weir_poll take_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct take *self = take_of(stream);
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(!self->left))
        return (weir_poll){0, WEIR_END};
    size_t n = take_least(self, demand);
    weir_poll got = source->poll(source, cx, out, n);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got) || self->left == 1))
        return take_rest(stream, cx, out, n, got);
    weir_count_one(source);
    self->left--;
    return WEIR_POLL_ONE;
}

static weir_poll take_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    struct take *self = take_of(stream);
    if (!self->left)
        return (weir_poll){0, WEIR_END};
    return take_count(self, weir_poll_skip(weir_source(stream), cx, take_least(self, demand)));
}

static weir_hint take_size_hint(const weir_stream *stream)
{
    struct take *self = take_of(stream);
    if (!self->left)
        return (weir_hint){0, 0};
    weir_hint hint = weir_size_hint(weir_source(stream));
    return (weir_hint){take_least(self, hint.lower), take_least(self, hint.upper)};
}

static const weir_stream_ops take_ops = {.size = sizeof take_ops,
                                         .name = "take",
                                         .poll_next = take_poll_next,
                                         .size_hint = take_size_hint,
                                         .marks = WEIR_MARKS_PASS};

/* Over a source that counts without making its items, take does so too. */
static const weir_stream_ops take_skipping_ops = {.size = sizeof take_skipping_ops,
                                                  .name = "take",
                                                  .poll_next = take_poll_next,
                                                  .poll_skip = take_poll_skip,
                                                  .size_hint = take_size_hint,
                                                  .marks = WEIR_MARKS_PASS};

weir_stream *weir_take(weir_stream *source, uint64_t n)
{
    const weir_stream_ops *ops = source->ops->poll_skip ? &take_skipping_ops : &take_ops;
    weir_stream *stream = weir_stream_new(source, sizeof(struct take), ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    take_of(stream)->left = n;
    stream->stage.one = source->stage.one || n <= 1;
    return stream;
}
