/* weir/source.h: where streams come from. The words of the manual are explained in
 * weir/stream.h. */
#ifndef WEIR_SOURCE_H
#define WEIR_SOURCE_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* The items of an array, in order.
 * Shape: as many as asked for; never PENDING; holds nothing.
 * Errors: refuses a type that owns something (the array stays the caller's).
 * Owns: nothing; the array must outlive the chain. */
WEIR_API weir_stream *weir_iter(const weir_type *type, const void *items WEIR_KEEPS, size_t n);

/* from, from + 1 ... to - 1, as int64_t. Empty when to <= from. */
WEIR_API weir_stream *weir_range(int64_t from, int64_t to);

/* One item, then END.
 * Owns: takes what *item owns; dropped with the chain when it was never asked for.
 * Source: futures once; a future is a stream of one item here, so it needs no wrapper. */
WEIR_API weir_stream *weir_once(const weir_type *type, const void *item WEIR_TAKES);

/* END at once. */
WEIR_API weir_stream *weir_empty(const weir_type *type);

/* PENDING for ever; stores no waker. */
WEIR_API weir_stream *weir_pending(const weir_type *type);

/* The same item for ever.
 * Errors: refuses a type that owns something. */
WEIR_API weir_stream *weir_repeat(const weir_type *type, const void *item);

/* Calls fn with its state until it answers false.
 * Shape: fn is called once per item asked for, and never after false.
 * Owns: takes *state; dropped by fn->state->drop.
 * Source: futures unfold, with a plain function (an async step is `then` behind it); fused, where
 * the original panics when polled after its end. */
WEIR_API weir_stream *weir_unfold(const weir_unfold_fn *fn WEIR_KEEPS,
                                  const void *state WEIR_TAKES);

/* The user's function is the poll: it follows the rules of weir/implement.h. */
typedef weir_poll weir_poll_function(void *arg, weir_cx *cx, void *out, size_t demand);
WEIR_API weir_stream *weir_poll_fn(const weir_type *type, weir_poll_function *fn,
                                   void *arg WEIR_KEEPS);

/* The same for a future: it gives one item or one error. */
WEIR_API weir_stream *weir_future_fn(const weir_type *type, weir_poll_function *fn,
                                     void *arg WEIR_KEEPS);

/* The items of a stream that stays the caller's: dropping this leaves it as it stands.
 * Shape: exact, one item a poll. Source: futures by_ref. */
WEIR_API weir_stream *weir_by_ref(weir_stream *stream WEIR_KEEPS);

WEIR_END_C

#endif
