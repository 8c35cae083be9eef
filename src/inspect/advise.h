/* What to change, and what that would bring: one advice at a time.
 *
 * What is foretold is the ratio of two replays (inspect/replay.h), and only where the replay of
 * what is there now agrees with what was measured. What was merely counted (long turns, tasks that
 * are too short, connections that wait) is told in any case. */
#ifndef WEIR_INSPECT_ADVISE_H
#define WEIR_INSPECT_ADVISE_H

#include "inspect/law.h"
#include "inspect/replay.h"

enum {
    WEIR_ADVISE_ITEMS = 200,  /* fewer say nothing */
    WEIR_ADVISE_SPAWNS = 1000 /* so do fewer tasks of a place */
};

/* Why nothing is foretold. */
enum weir_silence {
    WEIR_SILENCE_NONE,
    WEIR_SILENCE_FEW,      /* items in the window */
    WEIR_SILENCE_UNSTEADY, /* the windows differ by more than a quarter */
    WEIR_SILENCE_NO_TIMES, /* no stage has any */
    WEIR_SILENCE_MISSES    /* the replay of now is off by more than a tenth */
};

struct weir_advice {
    const char *rule; /* as the lint calls it, where it has one; NULL: there is none */
    uint64_t id;      /* of the stage, or of the place that spawns */
    char text[256], assumes[160], change[48];
    double gain, low, high; /* of the rate, an interval of 80 %; 1 1 1: nothing is foretold */
    unsigned n;             /* what the limit, the room, the batch should be; 0: none of these */
    unsigned more;          /* further ones, for when this is settled */
    enum weir_silence silence;
    double replayed, measured; /* items a second */
};

/* Whether there is one. What it costs is bounded: some 500 replays. */
bool weir_advise(const struct weir_model *model, struct weir_advice *out);

/* "the replay gives 812/s, and 1000/s were measured", or "" */
size_t weir_silence_text(const struct weir_advice *advice, char *out, size_t n);

#endif
