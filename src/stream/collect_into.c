/* collect_into: items go into a collection of the caller's, of any kind. */

#include "stream/batches.h"
#include "weir/consume.h"
#include "weir/stream.h"

struct collect_into {
    weir_stream stream;
    const weir_into_ops *ops;
    void *into;
    size_t items_max;
    size_t n;
    uint32_t demand;
};

static struct collect_into *collect_into_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct collect_into, stream);
}

/* The collection answered false; what it said stands in the cx. */
static bool into_failed(struct collect_into *self, weir_cx *cx)
{
    if (cx->error.code == WEIR_OK)
        weir_fail(cx, WEIR_E_USER, "%s failed", self->ops->name);
    if (cx->error.record == WEIR_NOWHERE)
        cx->error.record = self->n;
    cx->error.fatal = true;
    return false;
}

/* The item is gone then. */
static bool into_add(struct collect_into *self, weir_cx *cx, void *item)
{
    if (self->n == self->items_max) {
        weir_type_drop_items(weir_source(&self->stream)->type, item, 1);
        weir_fail(cx, WEIR_E_LIMIT, "more than %zu items to collect", self->items_max);
        return false;
    }
    self->n++;
    cx->error.code = WEIR_OK;
    return self->ops->add(self->into, item, &cx->error) || into_failed(self, cx);
}

static bool into_take(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    const weir_type *type = weir_source(stream)->type;
    char *at = items, *end = at + n * type->size;
    for (; at < end; at += type->size) {
        if (into_add(collect_into_of(stream), cx, at))
            continue;
        at += type->size;
        weir_type_drop_items(type, at, (size_t)(end - at) / type->size);
        return false;
    }
    return true;
}

/* Before the first item; what cannot be reserved is said once. */
static bool into_reserve(struct collect_into *self, weir_cx *cx)
{
    const weir_into_ops *ops = self->ops;
    size_t n = weir_size_hint(weir_source(&self->stream)).lower;
    if (self->demand || !ops->reserve || !n)
        return true;
    cx->error.code = WEIR_OK;
    n = n < self->items_max ? n : self->items_max;
    return ops->reserve(self->into, n, &cx->error) || into_failed(self, cx);
}

static weir_poll into_finish(struct collect_into *self, weir_cx *cx, void *out)
{
    const weir_into_ops *ops = self->ops;
    cx->error.code = WEIR_OK;
    if (!ops->finish) {
        *(unsigned char *)out = 0;
    } else if (!ops->finish(self->into, out, &cx->error)) {
        into_failed(self, cx);
        return (weir_poll){0, WEIR_ERROR};
    }
    return (weir_poll){1, WEIR_END};
}

static weir_poll collect_into_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct collect_into *self = collect_into_of(stream);
    (void)demand;
    if (!into_reserve(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = weir_batches(stream, cx, &self->demand, into_take);
    return got.state == WEIR_END ? into_finish(self, cx, out) : got;
}

static const weir_stream_ops collect_into_ops = {.size = sizeof collect_into_ops,
                                                 .name = "collect_into",
                                                 .poll_next = collect_into_poll_next,
                                                 .size_hint = weir_size_hint_one,
                                                 .marks = WEIR_MARKS_LOSE};

weir_stream *weir_collect_into(weir_stream *source, const weir_into_ops *ops, void *into,
                               size_t items_max)
{
    source = weir_expect_type(source, "collect_into", ops->name, ops->of);
    source = weir_expect_size(source, "collect_into", ops->name, ops->of, ops->of_size);
    source = ops->detached ? source : weir_expect_owned(source, "collect_into");
    source = weir_expect_limit(source, "collect_into", "items_max", items_max);
    const weir_type *gives = ops->finish ? ops->gives : &weir_type_unit;
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct collect_into), &collect_into_ops, gives);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct collect_into *self = collect_into_of(stream);
    self->ops = ops;
    self->into = into;
    self->items_max = items_max;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type);
}
