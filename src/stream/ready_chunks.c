/* ready_chunks: the items that are there, up to n of them, as one vec. */

#include "stream/chunk.h"
#include "weir/stream.h"

struct ready_chunks {
    weir_stream stream;
    struct weir_chunk chunk;
};

static struct ready_chunks *ready_chunks_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct ready_chunks, stream);
}

/* The waker of a PENDING is stored already: the next poll asks again. */
static weir_poll give_chunk(struct weir_chunk *chunk, weir_cx *cx, void *out, weir_state state)
{
    if (state == WEIR_ERROR)
        weir_held_error_keep(&chunk->held, cx);
    if (state == WEIR_MARK)
        (void)weir_chunk_keep_mark(chunk, cx);
    return weir_chunk_give(chunk, out, state == WEIR_END ? WEIR_END : WEIR_READY);
}

/* What is there: as long as the source answers READY. */
static weir_poll take_ready(struct weir_chunk *chunk, weir_stream *source, weir_cx *cx,
                            size_t demand)
{
    weir_poll got;
    do {
        got = weir_chunk_fill(chunk, source, cx, demand);
    } while (got.state == WEIR_READY && chunk->vec.n < chunk->n && weir_spend(cx));
    return got;
}

static weir_poll ready_chunks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_chunk *chunk = &ready_chunks_of(stream)->chunk;
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(weir_chunk_owes(chunk)))
        return weir_chunk_give_owed(chunk, cx);
    if (!chunk->vec.items && !weir_chunk_begin(chunk, source->type))
        return weir_chunk_no_memory(chunk, cx);
    weir_poll got = take_ready(chunk, source, cx, demand);
    return chunk->vec.n ? give_chunk(chunk, cx, out, got.state) : (weir_poll){0, got.state};
}

static void ready_chunks_fini(weir_stream *stream)
{
    weir_chunk_drop(&ready_chunks_of(stream)->chunk);
}

/* Each item may come alone. */
static weir_hint ready_chunks_size_hint(const weir_stream *stream)
{
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = weir_in_chunks(&ready_chunks_of(stream)->chunk, hint.lower);
    return hint;
}

static size_t ready_chunks_memory_max(const weir_stream *stream)
{
    return weir_chunk_memory_max(&ready_chunks_of(stream)->chunk, weir_source(stream)->type);
}

static void ready_chunks_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = ready_chunks_of(stream)->chunk.vec.n;
    out->max = ready_chunks_of(stream)->chunk.n;
}

static const weir_stream_ops ready_chunks_ops = {.size = sizeof ready_chunks_ops,
                                                 .name = "ready_chunks",
                                                 .holding = ready_chunks_holding,
                                                 .poll_next = ready_chunks_poll_next,
                                                 .fini = ready_chunks_fini,
                                                 .size_hint = ready_chunks_size_hint,
                                                 .marks = WEIR_MARKS_HOLD,
                                                 .memory_max = ready_chunks_memory_max};

weir_stream *weir_ready_chunks(weir_stream *source, size_t n)
{
    source = weir_expect_owned(source, "ready_chunks");
    source = weir_expect_limit(source, "ready_chunks", "n", n);
    weir_stream *stream = weir_stream_new(source, sizeof(struct ready_chunks), &ready_chunks_ops,
                                          weir_type_chunk(source->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    ready_chunks_of(stream)->chunk.n = n;
    if (weir_held_error_init(&ready_chunks_of(stream)->chunk.held, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              "ready_chunks", NULL, 0);
}
