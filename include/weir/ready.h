/* weir/ready.h: waiting until bytes could be moved, apart from moving them. The path for those who
 * must not have a buffer while they wait: wait, take a buffer that all connections share, and move
 * what is there now.
 *
 *     for (;;) {
 *         weir_poll got = weir_poll_ready(reader, cx);       // holds no buffer while it waits
 *         if (got.state != WEIR_READY)
 *             return got;
 *         int64_t n;
 *         WEIR_CONTINUE_ON_BLOCK(n, weir_try_read(reader, shared, sizeof shared));
 *         ...
 *     }
 *
 * Whoever has no such need writes weir_poll_fill() or weir_poll_read(), which are that loop, and
 * hold no buffer while they wait either.
 *
 * Readiness is a hint: somebody else may have taken what was there, so what follows may still say
 * "would block". What is in hand is always ready first. All may be dropped at any time: waiting
 * takes nothing. Two holders of a connection have a half each; two that read from one half would
 * take each other's bytes.
 * Source: async Rust's Ready (nrc), tokio's AsyncFd and TcpStream::ready, try_read, try_write. */
#ifndef WEIR_READY_H
#define WEIR_READY_H

#include "weir/duplex.h"

struct iovec;

WEIR_BEGIN_C

/* What is waited for: any of these bits. */
typedef uint32_t weir_interest;
enum {
    WEIR_INTEREST_READ = 1,
    WEIR_INTEREST_WRITE = 2,
    WEIR_INTEREST_READ_WRITE = 3,
    WEIR_INTEREST_HUP = 4 /* the other side has gone, or sends no more */
};

/* What holds; the same bits. HUP may come unasked, and with bytes that are still to be read: who
 * does not look at it learns of the end by reading. PRI and ERROR are reserved: ignore what you do
 * not know. */
typedef uint32_t weir_readiness;
enum {
    WEIR_READINESS_READ = 1,
    WEIR_READINESS_WRITE = 2,
    WEIR_READINESS_HUP = 4,
    WEIR_READINESS_PRI = 8,
    WEIR_READINESS_ERROR = 16
};
WEIR_API extern const weir_type weir_type_readiness;

/* As text, with the rules of snprintf: "read|hup"; "none".
 *
 * Example:
 *     char out[32];
 *     p(weir_interest_text(WEIR_INTEREST_READ, out, sizeof out)); // -> 4
 *     p(out); // -> read
 */
WEIR_API size_t weir_interest_text(weir_interest interest, char *out, size_t size);
WEIR_API size_t weir_readiness_text(weir_readiness readiness, char *out, size_t size);

/* ---- waiting ---- */

/* READY: a fill would not wait: there are bytes, the end or an error; n is the bytes in hand.
 * A reader that has no way to wait without its bytes is filled, and gives its buffer back before it
 * answers PENDING as always; then an error is told here, and not again.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_poll_ready(r, cx())); // -> READY 5
 *     weir_drop(r);
 */
WEIR_API weir_poll weir_poll_ready(weir_reader *reader, weir_cx *cx) WEIR_MUST_USE;

/* READY: a write would not wait, or would fail.
 *
 * Example:
 *     weir_writer *w = weir_null_writer();
 *     p(weir_poll_room(w, cx())); // -> READY
 *     weir_drop(w);
 */
WEIR_API weir_poll weir_poll_room(weir_writer *writer, weir_cx *cx) WEIR_MUST_USE;

/* READY: the other side has gone, or sends no more, though bytes may be left: "the client left
 * while I compute". Of what has no other side (a file, memory): not before the end was read; nobody
 * would be woken.
 *
 * Example:
 *     weir_duplex ends[2];
 *     weir_duplex_pair(64, ends);
 *     weir_duplex_drop(ends[0]);
 *     p(weir_poll_hup(ends[1].reader, cx())); // -> READY
 *     weir_duplex_drop(ends[1]);
 */
WEIR_API weir_poll weir_poll_hup(weir_reader *reader, weir_cx *cx) WEIR_MUST_USE;

/* All of these as a future: yields the weir_readiness of what is so, at least one bit of the
 * interest, when the first of them is. A half that no interest is in may be NULL.
 * Shape: one item; holds nothing. Errors: ARGUMENT, of no interest, or in a half that is not there;
 * those of weir_poll_ready().
 * Owns: nothing; both halves stay the caller's, and may be polled meanwhile by who polls this.
 *
 * Example:
 *     weir_duplex pipe = weir_byte_pipe(64);
 *     p(weir_ready(pipe, WEIR_INTEREST_WRITE)); // -> write
 *     weir_duplex_drop(pipe);
 */
WEIR_NEW weir_stream *weir_ready(weir_duplex duplex WEIR_KEEPS, weir_interest interest);

/* ---- moving without waiting ---- */

/* What a call answers whose writer cannot write without waiting: poll it. */
#define WEIR_CANNOT_TRY (INT64_MIN + 1)

/* Up to n bytes: how many; 0: the end (or n was 0); WEIR_WOULD_BLOCK; or another negative value,
 * and the next fill tells the error. A reader that has no such way gives what is in hand, and would
 * block with nothing: weir_poll_ready() brings more.
 *
 * Example:
 *     char bytes[4];
 *     weir_reader *r = text("hello");
 *     p(weir_try_read(r, bytes, 4)); // -> 4
 *     p(weir_try_read(r, bytes, 4)); // -> 1
 *     weir_drop(r);
 */
WEIR_API int64_t weir_try_read(weir_reader *reader, void *out, size_t n);

/* The same into several pieces, each full before the next.
 *
 * Example:
 *     char a[2], b[8];
 *     struct iovec pieces[] = {{a, 2}, {b, 8}};
 *     weir_reader *r = text("hello");
 *     p(weir_try_readv(r, pieces, 2)); // -> 5
 *     weir_drop(r);
 */
WEIR_API int64_t weir_try_readv(weir_reader *reader, const struct iovec *pieces, size_t n);

/* Up to n bytes: how many were taken; WEIR_WOULD_BLOCK; WEIR_CANNOT_TRY; or another negative value,
 * and the next write tells the error.
 *
 * Example:
 *     weir_duplex pipe = weir_byte_pipe(4);
 *     p(weir_try_write(pipe.writer, "hello", 5)); // -> 4
 *     p(yes(weir_try_write(pipe.writer, "o", 1) == WEIR_WOULD_BLOCK)); // -> yes
 *     weir_duplex_drop(pipe);
 */
WEIR_API int64_t weir_try_write(weir_writer *writer, const void *bytes, size_t n);

/* The same from several pieces, one after the other.
 *
 * Example:
 *     struct iovec pieces[] = {{(char[]){"one"}, 3}, {(char[]){"two"}, 3}};
 *     weir_duplex pipe = weir_byte_pipe(64);
 *     p(weir_try_writev(pipe.writer, pieces, 2)); // -> 6
 *     weir_duplex_drop(pipe);
 */
WEIR_API int64_t weir_try_writev(weir_writer *writer, const struct iovec *pieces, size_t n);

/* 0: all that was taken has gone on; else as a write's. CANNOT_TRY: one of the writers holds bytes
 * (a weir_buf_writer()) that only a weir_poll_flush() passes on.
 *
 * Example:
 *     weir_duplex pipe = weir_byte_pipe(64);
 *     p(weir_try_flush(pipe.writer)); // -> 0
 *     weir_duplex_drop(pipe);
 */
WEIR_API int64_t weir_try_flush(weir_writer *writer);

/* n = call, and where that would block the loop around it begins anew. Would-block is a value and
 * no error, so that errors go their own way. */
#define WEIR_CONTINUE_ON_BLOCK(n_, call_)                                                          \
    if (((n_) = (call_)) == WEIR_WOULD_BLOCK)                                                      \
        continue;                                                                                  \
    else                                                                                           \
        (void)0

/* ---- hints ---- */

/* How many bytes can be read without waiting, as far as it is known: those in hand, and what a pipe
 * or a socket has. One may size a buffer by it.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(weir_readable_bytes(r)); // -> 5
 *     weir_drop(r);
 */
WEIR_API size_t weir_readable_bytes(const weir_reader *reader);

/* READ: there are such bytes, or the end was seen. Asks nobody, and stores no waker.
 *
 * Example:
 *     weir_reader *r = text("hello");
 *     p(yes(weir_readiness_of(r) & WEIR_READINESS_READ)); // -> yes
 *     weir_drop(r);
 */
WEIR_API weir_readiness weir_readiness_of(const weir_reader *reader);

WEIR_END_C

#endif
