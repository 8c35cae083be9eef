/* weir/proto.h: protobuf without generated code: a walker over a message's fields, and structs with
 * a record (weir/record.h) read from messages and written as some, each behind its length. */
#ifndef WEIR_PROTO_H
#define WEIR_PROTO_H

#include "weir/decode.h"
#include "weir/record.h"

WEIR_BEGIN_C

/* ---- one message ---- */

typedef enum weir_wire {
    WEIR_WIRE_VARINT = 0,
    WEIR_WIRE_I64 = 1,
    WEIR_WIRE_LEN = 2,   /* text, bytes, a message, packed numbers */
    WEIR_WIRE_GROUP = 3, /* what stands between its two tags */
    WEIR_WIRE_I32 = 5
} weir_wire;

typedef struct weir_proto_field {
    uint32_t number; /* from 1 */
    weir_wire wire;
    uint64_t value;  /* of VARINT, I64, I32 */
    weir_text bytes; /* of LEN, GROUP: lent from the message */
} weir_proto_field;

/* Where a walk stands: WEIR_PROTO(message). Copy it to go back. */
typedef struct weir_proto_cursor {
    const unsigned char *at;
    const unsigned char *end;
    const unsigned char *begin;
} weir_proto_cursor;

/* A walk over the fields of a message, from its first byte. Nothing is looked at yet.
 *
 * Example:
 *     weir_proto_cursor at = weir_proto_begin((weir_text){"\12\3Ada\20$", 7});
 *     p(at.end - at.at); // -> 7
 */
static inline weir_proto_cursor weir_proto_begin(weir_text message)
{
    const unsigned char *at = (const unsigned char *)message.data;
    weir_proto_cursor cursor = {at, at + message.size, at};
    return cursor;
}

/* The next field, whatever it is. READY, END, or ERROR: CORRUPT with error->byte counted from the
 * message's first. Groups in groups: at most WEIR_PROTO_DEPTH_MAX.
 *
 * Example:
 *     weir_proto_field field;
 *     weir_proto_cursor at = weir_proto_begin((weir_text){"\12\3Ada\20$", 7});
 *     p(answer(weir_proto_next(&at, &field, NULL))); // -> READY
 *     p(field.bytes); // -> Ada
 */
WEIR_API weir_state weir_proto_next(weir_proto_cursor *cursor, weir_proto_field *out,
                                    weir_error *error);

enum { WEIR_PROTO_DEPTH_MAX = 100 };

/* Fills a struct from a message, by its members' numbers. Members without one, and fields that no
 * member has, are left alone; what is not in the message is zero, as protobuf means it, optional or
 * not. Text must be UTF-8 unless the member says WEIR_AS_BYTES.
 * Of a field that comes twice the last counts; messages in it are merged.
 * false: error is set, with the byte in the message; not fatal.
 *
 * Example:
 *     struct person ada = {0};
 *     p(weir_proto_read(&person_record, (weir_text){"\12\3Ada\20$", 7}, &ada, NULL)); // -> true
 *     p(ada.name); // -> Ada
 *     p(ada.age); // -> 36
 */
WEIR_API bool weir_proto_read(const weir_record *record, weir_text message, void *out,
                              weir_error *error);

/* The bytes that the struct takes as a message; written where they are at most `size`. What is zero
 * is not written, unless the member has a bool that says that it is there (.has). What does not
 * fit in 32 bits, where a member says so, is cut: weir_to_proto() refuses it.
 *
 * Example:
 *     unsigned char out[16];
 *     struct person ada = {{"Ada", 3}, 36};
 *     p(weir_proto_write(&person_record, &ada, out, sizeof out)); // -> 7
 */
WEIR_API size_t weir_proto_write(const weir_record *record, const void *item, unsigned char *out,
                                 size_t size);

/* ---- many: each behind its length, a varint ---- */

/* The messages of a reader, as lent weir_line. Errors: TRUNCATED, LIMIT and CORRUPT as
 * weir_decode() says; all are fatal: what is not framed right cannot be found again.
 * Source: parseDelimitedFrom; prost's decode_length_delimited.
 *
 * Example:
 *     p(weir_count(weir_proto(weir_memory_reader("\7\12\3Ada\20$", 8), 100))); // -> 1
 */
WEIR_ITEM(weir_line)
WEIR_LENDS
WEIR_NEW weir_stream *weir_proto(weir_reader *source WEIR_TAKES, size_t message_bytes_max);

/* The same as structs, lent. A message that weir_proto_read() refuses is an error with file, byte
 * and record, not fatal.
 *
 * Example:
 *     weir_reader *r = weir_memory_reader("\7\12\3Ada\20$", 8);
 *     p(weir_to_csv(weir_proto_records(r, &person_record, 100), NULL)); // -> name,age\nAda,36\n
 */
WEIR_LENDS
WEIR_NEW weir_stream *weir_proto_records(weir_reader *source WEIR_TAKES,
                                         const weir_record *record WEIR_KEEPS,
                                         size_t message_bytes_max);

#define WEIR_PROTO_BYTES_MAX_DEFAULT ((size_t)8 << 20)

/* The way back, of structs with a record whose members have numbers; other records pass through
 * weir_records() first. Errors, not fatal: LIMIT for a message above message_bytes_max, CORRUPT
 * for a member that does not fit: in 32 bits, where it says so, or as text that is no UTF-8.
 *
 * Example:
 *     weir_stream *people = weir_csv_records(text("name,age\nAda,36\n"), &person_record, NULL);
 *     p(weir_hex(weir_to_proto(people, 100), NULL)); // -> 070a034164611024
 */
WEIR_NEW weir_reader *weir_to_proto(weir_stream *source WEIR_TAKES, size_t message_bytes_max);

WEIR_END_C

#endif
