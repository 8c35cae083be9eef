/* Tasks: how they are made, woken and ended, and the queue they stand in when they are ready. */

#include "core/in_flight.h"
#include "task/worker.h"
#include "weir/alloc.h"

_Thread_local weir_worker *weir_worker_here;

uint64_t weir_clock_read(struct weir_clock *clock)
{
    clock->old = false;
    return clock->now_ns = clock->sys->now_ns(clock->sys);
}

void weir_task_stamp(weir_task *task, uint64_t now_ns, uint64_t *account)
{
    *account += (now_ns - task->stamp_ns) * task->scale;
    task->stamp_ns = now_ns;
}

void weir_ready_push(struct weir_ready_queue *queue, weir_task *task)
{
    task->next_ready = NULL;
    if (queue->last)
        queue->last->next_ready = task;
    else
        queue->first = task;
    queue->last = task;
    queue->n++;
}

static void unlink_behind(struct weir_ready_queue *queue, weir_task *before, weir_task *task)
{
    if (before)
        before->next_ready = task->next_ready;
    else
        queue->first = task->next_ready;
    if (queue->last == task)
        queue->last = before;
    queue->n--;
}

weir_task *weir_ready_take(struct weir_ready_queue *queue, size_t nth)
{
    weir_task *before = NULL, *task = queue->first;
    for (; nth && task; nth--) {
        before = task;
        task = task->next_ready;
    }
    if (task)
        unlink_behind(queue, before, task);
    return task;
}

void weir_ready_remove(struct weir_ready_queue *queue, weir_task *task)
{
    weir_task *before = NULL;
    for (weir_task *at = queue->first; at; before = at, at = at->next_ready) {
        if (at != task)
            continue;
        unlink_behind(queue, before, task);
        return;
    }
}

static void stamp_wake(weir_worker *here, weir_task *task)
{
    if (here->clock.old || here->exact)
        weir_clock_read(&here->clock);
    weir_task_stamp(task, here->clock.now_ns, &task->ns_blocked);
}

/* Of many wakes, from any number of threads, exactly one makes an idle task ready. The others write
 * the state too, though it stays what it is: the poll that follows must see what was done before
 * each of them. */
static void task_wake(weir_waker *waker)
{
    weir_task *task = WEIR_CONTAINER(waker, weir_task, waker);
    unsigned state = atomic_load(&task->state), next;
    do {
        if (state == WEIR_TASK_DONE)
            return;
        next = state == WEIR_TASK_IDLE      ? WEIR_TASK_READY
               : state == WEIR_TASK_RUNNING ? WEIR_TASK_AGAIN
                                            : state;
    } while (!atomic_compare_exchange_weak(&task->state, &state, next));
    if (state != WEIR_TASK_IDLE)
        return; /* it stands in the queue, or who polls it puts it back there */
    weir_worker *here = weir_worker_here;
    if (!here || here->inbox != task->inbox) {
        weir_inbox_push(task->inbox, task);
        return;
    }
    if (WEIR_UNLIKELY(task->scale))
        stamp_wake(here, task);
    weir_ready_push(&here->ready, task);
}

static void task_release(weir_waker *waker)
{
    weir_task *task = WEIR_CONTAINER(waker, weir_task, waker);
    weir_inbox_unref(task->inbox);
    weir_release(task, sizeof *task);
}

static const weir_waker_ops task_waker_ops = {sizeof task_waker_ops, task_wake, task_release};

void weir_task_link(weir_task **tasks, weir_task *task)
{
    task->prev = NULL;
    task->next = *tasks;
    if (*tasks)
        (*tasks)->prev = task;
    *tasks = task;
}

void weir_task_unlink(weir_task **tasks, weir_task *task)
{
    if (task->prev)
        task->prev->next = task->next;
    else
        *tasks = task->next;
    if (task->next)
        task->next->prev = task->prev;
}

/* Room for an item nobody wants; it is dropped as soon as it is there. */
static bool make_own_out(weir_task *task, const weir_type *type)
{
    size_t align = type->align < 16 ? 16 : type->align;
    if (__builtin_add_overflow(type->size, align, &task->own_out_size))
        return false;
    task->own_out = weir_allocate(task->own_out_size);
    if (!task->own_out)
        return false;
    uintptr_t at = ((uintptr_t)task->own_out + align - 1) & ~(uintptr_t)(align - 1);
    task->out = (unsigned char *)task->own_out + (at - (uintptr_t)task->own_out);
    return true;
}

weir_task *weir_task_new(weir_inbox *inbox, weir_stream *future, void *out)
{
    weir_task *task = weir_allocate(sizeof *task);
    if (!task) {
        weir_stream_drop(future);
        return NULL;
    }
    *task = (weir_task){.future = future, .inbox = inbox, .out = out};
    if (!out && future && !make_own_out(task, future->type)) {
        weir_release(task, sizeof *task);
        weir_stream_drop(future);
        return NULL;
    }
    weir_waker_init(&task->waker, &task_waker_ops);
    atomic_init(&task->state, future ? WEIR_TASK_READY : WEIR_TASK_RUNNING);
    atomic_fetch_add_explicit(&inbox->refs, 1, memory_order_relaxed);
    return task;
}

void weir_task_end(weir_task *task)
{
    atomic_store(&task->state, WEIR_TASK_DONE);
    weir_stream *future = task->future;
    task->future = NULL;
    if (task->own_out && task->got.n)
        weir_type_drop_items(future->type, task->out, task->got.n);
    weir_stream_drop(future);
    weir_in_flight_end(&task->in_flight);
    weir_release(task->own_out, task->own_out_size);
    task->own_out = NULL;
}
