/* What a pipeline gives: its recorded service times once more, on a clock of their own, with its
 * channels, its limits, its order, and so many cores that those share who work. */
#ifndef WEIR_INSPECT_REPLAY_H
#define WEIR_INSPECT_REPLAY_H

#include "inspect/model.h"

enum {
    WEIR_REPLAY_ITEMS = 600, /* that leave it in one replay, behind those of its beginning */
    WEIR_REPLAYS = 200       /* of which a comparison is made */
};

/* Items a second that leave the last stage. Times are drawn by blocks, since neighbours are alike:
 * one seed, one replay. 0: it cannot be told (no memory, no times, nothing leaves it). */
double weir_replay(const struct weir_model *model, uint64_t seed, size_t items);

/* The rate after a change by the one before it: the median of pairs of replays, and what eight of
 * ten of them lie between. The spread of the cores is drawn with them. */
struct weir_replayed {
    double gain, low, high;
    double before; /* the median rate */
};
bool weir_replay_compare(const struct weir_model *before, const struct weir_model *after,
                         size_t replays, struct weir_replayed *out);

#endif
