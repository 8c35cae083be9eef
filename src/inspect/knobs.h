/* Limits of stages that others may change: each row has a reference to those of its stages. */
#ifndef WEIR_INSPECT_KNOBS_H
#define WEIR_INSPECT_KNOBS_H

#include "inspect/look.h"
#include "weir/par.h"

/* So many of a row; what more there are is summed, and not changed. */
enum { WEIR_KNOBS_MAX = 8 };

/* A limit, and what its stages said last: what runs is that of all that share it. */
struct weir_knob {
    weir_par_limit *limit;       /* NULL: none yet */
    uint64_t stages;             /* of this row, that have it */
    uint64_t at_once, in_flight; /* at most, and now */
};
struct weir_knobs {
    struct weir_knob all[WEIR_KNOBS_MAX];
    uint64_t others; /* stages whose limits found no place */
};

/* Which of them a stage has: weir_noted_stage.knob. 0: none. */
enum { WEIR_KNOB_OTHER = WEIR_KNOBS_MAX + 1 };

/* What the stage has in hand by now. Of the row's worker. */
void weir_knob_put(struct weir_noted_stage *noted, const weir_holding *now);
static inline void weir_knob_note(struct weir_noted_stage *noted, const weir_holding *now)
{
    if (WEIR_UNLIKELY(now->knob || noted->knob))
        weir_knob_put(noted, now);
}

/* Its limit is summed apart from those of others, since these may have it too. */
static inline bool weir_knob_is_apart(const struct weir_noted_stage *noted)
{
    return noted->knob && noted->knob != WEIR_KNOB_OTHER;
}

/* All rows of a worker that goes. */
void weir_knobs_drop(struct weir_accounts *accounts);

/* ---- from any thread ---- */

/* Limits that were met already, each once. */
enum { WEIR_KNOBS_MET_MAX = 64 };
struct weir_knobs_met {
    const void *limits[WEIR_KNOBS_MET_MAX];
    size_t n;
};

/* Adds the limits of this row, but for those that were met: workers may share them. */
void weir_knobs_sum(const struct weir_account_row *row, struct weir_knobs_met *met,
                    weir_inspect_row *sum);

/* Limits that were changed, with a reference each, and what they were. */
struct weir_knobs_kept {
    weir_par_limit *limits[WEIR_KNOBS_MET_MAX];
    size_t before[WEIR_KNOBS_MET_MAX];
    size_t n;
    uint64_t others; /* stages whose limits were not */
};

/* Changes the limits of these rows of all workers, and keeps those that are new to *kept. */
void weir_knobs_set(weir_rt *rt, const weir_inspect_row *row, size_t n,
                    struct weir_knobs_kept *kept);

/* They are let go of; restore: they are what they were. */
void weir_knobs_end(struct weir_knobs_kept *kept, bool restore);

#endif
