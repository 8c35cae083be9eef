/* all: true when fn is true for each item. Reads no further than it must. */

#include "weir/fn.h"
#include "core/poll.h"
#include "weir/stream.h"

struct all {
    weir_stream stream;
    const weir_filter_fn *fn;
    void *arg;
    void *item; /* room for the one that is looked at */
};

static struct all *all_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct all, stream);
}

static weir_poll all_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct all *self = all_of(stream);
    weir_stream *source = weir_source(stream);
    bool known = false;
    (void)demand;
    while (!known) {
        if (!weir_spend(cx))
            return weir_yield(cx);
        weir_poll got = poll_next(source, cx, self->item, 1);
        if (!got.n && got.state == WEIR_END)
            break;
        if (!got.n)
            return got;
        known = !self->fn->one(self->item, self->arg);
        weir_type_drop_items(source->type, self->item, 1);
    }
    *(bool *)out = !known;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops all_ops = {.name = "all", .poll_next = all_poll_next};

weir_stream *weir_all(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "all", fn->name, fn->of);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct all), &all_ops, &weir_type_bool);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct all *self = all_of(stream);
    self->fn = fn;
    self->arg = arg;
    self->item = weir_arena_take(stream->stage.arena, fn->of->size, fn->of->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                                  "all", fn->name, 0);
    stream->stage.one = true;
    return stream;
}
