/* Between a task and its handle, which may be on different threads: one word of the task. Who comes
 * second has what the task came to, and the one reference to it that both of them share. */
#ifndef WEIR_TASK_JOIN_H
#define WEIR_TASK_JOIN_H

#include "task/task.h"

/* What stands there where it is no waker of who awaits the handle. */
enum {
    WEIR_JOIN_NEW,      /* there is a handle, and nobody asked it yet */
    WEIR_JOIN_OVER,     /* the handle has it */
    WEIR_JOIN_DETACHED, /* there is no handle, or none any more */
    WEIR_JOIN_WAKERS    /* what is no less than that is one */
};

static inline void weir_join_let_go(uintptr_t word)
{
    if (word >= WEIR_JOIN_WAKERS)
        weir_waker_unref((weir_waker *)word);
}

/* The task's side: it came to something. True: that is the handle's now, and so is the reference;
 * nothing may touch the task. False: nobody wants it. */
static inline bool weir_join_finish(weir_task *task)
{
    uintptr_t word = atomic_exchange(&task->join, WEIR_JOIN_OVER);
    if (word >= WEIR_JOIN_WAKERS)
        weir_waker_wake_unref((weir_waker *)word);
    return word != WEIR_JOIN_DETACHED;
}

static inline bool weir_join_is_wanted(const weir_task *task)
{
    return atomic_load(&task->join) != WEIR_JOIN_DETACHED;
}

/* The handle's side, one thread at a time. */
static inline bool weir_join_is_over(const weir_task *task)
{
    return atomic_load_explicit(&task->join, memory_order_acquire) == WEIR_JOIN_OVER;
}

/* This one is woken when it is over. True: it is. */
static inline bool weir_join_wait(weir_task *task, weir_waker *waker)
{
    uintptr_t word = atomic_load_explicit(&task->join, memory_order_acquire);
    if (word == WEIR_JOIN_OVER || word == (uintptr_t)waker)
        return word == WEIR_JOIN_OVER;
    weir_waker_ref(waker);
    if (!atomic_compare_exchange_strong(&task->join, &word, (uintptr_t)waker)) {
        weir_waker_unref(waker);
        return true;
    }
    weir_join_let_go(word);
    return false;
}

/* The handle goes. True: it has what the task came to, and the reference. */
static inline bool weir_join_leave(weir_task *task)
{
    uintptr_t word = atomic_exchange(&task->join, WEIR_JOIN_DETACHED);
    weir_join_let_go(word);
    return word == WEIR_JOIN_OVER;
}

#endif
