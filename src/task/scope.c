/* scope: futures beside who opened it, which are over, and gone, before the block is left. All of
 * them are on its thread: so they can be dropped at any time but while they run. */

#include "weir/scope.h"

#include "core/loop.h"
#include "core/stage.h"
#include "task/task.h"
#include "task/waiter.h"
#include "weir/task.h"

/* ---- errors ---- */

/* Who was told to end has not failed. */
static void scope_keep_error(weir_scope *scope, const weir_error *error)
{
    if (error->code == WEIR_E_CANCELLED)
        return;
    if (scope->error.code == WEIR_OK)
        scope->error = *error;
    else
        scope->error.more++;
}

const weir_error *weir_scope_error(const weir_scope *scope)
{
    return scope->error.code == WEIR_OK ? NULL : &scope->error;
}

/* ---- what is run: the future of a task that gives nothing ---- */

struct weir_scoped {
    weir_stream stream;
    weir_stream *future; /* NULL: the scope dropped it, and the task ends with its next turn */
    weir_scope
        *scope; /* NULL: it is left */
    struct weir_scoped *next, **at;
    weir_waker_slot waker;
    bool busy; /* the future is polled, or dropped */
};

static struct weir_scoped *scoped_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct weir_scoped, stream);
}

static void scope_enter(weir_scope *scope, struct weir_scoped *self)
{
    self->scope = scope;
    self->next = scope->first;
    if (self->next)
        self->next->at = &self->next;
    self->at = &scope->first;
    scope->first = self;
}

static void scope_leave(struct weir_scoped *self)
{
    *self->at = self->next;
    if (self->next)
        self->next->at = self->at;
    self->scope = NULL;
}

static weir_poll scoped_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_scoped *self = scoped_of(stream);
    (void)out, (void)demand;
    if (!self->future)
        return (weir_poll){0, WEIR_END};
    self->busy = true;
    weir_poll got = weir_poll_skip(self->future, cx, 1);
    self->busy = false;
    if (got.state == WEIR_PENDING) {
        weir_waker_slot_store(&self->waker, cx->waker);
        return got;
    }
    if (got.state == WEIR_ERROR && weir_task_of(cx))
        weir_task_own_error(weir_task_of(cx), &cx->error);
    if (got.state == WEIR_ERROR)
        scope_keep_error(self->scope, &cx->error);
    return (weir_poll){0, WEIR_END};
}

/* It is over for the scope when all that its future owned is gone. */
static void scoped_fini(weir_stream *stream)
{
    struct weir_scoped *self = scoped_of(stream);
    weir_scope
        *scope = self->scope;
    self->busy = true;
    weir_stream_drop(self->future);
    weir_waker_slot_clear(&self->waker);
    if (!scope)
        return;
    scope_leave(self);
    if (!scope->first)
        weir_waker_slot_wake(&scope->waker);
}

static weir_stage *scoped_input(const weir_stream *stream, size_t i)
{
    const weir_stream *future = scoped_of(stream)->future;
    return i || !future ? NULL : (weir_stage *)(uintptr_t)&future->stage;
}

static const weir_stream_ops scoped_ops = {.size = sizeof scoped_ops,
                                           .name = "scope",
                                           .poll_next = scoped_poll_next,
                                           .fini = scoped_fini,
                                           .input = scoped_input};

/* A fault in what it could not be made of comes with its first poll. */
static weir_stream *scoped_new(weir_scope *scope, weir_stream *future)
{
    future = weir_expect_one(future, "weir_scope_spawn");
    if (weir_stage_failed(&future->stage))
        return future;
    weir_stream *stream = weir_source_new(sizeof(struct weir_scoped), &scoped_ops, &weir_type_unit);
    if (weir_stage_failed(&stream->stage)) {
        weir_stream_drop(future);
        return stream;
    }
    struct weir_scoped *self = scoped_of(stream);
    self->future = future;
    scope_enter(scope, self);
    stream->stage.one = true;
    return weir_stream_with(stream, &future->stage);
}

/* ---- spawning ---- */

static const void *thread_here(void)
{
    return &weir_fiber_running;
}

static void keep_fault(weir_scope *scope, weir_stream *failed)
{
    weir_cx cx;
    unsigned char none;
    weir_cx_init(&cx, NULL, NULL, 0);
    if (weir_poll_next(failed, &cx, &none, 1).state == WEIR_ERROR)
        scope_keep_error(scope, &cx.error);
}

void weir_scope_spawn_at(weir_scope *scope, weir_stream *future, const weir_site *place)
{
    if (WEIR_CHECKS && scope->thread != thread_here())
        weir_misuse(scope->site.function, "is given a future for its weir_scope by another thread");
    weir_stream *handle = scoped_new(scope, future);
    if (!weir_stage_failed(&handle->stage))
        handle = weir_spawn_local_at(handle, place);
    if (weir_stage_failed(&handle->stage))
        keep_fault(scope, handle);
    weir_stream_drop(handle); /* the task goes on alone */
}

void(weir_scope_spawn)(weir_scope *scope, weir_stream *future)
{
    weir_scope_spawn_at(scope, future, NULL);
}

/* ---- beginning and end ---- */

static bool scope_refuses(weir_waiter *waiter, weir_site site)
{
    weir_error why;
    if (!waiter->cx)
        return true;
    if (waiter->cancelled)
        return !weir_waiter_wait(waiter); /* which says so to who asks */
    if (!waiter->cx->polling)
        return false;
    weir_error_set(&why, WEIR_E_ARGUMENT,
                   "%s opens a weir_scope inside of a poll: only fibers and threads can wait",
                   site.function);
    why.cure = "a fiber, or weir_for_each_concurrent()";
    weir_site_note(site, &why);
    weir_waiter_fail(waiter, &why);
    return true;
}

weir_scope
    weir_scope_begin(weir_site site)
    {
        weir_scope
            scope = {.waiter = weir_waiter_here(), .thread = thread_here(), .site = site};
        scope.error.code = WEIR_OK;
        scope.on = !scope_refuses(scope.waiter, site);
        if (scope.on)
            scope.waiter->loops++;
        return scope;
    }

static void scope_wait_for_all(weir_scope *scope)
{
    weir_waiter *waiter = scope->waiter;
    while (scope->first && !waiter->cancelled) {
        weir_wait(waiter->cx, &scope->waker, WEIR_WAIT_PEER);
        if (weir_waiter_wait(waiter))
            continue;
        if (!waiter->cancelled)
            scope_keep_error(scope, &waiter->cx->error);
        return;
    }
}

static void drop_one(weir_scope *scope, struct weir_scoped *self)
{
    weir_stream *future = self->future;
    weir_waker_slot waker = self->waker;
    if (self->busy)
        weir_misuse(scope->site.function,
                    "is ended, in its weir_scope, by one of the futures that run there");
    self->waker.waker = NULL;
    self->future = NULL;
    scope_leave(self);
    weir_stream_drop(future);
    weir_waker_slot_wake(&waker); /* the task may be gone by now */
}

void weir_scope_end(weir_scope *scope)
{
    weir_waiter *waiter = scope->waiter;
    if (!scope->entered)
        return;
    if (scope->drains)
        scope_wait_for_all(scope);
    while (scope->first) /* what their drop spawns too */
        drop_one(scope, scope->first);
    weir_waker_slot_clear(&scope->waker);
    waiter->loops--;
    if (weir_scope_error(scope) && !waiter->cancelled)
        weir_waiter_fail(waiter, &scope->error);
}
