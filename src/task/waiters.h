/* What tasks of any thread share: memory that lives as long as one of them knows it, one lock, and
 * lines of those who wait for something in it, first come, first served.
 *
 * Nobody is woken, and nothing of the user's is dropped, while the lock is held: who serves a line
 * notes the wakers, and giving the lock back wakes them. */
#ifndef WEIR_TASK_WAITERS_H
#define WEIR_TASK_WAITERS_H

#include <stdatomic.h>

#include "core/stage.h"

/* First in its memory. */
struct weir_shared {
    _Atomic bool held; /* the lock */
    _Atomic size_t refs;
    size_t bytes;
    void (*fini)(struct weir_shared *self); /* the last reference is gone; NULL: nothing to do */
};

/* Zeroed, with one reference. NULL: no memory. */
void *weir_shared_new(size_t bytes, void (*fini)(struct weir_shared *self));
void weir_shared_ref(struct weir_shared *self);
void weir_shared_unref(struct weir_shared *self);

/* Wakers that are to be woken. At most so many at once: who has more to serve gives the lock back
 * between. */
enum { WEIR_WAKING_MAX = 32 };
struct weir_waking {
    size_t n;
    weir_waker *wakers[WEIR_WAKING_MAX];
};
static inline bool weir_waking_is_full(const struct weir_waking *waking)
{
    return waking->n == WEIR_WAKING_MAX;
}

/* Takes the waker out of the slot; it is not full. */
static inline void weir_waking_add(struct weir_waking *waking, weir_waker_slot *slot)
{
    if (slot->waker)
        waking->wakers[waking->n++] = slot->waker;
    slot->waker = NULL;
}

/* Nobody yet. Where it counts: `= {0}` would clear all places. */
static inline void weir_waking_begin(struct weir_waking *waking)
{
    waking->n = 0;
}

/* Wakes them; the lock is free. */
void weir_waking_end(struct weir_waking *waking);

/* The lock is held for moments, and costs one exchange: to give it back is a store, since nobody
 * sleeps on it who would have to be called. Who finds it held looks again, lets others run, and in
 * the end, should its holder have to wait for this thread's processor, sleeps a little. */
void weir_shared_lock_late(struct weir_shared *self);
static inline void weir_shared_lock(struct weir_shared *self)
{
    if (WEIR_UNLIKELY(atomic_exchange_explicit(&self->held, true, memory_order_acquire)))
        weir_shared_lock_late(self);
}

static inline void weir_shared_unlock_only(struct weir_shared *self)
{
    atomic_store_explicit(&self->held, false, memory_order_release);
}

static inline void weir_shared_unlock(struct weir_shared *self, struct weir_waking *waking)
{
    weir_shared_unlock_only(self);
    if (waking->n)
        weir_waking_end(waking);
}

enum weir_place_state {
    WEIR_PLACE_OUTSIDE,
    WEIR_PLACE_WAITS,
    WEIR_PLACE_SERVED,
    WEIR_PLACE_REFUSED /* what it waited for is closed */
};

/* Stands in the memory of who waits. All zero bytes: outside. */
struct weir_waiting {
    struct weir_waiting *behind, *before;
    enum weir_place_state state;
    weir_waker_slot waker; /* of its latest poll */
    size_t n;              /* how much it wants */
    void *item;            /* what it brings */
};
struct weir_waiters {
    struct weir_waiting *first, *last;
};

/* All of these under the lock. */
void weir_waiters_join(struct weir_waiters *line, struct weir_waiting *one);
void weir_waiters_leave(struct weir_waiters *line, struct weir_waiting *one);

/* The first one has what it waited for, or never will. There is one, and `waking` has room. */
void weir_waiters_serve(struct weir_waiters *line, enum weir_place_state state,
                        struct weir_waking *waking);

/* The whole line, however long it is: gives the lock back meanwhile, so nobody may be able to join
 * any more, or what they wait for is there. */
void weir_waiters_serve_all(struct weir_shared *shared, struct weir_waiters *line,
                            enum weir_place_state state, struct weir_waking *waking);

/* Keeps the waker of a poll in a slot under the lock, then gives the lock back and answers PENDING:
 * the last thing that a poll does. */
weir_poll weir_shared_wait(struct weir_shared *shared, weir_cx *cx, weir_waker_slot *slot,
                           weir_wait_for what);

/* The same for a poll that served others before itself: they are woken. */
static inline weir_poll weir_shared_wait_waking(struct weir_shared *shared, weir_cx *cx,
                                                weir_waker_slot *slot, weir_wait_for what,
                                                struct weir_waking *waking)
{
    weir_poll got = weir_shared_wait(shared, cx, slot, what);
    if (waking->n)
        weir_waking_end(waking);
    return got;
}

/* For a plain thread. `one` stands in a line, the lock is held: gives it back until `one` is served
 * or refused, and has it again then. False: this thread polls, it may not block. */
bool weir_may_block(void);
void weir_waiting_block(struct weir_shared *shared, struct weir_waiting *one);

/* An item of a type, at its place behind a head of so many bytes that begins at WEIR_ALIGN. */
static inline size_t weir_behind(size_t head, size_t align)
{
    return (head + align - 1) & ~(align - 1);
}

#endif
