/* Batches that run at once, and what they came to, item by item. */

#include "stream/running.h"
#include "task/par.h"

struct spread {
    weir_stream stream;
    struct weir_par par;
    struct weir_running running;
    struct weir_batch *giving; /* NULL: the next one is to come */
    bool ordered;
};

static struct spread *par_spread_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct spread, stream);
}

static size_t until_failure(const struct weir_batch *batch, size_t demand)
{
    size_t n = batch->out_n < demand ? batch->out_n : demand;
    if (batch->failures && batch->failures->at - batch->out_first < n)
        n = batch->failures->at - batch->out_first;
    return n;
}

static bool is_spent(const struct weir_batch *batch)
{
    return !batch->out_n && !batch->failures && !batch->lost;
}

static void par_spread_pass_on(struct spread *self)
{
    if (!is_spent(self->giving))
        return;
    weir_batch_drop(self->giving);
    self->giving = NULL;
}

/* From the batch that is given: items, or an error that stands before the next one. */
static weir_poll par_spread_give(struct spread *self, weir_cx *cx, void *out, size_t demand)
{
    struct weir_batch *batch = self->giving;
    size_t size = self->stream.type->size, n = until_failure(batch, demand);
    weir_poll got = {(uint32_t)n, WEIR_READY};
    memcpy(out, batch->out + batch->out_first * size, n * size);
    batch->out_first += n;
    batch->out_n -= n;
    if (!n && !is_spent(batch))
        got = weir_batch_give_failure(batch, cx);
    par_spread_pass_on(self);
    return got;
}

/* An error comes first. */
static bool par_spread_owes_mark(const struct weir_running *running)
{
    return running->low && !running->error.held && weir_low_water_owes(running->low);
}

/* True: there is one to give. */
static bool par_spread_next_batch(struct spread *self, weir_cx *cx, weir_poll *got)
{
    struct weir_running *running = &self->running;
    size_t most = weir_par_most(cx, &self->par);
    if (par_spread_owes_mark(running)) {
        *got = weir_low_water_give(running->low, cx);
        return false;
    }
    weir_poll pulled = running->low ? weir_running_pull_marked(running, cx, most)
                                    : weir_running_pull(running, cx, most, self->ordered);
    size_t held = weir_running_held(running, self->ordered);
    *got = pulled;
    if (pulled.state == WEIR_ERROR && held)
        weir_inner_error(cx); /* the others still have results */
    if (pulled.state == WEIR_ERROR || !held)
        return false;
    struct weir_batch *batch; /* room for another one's too, until that one's turn comes */
    *got = self->ordered  ? weir_running_in_order(running, cx, (char *)&batch, 1)
           : running->low ? weir_running_marked(running, cx, &batch, 1)
                          : weir_running_as_they_come(running, cx, &batch, 1, false);
    if (!got->n)
        return false;
    self->giving = batch;
    weir_par_learn(weir_source(&self->stream), self->giving);
    par_spread_pass_on(self); /* nothing may have come of it */
    return self->giving;
}

static weir_poll par_spread_answer(struct spread *self, weir_cx *cx, void *out, size_t demand)
{
    weir_poll got = {0, WEIR_READY};
    if (self->giving || par_spread_next_batch(self, cx, &got))
        return par_spread_give(self, cx, out, demand);
    return (weir_poll){0, got.n ? WEIR_READY : got.state};
}

static weir_poll spread_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct spread *self = par_spread_of(stream);
    return weir_in_flight_polled(&self->running.in_flight, cx,
                                 par_spread_answer(self, cx, out, demand));
}

static void par_spread_fini(weir_stream *stream)
{
    struct spread *self = par_spread_of(stream);
    weir_running_fini(&self->running);
    if (self->giving)
        weir_batch_drop(self->giving);
}

static weir_stage *spread_input(const weir_stream *stream, size_t i)
{
    return weir_children_input(&par_spread_of(stream)->running.set, i);
}

static size_t spread_memory_max(const weir_stream *stream)
{
    const struct spread *self = par_spread_of(stream);
    return weir_running_memory_max(&self->running, self->par.limit);
}

static const char *spread_name(const weir_stream *stream)
{
    const char *name = par_spread_of(stream)->par.body.stage;
    return name ? name : "spread";
}

static void spread_holding(const weir_stream *stream, weir_holding *out)
{
    weir_running_holding(&par_spread_of(stream)->running, par_spread_of(stream)->par.limit, out);
}

static const weir_stream_ops spread_ops = {.size = sizeof spread_ops,
                                           .name = "spread",
                                           .holding = spread_holding,
                                           .fn = offsetof(struct spread, par.body.fn),
                                           .poll_next = spread_poll_next,
                                           .fini = par_spread_fini,
                                           .input = spread_input,
                                           .marks = WEIR_MARKS_HOLD,
                                           .memory_max = spread_memory_max,
                                           .name_of = spread_name};

weir_stream *weir_par_spread(weir_stream *source, struct weir_batch_plan *plan, bool ordered)
{
    source = weir_par_batches(source, plan);
    weir_stream *stream =
        weir_stream_new(source, sizeof(struct spread), &spread_ops, plan->par.body.to);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct spread *self = par_spread_of(stream);
    self->par = plan->par;
    self->ordered = ordered;
    bool made = weir_running_init(&self->running, stream, ordered);
    self->running.places.type = &weir_type_batch;
    if (made)
        return stream;
    return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for %s",
                              plan->par.body.stage, NULL, 0);
}
