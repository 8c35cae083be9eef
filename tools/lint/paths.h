/* paths.h: a function step by step, on all ways that it may take: what is known of a few things
 * (a lock, a stream, a writer) after each step. A rule gives each thing up to eight states; on each
 * way it is in one of them, and where ways meet it may be in any of theirs. So "held on every way"
 * is: in no other state. */
#ifndef LINT_PATHS_H
#define LINT_PATHS_H

#include "tree.h"

enum { PATH_THINGS_MAX = 24 };

/* Which states each thing may be in, one bit each; no bit at all: nothing gets here. */
struct path_state {
    uint8_t may[PATH_THINGS_MAX];
    bool reached;
};

struct path {
    struct unit *unit;
    const struct function *function;
    /* A step: expressions after what they are made of, `return` after its value, variables after
     * their initialiser. It changes *state. */
    void (*step)(struct path *path, struct path_state *state, const struct node *node);
    /* Optional. A block, or a loop with a variable of its own, ends: what was declared in it is
     * gone. Also the function's own block, where its end is reached. */
    void (*leave)(struct path *path, struct path_state *state, const struct node *block);
    /* Optional. The condition was seen to hold, or not. Asked for each part of && and ||, and
     * without a `!` in front. */
    void (*branch)(struct path *path, struct path_state *state, const struct node *condition,
                   bool holds);
    /* Optional. The two ways of an `if` meet in *state; each was in its own before. */
    void (*join)(struct path *path, struct path_state *state, const struct node *node,
                 const struct path_state *yes, const struct path_state *no);
    /* A function of weir/co.h is followed as if it never left at its waits: what is true of things
     * that outlive them. Else each of its cases is a way in. */
    bool straight;
    /* What the rule knows beside. */
    void *arg;
    const struct symbol *things[PATH_THINGS_MAX];
    size_t things_n;
    /* Loops are gone through until nothing changes; findings are reported in the last pass. */
    bool reporting;
};

/* False: the function jumps backwards by goto, into a block, or is too large; nothing was reported
 * then. Counts that as silence. */
bool path_walk(struct path *path, const struct path_state *begin);

/* The number of a thing, added if it is new. -1: there are too many. */
int path_thing(struct path *path, const struct symbol *symbol);

/* ... and of one that is there. -1: it is not. */
int path_known(const struct path *path, const struct symbol *symbol);

/* It is in this state on every way that gets here. */
static inline bool path_is(const struct path_state *state, int thing, unsigned bit)
{
    return thing >= 0 && state->reached && state->may[thing] == 1u << bit;
}

static inline bool path_may(const struct path_state *state, int thing, unsigned bit)
{
    return thing >= 0 && state->reached && (state->may[thing] & 1u << bit) != 0;
}

static inline void path_set(struct path_state *state, int thing, unsigned bit)
{
    if (thing >= 0)
        state->may[thing] = (uint8_t)(1u << bit);
}

#endif
