/* collect: a vec of all items, up to a limit. */

#include "stream/collecting.h"
#include "stream/ones.h"
#include "weir/stream.h"

struct collect {
    struct weir_collecting collecting;
    weir_vec vec;
};

static struct collect *collect_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct collect, collecting.stream);
}

/* The vec is full for good: only the end may follow. */
static weir_poll collect_past(struct weir_collecting *self, weir_cx *cx, weir_stream *source)
{
    weir_poll got = weir_poll_skip(source, cx, 1);
    if (got.n)
        return weir_fail(cx, WEIR_E_LIMIT, "more than %zu items to collect", self->items_max);
    return got;
}

/* As many as there is room for, and may be. */
static size_t collect_demand(struct weir_collecting *self, weir_cx *cx)
{
    const weir_vec *vec = self->vec;
    return weir_least(weir_demand_next(cx, &self->demand),
                      weir_least(vec->room, self->items_max) - vec->n);
}

static weir_poll collect_batch(struct weir_collecting *self, weir_cx *cx)
{
    weir_stream *source = weir_source(&self->stream);
    weir_vec *vec = self->vec;
    size_t first = vec->room ? 0 : weir_first_room(source, source->type);
    if (vec->n >= self->items_max)
        return collect_past(self, cx, source);
    if (!weir_vec_make_room(cx, vec, source->type, 1, first, self->items_max))
        return (weir_poll){0, WEIR_ERROR};
    size_t demand = collect_demand(self, cx);
    weir_poll got = poll_next(source, cx, (char *)vec->items + vec->n * source->type->size, demand);
    vec->n += got.n;
    return got;
}

weir_poll weir_collect_all(struct weir_collecting *self, weir_cx *cx)
{
    weir_stream *source = weir_source(&self->stream);
    weir_vec *vec = self->vec;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        bool ones = cx->demand_max == 1 && vec->n < weir_least(vec->room, self->items_max);
        weir_poll got = ones ? weir_ones(source, cx, vec) : collect_batch(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
}

static weir_poll collect_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct collect *self = collect_of(stream);
    (void)demand;
    weir_poll got = weir_collect_all(&self->collecting, cx);
    if (got.state != WEIR_END)
        return (weir_poll){0, got.state};
    *(weir_vec *)out = self->vec;
    self->vec = (weir_vec){0};
    return (weir_poll){1, WEIR_END};
}

static void collect_fini(weir_stream *stream)
{
    weir_vec_drop(&collect_of(stream)->vec);
}

size_t weir_collecting_memory_max(const weir_stream *stream)
{
    const struct weir_collecting *self = WEIR_CONTAINER(stream, struct weir_collecting, stream);
    return weir_gather_memory_max(self->items_max, weir_source(stream)->type);
}

static const weir_stream_ops collect_ops = {.size = sizeof collect_ops,
                                            .name = "collect",
                                            .poll_next = collect_poll_next,
                                            .size_hint = weir_size_hint_one,
                                            .fini = collect_fini,
                                            .memory_max = weir_collecting_memory_max,
                                            .marks = WEIR_MARKS_LOSE};

weir_stream *weir_collect(weir_stream *source, size_t items_max)
{
    source = weir_expect_owned(source, "collect");
    source = weir_expect_limit(source, "collect", "items_max", items_max);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct collect), &collect_ops, &weir_type_vec);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct collect *self = collect_of(stream);
    self->collecting.items_max = items_max;
    self->collecting.vec = &self->vec;
    self->vec.of = source->type;
    stream->stage.one = true;
    return weir_stream_scratch(stream, source->type); /* to see the item that is too many */
}
