/* Structs out of messages: members are found by their numbers. */

#include <string.h>

#include "bytes/utf8.h"
#include "format/proto.h"

/* Fields mostly come in the order of the members: looked for from the one behind the last. */
static const weir_member *member_of(const weir_record *record, uint32_t number, size_t *from)
{
    for (size_t i = 0; i < record->n; i++) {
        size_t at = *from + i < record->n ? *from + i : *from + i - record->n;
        if (record->members[at].number == number) {
            *from = at + 1 < record->n ? at + 1 : 0;
            return &record->members[at];
        }
    }
    return NULL;
}

/* The wire type that a member comes with. */
static weir_wire wire_of(const weir_member *member)
{
    if (member->kind == WEIR_MEMBER_TEXT || member->kind == WEIR_MEMBER_RECORD)
        return WEIR_WIRE_LEN;
    if (member->as == WEIR_AS_FIXED32)
        return WEIR_WIRE_I32;
    if (member->as == WEIR_AS_FIXED64 || member->kind == WEIR_MEMBER_F64)
        return WEIR_WIRE_I64;
    return WEIR_WIRE_VARINT;
}

static bool proto_read_refuse(const weir_member *member, const char *what, uint64_t byte,
                              weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "'%s' (field %zu) %s", member->name,
                   (size_t)member->number, what);
    error->fatal = false;
    error->byte = byte;
    return false;
}

/* Of a longer varint the upper half is left out, as by protobuf itself. */
static bool is_half(const weir_member *member)
{
    return member->as == WEIR_AS_FIXED32 || member->as == WEIR_AS_INT32 ||
           member->as == WEIR_AS_SINT32;
}

static int64_t signed_of(const weir_member *member, uint64_t value)
{
    if (is_half(member))
        value = (uint32_t)value;
    if (member->as == WEIR_AS_ZIGZAG || member->as == WEIR_AS_SINT32)
        return (int64_t)(value >> 1 ^ (0 - (value & 1)));
    return is_half(member) ? (int32_t)(uint32_t)value : (int64_t)value;
}

static double double_of(const weir_member *member, uint64_t value)
{
    double number;
    float small;
    uint32_t bits = (uint32_t)value;
    memcpy(&number, &value, sizeof number);
    memcpy(&small, &bits, sizeof small);
    return member->as == WEIR_AS_FIXED32 ? (double)small : number;
}

static void read_number(const weir_member *member, uint64_t value, void *at)
{
    switch (member->kind) {
    case WEIR_MEMBER_I64:
        *(int64_t *)at = signed_of(member, value);
        break;
    case WEIR_MEMBER_U64:
        *(uint64_t *)at = is_half(member) ? (uint32_t)value : value;
        break;
    case WEIR_MEMBER_F64:
        *(double *)at = double_of(member, value);
        break;
    default:
        *(bool *)at = value != 0;
    }
}

static bool proto_read_text(const weir_member *member, weir_text text, uint64_t byte, void *at,
                            weir_error *error)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    size_t good = member->as == WEIR_AS_BYTES ? text.size : weir_utf8_bytes(bytes, text.size);
    if (good < text.size)
        return proto_read_refuse(member, "is no UTF-8", byte + good, error);
    *(weir_text *)at = text;
    return true;
}

static bool merge(const weir_record *record, weir_text message, void *out, weir_error *error);

static bool read_field(const weir_member *member, const weir_proto_field *field, uint64_t byte,
                       void *out, weir_error *error)
{
    void *at = (char *)out + member->offset;
    if (field->wire != wire_of(member))
        return proto_read_refuse(member, "has another wire type than its member", byte, error);
    if (member->has)
        *(bool *)((char *)out + member->has - 1) = true;
    if (member->kind == WEIR_MEMBER_TEXT)
        return proto_read_text(member, field->bytes, byte, at, error);
    if (member->kind != WEIR_MEMBER_RECORD) {
        read_number(member, field->value, at);
        return true;
    }
    if (merge(member->of, field->bytes, at, error))
        return true;
    error->byte += byte; /* it was counted from the nested message's first */
    return false;
}

/* Where the bytes of a field begin, in the message. */
static uint64_t proto_read_place_of(const weir_proto_cursor *cursor, const weir_proto_field *field,
                                    const unsigned char *before)
{
    const unsigned char *at = field->bytes.data ? (const unsigned char *)field->bytes.data : before;
    return (uint64_t)(at - cursor->begin);
}

static bool merge(const weir_record *record, weir_text message, void *out, weir_error *error)
{
    weir_proto_cursor cursor = weir_proto_begin(message);
    weir_proto_field field;
    size_t from = 0;
    for (;;) {
        const unsigned char *before = cursor.at;
        weir_state state = weir_proto_next(&cursor, &field, error);
        if (state != WEIR_READY)
            return state == WEIR_END;
        const weir_member *member = member_of(record, field.number, &from);
        if (member &&
            !read_field(member, &field, proto_read_place_of(&cursor, &field, before), out, error))
            return false;
    }
}

bool weir_proto_read(const weir_record *record, weir_text message, void *out, weir_error *error)
{
    memset(out, 0, record->type.size);
    return merge(record, message, out, error);
}
