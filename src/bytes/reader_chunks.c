/* reader_chunks: a reader as a stream of pieces, each with a hold of its block. */

#include <string.h>

#include "weir/implement.h"
#include "weir/read.h"

void weir_piece_drop(weir_piece *piece)
{
    weir_block_unref(piece->block);
    *piece = (weir_piece){0};
}

static void drop_piece(const weir_type *type, void *item)
{
    (void)type;
    weir_piece_drop(item);
}

static bool clone_piece(const weir_type *type, void *out, const void *in)
{
    weir_piece piece = *(const weir_piece *)in;
    (void)type;
    if (piece.block)
        weir_block_ref(piece.block);
    *(weir_piece *)out = piece;
    return true;
}

const weir_type weir_type_piece = {.name = "weir_piece",
                                   .size = sizeof(weir_piece),
                                   .align = _Alignof(weir_piece),
                                   .detached = true,
                                   .drop = drop_piece,
                                   .clone = clone_piece};

static weir_poll reader_chunks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_block *block = NULL;
    const unsigned char *bytes = NULL;
    (void)demand;
    weir_poll got = weir_poll_read_swap(weir_source_reader(stream), cx, &block, &bytes);
    if (got.state != WEIR_READY)
        return (weir_poll){0, got.state};
    *(weir_piece *)out = (weir_piece){(const char *)bytes, got.n, block};
    return (weir_poll){1, WEIR_READY};
}

static const weir_stream_ops reader_chunks_ops = {.size = sizeof reader_chunks_ops,
                                                  .name = "reader_chunks",
                                                  .poll_next = reader_chunks_poll_next,
                                                  .marks = WEIR_MARKS_PASS};

weir_stream *weir_reader_chunks(weir_reader *source)
{
    return weir_stream_over(source, sizeof(weir_stream), &reader_chunks_ops, &weir_type_piece);
}
