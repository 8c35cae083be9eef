/* Changes that may bring something, and how much. */
#ifndef WEIR_INSPECT_CHANGE_H
#define WEIR_INSPECT_CHANGE_H

#include "inspect/replay.h"

enum weir_change_of { WEIR_CHANGE_LIMIT, WEIR_CHANGE_ROOM };

struct weir_change {
    enum weir_change_of of;
    size_t stage; /* whose limit; whose room before it */
    unsigned n;
    struct weir_replayed foretold; /* gain 1: there is none; 0: it cannot be told */
};

struct weir_model weir_changed(const struct weir_model *model, const struct weir_change *change);

/* The smallest limit, or room, that brings nearly as much as any does. */
struct weir_change weir_change_best(const struct weir_model *model, enum weir_change_of of,
                                    size_t stage);

/* Whether any room would bring something. */
bool weir_change_rooms_matter(const struct weir_model *model);

/* The same change once more, with all replays. False: it brings nothing worth the while. */
bool weir_change_foretell(const struct weir_model *model, struct weir_change *change);

#endif
