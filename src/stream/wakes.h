/* The queue of those members of a set that were woken, and their wakers. What children.c (sets of
 * streams) and map_async.c (sets of state machines) have in common.
 *
 * The queue is first in, first out; a wake puts a member at its end once, and wakes the task's
 * latest waker. All belongs to the thread that polls the set, but that any thread may wake: wakes
 * from others go through a stack without a lock. A set stays on the thread of its latest poll. */
#ifndef WEIR_STREAM_WAKES_H
#define WEIR_STREAM_WAKES_H

#include "core/poll.h"

/* First in a member's memory, which lives as long as somebody holds its waker. */
struct weir_member_waker {
    weir_waker waker; /* the set holds one reference */
    struct weir_wakes *wakes;
    struct weir_member_waker *behind;       /* in the queue, or among the set's spares */
    struct weir_member_waker *behind_there; /* among those woken by other threads */
    size_t bytes;                           /* of the member's memory */
    bool there;                             /* atomic */
    bool queued;
    bool woken; /* since it was taken from the queue */
    bool left;  /* the set: a wake does nothing any more */
};

struct weir_wakes {
    const void *thread; /* atomic; whose all below is, but for the last two */
    unsigned refs;      /* the set, and each member's memory */
    size_t n;
    struct weir_member_waker *first;
    struct weir_member_waker *last;
    bool woken;                          /* some member was, since whoever asks cleared this */
    struct weir_member_waker *elsewhere; /* atomic */
    weir_waker *task;                    /* atomic */
};

struct weir_wakes *weir_wakes_new(void); /* NULL: no memory */

/* The set is gone: wakers that are left do nothing. */
void weir_wakes_close(struct weir_wakes *wakes);

/* A member of `bytes` zeroed bytes. NULL: no memory. */
struct weir_member_waker *weir_member_new(struct weir_wakes *wakes, size_t bytes);

/* It leaves the set. True: nobody else knows it, so it may be used again; else its memory goes with
 * its last waker. */
bool weir_member_leave(struct weir_member_waker *member);

/* Those that left while they were in the queue are let go. */
void weir_wakes_sweep(struct weir_wakes *wakes);

/* Those woken by other threads, oldest first, join the queue. */
void weir_wakes_look_elsewhere(struct weir_wakes *wakes);

#if !defined(__x86_64__) && !defined(__aarch64__)
extern _Thread_local char weir_wakes_thread; /* one for all files: its address is compared */
#endif

static inline const void *weir_this_thread(void)
{
#if defined(__x86_64__) || defined(__aarch64__)
    return __builtin_thread_pointer();
#else
    return &weir_wakes_thread;
#endif
}

/* Wakes the task that waits for the set, once. */
void weir_wakes_tell(struct weir_wakes *wakes);

/* At the beginning of each poll of the set. */
static inline void weir_wakes_here(struct weir_wakes *wakes)
{
    __atomic_store_n(&wakes->thread, weir_this_thread(), __ATOMIC_RELAXED);
}

static inline void weir_wakes_look(struct weir_wakes *wakes)
{
    if (WEIR_UNLIKELY(__atomic_load_n(&wakes->elsewhere, __ATOMIC_RELAXED) != NULL))
        weir_wakes_look_elsewhere(wakes);
}

/* Whom to wake when a member is. */
static inline void weir_wakes_task(struct weir_wakes *wakes, weir_waker *task)
{
    if (WEIR_LIKELY(__atomic_load_n(&wakes->task, __ATOMIC_RELAXED) == task))
        return;
    if (task)
        weir_waker_ref(task);
    weir_waker *old = __atomic_exchange_n(&wakes->task, task, __ATOMIC_ACQ_REL);
    if (old)
        weir_waker_unref(old);
}

static inline void weir_wakes_put(struct weir_wakes *wakes, struct weir_member_waker *member)
{
    member->queued = true;
    member->behind = NULL;
    if (wakes->last)
        wakes->last->behind = member;
    else
        wakes->first = member;
    wakes->last = member;
    wakes->n++;
}

/* The first one, which may have left the set: then let its reference go. NULL: none. */
static inline struct weir_member_waker *weir_wakes_pop(struct weir_wakes *wakes)
{
    struct weir_member_waker *member = wakes->first;
    if (!member)
        return NULL;
    wakes->first = member->behind;
    if (!wakes->first)
        wakes->last = NULL;
    wakes->n--;
    member->queued = false;
    member->woken = false;
    return member;
}

/* Nobody but the set knows it, and nobody can wake it any more. */
static inline bool weir_member_unshared(const struct weir_member_waker *member)
{
    return __atomic_load_n(&member->waker.refs, __ATOMIC_ACQUIRE) == 1 && !member->queued;
}

/* PENDING: the task's waker is stored already. */
static inline weir_poll weir_wakes_wait(weir_cx *cx, weir_wait_for what)
{
    weir_waker_slot stored = {cx->waker};
    return weir_wait(cx, &stored, what ? what : WEIR_WAIT_PEER);
}

#endif
