/* Who looks at what the tasks of a runtime do. Told on a task's own worker, in cycles that are
 * timed (task/turn.c): the others cost nothing more. */
#ifndef WEIR_TASK_LOOK_H
#define WEIR_TASK_LOOK_H

#include "task/worker.h"

/* Of one worker; what it keeps of a task it finds by task->note, which is 0 at first. */
struct weir_look_ops {
    /* Its turn begins now; it was ready since ready_ns, in case this is the first that is told. */
    void (*begins)(struct weir_look *look, weir_task *task, uint64_t ready_ns, uint64_t now_ns);
    /* The first poll of its turn is over. */
    void (*polled)(struct weir_look *look, weir_task *task);
    /* Its turn is over. What its cx waits for is still there. */
    void (*ends)(struct weir_look *look, weir_task *task, uint64_t now_ns);
    /* Its turn is over, and it goes on: the two above and below in one, where the next cycle is
     * timed too. */
    void (*turned)(struct weir_look *look, weir_task *task, uint64_t now_ns, bool ready);
    /* It goes on: it waits, or is ready again, in a cycle that is timed or not. */
    void (*goes_on)(struct weir_look *look, weir_task *task, bool ready);
    /* It waited, and is ready. Told where task->note is not 0, but of the one whose turn is about
     * to begin, which look->woken is then, and of one that was cancelled: it waits for its
     * children, and has no turn. */
    void (*woken)(struct weir_look *look, weir_task *task, uint64_t now_ns);
    /* Its future is about to be dropped. Told where task->note is not 0, in every cycle. */
    void (*gone)(struct weir_look *look, weir_task *task, uint64_t now_ns);
    /* Its stages are gone, but for the first. Told where task->note is not 0. */
    void (*forgets)(struct weir_look *look, weir_task *task);
    /* Every cycle is timed from now on, those that are on too; or one in so many again. Between two
     * turns, or at the beginning of one. */
    void (*attach)(struct weir_look *look, bool exact);
    /* The worker has no turn for a while, though tasks may be ready. */
    void (*pauses)(struct weir_look *look);
};
struct weir_look {
    const struct weir_look_ops *ops;
    weir_worker *worker;
    bool exact;        /* as it was told last */
    weir_task *woken;  /* it is ready, and its turn comes next; NULL: nobody knows of one */
    uint64_t woken_ns; /* ... since; 0: none is. Atomic, for who looks from elsewhere */
};

/* Of a runtime, from when it is set until the runtime is dropped. */
struct weir_looker {
    /* What looks at this worker, on its thread. NULL: no memory; it is asked again. */
    struct weir_look *(*open)(struct weir_looker *self, weir_worker *worker);
    void (*drop)(struct weir_looker *self);
    _Atomic bool exact; /* every cycle is timed */
};

/* It came, or wants to see more than before, or less. */
struct weir_look *weir_worker_look_anew(weir_worker *worker, struct weir_looker *looker);

/* A cycle of this worker is timed: who looks, by now. NULL: nobody does. */
static inline struct weir_look *weir_worker_look(weir_worker *worker)
{
    struct weir_looker *looker = atomic_load_explicit(&worker->rt->looker, memory_order_acquire);
    struct weir_look *look = worker->look;
    if (WEIR_LIKELY(!looker))
        return NULL;
    if (WEIR_LIKELY(look &&
                    look->exact == atomic_load_explicit(&looker->exact, memory_order_relaxed)))
        return look;
    return weir_worker_look_anew(worker, looker);
}

/* Once round its loop: the same, for one that has no cycle that is timed. */
static inline void weir_worker_look_round(weir_worker *worker)
{
    if (WEIR_UNLIKELY(atomic_load_explicit(&worker->rt->looker, memory_order_relaxed) != NULL))
        weir_worker_look(worker);
}

static inline void weir_worker_look_pauses(weir_worker *worker)
{
    if (WEIR_UNLIKELY(worker->look != NULL))
        worker->look->ops->pauses(worker->look);
}

#define WEIR_LOOK_TELL(worker, event, ...)                                                         \
    do {                                                                                           \
        struct weir_look *look_ = (worker)->look;                                                  \
        if (WEIR_UNLIKELY(look_))                                                                  \
            look_->ops->event(look_, __VA_ARGS__);                                                 \
    } while (0)

#endif
