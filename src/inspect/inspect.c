/* The inspector of a runtime: a look at each of its workers, and what is read of all of them. */

#include "weir/inspect.h"

#include <string.h>

#include "inspect/notes.h"
#include "task/workers.h"
#include "weir/alloc.h"

enum { SAMPLE_NS = 2000000, SLOTS_FIRST = 64 };

/* Of a task; or the next one that is free, from 1. */
struct slot {
    struct weir_note *note;
    uint32_t next;
};

/* Of one worker. */
struct look {
    struct weir_look look;
    struct weir_timing timing;
    struct weir_note *sampled; /* whose turn it is; NULL: it is not sampled */
    uint64_t sample_due_ns;
    struct slot *slots; /* by weir_task.note - 1 */
    uint32_t n_slots, free;
    struct weir_accounts accounts;
};

struct inspector {
    struct weir_looker looker;
    _Atomic(struct look *) looks[WEIR_WORKERS_MAX];
};

static struct look *look_of(struct weir_look *look)
{
    return WEIR_CONTAINER(look, struct look, look);
}

/* ---- the notes of a worker ---- */

static bool grow(struct look *self)
{
    uint32_t n = self->n_slots ? 2 * self->n_slots : SLOTS_FIRST;
    struct slot *slots = weir_allocate(n * sizeof *slots);
    if (!slots)
        return false;
    if (self->n_slots)
        memcpy(slots, self->slots, self->n_slots * sizeof *slots);
    for (uint32_t i = self->n_slots; i < n; i++)
        slots[i] = (struct slot){NULL, i + 1 < n ? i + 2 : 0};
    weir_release(self->slots, self->n_slots * sizeof *slots);
    self->free = self->n_slots + 1;
    self->slots = slots;
    self->n_slots = n;
    return true;
}

static struct weir_note *note_of(const struct look *self, const weir_task *task)
{
    return task->note ? self->slots[task->note - 1].note : NULL;
}

/* NULL: no memory; this turn is not seen. */
static struct weir_note *take_note(struct look *self, weir_task *task, uint64_t ready_ns)
{
    if (!self->free && !grow(self))
        return NULL;
    struct weir_note *note = weir_note_new(&self->accounts, task);
    if (!note)
        return NULL;
    struct slot *slot = &self->slots[self->free - 1];
    task->note = self->free;
    self->free = slot->next;
    slot->note = note;
    note->scale = task->scale;
    weir_note_open(note, WEIR_NOTE_RUNNABLE, ready_ns);
    return note;
}

static void give_note(struct look *self, weir_task *task)
{
    struct slot *slot = &self->slots[task->note - 1];
    weir_note_free(slot->note);
    *slot = (struct slot){NULL, self->free};
    self->free = task->note;
    task->note = 0;
}

/* ---- turns that are sampled ---- */

static uint64_t timing_now_ns(struct weir_timing *timing)
{
    const struct look *self = WEIR_CONTAINER(timing, struct look, timing);
    const weir_sys *sys = self->look.worker->sys;
    return sys->now_ns(sys);
}

static void spent(struct weir_timing *timing, const weir_stage *stage, uint64_t ns)
{
    struct weir_note *note = WEIR_CONTAINER(timing, struct look, timing)->sampled;
    size_t i = note->n - 1;
    while (i && note->stages[i].stage != stage)
        i--;
    note->stages[i].turn_ns += ns;
    note->stages[i].row->self_ns += ns;
}

/* From its source to its consumer. What lies beyond the first that is noted is a part of that. */
static void time_stages(const struct weir_note *note, const weir_task *task, bool timed)
{
    weir_stage *stage = &task->future->stage;
    for (size_t i = note->n; i--; stage = stage->source)
        if (stage->vt->kind == WEIR_KIND_STREAM)
            weir_stream_time((weir_stream *)stage, timed);
}

static void sample(struct look *self, const weir_task *task, struct weir_note *note,
                   uint64_t now_ns)
{
    self->sampled = note;
    self->sample_due_ns = now_ns + SAMPLE_NS;
    self->timing.below_ns = 0;
    self->look.worker->cx.timing = &self->timing;
    time_stages(note, task, true);
}

static void polled(struct weir_look *look, weir_task *task)
{
    struct look *self = look_of(look);
    if (WEIR_LIKELY(!self->sampled))
        return;
    time_stages(self->sampled, task, false);
    self->look.worker->cx.timing = NULL;
    self->sampled = NULL;
}

/* ---- what a task does ---- */

static void become(struct look *self, struct weir_note *note, enum weir_note_state state,
                   uint64_t now_ns)
{
    weir_accounts_begin(&self->accounts);
    weir_note_close(note, now_ns);
    weir_note_open(note, state, note->since_ns);
    weir_accounts_end(&self->accounts);
}

static struct weir_note *note_it(struct look *self, weir_task *task, uint64_t ready_ns)
{
    struct weir_note *note = note_of(self, task);
    if (WEIR_LIKELY(note != NULL))
        return note;
    weir_accounts_begin(&self->accounts);
    note = take_note(self, task, ready_ns);
    weir_accounts_end(&self->accounts);
    return note;
}

static void begins(struct weir_look *look, weir_task *task, uint64_t ready_ns, uint64_t now_ns)
{
    struct look *self = look_of(look);
    struct weir_note *note = note_it(self, task, ready_ns);
    if (!note)
        return;
    note->scale = task->scale;
    become(self, note, WEIR_NOTE_RUNS, now_ns);
    if (now_ns >= self->sample_due_ns)
        sample(self, task, note, now_ns);
}

static void ends(struct weir_look *look, weir_task *task, uint64_t now_ns)
{
    struct look *self = look_of(look);
    struct weir_note *note = note_of(self, task);
    if (!note)
        return;
    weir_accounts_begin(&self->accounts);
    weir_note_close(note, now_ns);
    weir_note_count(note);
    weir_accounts_end(&self->accounts);
    note->wait_for = look->worker->cx.wait_for;
}

static void goes_on(struct weir_look *look, weir_task *task, bool ready)
{
    struct look *self = look_of(look);
    struct weir_note *note = note_of(self, task);
    note->scale = task->scale;
    if (note->scale)
        become(self, note, ready ? WEIR_NOTE_RUNNABLE : WEIR_NOTE_WAITS, task->stamp_ns);
}

static void woken(struct weir_look *look, weir_task *task, uint64_t now_ns)
{
    struct look *self = look_of(look);
    become(self, note_of(self, task), WEIR_NOTE_RUNNABLE, now_ns);
}

static void gone(struct weir_look *look, weir_task *task, uint64_t now_ns)
{
    struct look *self = look_of(look);
    struct weir_note *note = note_of(self, task);
    weir_accounts_begin(&self->accounts);
    weir_note_close(note, now_ns);
    weir_note_count(note);
    weir_accounts_end(&self->accounts);
    give_note(self, task);
}

static const struct weir_look_ops look_ops = {begins, polled, ends, goes_on, woken, gone};

/* ---- a runtime's ---- */

static struct weir_look *open_look(struct weir_looker *looker, weir_worker *worker)
{
    struct inspector *self = WEIR_CONTAINER(looker, struct inspector, looker);
    struct look *look = weir_allocate(sizeof *look);
    if (!look)
        return NULL;
    memset(look, 0, sizeof *look);
    look->look = (struct weir_look){&look_ops, worker};
    look->timing = (struct weir_timing){timing_now_ns, spent, 0};
    atomic_store_explicit(&self->looks[worker->index], look, memory_order_release);
    return &look->look;
}

/* The tasks are gone, and with them their notes. */
static void drop_look(struct look *look)
{
    weir_release(look->slots, look->n_slots * sizeof *look->slots);
    weir_release(look, sizeof *look);
}

static void drop(struct weir_looker *looker)
{
    struct inspector *self = WEIR_CONTAINER(looker, struct inspector, looker);
    for (size_t i = 0; i < WEIR_WORKERS_MAX; i++)
        if (self->looks[i])
            drop_look(self->looks[i]);
    weir_release(self, sizeof *self);
}

bool weir_inspect_start(weir_rt *rt, weir_error *error)
{
    struct weir_looker *none = NULL;
    if (atomic_load(&rt->looker))
        return true;
    struct inspector *self = weir_allocate(sizeof *self);
    if (!self) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for an inspector (%zu bytes)",
                       sizeof *self);
        return false;
    }
    memset(self, 0, sizeof *self);
    self->looker.open = open_look;
    self->looker.drop = drop;
    if (!atomic_compare_exchange_strong(&rt->looker, &none, &self->looker))
        weir_release(self, sizeof *self); /* another thread was first */
    return true;
}

void weir_inspect_attach(weir_rt *rt, bool exact)
{
    struct weir_looker *looker = atomic_load(&rt->looker);
    if (looker)
        atomic_store_explicit(&looker->exact, exact, memory_order_relaxed);
}

static size_t read_all(struct inspector *self, weir_inspect_row *rows)
{
    size_t n = 0;
    for (size_t i = 0; i < WEIR_WORKERS_MAX; i++) {
        struct look *look = atomic_load_explicit(&self->looks[i], memory_order_acquire);
        if (look)
            n = weir_accounts_read(&look->accounts, timing_now_ns(&look->timing), rows, n);
    }
    return n;
}

size_t weir_inspect_snapshot(weir_rt *rt, weir_inspect_row *rows, size_t n)
{
    struct weir_looker *looker = atomic_load(&rt->looker);
    if (!looker)
        return 0;
    struct inspector *self = WEIR_CONTAINER(looker, struct inspector, looker);
    if (n >= WEIR_INSPECT_ROWS_MAX)
        return read_all(self, rows);
    weir_inspect_row all[WEIR_INSPECT_ROWS_MAX];
    size_t there = read_all(self, all);
    memcpy(rows, all, (there < n ? there : n) * sizeof *rows);
    return there;
}

size_t weir_inspect_service(weir_rt *rt, const weir_site *place, const char *stage, uint64_t index,
                            weir_service *out, size_t n)
{
    (void)rt;
    (void)place;
    (void)stage;
    (void)index;
    (void)out;
    (void)n;
    return 0;
}

size_t weir_inspect_running(weir_rt *rt, weir_inspect_turn *out, size_t n)
{
    (void)rt;
    (void)out;
    (void)n;
    return 0;
}
