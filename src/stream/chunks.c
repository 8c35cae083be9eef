/* chunks: n items at a time, as one vec. */

#include "stream/chunk.h"
#include "weir/stream.h"

struct chunks {
    weir_stream stream;
    struct weir_chunk chunk;
};

static struct chunks *chunks_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct chunks, stream);
}

/* What came, and did not fill the chunk: is it given as it is? */
static bool chunks_is_cut(struct weir_chunk *chunk, weir_cx *cx, weir_state state)
{
    if (state == WEIR_ERROR)
        weir_held_error_keep(&chunk->held, cx);
    return state == WEIR_ERROR || state == WEIR_END ||
           (state == WEIR_MARK && !weir_chunk_keep_mark(chunk, cx));
}

static weir_poll chunks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_chunk *chunk = &chunks_of(stream)->chunk;
    weir_stream *source = weir_source(stream);
    if (WEIR_UNLIKELY(weir_chunk_owes(chunk)))
        return weir_chunk_give_owed(chunk, cx);
    if (!chunk->vec.items && !weir_chunk_begin(chunk, source->type))
        return weir_chunk_no_memory(chunk, cx);

    weir_poll got = weir_chunk_fill(chunk, source, cx, demand);
    if (!chunk->vec.n)
        return (weir_poll){0, got.state};
    if (chunk->vec.n == chunk->n || chunks_is_cut(chunk, cx, got.state))
        return weir_chunk_give(chunk, out, got.state == WEIR_END ? WEIR_END : WEIR_READY);
    return (weir_poll){0, got.state == WEIR_MARK ? WEIR_READY : got.state};
}

static void chunks_fini(weir_stream *stream)
{
    weir_chunk_drop(&chunks_of(stream)->chunk);
}

static weir_hint chunks_size_hint(const weir_stream *stream)
{
    const struct weir_chunk *chunk = &chunks_of(stream)->chunk;
    weir_hint hint = weir_size_hint(weir_source(stream));
    hint.lower = weir_in_chunks(chunk, hint.lower);
    if (hint.upper != WEIR_HINT_UNKNOWN)
        hint.upper = weir_in_chunks(chunk, hint.upper);
    return hint;
}

static size_t chunks_memory_max(const weir_stream *stream)
{
    return weir_chunk_memory_max(&chunks_of(stream)->chunk, weir_source(stream)->type);
}

static void chunks_holding(const weir_stream *stream, weir_holding *out)
{
    out->n = chunks_of(stream)->chunk.vec.n;
    out->max = chunks_of(stream)->chunk.n;
}

static const weir_stream_ops chunks_ops = {.size = sizeof chunks_ops,
                                           .name = "chunks",
                                           .holding = chunks_holding,
                                           .poll_next = chunks_poll_next,
                                           .fini = chunks_fini,
                                           .size_hint = chunks_size_hint,
                                           .marks = WEIR_MARKS_HOLD,
                                           .memory_max = chunks_memory_max};

weir_stream *weir_chunks(weir_stream *source, size_t n)
{
    source = weir_expect_owned(source, "chunks");
    source = weir_expect_limit(source, "chunks", "n", n);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct chunks), &chunks_ops, weir_type_chunk(source->type));
    if (weir_stage_failed(&stream->stage))
        return stream;
    chunks_of(stream)->chunk.n = n;
    if (weir_held_error_init(&chunks_of(stream)->chunk.held, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s", "chunks",
                              NULL, 0);
}
