/* How a turn is divided among the stages of its task. */
#ifndef WEIR_INSPECT_SHARES_H
#define WEIR_INSPECT_SHARES_H

#include "inspect/notes.h"

/* Before it is: which part is whose, where that is not known yet. */
void weir_shares_find(struct weir_note *note);

/* Signed: a processor converts these in one instruction. */
static inline uint64_t weir_shares_part(double took_ns, double part)
{
    return (uint64_t)(int64_t)(took_ns * part);
}

/* How many tasks wait for what: n more of them, or fewer. */
static inline void weir_shares_wait(const struct weir_note *note, uint64_t n)
{
    struct weir_open *waits = &note->stages[note->leaf].row->leaf[note->waits_for];
    WEIR_TALLY(waits->n, n);
    WEIR_TALLY(waits->since_ns, n * note->since_ns);
}

/* n more tasks are in it, since moments that add up to that. */
static inline void weir_shares_open(const struct weir_noted_stage *noted, bool ready, uint64_t n,
                                    uint64_t since_ns)
{
    struct weir_open *open = &noted->row->open[ready ? WEIR_SHARE_RUNNABLE : noted->share];
    WEIR_TALLY(open->n, n);
    WEIR_TALLY(open->since_ns, since_ns);
}

/* While one works, those that it gives to are starved, and those that give to it blocked; whoever
 * stands beside it does what it did. Each row gets all of it, times its scale. */
static inline void weir_shares_divide(struct weir_noted_stage *noted, uint64_t took_ns)
{
    double all_ns = (double)(int64_t)took_ns;
    uint64_t *ns = noted->row->ns;
    uint64_t own_ns = weir_shares_part(all_ns, noted->own),
             starved_ns = weir_shares_part(all_ns, noted->starved),
             blocked_ns = weir_shares_part(all_ns, noted->blocked);
    int64_t left_ns = (int64_t)(took_ns - own_ns - starved_ns - blocked_ns);
    noted->ran_ns += own_ns;
    WEIR_TALLY(ns[WEIR_SHARE_BUSY], own_ns);
    WEIR_TALLY(ns[WEIR_SHARE_STARVED], starved_ns);
    WEIR_TALLY(ns[WEIR_SHARE_BLOCKED], blocked_ns);
    WEIR_TALLY(ns[noted->share], left_ns > 0 ? left_ns : 0);
}

#endif
