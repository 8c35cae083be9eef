/* protobuf's wire: varints, tags, and a walk over a message's fields. */

#include "format/proto.h"

#include <string.h>

enum { VARINT_BYTES_MAX = 10, PROTO_NUMBER_MAX = (1 << 29) - 1, END_GROUP = 4 };

size_t weir_proto_long_varint(const unsigned char *bytes, size_t n, uint64_t *out)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n && i < VARINT_BYTES_MAX; i++) {
        value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i); /* bits above the 64th are dropped */
        if (bytes[i] < 0x80) {
            *out = value;
            return i + 1;
        }
    }
    return n < VARINT_BYTES_MAX ? 0 : SIZE_MAX;
}

static weir_state proto_bad(const weir_proto_cursor *cursor, const unsigned char *at,
                            weir_error *error)
{
    error->byte = (uint64_t)(at - cursor->begin);
    error->fatal = false;
    return WEIR_ERROR;
}

static weir_state proto_cut(const weir_proto_cursor *cursor, const char *what, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "the message ends inside of %s", what);
    return proto_bad(cursor, cursor->end, error);
}

/* false: error was set. */
static bool take_long_varint(weir_proto_cursor *cursor, const char *what, uint64_t *out,
                             weir_error *error)
{
    size_t left = (size_t)(cursor->end - cursor->at);
    size_t n = weir_proto_long_varint(cursor->at, left, out);
    if (!n) {
        proto_cut(cursor, what, error);
        return false;
    }
    if (n == SIZE_MAX) {
        weir_error_set(error, WEIR_E_CORRUPT, "%s is a varint of more than %d bytes", what,
                       (int)VARINT_BYTES_MAX);
        proto_bad(cursor, cursor->at, error);
        return false;
    }
    cursor->at += n;
    return true;
}

static inline bool take_varint(weir_proto_cursor *cursor, const char *what, uint64_t *out,
                               weir_error *error)
{
    if (WEIR_UNLIKELY(cursor->at == cursor->end || *cursor->at >= 0x80))
        return take_long_varint(cursor, what, out, error);
    *out = *cursor->at++;
    return true;
}

/* Little endian. */
static bool take_fixed(weir_proto_cursor *cursor, size_t size, uint64_t *out, weir_error *error)
{
    if ((size_t)(cursor->end - cursor->at) < size) {
        proto_cut(cursor, "a fixed number", error);
        return false;
    }
    *out = 0;
    for (size_t i = 0; i < size; i++)
        *out |= (uint64_t)cursor->at[i] << (8 * i);
    cursor->at += size;
    return true;
}

static bool proto_take_bytes(weir_proto_cursor *cursor, weir_text *out, weir_error *error)
{
    const unsigned char *begin = cursor->at;
    uint64_t n, left;
    if (!take_varint(cursor, "a length", &n, error))
        return false;
    left = (uint64_t)(cursor->end - cursor->at);
    if (n > left) {
        weir_error_set(error, WEIR_E_CORRUPT,
                       "a field of %llu bytes, where the message has %llu left",
                       (unsigned long long)n, (unsigned long long)left);
        proto_bad(cursor, begin, error);
        return false;
    }
    *out = (weir_text){(const char *)cursor->at, (size_t)n};
    cursor->at += n;
    return true;
}

/* The number and the wire type, which may be END_GROUP. */
static bool take_tag(weir_proto_cursor *cursor, weir_proto_field *out, weir_error *error)
{
    const unsigned char *begin = cursor->at;
    uint64_t tag;
    if (!take_varint(cursor, "a tag", &tag, error))
        return false;
    unsigned wire = (unsigned)tag & 7;
    if (wire > WEIR_WIRE_I32 || tag >> 3 > PROTO_NUMBER_MAX || !(tag >> 3)) {
        weir_error_set(error, WEIR_E_CORRUPT,
                       wire > WEIR_WIRE_I32 ? "a field of wire type %u, where 0 to 5 are known"
                                            : "a field whose number is not 1 to 536870911",
                       wire);
        proto_bad(cursor, begin, error);
        return false;
    }
    out->number = (uint32_t)(tag >> 3);
    out->wire = (weir_wire)wire;
    return true;
}

static bool take_value(weir_proto_cursor *cursor, weir_proto_field *field, weir_error *error)
{
    switch (field->wire) {
    case WEIR_WIRE_VARINT:
        return take_varint(cursor, "a number", &field->value, error);
    case WEIR_WIRE_I64:
        return take_fixed(cursor, 8, &field->value, error);
    case WEIR_WIRE_I32:
        return take_fixed(cursor, 4, &field->value, error);
    case WEIR_WIRE_LEN:
        return proto_take_bytes(cursor, &field->bytes, error);
    default:
        return true;
    }
}

/* Up to the tag that ends the group; groups inside of it are passed, as deep as is allowed. */
static bool pass_group(weir_proto_cursor *cursor, uint32_t number, weir_text *out,
                       weir_error *error)
{
    const unsigned char *begin = cursor->at;
    uint32_t open[WEIR_PROTO_DEPTH_MAX] = {number};
    size_t depth = 1;
    while (depth) {
        const unsigned char *at = cursor->at;
        weir_proto_field field = {0};
        if (at == cursor->end)
            return proto_cut(cursor, "a group", error), false;
        if (!take_tag(cursor, &field, error) || !take_value(cursor, &field, error))
            return false;
        *out = (weir_text){(const char *)begin, (size_t)(at - begin)};
        bool ends = (int)field.wire == END_GROUP, begins = field.wire == WEIR_WIRE_GROUP;
        if (ends && field.number != open[depth - 1]) {
            weir_error_set(error, WEIR_E_CORRUPT, "group %zu ends as %zu", (size_t)open[depth - 1],
                           (size_t)field.number);
            return proto_bad(cursor, at, error), false;
        }
        if (begins && depth == WEIR_PROTO_DEPTH_MAX) {
            weir_error_set(error, WEIR_E_LIMIT, "groups in groups, more than %d deep",
                           (int)WEIR_PROTO_DEPTH_MAX);
            return proto_bad(cursor, at, error), false;
        }
        if (begins)
            open[depth] = field.number;
        depth += begins;
        depth -= ends;
    }
    return true;
}

weir_state weir_proto_next(weir_proto_cursor *cursor, weir_proto_field *out, weir_error *error)
{
    const unsigned char *begin = cursor->at;
    if (begin == cursor->end)
        return WEIR_END;
    *out = (weir_proto_field){0};
    if (!take_tag(cursor, out, error) || !take_value(cursor, out, error))
        return WEIR_ERROR;
    if ((int)out->wire == END_GROUP) {
        weir_error_set(error, WEIR_E_CORRUPT, "group %zu ends, and did not begin",
                       (size_t)out->number);
        return proto_bad(cursor, begin, error);
    }
    if (out->wire == WEIR_WIRE_GROUP && !pass_group(cursor, out->number, &out->bytes, error))
        return WEIR_ERROR;
    return WEIR_READY;
}
