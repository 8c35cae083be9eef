/* weir/reader.h: where bytes come from. The buffer is in the interface: peek and consume are
 * inline, and a completion driver has memory that outlives the call. */
#ifndef WEIR_READER_H
#define WEIR_READER_H

#include "weir/block.h"
#include "weir/implement.h"

WEIR_BEGIN_C

/* Where the kernel may take a reader's next bytes from, so that a copy need not touch them. */
typedef enum weir_raw_kind {
    WEIR_RAW_NONE, /* from nowhere: fill */
    WEIR_RAW_FILE,
    WEIR_RAW_PIPE,
    WEIR_RAW_SOCKET,
    WEIR_RAW_LATER /* from nowhere yet: fill, and ask again */
} weir_raw_kind;

#define WEIR_RAW_HERE UINT64_MAX /* an offset: where the descriptor stands */

typedef struct weir_raw {
    weir_raw_kind kind;
    int fd;
    uint64_t offset; /* of a file */
    /* Of a socket; or NULL. The kernel says once what its end was: a negative errno that came with
     * a move is stored here, and the next fill tells it. */
    int32_t *failed;
} weir_raw;

/* From where a seek counts. */
typedef enum weir_whence { WEIR_SEEK_START, WEIR_SEEK_CURRENT, WEIR_SEEK_END } weir_whence;

typedef struct weir_reader_ops {
    uint32_t size;    /* sizeof(weir_reader_ops) */
    const char *name; /* static text */
    /* Makes at least min (> end - begin) bytes stand in [begin, end). READY: they do; if not, it
     * is called again within the budget. END: the input is over, what stands there is all. Only
     * this may move the bytes. With nothing in hand it gives its block back before it answers
     * PENDING: an idle connection holds no buffer. n is not looked at. */
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
    /* Optional. Its further inputs, from 0; NULL: no more. */
    weir_stage *(*input)(const weir_reader *reader, size_t i);
    /* Optional. The most it holds outside of its arena, its block included. Unsaid: a block alone,
     * which takes up to reserve + WEIR_BLOCK_BYTES + WEIR_PADDING_BYTES. */
    size_t (*memory_max)(const weir_reader *reader);
    /* Optional; asked with nothing in hand. READY: *out says where the next bytes can be taken from
     * without passing through here (kind NONE: nowhere, also at the end: fill). PENDING: nothing is
     * there yet. What was taken is counted in reader->offset, and a fill goes on behind it.
     * stage.dry: nothing came from where it said last. One that reads from several may know another
     * place then, or fill: bytes in hand are as good. */
    weir_poll (*poll_raw)(weir_reader *reader, weir_cx *cx, weir_raw *out);
    /* Optional; asked with nothing in hand. READY: a fill would not wait. It takes no memory while
     * it waits. Unsaid: it is filled. */
    weir_poll (*poll_ready)(weir_reader *reader, weir_cx *cx);
    /* Optional; asked with nothing in hand. Up to n (> 0) bytes, without waiting: how many; 0 at
     * the end; WEIR_WOULD_BLOCK; or another negative value, and the next fill tells the error. */
    int64_t (*try_read)(weir_reader *reader, void *out, size_t n);
    /* Optional. READY: the other side has gone, or sends no more, though bytes may be left. Unsaid:
     * what its source says; a source: never. */
    weir_poll (*poll_hup)(weir_reader *reader, weir_cx *cx);
    /* Optional. The object whose half it is. */
    const void *(*half_of)(const weir_reader *reader);
    /* Optional. READY: it stands there, and reader->offset says where, from the start. What stood
     * in hand is dropped, unless it stands there too. PENDING, ERROR: it stands where it stood. */
    weir_poll (*poll_seek)(weir_reader *reader, weir_cx *cx, weir_whence whence, int64_t offset);
    /* Optional. Bytes behind those in hand that can be read without waiting, where it is known. */
    size_t (*readable)(const weir_reader *reader);
    /* Optional. What poll_raw would say, as far as it is known before it is asked. Unsaid: NONE. */
    weir_raw_kind (*raw_kind)(const weir_reader *reader);
} weir_reader_ops;

#define WEIR_WOULD_BLOCK INT64_MIN /* what a call says that does not wait */

struct weir_reader {
    weir_stage stage;
    const weir_reader_ops *ops;
    unsigned char *base; /* [base + begin, base + end) are the bytes in hand */
    size_t begin;
    size_t end;
    uint64_t offset;  /* of begin, in the bytes this reader gives */
    uint32_t room;    /* size of the block at base, where bytes may be written; else 0 */
    uint32_t reserve; /* the largest min that will be asked for */
    /* How the block at base goes; NULL: it is somebody else's. */
    void (*give_back)(weir_reader *reader);
    weir_block *block; /* the bytes in hand stand in it and may be kept by a reference; else NULL */
};

enum {
    WEIR_BLOCK_BYTES = 256 << 10, /* what readers of files ask the system for at once */
    /* The longest line, frame or header: against an input that never ends one, or lies about its
     * length, and would fill the memory. */
    WEIR_MIN_MAX = 64 << 20,
    WEIR_RESERVE_BYTES = 4 << 10, /* reserved from the beginning */
    WEIR_PADDING_BYTES = 64       /* behind `end`, where a reader says `padded` */
};

/* The bytes in hand, without copying. They stand still until the next poll. Where stage.padded is
 * set, WEIR_PADDING_BYTES behind them may be read too, whatever stands there: a scanner needs no
 * careful end. Unset, as in memory readers, it copies the last ones.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     size_t n;
 *     p(weir_poll_fill(r, cx(), 1)); // -> READY 5
 *     p(yes(*weir_peek(r, &n) == 'h')); // -> yes
 *     p(n); // -> 5
 *     weir_drop(r);
 */
static inline const unsigned char *weir_peek(const weir_reader *reader, size_t *n)
{
    *n = reader->end - reader->begin;
    return reader->base + reader->begin;
}

/* Uses up n of the bytes in hand, no more than weir_peek() said there are.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_poll_fill(r, cx(), 1)); // -> READY 5
 *     weir_consume(r, 3);
 *     p(r); // -> lo
 */
static inline void weir_consume(weir_reader *reader, size_t n)
{
    reader->begin += n;
    reader->offset += n;
    reader->stage.n += n; /* a reader's counters are its worker's: see weir_stage_n() */
}

/* READY: at least min bytes are in hand. END: the input is over and fewer than min are left (maybe
 * none). PENDING, ERROR as everywhere. n is the bytes in hand, at most UINT32_MAX.
 * Errors: LIMIT when min is above what was reserved.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_poll_fill(r, cx(), 5)); // -> READY 5
 *     p(weir_poll_fill(r, cx(), 6)); // -> END 5
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_fill(weir_reader *reader, weir_cx *cx, size_t min) WEIR_MUST_USE;

/* Copies up to size (> 0) bytes: what is in hand, else what one fill brings. n: how many.
 *
 * Example:
 *     char bytes[4];
 *     weir_reader *r = text("hello");
 *     p(weir_poll_read(r, cx(), bytes, 4)); // -> READY 4
 *     p(weir_poll_read(r, cx(), bytes, 4)); // -> READY 1
 *     p(weir_poll_read(r, cx(), bytes, 4)); // -> END
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_read(weir_reader *reader, weir_cx *cx, void *out,
                                  size_t size) WEIR_MUST_USE;

/* Says that min may be up to `bytes` from now on; false: the limit WEIR_MIN_MAX (and a line's two
 * end bytes) or memory.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_reader_reserve(r, 1 << 20)); // -> true
 *     weir_drop(r);
 */
WEIR_API bool weir_reader_reserve(weir_reader *reader, size_t bytes) WEIR_MUST_USE;

/* How many bytes are still to come, those in hand included, as far as it is known.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_reader_size_hint(r).lower); // -> 5
 *     weir_drop(r);
 */
WEIR_API weir_hint weir_reader_size_hint(const weir_reader *reader);

/* Puts the place the bytes come from into an error that has none: a path, or with a stage on the
 * way that made other bytes of it, `path (stage)`. error->byte is an offset in what this reader
 * gives, and becomes one in the path.
 *
 * Example:
 *     weir_error error;
 *     weir_reader *r = weir_file_reader(file("greeting.txt", "hello"));
 *     weir_error_set(&error, WEIR_E_CORRUPT, "no number");
 *     weir_reader_place(r, &error);
 *     p(error.place); // -> greeting.txt
 *     weir_drop(r);
 */
WEIR_API void weir_reader_place(const weir_reader *reader, weir_error *error);

/* Answers ERROR at the place where the reader stands now: its offset, path and stage. Fatal, unless
 * cx->error.fatal is set to false before returning. What every decoder's errors are made with.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_fail_at(cx(), r, WEIR_E_CORRUPT, "no number")); // -> ERROR
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_fail_at(weir_cx *cx, const weir_reader *reader, weir_code code,
                                const char *format, ...) WEIR_PRINTF(4, 5);

/* A reader over memory that stays the caller's. Shape: all bytes are in hand at once.
 *
 * Example:
 *     p(weir_memory_reader("hello", 4)); // -> hell
 */
WEIR_NEW weir_reader *weir_memory_reader(const void *bytes WEIR_KEEPS, size_t n);

/* All of first, then all of second: `cat`.
 *
 * Example:
 *     p(weir_chain_reader(text("one "), text("two"))); // -> one two
 */
WEIR_NEW weir_reader *weir_chain_reader(weir_reader *first WEIR_TAKES,
                                        weir_reader *second WEIR_TAKES);

/* ---- for those who write readers ---- */

/* A reader of `size` zeroed bytes: a source of its own, over another reader, or over a stream.
 * weir_reader_in: a source in an arena that was made before (NULL: it could not be).
 * weir_reader_with: the last line of a constructor with a further input, as weir_stream_with().
 *
 * Example:
 *     char bytes[8];
 *     static const weir_reader_ops ops = {.size = sizeof ops, .name = "mine"}; // its poll_fill
 *     weir_reader *r = weir_reader_new(sizeof(weir_reader), &ops);
 *     memcpy(weir_reader_room(r, 5), "hello", 5);
 *     r->end += 5;
 *     p(weir_poll_read(r, cx(), bytes, sizeof bytes)); // -> READY 5
 *     weir_drop(r);
 */
WEIR_NEW weir_reader *weir_reader_new(size_t size, const weir_reader_ops *ops);
WEIR_NEW weir_reader *weir_reader_over(weir_reader *source WEIR_TAKES, size_t size,
                                       const weir_reader_ops *ops);
WEIR_NEW weir_reader *weir_reader_over_stream(weir_stream *source WEIR_TAKES, size_t size,
                                              const weir_reader_ops *ops);
WEIR_NEW weir_reader *weir_reader_in(weir_arena *arena WEIR_TAKES, size_t size,
                                     const weir_reader_ops *ops);
WEIR_NEW weir_reader *weir_reader_with(weir_reader *reader WEIR_TAKES, const weir_stage *input);

/* Makes room for `more` bytes behind end, moving what is in hand or growing the block up to what
 * was reserved and a block. NULL: no memory, or past that limit. Returns base + end.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     memcpy(weir_reader_room(r, 5), ", you", 5);
 *     r->end += 5;
 *     p(r); // -> hello, you
 */
WEIR_API unsigned char *weir_reader_room(weir_reader *reader, size_t more) WEIR_MUST_USE;

/* What such blocks take at most, for memory_max, if `more` is the most that is asked for besides
 * what min itself lacks. Where a block has to grow, the old one stands beside the new one.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(yes(weir_reader_room_max(r, 100) >= 100)); // -> yes
 *     weir_drop(r);
 */
WEIR_API size_t weir_reader_room_max(const weir_reader *reader, size_t more);

/* Lets the block at base go, if it is the reader's own. Nothing may be in hand.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     weir_consume(r, 5);
 *     weir_reader_release(r);
 *     p((int)r->room); // -> 0
 *     weir_drop(r);
 */
WEIR_API void weir_reader_release(weir_reader *reader);

/* For a reader that passes another one's bytes on as they stand: tells `source` what was consumed
 * here since the last call, and lends what it has in hand. So its poll_fill is
 *
 *     weir_reader_lend(reader, source);
 *     weir_poll got = weir_poll_fill(source, cx, min);
 *     weir_reader_lend(reader, source);
 *     return got;
 *
 * Both count the same bytes: its constructor sets reader->offset to source->offset. Its `end` may
 * be lowered afterwards (a limit).
 *
 * Example:
 *     weir_reader *source = text("hello"), *r = text("");
 *     weir_reader_lend(r, source);
 *     weir_consume(r, 3);
 *     weir_reader_lend(r, source);
 *     p(source); // -> lo
 *     weir_drop(r);
 */
WEIR_API void weir_reader_lend(weir_reader *reader, weir_reader *source);

WEIR_END_C

#endif
