/* weir/stream.h: where streams come from, what can be done to them on the way, and what ends
 * them. Names and semantics are those of Rust's futures; `Source` lines say where ours differ.
 *
 * The manual's words: `n in, n out` counts items per poll; `held` is what a stage keeps between
 * polls. Every stream is fused: END is repeated for ever. Every stage passes an ERROR on unseen
 * and uncounted unless its text says otherwise. Building a chain polls nothing. */
#ifndef WEIR_STREAM_H
#define WEIR_STREAM_H

#include "weir/consume.h"
#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/inputs.h"
#include "weir/mark.h"
#include "weir/source.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* ---- one input ---- */

/* fn of each item, in order; fn may change the type, and may fail (WEIR_TRY_MAP_FN). What it
 * makes of lent items is lent too, unless it is a number, owns what it holds, or says .detached
 * (weir/fn.h). fn may be called for a batch before the first result is used.
 * Shape: n in, n out; a fn that may fail: at most 32 in, held while an error goes first.
 * Errors: one of fn has the number of its item as record, if fn names none. */
WEIR_API weir_stream *weir_map(weir_stream *source WEIR_TAKES, const weir_map_fn *fn WEIR_KEEPS,
                               void *arg WEIR_KEEPS);

/* The items for which fn is true. Owns: drops the others. */
WEIR_API weir_stream *weir_filter(weir_stream *source WEIR_TAKES,
                                  const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* What fn makes of the items for which it is true. */
WEIR_API weir_stream *weir_filter_map(weir_stream *source WEIR_TAKES,
                                      const weir_filter_map_fn *fn WEIR_KEEPS,
                                      void *arg WEIR_KEEPS);

/* The first n items; then END without asking the source again. n may be 0. */
WEIR_API weir_stream *weir_take(weir_stream *source WEIR_TAKES, uint64_t n);

/* Items while fn is true. The first for which it is false is dropped, and with a demand above 1
 * what the source gave behind it in the same poll. */
WEIR_API weir_stream *weir_take_while(weir_stream *source WEIR_TAKES,
                                      const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Without the first n items, which are dropped. */
WEIR_API weir_stream *weir_skip(weir_stream *source WEIR_TAKES, uint64_t n);

/* Without the items before the first for which fn is false; fn is not called after that. */
WEIR_API weir_stream *weir_skip_while(weir_stream *source WEIR_TAKES,
                                      const weir_filter_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* fn of a running state and each item; END when fn answers false.
 * Errors: a state that could hold what the source lends (weir/fn.h, .detached).
 * Owns: takes *state. Shape: as take_while. Source: futures scan, with a plain function. */
WEIR_API weir_stream *weir_scan(weir_stream *source WEIR_TAKES, const weir_scan_fn *fn WEIR_KEEPS,
                                const void *state WEIR_TAKES);

/* { uint64_t index; T item; }, index from 0. */
WEIR_API weir_stream *weir_enumerate(weir_stream *source WEIR_TAKES);

/* Shows each item to fn on its way. */
WEIR_API weir_stream *weir_inspect(weir_stream *source WEIR_TAKES,
                                   const weir_each_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* weir_vec of n items each; the last may be shorter. Waits for n items.
 * Shape: holds up to n items, asks for what is lacking, up to the demand. Errors: n == 0; lent
 * items. Before any error of its source, fatal or not, comes the chunk of what was there.
 * Owns: each chunk is an allocation of its own. */
WEIR_API weir_stream *weir_chunks(weir_stream *source WEIR_TAKES, size_t n);

/* Can look at the next item without taking it.
 * Shape: holds one item or one error. Errors: lent items. */
WEIR_API weir_stream *weir_peekable(weir_stream *source WEIR_TAKES);

/* READY with n == 1: *item points at the next item, which stays; it may be changed in place. The
 * pointer holds until the next poll. END: there is none. `stream` must come from weir_peekable. */
WEIR_API weir_poll weir_poll_peek(weir_stream *stream, weir_cx *cx, void **item);

/* Takes the next item only if fn is true for it. READY with n == 0: it is not, and it stays. */
WEIR_API weir_poll weir_poll_next_if(weir_stream *stream, weir_cx *cx, const weir_filter_fn *fn,
                                     void *arg, void *out);

/* Waits for fn's future of each item, one at a time, in order.
 * Shape: asks its source for one item; holds one future. */
WEIR_API weir_stream *weir_then(weir_stream *source WEIR_TAKES, const weir_then_fn *fn WEIR_KEEPS,
                                void *arg WEIR_KEEPS);

/* The same with a state machine of each item (WEIR_ASYNC_FN), whose state stands in the stage.
 * Shape: asks its source for one item; holds one machine. No allocation. */
WEIR_API weir_stream *weir_then_async(weir_stream *source WEIR_TAKES,
                                      const weir_async_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Asks for up to n items at once and gives them one by one: where what follows works item by item
 * and what comes before is cheaper in batches. It is the one stage that takes more than it was
 * asked for: what it holds is dropped with it.
 * Shape: up to n in, as many out as are asked for; holds n items. Errors: n == 0, n above
 * WEIR_AHEAD_MAX; lent items; over an exact source it takes one at a time. */
enum { WEIR_AHEAD_MAX = 65536 }; /* a number that was meant for something else is no room to take */
WEIR_API weir_stream *weir_ahead(weir_stream *source WEIR_TAKES, size_t n);

/* The items of inner streams, one stream after the other. The source's items are weir_stream *
 * (weir_type_stream) whose items are of `type`.
 * Shape: asks its source for one stream; holds one. An inner's error passes, the inner goes on. */
WEIR_API weir_stream *weir_flatten(weir_stream *source WEIR_TAKES, const weir_type *type);

/* flatten of map. */
WEIR_API weir_stream *weir_flat_map(weir_stream *source WEIR_TAKES,
                                    const weir_then_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS);

/* Runs up to `limit` futures of a stream of futures at once, in one task.
 * buffered gives results in the order of the source, buffer_unordered as they complete.
 * They go on while the consumer is busy with something else (the body of a loop, another stage):
 * after a turn of the task that ended with PENDING, what completes waits for the next poll.
 * Shape: holds up to `limit` futures and their results; polls only those that were woken.
 * Errors: limit == 0. A future's error passes in its place. Source: futures, rule by rule. */
WEIR_API weir_stream *weir_buffered(weir_stream *source WEIR_TAKES, const weir_type *type,
                                    size_t limit);
WEIR_API weir_stream *weir_buffer_unordered(weir_stream *source WEIR_TAKES, const weir_type *type,
                                            size_t limit);

/* Runs a state machine for each item (WEIR_ASYNC_FN), up to `limit` at once, in one task: what
 * buffer_unordered (buffered, for _ordered) does with futures, without an allocation an item. They
 * go on between polls as those do.
 * Shape: holds up to `limit` machines and their results; polls only those that were woken.
 * Errors: limit == 0; lent items, unless fn says .detached: start copies what it needs. */
WEIR_API weir_stream *weir_map_async(weir_stream *source WEIR_TAKES,
                                     const weir_async_fn *fn WEIR_KEEPS, void *arg WEIR_KEEPS,
                                     size_t limit);
WEIR_API weir_stream *weir_map_async_ordered(weir_stream *source WEIR_TAKES,
                                             const weir_async_fn *fn WEIR_KEEPS,
                                             void *arg WEIR_KEEPS, size_t limit);

/* Owned copies of lent items, so that they may be held: weir_owned_line of weir_line. A stream that
 * lends nothing is returned as it is. Errors: no memory: one error an item; a view of a user's that
 * has no `own`. */
WEIR_API weir_stream *weir_own(weir_stream *source WEIR_TAKES);

/* { weir_error *error; T item; }: errors become items, which every operator treats as such.
 * Owns: the error of such an item. */
WEIR_API weir_stream *weir_results(weir_stream *source WEIR_TAKES);

/* The way back: a result with an error becomes an ERROR of the stream. */
WEIR_API weir_stream *weir_errors(weir_stream *source WEIR_TAKES);

/* Settles marks as they pass and strips them: "at most once", since what is still on its way then
 * is not safe yet. For consumers that make nothing durable. Shape: n in, n out. */
WEIR_API weir_stream *weir_settle_here(weir_stream *source WEIR_TAKES);

WEIR_END_C

#endif
