/* The inbox: a stack without locks that any thread pushes to and the worker empties at once. It
 * references the tasks that stand in it. */

#include <errno.h>

#include "driver/driver.h"
#include "task/look.h"
#include "task/turn.h"
#include "weir/alloc.h"

/* Stands in `first` once the worker is gone. */
static weir_task inbox_closed;

weir_inbox *weir_inbox_new(const weir_sys *sys, int *error)
{
    weir_inbox *inbox = weir_allocate(sizeof *inbox);
    if (!inbox) {
        *error = -ENOMEM;
        return NULL;
    }
    inbox->interrupt_fd = weir_interrupt_open(sys);
    if (inbox->interrupt_fd < 0) {
        *error = inbox->interrupt_fd;
        weir_release(inbox, sizeof *inbox);
        return NULL;
    }
    inbox->forks = weir_forks();
    inbox->worker = NULL;
    atomic_init(&inbox->refs, 1);
    atomic_init(&inbox->first, NULL);
    atomic_init(&inbox->sleeping, false);
    return inbox;
}

void weir_inbox_unref(weir_inbox *inbox)
{
    if (atomic_fetch_sub_explicit(&inbox->refs, 1, memory_order_acq_rel) != 1)
        return;
    weir_interrupt_close(inbox->interrupt_fd, inbox->forks);
    weir_release(inbox, sizeof *inbox);
}

bool weir_inbox_push(weir_inbox *inbox, weir_task *task)
{
    weir_waker_ref(&task->waker);
    weir_task *first = atomic_load_explicit(&inbox->first, memory_order_relaxed);
    do {
        if (first == &inbox_closed) {
            weir_waker_unref(&task->waker);
            return false;
        }
        task->next_ready = first;
    } while (!atomic_compare_exchange_weak(&inbox->first, &first, task));
    /* Whoever found it empty wakes a worker that sleeps. It says so before it looks here, and this
     * looks there after it put something here: one of them sees the other. The task may be gone by
     * now; the caller's reference to the waker keeps the inbox. */
    if (!first && atomic_load(&inbox->sleeping))
        weir_interrupt_raise(inbox->interrupt_fd);
    return true;
}

bool weir_inbox_sleep(weir_inbox *inbox)
{
    atomic_store(&inbox->sleeping, true);
    return atomic_load(&inbox->first);
}

void weir_inbox_rouse(weir_inbox *inbox)
{
    atomic_store_explicit(&inbox->sleeping, false, memory_order_relaxed);
}

static weir_task *inbox_reversed(weir_task *first)
{
    weir_task *oldest = NULL;
    for (weir_task *next; first; first = next) {
        next = first->next_ready;
        first->next_ready = oldest;
        oldest = first;
    }
    return oldest;
}

static void inbox_stamp_wake(weir_worker *worker, weir_task *task, struct weir_clock *clock)
{
    if (WEIR_UNLIKELY(clock->old))
        weir_clock_read(clock);
    weir_task_stamp(task, clock->now_ns, &task->ns_blocked);
    if (WEIR_UNLIKELY(task->note) && !weir_task_is_cancelled(task))
        WEIR_LOOK_TELL(worker, woken, task, clock->now_ns);
}

/* What stood in the inbox, in the order it came. */
static void inbox_move(weir_inbox *inbox, weir_task *task, struct weir_ready_queue *queue,
                       struct weir_clock *clock)
{
    task = inbox_reversed(task);
    for (weir_task *next; task; task = next) {
        next = task->next_ready;
        if (WEIR_UNLIKELY(task->arrives))
            weir_worker_welcome(inbox->worker, task);
        if (atomic_load(&task->state) == WEIR_TASK_READY) {
            if (task->scale)
                inbox_stamp_wake(inbox->worker, task, clock);
            weir_ready_push(queue, task);
        }
        weir_waker_unref(&task->waker);
    }
}

void weir_inbox_take(weir_inbox *inbox, struct weir_ready_queue *queue, struct weir_clock *clock)
{
    if (!atomic_load_explicit(&inbox->first, memory_order_relaxed))
        return;
    inbox_move(inbox, atomic_exchange_explicit(&inbox->first, NULL, memory_order_acquire), queue,
               clock);
}

void weir_inbox_close(weir_inbox *inbox, struct weir_ready_queue *queue, struct weir_clock *clock)
{
    inbox_move(inbox, atomic_exchange_explicit(&inbox->first, &inbox_closed, memory_order_acq_rel),
               queue, clock);
}
