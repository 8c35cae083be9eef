/* repeat: the same item for ever. */

#include <string.h>

#include "weir/implement.h"
#include "weir/stream.h"

struct repeat {
    weir_stream stream;
    void *item;
};

static struct repeat *repeat_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct repeat, stream);
}

/* Each copy doubles what stands there. */
static void repeat_fill(char *out, const void *item, size_t size, size_t n)
{
    memcpy(out, item, size);
    for (size_t have = 1, more; have < n; have += more) {
        more = have < n - have ? have : n - have;
        memcpy(out + have * size, out, more * size);
    }
}

static weir_poll repeat_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)cx;
    repeat_fill(out, repeat_of(stream)->item, stream->type->size, demand);
    return (weir_poll){(uint32_t)demand, WEIR_READY};
}

static weir_hint repeat_size_hint(const weir_stream *stream)
{
    (void)stream;
    return (weir_hint){SIZE_MAX, WEIR_HINT_UNKNOWN};
}

static const weir_stream_ops repeat_ops = {.size = sizeof repeat_ops,
                                           .name = "repeat",
                                           .poll_next = repeat_poll_next,
                                           .size_hint = repeat_size_hint,
                                           .poll_back = repeat_poll_next};

weir_stream *weir_repeat(const weir_type *type, const void *item)
{
    weir_stream *stream = weir_source_new(sizeof(struct repeat), &repeat_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    if (type->drop)
        return weir_stream_refuse(
            &stream->stage, WEIR_E_TYPE, "weir_unfold(), which makes each item afresh",
            "repeat cannot copy a '%s', which owns something", type->name, NULL, 0);
    struct repeat *self = repeat_of(stream);
    self->item = weir_arena_take(stream->stage.arena, type->size, type->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                  "no memory for repeat of '%s'", type->name, NULL, 0);
    memcpy(self->item, item, type->size);
    return stream;
}
