/* default_if_empty: all of a stream, or one item where it gives none. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

struct default_if_empty {
    weir_stream stream;
    void *item; /* NULL: it was given, or is not needed any more */
};

static struct default_if_empty *default_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct default_if_empty, stream);
}

WEIR_COLD static void default_unused(struct default_if_empty *self)
{
    weir_type_drop_items(self->stream.type, self->item, 1);
    self->item = NULL;
}

/* A source that was cut off is not known to be empty. */
WEIR_ASIDE static weir_poll default_rest(weir_stream *stream, weir_cx *cx, void *out, size_t demand,
                                         weir_poll got)
{
    struct default_if_empty *self = default_of(stream);
    got = weir_poll_rest(weir_source(stream), cx, out, demand, got);
    if (got.n && self->item)
        default_unused(self);
    if (got.state != WEIR_END || !self->item || weir_source(stream)->stage.cut)
        return got;
    weir_item_move(out, self->item, stream->type->size);
    self->item = NULL;
    return (weir_poll){1, WEIR_END};
}

static weir_poll default_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct default_if_empty *self = default_of(stream);
    weir_stream *source = weir_source(stream);
    weir_poll got = source->poll(source, cx, out, demand);
    if (WEIR_UNLIKELY(!weir_poll_is_one(got)))
        return default_rest(stream, cx, out, demand, got);
    weir_count_one(source);
    if (WEIR_UNLIKELY(self->item != NULL))
        default_unused(self);
    return WEIR_POLL_ONE;
}

static void default_fini(weir_stream *stream)
{
    if (default_of(stream)->item)
        default_unused(default_of(stream));
}

static weir_hint default_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    if (!default_of(stream)->item)
        return hint;
    hint.lower = hint.lower > 1 ? hint.lower : 1;
    hint.upper = hint.upper > 1 ? hint.upper : 1;
    return hint;
}

static const weir_stream_ops default_ops = {.size = sizeof default_ops,
                                            .name = "default_if_empty",
                                            .poll_next = default_poll_next,
                                            .fini = default_fini,
                                            .size_hint = default_size_hint,
                                            .marks = WEIR_MARKS_PASS};

weir_stream *weir_default_if_empty(weir_stream *source, const weir_type *type, const void *item)
{
    source = weir_expect_type(source, "default_if_empty", "default", type);
    source = weir_expect_owned(source, "default_if_empty");
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct default_if_empty), &default_ops, source->type);
    struct default_if_empty *self = default_of(stream);
    if (!weir_stage_failed(&stream->stage)) {
        self->item = weir_arena_take(stream->stage.arena, type->size, type->align);
        if (!self->item)
            stream = weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                                        "default_if_empty", NULL, 0);
    }
    if (weir_stage_failed(&stream->stage)) {
        weir_type_drop_items(type, (void *)(uintptr_t)item, 1);
        return stream;
    }
    memcpy(self->item, item, type->size);
    stream->stage.one = source->stage.one;
    return stream;
}
