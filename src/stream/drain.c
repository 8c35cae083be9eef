/* drain: reads to the end, and keeps nothing. */

#include "weir/implement.h"
#include "weir/stream.h"

struct drain {
    weir_stream stream;
    uint32_t demand;
};

static weir_poll drain_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct drain *self = WEIR_CONTAINER(stream, struct drain, stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got =
            weir_poll_skip(weir_source(stream), cx, weir_demand_next(cx, &self->demand));
        if (got.state == WEIR_END)
            break;
        if (got.state != WEIR_READY)
            return got;
    }
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops drain_ops = {.size = sizeof drain_ops,
                                          .name = "drain",
                                          .poll_next = drain_poll_next,
                                          .size_hint = weir_size_hint_one,
                                          .marks = WEIR_MARKS_LOSE};

weir_stream *weir_drain(weir_stream *source)
{
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct drain), &drain_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    return source->ops->poll_skip ? stream : weir_stream_scratch(stream, source->type);
}
