/* iter: the items of an array, in order. */

#include <string.h>

#include "weir/implement.h"
#include "weir/stream.h"

struct iter {
    weir_stream stream;
    const char *next;
    size_t left;
};

static struct iter *iter_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct iter, stream);
}

static weir_poll iter_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct iter *self = iter_of(stream);
    (void)cx;
    if (!self->left)
        return (weir_poll){0, WEIR_END};

    size_t n = demand < self->left ? demand : self->left;
    memcpy(out, self->next, n * stream->type->size);
    self->next += n * stream->type->size;
    self->left -= n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_hint iter_size_hint(const weir_stream *stream)
{
    size_t left = iter_of(stream)->left;
    return (weir_hint){left, left};
}

static const weir_stream_ops iter_ops = {
    .name = "iter", .poll_next = iter_poll_next, .size_hint = iter_size_hint};

weir_stream *weir_iter(const weir_type *type, const void *items, size_t n)
{
    if (type->drop)
        return weir_stream_refused(WEIR_E_TYPE, "a type without drop: the array stays yours",
                                   "iter cannot copy items of '%s', which own something",
                                   type->name, NULL, 0);
    weir_stream *stream = weir_source_new(sizeof(struct iter), &iter_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    iter_of(stream)->next = items;
    iter_of(stream)->left = n;
    return stream;
}
