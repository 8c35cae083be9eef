/* Tasks: how they are made, woken and ended, and the queue they stand in when they are ready. */

#include <string.h>

#include "core/in_flight.h"
#include "task/join.h"
#include "task/tell.h"
#include "weir/alloc.h"

_Static_assert(sizeof(weir_task) + 16 <= WEIR_TASK_BYTES, "and a small item");

_Thread_local weir_worker *weir_worker_here;

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

weir_task *weir_ready_take_nth(struct weir_ready_queue *queue, size_t nth)
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

static void task_stamp_wake(weir_worker *here, weir_task *task)
{
    if (here->clock.old || (here->exact && !here->clock.still))
        weir_clock_read(&here->clock);
    weir_task_stamp(task, here->clock.now_ns, &task->ns_blocked);
    if (WEIR_UNLIKELY(task->note) && !weir_task_is_cancelled(task))
        weir_tell_woken(here, task);
}

/* It was idle: it has a place in the queue of its worker, or in the inbox. */
static void make_ready(weir_task *task)
{
    weir_worker *here = weir_worker_here;
    weir_inbox *inbox = atomic_load_explicit(&task->inbox, memory_order_relaxed);
    if (WEIR_UNLIKELY(!here || here->inbox != inbox)) {
        weir_inbox_push(inbox, task);
        return;
    }
    if (WEIR_UNLIKELY(task->scale))
        task_stamp_wake(here, task);
    weir_ready_push(&here->ready, task);
}

/* What it becomes; all others stay as they are. */
static unsigned task_woken(unsigned state)
{
    return state == WEIR_TASK_IDLE      ? WEIR_TASK_READY
           : state == WEIR_TASK_RUNNING ? WEIR_TASK_AGAIN
                                        : state;
}

/* Of many wakes, from any number of threads, exactly one makes an idle task ready. The others write
 * the state too, though it stays what it is: the poll that follows must see what was done before
 * each of them. A task that is READY or AGAIN stands in the queue, or who polls it puts it back. */
static void task_wake(weir_waker *waker)
{
    weir_task *task = WEIR_CONTAINER(waker, weir_task, waker);
    unsigned state = atomic_load_explicit(&task->state, memory_order_relaxed);
    while (state != WEIR_TASK_DONE)
        if (atomic_compare_exchange_weak(&task->state, &state, task_woken(state)))
            break;
    if (state == WEIR_TASK_IDLE)
        make_ready(task);
}

static void task_release(weir_waker *waker)
{
    weir_task *task = WEIR_CONTAINER(waker, weir_task, waker);
    if (task->keeps_inbox)
        weir_inbox_unref(task->inbox);
    weir_arena_drop(task->arena);
}

static const weir_waker_ops task_waker_ops = {sizeof task_waker_ops, task_wake, task_release};

/* A stack is not kept for what a task leaves behind. */
static weir_arena *home_of(const weir_stream *future)
{
    weir_arena *arena = future ? future->stage.arena : NULL;
    return arena && !weir_arena_is_placed(arena) ? arena : NULL;
}

/* Behind the task, or where its alignment is. The type's sizes add up: others hold items of it. */
static bool task_make_room(weir_task *task, const weir_type *type)
{
    if (WEIR_LIKELY(type->align <= WEIR_ALIGN))
        task->out = task + 1;
    else
        task->out = weir_arena_take_raw(task->arena, type->size, type->align);
    return task->out;
}

static size_t size_with(const weir_type *type)
{
    return type && type->align <= WEIR_ALIGN && type->size < SIZE_MAX / 2
               ? sizeof(weir_task) + type->size
               : sizeof(weir_task);
}

enum { HALF_BYTES = sizeof(weir_task) / 2 };

static inline void task_begin(weir_task *task, weir_inbox *inbox, weir_arena *arena,
                              weir_stream *future)
{
    memset(task, 0, HALF_BYTES); /* gcc's way for more at once is slow to begin */
    memset((char *)task + HALF_BYTES, 0, sizeof *task - HALF_BYTES);
    task->waker = (weir_waker){&task_waker_ops, 1};
    atomic_init(&task->state, future ? WEIR_TASK_READY : WEIR_TASK_RUNNING);
    atomic_init(&task->inbox, inbox);
    atomic_init(&task->join, WEIR_JOIN_DETACHED);
    task->arena = arena;
    task->future = future;
    task->type = future ? future->type : NULL;
}

weir_task *weir_task_new(weir_inbox *inbox, weir_stream *future)
{
    const weir_type *type = future ? future->type : NULL;
    weir_arena *home = home_of(future), *arena = home ? home : weir_arena_new(size_with(type));
    weir_task *task = arena ? weir_arena_take_raw(arena, size_with(type), WEIR_ALIGN) : NULL;
    if (task)
        task_begin(task, inbox, arena, future);
    if (WEIR_UNLIKELY(!task || (type && !task_make_room(task, type)))) {
        if (arena && !home)
            weir_arena_drop(arena);
        return NULL;
    }
    if (!future)
        weir_task_keep_inbox(task);
    return task;
}

static WEIR_COLD void task_tell_gone(weir_task *task)
{
    weir_worker *worker = atomic_load(&task->inbox)->worker;
    WEIR_LOOK_TELL(worker, gone, task, worker->clock.now_ns);
}

void weir_task_drop_future(weir_task *task)
{
    weir_stream *future = task->future;
    if (WEIR_UNLIKELY(task->note))
        task_tell_gone(task);
    task->future = NULL;
    weir_arena *arena = future ? weir_stage_finish(&future->stage) : NULL;
    weir_in_flight_end(&task->in_flight);
    if (arena && arena != task->arena)
        weir_arena_drop(arena);
}

void weir_task_own_error(const weir_task *task, weir_error *error)
{
    if (error->task)
        return;
    error->task = task->number;
    error->spawned = task->parent ? NULL : task->place; /* a child's says which item it was */
}

void weir_task_keep_inbox(weir_task *task)
{
    if (task->keeps_inbox)
        return;
    task->keeps_inbox = true;
    atomic_fetch_add_explicit(&task->inbox->refs, 1, memory_order_relaxed);
}

void weir_task_adopt(weir_task *parent, weir_task *child)
{
    weir_waker_ref(&parent->waker);
    atomic_fetch_add_explicit(&parent->children, 1, memory_order_relaxed);
    child->parent = parent;
}

/* The count is the last thing that is touched without a reference. */
void weir_task_lose_child(weir_task *parent)
{
    if (atomic_fetch_sub(&parent->children, 1) == 1)
        weir_waker_wake(&parent->waker);
    weir_waker_unref(&parent->waker);
}

/* Who starts it writes whose it is before it looks whether it was cancelled: one of the two sees
 * the other. */
void weir_task_tell(weir_task *task, enum weir_cancelled what)
{
    uint8_t wanted = WEIR_TASK_WANTED;
    if (what == WEIR_TASK_CANCELLED)
        atomic_store(&task->cancelled, WEIR_TASK_CANCELLED);
    else
        atomic_compare_exchange_strong(&task->cancelled, &wanted, (uint8_t)what);
    if (!atomic_load(&task->inbox))
        return;
    weir_waker_ref(&task->waker); /* it may be over meanwhile, and its worker gone */
    weir_waker_wake(&task->waker);
    weir_waker_unref(&task->waker);
}

void weir_task_end(weir_task *task)
{
    atomic_store_explicit(&task->state, WEIR_TASK_DONE, memory_order_release);
    weir_task_drop_future(task);
}
