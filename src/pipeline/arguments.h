/* arguments.h: the words behind a stage's name, held against its entry in the catalogue. */
#ifndef PIPELINE_ARGUMENTS_H
#define PIPELINE_ARGUMENTS_H

#include "pipeline/pipeline.h"

/* Fills node->args. false: it complained on stderr. */
bool weir_pl_arguments_parse(struct node *node, const struct words *words);

/* "4096", "64K", "20M", "1G": K, M and G count in 1024. false: it is no such number. */
bool weir_pl_arguments_number(const char *text, bool units, uint64_t *out);

/* "500ms", "10s", "5m", "1h", in nanoseconds. false: it is no such time. */
bool weir_pl_arguments_time(const char *text, uint64_t *ns);

/* One option of an address, which stands in the word with it. */
bool weir_pl_arguments_option(struct node *node, const struct words *words, const char *text);

#endif
