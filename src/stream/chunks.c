/* chunks: n items at a time, as one vec. */

#include "stream/ones.h"
#include "weir/stream.h"

struct chunks {
    weir_stream stream;
    size_t n;
    weir_vec chunk;       /* under construction */
    weir_held_error held; /* it came behind a chunk */
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
    void *items = weir_allocate_aligned(bytes, of->align);
    if (items)
        self->chunk = (weir_vec){.items = items, .room = self->n, .of = of};
    return items != NULL;
}

/* What is asked for at once: what the chunk lacks, within reason. */
static size_t chunk_demand(const struct chunks *self, const weir_cx *cx, size_t demand)
{
    size_t lacking = self->chunk.room - self->chunk.n;
    size_t most = demand > cx->demand_max ? demand : cx->demand_max;
    return lacking < most ? lacking : most;
}

/* Items go straight into the chunk, until it is full or the source does not answer READY. */
static weir_poll chunk_fill(struct chunks *self, weir_cx *cx, size_t demand)
{
    weir_stream *source = weir_source(&self->stream);
    weir_vec *chunk = &self->chunk;
    if (demand == 1)
        return weir_ones(source, cx, chunk);
    for (;;) {
        char *end = (char *)chunk->items + chunk->n * chunk->of->size;
        weir_poll got = poll_next(source, cx, end, chunk_demand(self, cx, demand));
        chunk->n += got.n;
        if (got.state != WEIR_READY || chunk->n == chunk->room || !weir_spend(cx))
            return got;
    }
}

static weir_poll chunk_give(struct chunks *self, void *out, weir_state state)
{
    *(weir_vec *)out = self->chunk;
    self->chunk = (weir_vec){0};
    return (weir_poll){1, state};
}

static weir_poll chunks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct chunks *self = chunks_of(stream);
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (!self->chunk.items && !chunk_begin(self, weir_source(stream)->type))
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a chunk of %zu items", self->n);

    weir_poll got = chunk_fill(self, cx, demand);
    if (!self->chunk.n)
        return (weir_poll){0, got.state};
    if (got.state == WEIR_ERROR) {
        weir_held_error_keep(&self->held, cx);
        return chunk_give(self, out, WEIR_READY);
    }
    bool whole = self->chunk.n == self->n || got.state == WEIR_END;
    return whole ? chunk_give(self, out, got.state) : (weir_poll){0, got.state};
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

/* The chunk that is made; those that were given are somebody else's. */
static size_t chunks_memory_max(const weir_stream *stream)
{
    size_t bytes;
    if (__builtin_mul_overflow(chunks_of(stream)->n, weir_source(stream)->type->size, &bytes))
        return SIZE_MAX;
    return bytes;
}

static const weir_stream_ops chunks_ops = {.size = sizeof chunks_ops,
                                           .name = "chunks",
                                           .poll_next = chunks_poll_next,
                                           .fini = chunks_fini,
                                           .size_hint = chunks_size_hint,
                                           .memory_max = chunks_memory_max};

weir_stream *weir_chunks(weir_stream *source, size_t n)
{
    source = weir_expect_owned(source, "chunks");
    source = weir_expect_limit(source, "chunks", "n", n);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct chunks), &chunks_ops, weir_type_chunk(source->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    chunks_of(stream)->n = n;
    if (weir_held_error_init(&chunks_of(stream)->held, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "chunks",
                              NULL, 0);
}
