/* Fields by name, also those of records in records: `a.b`. */
#ifndef WEIR_FORMAT_PATH_H
#define WEIR_FORMAT_PATH_H

#include <string.h>

#include "weir/csv.h"

struct weir_path {
    weir_name whole;
    weir_name *parts;
    size_t n; /* 0: the name has no dot */
};

/* Text with the arena's life. data NULL: no memory. */
weir_text weir_path_copy(weir_arena *arena, weir_text text);

/* false: no memory. */
bool weir_path_init(struct weir_path *path, weir_arena *arena, const char *name);

/* A field of the whole name comes first. false: there is none. */
bool weir_path_find(struct weir_path *path, weir_record_view record, weir_value *value);

/* The same of a name that is not kept as a path. */
bool weir_path_find_text(weir_text name, weir_record_view record, weir_value *value);

/* A field that says nothing: null, or an empty one of a format that has no null, as CSV. */
static inline bool weir_value_empty(const weir_value *value)
{
    return value->kind <= WEIR_VALUE_NULL ||
           (value->kind == WEIR_VALUE_WORD && !value->is.text.size);
}

/* What is asked most, and is none. */
static inline bool weir_record_no_json(weir_record_view record)
{
    return record.type == &weir_type_row ||
           (record.type == &weir_type_fields &&
            ((const weir_fields *)record.item)->form != WEIR_FORM_JSON);
}

/* A list or a plain value of JSON, and its text: its fields have no names, or there are none. */
static inline bool weir_record_no_object(weir_record_view record, weir_text *text)
{
    return !weir_record_no_json(record) && weir_record_text(record, WEIR_FORM_JSON, text) &&
           text->size && text->data[0] != '{';
}

static inline bool weir_text_same(weir_text a, weir_text b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

#endif
