/* chunks_reader: the bytes of a stream of pieces, lent from their own blocks. */

#include <string.h>

#include "core/poll.h"
#include "weir/read.h"

static weir_stream *chunks_reader_source_of(const weir_reader *reader)
{
    return (weir_stream *)reader->stage.source;
}

static void chunks_reader_let_go(weir_reader *reader)
{
    weir_block_unref(reader->block);
}

static void chunks_reader_lend(weir_reader *reader, const weir_piece *piece)
{
    weir_reader_release(reader);
    reader->base = (unsigned char *)(uintptr_t)piece->data; /* read only */
    reader->end = piece->size;
    reader->stage.padded = piece->block != NULL;
    reader->block = piece->block;
    reader->give_back = piece->block ? chunks_reader_let_go : NULL;
}

/* Behind what is left of the one before, which moves to a block of the reader's. */
static bool chunks_reader_join(weir_reader *reader, const weir_piece *piece)
{
    unsigned char *room = weir_reader_room(reader, piece->size);
    if (!room)
        return false;
    memcpy(room, piece->data, piece->size);
    reader->end += piece->size;
    return true;
}

static weir_poll chunks_reader_take(weir_reader *reader, weir_cx *cx, weir_piece *piece)
{
    size_t rest = reader->end - reader->begin;
    if (!rest && piece->size) {
        chunks_reader_lend(reader, piece);
        return (weir_poll){0, WEIR_READY};
    }
    bool joined = !piece->size || chunks_reader_join(reader, piece);
    size_t n = piece->size;
    weir_piece_drop(piece);
    if (joined)
        return (weir_poll){0, WEIR_READY};
    return weir_fail(cx, WEIR_E_MEMORY, "no memory to join %zu and %zu bytes", rest, n);
}

static weir_poll chunks_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    weir_piece piece;
    (void)min;
    if (reader->begin == reader->end)
        weir_reader_release(reader);
    weir_poll got = poll_next(chunks_reader_source_of(reader), cx, &piece, 1);
    if (!got.n)
        return got;
    weir_poll taken = chunks_reader_take(reader, cx, &piece);
    return taken.state == WEIR_READY ? (weir_poll){0, got.state} : taken;
}

/* What was joined: less than was reserved, and a piece. */
static size_t chunks_reader_memory_max(const weir_reader *reader)
{
    return weir_reader_room_max(reader, WEIR_BLOCK_BYTES);
}

static const weir_reader_ops chunks_reader_ops = {.size = sizeof chunks_reader_ops,
                                                  .name = "chunks_reader",
                                                  .poll_fill = chunks_poll_fill,
                                                  .memory_max = chunks_reader_memory_max};

weir_reader *weir_chunks_reader(weir_stream *source)
{
    source = weir_expect_type(source, "chunks_reader", "reader", &weir_type_piece);
    return weir_reader_over_stream(source, sizeof(weir_reader), &chunks_reader_ops);
}
