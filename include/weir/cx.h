/* weir/cx.h: what travels with every poll: whom to wake, how much more may be done, the error
 * that stands, and one word about what is being waited for. */
#ifndef WEIR_CX_H
#define WEIR_CX_H

#include "weir/error.h"
#include "weir/waker.h"

/* What a PENDING waits for. Whoever answers PENDING says so, once; the executor reads it. */
typedef enum weir_wait_for {
    WEIR_WAIT_NONE, /* nothing was said: a broken contract */
    WEIR_WAIT_IO,
    WEIR_WAIT_TIMER,
    WEIR_WAIT_PEER, /* another task, a channel, a user's event */
    WEIR_WAIT_TURN, /* the budget is spent; it woke itself */
    WEIR_WAIT_NEVER /* the stream called pending */
} weir_wait_for;

enum {
    WEIR_BUDGET = 128,    /* polls a task may spend before it lets others run */
    WEIR_DEMAND_MAX = 64, /* what consumers work up to: 1, 2, 4 ... 64 */
    WEIR_SCRATCH_BYTES = 64 << 10
};

struct weir_cx {
    weir_waker *waker;         /* whom to wake; a set of children puts its child's here */
    uint32_t budget;           /* polls left in this turn of the task */
    uint32_t demand_max;       /* the most a consumer asks for at once */
    bool stopping;             /* sources that touch the outside end when they see it */
    weir_wait_for wait_for;    /* said by whoever answered PENDING last */
    const weir_stage *waiting; /* ... and who that was */
    unsigned char *scratch;    /* lent by the worker, stack discipline */
    size_t scratch_used;
    size_t scratch_size;
    weir_rt *rt;      /* NULL where there is no runtime: freestanding, tests */
    weir_error error; /* described by whoever answered ERROR last */
};

/* A cx for those who poll without a runtime: default budget and demand, the waker and the scratch
 * borrowed. The budget is theirs to renew before each poll. */
WEIR_API void weir_cx_init(weir_cx *cx, weir_waker *waker WEIR_KEEPS, void *scratch WEIR_KEEPS,
                           size_t scratch_size);

/* Answers PENDING: stores the waker of cx in the slot and says what is waited for. */
WEIR_API weir_poll weir_wait(weir_cx *cx, weir_waker_slot *slot, weir_wait_for what);

/* Answers PENDING for ever: nobody will wake the task. What weir_pending() is made of. */
WEIR_API weir_poll weir_wait_never(weir_cx *cx);

/* Answers PENDING after waking the task itself: its turn is over, its work is not. */
WEIR_API weir_poll weir_yield(weir_cx *cx);

/* Takes one poll from the budget; false: it is spent, answer weir_yield(). */
static inline bool weir_spend(weir_cx *cx)
{
    if (WEIR_UNLIKELY(!cx->budget))
        return false;
    cx->budget--;
    return true;
}

/* Answers ERROR after describing it in cx->error, fatal. Same conversions as weir_error_set().
 * A recoverable one: set cx->error.fatal to false before returning. */
WEIR_API weir_poll weir_fail(weir_cx *cx, weir_code code, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* Scratch for one call. Take the mark first, give back to it before returning.
 * NULL: it does not fit. */
WEIR_API void *weir_scratch_take(weir_cx *cx, size_t size, size_t align) WEIR_MUST_USE;
static inline size_t weir_scratch_mark(const weir_cx *cx)
{
    return cx->scratch_used;
}
static inline void weir_scratch_give(weir_cx *cx, size_t mark)
{
    cx->scratch_used = mark;
}

/* Scratch for up to *demand items of a type; lowers *demand to what fits. NULL: not even one. */
WEIR_API void *weir_scratch_items(weir_cx *cx, const weir_type *type, size_t *demand) WEIR_MUST_USE;

#endif
