/* weir/paced.h: readers and writers that have to do with time: a rate, a meter, a buffer that runs
 * ahead, and how long nothing may happen. They go by the clock of whoever polls them, as
 * weir/timed.h does; where there is none they answer with an error, ARGUMENT. */
#ifndef WEIR_PACED_H
#define WEIR_PACED_H

#include "weir/reader.h"
#include "weir/writer.h"

WEIR_BEGIN_C

/* No more than a rate allows, by a bucket of tokens, one a byte, that is full at first: bytes_per_s
 * of them come each second, evenly, and it holds `burst`. No part of a token is lost to rounding,
 * however often it is asked.
 * Shape: passes its source's bytes on as they stand; where more are wanted at once than there are
 * tokens it waits for them, or for what comes in a millisecond if that is more (and the bucket
 * holds it): then it is woken a thousand times a second at most.
 * Units: bytes, and bytes a second, below 2^64 / 10^9.
 * Errors: bytes_per_s or burst of 0, a bytes_per_s that is too much. Owns: the source.
 * Source: pv -L, trickle; of items it is weir_throttle_rate().
 *
 * Example:
 *     p(weir_rate_bytes(text("hello"), 1000, 1)); // -> hello
 */
WEIR_NEW weir_reader *weir_rate_bytes(weir_reader *source WEIR_TAKES, uint64_t bytes_per_s,
                                      uint64_t burst);

/* What a meter tells. */
typedef struct weir_metered {
    uint32_t size;        /* sizeof(weir_metered) */
    bool over;            /* the last time: the end came */
    uint64_t bytes;       /* that passed since the beginning */
    uint64_t ns;          /* ... and how long that took */
    uint64_t bytes_since; /* since it was told before */
    uint64_t ns_since;
    weir_hint left; /* bytes that are still to come, as far as it is known */
} weir_metered;
typedef void weir_meter_fn(void *arg, const weir_metered *metered);

/* Counts the bytes that pass and tells fn of it every so often, also while none do, and at the end.
 * Shape: passes its source's bytes on as they stand, and has the kernel move them where that can.
 * What is counted was consumed, or moved; at the end: all.
 * Errors: every_ns == 0. After an error, or a drop, it tells nothing more.
 * Owns: the source. fn is called inside of a poll: it must not wait, nor touch the chain.
 * Source: pv; tokio-util InspectReader, which is told of each read.
 *
 * Example:
 *     uint64_t told = 0;
 *     p(weir_meter(text("hello"), note_bytes, &told, 10 * MS)); // -> hello
 *     p(told); // -> 5
 */
WEIR_NEW weir_reader *weir_meter(weir_reader *source WEIR_TAKES, weir_meter_fn *fn,
                                 void *arg WEIR_KEEPS, uint64_t every_ns);

/* Runs its source ahead, up to bytes_max, while its consumer is busy with something else: a sink
 * that is full, a stage that waits. As weir_buffer() does it for items: after each turn of the task
 * that ended with PENDING; a consumer that never waits sees nothing of it.
 * Shape: holds up to bytes_max bytes besides those in hand; each is copied once. While there are
 * none it holds no memory.
 * Errors: bytes_max == 0. One of the source stands behind the bytes before it.
 * Owns: the source. Source: mbuffer, pv -B; Akka's buffer of bytes.
 *
 * Example:
 *     p(weir_buffer_bytes(text("hello"), 1 << 16)); // -> hello
 */
WEIR_NEW weir_reader *weir_buffer_bytes(weir_reader *source WEIR_TAKES,
                                        size_t bytes_max WEIR_UNBOUNDED);

/* Fails where no byte comes for so long while somebody waits for one: a peer that went away without
 * a word. Each byte begins it anew; the time of a consumer that does not ask is not counted: it
 * begins anew where nobody asks for 100 ms after the timer's wake, or for timeout_ns where that is
 * less, but for 10 ms at least.
 * Shape: passes its source's bytes on as they stand; a source that is never PENDING costs nothing,
 * and bytes do not move the timer: it is set again when it fires.
 * Errors: TIMEOUT, fatal, behind all bytes; timeout_ns == 0. Owns: the source.
 * Source: tokio-io-timeout's TimeoutReader; Go's SetReadDeadline, moved with each read.
 *
 * Example:
 *     p(weir_read_timeout(text("hello"), 10 * MS)); // -> hello
 *     weir_duplex silent = weir_byte_pipe(64);
 *     p(weir_read_timeout(silent.reader, 10 * MS)); // -> !TIMEOUT
 *     weir_drop(silent.writer);
 */
WEIR_NEW weir_reader *weir_read_timeout(weir_reader *source WEIR_TAKES, uint64_t timeout_ns);

/* The same of a writer: fails where a write, a flush or a close waits so long, and nothing of what
 * was written before goes on meanwhile either: a peer that does not read. Then the writer below can
 * only be given up: the other side of a connection sees a reset.
 * Errors: TIMEOUT, error.byte says how many bytes had gone on; timeout_ns == 0.
 * Owns: `below`, which it closes and drops with itself; given up, it gives that one up.
 * Source: tokio-io-timeout's TimeoutWriter; Go's SetWriteDeadline.
 *
 * Example:
 *     p(weir_copy(text("hello"), weir_write_timeout(weir_null_writer(), 10 * MS))); // -> 5
 */
WEIR_NEW weir_writer *weir_write_timeout(weir_writer *below WEIR_TAKES, uint64_t timeout_ns);

WEIR_END_C

#endif
