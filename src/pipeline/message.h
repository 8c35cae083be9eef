/* message.h: what a protobuf message is made of, as fields= says it: name:1,age:2:int64, and
 * home.city:3.1 of a message in it. */
#ifndef PIPELINE_MESSAGE_H
#define PIPELINE_MESSAGE_H

#include "pipeline/pipeline.h"

struct message {
    weir_record record;
    weir_member *members; /* of the record */
    char *names;          /* of the outermost: they stand in it */
    char *fields;         /* ... and these, as they were said: home.city */
    const char **field_at;
    size_t fields_n;
};

/* Of argument i, which is given; for weir_pl_message_drop(). NULL: it complained. */
struct message *weir_pl_message_new(const struct node *node, const struct words *words, size_t i);
void weir_pl_message_drop(struct message *message);

/* The words of a type, for a hint. */
#define MESSAGE_TYPES                                                                              \
    "string, bytes, bool, double, float, int32, int64, uint32, uint64, sint32, sint64, fixed32, "  \
    "fixed64, sfixed32, sfixed64"

#endif
