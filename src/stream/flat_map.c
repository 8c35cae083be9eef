/* flat_map, flat_map_unordered: the items of the streams that fn makes of items. A stage that makes
 * the streams, and flatten or flatten_unordered behind it. */

#include <string.h>

#include "stream/maker.h"
#include "weir/set.h"
#include "weir/stream.h"

static struct weir_maker *maker_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_maker, stream);
}

/* One at a time: what follows asks for no more, and a lent item is used up before the next. */
weir_poll weir_maker_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_maker *self = maker_of(stream);
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

weir_hint weir_maker_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

const char *weir_maker_said(const weir_stream *source, const char *stage)
{
    bool made =
        !weir_stage_failed(&source->stage) && source->ops->poll_next == weir_maker_poll_next;
    return made ? source->ops->name : stage;
}

weir_stream *weir_maker_new(weir_stream *source, const weir_stream_ops *ops, const weir_then_fn *fn,
                            void *arg)
{
    source = weir_expect_type(source, ops->name, fn->name, fn->from);
    source = weir_expect_size(source, ops->name, fn->name, fn->from, fn->from_size);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct weir_maker), ops, &weir_type_stream);
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    maker_of(stream)->fn = fn;
    maker_of(stream)->arg = arg;
    return stream;
}

static const weir_stream_ops flat_map_ops = WEIR_MAKER_OPS("flat_map");
static const weir_stream_ops flat_map_unordered_ops = WEIR_MAKER_OPS("flat_map_unordered");

/* What a source that failed yields is nothing to go by. */
static const weir_type *made_of(const weir_stream *source, const weir_then_fn *fn)
{
    return weir_type_made_of(source->type, fn->to, fn->detached);
}

weir_stream *weir_flat_map(weir_stream *source, const weir_then_fn *fn, void *arg)
{
    const weir_type *made = made_of(source, fn);
    return weir_flatten(weir_maker_new(source, &flat_map_ops, fn, arg), made);
}

/* An inner stream is still read when the item that it was made of is gone. */
weir_stream *weir_flat_map_unordered(weir_stream *source, const weir_then_fn *fn, void *arg,
                                     size_t limit)
{
    if (!fn->detached)
        source = weir_expect_owned(source, "flat_map_unordered");
    source = weir_maker_new(source, &flat_map_unordered_ops, fn, arg);
    return weir_flatten_unordered(source, fn->to, limit);
}
