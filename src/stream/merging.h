/* Streams whose items come in turn, each asked when it was woken: merge, select_all, stream_map,
 * flatten_unordered. A share of the demand from each stream that is ready, in rotation; what they
 * owe while nobody asks waits in places, one a stream. */
#ifndef WEIR_STREAM_MERGING_H
#define WEIR_STREAM_MERGING_H

#include "stream/children.h"
#include "stream/inner.h"
#include "stream/places.h"

struct weir_merging {
    struct weir_children set;
    weir_held_error error;     /* behind items of others */
    weir_mark *mark;           /* the same; not both */
    bool behind;               /* there is one of them */
    struct weir_places places; /* of items that came while nobody asked: one a stream */
    weir_in_flight in_flight;
    bool pauses; /* the end of a stream is an answer of its own: {0, READY} */
};

/* For a stage that is zeroed. False: no memory. */
bool weir_merging_init(struct weir_merging *merging, weir_stream *stream) WEIR_MUST_USE;

/* One more stream; needs a weir_children_reserve() before it. Not for a stage whose inputs were all
 * known when it was built. */
void weir_merging_add(struct weir_merging *merging, weir_stream *stream WEIR_TAKES);

/* The next stream that has something to say; those that ended leave. */
static inline weir_poll weir_merging_next(struct weir_merging *self, weir_cx *cx, void *out,
                                          size_t demand, struct weir_stream_child **child)
{
    for (;;) {
        weir_poll got = weir_children_poll(&self->set, cx, out, demand, child);
        if (WEIR_LIKELY(got.n) || !*child)
            return got;
        if (got.state == WEIR_ERROR || got.state == WEIR_MARK)
            return got;
        weir_children_leave(&self->set, *child);
        if (self->pauses) {
            *child = NULL;
            return (weir_poll){0, WEIR_READY};
        }
    }
}

static inline weir_poll weir_merging_one(struct weir_merging *self, weir_cx *cx, void *out,
                                         size_t demand)
{
    struct weir_stream_child *child;
    weir_poll got = weir_merging_next(self, cx, out, demand, &child);
    if (!child)
        return got;
    weir_children_go_on(&self->set, child);
    if (WEIR_LIKELY(got.n))
        return (weir_poll){got.n, WEIR_READY};
    return got.state == WEIR_ERROR ? weir_inner_error(cx) : got;
}

/* A share of each of so many streams. */
WEIR_ASIDE weir_poll weir_merging_many(struct weir_merging *merging, weir_cx *cx, void *out,
                                       size_t demand, size_t rows);

/* Items that came while nobody asked, up to the demand; their streams go on. */
WEIR_ASIDE weir_poll weir_merging_give(struct weir_merging *merging, weir_cx *cx, char *out,
                                       size_t demand);

/* An error or a mark that waited for the items before it. */
WEIR_ASIDE weir_poll weir_merging_give_behind(struct weir_merging *merging, weir_cx *cx);

/* What the streams have; END: there is none left. The stage passes its answer through
 * weir_merging_polled(). */
static inline weir_poll weir_merging_poll(struct weir_merging *self, weir_cx *cx, void *out,
                                          size_t demand)
{
    if (WEIR_UNLIKELY(self->behind))
        return weir_merging_give_behind(self, cx);
    if (self->places.n)
        return weir_merging_give(self, cx, out, demand);
    weir_children_begin(&self->set);
    size_t rows = demand > 1 ? weir_children_ready(&self->set) : 1;
    return WEIR_LIKELY(rows < 2) ? weir_merging_one(self, cx, out, demand)
                                 : weir_merging_many(self, cx, out, demand, rows);
}

/* The last line of the stage's poll. What is lent must stay as it is until the next poll: then
 * nothing goes on between two. */
static inline weir_poll weir_merging_polled(struct weir_merging *merging, weir_cx *cx,
                                            weir_poll got)
{
    return merging->places.type->lent ? got : weir_in_flight_polled(&merging->in_flight, cx, got);
}

/* Between two polls: what the streams owe goes to places. */
void weir_merging_go_on(struct weir_merging *merging, weir_cx *cx);

/* An item that waits in a place comes all the same when its stream leaves the set. */
void weir_merging_forget(struct weir_merging *merging, const struct weir_stream_child *child);

/* Drops the streams and what waits in places; the set may be used again. */
void weir_merging_clear(struct weir_merging *merging);

void weir_merging_fini(struct weir_merging *merging);
weir_hint weir_merging_size_hint(const struct weir_merging *merging);
size_t weir_merging_memory_max(const struct weir_merging *merging, size_t limit);

/* Somewhere below it items are taken from somebody who keeps the rest. */
bool weir_makes_claims(const weir_stage *stage);

#endif
