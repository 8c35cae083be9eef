/* A model made of what the inspector has: two snapshots of a runtime, and service times.
 *
 * The line is the chain of a task that worked most, or whose stages waited, with those that feed it
 * through channels before it, each of which has one sender (weir_send_each). Of the tasks of
 * parallel stages nothing is in it but their service times; further inputs (zip, merge) are not in
 * it either, and what those bring about makes the replay miss, so that nothing is foretold. */
#ifndef WEIR_INSPECT_MODEL_ROWS_H
#define WEIR_INSPECT_MODEL_ROWS_H

#include "inspect/model.h"

/* What the model points at. */
struct weir_model_room {
    weir_service service[WEIR_MODEL_STAGES_MAX][WEIR_INSPECT_SERVICES];
    struct weir_model_spawn spawns[WEIR_INSPECT_ROWS_MAX];
};

struct weir_model_source {
    const weir_inspect_row *before, *after; /* before: what was not there yet is 0 */
    size_t before_n, after_n;
    uint64_t took_ns;   /* between them */
    uint64_t worked_ns; /* ... by all tasks of the process; 0: not known */
    /* As weir_inspect_service(), of a row of `after`. */
    size_t (*service)(void *arg, const weir_inspect_row *row, weir_service *out, size_t n);
    void *arg;
};

/* What tasks worked so far, of these rows. */
uint64_t weir_model_worked_ns(const weir_inspect_row *rows, size_t n);

/* Ids are numbers of rows in `after`. The machine, the workers and the rates of further windows are
 * the caller's to set. False: nothing went through it. */
bool weir_model_from_rows(struct weir_model *model, struct weir_model_room *room,
                          const struct weir_model_source *source);

#endif
