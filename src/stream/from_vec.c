/* from_vec: the items of a vec, which it takes. */

#include <string.h>

#include "weir/into.h"

struct from_vec {
    weir_stream stream;
    weir_vec vec;
    size_t first; /* of those that are left */
    size_t left;
};

static struct from_vec *from_vec_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct from_vec, stream);
}

static char *from_vec_at(const struct from_vec *self, size_t i)
{
    return (char *)self->vec.items + i * self->vec.of->size;
}

static weir_poll from_vec_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct from_vec *self = from_vec_of(stream);
    size_t n = demand < self->left ? demand : self->left;
    (void)cx;
    if (!n)
        return (weir_poll){0, WEIR_END};
    memcpy(out, from_vec_at(self, self->first), n * stream->type->size);
    self->first += n;
    self->left -= n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll from_vec_poll_back(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct from_vec *self = from_vec_of(stream);
    size_t size = stream->type->size;
    size_t n = demand < self->left ? demand : self->left;
    (void)cx;
    if (!n)
        return (weir_poll){0, WEIR_END};
    for (size_t i = 0; i < n; i++)
        memcpy((char *)out + i * size, from_vec_at(self, self->first + --self->left), size);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static void from_vec_fini(weir_stream *stream)
{
    struct from_vec *self = from_vec_of(stream);
    if (!self->vec.items)
        return;
    weir_type_drop_items(stream->type, from_vec_at(self, self->first), self->left);
    weir_release(self->vec.items, self->vec.room * self->vec.of->size);
}

static weir_hint from_vec_size_hint(const weir_stream *stream)
{
    size_t left = from_vec_of(stream)->left;
    return (weir_hint){left, left};
}

static size_t from_vec_memory_max(const weir_stream *stream)
{
    const weir_vec *vec = &from_vec_of(stream)->vec;
    return vec->items ? vec->room * vec->of->size : 0;
}

static const weir_stream_ops from_vec_ops = {.size = sizeof from_vec_ops,
                                             .name = "from_vec",
                                             .poll_next = from_vec_poll_next,
                                             .fini = from_vec_fini,
                                             .size_hint = from_vec_size_hint,
                                             .memory_max = from_vec_memory_max,
                                             .poll_back = from_vec_poll_back};

weir_stream *weir_from_vec(weir_vec *vec)
{
    if (!vec->of)
        return weir_stream_refused(WEIR_E_ARGUMENT, "a vec that collect or chunks gave, or its .of",
                                   "from_vec: the vec does not say what it is of", NULL, NULL, 0);
    weir_stream *stream = weir_source_new(sizeof(struct from_vec), &from_vec_ops, vec->of);
    if (weir_stage_failed(&stream->stage)) {
        weir_vec_drop(vec);
        return stream;
    }
    struct from_vec *self = from_vec_of(stream);
    self->vec = *vec;
    self->left = vec->n;
    stream->stage.one = vec->n <= 1;
    *vec = (weir_vec){0};
    return stream;
}
