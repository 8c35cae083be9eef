/* acts.h: what something does to the task that runs it: it may wait, it may hand work to others, it
 * may block the thread. Calls are gone into, as far as their functions are in the file. */
#ifndef LINT_ACTS_H
#define LINT_ACTS_H

#include "tree.h"

enum { ACTS_DEPTH_MAX = 6 };

struct acts {
    const struct node *waits; /* the first such call of the tree that was asked about; NULL: none */
    const struct node *spawns;
    const struct node *blocks;
    const char *blocks_by; /* "sleep": who does it in the end */
    const char *waits_by;
    bool unsure; /* a call by pointer, or one too deep */
};

/* Of everything in a tree, once each. depth: how many calls were gone into already; 0. */
struct acts acts_of(struct unit *unit, const struct node *tree, unsigned depth);

/* Of one call: what it does is done by the call itself. */
struct acts acts_of_call(struct unit *unit, const struct node *call, unsigned depth);

/* A function that blocks its thread, of the C library or marked, as it is called here: poll() with
 * 0 does not. NULL: it is none; else what to do instead. */
const char *acts_blocking_cure(struct unit *unit, const struct node *call);

#endif
