/* Limits of stages that others may change: each row has a reference to one. */
#ifndef WEIR_INSPECT_KNOBS_H
#define WEIR_INSPECT_KNOBS_H

#include "inspect/look.h"
#include "weir/par.h"

/* A stage of this row has that limit. The first one stays, until nobody else has it. Of the row's
 * worker. */
void weir_knob_put(struct weir_account_row *row, weir_par_limit *limit);
static inline void weir_knob_note(struct weir_account_row *row, weir_par_limit *limit)
{
    if (WEIR_UNLIKELY(limit && limit != row->knob))
        weir_knob_put(row, limit);
}

/* All rows of a worker that goes. */
void weir_knobs_drop(struct weir_accounts *accounts);

/* Changes the limits of these rows of all workers; *before: what one of them was. From any thread.
 * False: there are none. */
bool weir_knobs_set(weir_rt *rt, const weir_inspect_row *row, size_t n, size_t *before);

#endif
