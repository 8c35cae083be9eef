/* A task: a future, its waker, and where it stands. The state is one word, so that it can be woken
 * from any thread; everything else belongs to its worker's thread. */
#ifndef WEIR_TASK_TASK_H
#define WEIR_TASK_TASK_H

#include <stdatomic.h>

#include "core/stage.h"
#include "task/clock.h"

typedef struct weir_task weir_task;
typedef struct weir_inbox weir_inbox;

enum weir_task_state {
    WEIR_TASK_IDLE,    /* it waits to be woken */
    WEIR_TASK_READY,   /* it stands in the queue or in the inbox */
    WEIR_TASK_RUNNING, /* it is being polled */
    WEIR_TASK_AGAIN,   /* ... and was woken meanwhile; so it may stand in the queue too */
    WEIR_TASK_DONE     /* it is never polled again; wakers of it may be left */
};

enum weir_cancelled {
    WEIR_TASK_WANTED,
    WEIR_TASK_CANCELLED, /* its next turn ends it */
    WEIR_TASK_REVOKED    /* the same, unless it has begun */
};

/* Tasks in the order in which they became ready. */
struct weir_ready_queue {
    weir_task *first, *last;
    size_t n;
};

/* Who runs a task on its own stack, and takes what it came to there. */
typedef struct weir_root {
    weir_error *error; /* NULL: nowhere to put it */
    weir_poll got;
    bool cut;  /* it is of a part of the input */
    bool over; /* it is there */
} weir_root;

struct weir_task {
    weir_waker waker; /* a waker is a task */
    _Atomic unsigned state;
    uint8_t wait_for;          /* why it is idle, and ... */
    uint8_t scale;             /* for how many cycles this one stands; 0: it is not timed */
    bool polled;               /* this very moment */
    _Atomic uint8_t cancelled; /* enum weir_cancelled; any worker may say so */
    bool counted;              /* its error is for weir_rt_task_errors() */
    bool keeps_inbox; /* has a reference: it may outlive its worker, whose one is enough before */
    bool cut;         /* what it came to is of a part of the input */
    bool ends;        /* ... is there, and is told when its children are gone */
    bool is_root;     /* ... goes to who runs it */
    bool arrives;     /* its worker was chosen, and has not seen it yet */
    bool placed;      /* ... and counts it */
    bool awake;       /* of a sleeper: it had its turn, whoever wakes it since */
    weir_poll got;    /* what it came to */
    _Atomic unsigned children;   /* whose parent it is */
    uint32_t note;               /* of who looks at it; 0: none */
    weir_task *next_ready;       /* in the queue, the inbox or the line of those that nobody took */
    _Atomic(weir_inbox *) inbox; /* of its worker; NULL: nobody has polled it, and any may */
    weir_task *next, *prev;      /* all tasks of the worker */
    weir_arena *arena;           /* it stands in there, with its future or alone */
    weir_stream *future;
    weir_in_flight_list in_flight; /* what goes on while the future waits for something else */
    union {
        void *out;         /* where its item goes */
        weir_stage *stood; /* of a sleeper: the chain that its thread polls; NULL: none */
    };
    _Atomic(uintptr_t) join; /* of its handle: task/join.h */
    union {
        weir_root *root;   /* is_root */
        weir_error *error; /* for the handle; NULL: none, or no memory for it */
    };
    const weir_type *type;     /* of its item */
    const weir_site *place;    /* where it was spawned; NULL: not known */
    weir_task *parent;         /* which is not over before it is; NULL: none */
    struct weir_handle *kids;  /* of children of its own, which are still asked for */
    const weir_stage *waiting; /* ... which stage said so */
    uint64_t number;           /* in its worker, from 1 */
    uint64_t turns;
    uint64_t stamp_ns; /* since when it is in this state, if the cycle is timed */
    uint64_t ns_busy, ns_runnable, ns_blocked;
};

/* Where other threads put tasks they woke. Outlives the worker as long as a task does. */
struct weir_inbox {
    _Atomic unsigned refs;
    _Atomic(weir_task *) first;
    weir_worker *worker;   /* NULL: it is gone */
    _Atomic bool sleeping; /* the worker waits, or is about to: it has to be interrupted */
    int interrupt_fd;
    unsigned forks; /* of the process that made it */
};

/* Who is at home on this thread; NULL: nobody polls here. */
extern _Thread_local weir_worker *weir_worker_here;

/* NULL: no memory; the future is still the caller's. It stands in the arena of its future, where
 * that is no stack, and keeps it until its last waker goes. It is READY, and has no handle.
 * `future` NULL: a sleeper, for weir_worker_until(), which is RUNNING. `inbox` NULL: any worker may
 * take it.
 */
weir_task *weir_task_new(weir_inbox *inbox, weir_stream *future);

/* In and out of the list of all tasks. */
static inline void weir_task_link(weir_task **tasks, weir_task *task)
{
    task->prev = NULL;
    task->next = *tasks;
    if (*tasks)
        (*tasks)->prev = task;
    *tasks = task;
}

static inline void weir_task_unlink(weir_task **tasks, weir_task *task)
{
    if (task->prev)
        task->prev->next = task->next;
    else
        *tasks = task->next;
    if (task->next)
        task->next->prev = task->prev;
}

/* Runs the finis of its future. */
void weir_task_drop_future(weir_task *task);

/* The same of one that stands nowhere; it is never polled. The caller still has its reference. */
void weir_task_end(weir_task *task);

/* From now on it may outlive its worker. */
void weir_task_keep_inbox(weir_task *task);

/* Whose error it is, unless that is said already. */
void weir_task_own_error(const weir_task *task, weir_error *error);

/* A task that nobody polls yet becomes another one's child. */
void weir_task_adopt(weir_task *parent, weir_task *child);
/* One of its children is over. It may be gone by then. */
void weir_task_lose_child(weir_task *parent);

/* True: it has children, which know by now that they are to end as they were made to. */
bool weir_task_waits_for_children(weir_task *task);

/* Its next turn ends it. From any thread that knows it to be there. */
void weir_task_tell(weir_task *task, enum weir_cancelled what);

/* What is told of it: its future, or what its thread polls. NULL: nothing. */
static inline weir_stage *weir_task_chain(const weir_task *task)
{
    if (task->future)
        return &task->future->stage;
    return task->type ? NULL : task->stood; /* it is over; or a sleeper */
}

/* The one that is polled; NULL: nobody said. */
static inline weir_task *weir_task_of(const weir_cx *cx)
{
    return cx->in_flight ? WEIR_CONTAINER(cx->in_flight, weir_task, in_flight) : NULL;
}

/* It has no turn any more. Behind what weir_worker_take() wrote, in the one order that
 * weir_task_tell() has too. */
static inline bool weir_task_is_cancelled(const weir_task *task)
{
    unsigned told = atomic_load(&task->cancelled);
    return WEIR_UNLIKELY(told) && (told == WEIR_TASK_CANCELLED || !task->turns);
}

/* Closes the account of the state the task was in, in a cycle that is timed. */
static inline void weir_task_stamp(weir_task *task, uint64_t now_ns, uint64_t *account)
{
    *account += (now_ns - task->stamp_ns) * task->scale;
    task->stamp_ns = now_ns;
}

static inline void weir_ready_push(struct weir_ready_queue *queue, weir_task *task)
{
    task->next_ready = NULL;
    if (queue->last)
        queue->last->next_ready = task;
    else
        queue->first = task;
    queue->last = task;
    queue->n++;
}

/* The nth task from the front. NULL: there are not so many. */
weir_task *weir_ready_take_nth(struct weir_ready_queue *queue, size_t nth);
static inline weir_task *weir_ready_take(struct weir_ready_queue *queue, size_t nth)
{
    weir_task *task = queue->first;
    if (WEIR_UNLIKELY(nth || !task))
        return weir_ready_take_nth(queue, nth);
    queue->first = task->next_ready;
    queue->n--;
    if (!queue->first)
        queue->last = NULL;
    return task;
}
void weir_ready_remove(struct weir_ready_queue *queue, weir_task *task);

weir_inbox *weir_inbox_new(const weir_sys *sys, int *error);
void weir_inbox_unref(weir_inbox *inbox);
/* Moves what stands there into the queue, in the order it came. */
void weir_inbox_take(weir_inbox *inbox, struct weir_ready_queue *queue, struct weir_clock *clock);
/* The worker is about to wait. True: it need not, something stands there. */
bool weir_inbox_sleep(weir_inbox *inbox);
void weir_inbox_rouse(weir_inbox *inbox);
/* The same for the last time: nothing is taken any more. */
void weir_inbox_close(weir_inbox *inbox, struct weir_ready_queue *queue, struct weir_clock *clock);
/* False: its worker is gone. */
bool weir_inbox_push(weir_inbox *inbox, weir_task *task);

#endif
