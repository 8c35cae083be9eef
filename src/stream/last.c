/* last: the last item. */

#include <string.h>

#include "stream/batches.h"
#include "weir/stream.h"

struct last {
    weir_stream stream;
    void *item;
    bool full;
    uint32_t demand;
};

static struct last *last_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct last, stream);
}

static bool last_take(weir_stream *stream, weir_cx *cx, void *items, uint32_t n)
{
    struct last *self = last_of(stream);
    const weir_type *type = stream->type;
    (void)cx;
    if (self->full)
        weir_type_drop_items(type, self->item, 1);
    weir_type_drop_items(type, items, n - 1);
    memcpy(self->item, (char *)items + (n - 1) * type->size, type->size);
    self->full = true;
    return true;
}

static weir_poll last_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct last *self = last_of(stream);
    (void)demand;
    weir_poll got = weir_batches(stream, cx, &self->demand, last_take);
    if (got.state != WEIR_END || !self->full)
        return (weir_poll){0, got.state};
    memcpy(out, self->item, stream->type->size);
    self->full = false;
    return (weir_poll){1, WEIR_END};
}

static void last_fini(weir_stream *stream)
{
    struct last *self = last_of(stream);
    if (self->full)
        weir_type_drop_items(stream->type, self->item, 1);
}

static const weir_stream_ops last_ops = {.size = sizeof last_ops,
                                         .name = "last",
                                         .poll_next = last_poll_next,
                                         .fini = last_fini,
                                         .marks = WEIR_MARKS_LOSE};

weir_stream *weir_last(weir_stream *source)
{
    source = weir_expect_owned(source, "last");
    weir_stream *stream = weir_stream_new(source, sizeof(struct last), &last_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    stream->stage.one = true;
    const weir_type *type = stream->type;
    last_of(stream)->item = weir_arena_take(stream->stage.arena, type->size, type->align);
    if (!last_of(stream)->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s of '%s'",
                                  "last", type->name, 0);
    return weir_stream_scratch(stream, type);
}
