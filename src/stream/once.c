/* once: one item, then the end. */

#include <string.h>

#include "core/stage.h"
#include "stream/member.h"
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
    weir_item_move(out, self->item, stream->type->size);
    self->item = NULL;
    return (weir_poll){1, WEIR_END};
}

static void once_fini(weir_stream *stream)
{
    struct once *self = once_of(stream);
    if (self->item)
        weir_type_drop_items(stream->type, self->item, 1);
}

static const weir_stream_ops once_ops = {.size = sizeof once_ops,
                                         .name = "once",
                                         .poll_next = once_poll_next,
                                         .fini = once_fini,
                                         .size_hint = weir_size_hint_one,
                                         .poll_back = once_poll_next};

static weir_stream *once_give_up(weir_stream *failed, const weir_type *type, const void *item)
{
    weir_type_drop_items(type, (void *)(uintptr_t)item, 1);
    return failed;
}

/* The item stands behind the stage, in one piece with it. A stream that is an item is dropped, and
 * in the end polled, from within this one: its depth counts. */
weir_stream *weir_once(const weir_type *type, const void *item)
{
    size_t align = type->align > WEIR_ALIGN ? type->align : WEIR_ALIGN;
    weir_stream *stream =
        weir_source_new(sizeof(struct once) + align + type->size, &once_ops, type);
    if (weir_stage_failed(&stream->stage))
        return once_give_up(stream, type, item);
    struct once *self = once_of(stream);
    uintptr_t behind = (uintptr_t)(self + 1);
    self->item = (char *)(self + 1) + (-behind & (align - 1));
    memcpy(self->item, item, type->size);
    stream->stage.one = true;
    if (type->drop != weir_type_stream.drop)
        return stream;
    weir_stream *inner = *(weir_stream *const *)item;
    return weir_stream_with(stream, &inner->stage);
}
