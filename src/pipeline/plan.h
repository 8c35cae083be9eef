/* plan.h: what will be done, decided before anything is opened. */
#ifndef PIPELINE_PLAN_H
#define PIPELINE_PLAN_H

#include "pipeline/pipeline.h"

/* Checks that each stage takes what the one before it gives, and joins stages that are faster
 * together. false: it complained on stderr. */
bool weir_pl_plan_make(struct pipeline *pipeline);

/* Asks all chains how much memory they may hold. false: they cannot be built, and it complained. */
bool weir_pl_plan_measure(struct pipeline *pipeline);

/* The table of `weir explain`, once they were asked; driver as weir_rt_driver() says it. Returns
 * its bytes, of which at most size - 1 are written, and a NUL; 0: no memory. */
size_t weir_pl_plan_text(const struct pipeline *pipeline, const char *driver, char *out,
                         size_t size);

/* The words of a node as one string, for weir_pl_room_free(). NULL: no memory. */
char *weir_pl_plan_node_text(const struct node *node, const struct words *words);

#endif
