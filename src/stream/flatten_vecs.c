/* flatten_vecs: the items of each vec, one after the other. */

#include <string.h>

#include "core/poll.h"
#include "stream/member.h"
#include "weir/stream.h"

struct flatten_vecs {
    weir_stream stream;
    weir_vec vec; /* items[at..n) are still to be given; no items: the source has the next one */
    size_t at;
};

static struct flatten_vecs *flatten_vecs_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct flatten_vecs, stream);
}

static char *flatten_vecs_next_of(const struct flatten_vecs *self)
{
    return (char *)self->vec.items + self->at * self->stream.type->size;
}

/* A vec says what is in it only when it arrives. */
static bool vec_fits(struct flatten_vecs *self, weir_cx *cx)
{
    const weir_type *given = self->vec.of, *type = self->stream.type;
    if (WEIR_LIKELY(!self->vec.items || given == type || weir_type_alike(given, type)))
        return true;
    weir_vec_drop(&self->vec);
    weir_fail(cx, WEIR_E_TYPE, "flatten_vecs expects vecs of '%s', but '%s' yields one of '%s'",
              type->name, weir_stage_name(self->stream.stage.source), given->name);
    return false;
}

static weir_poll vec_next(struct flatten_vecs *self, weir_cx *cx)
{
    weir_poll got = poll_next(weir_source(&self->stream), cx, &self->vec, 1);
    self->at = 0;
    if (got.n && !vec_fits(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    return got;
}

/* All its items are somebody else's. */
static void vec_over(struct flatten_vecs *self)
{
    self->vec.n = 0;
    weir_vec_drop(&self->vec);
}

static weir_poll flatten_vecs_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct flatten_vecs *self = flatten_vecs_of(stream);
    if (!self->vec.items) {
        weir_poll got = vec_next(self, cx);
        if (!got.n)
            return got;
    }
    size_t size = stream->type->size, left = self->vec.n - self->at;
    size_t n = demand < left ? demand : left;
    if (n == 1)
        weir_item_move(out, flatten_vecs_next_of(self), size);
    else if (n)
        memcpy(out, flatten_vecs_next_of(self), n * size);
    self->at += n;
    if (n == left)
        vec_over(self);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static void flatten_vecs_fini(weir_stream *stream)
{
    struct flatten_vecs *self = flatten_vecs_of(stream);
    if (!self->vec.items)
        return;
    weir_type_drop_items(stream->type, flatten_vecs_next_of(self), self->vec.n - self->at);
    vec_over(self);
}

static weir_hint flatten_vecs_size_hint(const weir_stream *stream)
{
    struct flatten_vecs *self = flatten_vecs_of(stream);
    size_t left = self->vec.items ? self->vec.n - self->at : 0;
    bool last = !weir_size_hint(weir_source(stream)).upper;
    return (weir_hint){left, last ? left : WEIR_HINT_UNKNOWN};
}

/* The vec it took; what those hold that are not made yet is not known. */
static size_t flatten_vecs_memory_max(const weir_stream *stream)
{
    return flatten_vecs_of(stream)->vec.room * stream->type->size;
}

static const weir_stream_ops flatten_vecs_ops = {.size = sizeof flatten_vecs_ops,
                                                 .name = "flatten_vecs",
                                                 .poll_next = flatten_vecs_poll_next,
                                                 .fini = flatten_vecs_fini,
                                                 .size_hint = flatten_vecs_size_hint,
                                                 .marks = WEIR_MARKS_PASS,
                                                 .memory_max = flatten_vecs_memory_max};

weir_stream *weir_flatten_vecs(weir_stream *source, const weir_type *type)
{
    source = weir_expect_type(source, "flatten_vecs", "of vecs", &weir_type_vec);
    source = weir_expect_result(source, "flatten_vecs", "of vecs", type);
    return weir_stream_new(source, sizeof(struct flatten_vecs), &flatten_vecs_ops, type);
}
