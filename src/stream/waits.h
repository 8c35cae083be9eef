/* A stage that polls a second input after a first one was PENDING, and then answers PENDING
 * itself, says again what the first one said: the second's polls may have overwritten it. */
#ifndef WEIR_STREAM_WAITS_H
#define WEIR_STREAM_WAITS_H

#include "weir/cx.h"

struct weir_said {
    weir_wait_for wait_for;
    const weir_stage *waiting;
};

static inline struct weir_said weir_said_save(const weir_cx *cx)
{
    return (struct weir_said){cx->wait_for, cx->waiting};
}

static inline weir_poll weir_said_again(weir_cx *cx, struct weir_said said)
{
    cx->wait_for = said.wait_for;
    cx->waiting = said.waiting;
    return (weir_poll){0, WEIR_PENDING};
}

#endif
