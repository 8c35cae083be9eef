/* filter_map: what fn makes of the items for which it is true. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct filter_map {
    weir_stream stream;
    const weir_filter_map_fn *fn;
    void *arg;
};

static struct filter_map *filter_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct filter_map, stream);
}

static weir_poll filter_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct filter_map *self = filter_map_of(stream);
    const weir_filter_map_fn *fn = self->fn;
    size_t mark = weir_scratch_mark(cx);
    char *in = weir_scratch_items(cx, fn->from, &demand);
    if (!in)
        return weir_fail(cx, WEIR_E_LIMIT, "no scratch for an item of %zu bytes", fn->from->size);

    weir_poll got = poll_next(weir_source(stream), cx, in, demand);
    char *to = out;
    uint32_t kept = 0;
    for (size_t i = 0; i < got.n; i++)
        kept += fn->one(to + kept * fn->to->size, in + i * fn->from->size, self->arg);
    weir_scratch_give(cx, mark);
    return (weir_poll){kept, got.state}; /* none of them: the wrapper asks again */
}

static weir_hint filter_map_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops filter_map_ops = {
    .name = "filter_map", .poll_next = filter_map_poll_next, .size_hint = filter_map_size_hint};

weir_stream *weir_filter_map(weir_stream *source, const weir_filter_map_fn *fn, void *arg)
{
    source = weir_expect_type(source, "filter_map", fn->name, fn->from);
    weir_stream *stream = weir_stream_new(source, sizeof(struct filter_map), &filter_map_ops,
                                          weir_type_seen_through(source->type, fn->to));
    if (weir_stage_failed(&stream->stage))
        return stream;
    filter_map_of(stream)->fn = fn;
    filter_map_of(stream)->arg = arg;
    return stream;
}
