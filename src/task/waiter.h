/* Who waits on a thread: the fiber that runs, or the thread itself. */
#ifndef WEIR_TASK_WAITER_H
#define WEIR_TASK_WAITER_H

#include "core/loop.h"
#include "task/task.h"
#include "weir/fiber.h"

/* What stands for a thread in its worker's queue while it waits. */
struct weir_sleeper;

/* Tells core how to find who waits here. */
void weir_waiter_init(void);

/* The fiber that runs on this thread; NULL: none. */
extern __thread weir_waiter *weir_fiber_running;

/* Another one runs from now on. Answers the one before. */
static inline weir_waiter *weir_fiber_swap(weir_waiter *fiber)
{
    weir_waiter *before = weir_fiber_running;
    weir_fiber_running = fiber;
    return before;
}

/* Who may wait for what is dropped on this thread: the fiber that runs; where that is dropped
 * itself, the fiber that drops it, and so on. NULL: no fiber does. */
weir_waiter *weir_fiber_who_drops(void);
/* That one waits, or the thread does if there is none, on its own stack. False: it may not. */
bool weir_fiber_wait_in_drop(weir_waiter *who);

/* What weir_yield() gives to, in the same way. Nobody: it is refused. */
extern struct weir_yielder weir_yielder_nobody;
static inline struct weir_yielder *weir_yielder_swap(struct weir_yielder *yielder)
{
    struct weir_yielder *before = weir_yielder_here;
    weir_yielder_here = yielder;
    return before;
}

/* The thread that this worker is turned by, as one who waits. NULL: no memory. */
weir_waiter *weir_worker_waiter(weir_worker *worker);
/* ... of this runtime, with room for a chain. NULL: it cannot run now, and *error says why. */
weir_waiter *weir_rt_waiter(weir_rt *rt, const weir_stage *chain, weir_error *error);

/* What is asked of a chain that stays the program's. */
struct weir_question {
    weir_stage *stage;
    weir_poll (*poll)(struct weir_question *self, weir_cx *cx);
    void *out;
    const void *bytes;
    size_t size; /* bytes, or items */
};
weir_poll weir_question_poll(weir_waiter *waiter, struct weir_question *request);

/* Loops stand on it, or it waits. NULL: no. */
bool weir_sleeper_is_used(const struct weir_sleeper *sleeper);

/* Tells of the error of a loop that nobody took; NULL: nothing. */
void weir_sleeper_tell(struct weir_sleeper *sleeper);

/* Releases a worker's sleeper; NULL: nothing. */
void weir_sleeper_drop(struct weir_sleeper *sleeper);

#endif
