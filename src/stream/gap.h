/* What timeout and keep_alive share: how long a source gives nothing. The clock is read when the
 * wait begins, not with every item. */
#ifndef WEIR_STREAM_GAP_H
#define WEIR_STREAM_GAP_H

#include "core/poll.h"

struct weir_gap {
    weir_timer timer;
    uint64_t ns;
    bool begun;
};

/* The source answered PENDING. True: it has given nothing for so long. False: the answer is
 * PENDING. */
static inline bool weir_gap_passed(struct weir_gap *gap, weir_cx *cx)
{
    if (!gap->begun)
        weir_timer_set(&gap->timer, weir_after_ns(weir_clock_now_ns(cx), gap->ns));
    gap->begun = true;
    return weir_timer_poll(cx, &gap->timer).n;
}

#endif
