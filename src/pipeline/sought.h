/* sought.h: fields that a stage looks for: one that no record has was perhaps misspelt. */
#ifndef PIPELINE_SOUGHT_H
#define PIPELINE_SOUGHT_H

#include "pipeline/pipeline.h"

struct sought;

/* One more name that this node looks for, which argument i says. */
bool weir_pl_sought_add(struct node *node, const struct words *words, size_t i, const char *name);
void weir_pl_sought_drop(struct node *node);

/* Looks for them in what passes, until all were found. */
weir_stream *weir_pl_sought_watch(weir_stream *source WEIR_TAKES, struct node *node);

/* The field of a record: by its name, or as the field b of the record a, as where and pick do.
 * false: there is none. */
bool weir_pl_sought_find(weir_record_view record, const char *text, weir_value *value);

/* Says on stderr which were not. */
void weir_pl_sought_tell(const struct node *node, const struct words *words);

#endif
