/* weir/inputs.h: several streams into one. The words of the manual are explained in
 * weir/stream.h. */
#ifndef WEIR_INPUTS_H
#define WEIR_INPUTS_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* An error that is fatal to one input, or one inner stream or future, ends that one: it passes as
 * recoverable, since the others have more. Fatal to zip, which needs both. */

/* All of first, then all of second. second is not polled before. */
WEIR_API weir_stream *weir_chain(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* { A first; B second; } until either ends.
 * Shape: holds one item or one batch of either side. Errors: lent items.
 * Source: futures zip: an item taken from the longer side is dropped. */
WEIR_API weir_stream *weir_zip(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* Items of both as they come, each side first in turn; END when both ended.
 * Between two polls both sides stand still; in merge what they owe goes on.
 * Shape: a share of the demand from each side, in strict rotation; holds an error at most. */
WEIR_API weir_stream *weir_select(weir_stream *first WEIR_TAKES, weir_stream *second WEIR_TAKES);

/* The same for n inputs, which must be of one type; polls only those that were woken. What an input
 * owes since it was asked goes on while the consumer is busy, as in buffered; nothing is taken that
 * makes claims (by_ref), and with lent items all stand still until the next poll.
 * Shape: holds an item of each input, or its error, that came while nobody asked.
 * Errors: n == 0, n > WEIR_MERGE_MAX. Owns: the inputs, not the array. */
enum { WEIR_MERGE_MAX = 4096 }; /* an n that is not the array's; more are merged in groups */
WEIR_API weir_stream *weir_merge(weir_stream *const *inputs WEIR_TAKES, size_t n);

WEIR_END_C

#endif
