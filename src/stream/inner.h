/* What the stages share whose items, or whose functions' results, are streams themselves. */
#ifndef WEIR_STREAM_INNER_H
#define WEIR_STREAM_INNER_H

#include "core/poll.h"
#include "weir/consume.h"

static inline bool weir_inner_refuse(weir_stream *inner, weir_cx *cx, const char *stage,
                                     const weir_type *type, const char *what, const char *cure)
{
    weir_fail(cx, WEIR_E_TYPE, "%s expects streams of '%s', but '%s' yields '%s'%s", stage,
              type->name, weir_stage_name(&inner->stage), inner->type->name, what);
    cx->error.cure = cure;
    weir_drop(inner);
    return false;
}

/* A user's function gave none. */
static inline bool weir_inner_missing(weir_cx *cx, const char *stage, const weir_type *type)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "%s expects streams of '%s', but was given NULL", stage,
              type->name);
    cx->error.cure = "weir_empty() where there is nothing to give";
    return false;
}

/* An inner stream is known only when it arrives. False: it yields something else than the stage
 * promised, or lends what must be owned; it was dropped and cx->error says so. */
static inline bool weir_inner_fits(weir_stream *inner, weir_cx *cx, const char *stage,
                                   const weir_type *type)
{
    if (WEIR_UNLIKELY(!inner))
        return weir_inner_missing(cx, stage, type);
    const weir_type *given = inner->type;
    if (WEIR_LIKELY(given == type && !inner->stage.marked) || weir_stage_failed(&inner->stage))
        return true;
    if (!weir_type_fits(given, type) && !weir_type_twins(given, type))
        return weir_inner_refuse(inner, cx, stage, type, "", NULL);
    if (inner->stage.marked) /* what follows was not asked whether it knows marks */
        return weir_inner_refuse(inner, cx, stage, type, " and marks",
                                 "weir_settle_here() around each");
    bool kept = type->lent && !given->lent && given->drop == type->drop; /* held for lent here */
    if (kept || weir_type_alike(given, type))
        return true;
    return weir_inner_refuse(inner, cx, stage, type, ", owned by somebody else",
                             "weir_own() around each, or the descriptor of what they yield");
}

/* The same where it must be a future. */
static inline bool weir_future_fits(weir_stream *inner, weir_cx *cx, const char *stage,
                                    const weir_type *type)
{
    if (!weir_inner_fits(inner, cx, stage, type))
        return false;
    if (weir_stage_failed(&inner->stage) || inner->stage.one)
        return true;
    weir_fail(cx, WEIR_E_TYPE, "%s expects futures, but '%s' may yield more than one item", stage,
              weir_stage_name(&inner->stage));
    cx->error.cure = "weir_collect() or another consumer around each";
    weir_drop(inner);
    return false;
}

/* A future of which nothing but the end is wanted, into room for an item of `type`: what it gives
 * of another type is dropped where it stands. */
static inline weir_stream *weir_inner_ended(weir_stream *inner, const weir_type *type)
{
    if (WEIR_UNLIKELY(!inner))
        return weir_stream_refused(WEIR_E_ARGUMENT, "weir_empty() where there is nothing to do",
                                   "a handler gave NULL", NULL, NULL, 0);
    if (WEIR_LIKELY(weir_type_fits(inner->type, type) && inner->stage.one))
        return inner;
    return weir_drain(inner);
}

/* What is fatal to one input is not fatal to a stage that has others. */
static inline weir_poll weir_inner_error(weir_cx *cx)
{
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* Before a stage that has others drops an input: was it cut, so is the stage in the end. */
static inline void weir_inner_note(weir_stream *stream, const weir_stream *inner)
{
    stream->stage.cut |= inner->stage.cut;
}

#endif
