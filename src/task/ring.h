/* Tasks that nobody has polled yet, of one worker: it puts them in, and any worker takes them out
 * at the other end, first in, first out (Chase and Lev, with the orders of Le, Pop, Cohen and
 * Nardelli; the owner takes as thieves do, since tasks should go in the order they came). */
#ifndef WEIR_TASK_RING_H
#define WEIR_TASK_RING_H

#include "task/task.h"

enum { WEIR_RING_SIZE = 1024 };

struct weir_task_ring {
    _Atomic uint64_t first; /* taken by whoever comes first */
    char apart[64 - sizeof(uint64_t)];
    _Atomic uint64_t end; /* its worker's */
    _Atomic(weir_task *) tasks[WEIR_RING_SIZE];
};

/* False: it is full. */
static inline bool weir_ring_push(struct weir_task_ring *ring, weir_task *task)
{
    uint64_t end = atomic_load_explicit(&ring->end, memory_order_relaxed);
    if (end - atomic_load_explicit(&ring->first, memory_order_acquire) >= WEIR_RING_SIZE)
        return false;
    atomic_store_explicit(&ring->tasks[end % WEIR_RING_SIZE], task, memory_order_relaxed);
    atomic_store_explicit(&ring->end, end + 1, memory_order_release);
    return true;
}

static inline bool weir_ring_has_any(struct weir_task_ring *ring)
{
    return atomic_load(&ring->first) < atomic_load(&ring->end);
}

/* NULL: it is empty. */
static inline weir_task *weir_ring_take(struct weir_task_ring *ring)
{
    uint64_t first = atomic_load_explicit(&ring->first, memory_order_acquire);
    while (first < atomic_load_explicit(&ring->end, memory_order_acquire)) {
        weir_task *task =
            atomic_load_explicit(&ring->tasks[first % WEIR_RING_SIZE], memory_order_relaxed);
        if (atomic_compare_exchange_weak(&ring->first, &first, first + 1))
            return task;
    }
    return NULL;
}

#endif
