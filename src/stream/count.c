/* count: how many items there were. */

#include "weir/implement.h"
#include "weir/stream.h"

struct count {
    weir_stream stream;
    uint64_t n;
    uint32_t demand;
};

static struct count *count_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct count, stream);
}

/* A stage that can count without making items is given its head. */
static weir_poll count_batch(struct count *self, weir_cx *cx)
{
    weir_stream *source = weir_source(&self->stream);
    size_t demand = weir_demand_next(cx, &self->demand);
    return weir_poll_skip(source, cx, source->ops->poll_skip ? UINT32_MAX : demand);
}

static weir_poll count_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct count *self = count_of(stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = count_batch(self, cx);
        self->n += got.n;
        if (got.state == WEIR_END)
            break;
        if (!got.n)
            return got;
    }
    *(uint64_t *)out = self->n;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops count_ops = {.size = sizeof count_ops,
                                          .name = "count",
                                          .poll_next = count_poll_next,
                                          .size_hint = weir_size_hint_one,
                                          .marks = WEIR_MARKS_LOSE};

weir_stream *weir_count(weir_stream *source)
{
    weir_stream *stream = weir_stream_new(source, sizeof(struct count), &count_ops, &weir_type_u64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    return source->ops->poll_skip ? stream : weir_stream_scratch(stream, source->type);
}
