/* What a turn came to: what its stages counted, which of them wait, how long an item took. */
#ifndef WEIR_INSPECT_TURN_OVER_H
#define WEIR_INSPECT_TURN_OVER_H

#include "inspect/notes.h"

/* As weir_stage_n() and the others of it, in line: each turn that is told asks all of its stages.
 */
#define WEIR_NOTED_GET(counter) __atomic_load_n(&(counter), __ATOMIC_RELAXED)

static inline void weir_noted_add(uint64_t *counted, uint64_t now, uint64_t *sum)
{
    uint64_t since = now - *counted;
    if ((int64_t)since > 0) /* else another stage came to its place */
        WEIR_TALLY(*sum, since);
    *counted = now;
}

/* True: it was polled since it was counted last. Else it counted nothing. */
static inline bool weir_noted_count(struct weir_noted_stage *noted)
{
    const weir_stage *stage = noted->stage;
    struct weir_account_row *row = noted->row;
    uint64_t n = WEIR_NOTED_GET(stage->n), polled = noted->polls,
             polls = WEIR_NOTED_GET(stage->polls_less_n) + (noted->stream ? n : 0);
    if (n == noted->items && polls == polled)
        return false;
    weir_noted_add(&noted->items, n, &row->items);
    weir_noted_add(&noted->polls, polls, &row->polls);
    weir_noted_add(&noted->waits, WEIR_NOTED_GET(stage->waits), &row->waits);
    return polls != polled;
}

/* What it does when nobody asks it for anything. */
static inline enum weir_share weir_noted_idle(const struct weir_noted_stage *noted)
{
    if (noted->body) /* it waits for another chain, further down the stack */
        return WEIR_SHARE_SERVED;
    return noted->sink ? WEIR_SHARE_STARVED : WEIR_SHARE_BLOCKED;
}

#endif
