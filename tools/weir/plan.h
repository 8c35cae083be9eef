/* plan.h: what will be done, decided before anything is opened. */
#ifndef TOOL_PLAN_H
#define TOOL_PLAN_H

#include <stdio.h>

#include "pipeline.h"

/* Checks that each stage takes what the one before it gives, and joins stages that are faster
 * together. false: it complained on stderr. */
bool plan_make(struct pipeline *pipeline);

/* The table of `weir explain`; driver as weir_rt_driver() says it. */
void plan_print(FILE *to, struct pipeline *pipeline, const char *driver);

/* The words of a node as one string, for free(). */
char *plan_node_text(const struct node *node, const struct words *words);

#endif
