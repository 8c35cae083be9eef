/* for_each: gives each item to a function. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct for_each {
    weir_stream stream;
    const weir_each_fn *fn;
    void *arg;
    uint32_t demand;
};

static struct for_each *for_each_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct for_each, stream);
}

static weir_poll for_each_batch(struct for_each *self, weir_cx *cx)
{
    weir_stream *source = weir_source(&self->stream);
    size_t size = source->type->size;
    size_t demand = weir_demand_next(cx, &self->demand);
    size_t mark = weir_scratch_mark(cx);
    char *items = weir_scratch_items(cx, source->type, &demand);
    if (!items)
        return weir_fail(cx, WEIR_E_LIMIT, "no scratch for an item of %zu bytes", size);
    weir_poll got = poll_next(source, cx, items, demand);
    for (size_t i = 0; i < got.n; i++)
        self->fn->one(items + i * size, self->arg);
    weir_scratch_give(cx, mark);
    return got;
}

static weir_poll for_each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct for_each *self = for_each_of(stream);
    (void)demand;
    for (;;) {
        if (!weir_spend(cx))
            return weir_yield(cx);
        weir_poll got = for_each_batch(self, cx);
        if (got.state == WEIR_END)
            break;
        if (!got.n)
            return got;
    }
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops for_each_ops = {.name = "for_each", .poll_next = for_each_poll_next};

weir_stream *weir_for_each(weir_stream *source, const weir_each_fn *fn, void *arg)
{
    source = weir_expect_type(source, "for_each", fn->name, fn->of);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct for_each), &for_each_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage))
        return stream;
    for_each_of(stream)->fn = fn;
    for_each_of(stream)->arg = arg;
    stream->stage.one = true;
    return stream;
}
