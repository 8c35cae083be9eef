/* weir/set.h: many streams at once, in one task. The words of the manual are explained in
 * weir/stream.h. An error that is fatal to one of many ends that one: it
 * passes as recoverable, since the others have more. */
#ifndef WEIR_SET_H
#define WEIR_SET_H

#include "weir/cx.h"
#include "weir/fn.h"
#include "weir/mark.h"
#include "weir/type.h"

WEIR_BEGIN_C

/* As a limit of the functions below: as many as come. What is held grows with the input then. */
#define WEIR_NO_LIMIT SIZE_MAX

/* ---- a stream of streams ---- */

/* The items of inner streams as they come, up to `limit` streams at once, each in turn; the order
 * within one is kept. The source's items are weir_stream * (weir_type_stream) whose items are of
 * `type`. The source is asked first, and never while `limit` streams are open; END when it ended
 * and all of them did.
 * Shape: holds up to `limit` streams, and an item or error of each that came while nobody asked
 * (they go on as in merge); polls only those that were woken. The end of one is a turn of its own.
 * Errors: limit == 0. One of the source overtakes items that are ready; one of an inner stream
 * passes in its place, and the stream goes on. A source that gives marks is refused.
 * Source: futures flatten_unordered and try_flatten_unordered, event for event, but that its limit
 * of 0 meant none (WEIR_NO_LIMIT here); Akka flatMapMerge, Rx mergeAll. */
WEIR_API weir_stream *weir_flatten_unordered(weir_stream *source WEIR_TAKES, const weir_type *type,
                                             size_t limit);

/* flatten_unordered of map.
 * Errors: lent items, unless fn says .detached: an inner stream outlives the item it was made of.
 * Source: futures flat_map_unordered; Akka flatMapMerge(breadth), Rx flatMap, mergeMap. */
WEIR_API weir_stream *weir_flat_map_unordered(weir_stream *source WEIR_TAKES,
                                              const weir_then_fn *fn WEIR_KEEPS,
                                              void *arg WEIR_KEEPS, size_t limit);

WEIR_END_C

#endif
