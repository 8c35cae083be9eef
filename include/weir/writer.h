/* weir/writer.h: where bytes go, and the copy that joins a reader to a writer.
 *
 * A writer that is dropped without having been closed gives up: a file sink leaves nothing
 * behind. Closing is what makes the bytes count. */
#ifndef WEIR_WRITER_H
#define WEIR_WRITER_H

#include "weir/reader.h"

struct iovec;

WEIR_BEGIN_C

typedef struct weir_writer_ops {
    uint32_t size;    /* sizeof(weir_writer_ops) */
    const char *name; /* static text */
    /* Takes up to n (> 0) bytes. READY with n: how many. PENDING and ERROR took none. */
    weir_poll (*poll_write)(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n);
    /* Optional. READY: everything taken has gone on. */
    weir_poll (*poll_flush)(weir_writer *writer, weir_cx *cx);
    /* Optional. END: flushed, and the other side knows that nothing more comes (for a file: it
     * stands under its name). */
    weir_poll (*poll_close)(weir_writer *writer, weir_cx *cx);
    /* Optional. Releases what it owns; not closed: gives up. */
    void (*fini)(weir_writer *writer);
    /* Optional. Its further inputs, from 0 (a writer over another one); NULL: no more. */
    weir_stage *(*input)(const weir_writer *writer, size_t i);
    /* Optional. The most it holds. */
    size_t (*memory_max)(const weir_writer *writer);
    /* Optional. READY: what it writes to is there; what is wrong with it is an error now. Not
     * called: it opens at the first write, flush or close. */
    weir_poll (*poll_open)(weir_writer *writer, weir_cx *cx);
    /* Optional. Has the kernel move bytes from there to where a write would put them. READY with n:
     * how many; 0: it cannot, or there are none: read and write, and whatever is wrong with either
     * side will be told by that. PENDING: nothing can be moved yet. ERROR: as a write's. */
    weir_poll (*poll_move)(weir_writer *writer, weir_cx *cx, const weir_raw *from);
    /* Optional. As poll_write, of bytes that stand in a block: what was taken is kept by a
     * reference, and may be sent later without a copy. */
    weir_poll (*poll_give)(weir_writer *writer, weir_cx *cx, weir_block *block, const void *bytes,
                           size_t n);
    /* Optional. As poll_write, of several pieces (n > 0, of which the first is not empty), one
     * after the other. Unsaid: the first piece alone. */
    weir_poll (*poll_writev)(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                             size_t n);
    /* Optional. READY: a write would not wait, or would fail. Unsaid: always. */
    weir_poll (*poll_room)(weir_writer *writer, weir_cx *cx);
    /* Optional. Up to n (> 0) bytes, without waiting: how many; WEIR_WOULD_BLOCK; or another
     * negative value, and the next write tells the error. */
    int64_t (*try_write)(weir_writer *writer, const void *bytes, size_t n);
    /* Optional. Bytes it took that went no further yet. */
    size_t (*unsent)(const weir_writer *writer);
    /* Optional. The object whose half it is. */
    const void *(*half_of)(const weir_writer *writer);
    /* Optional. By which call poll_move would move them; static text. NULL: it would not. */
    const char *(*moves_by)(const weir_writer *writer, weir_raw_kind from);
    /* Optional. The most that poll_settle makes of it. Unsaid: SENT. */
    weir_strength (*strength)(const weir_writer *writer);
    /* Optional. READY: all that was taken is as safe as that, which is no more than `strength`
     * says, and at least SENT. ERROR: it is not known how much of it is. Unsaid: a flush. */
    weir_poll (*poll_settle)(weir_writer *writer, weir_cx *cx, weir_strength strength);
} weir_writer_ops;

struct weir_writer {
    weir_stage stage; /* stage.n: bytes taken so far */
    const weir_writer_ops *ops;
};

/* READY: it is open; again and again. What copies calls it before it asks its source for anything,
 * so that a sink that cannot be had is told at once, and not when the first byte comes.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_open(w, cx())); // -> READY
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_open(weir_writer *writer, weir_cx *cx) WEIR_MUST_USE;
/* READY with n >= 1 bytes taken; PENDING or ERROR took none. Errors: CLOSED after close or after
 * an error.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_write(w, cx(), "hello", 5)); // -> READY 5
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes,
                                   size_t n) WEIR_MUST_USE;
/* Moves bytes of the reader's, of which none are in hand, without looking at them. READY with n:
 * so many went from the one to the other, counted on both sides; 0: these two cannot, or the reader
 * is over: fill, and write what came. PENDING, and ERROR of either side.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_move(w, cx(), r)); // -> READY
 *     weir_drop(r);
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_move(weir_writer *writer, weir_cx *cx,
                                  weir_reader *reader) WEIR_MUST_USE;
/* The same for bytes that stand in a block (NULL: in none): a writer that sends them later keeps
 * the block, and copies nothing.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_give(w, cx(), NULL, "hello", 5)); // -> READY 5
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_give(weir_writer *writer, weir_cx *cx, weir_block *block,
                                  const void *bytes, size_t n) WEIR_MUST_USE;
/* The same for pieces, one after the other; n counts bytes, and may end inside of a piece. A writer
 * without poll_writev takes of the first that is not empty.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     struct iovec pieces[] = {{(char[]){"one"}, 3}, {(char[]){"two"}, 3}};
 *     p(weir_poll_writev(w, cx(), pieces, 2)); // -> READY 3
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                                    size_t n) WEIR_MUST_USE;
/* Writes what the reader has in hand (> 0 bytes), by reference where both can, and consumes what
 * was taken. n, and errors, as a write's.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_fill(r, cx(), 1)); // -> READY 5
 *     p(weir_poll_pass(w, cx(), r)); // -> READY 5
 *     weir_drop(r);
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_pass(weir_writer *writer, weir_cx *cx,
                                  weir_reader *reader) WEIR_MUST_USE;
WEIR_API weir_poll weir_poll_flush(weir_writer *writer, weir_cx *cx) WEIR_MUST_USE;
/* The most that it can promise of what it took, while it is open.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(yes(weir_writer_strength(w) == WEIR_STRENGTH_SENT)); // -> yes
 *     weir_drop(w);
 */
WEIR_API weir_strength weir_writer_strength(const weir_writer *writer);
/* READY: all that was taken is so safe. Errors: ARGUMENT where the writer promises less; those of a
 * flush, and of the disk. After an error nobody knows what is safe, and nothing more is taken.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_writer_settle(w, cx(), WEIR_STRENGTH_SENT)); // -> READY
 *     p(weir_writer_settle(w, cx(), WEIR_STRENGTH_DURABLE)); // -> ERROR
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_writer_settle(weir_writer *writer, weir_cx *cx,
                                      weir_strength strength) WEIR_MUST_USE;
/* END when it is closed; again and again.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_close(w, cx())); // -> END
 *     p(weir_poll_close(w, cx())); // -> END
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_close(weir_writer *writer WEIR_FINISHES, weir_cx *cx) WEIR_MUST_USE;

/* Drops it. Where it was not closed, what it took is cut: a file is left as it was, and the peer of
 * a connection sees a reset, so that it takes nothing for whole.
 *
 * Example:
 *     weir_duplex pipe = weir_byte_pipe(64);
 *     weir_writer_give_up(pipe.writer);
 *     p(pipe.reader); // -> !CLOSED
 */
WEIR_API void weir_writer_give_up(weir_writer *writer WEIR_TAKES);

/* Bytes that were taken and went no further yet: lost, if it is dropped now.
 *
 * Example:
 *     weir_writer *w = weir_buf_writer(weir_null_writer(), 64);
 *     p(weir_write(w, "hello", 5)); // -> 5
 *     p(weir_unsent(w)); // -> 5
 *     p(weir_flush(w)); // -> done
 *     p(weir_unsent(w)); // -> 0
 *     weir_drop(w);
 */
WEIR_API size_t weir_unsent(const weir_writer *writer);

/* Appends to memory that grows up to bytes_max (against a source without end). When it is closed
 * *out holds the bytes (a weir_vec of uint8_t, the caller's from then on).
 *
 * Example:
 *     weir_vec out = {0};
 *     p(weir_copy(text("hello"), weir_memory_writer(&out, 100))); // -> 5
 *     p(as_text(out)); // -> hello
 *     weir_vec_drop(&out);
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_memory_writer(weir_vec *out WEIR_KEEPS, size_t bytes_max WEIR_UNBOUNDED);

/* Takes everything, keeps nothing.
 *
 * Example:
 *     p(weir_copy(text("hello"), weir_null_writer())); // -> 5
 */
WEIR_NEW weir_writer *weir_null_writer(void);

/* A writer's beginning; `size` zeroed bytes in an arena of its own. weir_writer_in: in one that was
 * made before (NULL: it could not be).
 *
 * Example:
 *     static const weir_writer_ops ops = {.size = sizeof ops, .name = "mine"}; // its poll_write
 *     weir_writer *w = weir_writer_new(sizeof(weir_writer), &ops);
 *     p(weir_poll_open(w, cx())); // -> READY
 *     weir_drop(w);
 */
WEIR_NEW weir_writer *weir_writer_new(size_t size, const weir_writer_ops *ops);
WEIR_NEW weir_writer *weir_writer_in(weir_arena *arena WEIR_TAKES, size_t size,
                                     const weir_writer_ops *ops);
/* One that passes its bytes on to another, in the arena of that one, which is dropped with it:
 * after an error, or weir_duplex_abort(), as one that is given up. `below` failed: it is returned.
 * weir_writer_with: the last line of a constructor with a further writer or a borrowed one, as
 * weir_stream_with().
 *
 * Example:
 *     static const weir_writer_ops ops = {.size = sizeof ops, .name = "mine"}; // its poll_write
 *     weir_writer *w = weir_writer_over(weir_null_writer(), sizeof(weir_writer), &ops);
 *     p(weir_stage_name(weir_stage_input(&w->stage, 0))); // -> null
 *     weir_drop(w);
 */
WEIR_NEW weir_writer *weir_writer_over(weir_writer *below WEIR_TAKES, size_t size,
                                       const weir_writer_ops *ops);
WEIR_NEW weir_writer *weir_writer_with(weir_writer *writer WEIR_TAKES, const weir_stage *input);

/* The writer that one passes its bytes on to. Only for those that were made by weir_writer_over().
 *
 * Example:
 *     weir_writer *w = weir_buf_writer(weir_null_writer(), 64);
 *     p(weir_stage_name(&weir_writer_below(w)->stage)); // -> null
 *     weir_drop(w);
 */
static inline weir_writer *weir_writer_below(const weir_writer *writer)
{
    return (weir_writer *)writer->stage.source;
}

/* Moves all bytes of the reader into the writer, flushes when the reader stalls, closes the writer
 * at the end and yields the number of bytes, as uint64_t.
 * Shape: no buffer of its own: the reader's bytes are what is written. From a file, a pipe or a
 * connection to another one the kernel moves them where it can, if no stage stands between, but not
 * from a pipe or a connection to a file: weir_copy_plan(). What it moved from a file are the file's
 * own pages until somebody reads them there. From connection to connection they go through a pipe,
 * which holds up to 1 MiB while its peer does not read.
 * Errors: of either side; error.byte is the number of bytes that were written, unless the error
 * names a byte of its own (of a gzip file, say): weir_copied() says it then. So an error comes with
 * the count, as Go's does.
 * Owns: both; after an error, and dropped before its end, the writer is given up. Polled again
 * later it goes on where it stopped; over weir_reader_by_ref() and weir_writer_by_ref() one that is
 * dropped has lost nothing either: what was read is written, or the reader's. Source: tokio copy
 * (its flush when the reader stalls), copy_buf, io.Copy; it closes its writer, which
 * weir_writer_by_ref() keeps open. copy_buf_abortable is weir_abortable() over it, CopyN
 * weir_take_reader() before it, Node's pipeline and pipe are it.
 *
 * Example:
 *     weir_vec out = {0};
 *     p(weir_copy(text("hello"), weir_memory_writer(&out, 100))); // -> 5
 *     p(as_text(out)); // -> hello
 *     weir_vec_drop(&out);
 *     p(weir_copy(text("hello"), weir_memory_writer(&out, 4))); // -> !LIMIT
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_copy(weir_reader *reader WEIR_TAKES, weir_writer *writer WEIR_TAKES);

/* Which way the bytes of a weir_copy() would go: "copy_file_range", "sendfile", "splice", "splice
 * through a pipe of 1 MiB", or "blocks", which is what all go by where the kernel refuses, and what
 * a connection sends before 256 KiB came without a pause. Static text; NULL: it is no copy.
 *
 * Example:
 *     weir_stream *copy = weir_copy(text("hello"), weir_null_writer());
 *     p(weir_copy_plan(copy)); // -> blocks
 *     weir_drop(copy);
 */
WEIR_API const char *weir_copy_plan(const weir_stream *copy);

/* The same for a stream of weir_line or weir_owned_line: the bytes of each item, one after the
 * other, with no separator. Yields the number of bytes. Shape: gathers short items in a block of 64
 * KiB; long ones are written from where they stand. Errors: before any error of the source the
 * bytes of all items before it are written and flushed. ARGUMENT where items come with marks and
 * the writer makes nothing durable before its end, while the source may have none. Marks: settled
 * in groups, each when all before it is durable: see weir_forward_with().
 *
 * Example:
 *     weir_vec out = {0};
 *     p(weir_forward(lines("one\ntwo\n"), weir_memory_writer(&out, 100))); // -> 6
 *     p(as_text(out)); // -> onetwo
 *     weir_vec_drop(&out);
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_forward(weir_stream *source WEIR_TAKES, weir_writer *writer WEIR_TAKES);

/* How marks are settled: when the source has nothing now, when so many stand, or when so much time
 * has passed since the oldest came. Then the writer makes what it took so safe, and all marks of
 * the group are kept; where it fails none is. */
typedef struct weir_forward_options {
    uint32_t size;          /* sizeof(weir_forward_options) */
    uint32_t marks_max;     /* of a group; 0: 8 */
    weir_strength strength; /* 0: WEIR_STRENGTH_DURABLE. A writer that promises less is refused */
    uint64_t settle_ns;     /* 0: 200 ms */
} weir_forward_options;
#define WEIR_FORWARD_OPTIONS(...)                                                                  \
    ((weir_forward_options){.size = sizeof(weir_forward_options), __VA_ARGS__})

/* weir_forward(), which says how. options NULL: the defaults.
 *
 * Example:
 *     p(weir_forward_with(lines("one\ntwo\n"), weir_null_writer(), NULL)); // -> 6
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_forward_with(weir_stream *source WEIR_TAKES,
                                        weir_writer *writer WEIR_TAKES,
                                        const weir_forward_options *options);

/* The same into a writer that stays the caller's: flushed at the end, and not closed, so that more
 * can be written. Dropped before that: what was gathered and not written is lost, as are the items.
 * Source: futures send_all.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_send_all(lines("one\ntwo\n"), w)); // -> 6
 *     p(weir_close(w)); // -> done
 *     weir_drop(w);
 */
WEIR_ITEM(uint64_t)
WEIR_NEW weir_stream *weir_send_all(weir_stream *source WEIR_TAKES, weir_writer *writer WEIR_KEEPS);

WEIR_END_C

#endif
