/* any: true when fn is true for one of the items. Reads no further than it must. */

#include "weir/fn.h"
#include "core/poll.h"
#include "weir/stream.h"

struct any {
    weir_stream stream;
    const weir_filter_fn *fn;
    void *arg;
    void *item; /* room for the one that is looked at */
};

static struct any *any_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct any, stream);
}

static weir_poll any_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct any *self = any_of(stream);
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
        known = self->fn->one(self->item, self->arg);
        weir_type_drop_items(source->type, self->item, 1);
    }
    *(bool *)out = known;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops any_ops = {.name = "any", .poll_next = any_poll_next};

weir_stream *weir_any(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, "any", fn->name, fn->of);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct any), &any_ops, &weir_type_bool);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct any *self = any_of(stream);
    self->fn = fn;
    self->arg = arg;
    self->item = weir_arena_take(stream->stage.arena, fn->of->size, fn->of->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                                  "any", fn->name, 0);
    stream->stage.one = true;
    return stream;
}
