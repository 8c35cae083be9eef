/* The order of entries in memory: an index of them is sorted, they stay where they are. */
#ifndef WEIR_FORMAT_SORT_INDEX_H
#define WEIR_FORMAT_SORT_INDEX_H

#include "format/sort_entry.h"

struct weir_sort_place {
    uint64_t prefix; /* of its key */
    uint64_t at;     /* where it stands; those that came later stand behind */
};

/* By key, and equal ones as they came. In n log n steps, whatever the order was. */
void weir_sort_index(struct weir_sort_place *places, size_t n, const unsigned char *entries,
                     bool descending);

#endif
