/* Messages out of structs: one pass that only counts where there is no room. */

#include <math.h>
#include <string.h>

#include "bytes/utf8.h"
#include "format/proto.h"

/* What was written, or would have been. */
struct room {
    unsigned char *out;
    size_t size;
    size_t n;
};

static void proto_write_put(struct room *room, const void *bytes, size_t n)
{
    if (n && room->n <= room->size && n <= room->size - room->n)
        memcpy(room->out + room->n, bytes, n);
    room->n += n;
}

static void put_varint(struct room *room, uint64_t value)
{
    unsigned char bytes[10];
    size_t n = 0;
    do {
        bytes[n++] = (unsigned char)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    proto_write_put(room, bytes, n);
}

static void put_fixed(struct room *room, uint64_t value, size_t size)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    proto_write_put(room, bytes, size);
}

static void put_tag(struct room *room, const weir_member *member, weir_wire wire)
{
    put_varint(room, (uint64_t)member->number << 3 | wire);
}

static uint64_t bits_of(const weir_member *member, const void *at)
{
    uint64_t bits;
    uint32_t half;
    float small;
    switch (member->kind) {
    case WEIR_MEMBER_BOOL:
        return *(const bool *)at;
    case WEIR_MEMBER_F64:
        memcpy(&bits, at, sizeof bits);
        if (member->as != WEIR_AS_FIXED32)
            return bits;
        small = (float)*(const double *)at;
        memcpy(&half, &small, sizeof half);
        return half;
    default:
        memcpy(&bits, at, sizeof bits);
        return bits;
    }
}

static void proto_write_put_number(struct room *room, const weir_member *member, uint64_t bits)
{
    if (member->as == WEIR_AS_FIXED32) {
        put_tag(room, member, WEIR_WIRE_I32);
        put_fixed(room, bits, 4);
    } else if (member->as == WEIR_AS_FIXED64 || member->kind == WEIR_MEMBER_F64) {
        put_tag(room, member, WEIR_WIRE_I64);
        put_fixed(room, bits, 8);
    } else {
        bool zigzag = member->as == WEIR_AS_ZIGZAG || member->as == WEIR_AS_SINT32;
        put_tag(room, member, WEIR_WIRE_VARINT);
        put_varint(room, zigzag ? bits << 1 ^ (0 - (bits >> 63)) : bits);
    }
}

static void proto_write_put_bytes(struct room *room, const weir_member *member, const void *bytes,
                                  size_t n)
{
    put_tag(room, member, WEIR_WIRE_LEN);
    put_varint(room, n);
    proto_write_put(room, bytes, n);
}

static void put_record(struct room *room, const weir_record *record, const void *item);

/* Its length stands before it: it is counted first. */
static void proto_write_put_nested(struct room *room, const weir_member *member, const void *at,
                                   bool is_there)
{
    struct room counted = {0};
    put_record(&counted, member->of, at);
    if (!counted.n && !is_there)
        return;
    put_tag(room, member, WEIR_WIRE_LEN);
    put_varint(room, counted.n);
    if (room->out)
        put_record(room, member->of, at);
    else /* twice on each level would be 2^depth */
        room->n += counted.n;
}

static void put_member(struct room *room, const weir_member *member, const void *item)
{
    const void *at = (const char *)item + member->offset;
    const bool *has = member->has ? (const void *)((const char *)item + member->has - 1) : NULL;
    bool is_there = has && *has;
    if (!member->number || (has && !is_there))
        return;
    if (member->kind == WEIR_MEMBER_RECORD) {
        proto_write_put_nested(room, member, at, is_there);
    } else if (member->kind == WEIR_MEMBER_TEXT) {
        const weir_text *text = at;
        if (text->size || is_there)
            proto_write_put_bytes(room, member, text->data, text->size);
    } else {
        uint64_t bits = bits_of(member, at);
        if (bits || is_there)
            proto_write_put_number(room, member, bits);
    }
}

static void put_record(struct room *room, const weir_record *record, const void *item)
{
    for (size_t i = 0; i < record->n; i++)
        put_member(room, &record->members[i], item);
}

size_t weir_proto_write(const weir_record *record, const void *item, unsigned char *out,
                        size_t size)
{
    struct room room = {.out = out, .size = size};
    put_record(&room, record, item);
    return room.n;
}

/* ---- a stream of them, each behind its length ---- */

static bool proto_write_begin(void *state, const void *options, weir_error *error)
{
    (void)error;
    *(const weir_record **)state = options;
    return true;
}

static bool fits_32_bits(const weir_member *member, const void *at)
{
    if (member->kind == WEIR_MEMBER_I64)
        return *(const int64_t *)at >= INT32_MIN && *(const int64_t *)at <= INT32_MAX;
    if (member->kind == WEIR_MEMBER_U64)
        return *(const uint64_t *)at <= UINT32_MAX;
    double number = member->kind == WEIR_MEMBER_F64 ? *(const double *)at : 0;
    return isinf(number) || !isinf((float)number);
}

static bool is_utf8(const weir_text *text)
{
    return weir_utf8_bytes((const unsigned char *)text->data, text->size) == text->size;
}

/* What a member's kind on the wire cannot say; NULL: it can. */
static const char *misfit(const weir_member *member, const void *item)
{
    const void *at = (const char *)item + member->offset;
    bool half = member->as == WEIR_AS_FIXED32 || member->as == WEIR_AS_INT32 ||
                member->as == WEIR_AS_SINT32;
    if (half && !fits_32_bits(member, at))
        return "does not fit in 32 bits";
    bool text = member->kind == WEIR_MEMBER_TEXT && member->as != WEIR_AS_BYTES;
    return text && !is_utf8(at) ? "is no UTF-8" : NULL;
}

/* false: error was set. */
static bool proto_write_fits(const weir_record *record, const void *item, weir_error *error)
{
    for (size_t i = 0; i < record->n; i++) {
        const weir_member *member = &record->members[i];
        if (member->kind == WEIR_MEMBER_RECORD) {
            if (!proto_write_fits(member->of, (const char *)item + member->offset, error))
                return false;
            continue;
        }
        const char *what = member->number ? misfit(member, item) : NULL;
        if (what) {
            weir_error_set(error, WEIR_E_CORRUPT, "'%s' (field %zu) %s", member->name,
                           (size_t)member->number, what);
            return false;
        }
    }
    return true;
}

static size_t proto_write_encode(void *state, const void *item, unsigned char *out, size_t size,
                                 weir_error *error)
{
    const weir_record *record = *(const weir_record *const *)state;
    if (!proto_write_fits(record, item, error))
        return 0;
    struct room room = {.out = out, .size = size};
    put_varint(&room, weir_proto_write(record, item, NULL, 0));
    put_record(&room, record, item);
    return room.n;
}

static const weir_encoder proto_write_encoder = {.size = sizeof proto_write_encoder,
                                                 .name = "to_proto",
                                                 .type =
                                                     &weir_type_line, /* another for each record */
                                                 .state_size = sizeof(const weir_record *),
                                                 .encode = proto_write_encode,
                                                 .init = proto_write_begin};

weir_reader *weir_to_proto(weir_stream *source, size_t message_bytes_max)
{
    size_t frame_bytes_max = weir_proto_frame_bytes_max(message_bytes_max);
    source = weir_expect_record(source, proto_write_encoder.name);
    if (weir_stage_failed(&source->stage))
        return weir_encode(source, &proto_write_encoder, NULL, frame_bytes_max);
    const weir_type *type = source->type;
    if (!weir_record_of(type))
        return weir_reader_refuse(
            &source->stage, WEIR_E_TYPE, "weir_records() before it, into a struct with numbers",
            "to_proto: the fields of '%s' have no numbers", type->name, NULL, 0);
    weir_encoder *own = weir_arena_take(source->stage.arena, sizeof *own, _Alignof(weir_encoder));
    if (!own)
        return weir_reader_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for to_proto",
                                  NULL, NULL, 0);
    *own = proto_write_encoder;
    own->type = type;
    return weir_encode(source, own, weir_record_of(type), frame_bytes_max);
}
