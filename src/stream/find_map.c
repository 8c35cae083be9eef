/* find_map: what fn makes of the first item for which it is true. */

#include "core/poll.h"
#include "weir/fn.h"
#include "weir/stream.h"

struct find_map {
    weir_stream stream;
    const weir_filter_map_fn *fn;
    void *arg;
    void *item; /* room for the one that is tried */
};

static struct find_map *find_map_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct find_map, stream);
}

static weir_poll find_map_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct find_map *self = find_map_of(stream);
    (void)demand;
    for (bool begun = false;; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        weir_poll got = poll_next(weir_source(stream), cx, self->item, 1);
        if (!got.n)
            return got;
        if (self->fn->one(out, self->item, self->arg))
            return (weir_poll){1, WEIR_END};
        if (got.state == WEIR_END)
            return (weir_poll){0, WEIR_END};
    }
}

static weir_hint find_map_size_hint(const weir_stream *stream)
{
    return (weir_hint){0, weir_size_hint(weir_source(stream)).upper ? 1 : 0};
}

static const weir_stream_ops find_map_ops = {.size = sizeof find_map_ops,
                                             .name = "find_map",
                                             .fn = offsetof(struct find_map, fn),
                                             .poll_next = find_map_poll_next,
                                             .size_hint = find_map_size_hint,
                                             .marks = WEIR_MARKS_LOSE};

weir_stream *weir_find_map(weir_stream *source, const weir_filter_map_fn *fn, void *arg)
{
    source = weir_expect_type(source, "find_map", fn->name, fn->from);
    source = weir_expect_size(source, "find_map", fn->name, fn->from, fn->from_size);
    source = weir_expect_size(source, "find_map", fn->name, fn->to, fn->to_size);
    weir_stream *stream = weir_stream_new(source, sizeof(struct find_map), &find_map_ops,
                                          weir_type_made_of(source->type, fn->to, fn->detached));
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct find_map *self = find_map_of(stream);
    self->fn = fn;
    self->arg = arg;
    self->item = weir_arena_take(stream->stage.arena, fn->from->size, fn->from->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                                  "find_map", fn->name, 0);
    stream->stage.one = true;
    return stream;
}
