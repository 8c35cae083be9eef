/* Fields by name, also those of records in records: `a.b`. */
#ifndef WEIR_FORMAT_PATH_H
#define WEIR_FORMAT_PATH_H

#include <string.h>

#include "weir/record.h"

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

static inline bool weir_text_same(weir_text a, weir_text b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

#endif
