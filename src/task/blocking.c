/* spawn_blocking: a plain function on another thread, as a future. */

#include "weir/blocking.h"

#include <string.h>

#include "core/stage.h"
#include "core/system_text.h"
#include "task/executor.h"
#include "task/rt.h"
#include "task/state.h"
#include "task/threads.h"
#include "weir/alloc.h"

/* The future's and, from its first poll until the function has run, the pool's. Behind it stand the
 * state and the result. */
struct blocking_job {
    struct weir_thread_job job; /* first */
    _Atomic unsigned refs;
    const weir_blocking_fn *fn;
    weir_waker_cell waiter;
    void *state;
    void *out;
    size_t bytes;
    bool works; /* the function answered true */
    weir_error error;
};

struct blocking {
    weir_stream stream;
    const weir_blocking_fn *fn; /* NULL: not made */
    struct blocking_job *job;   /* NULL: given, or not made */
};

static struct blocking *blocking_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct blocking, stream);
}

static struct blocking_job *blocking_job_of(struct weir_thread_job *job)
{
    return WEIR_CONTAINER(job, struct blocking_job, job);
}

/* ---- the job ---- */

static size_t blocking_aligned(size_t n, size_t align)
{
    return (n + align - 1) & ~(align - 1);
}

/* NULL: no memory. The state is moved there. */
static struct blocking_job *job_make(const weir_blocking_fn *fn, const void *state)
{
    size_t align = fn->state->align > fn->of->align ? fn->state->align : fn->of->align;
    size_t state_at = blocking_aligned(sizeof(struct blocking_job), fn->state->align), bytes;
    align = align > WEIR_ALIGN ? align : WEIR_ALIGN;
    if (__builtin_add_overflow(state_at, fn->state->size, &bytes) ||
        __builtin_add_overflow(bytes, fn->of->align, &bytes) ||
        __builtin_add_overflow(bytes, fn->of->size, &bytes))
        return NULL;
    struct blocking_job *job = weir_allocate_aligned(bytes, align);
    if (!job)
        return NULL;
    *job = (struct blocking_job){.fn = fn, .refs = 1, .bytes = bytes};
    job->state = (char *)job + state_at;
    job->out = (char *)job + blocking_aligned(state_at + fn->state->size, fn->of->align);
    memcpy(job->state, state, fn->state->size);
    return job;
}

static void job_unref(struct blocking_job *job)
{
    if (atomic_fetch_sub_explicit(&job->refs, 1, memory_order_acq_rel) == 1)
        weir_release(job, job->bytes);
}

static void blocking_drop_result(struct blocking_job *job)
{
    if (job->works)
        weir_type_drop_items(job->fn->of, job->out, 1);
}

/* On a thread of the pool; in a simulation, in the poll. */
static void job_run(struct weir_thread_job *base)
{
    struct blocking_job *job = blocking_job_of(base);
    const weir_blocking_fn *fn = job->fn;
    weir_error_set(&job->error, WEIR_E_USER, "'%s' failed and described no error", fn->name);
    job->works = fn->one(job->state, job->out, &job->error);
    weir_type_drop_items(fn->state, job->state, 1);
}

static void job_over(struct weir_thread_job *base, bool given_up)
{
    struct blocking_job *job = blocking_job_of(base);
    if (given_up)
        blocking_drop_result(job);
    else
        weir_waker_cell_wake(&job->waiter);
    job_unref(job);
}

static bool blocking_is_done(const struct blocking_job *job)
{
    return atomic_load_explicit(&job->job.state, memory_order_acquire) == WEIR_THREAD_JOB_DONE;
}

/* ---- the future ---- */

static bool simulated(const weir_cx *cx)
{
    return cx->rt && strcmp(weir_rt_driver(cx->rt), "sim") == 0;
}

static weir_poll fail_thread(weir_cx *cx, const char *name, int error)
{
    weir_fail(cx, WEIR_E_SYSTEM, "no thread to run '%s': %s", name, weir_errno_text(error));
    cx->error.number = error;
    cx->error.cure = "more threads (ulimit -u), or smaller stacks: weir_blocking_set()";
    return (weir_poll){0, WEIR_ERROR};
}

static weir_poll blocking_fail_lost(weir_cx *cx, const char *name)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "'%s' was begun by another process: this one forked", name);
    cx->error.cure = "a weir_spawn_blocking() of its own, polled after the fork";
    return (weir_poll){0, WEIR_ERROR};
}

/* READY: it is under way, or done. */
static weir_poll blocking_begin(struct blocking_job *job, weir_cx *cx)
{
    job->job.run = job_run;
    job->job.over = job_over;
    if (simulated(cx)) {
        job_run(&job->job);
        atomic_store(&job->job.state, WEIR_THREAD_JOB_DONE);
        job->job.forks = weir_forks();
        return (weir_poll){0, WEIR_READY};
    }
    atomic_fetch_add_explicit(&job->refs, 1, memory_order_relaxed);
    int error = weir_job_submit(&job->job);
    if (!error)
        return (weir_poll){0, WEIR_READY};
    job_unref(job);
    return fail_thread(cx, job->fn->name, error);
}

static weir_poll blocking_give(struct blocking *self, weir_cx *cx, void *out)
{
    struct blocking_job *job = self->job;
    bool works = job->works;
    if (works)
        memcpy(out, job->out, job->fn->of->size);
    else
        cx->error = job->error;
    self->job = NULL;
    weir_waker_cell_clear(&job->waiter);
    job_unref(job);
    return works ? (weir_poll){1, WEIR_END} : (weir_poll){0, WEIR_ERROR};
}

static weir_poll blocking_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct blocking *self = blocking_of(stream);
    struct blocking_job *job = self->job;
    (void)demand;
    if (!job)
        return (weir_poll){0, WEIR_END}; /* behind an error that was not fatal */
    if (atomic_load_explicit(&job->job.state, memory_order_relaxed) == WEIR_THREAD_JOB_NEW) {
        weir_poll begun = blocking_begin(job, cx);
        if (begun.state == WEIR_ERROR)
            return begun;
    }
    if (blocking_is_done(job))
        return blocking_give(self, cx, out);
    if (weir_job_is_lost(&job->job))
        return blocking_fail_lost(cx, job->fn->name);
    weir_poll wait = weir_wait_cell(cx, &job->waiter, WEIR_WAIT_PEER);
    return blocking_is_done(job) ? blocking_give(self, cx, out) : wait;
}

static void blocking_fini(weir_stream *stream)
{
    struct blocking_job *job = blocking_of(stream)->job;
    if (!job)
        return;
    bool lost = weir_job_is_lost(&job->job);
    enum weir_thread_job_state state = weir_job_give_up(&job->job);
    weir_waker_cell_clear(&job->waiter);
    if (state == WEIR_THREAD_JOB_NEW || state == WEIR_THREAD_JOB_WAITING)
        weir_type_drop_items(job->fn->state, job->state, 1);
    else if (state == WEIR_THREAD_JOB_DONE)
        blocking_drop_result(job);
    if (state == WEIR_THREAD_JOB_WAITING || lost)
        weir_release(job, job->bytes); /* no thread knows it */
    else
        job_unref(job);
}

static size_t blocking_memory_max(const weir_stream *stream)
{
    const struct blocking_job *job = blocking_of(stream)->job;
    return job ? job->bytes : 0;
}

static const char *blocking_name(const weir_stream *stream)
{
    const weir_blocking_fn *fn = blocking_of(stream)->fn;
    return fn ? fn->name : stream->ops->name;
}

static const weir_stream_ops blocking_ops = {.size = sizeof blocking_ops,
                                             .name = "spawn_blocking",
                                             .fn = offsetof(struct blocking, fn),
                                             .poll_next = blocking_poll_next,
                                             .fini = blocking_fini,
                                             .size_hint = weir_size_hint_one,
                                             .memory_max = blocking_memory_max,
                                             .name_of = blocking_name};

static weir_stream *blocking_give_up(weir_stream *failed, const weir_blocking_fn *fn,
                                     const void *state)
{
    weir_type_drop_items(fn->state, (void *)(uintptr_t)state, 1);
    return failed;
}

static weir_stream *on_the_pool(const weir_blocking_fn *fn, const void *state)
{
    weir_stream *stream = weir_source_new(sizeof(struct blocking), &blocking_ops, fn->of);
    stream = weir_expect_size(stream, "spawn_blocking", fn->name, fn->state, fn->state_size);
    stream = weir_expect_size(stream, "spawn_blocking", fn->name, fn->of, fn->of_size);
    stream = weir_expect_result(stream, "spawn_blocking", fn->name, fn->of);
    if (weir_stage_failed(&stream->stage))
        return blocking_give_up(stream, fn, state);
    blocking_of(stream)->fn = fn;
    blocking_of(stream)->job = job_make(fn, state);
    stream->stage.one = true;
    if (blocking_of(stream)->job)
        return stream;
    return blocking_give_up(weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL,
                                               "no memory to run '%s' on another thread", fn->name,
                                               NULL, 0),
                            fn, state);
}

weir_stream *weir_spawn_blocking_sized(const weir_blocking_fn *fn, const void *state,
                                       size_t state_size)
{
    void *self;
    if (weir_state_differs(fn->state->size, state_size))
        return weir_state_refused(fn->name, fn->state->size, state_size);
    const weir_executor_ops *ops = weir_executor_used(&self);
    return ops && ops->spawn_blocking ? ops->spawn_blocking(self, fn, state)
                                      : on_the_pool(fn, state);
}

weir_stream *(weir_spawn_blocking)(const weir_blocking_fn *fn, const void *state)
{
    return weir_spawn_blocking_sized(fn, state, 0);
}
