/* nth: one item, by its number. */

#include "core/poll.h"
#include "weir/stream.h"

struct nth {
    weir_stream stream;
    uint64_t left; /* to be dropped before it */
    uint32_t demand;
};

static struct nth *nth_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct nth, stream);
}

/* What may be dropped at once: a stage that counts without making items is given its head. */
static size_t nth_demand(struct nth *self, weir_cx *cx)
{
    size_t most = weir_demand_next(cx, &self->demand);
    most = weir_source(&self->stream)->ops->poll_skip ? UINT32_MAX : most;
    return most < self->left ? most : (size_t)self->left;
}

static weir_poll nth_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct nth *self = nth_of(stream);
    weir_stream *source = weir_source(stream);
    (void)demand;
    for (bool begun = false; self->left; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = weir_poll_skip(source, cx, nth_demand(self, cx));
        self->left -= got.n;
        if (got.state != WEIR_READY)
            return (weir_poll){0, got.state};
    }
    weir_poll got = poll_next(source, cx, out, 1);
    return (weir_poll){got.n, got.n ? WEIR_END : got.state};
}

static weir_hint nth_size_hint(const weir_stream *stream)
{
    uint64_t left = nth_of(stream)->left;
    weir_hint hint = weir_size_hint(weir_source(stream));
    return (weir_hint){hint.lower > left, hint.upper > left};
}

static const weir_stream_ops nth_ops = {.size = sizeof nth_ops,
                                        .name = "nth",
                                        .poll_next = nth_poll_next,
                                        .size_hint = nth_size_hint,
                                        .marks = WEIR_MARKS_LOSE};

weir_stream *weir_nth(weir_stream *source, uint64_t n)
{
    weir_stream *stream = weir_stream_new(source, sizeof(struct nth), &nth_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    nth_of(stream)->left = n;
    stream->stage.one = true;
    return source->ops->poll_skip ? stream : weir_stream_scratch(stream, source->type);
}
