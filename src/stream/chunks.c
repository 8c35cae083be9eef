/* chunks: n items at a time, as one vec. */

#include "core/poll.h"
#include "weir/stream.h"

struct chunks {
    weir_stream stream;
    size_t n;
    weir_vec chunk; /* under construction */
};

static struct chunks *chunks_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct chunks, stream);
}

static bool chunk_begin(struct chunks *self, const weir_type *of)
{
    size_t bytes;
    if (__builtin_mul_overflow(self->n, of->size, &bytes))
        return false;
    void *items = weir_allocate(bytes);
    if (items)
        self->chunk = (weir_vec){.items = items, .room = self->n, .of = of};
    return items != NULL;
}

/* Items go straight into the chunk: one by one when one is asked for, else all that it lacks. */
static weir_poll chunk_fill(struct chunks *self, weir_cx *cx, size_t demand)
{
    weir_vec *chunk = &self->chunk;
    char *end = (char *)chunk->items + chunk->n * chunk->of->size;
    size_t lacking = chunk->room - chunk->n;
    weir_poll got = poll_next(weir_source(&self->stream), cx, end, demand > 1 ? lacking : 1);
    chunk->n += got.n;
    return got;
}

static weir_poll chunks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct chunks *self = chunks_of(stream);
    if (!self->chunk.items && !chunk_begin(self, weir_source(stream)->type))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a chunk of %zu items", self->n);

    weir_poll got = chunk_fill(self, cx, demand);
    bool whole = self->chunk.n == self->n || got.state == WEIR_END;
    if (!whole || !self->chunk.n)
        return (weir_poll){0, got.state};
    *(weir_vec *)out = self->chunk;
    self->chunk = (weir_vec){0};
    return (weir_poll){1, got.state};
}

static void chunks_fini(weir_stream *stream)
{
    weir_vec_drop(&chunks_of(stream)->chunk);
}

static size_t in_chunks(const struct chunks *self, size_t items)
{
    size_t all = items + self->chunk.n < items ? SIZE_MAX : items + self->chunk.n;
    return all / self->n + (all % self->n != 0);
}

static weir_hint chunks_size_hint(const weir_stream *stream)
{
    struct chunks *self = chunks_of(stream);
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = in_chunks(self, hint.lower);
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper = in_chunks(self, hint.upper);
    return hint;
}

static const weir_stream_ops chunks_ops = {.name = "chunks",
                                           .poll_next = chunks_poll_next,
                                           .fini = chunks_fini,
                                           .size_hint = chunks_size_hint};

weir_stream *weir_chunks(weir_stream *source, size_t n)
{
    source = weir_expect_owned(source, "chunks");
    source = weir_expect_limit(source, "chunks", "n", n);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct chunks), &chunks_ops, weir_type_chunk(source->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    chunks_of(stream)->n = n;
    return stream;
}
