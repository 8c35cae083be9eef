/* Batches: items that one task handles, so that light items cost no task each. How many those are
 * is found: twice as many while a full batch takes less than half of what it should, half as many
 * when it takes more than twice that. In a simulation it is drawn. */

#include <string.h>

#include "core/poll.h"
#include "task/par.h"
#include "task/workers.h"
#include "weir/alloc.h"
#include "weir/stream.h"

/* For which a batch is made; longer ones leave the last worker alone. Marks that wait for one. */
enum { BATCH_NS = 50000, PAR_BATCH_MARKS_MAX = 64 };

/* ---- one batch ---- */

enum { PAR_BATCH_LINE_BYTES = 64 }; /* none of these is two processors' */

static size_t align_of(const struct weir_par_body *body)
{
    size_t align = body->from->align > body->to->align ? body->from->align : body->to->align;
    return align > PAR_BATCH_LINE_BYTES ? align : PAR_BATCH_LINE_BYTES;
}

static size_t padded(size_t bytes, size_t align)
{
    return (bytes + align - 1) / align * align;
}

static size_t par_batch_room_for(const struct weir_batch_plan *plan)
{
    const struct weir_par_body *body = &plan->par.body;
    size_t results = plan->zero ? 1 : plan->in_place || plan->makes_nothing ? 0 : plan->size;
    size_t out = results * body->to->size, align = align_of(body);
    return padded(sizeof(struct weir_batch), align) + padded(plan->size * body->from->size, align) +
           padded(out, align);
}

/* NULL: no memory. */
static struct weir_batch *batch_new(const struct weir_batch_plan *plan)
{
    const struct weir_par_body *body = &plan->par.body;
    size_t bytes = par_batch_room_for(plan), align = align_of(body);
    struct weir_batch *batch = weir_allocate_aligned(bytes, align);
    if (!batch)
        return NULL;
    unsigned char *in = (unsigned char *)batch + padded(sizeof *batch, align);
    *batch = (struct weir_batch){
        .body = *body,
        .run = plan->run,
        .in = in,
        .out = in + (plan->in_place ? 0 : padded(plan->size * body->from->size, align)),
        .items_max = plan->size,
        .number = plan->numbers + 1,
        .bytes = bytes};
    if (plan->zero)
        memcpy(batch->out, plan->zero, body->to->size);
    return batch;
}

void weir_batch_drop(struct weir_batch *batch)
{
    const struct weir_par_body *body = &batch->body;
    weir_type_drop_items(body->from, batch->in + batch->in_first * body->from->size, batch->in_n);
    weir_type_drop_items(body->to, batch->out + batch->out_first * body->to->size, batch->out_n);
    for (struct weir_batch_failure *failure; (failure = batch->failures);) {
        batch->failures = failure->next;
        weir_release(failure, sizeof *failure);
    }
    weir_release(batch, batch->bytes);
}

static void drop_batch(const weir_type *type, void *item)
{
    (void)type;
    weir_batch_drop(*(struct weir_batch **)item);
}

const weir_type weir_type_batch = {.size = sizeof(struct weir_batch *),
                                   .align = _Alignof(struct weir_batch *),
                                   .name = "batch",
                                   .drop = drop_batch};

void weir_batch_fail(struct weir_batch *batch, size_t nth, const weir_error *error)
{
    struct weir_batch_failure *failure = weir_allocate(sizeof *failure);
    struct weir_batch_failure **last = &batch->failures;
    if (!failure) {
        batch->lost++;
        return;
    }
    *failure = (struct weir_batch_failure){NULL, batch->out_first + batch->out_n, *error};
    if (error->code == WEIR_OK)
        weir_error_set(&failure->error, WEIR_E_USER, "%s failed", batch->body.name);
    if (failure->error.record == WEIR_NOWHERE)
        failure->error.record = batch->number + nth;
    while (*last)
        last = &(*last)->next;
    *last = failure;
}

static weir_poll give_lost(struct weir_batch *batch, weir_cx *cx)
{
    size_t lost = batch->lost;
    batch->lost = 0;
    weir_fail(cx, WEIR_E_MEMORY, "%zu items failed, and there was no memory to say why", lost);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

weir_poll weir_batch_give_failure(struct weir_batch *batch, weir_cx *cx)
{
    struct weir_batch_failure *failure = batch->failures;
    if (!failure)
        return give_lost(batch, cx);
    cx->error = failure->error;
    cx->error.fatal = false;
    batch->failures = failure->next;
    weir_release(failure, sizeof *failure);
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- its task ---- */

struct runner {
    weir_stream stream;
    struct weir_batch *batch;
    weir_par_limit *limit; /* which it gives back; NULL: none */
};

static struct runner *runner_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct runner, stream);
}

static weir_poll runner_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct weir_batch *batch = runner_of(stream)->batch;
    uint64_t begin_ns = weir_clock_now_ns(cx);
    (void)demand;
    batch->run(batch);
    batch->took_ns = weir_clock_now_ns(cx) - begin_ns;
    runner_of(stream)->batch = NULL;
    *(struct weir_batch **)out = batch;
    return (weir_poll){1, WEIR_END};
}

static void runner_fini(weir_stream *stream)
{
    struct weir_batch *batch = runner_of(stream)->batch;
    if (batch)
        weir_batch_drop(batch);
    weir_par_limit_over(runner_of(stream)->limit);
}

static const char *runner_name(const weir_stream *stream)
{
    const struct weir_batch *batch = runner_of(stream)->batch;
    return batch ? batch->body.name : "batch";
}

static const weir_stream_ops runner_ops = {.size = sizeof runner_ops,
                                           .name = "batch",
                                           .poll_next = runner_poll_next,
                                           .fini = runner_fini,
                                           .size_hint = weir_size_hint_one,
                                           .name_of = runner_name};

/* And the task that it becomes. */
enum { RUNNER_BYTES = sizeof(struct runner) + WEIR_TASK_BYTES };

static weir_stream *runner_new(struct weir_batch *batch, const struct weir_par *par)
{
    weir_arena *arena = weir_arena_new(RUNNER_BYTES);
    weir_stream *stream =
        weir_source_in(arena, sizeof(struct runner), &runner_ops, &weir_type_batch);
    if (weir_stage_failed(&stream->stage)) {
        weir_batch_drop(batch);
        weir_par_began_nothing(par);
        return stream;
    }
    runner_of(stream)->batch = batch;
    runner_of(stream)->limit = weir_par_limit_ref(par->how.limit);
    stream->stage.one = true;
    return stream;
}

/* ---- the stage that fills them ---- */

struct batches {
    weir_stream stream;
    struct weir_batch_plan plan;
    struct weir_batch *filling;
    weir_held_error held; /* of the source, behind what is in the batch */
    weir_mark *marks;     /* the same, before it; the oldest first */
    unsigned marks_n;
    struct weir_waiting place;
};

static struct batches *batches_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct batches, stream);
}

static void draw_size(struct weir_batch_plan *plan, const weir_worker *worker)
{
    if (worker->drawn && !plan->fixed)
        plan->size = 1 + worker->sys->random(worker->sys) % plan->size_max;
}

static bool par_batch_begin(struct batches *self, weir_cx *cx)
{
    if (self->filling)
        return true;
    draw_size(&self->plan, cx->worker);
    self->filling = batch_new(&self->plan);
    if (!self->filling)
        weir_fail(cx, WEIR_E_MEMORY, "no memory for a batch of %zu items", self->plan.size);
    return self->filling;
}

/* They wait until the batch is under way. False: so many do that it is. */
static bool par_batch_keep_mark(struct batches *self, weir_cx *cx)
{
    weir_mark **last = &self->marks;
    while (*last)
        last = &(*last)->behind;
    *last = weir_mark_take(cx);
    (*last)->behind = NULL;
    return ++self->marks_n < PAR_BATCH_MARKS_MAX;
}

static weir_poll par_batch_give_mark(struct batches *self, weir_cx *cx)
{
    weir_mark *mark = self->marks;
    self->marks = mark->behind;
    self->marks_n--;
    return weir_mark_give(cx, mark);
}

/* Takes what is there at once, up to its size. */
static weir_poll par_batch_fill(struct batches *self, weir_cx *cx)
{
    struct weir_batch *batch = self->filling;
    weir_stream *source = weir_source(&self->stream);
    weir_poll got = {0, WEIR_READY};
    for (bool begun = false; batch->items < batch->items_max; begun = true) {
        size_t room = batch->items_max - batch->items;
        if (!weir_spend(cx) && begun)
            break;
        got = poll_next(source, cx, batch->in + batch->items * source->type->size,
                        room < cx->demand_max ? room : cx->demand_max);
        batch->items += got.n;
        if (got.state == WEIR_MARK && batch->items && par_batch_keep_mark(self, cx))
            continue;
        if (got.state != WEIR_READY)
            break;
    }
    batch->in_n = batch->items;
    return got;
}

static weir_poll par_batch_give(struct batches *self, weir_cx *cx, void *out, weir_state state)
{
    const struct weir_par *par = &self->plan.par;
    struct weir_batch *batch = self->filling;
    self->filling = NULL;
    self->plan.numbers += batch->items;
    weir_stream *runner = runner_new(batch, par);
    *(weir_stream **)out = weir_par_child_spawn(cx, runner, false, par, self);
    return (weir_poll){1, state == WEIR_END && !self->marks ? WEIR_END : WEIR_READY};
}

static weir_poll par_batch_next_batch(struct batches *self, weir_cx *cx, void *out)
{
    if (!par_batch_begin(self, cx))
        return (weir_poll){0, WEIR_ERROR};
    weir_poll got = par_batch_fill(self, cx);
    if (!self->filling->items)
        return got.state == WEIR_READY ? weir_wait_turn(cx) : (weir_poll){0, got.state};
    if (got.state == WEIR_ERROR)
        weir_held_error_keep(&self->held, cx);
    return par_batch_give(self, cx, out, got.state);
}

static weir_poll batches_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct batches *self = batches_of(stream);
    (void)demand;
    if (self->marks)
        return par_batch_give_mark(self, cx);
    if (self->held.held)
        return weir_held_error_give(&self->held, cx);
    if (!weir_par_ready(cx, &self->plan.par))
        return (weir_poll){0, WEIR_ERROR};
    if (!weir_par_may_begin(self->plan.par.how.limit, &self->place, cx))
        return (weir_poll){0, WEIR_PENDING};
    weir_poll got = par_batch_next_batch(self, cx, out);
    if (!got.n)
        weir_par_began_nothing(&self->plan.par);
    return got;
}

static void batches_over(weir_stream *stream)
{
    weir_par_over(batches_of(stream)->plan.par.how.limit, &batches_of(stream)->place);
}

static void batches_fini(weir_stream *stream)
{
    struct batches *self = batches_of(stream);
    if (self->filling)
        weir_batch_drop(self->filling);
    for (weir_mark *mark; (mark = self->marks);) {
        self->marks = mark->behind;
        weir_mark_settle(mark, false);
    }
    weir_par_fini(self->plan.par.how.limit, &self->place);
}

static size_t batch_bytes(const weir_stream *batches)
{
    struct weir_batch_plan most = batches_of(batches)->plan;
    most.size = most.size_max;
    return par_batch_room_for(&most);
}

/* Those that are under way, and the one that is filled. */
static size_t batches_memory_max(const weir_stream *stream)
{
    size_t bytes = batch_bytes(stream) + weir_par_child_bytes(RUNNER_BYTES);
    size_t limit = batches_of(stream)->plan.par.limit, all;
    if (limit == SIZE_MAX || __builtin_mul_overflow(limit + 1, bytes, &all))
        return SIZE_MAX;
    return all;
}

static void batches_holding(const weir_stream *stream, weir_holding *out)
{
    weir_par_limit_holding(&batches_of(stream)->plan.par, out);
}

static const weir_stream_ops batches_ops = {.size = sizeof batches_ops,
                                            .name = "batches",
                                            .holding = batches_holding,
                                            .fn = offsetof(struct batches, plan.par.body.fn),
                                            .poll_next = batches_poll_next,
                                            .fini = batches_fini,
                                            .marks = WEIR_MARKS_HOLD,
                                            .memory_max = batches_memory_max,
                                            .over = batches_over};

/* Only of one that was full: a small one says little. */
void weir_par_learn(weir_stream *stream, const struct weir_batch *batch)
{
    struct weir_batch_plan *plan = &batches_of(stream)->plan;
    if (plan->fixed || batch->items != plan->size)
        return;
    if (batch->took_ns < BATCH_NS / 2 && plan->size <= plan->size_max / 2)
        plan->size *= 2;
    else if (batch->took_ns > 2 * BATCH_NS && plan->size > 1)
        plan->size /= 2;
}

static size_t most_items(const struct weir_par_body *body)
{
    size_t item = body->from->size > body->to->size ? body->from->size : body->to->size;
    size_t n = item ? WEIR_BATCH_BYTES_MAX / item : WEIR_BATCH_ITEMS_MAX;
    return n < 1 ? 1 : n < WEIR_BATCH_ITEMS_MAX ? n : WEIR_BATCH_ITEMS_MAX;
}

weir_stream *weir_par_batches(weir_stream *source, struct weir_batch_plan *plan)
{
    source = weir_par_expect(source, &plan->par);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct batches), &batches_ops, &weir_type_stream);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct batches *self = batches_of(stream);
    uint32_t given = plan->par.how.batch_max;
    self->plan = *plan;
    weir_par_limit_ref(plan->par.how.limit);
    weir_par_take_from(weir_source(stream), &self->plan.par.body);
    self->plan.fixed = given;
    self->plan.size_max = given ? given : most_items(&plan->par.body);
    self->plan.size = given ? given : 1;
    if (weir_held_error_init(&self->held, stream->stage.arena))
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              plan->par.body.stage, NULL, 0);
}

struct weir_par *weir_par_of_batches(weir_stream *stream)
{
    return stream->ops == &batches_ops ? &batches_of(stream)->plan.par : NULL;
}
