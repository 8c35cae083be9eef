/* weir/waker.h: how a thing that was PENDING says that it can go on. */
#ifndef WEIR_WAKER_H
#define WEIR_WAKER_H

#include "weir/base.h"

WEIR_BEGIN_C

typedef struct weir_waker_ops {
    uint32_t size;                      /* sizeof(weir_waker_ops) */
    void (*wake)(weir_waker *waker);    /* may be called from any thread, any number of times */
    void (*release)(weir_waker *waker); /* the last reference is gone */
} weir_waker_ops;

/* Whom to wake when something that was waited for is there. None of this may be called from a
 * signal handler: raise a flag there, or write to a descriptor.
 *
 * First member of whatever can be woken: a task, a member of a set. Reference counted, since a
 * waker may outlive the poll, and the task, it came from. */
struct weir_waker {
    const weir_waker_ops *ops;
    unsigned refs;
};

/* init makes a waker with one reference, which is the caller's; ref and unref count, and the last
 * unref calls .release. wake calls .wake: from any thread, any number of times, also when what it
 * wakes is over. Owns: who stores a waker holds a reference.
 *
 * Example:
 *     wakes = 0;
 *     weir_waker waker;
 *     weir_waker_init(&waker, &counting_waker);
 *     weir_waker_wake(&waker);
 *     p(wakes); // -> 1
 *     weir_waker_unref(&waker);
 */
WEIR_API void weir_waker_init(weir_waker *waker, const weir_waker_ops *ops);
WEIR_API void weir_waker_ref(weir_waker *waker);
WEIR_API void weir_waker_unref(weir_waker *waker);
WEIR_API void weir_waker_wake(weir_waker *waker);
WEIR_API void weir_waker_wake_unref(weir_waker *waker); /* wakes it, and lets it go */

/* Where a thing keeps the waker of its latest PENDING. All zero bytes: empty. */
typedef struct weir_waker_slot {
    weir_waker *waker;
} weir_waker_slot;

/* store keeps the waker, with a reference of its own, in the place of the one before; clear lets it
 * go without waking. On the thread that polls.
 *
 * Example:
 *     wakes = 0;
 *     weir_waker waker;
 *     weir_waker_slot slot = {0};
 *     weir_waker_init(&waker, &counting_waker);
 *     weir_waker_slot_store(&slot, &waker);
 *     weir_waker_slot_wake(&slot);
 *     weir_waker_slot_wake(&slot);
 *     p(wakes); // -> 1
 *     weir_waker_unref(&waker);
 */
WEIR_API void weir_waker_slot_store(weir_waker_slot *slot, weir_waker *waker);
WEIR_API void weir_waker_slot_wake(weir_waker_slot *slot); /* wakes it and forgets it */
WEIR_API void weir_waker_slot_clear(weir_waker_slot *slot);

/* A slot for two sides on different threads: one registers (only one, after each PENDING), any
 * number wake. A wake that comes while the other side registers is not lost. All zero bytes: empty.
 * Register first, then look again at what is waited for, then answer PENDING. */
typedef struct weir_waker_cell {
    uintptr_t word; /* the waker, or one of two numbers; atomic */
} weir_waker_cell;

/* As those of a slot; store and clear by the side that registers, wake by anybody.
 *
 * Example:
 *     wakes = 0;
 *     weir_waker waker;
 *     weir_waker_cell cell = {0};
 *     weir_waker_init(&waker, &counting_waker);
 *     weir_waker_cell_store(&cell, &waker);
 *     weir_waker_cell_wake(&cell);
 *     p(wakes); // -> 1
 *     weir_waker_unref(&waker);
 */
WEIR_API void weir_waker_cell_store(weir_waker_cell *cell, weir_waker *waker);
WEIR_API void weir_waker_cell_wake(weir_waker_cell *cell); /* wakes it and forgets it */
WEIR_API void weir_waker_cell_clear(weir_waker_cell *cell);

WEIR_END_C

#endif
