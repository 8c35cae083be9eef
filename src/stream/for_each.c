/* for_each: gives each item to a function. */

#include "core/poll.h"
#include "stream/each.h"
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

/* Until the source does not answer READY. */
static weir_poll for_each_all(struct for_each *self, weir_cx *cx, void *items, size_t room)
{
    weir_stream *source = weir_source(&self->stream);
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        size_t demand = weir_demand_next(cx, &self->demand);
        weir_poll got = poll_next(source, cx, items, demand < room ? demand : room);
        weir_each(self->fn, items, got.n, self->arg);
        if (got.state != WEIR_READY)
            return got;
    }
}

static weir_poll for_each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_stream *source = weir_source(stream);
    size_t room = cx->demand_max;
    size_t mark = weir_scratch_mark(cx);
    void *items = weir_scratch_items(cx, source, source->type, &room);
    (void)demand;
    if (!items)
        return weir_scratch_fail(cx, source->type);
    weir_poll got = for_each_all(for_each_of(stream), cx, items, room);
    weir_scratch_give(cx, mark);
    if (got.state != WEIR_END)
        return got;
    *(unsigned char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops for_each_ops = {.size = sizeof for_each_ops,
                                             .name = "for_each",
                                             .fn = offsetof(struct for_each, fn),
                                             .poll_next = for_each_poll_next,
                                             .size_hint = weir_size_hint_one,
                                             .marks = WEIR_MARKS_LOSE};

weir_stream *weir_for_each(weir_stream *source, const weir_each_fn *fn, void *arg)
{
    source = weir_expect_type(source, "for_each", fn->name, fn->of);
    source = weir_expect_size(source, "for_each", fn->name, fn->of, fn->of_size);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct for_each), &for_each_ops, &weir_type_unit);
    stream = weir_stream_scratch(stream, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    for_each_of(stream)->fn = fn;
    for_each_of(stream)->arg = arg;
    stream->stage.one = true;
    return stream;
}
