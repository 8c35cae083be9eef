/* weir/write.h: everything that is written to a writer beyond poll_write and poll_flush, and
 * writers over writers.
 *
 * Each operation is there twice. weir_poll_x() keeps what it needs in the caller's own variables:
 * who stops polling knows how far it came, and may go on later. weir_x() is a future over it, for
 * weir_run(), weir_await() and whatever takes a stream; it borrows the writer, and leaves it open.
 * There is no third form, and no Sink: nothing has to be asked for leave before it is written to,
 * and nothing is kept that the writer did not take.
 *
 * Shape: a future yields how many bytes are written, as uint64_t, unless its text says otherwise.
 * A poll form answers READY when the operation is complete; n is what this poll moved (at most
 * UINT32_MAX), PENDING and ERROR as everywhere. It ends its turn (PENDING, woken at once) when the
 * budget is spent. Nothing is held.
 * Errors: those of the writer, behind which it can only be given up; error.byte is how many bytes
 * of this operation were written before it. A writer that takes nothing of what it is offered:
 * CLOSED (Rust's WriteZero). Source: what Rust's AsyncWriteExt and tokio-util, and Go's io and
 * bufio have, under Rust's names.
 *
 *     weir_poll_write(), weir_poll_writev(), weir_poll_flush(), weir_poll_close()   weir/writer.h
 *     weir_stdout_writer()                                                          weir/file.h
 *     weir_copy(), weir_forward(), weir_send_all()                                  weir/writer.h
 */
#ifndef WEIR_WRITE_H
#define WEIR_WRITE_H

#include "weir/read.h"
#include "weir/writer.h"

struct iovec;

WEIR_BEGIN_C

/* ---- bytes ---- */

/* One write: the future yields how many bytes were taken, at least 1 of any that there are. Dropped
 * before, none were.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_memory_writer(&out, 100);
 *     p(weir_write(w, "hello", 5)); // -> 5
 *     p(weir_close(w)); // -> done
 *     p(as_text(out)); // -> hello
 *     weir_vec_drop(&out);
 *     weir_drop(w);
 */
WEIR_NEW weir_stream *weir_write(weir_writer *writer WEIR_KEEPS, const void *bytes WEIR_KEEPS,
                                 size_t n);
WEIR_NEW weir_stream *weir_writev(weir_writer *writer WEIR_KEEPS,
                                  const struct iovec *pieces WEIR_KEEPS, size_t n);

/* False: of several pieces only the first that is not empty is taken in one write.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_is_write_vectored(w)); // -> false
 *     weir_drop(w);
 */
WEIR_API bool weir_is_write_vectored(const weir_writer *writer);

/* Writes from *written on until all n bytes are written. *written is the caller's, 0 in the
 * beginning, and says at any time which prefix is written: who gave up goes on with the same
 * arguments. Empty: the writer is not called. The future may have no such number (NULL).
 * Source: write_all, and tokio's write_all_buf, which may be given up too.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_write_all(w, "hello", 5, NULL)); // -> 5
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_write_all(weir_writer *writer, weir_cx *cx, const void *bytes,
                                       size_t n, size_t *written) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_write_all(weir_writer *writer WEIR_KEEPS, const void *bytes WEIR_KEEPS,
                                     size_t n, size_t *written WEIR_KEEPS);

/* The same for pieces, one after the other, of which up to 16 are offered at once; *written counts
 * bytes, and the pieces are left as they are. Source: write_all_vectored, which changes them.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     struct iovec pieces[] = {{(char[]){"one"}, 3}, {(char[]){"two"}, 3}};
 *     p(weir_write_all_vectored(w, pieces, 2, NULL)); // -> 6
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_write_all_vectored(weir_writer *writer, weir_cx *cx,
                                                const struct iovec *pieces, size_t n,
                                                size_t *written) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_write_all_vectored(weir_writer *writer WEIR_KEEPS,
                                              const struct iovec *pieces WEIR_KEEPS, size_t n,
                                              size_t *written WEIR_KEEPS);

/* weir_poll_flush() and weir_poll_close() as futures of unit. A close never reads, and does not
 * drop the writer: that, and nothing else, is left to do. Source: flush; close, tokio's shutdown.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_memory_writer(&out, 100);
 *     p(weir_write_all(w, "hello", 5, NULL)); // -> 5
 *     p(weir_flush(w)); // -> done
 *     p(out.n); // -> 0
 *     p(weir_close(w)); // -> done
 *     p(out.n); // -> 5
 *     weir_vec_drop(&out);
 *     weir_drop(w);
 */
WEIR_NEW weir_stream *weir_flush(weir_writer *writer WEIR_KEEPS);
WEIR_NEW weir_stream *weir_close(weir_writer *writer WEIR_KEEPS WEIR_FINISHES);

/* ---- text ---- */

/* The longest text of one weir_printf(): its limit against a %s without end. */
enum { WEIR_PRINTF_BYTES_MAX = 1 << 20 };

/* The C library's printf, into memory, once, when it is called; then all of that is written.
 * Shape: holds the text. Errors: LIMIT, a longer text; then nothing was written.
 * Source: write_fmt, write!.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_memory_writer(&out, 100);
 *     p(weir_printf(w, "%d of %s", 3, "four")); // -> 9
 *     p(weir_close(w)); // -> done
 *     p(as_text(out)); // -> 3 of four
 *     weir_vec_drop(&out);
 *     weir_drop(w);
 */
WEIR_NEW weir_stream *weir_printf(weir_writer *writer WEIR_KEEPS, const char *format, ...)
    WEIR_PRINTF(2, 3);

/* What a text that is being written is kept in. All zero in the beginning, and again when it is
 * written; given up before, weir_printed_drop() releases it.
 *
 * Example:
 *     weir_printed printed = {0};
 *     weir_printed_drop(&printed);
 *     p(yes(printed.bytes)); // -> no
 */
typedef struct weir_printed {
    char *bytes;
    size_t n;
    size_t written; /* of them */
} weir_printed;
WEIR_API void weir_printed_drop(weir_printed *printed);

/* The poll form. The first call formats; later ones, until READY, go on with the same text and do
 * not look at what follows `printed`.
 *
 * Example:
 *     weir_printed printed = {0};
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_printf(w, cx(), &printed, "%d bytes", 12)); // -> READY 8
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_printf(weir_writer *writer, weir_cx *cx, weir_printed *printed,
                                    const char *format, ...) WEIR_PRINTF(4, 5) WEIR_MUST_USE;

/* ---- numbers ----
 *
 *     weir_poll weir_poll_write_u32_be(weir_writer *writer, weir_cx *cx, uint32_t value,
 *                                      size_t *written);
 *     weir_stream *weir_write_u32_be(weir_writer *writer, uint32_t value);
 *
 * and so for u8 i8 u16 i16 u32 i32 u64 i64 f32 f64, and u128 i128 where the compiler has them; _be:
 * the highest byte first, _le: the lowest. *written: as for weir_poll_write_all(). Over a small
 * weir_buf_writer() they cost no call of the system each. */

/* What the functions above are made of: n bytes of a number (at most 16) in the machine's order.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_memory_writer(&out, 100);
 *     p(weir_write_u16_be(w, 258)); // -> 2
 *     p(weir_write_u16_le(w, 258)); // -> 2
 *     p(weir_close(w)); // -> done
 *     p(weir_from_vec(&out)); // -> 1 2 2 1
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_write_number(weir_writer *writer, weir_cx *cx, const void *value,
                                          size_t n, bool big_endian, size_t *written) WEIR_MUST_USE;
WEIR_NEW weir_stream *weir_write_number(weir_writer *writer WEIR_KEEPS, const void *value, size_t n,
                                        bool big_endian);

#define WEIR_WRITE_NUMBER_(name_, T_, order_, big_endian_)                                         \
    static inline WEIR_MUST_USE weir_poll weir_poll_write_##name_##_##order_(                      \
        weir_writer *writer, weir_cx *cx, T_ value, size_t *written)                               \
    {                                                                                              \
        return weir_poll_write_number(writer, cx, &value, sizeof value, big_endian_, written);     \
    }                                                                                              \
    static inline WEIR_MUST_USE weir_stream *weir_write_##name_##_##order_(                        \
        weir_writer *writer WEIR_KEEPS, T_ value)                                                  \
    {                                                                                              \
        return weir_write_number(writer, &value, sizeof value, big_endian_);                       \
    }
#define WEIR_WRITE_BOTH_(name_, T_)                                                                \
    WEIR_WRITE_NUMBER_(name_, T_, be, true)                                                        \
    WEIR_WRITE_NUMBER_(name_, T_, le, false)
WEIR_READ_NUMBERS_(WEIR_WRITE_BOTH_)

/* ---- writers over writers: each takes the one below, and closes and drops it with itself ---- */

/* Rust's capacity, where nobody says better. */
enum { WEIR_BUFFER_BYTES = 8 << 10 };

/* Gathers small writes and passes them on together. What does not fit any more first passes on what
 * is held; a write of `capacity` bytes or more goes past the buffer, without a copy.
 * Shape: holds up to `capacity` bytes in a block that it has only while something is held; passes
 * it on by reference. What is held goes on when it is full, at a flush and at the close, in no time
 * otherwise: a copy flushes when its reader stalls. weir_unsent() counts it. Node's cork is this,
 * uncork a flush; several pieces at once are weir_poll_writev()'s.
 * Errors: ARGUMENT, of a capacity that is none from 1 byte to WEIR_MIN_MAX. Dropped with something
 * held, the writer below is given up, so that what was cut does not look whole.
 * Source: BufWriter; BufStream is weir_duplex with one of these as its writer.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_buf_writer(weir_memory_writer(&out, 100), 64);
 *     p(weir_write(w, "a", 1)); // -> 1
 *     p(weir_unsent(w)); // -> 1
 *     p(weir_close(w)); // -> done
 *     p(as_text(out)); // -> a
 *     weir_vec_drop(&out);
 *     weir_drop(w);
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_buf_writer(weir_writer *below WEIR_TAKES, size_t capacity);

/* The same, and passes on at once everything through the last newline that was written; of
 * several pieces, the whole one that has it. The writer below is not flushed by that. Of lines that
 * it takes in part nothing is held: the rest is offered again. Source: LineWriter, which holds it.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_line_writer(weir_memory_writer(&out, 100), 64);
 *     p(weir_write_all(w, "one\ntw", 6, NULL)); // -> 6
 *     p(weir_unsent(w)); // -> 2
 *     weir_drop(w);
 */
WEIR_MUST_FINISH
WEIR_NEW weir_writer *weir_line_writer(weir_writer *below WEIR_TAKES, size_t capacity);

/* Has `see` look at what goes by, each byte once, when the writer below has taken it: progress, a
 * checksum, a log. The kernel moves nothing past it.
 * Source: tokio-util InspectWriter; pv. How many bytes went through a writer so far is
 * weir_stage_n(&writer->stage) without it, and through a copy weir_copied().
 *
 * Example:
 *     size_t n = 0;
 *     weir_writer *w = weir_inspect_writer(weir_null_writer(), count_bytes, &n);
 *     p(weir_copy(text("hello"), w)); // -> 5
 *     p(n); // -> 5
 */
WEIR_NEW weir_writer *weir_inspect_writer(weir_writer *below WEIR_TAKES, weir_see_bytes *see,
                                          void *arg WEIR_KEEPS);

/* The same bytes to each of n writers. The slowest sets the pace: none is more than 64 KiB behind.
 * Shape: holds what one took and another did not, up to 64 KiB; usually nothing. No writers: it
 * takes everything, as weir_null_writer().
 * Errors: the first of any of them ends all: `writer 2 of 3: ...`; none is closed after it.
 * Owns: all of them; the array may be gone.
 * Source: Go's MultiWriter; fanout. Where one that fails must not end the others: weir_broadcast().
 *
 * Example:
 *     weir_vec a = {0}, b = {0};
 *     weir_writer *both[] = {weir_memory_writer(&a, 100), weir_memory_writer(&b, 100)};
 *     p(weir_copy(text("hello"), weir_multi_writer(both, 2))); // -> 5
 *     p(as_text(a)); // -> hello
 *     p(as_text(b)); // -> hello
 *     weir_vec_drop(&a);
 *     weir_vec_drop(&b);
 */
WEIR_NEW weir_writer *weir_multi_writer(weir_writer *const *writers WEIR_TAKES, size_t n);

/* A writer that stays the caller's: closing this one flushes that one and leaves it open, dropping
 * it does nothing. So weir_copy(reader, weir_writer_by_ref(out)) leaves `out` open for what comes
 * behind, where weir_copy(reader, out) would close it.
 * Errors: an error of the writer's is an error of both; one of a reader that was copied from here
 * leaves `out` as it is.
 * Source: by_ref, &mut W; Go's NopCloser.
 *
 * Example:
 *     weir_vec out = {0};
 *     weir_writer *w = weir_memory_writer(&out, 100);
 *     p(weir_copy(text("one "), weir_writer_by_ref(w))); // -> 4
 *     p(weir_copy(text("two"), w)); // -> 3
 *     p(as_text(out)); // -> one two
 *     weir_vec_drop(&out);
 */
WEIR_NEW weir_writer *weir_writer_by_ref(weir_writer *writer WEIR_KEEPS);

/* ---- what went by ---- */

/* Bytes that a weir_copy() has written so far; of anything else: 0.
 *
 * Example:
 *     weir_stream *copy = weir_copy(text("hello"), weir_null_writer());
 *     p(weir_by_ref(copy)); // -> 5
 *     p(weir_copied(copy)); // -> 5
 *     weir_drop(copy);
 */
WEIR_API uint64_t weir_copied(const weir_stream *copy);

typedef struct weir_word_counts {
    uint64_t bytes;
    uint64_t
        words; /* of `wc -w` in the C locale: with a printable character, between white space */
    uint64_t lines; /* newlines */
} weir_word_counts;

/* Counts the bytes, words and lines of a reader while they go by. *counts is set to 0 here; it is
 * about what came out of the source, of which the reader behind may have some still in hand: at the
 * end it is about all. Shape: the source's own bytes.
 *
 * Example:
 *     weir_word_counts counts;
 *     weir_reader *r = weir_word_count(text("to be or\nnot\n"), &counts);
 *     p(weir_copy(r, weir_null_writer())); // -> 13
 *     p(counts.words); // -> 4
 *     p(counts.lines); // -> 2
 */
WEIR_NEW weir_reader *weir_word_count(weir_reader *source WEIR_TAKES,
                                      weir_word_counts *counts WEIR_KEEPS);

WEIR_END_C

#endif
