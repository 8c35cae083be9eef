/* print.h: what others named, printed; and the table of a plan. */
#ifndef TOOL_PRINT_H
#define TOOL_PRINT_H

#include <stdio.h>

#include "pipeline/pipeline.h"

/* Harmless for a terminal (text.h). */
void text_print(FILE *to, const char *text);

/* The table of `weir explain`; driver as weir_rt_driver() says it. false: the chains cannot be
 * built, and it complained. */
bool plan_print(FILE *to, struct pipeline *pipeline, const char *driver);

/* A copy of weir_pl_text_harmless(), and of weir_pl_plan_node_text(), for free(). Never NULL. */
char *print_harmless(const char *text);
char *print_node(const struct node *node, const struct words *words);

#endif
