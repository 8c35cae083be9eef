/* Jobs of a replay, the one that is over first at the top. Its room is as many as there are. */
#ifndef WEIR_INSPECT_REPLAY_HEAP_H
#define WEIR_INSPECT_REPLAY_HEAP_H

#include "inspect/replay_line.h"

static inline void weir_replay_heap_add(struct weir_replay_heap *heap,
                                        const struct weir_replay_job *jobs, uint32_t number)
{
    size_t at = heap->n++;
    for (; at; at = (at - 1) / 2) {
        uint32_t above = heap->jobs[(at - 1) / 2];
        if (jobs[above].key <= jobs[number].key)
            break;
        heap->jobs[at] = above;
    }
    heap->jobs[at] = number;
}

static inline uint32_t weir_replay_heap_take(struct weir_replay_heap *heap,
                                             const struct weir_replay_job *jobs)
{
    uint32_t first = heap->jobs[0], last = heap->jobs[--heap->n];
    size_t at = 0;
    for (size_t below = 1; below < heap->n; below = 2 * at + 1) {
        if (below + 1 < heap->n && jobs[heap->jobs[below + 1]].key < jobs[heap->jobs[below]].key)
            below++;
        if (jobs[heap->jobs[below]].key >= jobs[last].key)
            break;
        heap->jobs[at] = heap->jobs[below];
        at = below;
    }
    heap->jobs[at] = last;
    return first;
}

#endif
