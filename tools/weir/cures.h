/* cures.h: what the library advises a program, in words of the command. */
#ifndef TOOL_CURES_H
#define TOOL_CURES_H

#include "pipeline/pipeline.h"

/* What to type against an error of this node, which may be NULL. false: the library's cure, if it
 * has one, says it. */
bool cures_find(const struct node *node, const weir_error *error, char *out, size_t size);

#endif
