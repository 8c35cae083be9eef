/* The bounds of a pipeline: no more items a second leave it than its busiest part can give. */
#ifndef WEIR_INSPECT_LAW_H
#define WEIR_INSPECT_LAW_H

#include "inspect/model.h"

/* What a bound is of. */
enum weir_law_of {
    WEIR_LAW_STAGE,   /* a stage alone, or several of one task, of which it has the most to do */
    WEIR_LAW_TASK,    /* what one task works: its thread is one */
    WEIR_LAW_MACHINE, /* the cores that are usable */
    WEIR_LAW_NOTHING  /* no service is known */
};

/* Items a second that can leave the last stage at most. What all of them stand below is the
 * smallest; `next` is what remains of it when the stage of the first is no limit any more. */
struct weir_law_bound {
    enum weir_law_of of;
    size_t stage; /* who has most of it */
    double rate;
};

struct weir_law {
    struct weir_law_bound first, next;
    double machine; /* the bound of the cores; 0: their number is not known */
    double utilisation[WEIR_MODEL_STAGES_MAX]; /* of each stage's workers, at the measured rate */
};

void weir_law(const struct weir_model *model, struct weir_law *law);

#endif
