/* What ends a wait: one timer for whatever is due next, and a stop. */
#ifndef WEIR_BROKER_DUE_H
#define WEIR_BROKER_DUE_H

#include "weir/implement.h"
#include "weir/run.h"

static inline uint64_t weir_broker_earliest(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline bool weir_broker_is_stopping(const weir_cx *cx)
{
    return cx->stopping || (cx->rt && weir_rt_stopping(cx->rt));
}

/* PENDING: it is waited for; UINT64_MAX: nothing is. READY: it is time already. */
weir_poll weir_broker_wait_until(weir_timer *timer, weir_cx *cx, uint64_t due_ns);

#endif
