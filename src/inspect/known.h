/* The rows that a client knows: each has an id, its place in this table, and what was told of it.
 */
#ifndef WEIR_INSPECT_KNOWN_H
#define WEIR_INSPECT_KNOWN_H

#include "inspect/export.h"

struct weir_known_row {
    uint64_t rt;  /* the number of its runtime */
    bool changed; /* since it was told */
    weir_inspect_row row;
};

/* A turn that goes on for long. */
enum { WEIR_KNOWN_TURNS_MAX = 16, WEIR_KNOWN_TURN_NS = 100000000 };
struct weir_known_turn {
    uint64_t rt;
    size_t id; /* SIZE_MAX: it has no row yet */
    weir_inspect_turn turn;
};

struct weir_known {
    struct weir_known_row *rows;
    size_t n, room;
    weir_inspect_row *read; /* WEIR_INSPECT_ROWS_MAX: what a runtime says */
    uint64_t at_ns;         /* when that was */
    size_t closed_n;        /* of the export, that are in the rows */
    size_t turns_n;
    struct weir_known_turn turns[WEIR_KNOWN_TURNS_MAX]; /* that are long by now */
    uint64_t same_ns; /* the longest of those that are not named yet; 0: there is none */
};

/* False: no memory. It is to be dropped all the same. */
bool weir_known_init(struct weir_known *self) WEIR_MUST_USE;
void weir_known_fini(struct weir_known *self);

/* Looks at all runtimes. No memory for more rows: they are new the next time. */
void weir_known_read(struct weir_known *self, struct weir_export *of);

/* The turns alone. */
void weir_known_read_turns(struct weir_known *self, struct weir_export *of);

/* All of it is to be told again. */
void weir_known_forget(struct weir_known *self);

/* The stage that takes what this one gives; SIZE_MAX: none is known. weir_known_input_of: that
 * alone whose further input it is. */
size_t weir_known_over(const struct weir_known *self, size_t id);
size_t weir_known_input_of(const struct weir_known *self, size_t id);

#endif
