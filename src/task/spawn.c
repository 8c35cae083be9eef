/* Tasks beside the one that runs, and their handles. A handle is a future: it waits for the task,
 * and takes what it came to. */

#include "task/workers.h"

#include <string.h>

#include "task/expect.h"
#include "task/join.h"
#include "task/par.h"
#include "task/runtimes.h"
#include "task/waiter.h"
#include "weir/task.h"

struct weir_handle {
    weir_stream stream;
    weir_task *task; /* its worker's, and this one's once it is over; NULL: it gave what it had */
    bool aborts;
    bool drains;                    /* a child: it goes on where it has begun */
    bool told;                      /* ... to come to its end */
    weir_rt *rt;                    /* may be gone */
    weir_task *parent;              /* that was polled when it was made; NULL: it is no child */
    const void *group;              /* ... by whom, in there */
    struct weir_handle *next, **at; /* among the parent's */
};

static struct weir_handle *handle_of(weir_stream *stream)
{
    return WEIR_SELF(struct weir_handle, stream);
}

/* ---- handles ---- */

static weir_poll spawn_give_error(weir_task *task, weir_cx *cx)
{
    if (!task->error)
        return weir_fail(cx, WEIR_E_MEMORY, "a task failed, and there was no memory for its error");
    cx->error = *task->error;
    weir_release(task->error, sizeof *task->error);
    task->error = NULL;
    return (weir_poll){0, WEIR_ERROR};
}

/* Who polls waits on the only thread that could turn the task's worker. */
static bool is_idle_here(const weir_worker *worker, const weir_task *task)
{
    return atomic_load_explicit(&task->inbox, memory_order_relaxed) == worker->inbox &&
           weir_worker_thread(worker) == weir_thread_here() &&
           !__atomic_load_n(&worker->entered, __ATOMIC_RELAXED);
}

static bool spawn_is_stranded(const struct weir_handle *self, const weir_cx *cx)
{
    const weir_worker *ours = cx->worker;
    if (!ours || ours->rt == self->rt || ours->turned || !weir_rt_borrow(self->rt))
        return false;
    bool is = is_idle_here(&self->rt->worker, self->task);
    weir_rt_give_back(self->rt);
    return is;
}

static weir_poll fail_stranded(weir_cx *cx)
{
    weir_poll failed = weir_fail(cx, WEIR_E_ARGUMENT,
                                 "the task runs on another runtime of this thread, which nobody "
                                 "turns");
    cx->error.cure = "weir_rt_run() on that runtime, or weir_worker_spawn() on this one";
    return failed;
}

static weir_poll spawn_wait_for(const struct weir_handle *self, weir_cx *cx)
{
    weir_waker_slot stored = {cx->waker};
    return WEIR_UNLIKELY(spawn_is_stranded(self, cx)) ? fail_stranded(cx)
                                                      : weir_wait(cx, &stored, WEIR_WAIT_PEER);
}

static weir_poll handle_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_handle *self = handle_of(stream);
    weir_task *task = self->task;
    (void)demand;
    if (!task)
        return (weir_poll){0, WEIR_END};
    if (!weir_join_wait(task, cx->waker))
        return spawn_wait_for(self, cx);
    weir_poll got = {task->got.n, WEIR_END};
    if (got.n)
        memcpy(out, task->out, stream->type->size);
    if (WEIR_UNLIKELY(task->got.state == WEIR_ERROR))
        got = spawn_give_error(task, cx);
    else
        cx->cut = task->cut;
    if (WEIR_UNLIKELY(cx->serving))
        cx->serving->elsewhere_ns = task->ns_busy;
    self->task = NULL;
    weir_waker_unref(&task->waker);
    return got;
}

/* ---- a handle goes ---- */

/* Its runtime is told, if it is still there. */
static void spawn_drop_result(weir_rt *rt, weir_task *task)
{
    bool tells = task->error && task->error->code != WEIR_E_CANCELLED && weir_rt_borrow(rt);
    weir_task_drop_result(tells ? rt : NULL, task);
    if (tells)
        weir_rt_give_back(rt);
}

static bool is_outside(const weir_rt *rt)
{
    return weir_worker_thread(&rt->worker) == weir_thread_here() && !rt->worker.entered;
}

/* Whoever drops a child of this runtime's, if that may wait: a fiber, or the thread outside of its
 * loop. Elsewhere its parent's end waits for it. */
static weir_waiter *who_may_wait(weir_rt *rt)
{
    weir_waiter *waiter = weir_fiber_who_drops();
    if (!waiter && is_outside(rt))
        waiter = weir_worker_waiter(&rt->worker);
    bool may = waiter && waiter->cx && waiter->cx->rt == rt && !waiter->cancelled;
    return may && !waiter->cx->polling ? waiter : NULL;
}

static bool sleep_on(weir_task *task, weir_waiter *waiter)
{
    if (weir_join_wait(task, waiter->cx->waker))
        return false;
    weir_waker_slot stored = {waiter->cx->waker};
    weir_wait(waiter->cx, &stored, WEIR_WAIT_PEER);
    return weir_fiber_wait_in_drop(waiter) || waiter->cancelled; /* then maybe who drops that one */
}

/* The thread cannot wait as usual. */
static void see_out(weir_worker *worker, weir_task *task)
{
    weir_worker *outer = weir_worker_enter(worker);
    weir_task_tell(task, WEIR_TASK_CANCELLED);
    for (bool works = worker->drawn; !weir_join_is_over(task) && (works || !worker->drawn);)
        works = weir_worker_see_out(worker, task, works);
    weir_worker_leave(worker, outer);
}

static void wait_for_child(struct weir_handle *self)
{
    weir_waiter *waiter = who_may_wait(self->rt);
    while (waiter && sleep_on(self->task, waiter))
        waiter = who_may_wait(self->rt);
    if (waiter && is_outside(self->rt) && !weir_join_is_over(self->task))
        see_out(&self->rt->worker, self->task);
}

static void tell_child(struct weir_handle *self)
{
    if (!self->told && self->task)
        weir_task_tell(self->task, self->drains ? WEIR_TASK_REVOKED : WEIR_TASK_CANCELLED);
    self->told = true;
}

/* All that its stage has come to their end at the same time. */
static void tell_group(struct weir_handle *self)
{
    for (struct weir_handle *one = self->parent->kids; one && !self->told; one = one->next)
        if (one != self && one->group == self->group)
            tell_child(one);
    tell_child(self);
}

static void spawn_give_up(struct weir_handle *self)
{
    if (self->parent) {
        tell_group(self);
        wait_for_child(self);
    } else if (self->aborts) {
        weir_task_cancel(self->rt, self->task);
    }
}

static void enter_family(struct weir_handle *self, weir_task *parent)
{
    self->parent = parent;
    self->next = parent->kids;
    self->at = &parent->kids;
    if (self->next)
        self->next->at = &self->next;
    parent->kids = self;
    weir_waker_ref(&parent->waker); /* its place in there */
}

static void leave_family(struct weir_handle *self)
{
    if (!self->parent)
        return;
    *self->at = self->next;
    if (self->next)
        self->next->at = self->at;
    weir_waker_unref(&self->parent->waker);
}

bool weir_task_waits_for_children(weir_task *task)
{
    for (struct weir_handle *one = task->kids; one; one = one->next)
        tell_child(one);
    return atomic_load(&task->children);
}

static void handle_fini(weir_stream *stream)
{
    struct weir_handle *self = handle_of(stream);
    weir_task *task = self->task;
    if (task && !weir_join_is_over(task))
        spawn_give_up(self);
    leave_family(self);
    if (!task || !weir_join_leave(task))
        return;
    spawn_drop_result(self->rt, task);
    weir_waker_unref(&task->waker);
}

static const weir_stream_ops handle_ops = {
    .size = sizeof handle_ops,
    .name = "task",
    .poll_next = handle_poll_next,
    .fini = handle_fini,
};

static bool is_handle(const weir_stream *stream)
{
    return stream->ops == &handle_ops && !weir_stage_failed(&stream->stage);
}

weir_stream *weir_abort_on_drop(weir_stream *handle)
{
    if (is_handle(handle))
        handle_of(handle)->aborts = true;
    else if (!weir_stage_failed(&handle->stage))
        return weir_stream_refuse(&handle->stage, WEIR_E_ARGUMENT, "what weir_spawn() gave",
                                  "weir_abort_on_drop: '%s' is no handle of a task",
                                  weir_stage_name(&handle->stage), NULL, 0);
    return handle;
}

void weir_cancel(weir_stream *handle)
{
    struct weir_handle *self = handle_of(handle);
    if (!is_handle(handle)) {
        if (!weir_stage_failed(&handle->stage))
            weir_misuse(weir_stage_name(&handle->stage), "is no handle that weir_cancel() takes");
        return;
    }
    if (self->task && !weir_join_is_over(self->task))
        weir_task_cancel(self->rt, self->task);
}

/* ---- spawning ---- */

static weir_stream *spawn_no_memory(weir_stream *future)
{
    return weir_stream_refuse(&future->stage, WEIR_E_MEMORY, NULL, "no memory for a task", NULL,
                              NULL, 0);
}

static weir_stream *handle_new(const weir_type *type, weir_rt *rt, weir_task *task)
{
    weir_arena *arena =
        weir_arena_new(sizeof(struct weir_handle)); /* most are awaited as they are */
    weir_stream *stream = weir_source_in(arena, sizeof(struct weir_handle), &handle_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct weir_handle *self = handle_of(stream);
    stream->stage.one = true;
    self->task = task;
    self->rt = rt;
    atomic_store_explicit(&task->join, WEIR_JOIN_NEW, memory_order_relaxed);
    return stream;
}

/* The task is not yet among the worker's. */
static void undo(weir_task *task)
{
    weir_task_end(task);
    weir_waker_unref(&task->waker);
}

static weir_stream *spawn_too_many(weir_stream *future, const weir_rt *rt)
{
    return weir_stream_refuse(
        &future->stage, WEIR_E_LIMIT, "fewer at once, or a higher tasks_max of the runtime",
        "%s: %s has its %zu tasks already", "spawn", "the runtime", (size_t)rt->options.tasks_max);
}

/* NULL: it was refused, and *handle says why. */
static weir_task *task_with_handle(weir_rt *rt, weir_inbox *inbox, weir_stream *future,
                                   const weir_site *place, weir_stream **handle)
{
    future = weir_expect_task(future, "spawn");
    if (!weir_workers_have_room(rt)) {
        *handle = spawn_too_many(future, rt);
        return NULL;
    }
    weir_task *task = weir_task_new(inbox, future);
    if (task)
        task->place = place;
    *handle = task ? handle_new(future->type, rt, task) : spawn_no_memory(future);
    if (task && !weir_stage_failed(&(*handle)->stage))
        return task;
    weir_workers_give_room(rt);
    if (task)
        undo(task);
    return NULL;
}

weir_stream *weir_worker_spawn_at(weir_worker *worker, weir_stream *future, const weir_site *place)
{
    weir_stream *handle;
    weir_task *task = task_with_handle(worker->rt, worker->inbox, future, place, &handle);
    if (task)
        weir_worker_add(worker, task);
    return handle;
}

weir_stream *(weir_worker_spawn)(weir_worker *worker, weir_stream *future)
{
    return weir_worker_spawn_at(worker, future, NULL);
}

weir_stream *weir_workers_spawn(weir_rt *rt, weir_stream *future, const weir_site *place)
{
    weir_stream *handle;
    weir_task *task = task_with_handle(rt, NULL, future, place, &handle);
    if (task)
        weir_workers_put(rt, task);
    return handle;
}

weir_stream *weir_par_child_spawn(weir_cx *cx, weir_stream *future, bool waits,
                                  const struct weir_par *par, const void *group)
{
    const weir_par_options *how = &par->how;
    weir_worker *worker = cx->worker;
    weir_inbox *inbox = how->local ? worker->inbox : NULL;
    weir_stream *handle;
    if (weir_stage_failed(&future->stage))
        return future;
    weir_task *task = task_with_handle(worker->rt, inbox, future, par->place, &handle);
    if (!task)
        return handle;
    struct weir_handle *self = handle_of(handle);
    self->drains = how->stop == WEIR_DRAIN;
    self->group = group;
    enter_family(self, weir_task_of(cx));
    weir_task_adopt(weir_task_of(cx), task);
    if (how->local)
        weir_worker_add(worker, task);
    else if (waits && weir_workers_n(&worker->rt->workers) > 1)
        weir_workers_place(worker->rt, task);
    else
        weir_workers_put(worker->rt, task);
    return handle;
}

size_t weir_par_child_bytes(size_t future_bytes)
{
    return weir_arena_new_bytes(future_bytes) + weir_arena_new_bytes(sizeof(struct weir_handle));
}

void weir_par_child_cancel(weir_stream *handle)
{
    if (!is_handle(handle))
        return; /* it could not be made */
    handle_of(handle)->drains = false;
    handle_of(handle)->told = true;
    weir_cancel(handle);
}

void weir_par_child_tell(weir_stream *handle)
{
    if (is_handle(handle))
        tell_child(handle_of(handle));
}

/* A task that nobody waits for. NULL: no memory, or too many; the future was dropped. */
static weir_task *task_alone(weir_rt *rt, weir_inbox *inbox, weir_stream *future)
{
    bool room = weir_workers_have_room(rt);
    weir_task *task = room ? weir_task_new(inbox, future) : NULL;
    if (task)
        task->counted = true;
    else
        weir_stream_drop(future);
    if (room && !task)
        weir_workers_give_room(rt);
    return task;
}

bool weir_rt_spawn_at(weir_rt *rt, weir_stream *future, const weir_site *place)
{
    if (!weir_stage_failed(&future->stage) && !future->stage.one) {
        weir_stream_drop(future);
        return false;
    }
    bool stays = !rt->workers.spread && weir_worker_thread(&rt->worker) == weir_thread_here();
    future = weir_expect_settled(future);
    weir_task *task = task_alone(rt, stays ? rt->worker.inbox : NULL, future);
    if (task)
        task->place = place;
    if (task && stays)
        weir_worker_add(&rt->worker, task);
    else if (task)
        weir_workers_put(rt, task);
    return task;
}

bool(weir_rt_spawn)(weir_rt *rt, weir_stream *future)
{
    return weir_rt_spawn_at(rt, future, NULL);
}
