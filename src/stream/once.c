/* once: one item, then the end. */

#include <string.h>

#include "weir/implement.h"
#include "weir/stream.h"

struct once {
    weir_stream stream;
    void *item; /* NULL: given */
};

static struct once *once_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct once, stream);
}

static weir_poll once_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct once *self = once_of(stream);
    (void)cx;
    (void)demand;
    memcpy(out, self->item, stream->type->size);
    self->item = NULL;
    return (weir_poll){1, WEIR_END};
}

static void once_fini(weir_stream *stream)
{
    struct once *self = once_of(stream);
    if (self->item)
        weir_type_drop_items(stream->type, self->item, 1);
}

static weir_hint once_size_hint(const weir_stream *stream)
{
    (void)stream; /* after its item it is done, and the wrapper answers */
    return (weir_hint){1, 1};
}

static const weir_stream_ops once_ops = {
    .name = "once", .poll_next = once_poll_next, .fini = once_fini, .size_hint = once_size_hint};

static weir_stream *give_up(weir_stream *failed, const weir_type *type, const void *item)
{
    weir_type_drop_items(type, (void *)(uintptr_t)item, 1);
    return failed;
}

weir_stream *weir_once(const weir_type *type, const void *item)
{
    weir_stream *stream = weir_source_new(sizeof(struct once), &once_ops, type);
    if (weir_stage_failed(&stream->stage))
        return give_up(stream, type, item);
    struct once *self = once_of(stream);
    self->item = weir_arena_take(stream->stage.arena, type->size, type->align);
    if (!self->item)
        return give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                          "no memory for once of '%s'", type->name, NULL, 0),
                       type, item);
    memcpy(self->item, item, type->size);
    stream->stage.one = true;
    return stream;
}
