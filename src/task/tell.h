/* How who looks is told of what is polled, a task or a chain that a thread waits for: in cycles. */
#ifndef WEIR_TASK_TELL_H
#define WEIR_TASK_TELL_H

#include "core/draw.h"
#include "task/look.h"

/* A cycle is what a task does between two waits: it waits, is ready, is polled. One in 16 is
 * timed, and stands for all; a reading of the clock costs more than a short turn. */
enum { WEIR_CYCLES_A_SAMPLE = 16 };

/* For how many cycles the next one stands; 0: it is not timed. */
static inline uint8_t weir_tell_scale(weir_worker *worker)
{
    if (WEIR_UNLIKELY(worker->exact))
        return 1;
    if (WEIR_LIKELY(--worker->until_sample))
        return 0;
    uint64_t drawn = weir_draw(&worker->drawing) % (2 * WEIR_CYCLES_A_SAMPLE - 1);
    worker->until_sample = 1 + (uint32_t)drawn; /* 16 in the mean */
    return WEIR_CYCLES_A_SAMPLE;
}

static inline void weir_tell_cycle(weir_worker *worker, weir_task *task)
{
    task->scale = weir_tell_scale(worker);
    if (WEIR_UNLIKELY(task->scale))
        task->stamp_ns = worker->clock.now_ns;
}

/* Nothing works from its latest stamp until the next turn begins. (The clock of a simulation goes
 * on by each look at it.) */
static inline void weir_tell_still(weir_worker *worker)
{
    worker->clock.still = worker->exact && !worker->drawn;
}

/* In a cycle that is timed, as the next one. How long it was ready is told by the loop's clock, as
 * the moment of its wake was. */
static inline void weir_tell_begins(weir_worker *worker, weir_task *task)
{
    uint64_t ready_ns = task->stamp_ns;
    weir_task_stamp(task, worker->clock.now_ns, &task->ns_runnable);
    task->stamp_ns = worker->clock.still ? worker->clock.now_ns : weir_clock_read(&worker->clock);
    worker->clock.still = false;
    if (WEIR_UNLIKELY(weir_worker_look(worker)))
        worker->look->ops->begins(worker->look, task, ready_ns, task->stamp_ns);
}

static inline void weir_tell_ends(weir_worker *worker, weir_task *task)
{
    weir_task_stamp(task, weir_clock_read_end(&worker->clock), &task->ns_busy);
    WEIR_LOOK_TELL(worker, ends, task, task->stamp_ns);
}

static inline void weir_tell_turned(weir_worker *worker, weir_task *task, bool ready)
{
    weir_task_stamp(task, weir_clock_read_end(&worker->clock), &task->ns_busy);
    if (WEIR_UNLIKELY(task->note))
        WEIR_LOOK_TELL(worker, turned, task, task->stamp_ns, ready);
}

/* It waited. Mostly its turn begins at once, and tells that as well. */
static inline void weir_tell_woken(weir_worker *worker, weir_task *task)
{
    struct weir_look *look = worker->look;
    if (WEIR_UNLIKELY(!look))
        return;
    if (look->woken || !look->exact || worker->ready.n || worker->turn.n % 2) {
        look->ops->woken(look, task, task->stamp_ns);
        return;
    }
    look->woken = task;
    __atomic_store_n(&look->woken_ns, task->stamp_ns, __ATOMIC_RELAXED);
}

/* It was told of, and is so on: also that the cycle that begins is not timed. */
static inline void weir_tell_goes_on(weir_worker *worker, weir_task *task, bool ready)
{
    if (WEIR_UNLIKELY(task->note))
        WEIR_LOOK_TELL(worker, goes_on, task, ready);
}

#endif
