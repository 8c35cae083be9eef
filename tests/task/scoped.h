/* What tests spawn in a scope: a future that borrows from who opened it. */
#ifndef WEIR_TESTS_SCOPED_H
#define WEIR_TESTS_SCOPED_H

#include "party.h"

#include "../driver/rig.h"

static __thread int alive, finished;

struct child {
    int pauses;
    int fails;    /* with this number; 0: not */
    int64_t *sum; /* on the stack of who opened the scope */
};

static inline void child_drop(void *state)
{
    struct child *self = state;
    --*self->sum;
    alive--;
}

static inline bool child(struct child *self, int64_t *out, weir_error *error)
{
    *out = 0;
    for (int i = 0; i < self->pauses; i++) {
        ++*self->sum;
        bool goes_on = weir_pause();
        --*self->sum;
        if (!goes_on)
            return false;
    }
    if (self->fails)
        weir_error_set(error, WEIR_E_USER, "child %d", self->fails)->number = self->fails;
    finished += !self->fails;
    return !self->fails;
}
WEIR_FIBER_FN(child_fn, child, struct child, int64_t, .drop = child_drop)

static inline weir_stream *child_of(int pauses, int fails, int64_t *sum)
{
    struct child state = {pauses, fails, sum};
    ++*sum;
    alive++;
    return weir_fiber(&child_fn, &state, NULL);
}

static inline void begin(void)
{
    alive = finished = 0;
}

/* Only a simulation draws anything. */
static inline uint64_t seeds_of(const char *driver, uint64_t seeds)
{
    return strcmp(driver, "sim") ? 1 : seeds;
}

#endif
