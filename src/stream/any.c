/* any: true when fn is true for one of the items. Reads no further than it must. */

#include "stream/search.h"
#include "weir/stream.h"

/* The source did not answer {1, READY}: nothing, or an item with an end. */
WEIR_ASIDE static weir_poll search_rest(struct weir_search *self, weir_cx *cx, weir_poll got)
{
    got = weir_poll_rest(weir_source(&self->stream), cx, self->item, 1, got);
    if (!got.n && got.state == WEIR_END)
        self->over = true;
    return got;
}

weir_poll weir_search_poll(weir_stream *stream, weir_cx *cx, bool wanted, bool *found)
{
    struct weir_search *self = WEIR_CONTAINER(stream, struct weir_search, stream);
    weir_stream *source = weir_source(stream);
    *found = false;
    for (bool begun = false; !*found && !self->over; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = source->poll(source, cx, self->item, 1);
        if (WEIR_LIKELY(weir_poll_is_one(got)))
            weir_count_one(source);
        else
            got = search_rest(self, cx, got);
        if (self->over)
            break;
        if (!got.n)
            return got;
        self->seen++;
        *found = self->fn->one(self->item, self->arg) == wanted;
        weir_type_drop_items(source->type, self->item, 1);
    }
    return WEIR_POLL_ONE;
}

weir_stream *weir_search_new(weir_stream *source, const weir_stream_ops *ops, const weir_type *type,
                             const weir_filter_fn *fn, void *arg)
{
    source = weir_expect_type(source, ops->name, fn->name, fn->of);
    source = weir_expect_size(source, ops->name, fn->name, fn->of, fn->of_size);
    weir_stream *stream = weir_stream_new(source, sizeof(struct weir_search), ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_search *self = WEIR_CONTAINER(stream, struct weir_search, stream);
    self->fn = fn;
    self->arg = arg;
    self->item = weir_arena_take(stream->stage.arena, fn->of->size, fn->of->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                                  ops->name, fn->name, 0);
    stream->stage.one = true;
    return stream;
}

static weir_poll any_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    bool found;
    (void)demand;
    weir_poll got = weir_search_poll(stream, cx, true, &found);
    if (!got.n)
        return got;
    *(bool *)out = found;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops any_ops = {.size = sizeof any_ops,
                                        .name = "any",
                                        .fn = offsetof(struct weir_search, fn),
                                        .poll_next = any_poll_next,
                                        .size_hint = weir_size_hint_one,
                                        .marks = WEIR_MARKS_LOSE};

weir_stream *weir_any(weir_stream *source, const weir_filter_fn *fn, void *arg)
{
    return weir_search_new(source, &any_ops, &weir_type_bool, fn, arg);
}
