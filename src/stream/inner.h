/* What the stages share whose items, or whose functions' results, are streams themselves. */
#ifndef WEIR_STREAM_INNER_H
#define WEIR_STREAM_INNER_H

#include "core/poll.h"

/* An inner stream is known only when it arrives. False: it yields something else than the stage
 * promised, or lends what must be owned; it was dropped and cx->error says so. */
static inline bool weir_inner_fits(weir_stream *inner, weir_cx *cx, const char *stage,
                                   const weir_type *type)
{
    const weir_type *given = inner->type;
    bool fits = weir_type_fits(given, type);
    if (weir_stage_failed(&inner->stage) ||
        (fits && given->lent == type->lent && (!type->drop || given->drop == type->drop)))
        return true;
    weir_fail(cx, WEIR_E_TYPE, "%s expects streams of '%s', but '%s' yields '%s'%s", stage,
              type->name, inner->stage.name, given->name, fits ? ", owned by somebody else" : "");
    if (fits)
        cx->error.cure = "weir_own() around each, or the descriptor of what is lent";
    weir_drop(inner);
    return false;
}

/* What is fatal to one input is not fatal to a stage that has others. */
static inline weir_poll weir_inner_error(weir_cx *cx)
{
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

#endif
