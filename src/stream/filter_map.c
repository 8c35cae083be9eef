/* filter_map: what fn makes of the items for which it is true. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct filter_map {
    struct weir_typed typed;
    const weir_filter_map_fn *fn;
};

static struct filter_map *filter_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct filter_map, typed.stream);
}

/* None is made of what came: the wrapper asks again. */
static weir_poll filter_map_apply(struct filter_map *self, char *out, const char *in, weir_poll got)
{
    const weir_filter_map_fn *fn = self->fn;
    if (fn->batch)
        return (weir_poll){(uint32_t)fn->batch(out, in, got.n, self->typed.arg), got.state};
    uint32_t made = 0;
    for (size_t i = 0; i < got.n; i++)
        made += fn->one(out + made * fn->to->size, in + i * fn->from->size, self->typed.arg);
    return (weir_poll){made, got.state};
}

weir_poll weir_filter_map_rest(weir_stream *stream, weir_cx *cx, void *out, void *in, weir_poll got)
{
    got = weir_poll_rest(weir_source(stream), cx, in, 1, got);
    return filter_map_apply(filter_map_of(stream), out, in, got);
}

weir_poll weir_filter_map_many(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct filter_map *self = filter_map_of(stream);
    weir_stream *source = weir_source(stream);
    size_t mark = weir_scratch_mark(cx);
    void *in = weir_scratch_items(cx, source, self->fn->from, &demand);
    if (!in)
        return weir_scratch_fail(cx, self->fn->from);
    weir_poll got = filter_map_apply(self, out, in, poll_next(source, cx, in, demand));
    weir_scratch_give(cx, mark);
    return got;
}

static weir_hint filter_map_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops filter_map_ops = {.size = sizeof filter_map_ops,
                                               .name = "filter_map",
                                               .fn = offsetof(struct filter_map, fn),
                                               .poll_next = weir_filter_map_many,
                                               .size_hint = filter_map_size_hint,
                                               .marks = WEIR_MARKS_PASS};

weir_stream *weir_filter_map(weir_stream *source, const weir_filter_map_fn *fn, void *arg)
{
    source = weir_expect_type(source, "filter_map", fn->name, fn->from);
    source = weir_expect_size(source, "filter_map", fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, "filter_map", fn->name, fn->to, fn->to_size);
    weir_stream *stream = weir_stream_new(source, sizeof(struct filter_map), &filter_map_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    stream = weir_stream_scratch(stream, fn->from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    filter_map_of(stream)->fn = fn;
    filter_map_of(stream)->typed.arg = arg;
    stream->call = fn->poll ? fn->poll : stream->call;
    stream->stage.one = source->stage.one;
    return stream;
}
