/* What is sorted, as bytes: a key, whose bytes say the order, and the item behind it. */
#ifndef WEIR_FORMAT_SORT_ENTRY_H
#define WEIR_FORMAT_SORT_ENTRY_H

#include "format/path.h"
#include "weir/sort.h"

/* Where an entry is written. `full`: it did not fit. */
struct weir_sort_room {
    unsigned char *at, *end;
    bool full;
};

/* One key of a record. */
struct weir_sort_by {
    struct weir_path path;
    bool descending;
};

struct weir_sort_entry {
    const unsigned char *key;
    size_t key_size;
    const unsigned char *item; /* of a line that is its own key: that */
    size_t item_size;
};

enum { WEIR_SORT_HEAD_BYTES = 8 };

/* Each returns the bytes of the entry; 0: there is no room. */
size_t weir_sort_put_line(struct weir_sort_room room, weir_line line, bool numeric);
/* *fields: how many it has, with those of what is nested; SIZE_MAX: nested too deep. */
size_t weir_sort_put_record(struct weir_sort_room room, weir_record_view record,
                            struct weir_sort_by *keys, size_t n, size_t *fields);

/* The whole size of an entry, from its head. */
size_t weir_sort_entry_size(const unsigned char *entry);
struct weir_sort_entry weir_sort_entry_at(const unsigned char *entry);

/* The first eight bytes of a key, as a number: what is smaller comes first. */
uint64_t weir_sort_prefix(const unsigned char *key, size_t size);

/* < 0, 0, > 0 */
int weir_sort_compare(const struct weir_sort_entry *a, const struct weir_sort_entry *b);

/* Fields that point into the entry; `fields` and `nested` have room for all of them. */
weir_fields weir_sort_get_record(const struct weir_sort_entry *entry, weir_field *fields,
                                 weir_fields *nested);

#endif
