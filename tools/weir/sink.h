/* sink.h: what a chain ends in. */
#ifndef TOOL_SINK_H
#define TOOL_SINK_H

#include "pipeline.h"

/* Places in the args of a file sink. */
enum { SINK_APPEND, SINK_PARTIAL, SINK_SYNC };

/* The writer of a sink. */
weir_writer *sink_build(const struct node *node);

/* What stands under the name before the run. */
struct sink_before {
    enum { SINK_ABSENT, SINK_REGULAR, SINK_OTHER } kind;
    uint64_t inode; /* of a regular file */
};
struct sink_before sink_look(const struct node *node);

/* What did not happen to the sink, or happened in part, because the chain failed after `bytes`;
 * "" when there is nothing to say. */
void sink_outcome(const struct node *node, const struct sink_before *before, uint64_t bytes,
                  char *out, size_t size);

#endif
