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
    weir_arena_drop(task->arena);
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

/* A stack is not kept for what a task leaves behind. */
static weir_arena *home_of(const weir_stream *future)
{
    weir_arena *arena = future ? future->stage.arena : NULL;
    return arena && !weir_arena_is_placed(arena) ? arena : NULL;
}

weir_task *weir_task_new(weir_inbox *inbox, weir_stream *future)
{
    weir_arena *home = home_of(future);
    weir_arena *arena = home ? home : weir_arena_new(0);
    weir_task *task = arena ? weir_arena_take(arena, sizeof *task, WEIR_ALIGN) : NULL;
    if (!task) {
        if (arena && !home)
            weir_arena_drop(arena);
        return NULL;
    }
    weir_waker_init(&task->waker, &task_waker_ops);
    atomic_init(&task->state, future ? WEIR_TASK_READY : WEIR_TASK_RUNNING);
    task->inbox = inbox;
    task->arena = arena;
    task->future = future;
    atomic_fetch_add_explicit(&inbox->refs, 1, memory_order_relaxed);
    return task;
}

bool weir_task_make_room(weir_task *task)
{
    const weir_type *type = task->future->type;
    return (task->out = weir_arena_take(task->arena, type->size, type->align));
}

void weir_task_drop_future(weir_task *task)
{
    weir_stream *future = task->future;
    task->future = NULL;
    weir_arena *arena = future ? weir_stage_finish(&future->stage) : NULL;
    weir_in_flight_end(&task->in_flight);
    if (arena && arena != task->arena)
        weir_arena_drop(arena);
}

void weir_task_end(weir_task *task)
{
    atomic_store_explicit(&task->state, WEIR_TASK_DONE, memory_order_release);
    weir_task_drop_future(task);
}
