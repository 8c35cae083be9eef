/* A look at one worker: what its tasks do, as it tells. */

#include "inspect/look.h"

#include <string.h>

#include "inspect/knobs.h"
#include "inspect/services.h"
#include "inspect/tap.h"
#include "inspect/trace.h"
#include "task/par.h"
#include "task/stand.h"
#include "weir/alloc.h"

/* Two looks at the clock, a hundred times: a poll that is timed is a hundredth of what comes until
 * the next sample. */
enum { TIMED_NS = 6000 };
enum { SAMPLE_NS = 2000000, SAMPLES_FIRST = 64, SPLIT_NS = 10000000, SLOTS_FIRST = 64 };

static struct weir_looking *look_of(struct weir_look *look)
{
    return WEIR_CONTAINER(look, struct weir_looking, look);
}

uint64_t weir_looking_now_ns(const struct weir_looking *self)
{
    const weir_sys *sys = self->look.worker->sys;
    return sys->now_ns(sys);
}

/* ---- the notes of its tasks ---- */

static bool look_grow(struct weir_looking *self)
{
    uint32_t n = self->n_slots ? 2 * self->n_slots : SLOTS_FIRST;
    struct weir_look_slot *slots = weir_allocate(n * sizeof *slots);
    if (!slots)
        return false;
    if (self->n_slots)
        memcpy(slots, self->slots, self->n_slots * sizeof *slots);
    for (uint32_t i = self->n_slots; i < n; i++)
        slots[i] = (struct weir_look_slot){NULL, i + 1 < n ? i + 2 : 0};
    weir_release(self->slots, self->n_slots * sizeof *slots);
    self->free = self->n_slots + 1;
    self->slots = slots;
    self->n_slots = n;
    return true;
}

static struct weir_note *note_of(const struct weir_looking *self, const weir_task *task)
{
    return task->note ? self->slots[task->note - 1].note : NULL;
}

/* NULL: no memory; this turn is not seen. */
static struct weir_note *look_take_note(struct weir_looking *self, weir_task *task)
{
    if (!self->free && !look_grow(self))
        return NULL;
    struct weir_note *note = weir_note_new(&self->accounts, task);
    if (!note)
        return NULL;
    struct weir_look_slot *slot = &self->slots[self->free - 1];
    task->note = self->free;
    self->free = slot->next;
    slot->note = note;
    note->scale = task->scale;
    return note;
}

static void give_note(struct weir_looking *self, weir_task *task)
{
    struct weir_look_slot *slot = &self->slots[task->note - 1];
    weir_note_free(&self->accounts, slot->note);
    *slot = (struct weir_look_slot){NULL, self->free};
    self->free = task->note;
    task->note = 0;
}

/* ---- the turn, for others ---- */

#define LOOK_PUT(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)

static void look_show(struct weir_looking *self, const struct weir_note *note)
{
    LOOK_PUT(self->turn.since_ns, note->began_ns);
    __atomic_store_n(&self->turn.row, note->stages[note->most].row, __ATOMIC_RELEASE);
}

static void show_stages(struct weir_looking *self, const struct weir_note *note)
{
    for (size_t i = 0; i < WEIR_NOTED_MAX; i++) {
        LOOK_PUT(self->turn.stages[i], i < note->n ? note->stages[i].stage : NULL);
        LOOK_PUT(self->turn.rows[i], i < note->n ? note->stages[i].row : NULL);
    }
}

/* ---- turns that are sampled ---- */

static uint64_t timing_now_ns(struct weir_timing *timing)
{
    return weir_looking_now_ns(WEIR_CONTAINER(timing, struct weir_looking, timing));
}

static struct weir_noted_stage *noted_of(struct weir_note *note, const weir_stage *stage)
{
    for (size_t i = 0; i < note->n; i++)
        if (note->stages[i].stage == stage)
            return &note->stages[i];
    return NULL;
}

/* One of them is shown to who taps this stage. */
static void gave(struct weir_timing *timing, const weir_stream *stream, const void *items, size_t n)
{
    struct weir_looking *self = WEIR_CONTAINER(timing, struct weir_looking, timing);
    struct weir_tap *tap = atomic_load_explicit(&self->tap, memory_order_acquire);
    const struct weir_account_row *row =
        tap ? atomic_load_explicit(&tap->row, memory_order_acquire) : NULL;
    (void)n;
    if (WEIR_LIKELY(!row))
        return;
    const struct weir_noted_stage *noted = noted_of(self->note, &stream->stage);
    if (noted && noted->row == row)
        weir_tap_put(tap, stream->type, items, weir_looking_now_ns(self));
}

/* Of a loop: what lies between two polls of its stream is the body's. */
static void spend_body(struct weir_looking *self, uint64_t until_ns, uint64_t now_ns)
{
    struct weir_noted_stage *body = &self->note->stages[0];
    uint64_t ns = until_ns > self->left_ns ? until_ns - self->left_ns : 0;
    self->left_ns = now_ns;
    if (!body->body)
        return;
    body->turn_ns += ns;
    WEIR_TALLY(body->row->self_ns, ns);
}

static bool spent(struct weir_timing *timing, const weir_stage *stage, uint64_t ns, uint64_t now_ns)
{
    struct weir_looking *self = WEIR_CONTAINER(timing, struct weir_looking, timing);
    struct weir_noted_stage *noted = noted_of(self->note, stage);
    if (!noted)
        return false;
    self->timed_n++;
    noted->turn_ns += ns;
    WEIR_TALLY(noted->row->self_ns, ns);
    if (noted == &self->note->stages[1])
        spend_body(self, now_ns - ns - timing->below_ns, now_ns);
    if (now_ns - self->note->since_ns < SPLIT_NS)
        return true;
    weir_accounts_begin(&self->accounts);
    weir_note_split(self->note, now_ns);
    weir_accounts_end(&self->accounts);
    return true;
}

/* What lies beyond those that are noted is a part of them. */
static void time_stages(const struct weir_note *note, bool timed)
{
    for (size_t i = 0; i < note->n; i++) {
        weir_stage *stage = note->stages[i].stage;
        if (stage && stage->vt->kind == WEIR_KIND_STREAM)
            weir_stream_time((weir_stream *)stage, timed);
    }
}

static WEIR_ASIDE void sample(struct weir_looking *self, uint64_t now_ns)
{
    self->sampled = true;
    self->timed_n = 0;
    self->sample_due_ns = now_ns + SAMPLE_NS;
    self->note->stages[0].row->samples++;
    self->accounts.samples++;
    self->timing.below_ns = 0;
    self->left_ns = now_ns;
    self->look.worker->cx.timing = &self->timing;
    show_stages(self, self->note);
    weir_note_sample(self->note);
    time_stages(self->note, true);
}

static WEIR_ASIDE void sampled(struct weir_looking *self)
{
    uint64_t now_ns = weir_looking_now_ns(self);
    spend_body(self, now_ns, now_ns);
    if (self->timed_n * TIMED_NS > SAMPLE_NS)
        self->sample_due_ns = now_ns + self->timed_n * TIMED_NS;
    weir_note_miss(self->note);
    time_stages(self->note, false);
    weir_note_sampled(self->note);
    if (self->turn.row)
        look_show(self, self->note);
    self->look.worker->cx.timing = NULL;
    self->sampled = false;
}

static void polled(struct weir_look *look, weir_task *task)
{
    struct weir_looking *self = look_of(look);
    (void)task;
    if (WEIR_UNLIKELY(self->sampled))
        sampled(self);
}

/* ---- what a stage has several of at once ---- */

static uint64_t serving_begins(struct weir_serving *serving, struct weir_errand *errand)
{
    uint64_t now_ns = weir_looking_now_ns(WEIR_CONTAINER(serving, struct weir_looking, serving));
    if (!errand->since_ns)
        *errand = (struct weir_errand){.since_ns = now_ns};
    return now_ns;
}

/* A batch stands for its items. */
static void look_add_service(struct weir_account_row *row, const struct weir_errand *errand,
                             uint64_t took_ns, const weir_type *type, const void *out)
{
    uint64_t cpu_ns = errand->cpu_ns, items = 1;
    if (out && type == &weir_type_batch) {
        const struct weir_batch *batch = *(struct weir_batch *const *)out;
        items = batch->items ? batch->items : 1;
        cpu_ns = batch->took_ns;
    }
    cpu_ns = cpu_ns < took_ns ? cpu_ns : took_ns;
    weir_services_add(row, cpu_ns / items, (took_ns - cpu_ns) / items);
}

static void serving_ends(struct weir_serving *serving, struct weir_errand *errand, uint64_t from_ns,
                         const weir_stage *stage, const weir_type *type, bool over, const void *out)
{
    struct weir_looking *self = WEIR_CONTAINER(serving, struct weir_looking, serving);
    uint64_t now_ns = weir_looking_now_ns(self);
    errand->cpu_ns += now_ns - from_ns;
    if (!over)
        return;
    struct weir_noted_stage *noted = self->note ? noted_of(self->note, stage) : NULL;
    errand->cpu_ns = serving->elsewhere_ns ? serving->elsewhere_ns : errand->cpu_ns;
    serving->elsewhere_ns = 0;
    if (noted)
        look_add_service(noted->row, errand, now_ns - errand->since_ns, type, out);
    errand->since_ns = 0;
}

/* ---- what a task does ---- */

static void become(struct weir_looking *self, struct weir_note *note, enum weir_note_state state,
                   uint64_t now_ns)
{
    weir_accounts_begin(&self->accounts);
    weir_note_close(note, now_ns);
    weir_note_open(note, state, note->since_ns);
    weir_accounts_end(&self->accounts);
}

/* Something else comes before the turn of the one that was woken. */
static WEIR_ASIDE void wake_now(struct weir_looking *self)
{
    weir_task *task = self->look.woken;
    uint64_t woken_ns = self->look.woken_ns;
    self->look.woken = NULL;
    become(self, note_of(self, task), WEIR_NOTE_RUNNABLE, woken_ns);
    LOOK_PUT(self->look.woken_ns, 0);
}

static void look_pauses(struct weir_look *look)
{
    if (look->woken)
        wake_now(look_of(look));
}

static WEIR_ASIDE struct weir_note *note_first(struct weir_looking *self, weir_task *task,
                                               uint64_t ready_ns)
{
    weir_accounts_begin(&self->accounts);
    struct weir_note *note = look_take_note(self, task);
    if (note)
        weir_note_open(note, WEIR_NOTE_RUNNABLE, ready_ns);
    weir_accounts_end(&self->accounts);
    return note;
}

static struct weir_note *note_it(struct weir_looking *self, weir_task *task, uint64_t ready_ns)
{
    struct weir_note *note = note_of(self, task);
    return WEIR_LIKELY(note != NULL) ? note : note_first(self, task, ready_ns);
}

/* The first turns of a place all are: what is short is seen as a whole, and so is one that never
 * ends. */
static bool is_sampled(const struct weir_looking *self, const struct weir_note *note,
                       uint64_t now_ns)
{
    return now_ns >= self->sample_due_ns || note->stages[0].row->samples < SAMPLES_FIRST;
}

static WEIR_COLD void look_trace(struct weir_trace *to, enum weir_trace_kind kind,
                                 const weir_task *task, uint64_t at_ns, uint64_t ready_ns)
{
    weir_trace_put(to, &(struct weir_trace_event){.kind = kind,
                                                  .at_ns = at_ns,
                                                  .ready_ns = ready_ns,
                                                  .task = task->number,
                                                  .place = task->place,
                                                  .stage = weir_stage_name(weir_task_chain(task))});
}

/* Who reads a trace is told. */
static inline void trace(struct weir_looking *self, enum weir_trace_kind kind,
                         const weir_task *task, uint64_t at_ns, uint64_t ready_ns)
{
    struct weir_trace *to = atomic_load_explicit(&self->trace, memory_order_acquire);
    if (WEIR_UNLIKELY(to && atomic_load_explicit(&to->on, memory_order_relaxed)))
        look_trace(to, kind, task, at_ns, ready_ns);
}

static WEIR_ASIDE struct weir_note *look_renew(struct weir_looking *self, weir_task *task,
                                               struct weir_note *note)
{
    return self->slots[task->note - 1].note = weir_note_renew(&self->accounts, note, task);
}

/* A fiber of it may wait for another chain since. */
static inline struct weir_note *renewed(struct weir_looking *self, weir_task *task,
                                        struct weir_note *note)
{
    return WEIR_UNLIKELY(weir_note_is_old(note)) ? look_renew(self, task, note) : note;
}

static void look_begins(struct weir_look *look, weir_task *task, uint64_t ready_ns, uint64_t now_ns)
{
    struct weir_looking *self = look_of(look);
    polled(look, task); /* a thread that waits turns others within its own turn */
    struct weir_note *note = note_it(self, task, ready_ns);
    if (WEIR_UNLIKELY(look->woken && look->woken != task))
        wake_now(self);
    trace(self, WEIR_TRACE_BEGINS, task, now_ns, ready_ns);
    self->note = note;
    if (!note)
        return;
    note->scale = task->scale;
    weir_accounts_begin(&self->accounts);
    weir_note_run(note, look->woken ? ready_ns : now_ns, now_ns);
    look->woken = NULL;
    LOOK_PUT(look->woken_ns, 0);
    if (note->scale > 1) { /* turns went by that were not told */
        weir_note_miss(note);
        weir_note_count(note);
    }
    if (note->holds)
        weir_note_hold(note, note->since_ns);
    self->note = note = renewed(self, task, note);
    weir_accounts_end(&self->accounts);
    if (is_sampled(self, note, now_ns))
        sample(self, now_ns);
    if (!look->exact)
        return;
    look->worker->cx.serving = &self->serving;
    look_show(self, note);
}

/* Does that next. NULL: it has no note. */
static inline struct weir_note *turn_over(struct weir_looking *self, weir_task *task,
                                          uint64_t now_ns, enum weir_note_state next)
{
    struct weir_note *note = note_of(self, task);
    trace(self, WEIR_TRACE_ENDS, task, now_ns, 0);
    if (WEIR_UNLIKELY(!note))
        return NULL;
    polled(&self->look, task); /* what there was no scratch for was not */
    self->look.worker->cx.serving = NULL;
    LOOK_PUT(self->turn.row, NULL);
    self->note = NULL;
    weir_accounts_begin(&self->accounts);
    weir_note_miss(note);
    note = renewed(self, task, note);
    weir_note_turn_over(note, &self->look.worker->cx, now_ns, next);
    if (note->holds)
        weir_note_hold(note, note->since_ns);
    return note;
}

static void look_ends(struct weir_look *look, weir_task *task, uint64_t now_ns)
{
    struct weir_looking *self = look_of(look);
    if (turn_over(self, task, now_ns, WEIR_NOTE_UNTIMED))
        weir_accounts_end(&self->accounts);
}

static void look_turned(struct weir_look *look, weir_task *task, uint64_t now_ns, bool ready)
{
    struct weir_looking *self = look_of(look);
    if (!turn_over(self, task, now_ns, ready ? WEIR_NOTE_RUNNABLE : WEIR_NOTE_WAITS))
        return;
    weir_accounts_end(&self->accounts);
    if (ready)
        trace(self, WEIR_TRACE_READY, task, now_ns, 0);
}

static void look_goes_on(struct weir_look *look, weir_task *task, bool ready)
{
    struct weir_looking *self = look_of(look);
    struct weir_note *note = note_of(self, task);
    note->scale = task->scale;
    if (note->scale && ready)
        trace(self, WEIR_TRACE_READY, task, task->stamp_ns, 0);
    if (!note->scale)
        return;
    weir_accounts_begin(&self->accounts);
    weir_note_open(note, ready ? WEIR_NOTE_RUNNABLE : WEIR_NOTE_WAITS, task->stamp_ns);
    weir_accounts_end(&self->accounts);
}

static void look_woken(struct weir_look *look, weir_task *task, uint64_t now_ns)
{
    struct weir_looking *self = look_of(look);
    struct weir_note *note = note_of(self, task);
    trace(self, WEIR_TRACE_READY, task, now_ns, 0);
    become(self, note, WEIR_NOTE_RUNNABLE, now_ns);
}

static void look_gone(struct weir_look *look, weir_task *task, uint64_t now_ns)
{
    struct weir_looking *self = look_of(look);
    struct weir_note *note = note_of(self, task);
    if (look->woken == task)
        wake_now(self);
    weir_accounts_begin(&self->accounts);
    weir_note_miss(note);
    weir_note_close(note, now_ns);
    weir_note_count(note);
    weir_note_let_go(note, note->since_ns);
    weir_accounts_end(&self->accounts);
    give_note(self, task);
}

static void forgets(struct weir_look *look, weir_task *task)
{
    weir_note_forget(note_of(look_of(look), task));
}

/* In a turn that is not timed that is missed. */
void weir_looking_drops(const weir_stage *stage)
{
    if (stage->asked)
        weir_stands_forget(stage);
    struct weir_look *look = weir_worker_here ? weir_worker_here->look : NULL;
    struct weir_looking *self = look ? look_of(look) : NULL;
    if (!self || !self->note)
        return;
    weir_accounts_begin(&self->accounts);
    weir_note_drop(self->note, stage);
    weir_accounts_end(&self->accounts);
}

/* ---- all of them at once: from now on every cycle is timed, or one in so many again ---- */

static enum weir_note_state look_state_of(weir_task *task)
{
    unsigned state = atomic_load_explicit(&task->state, memory_order_relaxed);
    if (task->polled)
        return WEIR_NOTE_RUNS;
    return state == WEIR_TASK_IDLE ? WEIR_NOTE_WAITS : WEIR_NOTE_RUNNABLE;
}

/* One that nothing was told of yet. */
static struct weir_note *note_late(struct weir_looking *self, weir_task *task)
{
    struct weir_note *note = look_take_note(self, task);
    if (note && task->turns)
        weir_note_guess(note, task);
    return note;
}

static void time_task(struct weir_looking *self, weir_task *task, uint64_t now_ns)
{
    struct weir_note *note = note_of(self, task);
    note = note ? note : note_late(self, task);
    if (!note)
        return;
    weir_note_miss(note);
    weir_note_hold(note, now_ns);
    task->stamp_ns = now_ns;
    task->scale = 1;
    note->scale = 1;
    note->since_ns = now_ns;
    weir_note_open(note, look_state_of(task), now_ns);
}

static void look_close_all(struct weir_looking *self, uint64_t now_ns)
{
    for (uint32_t i = 0; i < self->n_slots; i++)
        if (self->slots[i].note)
            weir_note_close(self->slots[i].note, now_ns);
}

static void look_attach(struct weir_look *look, bool exact)
{
    struct weir_looking *self = look_of(look);
    uint64_t now_ns = weir_looking_now_ns(self);
    look_pauses(look);
    weir_accounts_begin(&self->accounts);
    if (exact)
        look_close_all(self, now_ns);
    weir_accounts_set_exact(&self->accounts, exact);
    for (weir_task *task = look->worker->tasks; exact && task; task = task->next)
        if (weir_task_chain(task))
            time_task(self, task, now_ns);
    weir_accounts_end(&self->accounts);
}

/* ---- */

static const struct weir_look_ops look_ops = {
    .begins = look_begins,
    .polled = polled,
    .ends = look_ends,
    .turned = look_turned,
    .goes_on = look_goes_on,
    .woken = look_woken,
    .gone = look_gone,
    .forgets = forgets,
    .attach = look_attach,
    .pauses = look_pauses,
};

struct weir_looking *weir_looking_at(weir_rt *rt, size_t worker)
{
    struct weir_looker *looker = atomic_load(&rt->looker);
    if (!looker || worker >= WEIR_WORKERS_MAX)
        return NULL;
    struct weir_inspector *all = WEIR_CONTAINER(looker, struct weir_inspector, looker);
    return atomic_load_explicit(&all->looks[worker], memory_order_acquire);
}

void *weir_looking_keep(_Atomic(void *) *at, size_t size)
{
    void *kept = atomic_load(at);
    if (kept)
        return kept;
    kept = weir_allocate(size);
    if (!kept)
        return NULL;
    memset(kept, 0, size);
    atomic_store_explicit(at, kept, memory_order_release);
    return kept;
}

struct weir_looking *weir_looking_new(weir_worker *worker)
{
    struct weir_looking *self = weir_allocate(sizeof *self);
    if (!self)
        return NULL;
    memset(self, 0, sizeof *self);
    self->look = (struct weir_look){.ops = &look_ops, .worker = worker};
    self->timing = (struct weir_timing){.now_ns = timing_now_ns, .spent = spent, .gave = gave};
    self->serving = (struct weir_serving){.begins = serving_begins, .ends = serving_ends};
    return self;
}

void weir_looking_drop(struct weir_looking *self)
{
    weir_note_free_spare(&self->accounts);
    weir_services_free(&self->accounts);
    weir_knobs_drop(&self->accounts);
    weir_trace_drop(atomic_load(&self->trace));
    weir_tap_drop(atomic_load(&self->tap));
    weir_release(self->slots, self->n_slots * sizeof *self->slots);
    weir_release(self, sizeof *self);
}
