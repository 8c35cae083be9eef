/* protobuf's wire, and structs on it. */
#ifndef WEIR_FORMAT_PROTO_H
#define WEIR_FORMAT_PROTO_H

#include "weir/proto.h"

/* How many bytes the varint at the beginning takes. 0: more are needed; SIZE_MAX: too long. */
size_t weir_proto_long_varint(const unsigned char *bytes, size_t n, uint64_t *out);

/* Most are one byte. */
static inline size_t weir_proto_varint(const unsigned char *bytes, size_t n, uint64_t *out)
{
    if (!n || bytes[0] >= 0x80)
        return weir_proto_long_varint(bytes, n, out);
    *out = bytes[0];
    return 1;
}

/* A message and the longest length before it. */
static inline size_t weir_proto_frame_bytes_max(size_t message_bytes_max)
{
    return message_bytes_max && message_bytes_max < WEIR_MIN_MAX ? message_bytes_max + 10
                                                                 : message_bytes_max;
}

#endif
