/* Futures that run at once, and their results: as they come, or in the futures' order. What
 * buffered, buffer_unordered, futures_ordered and futures_unordered are made of. */
#ifndef WEIR_STREAM_RUNNING_H
#define WEIR_STREAM_RUNNING_H

#include "stream/children.h"
#include "stream/places.h"

struct weir_running {
    struct weir_children set;
    struct weir_places places; /* ordered: one for each future; else for what came unasked */
    weir_held_error error;     /* behind the results of others; unless ordered */
    weir_in_flight in_flight;
    bool ordered;
};

/* For a stage that is zeroed. False: no memory. */
bool weir_running_init(struct weir_running *running, weir_stream *stream,
                       bool ordered) WEIR_MUST_USE;

/* Futures that run, and results that wait. */
static inline size_t weir_running_held(const struct weir_running *running)
{
    return running->ordered ? running->places.n : running->set.n + running->places.n;
}

/* Makes sure that the next weir_running_add() has room. False: no memory. */
bool weir_running_reserve(struct weir_running *running) WEIR_MUST_USE;

/* One more; needs a reserve before it. Ordered: its result comes first of all that are held. */
void weir_running_add(struct weir_running *running, weir_stream *future WEIR_TAKES);
void weir_running_add_front(struct weir_running *running, weir_stream *future WEIR_TAKES);

/* Takes futures from the stage's source while fewer are held than the limit. What stops it is the
 * answer (the budget too); READY: it is the limit, or memory while others run. */
weir_poll weir_running_pull(struct weir_running *running, weir_cx *cx, size_t limit);

/* Results that are there, up to the demand, where something is held. {0, READY}: futures ended
 * without one. */
weir_poll weir_running_poll(struct weir_running *running, weir_cx *cx, void *out, size_t demand);

/* A future leaves the set, and no result of it is waited for. */
void weir_running_forget(struct weir_running *running, struct weir_child *child);

/* Drops the futures and their results; the set may be used again. */
void weir_running_clear(struct weir_running *running);

void weir_running_fini(struct weir_running *running);
size_t weir_running_memory_max(const struct weir_running *running, size_t limit);

#endif
