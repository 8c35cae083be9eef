/* weir/reader.h: where bytes come from. The buffer is in the interface: peek and consume are
 * inline, and a completion driver has memory that outlives the call. */
#ifndef WEIR_READER_H
#define WEIR_READER_H

#include "weir/implement.h"

typedef struct weir_reader_ops {
    const char *name;
    /* Makes at least min (> end - begin) bytes stand in [begin, end). READY: they do; if not, it
     * is called again within the budget. END: the input is over, what stands there is all. Only
     * this may move the bytes. n is not looked at. */
    weir_poll (*poll_fill)(weir_reader *reader, weir_cx *cx, size_t min);
    /* Optional. Releases what the reader owns besides its buffer. */
    void (*fini)(weir_reader *reader);
    /* Optional. Bytes still to come behind those in hand, as far as it is known. */
    weir_hint (*size_hint)(const weir_reader *reader);
    /* Optional. Takes note that somebody will ask for min up to `bytes` (a longest line). */
    bool (*reserve)(weir_reader *reader, size_t bytes);
    /* Optional. The file or address the bytes come from, for messages. *byte, an offset in what
     * this reader gives, becomes one in that place; NULL: none is known. */
    const char *(*place)(const weir_reader *reader, uint64_t *byte);
} weir_reader_ops;

struct weir_reader {
    weir_stage stage;
    const weir_reader_ops *ops;
    unsigned char *base; /* [base + begin, base + end) are the bytes in hand */
    size_t begin;
    size_t end;
    size_t room;     /* size of the block at base */
    size_t reserve;  /* the largest min that will be asked for */
    uint64_t offset; /* of begin, in the bytes this reader gives */
    bool owns_base;  /* released by weir_release(base, room) */
};

enum {
    WEIR_BLOCK_BYTES = 256 << 10, /* what readers of files ask the system for at once */
    WEIR_MIN_MAX = 64 << 20,      /* the longest line, frame or header */
    WEIR_RESERVE_BYTES = 4 << 10  /* reserved from the beginning */
};

/* The bytes in hand, without copying. They stand still until the next poll. */
static inline const unsigned char *weir_peek(const weir_reader *reader, size_t *n)
{
    *n = reader->end - reader->begin;
    return reader->base + reader->begin;
}

static inline void weir_consume(weir_reader *reader, size_t n)
{
    reader->begin += n;
    reader->offset += n;
    reader->stage.n += n;
}

/* READY: at least min bytes are in hand. END: the input is over and fewer than min are left (maybe
 * none). PENDING, ERROR as everywhere. n is the bytes in hand, at most UINT32_MAX.
 * Errors: LIMIT when min is above what was reserved. */
WEIR_API weir_poll weir_poll_fill(weir_reader *reader, weir_cx *cx, size_t min);

/* Copies up to size (> 0) bytes: what is in hand, else what one fill brings. n: how many. */
WEIR_API weir_poll weir_poll_read(weir_reader *reader, weir_cx *cx, void *out, size_t size);

/* Says that min may be up to `bytes` from now on; false: the limit WEIR_MIN_MAX (and a line's two
 * end bytes) or memory. */
WEIR_API bool weir_reader_reserve(weir_reader *reader, size_t bytes) WEIR_MUST_USE;

WEIR_API weir_hint weir_reader_size_hint(const weir_reader *reader);

/* Puts the place the bytes come from into an error that has none: a path, or with a stage on the
 * way that made other bytes of it, `path (stage)`. error->byte is an offset in what this reader
 * gives, and becomes one in the path. */
WEIR_API void weir_reader_place(const weir_reader *reader, weir_error *error);

/* A reader over memory that stays the caller's. Shape: all bytes are in hand at once. */
WEIR_API weir_reader *weir_memory_reader(const void *bytes WEIR_KEEPS, size_t n);

/* All of first, then all of second: `cat`. */
WEIR_API weir_reader *weir_chain_reader(weir_reader *first WEIR_TAKES,
                                        weir_reader *second WEIR_TAKES);

/* ---- for those who write readers ---- */

/* A reader of `size` zeroed bytes; over another reader, over a stream, or a source of its own. */
WEIR_API weir_reader *weir_reader_new(size_t size, const weir_reader_ops *ops);
WEIR_API weir_reader *weir_reader_over(weir_reader *source WEIR_TAKES, size_t size,
                                       const weir_reader_ops *ops);
WEIR_API weir_reader *weir_reader_over_stream(weir_stream *source WEIR_TAKES, size_t size,
                                              const weir_reader_ops *ops);

/* Makes room for `more` bytes behind end, moving what is in hand or growing the block up to what
 * was reserved and a block. NULL: no memory, or past that limit. Returns base + end. */
WEIR_API unsigned char *weir_reader_room(weir_reader *reader, size_t more) WEIR_MUST_USE;

/* Lets the block at base go, if it is the reader's own. Nothing may be in hand. */
WEIR_API void weir_reader_release(weir_reader *reader);

#endif
