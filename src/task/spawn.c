/* Tasks beside the one that runs, and their handles. A handle is a future: it waits for the task,
 * and takes what it came to. */

#include "task/worker.h"

#include <string.h>

#include "task/expect.h"
#include "weir/task.h"

struct handle {
    weir_stream stream;
    weir_task *task; /* its worker's, and this one's once it is over; NULL: it gave what it had */
    struct weir_joined join;
    bool aborts;
};

static struct handle *handle_of(weir_stream *stream)
{
    return WEIR_SELF(struct handle, stream);
}

/* ---- what a task comes to ---- */

/* Where there is no memory for it, who asks is told that much. */
static void keep_error(weir_joined *join, const weir_error *error)
{
    if (!join->is_root)
        join->error = weir_allocate(sizeof *join->error);
    if (join->error)
        *join->error = *error;
}

void weir_join_settle(weir_joined *join, const weir_task *task, const weir_error *error)
{
    join->got = task->got;
    join->cut = task->future->stage.cut;
    if (join->got.state == WEIR_ERROR)
        keep_error(join, error);
    join->over = true;
}

void weir_join_cancel(const weir_task *task)
{
    weir_joined *join = task->join;
    weir_error error;
    if (!join || join->over)
        return;
    join->got = (weir_poll){0, WEIR_ERROR};
    weir_error_set(&error, WEIR_E_CANCELLED, "task %llu was cancelled",
                   (unsigned long long)task->number);
    error.task = task->number;
    keep_error(join, &error);
    join->over = true;
}

/* ---- handles ---- */

static weir_poll give_error(struct handle *self, weir_cx *cx)
{
    if (!self->join.error)
        return weir_fail(cx, WEIR_E_MEMORY, "a task failed, and there was no memory for its error");
    cx->error = *self->join.error;
    weir_release(self->join.error, sizeof *self->join.error);
    self->join.error = NULL;
    return (weir_poll){0, WEIR_ERROR};
}

/* One that was cancelled may still be in its worker's queue, whose reference it then has. */
static void forget_task(struct handle *self)
{
    self->task->join = NULL;
    if (self->join.owns)
        weir_waker_unref(&self->task->waker);
    self->task = NULL;
}

/* Who polls waits on the only thread that could turn the task's worker. */
static bool is_stranded(const weir_task *task, const weir_cx *cx)
{
    const weir_worker *theirs = task->inbox->worker, *ours = cx->worker;
    return theirs && ours && theirs != ours && !ours->turned &&
           __atomic_load_n(&theirs->thread, __ATOMIC_RELAXED) == weir_thread_here() &&
           !theirs->entered;
}

static weir_poll fail_stranded(weir_cx *cx)
{
    weir_poll failed = weir_fail(cx, WEIR_E_ARGUMENT,
                                 "the task runs on another runtime of this thread, which nobody "
                                 "turns");
    cx->error.cure = "weir_rt_run() on that runtime, or weir_worker_spawn() on this one";
    return failed;
}

static weir_poll handle_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct handle *self = handle_of(stream);
    (void)demand;
    if (!self->task)
        return (weir_poll){0, WEIR_END};
    if (!self->join.over)
        return WEIR_UNLIKELY(is_stranded(self->task, cx))
                   ? fail_stranded(cx)
                   : weir_wait(cx, &self->join.waiter, WEIR_WAIT_PEER);
    if (self->join.got.n)
        memcpy(out, self->task->out, stream->type->size);
    forget_task(self);
    if (WEIR_UNLIKELY(self->join.got.state == WEIR_ERROR))
        return give_error(self, cx);
    cx->cut = self->join.cut;
    return (weir_poll){self->join.got.n, WEIR_END};
}

/* It is over, and nobody asked what it came to. */
static void drop_error(struct handle *self)
{
    weir_error *error = self->join.error;
    if (error->code != WEIR_E_CANCELLED) {
        const weir_worker *worker = self->task->inbox->worker;
        weir_task_report(worker ? worker->rt : NULL, error, false);
    }
    weir_release(error, sizeof *error);
}

static void drop_result(struct handle *self)
{
    if (self->join.got.n)
        weir_type_drop_items(self->stream.type, self->task->out, 1);
    if (self->join.error)
        drop_error(self);
}

static void handle_fini(weir_stream *stream)
{
    struct handle *self = handle_of(stream);
    weir_task *task = self->task;
    if (!task)
        return;
    weir_waker_slot_clear(&self->join.waiter);
    task->join = NULL;
    if (self->join.over) {
        drop_result(self);
        forget_task(self);
    } else if (self->aborts) {
        weir_worker_cancel(task->inbox->worker, task);
    }
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
    struct handle *self = handle_of(handle);
    if (!is_handle(handle)) {
        if (!weir_stage_failed(&handle->stage))
            weir_misuse(weir_stage_name(&handle->stage), "is no handle that weir_cancel() takes");
        return;
    }
    if (self->task && !self->join.over)
        weir_worker_cancel(self->task->inbox->worker, self->task);
}

/* ---- spawning ---- */

static weir_stream *no_memory(weir_stream *future)
{
    return weir_stream_refuse(&future->stage, WEIR_E_MEMORY, NULL, "no memory for a task", NULL,
                              NULL, 0);
}

static weir_stream *handle_new(const weir_type *type, weir_task *task)
{
    weir_arena *arena = weir_arena_new(sizeof(struct handle)); /* most are awaited as they are */
    weir_stream *stream = weir_source_in(arena, sizeof(struct handle), &handle_ops, type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct handle *self = handle_of(stream);
    stream->stage.one = true;
    self->task = task;
    task->join = &self->join;
    return stream;
}

/* The task is not yet among the worker's. */
static void undo(weir_task *task)
{
    weir_task_end(task);
    weir_waker_unref(&task->waker);
}

weir_stream *weir_worker_spawn(weir_worker *worker, weir_stream *future)
{
    future = weir_expect_task(future, "spawn");
    weir_task *task = weir_task_new(worker->inbox, future);
    if (!task)
        return no_memory(future);
    weir_stream *handle = handle_new(future->type, task);
    if (weir_stage_failed(&handle->stage))
        undo(task);
    else
        weir_worker_add(worker, task);
    return handle;
}

bool weir_rt_spawn(weir_rt *rt, weir_stream *future)
{
    if (!weir_stage_failed(&future->stage) && !future->stage.one) {
        weir_stream_drop(future);
        return false;
    }
    future = weir_expect_settled(future);
    weir_task *task = weir_task_new(rt->worker.inbox, future);
    if (!task) {
        weir_stream_drop(future);
        return false;
    }
    task->counted = true;
    weir_worker_add(&rt->worker, task);
    return true;
}
