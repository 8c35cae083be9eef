/* What those have in common that run their input before they are asked: what stands behind the
 * items that they hold, and the rule that the input is not asked before it is given. */
#ifndef WEIR_STREAM_EARLY_H
#define WEIR_STREAM_EARLY_H

#include "core/poll.h"
#include "stream/merging.h"
#include "weir/implement.h"

struct weir_early {
    weir_in_flight in_flight;
    weir_state behind; /* ERROR, MARK or END; READY: nothing */
    weir_held_error error;
    weir_mark *mark;
    bool claims; /* never ahead */
};

/* False: no memory. */
static inline bool weir_early_init(struct weir_early *early, weir_stream *stream,
                                   void (*progress)(weir_in_flight *self, weir_cx *cx))
{
    early->in_flight.progress = progress;
    early->claims = weir_makes_claims(stream->stage.source);
    return weir_held_error_init(&early->error, stream->stage.arena);
}

/* What the input answered while nobody asked, behind the items that came with it. */
static inline void weir_early_keep(struct weir_early *early, weir_cx *cx, weir_state state)
{
    if (state == WEIR_READY || state == WEIR_PENDING)
        return;
    early->behind = state;
    if (state == WEIR_ERROR)
        weir_held_error_keep(&early->error, cx);
    else if (state == WEIR_MARK)
        early->mark = weir_mark_take(cx);
}

/* There is something behind the items that are out. */
static inline weir_poll weir_early_give(struct weir_early *early, weir_cx *cx)
{
    weir_state behind = early->behind;
    if (behind == WEIR_END)
        return (weir_poll){0, WEIR_END};
    early->behind = WEIR_READY;
    return behind == WEIR_ERROR ? weir_held_error_give(&early->error, cx)
                                : weir_mark_give(cx, early->mark);
}

/* One step of progress. False: the budget is spent; the next turn goes on. */
static inline bool weir_early_step(weir_cx *cx, bool begun)
{
    if (weir_spend(cx) || !begun)
        return true;
    weir_waker_wake(cx->waker);
    return false;
}

/* The last line of each poll. */
static inline weir_poll weir_early_polled(struct weir_early *early, weir_cx *cx, weir_poll got)
{
    return early->claims ? got : weir_in_flight_polled(&early->in_flight, cx, got);
}

static inline void weir_early_fini(struct weir_early *early)
{
    weir_in_flight_leave(&early->in_flight);
    if (early->behind == WEIR_MARK)
        weir_mark_settle(early->mark, false);
}

#endif
