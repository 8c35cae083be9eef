/* What looks at one worker, and all of a runtime together. */
#ifndef WEIR_INSPECT_LOOK_H
#define WEIR_INSPECT_LOOK_H

#include "inspect/notes.h"
#include "task/workers.h"

/* Of a task; or the next one that is free, from 1. */
struct weir_look_slot {
    struct weir_note *note;
    uint32_t next;
};

/* The turn that a worker is in, for those who look from elsewhere: it may never end. */
struct weir_look_turn {
    const struct weir_account_row *row; /* of the stage that works most; NULL: it polls nothing */
    uint64_t since_ns;
    const weir_stage *stages[WEIR_NOTED_MAX];            /* if it is sampled: which of them ... */
    const struct weir_account_row *rows[WEIR_NOTED_MAX]; /* ... has which row */
};

/* Of one worker. */
struct weir_looking {
    struct weir_look look;
    struct weir_timing timing;
    struct weir_serving serving;
    struct weir_note *note; /* whose turn it is; NULL: nobody's, or one that is not timed */
    bool sampled;           /* it is */
    uint64_t sample_due_ns;
    struct weir_look_slot *slots; /* by weir_task.note - 1 */
    _Atomic(void *) tap, trace;   /* inspect/tap.h, inspect/trace.h; NULL: nobody asked for one */
    struct weir_look_turn turn;
    uint32_t n_slots, free;
    uint64_t timed_n; /* polls of it that were timed */
    uint64_t left_ns; /* of a loop: when its last poll was over */
    struct weir_accounts accounts;
};

/* A turn as it was seen to begin, by who looks from elsewhere. */
struct weir_look_seen {
    _Atomic uint32_t n; /* of the worker's turns */
    _Atomic uint64_t since_ns;
};

struct weir_inspector {
    struct weir_looker looker;
    struct weir_look_seen seen[WEIR_WORKERS_MAX];
    _Atomic(struct weir_looking *) looks[WEIR_WORKERS_MAX];
};

uint64_t weir_looking_now_ns(const struct weir_looking *self);

/* A stage is about to be dropped. On the thread that does it. */
void weir_looking_drops(const weir_stage *stage);

/* Of a runtime's worker, from any thread. NULL: nobody looks at it. */
struct weir_looking *weir_looking_at(weir_rt *rt, size_t worker);

/* What a look keeps at `at` for those who ask: made for the first of them, all zero; NULL: no
 * memory. By one thread at a time. */
void *weir_looking_keep(_Atomic(void *) *at, size_t size);

/* NULL: no memory. */
struct weir_looking *weir_looking_new(weir_worker *worker);
/* The tasks are gone, and with them their notes. */
void weir_looking_drop(struct weir_looking *self);

#endif
