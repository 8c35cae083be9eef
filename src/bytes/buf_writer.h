/* What the buffered and the line writer share: a block in which small writes are gathered. */
#ifndef WEIR_BYTES_BUF_WRITER_H
#define WEIR_BYTES_BUF_WRITER_H

#include "weir/writer.h"

struct iovec;

struct weir_buf_writer {
    weir_writer writer;
    size_t capacity;
    weir_block *block; /* NULL: nothing is held */
    size_t begin;      /* of the block, [begin, end) is held: it goes first */
    size_t end;
};

static inline struct weir_buf_writer *weir_buf_of(const weir_writer *writer)
{
    return WEIR_CONTAINER(writer, struct weir_buf_writer, writer);
}

/* A writer of this kind, with ops of its own. */
weir_writer *weir_buf_writer_new(weir_writer *below WEIR_TAKES, size_t capacity,
                                 const weir_writer_ops *ops);

/* READY: nothing is held. */
weir_poll weir_buf_push(struct weir_buf_writer *self, weir_cx *cx);

/* Appends what there is room for; false: no memory. */
bool weir_buf_append(struct weir_buf_writer *self, const void *bytes, size_t *n);

weir_poll weir_buf_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n);
weir_poll weir_buf_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                               size_t n);
weir_poll weir_buf_no_memory(const struct weir_buf_writer *self, weir_cx *cx);

/* The rest of the ops are the same. */
weir_poll weir_buf_poll_flush(weir_writer *writer, weir_cx *cx);
weir_poll weir_buf_poll_close(weir_writer *writer, weir_cx *cx);
weir_poll weir_buf_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength);
weir_poll weir_buf_poll_move(weir_writer *writer, weir_cx *cx, const weir_raw *from);
const char *weir_buf_moves_by(const weir_writer *writer, weir_raw_kind from);
weir_poll weir_buf_poll_room(weir_writer *writer, weir_cx *cx);
int64_t weir_buf_try_write(weir_writer *writer, const void *bytes, size_t n);
void weir_buf_fini(weir_writer *writer);
size_t weir_buf_memory_max(const weir_writer *writer);
size_t weir_buf_unsent(const weir_writer *writer);

#define WEIR_BUF_OPS(called_, write_, writev_, ...)                                                \
    {                                                                                              \
        .size = sizeof(weir_writer_ops), .name = called_, .poll_write = write_,                    \
        .poll_flush = weir_buf_poll_flush, .poll_close = weir_buf_poll_close,                      \
        .fini = weir_buf_fini, .memory_max = weir_buf_memory_max, .poll_open = weir_below_open,    \
        .poll_move = weir_buf_poll_move, .moves_by = weir_buf_moves_by, .poll_writev = writev_,    \
        .poll_room = weir_buf_poll_room, .unsent = weir_buf_unsent, .half_of = weir_below_half_of, \
        .strength = weir_below_strength, .poll_settle = weir_buf_poll_settle, __VA_ARGS__          \
    }

#endif
