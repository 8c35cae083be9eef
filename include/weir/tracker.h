/* weir/tracker.h: how many of some pieces of work are still there, and when the last one is gone.
 * What a server stops with, beside a token that tells them to (weir/cancel.h):
 *
 *     weir_drop(weir_spawn(weir_tracker_track(tracker, serve(conn))));
 *     ...
 *     weir_tracker_close(tracker);
 *     weir_token_cancel(token);
 *     weir_await(weir_tracker_wait(tracker), NULL, &error);
 *
 * It keeps no results: those are the handles'. All functions here may be called from any thread,
 * but for those of a future, which belongs to whoever polls it. */
#ifndef WEIR_TRACKER_H
#define WEIR_TRACKER_H

#include "weir/implement.h"

WEIR_BEGIN_C

typedef struct weir_tracker weir_tracker;

/* Tracks nothing yet, and is open. NULL: no memory. Owns: one reference, the caller's.
 * Source: tokio-util TaskTracker; Go sync.WaitGroup.
 *
 * Example:
 *     weir_tracker *tracker = weir_tracker_new();
 *     weir_stream *work = weir_tracker_track(tracker, later(7, 5));
 *     p(weir_tracker_len(tracker)); // -> 1
 *     p(work); // -> 7
 *     p(weir_tracker_len(tracker)); // -> 0
 *     weir_tracker_drop(tracker);
 */
WEIR_API weir_tracker *weir_tracker_new(void) WEIR_MUST_USE;

/* One reference more: the same pointer, which is to be dropped once more. One less; NULL: nothing.
 * What is tracked and who waits have theirs.
 *
 * Example:
 *     weir_tracker *tracker = weir_tracker_ref(weir_tracker_new());
 *     weir_tracker_drop(tracker);
 *     p(weir_tracker_len(tracker)); // -> 0
 *     weir_tracker_drop(tracker);
 */
WEIR_API weir_tracker *weir_tracker_ref(weir_tracker *tracker);
WEIR_API void weir_tracker_drop(weir_tracker *tracker WEIR_TAKES);

/* A future, or a stream, that counts from now on until it is dropped: then all that it owned is
 * gone too. A closed tracker counts as an open one does.
 * Shape: n in, n out. Errors: tracker NULL: no memory. Owns: a reference of its own.
 *
 * Example:
 *     weir_tracker *tracker = weir_tracker_new();
 *     p(weir_tracker_track(tracker, weir_range(0, 3))); // -> 0 1 2
 *     weir_tracker_drop(tracker);
 */
WEIR_NEW weir_stream *weir_tracker_track(weir_tracker *tracker, weir_stream *source WEIR_TAKES);

/* No more is to come: who waits is done when none is left, maybe now. False: it was closed before.
 * After weir_tracker_reopen() who waits goes on waiting; false: it was open.
 *
 * Example:
 *     weir_tracker *tracker = weir_tracker_new();
 *     p(weir_tracker_close(tracker)); // -> true
 *     p(weir_tracker_close(tracker)); // -> false
 *     p(weir_tracker_is_closed(tracker)); // -> true
 *     weir_tracker_drop(tracker);
 */
WEIR_API bool weir_tracker_close(weir_tracker *tracker);
WEIR_API bool weir_tracker_reopen(weir_tracker *tracker);
WEIR_API bool weir_tracker_is_closed(weir_tracker *tracker);

/* How many count: one moment's number.
 *
 * Example:
 *     weir_tracker *tracker = weir_tracker_new();
 *     p(weir_tracker_len(tracker)); // -> 0
 *     weir_tracker_drop(tracker);
 */
WEIR_API size_t weir_tracker_len(weir_tracker *tracker);

/* Done once the tracker was closed and had none left at the same moment, since this was polled
 * first: what comes afterwards takes nothing back.
 * Shape: a future of unit. Errors: tracker NULL: no memory. Owns: a reference of its own.
 *
 * Example:
 *     weir_tracker *tracker = weir_tracker_new();
 *     p(weir_tracker_close(tracker)); // -> true
 *     p(weir_tracker_wait(tracker)); // -> done
 *     weir_tracker_drop(tracker);
 */
WEIR_NEW weir_stream *weir_tracker_wait(weir_tracker *tracker);

WEIR_END_C

#endif
