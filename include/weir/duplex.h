/* weir/duplex.h: a reader and a writer that belong together: a connection, a child's ends, two ends
 * in memory. Each is a chain of its own: they go into different chains, are polled by different
 * tasks of one worker, and are dropped apart. */
#ifndef WEIR_DUPLEX_H
#define WEIR_DUPLEX_H

#include "weir/stream.h"
#include "weir/writer.h"

WEIR_BEGIN_C

/* Drops both halves.
 *
 * Example:
 *     weir_duplex ends[2];
 *     weir_duplex_pair(64, ends);
 *     weir_duplex_drop(ends[0]);
 *     p(ends[1].reader); // ->
 *     weir_drop(ends[1].writer);
 */
WEIR_API void weir_duplex_drop(weir_duplex duplex WEIR_TAKES);

/* Gives it up: the other side of a connection sees a reset, and takes nothing that was cut for
 * whole. Drops both halves.
 *
 * Example:
 *     weir_duplex ends[2];
 *     weir_duplex_pair(64, ends);
 *     weir_duplex_abort(ends[0]);
 *     p(ends[1].reader); // -> !CLOSED
 *     weir_drop(ends[1].writer);
 */
WEIR_API void weir_duplex_abort(weir_duplex duplex WEIR_TAKES);

/* Puts two halves together again. false: they are halves of two objects, and stay the caller's.
 *
 * Example:
 *     weir_duplex ends[2], whole;
 *     weir_duplex_pair(64, ends);
 *     p(weir_reunite(ends[0].reader, ends[0].writer, &whole)); // -> true
 *     weir_duplex_drop(whole);
 *     weir_duplex_drop(ends[1]);
 */
WEIR_API bool weir_reunite(weir_reader *reader, weir_writer *writer, weir_duplex *out);

/* ---- in memory ---- */

/* Two ends of a connection in memory: what is written to the one is read from the other. For tests
 * of protocols, and for parts of a program that talk as if there was a network between.
 * Shape: bytes in, the same bytes out. Each direction holds up to bytes_max that were written and
 * not asked for yet, besides what the reader has in hand; a full one is PENDING until the other
 * side fills. With nothing to read neither direction holds memory.
 * Units: bytes, from 1 to WEIR_MIN_MAX.
 * Errors: a writer that is closed, or dropped without an error, is the end at the other side, after
 * all bytes; so is a half-close. One that gives up (dropped after an error, weir_duplex_abort()) is
 * CLOSED there, after all bytes. Where the reader was dropped a write is CLOSED.
 * Owns: memory for both ends, which goes with the last half. All four halves belong to one worker.
 * Source: tokio duplex; Go net.Pipe, which has no room.
 *
 * Example:
 *     weir_duplex ends[2];
 *     weir_duplex_pair(64, ends);
 *     p(weir_write_all(ends[0].writer, "hello", 5, NULL)); // -> 5
 *     p(weir_close(ends[0].writer)); // -> done
 *     p(weir_take_reader(weir_reader_by_ref(ends[1].reader), 99)); // -> hello
 *     weir_duplex_drop(ends[0]);
 *     weir_duplex_drop(ends[1]);
 */
WEIR_API void weir_duplex_pair(size_t bytes_max, weir_duplex out[2]);

/* One direction of that: what is written to the writer is read from the reader. They are two ends,
 * not two halves of one: weir_reunite() refuses them.
 * Source: tokio simplex; Go io.Pipe, which has no room.
 *
 * Example:
 *     weir_duplex pipe = weir_byte_pipe(64);
 *     p(weir_copy(text("hello"), pipe.writer)); // -> 5
 *     p(pipe.reader); // -> hello
 */
WEIR_API weir_duplex weir_byte_pipe(size_t bytes_max) WEIR_MUST_USE;

/* Gives a writer up and says why: what is read at the other end of weir_byte_pipe() or
 * weir_duplex_pair() is this error, after all bytes. Other writers are dropped as after an error.
 * Source: Go CloseWithError.
 *
 * Example:
 *     weir_error error;
 *     weir_duplex pipe = weir_byte_pipe(64);
 *     weir_close_with_error(pipe.writer, weir_error_set(&error, WEIR_E_USER, "no more"));
 *     p(pipe.reader); // -> !USER
 */
WEIR_API void weir_close_with_error(weir_writer *writer WEIR_TAKES, const weir_error *error);

WEIR_END_C

#endif
