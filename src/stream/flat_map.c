/* flat_map: the items of the streams that fn makes of items. A stage that makes the streams, and
 * flatten behind it. */

#include <string.h>

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct flat_map {
    weir_stream stream;
    const weir_then_fn *fn;
    void *arg;
};

static struct flat_map *flat_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct flat_map, stream);
}

/* One at a time: flatten asks for no more, and a lent item is used up before the next. */
static weir_poll flat_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct flat_map *self = flat_map_of(stream);
    weir_stream *source = weir_source(stream);
    const weir_type *from = self->fn->from;
    size_t mark = weir_scratch_mark(cx);
    demand = 1;
    void *in = weir_scratch_items(cx, source, from, &demand);
    if (!in)
        return weir_scratch_fail(cx, from);
    weir_poll got = poll_next(source, cx, in, 1);
    if (got.n) {
        weir_stream *inner = self->fn->one(in, self->arg);
        memcpy(out, &inner, sizeof inner);
    }
    weir_scratch_give(cx, mark);
    return got;
}

static weir_hint flat_map_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops flat_map_ops = {.size = sizeof flat_map_ops,
                                             .name = "flat_map",
                                             .poll_next = flat_map_poll_next,
                                             .size_hint = flat_map_size_hint,
                                             .marks = WEIR_MARKS_PASS};

weir_stream *weir_flat_map(weir_stream *source, const weir_then_fn *fn, void *arg)
{
    source = weir_expect_type(source, "flat_map", fn->name, fn->from);
    source = weir_expect_size(source, "flat_map", fn->name, fn->from, fn->from_size);
    const weir_type *made = weir_type_made_of(source->type, fn->to, fn->detached);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct flat_map), &flat_map_ops, &weir_type_stream);
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    flat_map_of(stream)->fn = fn;
    flat_map_of(stream)->arg = arg;
    return weir_flatten(stream, made);
}
