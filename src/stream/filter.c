/* filter: the items for which fn is true. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct filter {
    weir_stream stream;
    const weir_filter_fn *fn;
    weir_filter_kernel *kernel;
    void *arg;
};

static struct filter *filter_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct filter, stream);
}

static void drop_rejected(const weir_type *type, char *items, const int64_t *keep, size_t n)
{
    if (!type->drop)
        return;
    for (size_t i = 0; i < n; i++)
        if (!keep[i])
            type->drop(type, items + i * type->size);
}

static weir_poll filter_one(struct filter *self, weir_cx *cx, void *out)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, out, 1);
    if (!got.n || self->fn->one(out, self->arg))
        return got;
    if (self->stream.type->drop)
        weir_type_drop_items(self->stream.type, out, 1);
    return (weir_poll){0, got.state}; /* READY: the wrapper asks again */
}

static weir_poll filter_batch(struct filter *self, weir_cx *cx, void *out, size_t demand,
                              int64_t *keep)
{
    const weir_type *type = self->stream.type;
    weir_poll got = poll_next(weir_source(&self->stream), cx, out, demand);
    if (!got.n)
        return got;
    self->kernel(keep, out, got.n, self->arg);
    drop_rejected(type, out, keep, got.n);
    got.n = (uint32_t)weir_compact(out, type->size, keep, got.n);
    return got;
}

static weir_poll filter_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct filter *self = filter_of(stream);
    if (demand == 1)
        return filter_one(self, cx, out);
    size_t mark = weir_scratch_mark(cx);
    int64_t *keep = weir_scratch_items(cx, &weir_type_i64, &demand);
    weir_poll got = keep ? filter_batch(self, cx, out, demand, keep) : filter_one(self, cx, out);
    weir_scratch_give(cx, mark);
    return got;
}

static weir_hint filter_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper};
}

static const weir_stream_ops filter_ops = {
    .name = "filter", .poll_next = filter_poll_next, .size_hint = filter_size_hint};

weir_stream *weir_filter(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "filter", fn->name, fn->of);
    weir_stream *stream = weir_stream_new(source, sizeof(struct filter), &filter_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct filter *self = filter_of(stream);
    self->fn = fn;
    self->kernel = fn->batch[weir_cpu_level()];
    self->arg = arg;
    return stream;
}
