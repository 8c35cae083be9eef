/* What a thread polls itself, as who looks is told: the innermost of its chains has the sleeper's
 * note, the others keep theirs aside. */

#include "task/stand.h"

#include <pthread.h>

#include "task/tell.h"

/* ---- the body of a loop ---- */

static weir_poll stand_never(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)out, (void)demand;
    return (weir_poll){0, WEIR_END};
}

const weir_stream_ops weir_stand_ops = {.size = sizeof weir_stand_ops,
                                        .name = "loop",
                                        .poll_next = stand_never,
                                        .fn = offsetof(struct weir_stand, fn)};

static weir_stage *stand_over(struct weir_stand *self, weir_stage *chain, const weir_site *in)
{
    self->body = (weir_map_fn){.size = sizeof self->body, .name = in->function};
    self->fn = &self->body;
    uint64_t n = chain->vt->kind == WEIR_KIND_STREAM ? weir_stage_n(chain) : 0;
    self->loop = (weir_stream){.stage = {.vt = weir_stream_vt, .source = chain, .n = n},
                               .ops = &weir_stand_ops,
                               .type = &weir_type_unit};
    return &self->loop.stage;
}

/* It took what its stream gave. */
static void stand_count(struct weir_stand *self, bool waits)
{
    weir_stage *stage = &self->loop.stage;
    if (self->chain != stage)
        return;
    WEIR_TALLY(stage->polls_less_n, 1);
    if (stage->source->vt->kind == WEIR_KIND_STREAM) /* else questions were counted */
        WEIR_TALLY(stage->n, weir_stage_n(stage->source) - stage->n);
    if (waits)
        WEIR_TALLY(stage->waits, 1);
}

/* ---- turns ---- */

/* Something of the thread's is polled now. */
static bool stands(const struct weir_stands *self)
{
    return self->n || (self->how == WEIR_ASK_OPEN && self->open);
}

static struct weir_stand *stand_top_of(struct weir_stands *self)
{
    return !self->n ? &self->open->stand
                    : &self->all[(self->n < WEIR_STANDS_MAX ? self->n : WEIR_STANDS_MAX) - 1];
}

static void stand_begin(weir_worker *worker, weir_task *task)
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

static void stand_rest(weir_worker *worker, weir_task *task, bool ready)
{
    if (task->scale)
        weir_tell_ends(worker, task);
    begin_cycle(worker, task);
    weir_tell_goes_on(worker, task, ready);
}

/* What is asked stands by now in any case: who comes to look while it is waited for finds it. */
void weir_stands_rest(struct weir_stands *self, weir_worker *worker, weir_task *task)
{
    if (self->asks && self->how == WEIR_ASK_ALONE)
        weir_stands_place(self);
    if (!stands(self))
        return;
    weir_worker_turn_ends(worker);
    if (!weir_stands_are_looked_at(worker))
        return;
    stand_count(stand_top_of(self), true);
    stand_rest(worker, task, atomic_load(&task->state) == WEIR_TASK_AGAIN);
}

/* What is polled on its own stack has no place that was spawned. */
static void mark(struct weir_stands *self, weir_worker *worker)
{
    weir_worker_turn_begins(worker, NULL, ((weir_stream *)stand_top_of(self)->chain)->ops);
}

void weir_stands_go_on(struct weir_stands *self, weir_worker *worker, weir_task *task)
{
    if (!stands(self))
        return;
    mark(self, worker);
    if (weir_stands_are_looked_at(worker))
        stand_begin(worker, task);
}

/* ---- one on the other ---- */

static void put_aside(struct weir_stand *self, weir_worker *worker, weir_task *task)
{
    if (task->scale || task->note) {
        stand_count(self, false);
        stand_rest(worker, task, false);
    }
    self->note = task->note;
    self->scale = task->scale;
    self->stamp_ns = task->stamp_ns;
    task->note = 0;
    task->scale = 0;
    task->stood = NULL;
}

static void take_up(struct weir_stands *all, weir_worker *worker, weir_task *task)
{
    const struct weir_stand *self = stand_top_of(all);
    task->note = self->note;
    task->scale = self->scale;
    task->stamp_ns = self->stamp_ns;
    task->stood = self->chain;
    mark(all, worker);
    if (WEIR_LIKELY(!weir_stands_are_looked_at(worker)))
        return;
    worker->clock.still = false;
    if (!task->note) /* nobody looked yet */
        begin_cycle(worker, task);
    stand_begin(worker, task);
}

/* It is polled from now on. */
static void stand_up(struct weir_stands *self, weir_worker *worker, weir_task *task,
                     struct weir_stand *top, weir_stage *chain, const weir_site *in)
{
    top->chain = in ? stand_over(top, chain, in) : chain;
    task->stood = top->chain;
    task->turns++; /* who looks at it while it waits knows that it was polled */
    task->note = 0;
    task->scale = 0;
    mark(self, worker);
    if (WEIR_LIKELY(!weir_stands_are_looked_at(worker)))
        return;
    begin_cycle(worker, task);
    stand_begin(worker, task);
}

static void make_way(struct weir_stands *self, const weir_stage *chain);
static void go_back(struct weir_stands *self);

void weir_stands_push(struct weir_stands *self, weir_worker *worker, weir_task *task,
                      weir_stage *chain, const weir_site *in)
{
    if (self->at)
        make_way(self, chain);
    if (self->n++ >= WEIR_STANDS_MAX)
        return;
    if (self->n > 1)
        put_aside(&self->all[self->n - 2], worker, task);
    stand_up(self, worker, task, stand_top_of(self), chain, in);
}

/* Its polls are counted before they are dropped. */
static void stand_let_go(struct weir_stand *self, weir_worker *worker, weir_task *task)
{
    stand_count(self, false);
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
        stand_let_go(stand_top_of(self), worker, task);
    weir_worker_turn_ends(worker);
    task->note = 0;
    task->scale = 0;
    task->stood = NULL;
    if (--self->n)
        take_up(self, worker, task);
    else if (self->outer)
        go_back(self);
}

void weir_stands_move(struct weir_stands *self, weir_task *from, weir_task *to)
{
    self->task = to;
    to->note = from->note;
    to->scale = from->scale;
    to->stamp_ns = from->stamp_ns;
    to->stood = from->stood;
    from->note = 0;
    from->stood = NULL;
}

/* ---- asked item by item: between two questions anything may happen to it ---- */

/* Of all threads. Under the lock none of the chains goes. */
static pthread_mutex_t stand_lock = PTHREAD_MUTEX_INITIALIZER;
static struct weir_stands *all_asking;

static void stand_enlist(struct weir_stands *self)
{
    if (self->at)
        return;
    self->next = all_asking;
    self->at = &all_asking;
    if (self->next)
        self->next->at = &self->next;
    all_asking = self;
}

static void delist(struct weir_stands *self)
{
    if (self->next)
        self->next->at = self->at;
    *self->at = self->next;
    self->at = NULL;
}

/* The thread works on what it was given for as long as nobody else wants its worker. */
static void lie_open(struct weir_stands *self, struct weir_asked *one)
{
    self->open = one;
    self->worker->stands = one && !self->asks ? self : NULL;
}

static void pause_it(struct weir_stands *self)
{
    put_aside(&self->open->stand, self->worker, self->task);
    weir_worker_turn_ends(self->worker);
    lie_open(self, NULL);
}

static void resume(struct weir_stands *self, struct weir_asked *one)
{
    self->outer = NULL;
    lie_open(self, one);
    take_up(self, self->worker, self->task);
}

/* With its own note, whoever has the task now. */
static void stand_tell_gone(struct weir_stands *self, struct weir_asked *one)
{
    weir_task *task = self->task;
    struct weir_stand kept = {
        .note = task->note, .scale = task->scale, .stamp_ns = task->stamp_ns, .chain = task->stood};
    bool open = self->open == one;
    if (!open)
        task->note = one->stand.note;
    if (task->note && one->gone)
        WEIR_LOOK_TELL(self->worker, forgets, task);
    if (!one->gone)
        stand_count(&one->stand, false);
    if (open && task->scale)
        weir_tell_ends(self->worker, task);
    if (task->note)
        WEIR_LOOK_TELL(self->worker, gone, task, self->worker->clock.now_ns);
    task->note = open ? 0 : kept.note;
    task->scale = open ? 0 : kept.scale;
    task->stood = open ? NULL : kept.chain;
}

static void stand_leave(struct weir_stands *self, struct weir_asked *one)
{
    stand_tell_gone(self, one);
    if (!one->gone)
        one->chain->asked = false;
    if (self->open == one) {
        weir_worker_turn_ends(self->worker);
        lie_open(self, NULL);
    }
    if (self->outer == one)
        self->outer = NULL;
    one->chain = NULL;
    one->gone = false;
    for (size_t i = 0; i < WEIR_ASKED_MAX; i++)
        if (self->asked[i].chain)
            return;
    delist(self);
}

/* Those that others dropped meanwhile, and the one that is a part of this chain now; NULL: of none.
 */
static void leave_some(struct weir_stands *self, const weir_stage *chain)
{
    for (size_t i = 0; i < WEIR_ASKED_MAX; i++) {
        struct weir_asked *one = &self->asked[i];
        bool leaves = one->gone;
        for (const weir_stage *at = one->chain ? chain : NULL; at && !leaves; at = at->source)
            leaves = at == one->chain;
        if (leaves && one->chain)
            stand_leave(self, one);
    }
}

static void make_way(struct weir_stands *self, const weir_stage *chain)
{
    pthread_mutex_lock(&stand_lock);
    leave_some(self, chain);
    if (self->open) {
        self->outer = self->open;
        pause_it(self);
    }
    pthread_mutex_unlock(&stand_lock);
}

/* What made its way is over. */
static void go_back(struct weir_stands *self)
{
    pthread_mutex_lock(&stand_lock);
    leave_some(self, NULL);
    if (self->outer)
        resume(self, self->outer);
    pthread_mutex_unlock(&stand_lock);
}

void weir_stands_pause(struct weir_stands *self)
{
    pthread_mutex_lock(&stand_lock);
    leave_some(self, NULL);
    if (self->open)
        pause_it(self);
    self->worker->stands = NULL;
    pthread_mutex_unlock(&stand_lock);
}

/* NULL: it was not asked before. Another one may have had its address. */
static struct weir_asked *find_asked(struct weir_stands *self, const weir_stage *chain)
{
    for (size_t i = 0; chain->asked && i < WEIR_ASKED_MAX; i++)
        if (self->asked[i].chain == chain)
            return &self->asked[i];
    return NULL;
}

/* A free place, or that of the one which was asked longest ago. */
static struct weir_asked *find_place(struct weir_stands *self)
{
    struct weir_asked *oldest = &self->asked[0];
    for (size_t i = 0; i < WEIR_ASKED_MAX && oldest->chain; i++)
        if (!self->asked[i].chain || self->asked[i].nth < oldest->nth)
            oldest = &self->asked[i];
    if (oldest->chain)
        stand_leave(self, oldest);
    return oldest;
}

static void begin_asking(struct weir_stands *self)
{
    struct weir_asked *one = find_place(self);
    weir_worker_note_thread(self->worker);
    stand_enlist(self);
    one->chain = self->asks;
    one->chain->asked = true;
    lie_open(self, one);
    stand_up(self, self->worker, self->task, &one->stand, one->chain, self->in);
}

/* Mostly it is the one whose turn goes on. */
static void ask_among(struct weir_stands *self)
{
    struct weir_asked *one = find_asked(self, self->asks);
    if (one && one == self->open)
        return;
    pthread_mutex_lock(&stand_lock);
    leave_some(self, NULL);
    if (self->open)
        pause_it(self);
    if (one)
        resume(self, one);
    else
        begin_asking(self);
    pthread_mutex_unlock(&stand_lock);
}

/* Within a loop it is one of that, as is what has no arena, and stands for others. */
static bool is_on_top(const struct weir_stands *self)
{
    return self->n || !self->asks->arena || !weir_stands_are_looked_at(self->worker);
}

void weir_stands_place(struct weir_stands *self)
{
    self->worker->stands = NULL;
    self->how = is_on_top(self) ? WEIR_ASK_ON_TOP : WEIR_ASK_OPEN;
    if (self->how == WEIR_ASK_ON_TOP)
        weir_stands_push(self, self->worker, self->task, self->asks, self->in);
    else
        ask_among(self);
}

/* Of bytes it is what is counted of who asks. */
static void count_question(struct weir_stand *self)
{
    weir_stage *stage = &self->loop.stage;
    if (self->chain == stage && stage->source->vt->kind != WEIR_KIND_STREAM)
        WEIR_TALLY(stage->n, 1);
}

static void lie_there(struct weir_stands *self)
{
    self->open->nth = ++self->questions;
    lie_open(self, self->open);
}

void weir_stands_answered(struct weir_stands *self)
{
    if (self->how != WEIR_ASK_ALONE && stands(self))
        count_question(stand_top_of(self));
    if (self->how == WEIR_ASK_ON_TOP)
        weir_stands_pop(self, self->worker, self->task);
    else if (self->n)
        mark(self, self->worker);
    else if (stands(self))
        lie_there(self);
    else
        weir_worker_turn_ends(self->worker);
    self->how = WEIR_ASK_ALONE;
}

void weir_stands_forget(const weir_stage *stage)
{
    if (!stage->asked)
        return;
    pthread_mutex_lock(&stand_lock);
    for (struct weir_stands *self = all_asking, *next; self; self = next) {
        struct weir_asked *one = find_asked(self, stage);
        next = self->next;
        if (one && weir_worker_thread(self->worker) == weir_thread_here())
            stand_leave(self, one);
        else if (one)
            one->gone = true;
    }
    pthread_mutex_unlock(&stand_lock);
}

void weir_stands_end(struct weir_stands *self)
{
    pthread_mutex_lock(&stand_lock);
    for (size_t i = 0; i < WEIR_ASKED_MAX; i++)
        if (self->asked[i].chain)
            stand_leave(self, &self->asked[i]);
    pthread_mutex_unlock(&stand_lock);
}
