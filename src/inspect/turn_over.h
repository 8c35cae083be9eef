/* What a turn came to: what its stages counted, which of them wait, how long an item took. */
#ifndef WEIR_INSPECT_TURN_OVER_H
#define WEIR_INSPECT_TURN_OVER_H

#include "inspect/notes.h"

/* As weir_stage_n() and the others of it, in line: each turn that is told asks all of its stages.
 */
#define WEIR_NOTED_GET(counter) __atomic_load_n(&(counter), __ATOMIC_RELAXED)

/* How many more; none, if another stage came to its place. Without a branch, as is what follows: a
 * turn begins behind a system call, when no branch of it is remembered. */
static inline uint64_t weir_noted_add(uint64_t *counted, uint64_t now, uint64_t *sum)
{
    int64_t since = (int64_t)(now - *counted);
    WEIR_TALLY(*sum, since > 0 ? since : 0);
    *counted = now;
    return (uint64_t)since;
}

/* Tells what it did since it was counted last. */
struct weir_noted_counted {
    bool polled, waited;
};
static inline struct weir_noted_counted weir_noted_count(struct weir_noted_stage *noted)
{
    const weir_stage *stage = noted->stage;
    struct weir_account_row *row = noted->row;
    uint64_t n = WEIR_NOTED_GET(stage->n);
    uint64_t polls = WEIR_NOTED_GET(stage->polls_less_n) + (n & (0 - (uint64_t)noted->stream));
    weir_noted_add(&noted->items, n, &row->items);
    bool polled = weir_noted_add(&noted->polls, polls, &row->polls);
    bool waited = weir_noted_add(&noted->waits, WEIR_NOTED_GET(stage->waits), &row->waits);
    return (struct weir_noted_counted){polled, waited};
}

#endif
