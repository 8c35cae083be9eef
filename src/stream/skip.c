/* skip: all but the first n items. */

#include "core/poll.h"
#include "weir/stream.h"

struct skip {
    weir_stream stream;
    uint64_t left;
};

static struct skip *skip_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct skip, stream);
}

static size_t skip_least(const struct skip *self, size_t demand)
{
    return demand < self->left ? demand : (size_t)self->left;
}

/* Drops items until it has dropped enough, or the source does not answer READY. */
WEIR_ASIDE static weir_poll skip_first(struct skip *self, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(&self->stream);
    do { /* the first step is free: deeper ones than the budget would never be reached */
        weir_poll got = poll_next(source, cx, out, skip_least(self, demand));
        weir_type_drop_items(self->stream.type, out, got.n);
        self->left -= got.n;
        if (got.state != WEIR_READY)
            return (weir_poll){0, got.state};
    } while (self->left && weir_spend(cx));
    return (weir_poll){0, WEIR_READY};
}

static weir_poll skip_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct skip *self = skip_of(stream);
    if (WEIR_UNLIKELY(self->left))
        return skip_first(self, cx, out, demand);
    return poll_next(weir_source(stream), cx, out, demand);
}

static weir_poll skip_poll_skip(weir_stream *stream, weir_cx *cx, size_t demand)
{
    struct skip *self = skip_of(stream);
    weir_stream *source = weir_source(stream);
    if (!self->left)
        return weir_poll_skip(source, cx, demand);

    weir_poll got = weir_poll_skip(source, cx, skip_least(self, demand));
    self->left -= got.n;
    return (weir_poll){0, got.state};
}

static size_t skip_less(size_t n, uint64_t skipped)
{
    return n > skipped ? n - (size_t)skipped : 0;
}

static weir_hint skip_size_hint(const weir_stream *stream)
{
    uint64_t left = skip_of(stream)->left;
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = skip_less(hint.lower, left);
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper = skip_less(hint.upper, left);
    return hint;
}

static const weir_stream_ops skip_ops = {.size = sizeof skip_ops,
                                         .name = "skip",
                                         .poll_next = skip_poll_next,
                                         .size_hint = skip_size_hint,
                                         .marks = WEIR_MARKS_PASS};

/* Over a source that counts without making its items, skip does so too. */
static const weir_stream_ops skip_skipping_ops = {.size = sizeof skip_skipping_ops,
                                                  .name = "skip",
                                                  .poll_next = skip_poll_next,
                                                  .poll_skip = skip_poll_skip,
                                                  .size_hint = skip_size_hint,
                                                  .marks = WEIR_MARKS_PASS};

weir_stream *weir_skip(weir_stream *source, uint64_t n)
{
    const weir_stream_ops *ops = source->ops->poll_skip ? &skip_skipping_ops : &skip_ops;
    weir_stream *stream = weir_stream_new(source, sizeof(struct skip), ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    skip_of(stream)->left = n;
    stream->stage.one = source->stage.one;
    return stream;
}
