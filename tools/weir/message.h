/* message.h: what a protobuf message is made of, as fields= says it: name:1,age:2:int64. */
#ifndef TOOL_MESSAGE_H
#define TOOL_MESSAGE_H

#include "pipeline.h"

struct message {
    weir_record record;
    char *bytes; /* the names stand in it */
    weir_member members[];
};

/* Of argument i, which is given; for message_drop(). NULL: it complained. */
struct message *message_new(const struct node *node, const struct words *words, size_t i);
void message_drop(struct message *message);

/* The words of a type, for a hint. */
#define MESSAGE_TYPES                                                                              \
    "string, bytes, bool, double, float, int32, int64, uint32, uint64, sint32, sint64, fixed32, "  \
    "fixed64, sfixed32, sfixed64"

#endif
