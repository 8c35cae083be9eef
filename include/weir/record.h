/* weir/record.h: items that have named fields: rows of CSV, objects of JSON, messages, and structs
 * of your own. A type that says how its fields are found (weir_record_ops) goes into `where`,
 * `pick`, `to_csv` and all others that work by name, whatever it was read from. */
#ifndef WEIR_RECORD_H
#define WEIR_RECORD_H

#include "weir/implement.h"

WEIR_BEGIN_C

/* ---- values: lent, as the item is that they stand in ---- */

/* A run of bytes that is text; what is done with a weir_line can be done with it. */
typedef weir_line weir_text;

typedef enum weir_value_kind {
    WEIR_VALUE_NONE, /* there is no such field */
    WEIR_VALUE_NULL, /* there is, and it says so */
    WEIR_VALUE_BOOL,
    WEIR_VALUE_I64,
    WEIR_VALUE_U64,
    WEIR_VALUE_F64,
    WEIR_VALUE_NUMBER, /* as it was written: 1.10 stays 1.10 */
    WEIR_VALUE_TEXT,
    WEIR_VALUE_WORD,  /* text of a format that knows no kinds, as CSV: a number where it is one */
    WEIR_VALUE_LIST,  /* a record whose fields have no names */
    WEIR_VALUE_RECORD /* nested */
} weir_value_kind;

/* An item, and how to look at it. */
typedef struct weir_record_view {
    const weir_type *type; /* with record ops */
    const void *item;
} weir_record_view;

typedef struct weir_value {
    weir_value_kind kind;
    union {
        bool boolean;
        int64_t i64;
        uint64_t u64;
        double f64;
        weir_text text;          /* of NUMBER, TEXT and WORD */
        weir_record_view record; /* of LIST and RECORD */
    } is;
} weir_value;

/* Out of a number, or a word that is one to its last byte: an optional sign, digits with or without
 * a point, an optional exponent. false: it is none, or is too large or not whole.
 *
 * Example:
 *     int64_t x;
 *     weir_value value = weir_value_word("36"), text = weir_value_word("36 or so");
 *     p(weir_value_i64(&value, &x)); // -> true
 *     p(weir_value_i64(&text, &x)); // -> false
 */
WEIR_API bool weir_value_i64(const weir_value *value, int64_t *out);
WEIR_API bool weir_value_u64(const weir_value *value, uint64_t *out);
WEIR_API bool weir_value_f64(const weir_value *value, double *out);
/* Out of a bool, or of the words `true` and `false`.
 *
 * Example:
 *     bool x;
 *     weir_value value = weir_value_word("true");
 *     p(weir_value_bool(&value, &x)); // -> true
 */
WEIR_API bool weir_value_bool(const weir_value *value, bool *out);

/* The most that a number, bool or null needs as text. */
enum { WEIR_VALUE_TEXT_BYTES = 32 };

/* What a person would read: text as it stands, a number as it was written or in the fewest digits
 * that say it, `true`, `false`, `null`. false: there is none, or it is nested.
 * Owns: *out points into the value or into scratch.
 *
 * Example:
 *     char scratch[WEIR_VALUE_TEXT_BYTES];
 *     weir_text text;
 *     weir_value value = {WEIR_VALUE_I64, {.i64 = 36}};
 *     p(weir_value_text(&value, scratch, &text)); // -> true
 *     p(text); // -> 36
 */
WEIR_API bool weir_value_text(const weir_value *value, char scratch[WEIR_VALUE_TEXT_BYTES],
                              weir_text *out);

/* < 0, 0, > 0: by number where both are numbers, or text that is one; else by the bytes of what
 * weir_value_text() says. What has no text comes first. Whole numbers are compared exactly; one
 * with a point or an exponent is the double nearest to it.
 *
 * Example:
 *     weir_value a = weir_value_word("9"), b = weir_value_word("10");
 *     p(yes(weir_value_compare(&a, &b) < 0)); // -> yes
 */
WEIR_API int weir_value_compare(const weir_value *a, const weir_value *b);

/* ---- records ---- */

/* A name that is looked for in many records. It remembers where it stood last. */
typedef struct weir_name {
    weir_text text;
    size_t hint; /* zero at first */
} weir_name;

/* WEIR_NAME("age"), in an initialiser or as a value. */
#define WEIR_NAME(literal_)                                                                        \
    {                                                                                              \
        {"" literal_, sizeof(literal_) - 1}, 0                                                     \
    }

/* What the bytes are that a record came from. */
typedef enum weir_record_form { WEIR_FORM_NONE, WEIR_FORM_JSON, WEIR_FORM_CSV } weir_record_form;

/* Where a walk over fields stands; zero at first. */
typedef struct weir_record_iter {
    size_t i;          /* how many were passed */
    const void *where; /* the type's own */
} weir_record_iter;

/* In a weir_type: how its items show their fields. What they answer is lent: it stands as long as
 * the item does, or until the next poll of the edge it came over. */
typedef struct weir_record_ops {
    uint32_t size; /* sizeof(weir_record_ops) */
    bool indexed;  /* a walk may begin anywhere: iter->i says enough, and says it in one step; and
                      no name comes twice */
    size_t (*count)(const weir_type *type, const void *item);
    /* The next field; false: there are no more. A field of a list has the name "". */
    bool (*next)(const weir_type *type, const void *item, weir_record_iter *iter, weir_text *name,
                 weir_value *value);
    /* Optional: faster than looking at each. */
    bool (*find)(const weir_type *type, const void *item, weir_name *name, weir_value *value);
    /* Optional. The item as it came, if it was of this format and nothing was changed. CSV: with
     * commas, and no newline behind it. */
    bool (*text)(const weir_type *type, const void *item, weir_record_form form, weir_text *out);
} weir_record_ops;

/* for (weir_record_iter at = {0}; weir_record_next(record, &at, &name, &value);)
 *
 * Example:
 *     weir_row row;
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(answer(weir_await_next(rows, &row, NULL))); // -> READY
 *     p(weir_record_count((weir_record_view){&weir_type_row, &row})); // -> 2
 *     weir_drop(rows);
 */
WEIR_API size_t weir_record_count(weir_record_view record);
WEIR_API bool weir_record_next(weir_record_view record, weir_record_iter *iter, weir_text *name,
                               weir_value *value);
/* false: there is none of that name, and value->kind is NONE. Of several of one name: one.
 *
 * Example:
 *     static weir_name age = WEIR_NAME("age");
 *     weir_row row;
 *     weir_value value;
 *     weir_stream *rows = weir_csv(text("who,age\nAda,36\n"), NULL);
 *     p(answer(weir_await_next(rows, &row, NULL))); // -> READY
 *     p(weir_record_find((weir_record_view){&weir_type_row, &row}, &age, &value)); // -> true
 *     p(value.is.text); // -> 36
 *     weir_drop(rows);
 */
WEIR_API bool weir_record_find(weir_record_view record, weir_name *name, weir_value *value);
WEIR_API bool weir_record_text(weir_record_view record, weir_record_form form, weir_text *out);

/* What the fields of a stream's records are called, as far as that is known before there is one: of
 * a CSV file whose header was read, of a struct with a record, and what `pick`, `set` and others
 * make of them. So a table of nothing has its header. A function of the user's that makes records
 * of the same type with other names is not seen. false: it is not known. Owns: *out is a record
 * without values, lent until the next poll.
 *
 * Example:
 *     weir_record_view names;
 *     weir_stream *s = weir_csv_records(text("age,name\n"), &person_record, NULL);
 *     p(weir_record_names(s, &names)); // -> true
 *     p(weir_record_count(names)); // -> 2
 *     weir_drop(s);
 */
WEIR_API bool weir_record_names(const weir_stream *stream, weir_record_view *out);

/* For a stage that looks at fields: refuses a source whose items have none.
 *
 * Example:
 *     p(weir_expect_record(weir_range(0, 3), "mine")); // -> !TYPE
 */
WEIR_NEW weir_stream *weir_expect_record(weir_stream *source WEIR_TAKES, const char *stage);

/* ---- records that were put together ---- */

typedef struct weir_field {
    weir_text name;
    weir_value value;
} weir_field;

/* Fields side by side, lent: of what `pick` and `set` give, and what weir_own() makes of every
 * record that is no struct. */
typedef struct weir_fields {
    const weir_field *fields;
    size_t n;
    weir_text text;        /* what it came from, as weir_record_text() says */
    weir_record_form form; /* of text */
} weir_fields;

WEIR_API extern const weir_type weir_type_fields;       /* weir_fields, lent */
WEIR_API extern const weir_type weir_type_owned_fields; /* weir_fields, with memory of its own */

enum { WEIR_RECORD_DEPTH_MAX = 128 }; /* records in records */

/* The `own` of a lent type whose `owned` is weir_type_owned_fields: a copy of any record, with what
 * is nested in it, in one allocation. false: no memory, or nested too deep.
 *
 * Example:
 *     weir_field one = {.name = {"age", 3}, .value = {.kind = WEIR_VALUE_I64, .is.i64 = 36}};
 *     weir_fields lent = {.fields = &one, .n = 1}, own;
 *     p(weir_fields_own(&weir_type_fields, &own, &lent)); // -> true
 *     p(own.fields[0].value.is.i64); // -> 36
 *     weir_fields_drop(&own);
 */
WEIR_API bool weir_fields_own(const weir_type *type, void *out, const void *in);
/* The bytes that such a copy takes, before it is made; SIZE_MAX: nested too deep.
 *
 * Example:
 *     struct person ada = {{"Ada", 3}, 36};
 *     p(yes(weir_fields_bytes((weir_record_view){&person_record.type, &ada}))); // -> yes
 */
WEIR_API size_t weir_fields_bytes(weir_record_view record);
WEIR_API void weir_fields_drop(weir_fields *fields); /* of an owned one */

/* ---- structs of your own ----
 *
 *     struct pet { weir_text name; int64_t age; };
 *     WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
 *                 WEIR_MEMBER(struct pet, age, 2, .optional = true))
 *     ... weir_records(weir_csv(reader, NULL), &pet_record) ...
 *
 * A member is an int64_t, uint64_t, double, bool, weir_text, or, with .of, a struct that has a
 * record too; another type does not compile. The number is protobuf's; 0 where there is none. */

typedef enum weir_member_kind {
    WEIR_MEMBER_I64,
    WEIR_MEMBER_U64,
    WEIR_MEMBER_F64,
    WEIR_MEMBER_BOOL,
    WEIR_MEMBER_TEXT,
    WEIR_MEMBER_RECORD
} weir_member_kind;

/* How protobuf writes it, where there are several ways. */
typedef enum weir_member_as {
    WEIR_AS_USUAL,   /* int64, uint64, double, bool, string, message */
    WEIR_AS_ZIGZAG,  /* sint64 */
    WEIR_AS_FIXED64, /* fixed64, sfixed64 */
    WEIR_AS_FIXED32, /* fixed32, sfixed32, float */
    WEIR_AS_BYTES,   /* text that need not be UTF-8 */
    WEIR_AS_INT32,   /* int32, uint32: of 64 bits what does not fit in 32 is refused */
    WEIR_AS_SINT32   /* sint32 */
} weir_member_as;

struct weir_record;

typedef struct weir_member {
    const char *name;
    uint32_t number;
    weir_member_kind kind;
    size_t offset;
    bool optional;                /* where it is missing the member is zero */
    size_t has;                   /* .has = WEIR_HAS(struct pet, has_age): a bool that says so */
    const struct weir_record *of; /* of a nested struct */
    weir_member_as as;
} weir_member;

typedef struct weir_record {
    weir_type type;  /* lent: its texts are views */
    weir_type owned; /* of the same struct: what weir_own() makes of it, in one allocation. Its
                        texts belong together: leave them where they point */
    const weir_member *members;
    size_t n;
} weir_record;

#ifndef __cplusplus
#define WEIR_HAS(T, member_) (offsetof(T, member_) + 1)

/* WEIR_MEMBER(struct pet, age, 2, .optional = true, .has = WEIR_HAS(struct pet, has_age)): behind
 * the number, if anything, more of weir_member. */
#define WEIR_MEMBER(T, member_, ...)                                                               \
    {                                                                                              \
        .name = #member_, .offset = offsetof(T, member_),                                          \
        .kind = _Generic(((T *)0)->member_, int64_t                                                \
                         : WEIR_MEMBER_I64, uint64_t                                               \
                         : WEIR_MEMBER_U64, double                                                 \
                         : WEIR_MEMBER_F64, bool                                                   \
                         : WEIR_MEMBER_BOOL, weir_text                                             \
                         : WEIR_MEMBER_TEXT),                                                      \
        .number = __VA_ARGS__                                                                      \
    }

/* WEIR_NESTED(struct pet, home, 3, &address_record): a struct in a struct. Its type is the
 * record's, or it does not fit. More may stand behind the record. */
#define WEIR_NESTED(T, member_, number_, ...)                                                      \
    {                                                                                              \
        .name = #member_, .number = (number_), .offset = offsetof(T, member_),                     \
        .kind = WEIR_MEMBER_RECORD, .of = __VA_ARGS__                                              \
    }

#define WEIR_RECORD(name_, T, ...)                                                                 \
    static const weir_member name_##_members[] = {__VA_ARGS__};                                    \
    static const weir_record name_ WEIR_UNUSED_ = {                                                \
        .type = WEIR_TYPE_(T, .lent = true, .owned = &name_.owned, .own = weir_record_own,         \
                           .record = &weir_record_members),                                        \
        .owned = WEIR_TYPE_(T, .drop = weir_record_drop, .clone = weir_record_own,                 \
                            .record = &weir_record_members),                                       \
        .members = name_##_members,                                                                \
        .n = sizeof name_##_members / sizeof *name_##_members};
#endif

/* What WEIR_RECORD says of a type, lent or owned. */
WEIR_API extern const weir_record_ops weir_record_members;

/* NULL: it is no struct with a record.
 *
 * Example:
 *     p(yes(weir_record_of(&person_record.type) == &person_record)); // -> yes
 *     p(yes(weir_record_of(&weir_type_i64))); // -> no
 */
static inline const weir_record *weir_record_of(const weir_type *type)
{
    if (type->record != &weir_record_members)
        return NULL;
    size_t offset = type->lent ? offsetof(weir_record, type) : offsetof(weir_record, owned);
    return (const weir_record *)(const void *)((const char *)type - offset);
}

/* What WEIR_RECORD puts into a type: an owned copy of a struct whose texts are lent (false: no
 * memory), and the drop of such a copy.
 *
 * Example:
 *     struct person ada = {{"Ada", 3}, 36}, own;
 *     p(weir_record_own(&person_record.type, &own, &ada)); // -> true
 *     p(yes(own.name.data != ada.name.data)); // -> yes
 *     weir_record_drop(&person_record.owned, &own);
 */
WEIR_API bool weir_record_own(const weir_type *type, void *out, const void *in);
WEIR_API void weir_record_drop(const weir_type *type, void *item);

/* Fills a struct by the names of its members; what the record has besides is left alone. Texts are
 * lent from it.
 * false: error is set, not fatal: a member is missing that is not optional (null is missing), or
 * the field is of another kind, or does not fit; or it is JSON that is no object.
 *
 * Example:
 *     weir_row row;
 *     struct person ada;
 *     weir_stream *rows = weir_csv(text("age,name\n36,Ada\n"), NULL);
 *     p(answer(weir_await_next(rows, &row, NULL))); // -> READY
 *     weir_record_view view = {&weir_type_row, &row};
 *     p(weir_record_read(&person_record, view, &ada, NULL)); // -> true
 *     p(ada.age); // -> 36
 *     weir_drop(rows);
 */
WEIR_API bool weir_record_read(const weir_record *record, weir_record_view from, void *out,
                               weir_error *error);

/* Structs out of any records, by name.
 * Shape: one for one; lent. Errors: those of weir_record_read(), not fatal, with the record's
 * number; over rows of CSV and lines of JSON, also behind stages that pass them as they are, with
 * file, byte, line and column: of the field in a row, of the value's beginning in JSON.
 * Source: serde's derive(Deserialize), with csv's deserialize().
 *
 * Example:
 *     weir_stream *rows = weir_csv(text("age,name\n36,Ada\n"), NULL);
 *     p(weir_to_csv(weir_records(rows, &person_record), NULL)); // -> name,age\nAda,36\n
 */
WEIR_LENDS
WEIR_NEW weir_stream *weir_records(weir_stream *source WEIR_TAKES,
                                   const weir_record *record WEIR_KEEPS);

WEIR_END_C

#endif
