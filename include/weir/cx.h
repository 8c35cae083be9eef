/* weir/cx.h: what travels with every poll: whom to wake, how much more may be done, the error
 * that stands, and one word about what is being waited for. */
#ifndef WEIR_CX_H
#define WEIR_CX_H

#include "weir/error.h"
#include "weir/waker.h"

WEIR_BEGIN_C

/* What a PENDING waits for. Whoever answers PENDING says so, once; the executor reads it. */
typedef enum weir_wait_for {
    WEIR_WAIT_NONE, /* nothing was said: a broken contract */
    WEIR_WAIT_IO,
    WEIR_WAIT_TIMER,
    WEIR_WAIT_PEER,  /* another task, a user's event */
    WEIR_WAIT_TURN,  /* the budget is spent; it woke itself */
    WEIR_WAIT_NEVER, /* the stream called pending */
    WEIR_WAIT_ITEM,  /* a channel is empty: who sends is slower */
    WEIR_WAIT_ROOM,  /* a channel is full: who takes is slower */
    WEIR_WAIT_MARKS  /* of those that it gave one must be settled first: no more may be open */
} weir_wait_for;

enum {
    WEIR_BUDGET = 128,             /* polls of a turn: a task that never waits starves no other */
    WEIR_DEMAND_MAX = 64,          /* what consumers work up to: 1, 2, 4 ... 64 */
    WEIR_SCRATCH_BYTES = 64 << 10, /* what a worker has from the beginning */
    WEIR_SCRATCH_MAX_BYTES = 64 << 20 /* what a chain may need: against a type of absurd size */
};

/* Work that goes on while its consumer is busy with something else: the body of a loop, or another
 * stage. Its stage tells each of its answers; whoever runs tasks calls `progress` after a turn that
 * ended with PENDING, unless that was the stage's own answer in it. All zero bytes but for
 * `progress`: in no list.
 *
 * `progress` polls what was woken, with the cx of the set's latest poll, and keeps what comes where
 * the stage has room for it: items and errors, in order, for the next poll. It spends the budget as
 * a poll does and answers nothing. It takes no claims (exact), and nothing from the stage's source
 * unless running that ahead is what the stage is for (weir/buffer.h). */
typedef struct weir_in_flight weir_in_flight;
typedef struct weir_in_flight_list {
    weir_in_flight *first; /* the one that came last */
} weir_in_flight_list;
struct weir_in_flight {
    void (*progress)(weir_in_flight *self, weir_cx *cx);
    weir_in_flight_list *list; /* the task's; NULL: in none */
    weir_in_flight *next, **at;
    weir_waker_slot waker; /* of the latest poll: a child's, where the stage is part of one */
    uint16_t depth;        /* ... and how deep it was */
    bool waits;            /* ... and whether it answered PENDING, or went on since */
    uint64_t turn;         /* ... and in which turn that was */
};

/* A moment that a stage waits for. It stands in the stage, all zero bytes at first: due at once, on
 * no clock. The stage says when it is due (weir_timer_set), asks for it (weir_timer_poll), and
 * takes it off its clock in fini (weir_timer_stop). Any number of them cost nothing until they are
 * due. */
typedef struct weir_timers weir_timers;
typedef struct weir_timer weir_timer;
struct weir_timer {
    uint64_t due_ns;        /* UINT64_MAX: never */
    weir_waker_slot waiter; /* woken when it is due */
    weir_timers *timers;    /* that has it; NULL: none */
    bool fired;

    uint64_t order; /* the clock's own, as all below */
    weir_timer *child, *next, *prev;
};

/* A clock, and the timers that it keeps: a runtime's, a test's, a program's that polls by itself
 * and puts its own into the cx. It fires timers by due_ns, equal ones in the order they came. */
typedef struct weir_timers_ops {
    uint32_t size;                           /* sizeof(weir_timers_ops) */
    uint64_t (*now_ns)(weir_timers *timers); /* monotonic */
    /* Takes a timer, which is not due yet; it calls weir_timer_fire() when it is. */
    void (*add)(weir_timers *timers, weir_timer *timer);
    /* Gives it back. */
    void (*remove)(weir_timers *timers, weir_timer *timer);
} weir_timers_ops;
struct weir_timers {
    const weir_timers_ops *ops;
};

/* Made by the library alone (a runtime, or weir_cx_new()), so that it may grow. Stages read
 * `waker`, `budget`, `demand_max` and `stopping`, write `error` through weir_fail() and `cut`; the
 * rest is behind the functions below.
 *
 * An error lives here until the next turn of any task: who may wait between seeing one and using it
 * copies it first. A fiber may wait only where `polling` is 0: inside of a poll the scratch is in
 * use. */
struct weir_cx {
    weir_waker *waker;      /* whom to wake; a set of children puts its child's here */
    uint32_t budget;        /* polls left in this turn of the task */
    uint32_t demand_max;    /* the most a consumer asks for at once */
    unsigned char *scratch; /* lent by the worker, stack discipline */
    size_t scratch_used;
    size_t scratch_size;
    bool stopping;             /* sources that touch the outside end when they see it */
    bool cut;                  /* said beside END: the input was not over, it was told to end */
    bool sampling;             /* this turn is one of those that are timed */
    uint16_t depth;            /* how deep the chain that is polled goes, and what polls it */
    uint16_t polling;          /* turns on this stack: 1 while a task is polled, 0 between */
    weir_wait_for wait_for;    /* said by whoever answered PENDING last */
    const weir_stage *waiting; /* ... and who that was */
    weir_worker *worker;       /* what io asks for its driver; NULL: freestanding, tests */
    weir_rt *rt;               /* NULL where there is no runtime */
    uint64_t now_ns;           /* the clock at the beginning of this turn */
    weir_mark *mark;           /* given by whoever answered MARK last */
    weir_error error;          /* described by whoever answered ERROR last */
    weir_in_flight_list *in_flight; /* of the task that is polled; NULL: nobody would call them */
    uint64_t turn;                  /* which poll of a task this is */
    weir_timers *timers;            /* NULL: there is no clock, and who needs one fails */
    bool draining; /* connections go on, though `stopping`: set around the polls of those */
    struct weir_timing *timing;   /* how long each stage takes is measured; NULL: it is not */
    struct weir_serving *serving; /* the same of what a stage has several of at once */
    weir_wait_for waiting_for;    /* what `waiting` said */
};

/* A cx for those who poll without a runtime: default budget and demand. The waker is borrowed, the
 * budget theirs to renew before each poll, `timers` theirs to set for stages that need a clock.
 * NULL: no memory.
 *
 * Example:
 *     weir_cx *mine = weir_cx_new(cx()->waker);
 *     p(yes(mine->budget)); // -> yes
 *     weir_cx_drop(mine);
 */
WEIR_API weir_cx *weir_cx_new(weir_waker *waker WEIR_KEEPS) WEIR_MUST_USE;
WEIR_API void weir_cx_drop(weir_cx *cx);

/* Makes sure that a chain that needs so much scratch (weir_scratch_need()) has it. Between polls
 * only. False: no memory.
 *
 * Example:
 *     weir_cx *mine = weir_cx_new(cx()->waker);
 *     p(weir_cx_reserve(mine, 1 << 20)); // -> true
 *     p(yes(mine->scratch_size >= 1 << 20)); // -> yes
 *     weir_cx_drop(mine);
 */
WEIR_API bool weir_cx_reserve(weir_cx *cx, size_t scratch_bytes) WEIR_MUST_USE;

/* Answers PENDING: stores the waker of cx in the slot and says what is waited for.
 *
 * Example:
 *     weir_waker_slot slot = {0};
 *     p(weir_wait(cx(), &slot, WEIR_WAIT_PEER)); // -> PENDING
 *     weir_waker_slot_wake(&slot); // whoever has what it waits for
 */
WEIR_API weir_poll weir_wait(weir_cx *cx, weir_waker_slot *slot, weir_wait_for what);

/* The same for a slot that another thread wakes.
 *
 * Example:
 *     weir_waker_cell cell = {0};
 *     p(weir_wait_cell(cx(), &cell, WEIR_WAIT_PEER)); // -> PENDING
 *     weir_waker_cell_wake(&cell); // on any thread
 */
WEIR_API weir_poll weir_wait_cell(weir_cx *cx, weir_waker_cell *cell, weir_wait_for what);

/* Answers PENDING for ever: nobody will wake the task. What weir_pending() is made of.
 *
 * Example:
 *     p(weir_wait_never(cx())); // -> PENDING
 */
WEIR_API weir_poll weir_wait_never(weir_cx *cx);

/* Answers PENDING after waking the task itself: its turn is over, its work is not.
 *
 * Example:
 *     weir_waker waker;
 *     weir_waker_init(&waker, &counting_waker);
 *     weir_cx *mine = weir_cx_new(&waker);
 *     wakes = 0;
 *     p(weir_wait_turn(mine)); // -> PENDING
 *     p(wakes); // -> 1
 *     weir_cx_drop(mine);
 *     weir_waker_unref(&waker);
 */
WEIR_API weir_poll weir_wait_turn(weir_cx *cx);

/* When it is due, by the clock of the cx that it will be polled with; on that clock or not, it
 * begins anew. weir_timer_stop: it is on no clock any more, and keeps nobody's waker.
 *
 * Example:
 *     weir_cx *here = weir_waiter_here()->cx;
 *     weir_timer timer = {0};
 *     weir_timer_set(&timer, weir_after_ns(weir_clock_now_ns(here), 5 * MS));
 *     p(weir_timer_poll(here, &timer)); // -> PENDING
 *     weir_timer_stop(&timer);
 */
WEIR_API void weir_timer_set(weir_timer *timer, uint64_t due_ns);
WEIR_API void weir_timer_stop(weir_timer *timer);

/* {1, READY}: it was due, and stays so until it is set again. Else PENDING. The clock is the one of
 * this cx, which must have one; a timer that another clock keeps is taken from it.
 *
 * Example:
 *     weir_cx *here = weir_waiter_here()->cx;
 *     weir_timer timer = {0};
 *     weir_timer_set(&timer, weir_clock_now_ns(here));
 *     p(weir_timer_poll(here, &timer)); // -> READY 1
 */
WEIR_API weir_poll weir_timer_poll(weir_cx *cx, weir_timer *timer);

/* Of a clock, which has removed the timer already: it is due.
 *
 * Example:
 *     weir_timer timer = {0};
 *     weir_timer_set(&timer, UINT64_MAX);
 *     weir_timer_fire(&timer);
 *     p(weir_timer_poll(weir_waiter_here()->cx, &timer)); // -> READY 1
 */
WEIR_API void weir_timer_fire(weir_timer *timer);

/* What stages on time begin each poll with. False: there is no clock, and the answer is ERROR.
 *
 * Example:
 *     p(weir_clock_is_there(weir_waiter_here()->cx, "mine")); // -> true
 *     p(weir_clock_is_there(cx(), "mine")); // -> false
 *     p(weir_clock_fail(cx(), "mine")); // -> false
 *     p(cx()->error.message); // -> mine needs a runtime
 */
WEIR_API bool weir_clock_fail(weir_cx *cx, const char *stage);
static inline bool weir_clock_is_there(weir_cx *cx, const char *stage)
{
    return WEIR_LIKELY(cx->timers != NULL) || weir_clock_fail(cx, stage);
}

/* What time it is now. Costs a reading of the clock: cx->now_ns is that of the turn.
 *
 * Example:
 *     weir_cx *here = weir_waiter_here()->cx;
 *     p(yes(weir_clock_now_ns(here) >= here->now_ns)); // -> yes
 */
static inline uint64_t weir_clock_now_ns(weir_cx *cx)
{
    return cx->timers->ops->now_ns(cx->timers);
}

/* A while from a moment on; past the end of the clock: never.
 *
 * Example:
 *     p(weir_after_ns(5, 7)); // -> 12
 *     p(yes(weir_after_ns(5, UINT64_MAX) == UINT64_MAX)); // -> yes
 */
static inline uint64_t weir_after_ns(uint64_t from_ns, uint64_t ns)
{
    return ns < UINT64_MAX - from_ns ? from_ns + ns : UINT64_MAX;
}

/* Of a set of work in flight: the last line of each poll of its stage, whose answer it passes on;
 * and the first line of its fini.
 *
 * Example:
 *     weir_cx *mine = cx();
 *     weir_in_flight set = {0}; // with its `progress`
 *     weir_in_flight_list tasks = {0};
 *     mine->in_flight = &tasks;
 *     p(weir_in_flight_polled(&set, mine, (weir_poll){0, WEIR_PENDING})); // -> PENDING
 *     p(yes(tasks.first == &set)); // -> yes
 *     weir_in_flight_leave(&set);
 *     mine->in_flight = NULL;
 */
WEIR_API void weir_in_flight_leave(weir_in_flight *self);
WEIR_API void weir_in_flight_moved(weir_in_flight *self, weir_cx *cx, weir_poll got);
static inline weir_poll weir_in_flight_polled(weir_in_flight *self, weir_cx *cx, weir_poll got)
{
    self->turn = cx->turn;
    self->waits = got.state == WEIR_PENDING;
    if (WEIR_UNLIKELY(self->waker.waker != cx->waker || self->list != cx->in_flight ||
                      self->depth != cx->depth || got.state == WEIR_END))
        weir_in_flight_moved(self, cx, got);
    return got;
}

/* Takes one poll from the budget; false: it is spent, answer weir_wait_turn().
 *
 * Example:
 *     weir_cx *mine = cx();
 *     mine->budget = 1;
 *     p(weir_spend(mine)); // -> true
 *     p(weir_spend(mine)); // -> false
 */
static inline bool weir_spend(weir_cx *cx)
{
    if (WEIR_LIKELY(cx->budget)) {
        cx->budget--;
        return true;
    }
    return false;
}

/* Takes n polls at once, or all that are left.
 *
 * Example:
 *     weir_cx *mine = cx();
 *     mine->budget = 5;
 *     weir_spend_many(mine, 3);
 *     p(mine->budget); // -> 2
 */
static inline void weir_spend_many(weir_cx *cx, size_t n)
{
    cx->budget = n < cx->budget ? cx->budget - (uint32_t)n : 0;
}

/* Answers ERROR after describing it in cx->error, fatal. Same conversions as weir_error_set().
 * A recoverable one: set cx->error.fatal to false before returning.
 *
 * Example:
 *     p(weir_fail(cx(), WEIR_E_USER, "%d of %s", 3, "four")); // -> ERROR
 *     p(cx()->error.message); // -> 3 of four
 */
WEIR_API weir_poll weir_fail(weir_cx *cx, weir_code code, const char *format, ...)
    WEIR_PRINTF(3, 4);

/* Scratch for one call. Take the mark first, give back to it before returning.
 * NULL: it does not fit.
 *
 * Example:
 *     size_t mark = weir_scratch_mark(cx());
 *     int64_t *items = weir_scratch_take(cx(), 8 * sizeof *items, sizeof *items);
 *     p(yes(items)); // -> yes
 *     weir_scratch_give(cx(), mark);
 *     p(yes(weir_scratch_mark(cx()) == mark)); // -> yes
 */
WEIR_API void *weir_scratch_take(weir_cx *cx, size_t size, size_t align) WEIR_MUST_USE;
static inline size_t weir_scratch_mark(const weir_cx *cx)
{
    return cx->scratch_used;
}
static inline void weir_scratch_give(weir_cx *cx, size_t mark)
{
    cx->scratch_used = mark;
}

WEIR_END_C

#endif
