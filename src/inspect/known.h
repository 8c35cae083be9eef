/* The rows that a client knows: each has an id, its place in this table, and what was told of it.
 */
#ifndef WEIR_INSPECT_KNOWN_H
#define WEIR_INSPECT_KNOWN_H

#include "inspect/export.h"

struct weir_known_row {
    const weir_rt *rt; /* compared only: it may be gone */
    unsigned rt_number;
    bool changed; /* since it was told */
    weir_inspect_row row;
};

struct weir_known {
    struct weir_known_row *rows;
    size_t n, room;
    weir_inspect_row *read; /* WEIR_INSPECT_ROWS_MAX: what a runtime says */
    const weir_rt *rts[WEIR_INSPECT_RUNTIMES_MAX];
    unsigned rts_n;
    uint64_t at_ns; /* when that was */
};

/* False: no memory. It is to be dropped all the same. */
bool weir_known_init(struct weir_known *self) WEIR_MUST_USE;
void weir_known_fini(struct weir_known *self);

/* Looks at all runtimes. No memory for more rows: they are new the next time. */
void weir_known_read(struct weir_known *self, struct weir_export *of);

/* All of it is to be told again. */
void weir_known_forget(struct weir_known *self);

/* The stage that takes what this one gives; SIZE_MAX: none is known. */
size_t weir_known_over(const struct weir_known *self, size_t id);

#endif
