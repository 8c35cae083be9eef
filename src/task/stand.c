/* What a thread polls itself, as who looks is told: the innermost of its chains has the sleeper's
 * note, the others keep theirs aside. */

#include "task/stand.h"

#include "task/tell.h"

/* ---- the body of a loop ---- */

static weir_poll never(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    return (weir_poll){0, WEIR_END};
}

const weir_stream_ops weir_stand_ops = {.size = sizeof weir_stand_ops,
                                        .name = "loop",
                                        .poll_next = never,
                                        .fn = offsetof(struct weir_stand, fn)};

static weir_stage *over(struct weir_stand *self, weir_stage *chain, const weir_site *in)
{
    self->body = (weir_map_fn){.size = sizeof self->body, .name = in->function};
    self->fn = &self->body;
    self->loop =
        (weir_stream){.stage = {.vt = chain->vt, .source = chain, .n = weir_stage_n(chain)},
                      .ops = &weir_stand_ops,
                      .type = ((weir_stream *)chain)->type};
    return &self->loop.stage;
}

/* It took what its stream gave. */
static void count(struct weir_stand *self, bool waits)
{
    weir_stage *stage = &self->loop.stage;
    if (self->chain != stage)
        return;
    WEIR_TALLY(stage->polls_less_n, 1);
    WEIR_TALLY(stage->n, weir_stage_n(stage->source) - stage->n);
    if (waits)
        WEIR_TALLY(stage->waits, 1);
}

/* ---- turns ---- */

static struct weir_stand *top_of(struct weir_stands *self)
{
    return &self->all[(self->n < WEIR_STANDS_MAX ? self->n : WEIR_STANDS_MAX) - 1];
}

static void begin(weir_worker *worker, weir_task *task)
{
    worker->cx.sampling = task->scale;
    if (task->scale)
        weir_tell_begins(worker, task);
}

/* Whoever comes to look is seen here: the loop of the worker may not be gone round in between. */
static void begin_cycle(weir_worker *worker, weir_task *task)
{
    worker->clock.still = false;
    weir_worker_look_round(worker);
    weir_tell_cycle(worker, task);
}

static void rest(weir_worker *worker, weir_task *task, bool ready)
{
    if (task->scale)
        weir_tell_ends(worker, task);
    begin_cycle(worker, task);
    weir_tell_goes_on(worker, task, ready);
}

static bool is_looked_at(const weir_worker *worker)
{
    return WEIR_UNLIKELY(atomic_load_explicit(&worker->rt->looker, memory_order_relaxed) != NULL);
}

void weir_stands_rest(struct weir_stands *self, weir_worker *worker, weir_task *task)
{
    if (!self->n)
        return;
    weir_worker_turn_ends(worker);
    if (!is_looked_at(worker))
        return;
    count(top_of(self), true);
    rest(worker, task, atomic_load(&task->state) == WEIR_TASK_AGAIN);
}

/* What is polled on its own stack has no place that was spawned. */
static void mark(struct weir_stands *self, weir_worker *worker)
{
    weir_worker_turn_begins(worker, NULL, ((weir_stream *)top_of(self)->chain)->ops);
}

void weir_stands_go_on(struct weir_stands *self, weir_worker *worker, weir_task *task)
{
    if (!self->n)
        return;
    mark(self, worker);
    if (is_looked_at(worker))
        begin(worker, task);
}

/* ---- one on the other ---- */

static void put_aside(struct weir_stand *self, weir_worker *worker, weir_task *task)
{
    if (task->scale || task->note) {
        count(self, false);
        rest(worker, task, false);
    }
    self->note = task->note;
    self->scale = task->scale;
    self->stamp_ns = task->stamp_ns;
}

static void take_up(struct weir_stands *all, weir_worker *worker, weir_task *task)
{
    const struct weir_stand *self = top_of(all);
    task->note = self->note;
    task->scale = self->scale;
    task->stamp_ns = self->stamp_ns;
    task->stood = self->chain;
    mark(all, worker);
    if (WEIR_LIKELY(!is_looked_at(worker)))
        return;
    worker->clock.still = false;
    if (!task->note) /* nobody looked yet */
        begin_cycle(worker, task);
    begin(worker, task);
}

void weir_stands_push(struct weir_stands *self, weir_worker *worker, weir_task *task,
                      weir_stage *chain, const weir_site *in)
{
    if (self->n++ >= WEIR_STANDS_MAX)
        return;
    if (self->n > 1)
        put_aside(&self->all[self->n - 2], worker, task);
    struct weir_stand *top = top_of(self);
    top->chain = in ? over(top, chain, in) : chain;
    task->stood = top->chain;
    task->turns++; /* who looks at it while it waits knows that it was polled */
    task->note = 0;
    task->scale = 0;
    mark(self, worker);
    if (WEIR_LIKELY(!is_looked_at(worker)))
        return;
    begin_cycle(worker, task);
    begin(worker, task);
}

/* Its polls are counted before they are dropped. */
static void let_go(struct weir_stand *self, weir_worker *worker, weir_task *task)
{
    count(self, false);
    if (task->scale)
        weir_tell_ends(worker, task);
    if (task->note)
        WEIR_LOOK_TELL(worker, gone, task, worker->clock.now_ns);
}

void weir_stands_pop(struct weir_stands *self, weir_worker *worker, weir_task *task)
{
    if (self->n > WEIR_STANDS_MAX) {
        self->n--;
        return;
    }
    if (WEIR_UNLIKELY(task->scale || task->note))
        let_go(top_of(self), worker, task);
    weir_worker_turn_ends(worker);
    task->note = 0;
    task->scale = 0;
    task->stood = NULL;
    if (--self->n)
        take_up(self, worker, task);
}

void weir_stands_move(weir_task *from, weir_task *to)
{
    to->note = from->note;
    to->scale = from->scale;
    to->stamp_ns = from->stamp_ns;
    to->stood = from->stood;
    from->note = 0;
    from->stood = NULL;
}
