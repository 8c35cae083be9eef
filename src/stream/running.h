/* Futures that run at once, and their results: as they come, or in the futures' order. What
 * buffered, buffer_unordered, futures_ordered and futures_unordered are made of. */
#ifndef WEIR_STREAM_RUNNING_H
#define WEIR_STREAM_RUNNING_H

#include "stream/children.h"
#include "stream/inner.h"
#include "stream/low_water.h"
#include "stream/places.h"

struct weir_running {
    struct weir_children set;
    struct weir_places places; /* ordered: one for each future; else for what came unasked */
    weir_held_error error;     /* behind the results of others; unless ordered */
    weir_in_flight in_flight;
    const char *said;           /* the stage in messages */
    struct weir_low_water *low; /* unless ordered; NULL: the source gives no marks */
    bool ordered;
};

/* ---- in ----
 *
 * `ordered` is said once more where it is a constant, so that nobody asks for each item. */

/* Futures that run, and results that wait. */
static inline size_t weir_running_held(const struct weir_running *running, bool ordered)
{
    return ordered ? running->places.n : running->set.n + running->places.n;
}

/* Results that wait, and futures that run. */
static inline void weir_running_holding(const struct weir_running *running, size_t limit,
                                        weir_holding *out)
{
    out->n = weir_running_held(running, running->ordered) - running->set.n;
    out->max = out->limit = limit;
    out->in_flight = running->set.n;
}

/* Makes sure that the next weir_running_add() has room. False: no memory. */
static inline bool weir_running_reserve(struct weir_running *self, bool ordered)
{
    return (!ordered || weir_places_reserve(&self->places)) && weir_children_reserve(&self->set);
}

/* One more; needs a reserve before it. */
static inline void weir_running_add(struct weir_running *self, weir_stream *future WEIR_TAKES,
                                    bool ordered)
{
    weir_children_add(&self->set, future, ordered ? weir_places_add(&self->places) : NULL);
}

/* The source answered MARK. True: it is kept; else it is passed on. */
bool weir_running_keep_mark(struct weir_running *running, weir_cx *cx, bool ordered);

/* One is out, whose owner is the line that it is in: its epoch, and one; 0: no mark came behind it.
 */
static inline void weir_running_sink(struct weir_running *self, uintptr_t line)
{
    if (line)
        weir_low_water_sink(self->low, (uint32_t)(line - 1));
}

/* Takes futures from the stage's source while fewer are held than the limit. What stops it is the
 * answer (the budget too); READY: it is the limit, or memory while others run. */
static inline __attribute__((always_inline)) weir_poll
weir_running_pull(struct weir_running *self, weir_cx *cx, size_t limit, bool ordered)
{
    weir_stream *stream = self->set.stream;
    for (bool begun = false; weir_running_held(self, ordered) < limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!weir_running_reserve(self, ordered))
            return weir_running_held(self, ordered)
                       ? (weir_poll){0, WEIR_READY}
                       : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more future");
        weir_stream *future;
        weir_poll got = poll_next(weir_source(stream), cx, &future, 1);
        if (!got.n) {
            if (got.state != WEIR_MARK || !weir_running_keep_mark(self, cx, ordered))
                return got;
            if (!ordered && weir_low_water_stops(self->low))
                break;
            continue;
        }
        if (!weir_future_fits(future, cx, self->said, self->places.type))
            return (weir_poll){0, WEIR_ERROR};
        weir_running_add(self, future, ordered);
    }
    return (weir_poll){0, WEIR_READY};
}

/* The same where results come as they complete, over a source that gives marks: none is taken where
 * no further mark could be kept. */
weir_poll weir_running_pull_marked(struct weir_running *self, weir_cx *cx, size_t limit);

/* The same in an ordered set: its result comes first of all that are held. */
void weir_running_add_front(struct weir_running *self, weir_stream *future WEIR_TAKES);

/* ---- results as they come ---- */

/* Results that came while nobody asked, up to the demand. */
WEIR_ASIDE weir_poll weir_running_give(struct weir_running *self, weir_cx *cx, char *out,
                                       size_t demand);

/* A child's one item or one error is all it gives. */
static inline __attribute__((always_inline)) weir_poll
weir_running_complete(struct weir_running *self, weir_cx *cx, char *out, size_t demand, bool marked)
{
    uint32_t n = 0;
    weir_poll got = {0, WEIR_READY};
    while (n < demand && got.state != WEIR_ERROR) {
        struct weir_stream_child *child;
        got = weir_children_poll(&self->set, cx, out + n * self->places.type->size, 1, &child);
        if (!child)
            break;
        if (marked)
            weir_running_sink(self, (uintptr_t)child->owner);
        weir_children_leave(&self->set, child);
        n += got.n;
    }
    if (got.state == WEIR_ERROR) {
        weir_inner_error(cx);
        if (n)
            weir_held_error_keep(&self->error, cx);
    }
    if (got.state == WEIR_END)
        got.state = WEIR_READY; /* none is left, and the last had no result */
    return n ? (weir_poll){n, WEIR_READY} : got;
}

/* Results that are there, up to the demand, where something is held; marked: there is a low-water
 * line. {0, READY}: futures ended
 * without one. */
static inline __attribute__((always_inline)) weir_poll
weir_running_as_they_come(struct weir_running *self, weir_cx *cx, void *out, size_t demand,
                          bool marked)
{
    if (self->error.held)
        return weir_held_error_give(&self->error, cx);
    weir_children_begin(&self->set);
    return self->places.n ? weir_running_give(self, cx, out, demand)
                          : weir_running_complete(self, cx, out, demand, marked);
}

/* The same over a source that gives marks. */
weir_poll weir_running_marked(struct weir_running *self, weir_cx *cx, void *out, size_t demand);

/* ---- results in order ---- */

/* Polls the running ones until one completes: its result goes to its place. False: none did, and
 * the answer is in *got. `room` is for one item. */
static inline bool weir_running_complete_one(struct weir_running *self, weir_cx *cx, void *room,
                                             weir_poll *got)
{
    struct weir_stream_child *child;
    *got = weir_children_poll(&self->set, cx, room, 1, &child);
    if (!child)
        return false;
    struct weir_place *place = child->owner;
    weir_children_leave(&self->set, child);
    weir_place_settle(place, *got, cx);
    if (got->n)
        weir_item_move(weir_place_item(&self->places, place), room, self->places.type->size);
    return true;
}

/* Gives results that are next in order. True: the next one is still running, and there is room for
 * it. An error, or a mark, waits in its place until the items before it are gone. */
static inline bool weir_running_give_in_order(struct weir_running *self, weir_cx *cx, char *out,
                                              size_t demand, weir_poll *got)
{
    size_t size = self->places.type->size;
    while (self->places.first && got->n < demand) {
        enum weir_outcome outcome = self->places.first->outcome;
        if (outcome == WEIR_RUNNING)
            return true;
        if (outcome >= WEIR_FAILED && got->n)
            return false;
        weir_places_give(&self->places, cx, out + got->n * size);
        got->n += outcome == WEIR_ITEM;
        if (outcome >= WEIR_FAILED) {
            *got = outcome == WEIR_FAILED ? weir_inner_error(cx) : (weir_poll){0, WEIR_MARK};
            return false;
        }
    }
    return false;
}

/* The same, of an ordered set. */
static inline weir_poll weir_running_in_order(struct weir_running *self, weir_cx *cx, char *out,
                                              size_t demand)
{
    weir_poll got = {0, WEIR_READY}, none;
    weir_children_begin(&self->set);
    while (weir_running_give_in_order(self, cx, out, demand, &got))
        if (!weir_running_complete_one(self, cx, out + got.n * self->places.type->size, &none))
            return got.n ? got : none;
    return got;
}

/* ---- beginning and end ---- */

/* For a stage that is zeroed. False: no memory. */
bool weir_running_init(struct weir_running *running, weir_stream *stream,
                       bool ordered) WEIR_MUST_USE;

/* A future leaves the set: no result of it is waited for, and none has room. */
void weir_running_forget(struct weir_running *running, struct weir_stream_child *child);

/* Drops the futures and their results; the set may be used again. */
void weir_running_clear(struct weir_running *running);

void weir_running_fini(struct weir_running *running);
size_t weir_running_memory_max(const struct weir_running *running, size_t limit);

#endif
