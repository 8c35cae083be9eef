/* extend: appends all items to a vec of the caller's. */

#include "stream/collecting.h"
#include "weir/stream.h"

static weir_poll extend_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    weir_poll got = weir_collect_all(WEIR_CONTAINER(stream, struct weir_collecting, stream), cx);
    if (got.state != WEIR_END)
        return (weir_poll){0, got.state};
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops extend_ops = {.size = sizeof extend_ops,
                                           .name = "extend",
                                           .poll_next = extend_poll_next,
                                           .size_hint = weir_size_hint_one,
                                           .memory_max = weir_collecting_memory_max,
                                           .marks = WEIR_MARKS_LOSE};

/* Items that the vec has already are let go as it says, so the new ones must be alike. */
static weir_stream *expect_vec_of(weir_stream *source, const weir_vec *vec)
{
    if (weir_stage_failed(&source->stage) || !vec->items || weir_type_alike(source->type, vec->of))
        return source;
    return weir_stream_refuse(&source->stage, WEIR_E_TYPE, NULL,
                              "extend: a vec of '%s' takes no '%s'", vec->of->name,
                              source->type->name, 0);
}

weir_stream *weir_extend(weir_stream *source, weir_vec *vec, size_t items_max)
{
    source = weir_expect_owned(source, "extend");
    source = weir_expect_limit(source, "extend", "items_max", items_max);
    source = expect_vec_of(source, vec);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct weir_collecting), &extend_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_collecting *self = WEIR_CONTAINER(stream, struct weir_collecting, stream);
    self->items_max = items_max;
    self->vec = vec;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type); /* to see the item that is too many */
}
