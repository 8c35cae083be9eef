/* Structs with a record of their members (WEIR_RECORD): read by name, shown by name, copied. */

#include <string.h>

#include "format/path.h"
#include "format/record_struct.h"

/* ---- shown ---- */

static size_t record_struct_count(const weir_type *type, const void *item)
{
    (void)item;
    return weir_record_of(type)->n;
}

static bool is_missing(const weir_member *member, const void *item)
{
    return member->has && !*((const char *)item + member->has - 1);
}

static weir_value record_struct_value_of(const weir_member *member, const void *item)
{
    const void *at = (const char *)item + member->offset;
    weir_value value = {WEIR_VALUE_NONE, {0}};
    if (is_missing(member, item))
        return value;
    switch (member->kind) {
    case WEIR_MEMBER_I64:
        value.kind = WEIR_VALUE_I64;
        value.is.i64 = *(const int64_t *)at;
        break;
    case WEIR_MEMBER_U64:
        value.kind = WEIR_VALUE_U64;
        value.is.u64 = *(const uint64_t *)at;
        break;
    case WEIR_MEMBER_F64:
        value.kind = WEIR_VALUE_F64;
        value.is.f64 = *(const double *)at;
        break;
    case WEIR_MEMBER_BOOL:
        value.kind = WEIR_VALUE_BOOL;
        value.is.boolean = *(const bool *)at;
        break;
    case WEIR_MEMBER_TEXT:
        value.kind = WEIR_VALUE_TEXT;
        value.is.text = *(const weir_text *)at;
        break;
    case WEIR_MEMBER_RECORD:
        value.kind = WEIR_VALUE_RECORD;
        value.is.record = (weir_record_view){&member->of->type, at};
    }
    return value;
}

static bool record_struct_next(const weir_type *type, const void *item, weir_record_iter *iter,
                               weir_text *name, weir_value *value)
{
    if (iter->i >= weir_record_of(type)->n)
        return false;
    const weir_member *member = &weir_record_of(type)->members[iter->i++];
    *name = (weir_text){member->name, strlen(member->name)};
    *value = record_struct_value_of(member, item);
    return true;
}

const weir_record_ops weir_record_members = {.size = sizeof weir_record_members,
                                             .indexed = true,
                                             .count = record_struct_count,
                                             .next = record_struct_next};

/* ---- copied: all texts stand in one block, the first one's at its beginning ---- */

/* Calls for each text, nested ones too, in one order. */
static void for_each_text(const weir_record *record, void *item,
                          void (*fn)(weir_text *text, void *arg), void *arg)
{
    for (size_t i = 0; i < record->n; i++) {
        const weir_member *member = &record->members[i];
        void *at = (char *)item + member->offset;
        if (member->kind == WEIR_MEMBER_TEXT)
            fn(at, arg);
        else if (member->kind == WEIR_MEMBER_RECORD)
            for_each_text(member->of, at, fn, arg);
    }
}

struct texts {
    char *block; /* where the first one points */
    size_t n;    /* bytes: each text and a NUL */
};

static void record_struct_measure(weir_text *text, void *arg)
{
    struct texts *texts = arg;
    if (!texts->n)
        texts->block = (char *)(uintptr_t)text->data;
    texts->n += text->size + 1;
}

static void record_struct_move(weir_text *text, void *arg)
{
    char **at = arg;
    if (text->size)
        memcpy(*at, text->data, text->size);
    (*at)[text->size] = '\0'; /* a courtesy to C */
    text->data = *at;
    *at += text->size + 1;
}

bool weir_record_own(const weir_type *type, void *out, const void *in)
{
    struct texts texts = {0};
    memmove(out, in, type->size);
    for_each_text(weir_record_of(type), out, record_struct_measure, &texts);
    char *block = texts.n ? weir_allocate(texts.n) : NULL;
    if (block)
        for_each_text(weir_record_of(type), out, record_struct_move, &block);
    return block || !texts.n;
}

void weir_record_drop(const weir_type *type, void *item)
{
    struct texts texts = {0};
    for_each_text(weir_record_of(type), item, record_struct_measure, &texts);
    if (texts.n)
        weir_release(texts.block, texts.n);
    memset(item, 0, type->size);
}

/* ---- read ---- */

static const char *record_struct_wanted(const weir_member *member)
{
    static const char *const names[] = {[WEIR_MEMBER_I64] = "a whole number of 64 bits",
                                        [WEIR_MEMBER_U64] = "a whole number of 64 bits, from 0",
                                        [WEIR_MEMBER_F64] = "a number",
                                        [WEIR_MEMBER_BOOL] = "true or false",
                                        [WEIR_MEMBER_TEXT] = "text",
                                        [WEIR_MEMBER_RECORD] = "a record"};
    return names[member->kind];
}

/* A number is text too: it was written. */
static bool record_struct_read_text(const weir_value *value, weir_text *out)
{
    *out = value->is.text;
    return value->kind >= WEIR_VALUE_NUMBER && value->kind <= WEIR_VALUE_WORD;
}

static bool record_struct_read_value(const weir_member *member, const weir_value *value, void *at)
{
    switch (member->kind) {
    case WEIR_MEMBER_I64:
        return weir_value_i64(value, at);
    case WEIR_MEMBER_U64:
        return weir_value_u64(value, at);
    case WEIR_MEMBER_F64:
        return weir_value_f64(value, at);
    case WEIR_MEMBER_BOOL:
        return weir_value_bool(value, at);
    case WEIR_MEMBER_TEXT:
        return record_struct_read_text(value, at);
    case WEIR_MEMBER_RECORD:
        break;
    }
    return value->kind == WEIR_VALUE_RECORD;
}

enum { SHOWN_MAX = 40 };

/* What it was instead; long text is cut short. */
static bool refuse_value(const weir_member *member, const weir_value *value, weir_error *error)
{
    char scratch[WEIR_VALUE_TEXT_BYTES], shown[SHOWN_MAX + 1];
    weir_text text;
    if (weir_value_text(value, scratch, &text)) {
        size_t n = text.size < SHOWN_MAX ? text.size : SHOWN_MAX;
        memcpy(shown, text.data, n);
        shown[n] = '\0';
        weir_error_set(error, WEIR_E_CORRUPT, "'%s' is '%s%s', which is not %s", member->name,
                       shown, n < text.size ? "..." : "", record_struct_wanted(member));
    } else {
        bool list = value->kind == WEIR_VALUE_LIST;
        weir_error_set(error, WEIR_E_CORRUPT, "'%s' is a %s, not %s", member->name,
                       list ? "list" : "record", record_struct_wanted(member));
    }
    error->fatal = false;
    return false;
}

static bool refuse_missing(const weir_member *member, weir_error *error)
{
    weir_error_set(error, WEIR_E_CORRUPT, "'%s' is missing", member->name);
    error->cure = "a member that is .optional = true may be";
    error->fatal = false;
    return false;
}

/* An empty word says nothing of a number. */
static bool record_struct_is_there(const weir_member *member, const weir_value *value)
{
    if (value->kind == WEIR_VALUE_WORD && !value->is.text.size)
        return member->kind == WEIR_MEMBER_TEXT;
    return value->kind != WEIR_VALUE_NONE && value->kind != WEIR_VALUE_NULL;
}

static bool read_member(const weir_member *member, weir_record_view from, size_t *hint, void *out,
                        weir_error *error)
{
    weir_name name = {{member->name, strlen(member->name)}, *hint};
    weir_value value;
    weir_record_find(from, &name, &value);
    *hint = name.hint;
    bool found = record_struct_is_there(member, &value);
    if (member->has)
        *(bool *)((char *)out + member->has - 1) = found;
    if (!found)
        return member->optional || refuse_missing(member, error);
    void *at = (char *)out + member->offset;
    if (!record_struct_read_value(member, &value, at))
        return refuse_value(member, &value, error);
    return member->kind != WEIR_MEMBER_RECORD ||
           weir_record_read(member->of, value.is.record, at, error);
}

/* Where every member may be missing, what has no names would be a struct of nothing. */
static bool has_names(weir_record_view from, weir_error *error)
{
    weir_text text;
    if (!weir_record_no_object(from, &text))
        return true;
    weir_error_set(error, WEIR_E_CORRUPT, "the value is no object, and has no fields");
    return false;
}

size_t weir_record_fill(const weir_record *record, weir_record_view from, size_t *hints, void *out,
                        weir_error *error)
{
    memset(out, 0, record->type.size);
    size_t i = 0;
    if (!has_names(from, error))
        return 0;
    while (i < record->n && read_member(&record->members[i], from, &hints[i], out, error))
        i++;
    return i;
}

bool weir_record_read(const weir_record *record, weir_record_view from, void *out,
                      weir_error *error)
{
    memset(out, 0, record->type.size);
    if (!has_names(from, error))
        return false;
    for (size_t i = 0; i < record->n; i++) {
        size_t hint = i; /* the order of the struct is a good guess */
        if (!read_member(&record->members[i], from, &hint, out, error))
            return false;
    }
    return true;
}
