/* The clock of a worker: its latest stamp, and what a processor counts by itself between two. */
#ifndef WEIR_TASK_CLOCK_H
#define WEIR_TASK_CLOCK_H

#include "weir/poll.h"
#include "weir/sys.h"

/* What the processor counted at some moment, and how much time one of it takes. */
struct weir_clock_ticks {
    uint64_t at, at_ns;
    uint64_t each; /* 2^-32 ns; 0: not known yet */
    uint64_t most; /* so many behind that moment they are to be trusted */
    unsigned wide; /* anchors in a row that took too long */
};

/* The latest stamp. While the worker sleeps it is old, and the first wake takes a new one. */
struct weir_clock {
    const weir_sys *sys;
    uint64_t now_ns;
    bool old;
    bool still;   /* somebody looks at each turn, and nothing worked since the stamp: the turn that
                     begins began then */
    bool counted; /* somebody looks at each turn, and ticks may stand for the clock */
    struct weir_clock_ticks ticks;
};

/* A stamp never lies before the one that was taken last. */
uint64_t weir_clock_read(struct weir_clock *clock);
uint64_t weir_clock_read_ticks(struct weir_clock *clock);

/* The same where a turn ends: by the ticks, if they are counted. */
static inline uint64_t weir_clock_read_end(struct weir_clock *clock)
{
    return WEIR_LIKELY(!clock->counted) ? weir_clock_read(clock) : weir_clock_read_ticks(clock);
}

/* From now on ticks are counted, where they are steady and the clock is the real one; or not. */
void weir_clock_count(struct weir_clock *clock, bool counted);

#endif
