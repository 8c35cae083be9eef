/* place.h: where an error was. */
#ifndef PIPELINE_PLACE_H
#define PIPELINE_PLACE_H

#include "pipeline/pipeline.h"

/* "gunzip: byte 8123 of a.gz: "; node NULL: without the stage. */
void weir_pl_place_text(const struct node *node, const weir_error *error, char *out, size_t size);

/* The node asks a peer for what it gives, which may say no. NULL: none does. */
bool weir_pl_place_asks_peer(const struct node *node);

/* The error is such an answer: a status, of which no byte is wrong. */
bool weir_pl_place_is_answer(const struct node *node, const weir_error *error);

#endif
