/* Bytes of an answer on HTTP/2 that wait until the session asks for them: copies, and blocks that
 * are kept as they came. And what a connection takes with all of that. */

#ifdef WEIR_HAVE_NGHTTP2
#include <string.h>

#include "http/http2.h"

static size_t http2_queue_least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static struct weir_http2_piece *piece_at(struct weir_http2_stream *stream, uint32_t i)
{
    return &stream->out[(stream->out_at + i) % WEIR_HTTP2_QUEUE_PIECES];
}

static void pop_piece(struct weir_http2_stream *stream)
{
    weir_block_unref(piece_at(stream, 0)->block);
    stream->out_at = (stream->out_at + 1) % WEIR_HTTP2_QUEUE_PIECES;
    stream->out_pieces--;
    if (!stream->out_pieces)
        stream->out_room = 0;
}

static size_t take_queued(struct weir_http2_stream *stream, unsigned char *to, size_t n)
{
    struct weir_http2_piece *piece = piece_at(stream, 0);
    n = http2_queue_least(n, piece->n);
    memcpy(to, piece->bytes, n);
    piece->bytes += n;
    piece->n -= n;
    stream->out_n -= n;
    if (!piece->n)
        pop_piece(stream);
    return n;
}

/* What is lent stands behind what is queued. */
void weir_http2_take(struct weir_http2_stream *stream, unsigned char *to, size_t n)
{
    while (n && stream->out_n) {
        size_t some = take_queued(stream, to, n);
        to += some;
        n -= some;
    }
    if (!n)
        return;
    memcpy(to, stream->lent, n);
    stream->lent += n;
    stream->lent_n -= n;
}

void weir_http2_forget_out(struct weir_http2_stream *stream)
{
    while (stream->out_pieces)
        pop_piece(stream);
    stream->out_n = stream->lent_n = stream->out_room = 0;
}

struct weir_http2_piece *weir_http2_push_piece(struct weir_http2_stream *stream, weir_block *block,
                                               const unsigned char *bytes)
{
    struct weir_http2_piece *piece = piece_at(stream, stream->out_pieces++);
    *piece = (struct weir_http2_piece){block, bytes, 0};
    stream->out_room = 0;
    return piece;
}

bool weir_http2_is_full(const struct weir_http2_stream *stream)
{
    return stream->out_n >= WEIR_HTTP2_QUEUE_BYTES ||
           (stream->out_pieces == WEIR_HTTP2_QUEUE_PIECES && !stream->out_room);
}

/* In front of what waits the clock stands still. */
void weir_http2_note_queued(struct weir_http2_stream *stream, weir_cx *cx)
{
    struct weir_http2 *self = stream->connection;
    if (stream->out_n || stream->lent_n)
        return;
    stream->moved_ns = cx->now_ns;
    weir_http2_due(self, weir_after_ns(cx->now_ns, self->config.options.write_ns));
    weir_http2_arm(self, cx);
}

/* How many it took; 0: no memory. It is not full. */
size_t weir_http2_queue_copy(struct weir_http2_stream *stream, const unsigned char *bytes, size_t n)
{
    n = http2_queue_least(n, WEIR_HTTP2_QUEUE_BYTES - stream->out_n);
    if (!stream->out_room) {
        size_t size = stream->out_n ? WEIR_HTTP2_BLOCK_BYTES : n; /* more may come, too */
        size = size < WEIR_HTTP2_BLOCK_BYTES_MIN ? WEIR_HTTP2_BLOCK_BYTES_MIN : size;
        weir_block *block = weir_block_new(0, http2_queue_least(size, WEIR_HTTP2_BLOCK_BYTES));
        if (!block)
            return 0;
        weir_http2_push_piece(stream, block, block->data);
        stream->out_room = block->size;
    }
    struct weir_http2_piece *piece = piece_at(stream, stream->out_pieces - 1);
    n = http2_queue_least(n, stream->out_room);
    memcpy(piece->block->data + piece->block->size - stream->out_room, bytes, n);
    piece->n += n;
    stream->out_room -= n;
    stream->out_n += n;
    return n;
}

/* ---- what it takes ---- */

/* Of nghttp2: the session with its tables and buffers, and of each stream. */
enum { SESSION_BYTES = 160 << 10, STREAM_BYTES = 2 << 10 };

static size_t http2_queue_block_bytes(size_t size)
{
    return sizeof(weir_block) + size + WEIR_PADDING_BYTES;
}

size_t weir_http2_memory_max(const struct weir_http_config *config)
{
    const weir_http_options *o = &config->options;
    size_t head = 2 * ((size_t)o->head_bytes_max + 2 * o->headers_max * sizeof(weir_header));
    size_t queue = http2_queue_block_bytes(WEIR_HTTP2_QUEUE_BYTES) +
                   WEIR_HTTP2_QUEUE_PIECES * http2_queue_block_bytes(WEIR_HTTP2_BLOCK_BYTES_MIN);
    size_t stream = sizeof(struct weir_http2_stream) + STREAM_BYTES + head +
                    2 * WEIR_HTTP2_TRAILERS + queue +
                    http2_queue_block_bytes(WEIR_HTTP2_BLOCK_BYTES);
    size_t windows = 4 * ((size_t)o->window_bytes + o->window_bytes / 8);
    return sizeof(struct weir_http2) + sizeof(weir_error) + SESSION_BYTES + windows +
           2 * http2_queue_block_bytes(WEIR_HTTP2_BULK_BYTES) + 2 * o->streams_max * stream;
}
#endif
