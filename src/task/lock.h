/* Who holds a weir_lock, for checking builds: nothing may wait meanwhile. */
#ifndef WEIR_TASK_LOCK_H
#define WEIR_TASK_LOCK_H

#include "core/stage.h"
#include "weir/lock.h"

/* The locks that are held on this stack: a thread's, or a fiber's. */
struct weir_held {
    unsigned n;
    weir_site first; /* where the first of them was taken */
};

extern __thread struct weir_held weir_held_here;

/* Another stack runs from now on, which holds so many. Answers those of the one before. */
static inline struct weir_held weir_held_swap(struct weir_held held)
{
    struct weir_held before = weir_held_here;
    weir_held_here = held;
    return before;
}

_Noreturn void weir_held_misuse(void);

/* Before a wait. */
static inline void weir_held_check(void)
{
    if (WEIR_CHECKS && WEIR_UNLIKELY(weir_held_here.n))
        weir_held_misuse();
}

#endif
