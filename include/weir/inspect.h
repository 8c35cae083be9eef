/* weir/inspect.h: where the time of a runtime's tasks goes, stage by stage, while it runs:
 *
 *     if (weir_inspect_start(rt, &error))
 *         weir_inspect_attach(rt, true);
 *     ...
 *     weir_inspect_row rows[WEIR_INSPECT_ROWS_MAX];
 *     size_t n = weir_inspect_snapshot(rt, rows, WEIR_INSPECT_ROWS_MAX);
 *     for (size_t i = 0; i < n; i++)
 *         printf("%s: busy for %llu ns\n", rows[i].stage, (unsigned long long)rows[i].busy_ns);
 *
 * There is a row for each stage of each place that spawns tasks; all tasks of that place are summed
 * up in it. At any time a stage is one of:
 *
 *   busy      it works; or what it waits for is its own: its input or output, its timer, its tasks
 *   starved   it waits for those nearer to the source
 *   blocked   it waits for those nearer to the consumer
 *   runnable  its task was woken, and no worker has come to it yet
 *
 * so the four add up to the time that its tasks were there. The stage that is busy longest limits
 * the others. Processor time is divided among the stages of a task by a turn about every 2 ms in
 * which each poll is timed; or fewer, so that to time them takes a hundredth of the time. The turn
 * that runs at this moment is in the rows when it ends, or as far as it came when one of its stages
 * last answered. */
#ifndef WEIR_INSPECT_H
#define WEIR_INSPECT_H

#include "weir/cx.h"

WEIR_BEGIN_C

enum {
    WEIR_INSPECT_ROWS_MAX = 256,        /* the last one is "other", for all that has none */
    WEIR_INSPECT_STAGES_MAX = 32,       /* of a chain; those beyond, at its source, are one. So many
                                           of its further inputs too, whose indices begin here */
    WEIR_INSPECT_SERVICES = 512,        /* service times that are kept of a row */
    WEIR_INSPECT_LONG_POLL_NS = 1000000 /* a turn that took longer delays the others */
};

typedef struct weir_inspect_row {
    const weir_site *place;       /* that spawned its tasks; NULL: a run's own, or not known */
    const char *stage;            /* static text */
    uint64_t index;               /* of the stage in its chain; the source is 0 */
    uint64_t tasks;               /* seen so far */
    uint64_t items, polls, waits; /* of these, since they were seen */
    uint64_t busy_ns, starved_ns, blocked_ns, runnable_ns;
    uint64_t served_ns;   /* of busy_ns: it waited for what is its own */
    uint64_t long_polls;  /* turns beyond WEIR_INSPECT_LONG_POLL_NS in which it worked most */
    const char *function; /* what its user calls it, or its function; NULL: neither */
    uint64_t queue_n, queue_max; /* items that it holds, all tasks together, and may; 0 0: none */
    uint64_t queue_item_ns;      /* the sum of what it held, times how long */
    uint64_t limit, in_flight;   /* how many it has at work at once; 0 0: it is no such stage */
    uint64_t service_n;          /* service times seen; the last of them: weir_inspect_service() */
    const char *input_of;        /* the stage that reads it; NULL: the next one of the chain does */
    uint64_t parent;             /* ... and the index of that */
    uint64_t
        shared; /* of two rows that have the same: one sends what the other receives; 0: neither */
    const char *unit; /* what `items` are: "items"; "bytes", of readers and of writers */
} weir_inspect_row;

/* How long one item took: on a processor, and besides. */
typedef struct weir_service {
    uint32_t cpu_ns, wait_ns; /* UINT32_MAX: that long or longer */
} weir_service;

/* What a worker does this moment. */
typedef struct weir_inspect_turn {
    size_t worker;
    const weir_site *place; /* as in its row */
    const char *stage;      /* NULL: it polls nothing, or what is not named yet */
    uint64_t for_ns;        /* since when; 0: it polls nothing */
    const char *function;
    uint64_t index;
    bool known; /* it is this stage; else the one that works most there: the turn is no sample */
} weir_inspect_turn;

/* The accounts of this runtime are kept from now on, by one cycle in 16 of its tasks (what a task
 * does between two waits), until it is dropped. Again: nothing. From any thread.
 * Errors, and false: MEMORY.
 *
 * Example:
 *     weir_error error;
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_inspect_start(rt, &error)); // -> true
 *     weir_rt_drop(rt);
 */
WEIR_API bool weir_inspect_start(weir_rt *rt, weir_error *error) WEIR_MUST_USE;

/* Every cycle is timed, or one in 16 again; workers that sleep are woken for it. While every one
 * is, rows have the time since then, which adds up to a fiftieth; else all time since the start, as
 * it was sampled and as it was exact. Again, and before the start: nothing. From any thread that
 * knows the runtime to be there.
 *
 * Example:
 *     weir_error error;
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_inspect_start(rt, &error)); // -> true
 *     weir_inspect_attach(rt, true);
 *     p(answer(weir_rt_run(rt, later(7, 5), NULL, NULL))); // -> READY
 *     weir_inspect_attach(rt, false);
 *     weir_rt_drop(rt);
 */
WEIR_API void weir_inspect_attach(weir_rt *rt, bool exact);

/* Fills rows, at most n of them, in no order. Returns how many there are, which may be more. From
 * any thread that knows the runtime to be there; its workers are not stopped for it.
 *
 * Example:
 *     weir_error error;
 *     weir_inspect_row rows[9];
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_inspect_start(rt, &error)); // -> true
 *     weir_inspect_attach(rt, true);
 *     p(answer(weir_rt_run(rt, later(7, 5), NULL, NULL))); // -> READY
 *     p(weir_inspect_snapshot(rt, rows, 9)); // -> 2
 *     weir_rt_drop(rt);
 */
WEIR_API size_t weir_inspect_snapshot(weir_rt *rt, weir_inspect_row *rows, size_t n);

/* The last service times of a row, oldest first, at most n and WEIR_INSPECT_SERVICES of them;
 * returns how many. Of a stage that has several items at work at once there is one for each item,
 * while somebody is attached; of another one the mean of each turn that is sampled.
 *
 * Example:
 *     weir_error error;
 *     weir_service last[9];
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_inspect_start(rt, &error)); // -> true
 *     p(weir_inspect_service(rt, NULL, "map", 1, last, 9)); // -> 0
 *     weir_rt_drop(rt);
 */
WEIR_API size_t weir_inspect_service(weir_rt *rt, const weir_site *place, const char *stage,
                                     uint64_t index, weir_service *out, size_t n);

/* What each worker does that had a turn since the start, while somebody is attached; returns how
 * many there are, and fills n of them at most. Also where a poll never returns; one that was stuck
 * before is named when it is seen to be the same for 2 s, by calls of this, and for_ns counts from
 * the first of them: until then its stage is NULL.
 *
 * Example:
 *     weir_error error;
 *     weir_inspect_turn turns[9];
 *     weir_rt *rt = weir_rt_new(NULL, NULL);
 *     p(weir_inspect_start(rt, &error)); // -> true
 *     weir_inspect_attach(rt, true);
 *     p(answer(weir_rt_run(rt, later(7, 5), NULL, NULL))); // -> READY
 *     p(weir_inspect_running(rt, turns, 9)); // -> 1
 *     p(yes(turns[0].stage)); // -> no
 *     weir_rt_drop(rt);
 */
WEIR_API size_t weir_inspect_running(weir_rt *rt, weir_inspect_turn *out, size_t n);

WEIR_END_C

#endif
