/* How long nothing may happen where somebody waits: what the timeouts of readers and writers have
 * in common. What happens stores the clock and leaves the timer as it is: when that fires it looks
 * whether it was for nothing, and is set again. So a busy connection costs its clock nothing. */
#ifndef WEIR_BYTES_IDLE_H
#define WEIR_BYTES_IDLE_H

#include "weir/cx.h"

#define WEIR_IDLE_LATE_NS 100000000ull /* what a busy worker may be late by */
#define WEIR_IDLE_WAKE_NS 10000000ull  /* ... and an idle one: a timer of nanoseconds comes true */

struct weir_idle {
    weir_timer timer;
    uint64_t ns;
    uint64_t since_ns;
    bool waits;
    bool set; /* the timer was */
};

/* Something happened, and nobody waits. */
static inline void weir_idle_over(struct weir_idle *idle)
{
    idle->waits = false;
}

/* Who asks so much later than the timer's wake did not wait meanwhile. */
static inline bool weir_idle_was_away(const struct weir_idle *idle, uint64_t late_ns)
{
    uint64_t most_ns = idle->ns < WEIR_IDLE_LATE_NS ? idle->ns : WEIR_IDLE_LATE_NS;
    return late_ns > (most_ns > WEIR_IDLE_WAKE_NS ? most_ns : WEIR_IDLE_WAKE_NS);
}

/* The answer is PENDING; moved: something happened since the one before. True: nothing did for so
 * long. The time of who does not wait is not counted. */
static inline bool weir_idle_passed(struct weir_idle *idle, weir_cx *cx, bool moved)
{
    if (!idle->waits || moved)
        idle->since_ns = weir_clock_now_ns(cx);
    idle->waits = true;
    uint64_t due_ns = weir_after_ns(idle->since_ns, idle->ns);
    if (!idle->set)
        weir_timer_set(&idle->timer, due_ns);
    idle->set = true;
    while (weir_timer_poll(cx, &idle->timer).state == WEIR_READY) {
        uint64_t now_ns = weir_clock_now_ns(cx);
        if (now_ns >= due_ns && !weir_idle_was_away(idle, now_ns - due_ns))
            return true;
        if (now_ns >= due_ns) {
            idle->since_ns = now_ns;
            due_ns = weir_after_ns(now_ns, idle->ns);
        }
        weir_timer_set(&idle->timer, due_ns);
    }
    return false;
}

#endif
