/* address.h: words that say where something stands outside: paths, and SCHEME:REST{,KEY=VALUE}. */
#ifndef PIPELINE_ADDRESS_H
#define PIPELINE_ADDRESS_H

#include "pipeline/pipeline.h"

/* A word with a / or a . in it, or one that begins with a scheme. */
bool weir_pl_address_looks_like(const char *text);

enum address_role {
    ADDRESS_SOURCE,
    ADDRESS_SINK,
    ADDRESS_PEER,  /* of relay: both ways */
    ADDRESS_SERVED /* of serve: http: listens there */
};

/* The word node->first as one of these: its entry, its path or address, its options. false: it
 * complained. */
bool weir_pl_address_parse(struct node *node, const struct words *words, enum address_role role);

/* What an address is written like whose scheme this word is, or nearly begins with; false: none. */
bool weir_pl_address_hint(const char *text, char *out, size_t size);

/* The path that the word is, or that stands behind file:. NULL: it complained. */
const char *weir_pl_address_path(const struct words *words, size_t word);

/* The ith that this version knows besides files, as a source; NULL: there are no more. */
const struct entry *weir_pl_address_entry(size_t i);
/* ... as a sink. */
const struct entry *weir_pl_address_sink(size_t i);

#endif
