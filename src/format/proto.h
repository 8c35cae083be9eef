/* protobuf's wire, and structs on it. */
#ifndef WEIR_FORMAT_PROTO_H
#define WEIR_FORMAT_PROTO_H

#include "weir/proto.h"

/* How many bytes the varint at the beginning takes. 0: more are needed; SIZE_MAX: too long. */
size_t weir_proto_varint(const unsigned char *bytes, size_t n, uint64_t *out);

/* A message and the longest length before it. */
static inline size_t weir_proto_frame_bytes_max(size_t message_bytes_max)
{
    return message_bytes_max && message_bytes_max < WEIR_MIN_MAX ? message_bytes_max + 10
                                                                 : message_bytes_max;
}

#endif
