/* par_for_each: handles every item, on all workers, and says when the last was. */

#include <string.h>

#include "stream/children.h"
#include "stream/inner.h"
#include "task/par.h"

struct each {
    weir_stream stream;
    struct weir_par par;
    struct weir_children set; /* handles; the owner of each is its number */
    uintptr_t taken;
    bool over;       /* nothing more is begun */
    bool cancelled;  /* those under way were */
    bool told;       /* ... or are to end as `stop` says */
    uintptr_t first; /* whose error is kept; 0: none failed */
    uint64_t failures;
    weir_held_error error;
    weir_timer deadline; /* of those under way, once nothing more is begun */
};

static struct each *each_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct each, stream);
}

/* ---- failures ---- */

static void par_for_each_cancel_all(struct each *self)
{
    if (self->cancelled)
        return;
    self->cancelled = self->told = true;
    for (struct weir_stream_child *child = self->set.first; child; child = child->next)
        weir_par_child_cancel(child->stream);
}

/* Those behind the first failure are not begun any more; one before it may fail too, and be it. */
static void tell_later(struct each *self)
{
    self->told = true;
    for (struct weir_stream_child *child = self->set.first; child; child = child->next)
        if ((uintptr_t)child->owner > self->first)
            weir_par_child_tell(child->stream);
}

static void end_source(struct each *self)
{
    self->over = true;
    weir_stage_let_go(self->stream.stage.source);
}

static void par_for_each_begin_deadline(struct each *self, weir_cx *cx)
{
    uint64_t drain_ns = self->par.how.drain_ns;
    if (drain_ns && self->deadline.due_ns == UINT64_MAX)
        weir_timer_set(&self->deadline, weir_after_ns(weir_clock_now_ns(cx), drain_ns));
}

/* Nothing more is begun; what is under way has so long. */
static void par_for_each_stop(struct each *self, weir_cx *cx)
{
    end_source(self);
    if (self->par.how.stop == WEIR_CANCEL)
        par_for_each_cancel_all(self);
    else
        par_for_each_begin_deadline(self, cx);
}

/* Of several the one that stands first in the source. */
static void par_for_each_note_failure(struct each *self, weir_cx *cx, uintptr_t number)
{
    if (self->told && cx->error.code == WEIR_E_CANCELLED)
        return;
    self->failures++;
    if (!self->first || number < self->first) {
        self->first = number;
        if (cx->error.record == WEIR_NOWHERE && self->par.body.kind != WEIR_PAR_PLAIN &&
            number <= self->taken)
            cx->error.record = number; /* of an item, and not of the source */
        weir_held_error_keep(&self->error, cx);
    }
    par_for_each_stop(self, cx);
    if (!self->cancelled)
        tell_later(self);
}

/* ---- items ---- */

/* A source that was told to end leaves those under way so long as it says. */
static void par_for_each_end(struct each *self, weir_cx *cx)
{
    self->over = true;
    if (weir_source(&self->stream)->stage.cut || cx->stopping)
        par_for_each_stop(self, cx);
}

/* Takes what may begin. PENDING: the source has nothing yet; READY: the limit is there. */
static weir_poll par_for_each_pull(struct each *self, weir_cx *cx)
{
    size_t limit = weir_par_most(cx, &self->par);
    for (bool begun = false; !self->over && self->set.n < limit; begun = true) {
        if (!weir_spend(cx) && begun)
            return weir_wait_turn(cx);
        if (!weir_children_reserve(&self->set))
            return self->set.n && !self->par.feeds
                       ? (weir_poll){0, WEIR_READY}
                       : weir_fail(cx, WEIR_E_MEMORY, "no memory for one more item");
        weir_stream *handle;
        weir_poll got = poll_next(weir_source(&self->stream), cx, &handle, 1);
        if (got.n)
            weir_children_add(&self->set, handle, (void *)++self->taken);
        if (got.state == WEIR_ERROR)
            par_for_each_note_failure(self, cx, self->taken + 1);
        if (got.state == WEIR_END)
            par_for_each_end(self, cx);
        if (got.state == WEIR_PENDING)
            return got;
    }
    return (weir_poll){0, WEIR_READY};
}

/* What a task came to: a batch tells of its items. */
static void par_for_each_settle(struct each *self, weir_cx *cx, weir_poll got, void *result,
                                uintptr_t number)
{
    if (got.state == WEIR_ERROR)
        par_for_each_note_failure(self, cx, number);
    if (!got.n)
        return;
    if (self->par.body.kind != WEIR_PAR_PLAIN) {
        weir_type_drop_items(self->par.body.to, result, 1);
        return;
    }
    struct weir_batch *batch = *(struct weir_batch **)result;
    weir_par_learn(weir_source(&self->stream), batch);
    weir_batch_drop(batch);
}

/* PENDING: all that are under way still run. */
static weir_poll par_for_each_reap(struct each *self, weir_cx *cx, void *result)
{
    struct weir_stream_child *child;
    weir_poll got = weir_children_poll(&self->set, cx, result, 1, &child);
    if (!child)
        return got;
    uintptr_t number = (uintptr_t)child->owner;
    weir_children_leave(&self->set, child);
    par_for_each_settle(self, cx, got, result, number);
    return (weir_poll){1, WEIR_READY};
}

/* A source may have items for long after it was told to stop: the time is that of all of them. */
static void par_for_each_look_for_end(struct each *self, weir_cx *cx)
{
    if (WEIR_UNLIKELY(cx->stopping) && self->par.how.stop == WEIR_CANCEL)
        par_for_each_stop(self, cx);
    else if (WEIR_UNLIKELY(cx->stopping))
        par_for_each_begin_deadline(self, cx);
    if (self->deadline.due_ns != UINT64_MAX &&
        weir_timer_poll(cx, &self->deadline).state != WEIR_PENDING) {
        end_source(self);
        par_for_each_cancel_all(self);
    }
}

static weir_poll par_for_each_finish(struct each *self, weir_cx *cx, void *out)
{
    if (!self->first) {
        *(unsigned char *)out = 0;
        return (weir_poll){1, WEIR_END};
    }
    weir_poll failed = weir_held_error_give(&self->error, cx);
    cx->error.more += (uint32_t)(self->failures - 1);
    cx->error.fatal = true;
    return failed;
}

static weir_poll par_for_each_run(struct each *self, weir_cx *cx, void *out, void *result)
{
    weir_children_begin(&self->set);
    for (;;) {
        weir_poll pulled = par_for_each_pull(self, cx);
        if (pulled.state == WEIR_ERROR)
            return pulled;
        par_for_each_look_for_end(self, cx);
        if (!self->set.n)
            return self->over ? par_for_each_finish(self, cx, out) : pulled;
        weir_poll got = par_for_each_reap(self, cx, result);
        if (!got.n)
            return got;
    }
}

static weir_poll each_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct each *self = each_of(stream);
    const weir_type *type =
        self->par.body.kind == WEIR_PAR_PLAIN ? &weir_type_batch : self->par.body.to;
    size_t mark = weir_scratch_mark(cx);
    (void)demand;
    void *result = weir_scratch_take(cx, type->size, type->align);
    if (!result)
        return weir_scratch_fail(cx, type);
    weir_poll got = par_for_each_run(self, cx, out, result);
    weir_scratch_give(cx, mark);
    return got;
}

static void each_fini(weir_stream *stream)
{
    struct each *self = each_of(stream);
    weir_timer_stop(&self->deadline);
    weir_stage_let_go(stream->stage.source); /* children may wait for what it does */
    weir_children_fini(&self->set);
}

static weir_stage *each_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&each_of(stream)->set, i);
}

static size_t each_memory_max(const weir_stream *stream)
{
    return weir_children_memory_max(each_of(stream)->par.limit);
}

static const char *each_name(const weir_stream *stream)
{
    const char *name = each_of(stream)->par.body.stage;
    return name ? name : stream->ops->name;
}

static void each_holding(const weir_stream *stream, weir_holding *out)
{
    out->in_flight = each_of(stream)->set.n;
    out->limit = each_of(stream)->par.limit;
}

static const weir_stream_ops each_ops = {.size = sizeof each_ops,
                                         .name = "par_for_each",
                                         .holding = each_holding,
                                         .fn = offsetof(struct each, par.body.fn),
                                         .poll_next = each_poll_next,
                                         .fini = each_fini,
                                         .size_hint = weir_size_hint_one,
                                         .input = each_input,
                                         .memory_max = each_memory_max,
                                         .name_of = each_name,
                                         .marks = WEIR_MARKS_LOSE};

static void each_all(struct weir_batch *batch)
{
    const weir_each_fn *fn = batch->body.fn;
    if (fn->batch)
        fn->batch(batch->in, batch->items, batch->body.arg);
    for (size_t i = 0; i < batch->items && !fn->batch; i++)
        fn->one(batch->in + i * fn->of->size, batch->body.arg);
    batch->in_n = 0;
}

static weir_stream *tasks_of_plain(weir_stream *source, struct weir_par *par)
{
    const weir_each_fn *fn = par->body.fn;
    par->body.name = fn->name;
    par->body.from = fn->of;
    par->body.from_size = fn->of_size;
    par->body.to = &weir_type_unit;
    struct weir_batch_plan plan = {.par = *par, .run = each_all, .makes_nothing = true};
    weir_stream *batches = weir_par_batches(source, &plan);
    par->how.local = plan.par.how.local;
    return batches;
}

weir_stream *weir_par_each(weir_stream *source, struct weir_par *par)
{
    bool plain = par->body.kind == WEIR_PAR_PLAIN;
    weir_stream *tasks = plain ? tasks_of_plain(source, par) : weir_par_tasks(source, par);
    weir_stream *stream = weir_stream_new(tasks, sizeof(struct each), &each_ops, &weir_type_unit);
    stream = weir_stream_scratch(stream, plain ? &weir_type_batch : par->body.to);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct each *self = each_of(stream);
    self->par = *par;
    self->set.stream = stream;
    self->deadline.due_ns = UINT64_MAX;
    stream->stage.one = true;
    if (weir_held_error_init(&self->error, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              par->body.stage, NULL, 0);
}

/* What is durable is known to its function alone. */
static weir_stream *par_for_each_expect_unmarked(weir_stream *source)
{
    if (weir_stage_failed(&source->stage) || !source->stage.marked)
        return source;
    weir_fault fault = {WEIR_E_ARGUMENT,
                        "weir_par_map() of such a function, and weir_settle_here() behind it: what "
                        "it has handled counts as done",
                        "'par_for_each' does not know what its function made safe, so nothing that "
                        "'%s' gives would be acknowledged",
                        {weir_stage_name(&source->stage)},
                        0,
                        "par_for_each"};
    return weir_stream_fault(&source->stage, &fault);
}

weir_stream *weir_par_for_each_of(weir_stream *source, weir_par_kind kind, const void *fn,
                                  void *arg, size_t limit, const weir_par_options *how)
{
    struct weir_par par = {.body = {.kind = kind, .fn = fn, .arg = arg, .stage = "par_for_each"},
                           .limit = limit,
                           .how = weir_par_options_of(how)};
    return weir_par_each(par_for_each_expect_unmarked(source), &par);
}
