/* A task an item: a stage that makes one of each item, and gives their handles. What runs in the
 * task is made there, on its worker. */

#include <string.h>

#include "stream/inner.h"
#include "task/par.h"
#include "task/stack.h"
#include "task/workers.h"
#include "weir/stream.h"

/* ---- what all parallel stages ask ---- */

enum { PAR_TASK_FIRST_OPTIONS_BYTES = offsetof(weir_par_options, local) + sizeof(bool) };

weir_par_options weir_par_options_of(const weir_par_options *given)
{
    weir_par_options options = {.size = sizeof options};
    if (given)
        weir_options_take(&options, sizeof options, given, PAR_TASK_FIRST_OPTIONS_BYTES);
    return options;
}

void weir_par_body_waits(struct weir_par_body *body)
{
    const weir_then_fn *then = body->fn;
    const weir_par_fn *par = body->fn;
    bool is_fiber = body->kind == WEIR_PAR_FIBER;
    body->name = is_fiber ? par->name : then->name;
    body->from = is_fiber ? par->from : then->from;
    body->to = is_fiber ? par->to : then->to;
    body->from_size = is_fiber ? par->from_size : then->from_size;
    body->to_size = is_fiber ? par->to_size : 0;
}

/* What the function takes has to change as well. */
weir_stream *weir_par_expect_owned(weir_stream *source, const char *stage)
{
    if (weir_stage_failed(&source->stage) || !source->type->lent)
        return source;
    weir_fault fault = {WEIR_E_TYPE,
                        source->type->own ? "weir_own() between them, and let the function take "
                                            "what that gives"
                                          : WEIR_OWN_BEFORE,
                        "%s hands items to other threads, but '%s' only lends its '%s'",
                        {stage, weir_stage_name(&source->stage), source->type->name},
                        0,
                        stage};
    return weir_stream_fault(&source->stage, &fault);
}

/* What is bound came from this worker, and is to be given to whom polls here. */
static weir_stream *keep_bound(weir_stream *source, struct weir_par *par)
{
    const weir_type *to = par->body.to;
    if (weir_stage_failed(&source->stage))
        return source;
    par->how.local |= source->type->bound || to->bound;
    par->body.to = source->type->bound ? weir_type_seen_through(source->type, to) : to;
    if (par->body.to)
        return source;
    par->body.to = to;
    return weir_stream_refuse(&source->stage, WEIR_E_MEMORY, NULL, "no memory for the type of %s",
                              par->body.stage, NULL, 0);
}

weir_stream *weir_par_expect(weir_stream *source, struct weir_par *par)
{
    const struct weir_par_body *body = &par->body;
    source = weir_par_expect_owned(source, body->stage);
    source = weir_expect_type(source, body->stage, body->name, body->from);
    source = weir_expect_size(source, body->stage, body->name, body->from, body->from_size);
    source = weir_expect_size(source, body->stage, body->name, body->to, body->to_size);
    source = weir_expect_limit(source, body->stage, "limit", par->limit);
    source = weir_expect_result(source, body->stage, body->name, body->to);
    return keep_bound(source, par);
}

/* The source knows best how its items are dropped: a body's macro saw their C type alone. */
void weir_par_take_from(const weir_stream *source, struct weir_par_body *body)
{
    if (!weir_stage_failed(&source->stage))
        body->from = source->type;
}

bool weir_par_ready(weir_cx *cx, const struct weir_par *par)
{
    weir_error unwanted; /* those that there are have to do */
    if (!cx->worker || !weir_task_of(cx)) {
        weir_fail(cx, WEIR_E_ARGUMENT, "%s needs a runtime: nobody here runs tasks",
                  par->body.stage);
        cx->error.cure = "weir_run() or weir_rt_run()";
        return false;
    }
    weir_rt *rt = cx->worker->rt;
    if (!par->how.local && cx->worker == &rt->worker)
        weir_workers_begin(rt, &unwanted);
    return true;
}

enum { BATCHES_A_WORKER = 4 }; /* one runs, the others wait for it to be over */

size_t weir_par_most(const weir_cx *cx, const struct weir_par *par)
{
    if (par->body.kind != WEIR_PAR_PLAIN || !cx->worker) /* that fails soon */
        return par->limit;
    uint32_t workers = par->how.local ? 1 : weir_workers_n(&cx->worker->rt->workers);
    size_t most = (size_t)workers * BATCHES_A_WORKER;
    return par->limit < most ? par->limit : most;
}

/* ---- what runs in the task ---- */

struct child {
    weir_stream stream;
    struct weir_par_body body;
    weir_stream *future; /* made by its first poll */
    void *item;
    bool taken;        /* by the function */
    bool drains;       /* its connections go on, though the runtime stops */
    uint64_t number;   /* of the item, from 1 */
    uint64_t drain_ns; /* once it is told to end; 0: as long as it takes */
    weir_timer deadline;
    weir_fiber_fn fiber;
    weir_par_limit *limit; /* which it gives back; NULL: none */
};

static bool run_child(void *state, void *out, weir_error *error)
{
    struct child *self = *(struct child **)state;
    const weir_par_fn *fn = self->body.fn;
    self->taken = true;
    return fn->run(self->item, out, self->body.arg, error);
}

static weir_stream *make_fiber(struct child *self)
{
    const weir_par_fn *fn = self->body.fn;
    self->fiber = (weir_fiber_fn){.size = sizeof self->fiber,
                                  .name = self->body.name,
                                  .to = self->body.to,
                                  .to_size = self->body.to_size,
                                  .state_size = sizeof self,
                                  .state_align = _Alignof(struct child *),
                                  .run = run_child};
    return weir_fiber_sized(&self->fiber, &self,
                            &WEIR_FIBER_OPTIONS(.stack_bytes = fn->stack_bytes), sizeof self);
}

static weir_stream *make_future(struct child *self)
{
    if (self->body.kind == WEIR_PAR_FIBER)
        return make_fiber(self);
    return ((const weir_then_fn *)self->body.fn)->one(self->item, self->body.arg);
}

static void par_task_drop_item(struct child *self)
{
    if (self->item && !self->taken)
        weir_type_drop_items(self->body.from, self->item, 1);
    self->taken = true;
}

/* A function that gives a future has taken the item, a fiber does when it runs. */
static bool par_task_begin(struct child *self, weir_cx *cx)
{
    weir_stream *future = make_future(self);
    self->taken = self->body.kind == WEIR_PAR_FUTURE;
    if (!weir_future_fits(future, cx, self->body.stage, self->body.to))
        return false;
    self->future = future;
    return true;
}

static struct child *par_task_child_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct child, stream);
}

/* It was told to come to its end, and has had its time for that. */
static bool par_task_is_late(struct child *self, weir_cx *cx)
{
    const weir_task *task = weir_task_of(cx);
    if (!self->drain_ns || !task || atomic_load(&task->cancelled) != WEIR_TASK_REVOKED)
        return false;
    if (self->deadline.due_ns == UINT64_MAX)
        weir_timer_set(&self->deadline, weir_after_ns(weir_clock_now_ns(cx), self->drain_ns));
    return weir_timer_poll(cx, &self->deadline).state != WEIR_PENDING;
}

static weir_poll par_task_fail_late(const struct child *self, weir_cx *cx)
{
    return weir_fail(cx, WEIR_E_CANCELLED, "'%s' was told to end, and had no more time for that",
                     self->body.name);
}

static weir_poll poll_future(struct child *self, weir_cx *cx, void *out)
{
    bool draining = cx->draining;
    cx->draining |= self->drains;
    weir_poll got = weir_poll_inner(&self->stream, self->future, cx, out, 1);
    cx->draining = draining;
    return got;
}

static weir_poll child_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct child *self = par_task_child_of(stream);
    (void)demand;
    if (!self->future && !par_task_begin(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = poll_future(self, cx, out);
    if (got.state == WEIR_PENDING)
        return par_task_is_late(self, cx) ? par_task_fail_late(self, cx) : got;
    weir_inner_note(stream, self->future);
    weir_drop(self->future);
    self->future = NULL;
    if (got.state != WEIR_ERROR)
        return (weir_poll){got.n, WEIR_END};
    if (cx->error.record == WEIR_NOWHERE)
        cx->error.record = self->number;
    return got;
}

static void child_fini(weir_stream *stream)
{
    struct child *self = par_task_child_of(stream);
    weir_timer_stop(&self->deadline);
    par_task_drop_item(self);
    if (self->future)
        weir_drop(self->future);
    weir_par_limit_over(self->limit);
}

static weir_stage *child_input(const weir_stream *stream, size_t i)
{
    weir_stream *future = par_task_child_of(stream)->future;
    return i || !future ? NULL : &future->stage;
}

static const char *child_name(const weir_stream *stream)
{
    return par_task_child_of(stream)->body.stage;
}

static const weir_stream_ops child_ops = {.size = sizeof child_ops,
                                          .name = "par",
                                          .fn = offsetof(struct child, body.fn),
                                          .poll_next = child_poll_next,
                                          .fini = child_fini,
                                          .size_hint = weir_size_hint_one,
                                          .input = child_input,
                                          .name_of = child_name};

/* Itself, its item, and the task that it becomes, with room for the result. */
static size_t par_task_child_bytes(const struct weir_par_body *body)
{
    return sizeof(struct child) + body->from->size + body->from->align + WEIR_TASK_BYTES +
           body->to->size + body->to->align;
}

/* A failed one has not taken the item, nor what it may begin by. */
static weir_stream *child_new(const struct weir_par *par, const void *item, uint64_t number)
{
    const struct weir_par_body *body = &par->body;
    weir_arena *arena = weir_arena_new(par_task_child_bytes(body));
    weir_stream *stream = weir_source_in(arena, sizeof(struct child), &child_ops, body->to);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct child *self = par_task_child_of(stream);
    self->body = *body;
    self->number = number;
    self->drains = par->how.stop == WEIR_DRAIN;
    self->drain_ns = par->how.drain_ns;
    weir_timer_set(&self->deadline, UINT64_MAX);
    self->item = weir_arena_take_raw(arena, body->from->size, body->from->align);
    if (!self->item)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s '%s'",
                                  body->stage, body->name, 0);
    memcpy(self->item, item, body->from->size);
    self->limit = weir_par_limit_ref(par->how.limit);
    stream->stage.one = true;
    return stream;
}

/* ---- the stage that makes them ---- */

struct tasks {
    weir_stream stream;
    struct weir_par par;
    uint64_t numbers; /* of items that came */
    struct weir_waiting place;
};

static struct tasks *tasks_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct tasks, stream);
}

static weir_stream *spawn(struct tasks *self, weir_cx *cx, const void *item)
{
    weir_stream *child = child_new(&self->par, item, ++self->numbers);
    if (weir_stage_failed(&child->stage)) {
        weir_type_drop_items(self->par.body.from, (void *)(uintptr_t)item, 1);
        weir_par_began_nothing(&self->par);
    }
    return weir_par_child_spawn(cx, child, true, &self->par, self);
}

static weir_poll par_task_next_task(struct tasks *self, weir_cx *cx, void *out)
{
    weir_stream *source = weir_source(&self->stream);
    size_t mark = weir_scratch_mark(cx), one = 1;
    void *in = weir_scratch_items(cx, source, self->par.body.from, &one);
    if (!in)
        return weir_scratch_fail(cx, self->par.body.from);
    weir_poll got = poll_next(source, cx, in, 1);
    if (got.n)
        *(weir_stream **)out = spawn(self, cx, in);
    weir_scratch_give(cx, mark);
    return got;
}

static weir_poll tasks_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct tasks *self = tasks_of(stream);
    (void)demand;
    if (!weir_par_ready(cx, &self->par))
        return (weir_poll){0, WEIR_ERROR};
    if (self->par.feeds) /* its items come when they may begin */
        return par_task_next_task(self, cx, out);
    if (!weir_par_may_begin(self->par.how.limit, &self->place, cx))
        return (weir_poll){0, WEIR_PENDING};
    weir_poll got = par_task_next_task(self, cx, out);
    if (!got.n)
        weir_par_began_nothing(&self->par);
    return got;
}

static void tasks_over(weir_stream *stream)
{
    weir_par_over(tasks_of(stream)->par.how.limit, &tasks_of(stream)->place);
}

static void tasks_fini(weir_stream *stream)
{
    weir_par_fini(tasks_of(stream)->par.how.limit, &tasks_of(stream)->place);
}

static weir_hint tasks_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

/* A task an item, and the stack that it waits on; what a future of the function's holds is its. */
static size_t tasks_memory_max(const weir_stream *stream)
{
    const struct weir_par *par = &tasks_of(stream)->par;
    const weir_par_fn *fn = par->body.fn;
    size_t stack = par->body.kind == WEIR_PAR_FIBER ? weir_stack_bytes(fn->stack_bytes) : 0;
    size_t one = weir_par_child_bytes(par_task_child_bytes(&par->body)), all;
    if (__builtin_add_overflow(one, stack, &one) || __builtin_mul_overflow(one, par->limit, &all))
        return SIZE_MAX;
    return all;
}

static void tasks_holding(const weir_stream *stream, weir_holding *out)
{
    weir_par_limit_holding(&tasks_of(stream)->par, out);
}

static const weir_stream_ops tasks_ops = {.size = sizeof tasks_ops,
                                          .name = "tasks",
                                          .holding = tasks_holding,
                                          .fn = offsetof(struct tasks, par.body.fn),
                                          .poll_next = tasks_poll_next,
                                          .fini = tasks_fini,
                                          .size_hint = tasks_size_hint,
                                          .marks = WEIR_MARKS_PASS,
                                          .memory_max = tasks_memory_max,
                                          .over = tasks_over};

weir_stream *weir_par_tasks(weir_stream *source, struct weir_par *par)
{
    weir_par_body_waits(&par->body);
    source = weir_par_expect(source, par);
    weir_par_take_from(source, &par->body);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct tasks), &tasks_ops, &weir_type_stream);
    stream = weir_stream_scratch(stream, par->body.from);
    if (weir_stage_failed(&stream->stage))
        return stream;
    tasks_of(stream)->par = *par;
    weir_par_limit_ref(par->how.limit);
    return stream;
}

struct weir_par *weir_par_of_tasks(weir_stream *stream)
{
    return stream->ops == &tasks_ops ? &tasks_of(stream)->par : NULL;
}

weir_stream *weir_par_at(weir_stream *stage, const weir_site *place)
{
    struct weir_par *par = NULL;
    if (weir_stage_failed(&stage->stage))
        return stage;
    for (weir_stream *one = stage; one && !par; one = weir_source(one)) {
        par = weir_par_of_tasks(one);
        par = par ? par : weir_par_of_batches(one);
    }
    if (par)
        par->place = place;
    return stage;
}
