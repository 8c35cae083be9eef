/* How a task's time is divided among its stages. */

#include "inspect/notes.h"

#include "weir/alloc.h"

static size_t length(const weir_stage *stage)
{
    size_t n = 0;
    for (; stage && n < WEIR_INSPECT_STAGES_MAX; stage = stage->source)
        n++;
    return n;
}

static size_t bytes(size_t n)
{
    return sizeof(struct weir_note) + n * sizeof(struct weir_noted_stage);
}

static void note_stage(struct weir_noted_stage *noted, const weir_stage *stage)
{
    *noted = (struct weir_noted_stage){.stage = stage,
                                       .items = weir_stage_n(stage),
                                       .polls = weir_stage_polls(stage),
                                       .waits = weir_stage_waits(stage)};
}

struct weir_note *weir_note_new(struct weir_accounts *accounts, const weir_task *task)
{
    const weir_stage *stage = &task->future->stage;
    size_t n = length(stage);
    struct weir_note *note = weir_allocate(bytes(n));
    if (!note)
        return NULL;
    *note = (struct weir_note){.state = WEIR_NOTE_UNTIMED, .n = n};
    for (size_t i = n; i--; stage = stage->source) {
        note_stage(&note->stages[i], stage);
        note->stages[i].row = weir_accounts_row(accounts, task->place, stage, i);
        WEIR_TALLY(note->stages[i].row->tasks, 1);
    }
    return note;
}

void weir_note_free(struct weir_note *note)
{
    weir_release(note, bytes(note->n));
}

/* ---- counters ---- */

static void count(uint64_t *counted, uint64_t now, uint64_t *sum)
{
    WEIR_TALLY(*sum, now - *counted);
    *counted = now;
}

void weir_note_count(struct weir_note *note)
{
    note->leaf = note->n - 1;
    for (size_t i = note->n; i--;) {
        struct weir_noted_stage *noted = &note->stages[i];
        uint64_t waits = weir_stage_waits(noted->stage);
        if (waits != noted->waits)
            note->leaf = i;
        count(&noted->items, weir_stage_n(noted->stage), &noted->row->items);
        count(&noted->polls, weir_stage_polls(noted->stage), &noted->row->polls);
        count(&noted->waits, waits, &noted->row->waits);
    }
}

/* ---- time without the processor ---- */

/* Of the one that waits. Others' tasks: those of a source are what it waits for; those of a stage
 * over a source are its own, at work on what that gave. */
static enum weir_share share_of_leaf(const struct weir_note *note)
{
    switch (note->wait_for) {
    case WEIR_WAIT_IO:
    case WEIR_WAIT_TIMER:
        return WEIR_SHARE_SERVED;
    case WEIR_WAIT_ROOM:
        return WEIR_SHARE_BLOCKED;
    case WEIR_WAIT_PEER:
    case WEIR_WAIT_TURN:
        return note->leaf ? WEIR_SHARE_SERVED : WEIR_SHARE_STARVED;
    default:
        return WEIR_SHARE_STARVED;
    }
}

static enum weir_share share_of(const struct weir_note *note, size_t i)
{
    if (note->state == WEIR_NOTE_RUNNABLE)
        return WEIR_SHARE_RUNNABLE;
    if (i == note->leaf)
        return share_of_leaf(note);
    return i > note->leaf ? WEIR_SHARE_STARVED : WEIR_SHARE_BLOCKED;
}

static void close_idle(struct weir_note *note, uint64_t now_ns)
{
    for (size_t i = 0; i < note->n; i++) {
        enum weir_share share = share_of(note, i);
        struct weir_account_row *row = note->stages[i].row;
        WEIR_TALLY(row->open[share].n, 0 - note->scale);
        WEIR_TALLY(row->open[share].since_ns, 0 - note->scale * note->since_ns);
        WEIR_TALLY(row->ns[share], note->scale * (now_ns - note->since_ns));
    }
}

static void open_idle(struct weir_note *note)
{
    for (size_t i = 0; i < note->n; i++) {
        struct weir_open *open = &note->stages[i].row->open[share_of(note, i)];
        WEIR_TALLY(open->n, note->scale);
        WEIR_TALLY(open->since_ns, note->scale * note->since_ns);
    }
}

/* ---- time with it ---- */

static uint64_t self_sum(const struct weir_note *note)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < note->n; i++)
        sum += note->stages[i].row->self_ns;
    return sum;
}

/* While one works, those over it are starved and those below it blocked: each row gets all of it.
 */
static void divide(struct weir_note *note, uint64_t took_ns)
{
    uint64_t sum = self_sum(note), left_ns = took_ns;
    for (size_t i = note->n; i--;) {
        struct weir_account_row *row = note->stages[i].row;
        double part = sum ? (double)row->self_ns / (double)sum : i + 1 == note->n;
        uint64_t own_ns = (uint64_t)((double)took_ns * part);
        own_ns = own_ns < left_ns ? own_ns : left_ns;
        left_ns -= own_ns;
        WEIR_TALLY(row->ns[WEIR_SHARE_BUSY], note->scale * own_ns);
        WEIR_TALLY(row->ns[WEIR_SHARE_STARVED], note->scale * left_ns);
        WEIR_TALLY(row->ns[WEIR_SHARE_BLOCKED], note->scale * (took_ns - own_ns - left_ns));
    }
}

/* In a turn that was not sampled, whoever worked most so far. */
static void note_long(struct weir_note *note)
{
    struct weir_noted_stage *most = &note->stages[note->n - 1];
    for (size_t i = 0; i < note->n; i++) {
        struct weir_noted_stage *one = &note->stages[i];
        if (one->turn_ns > most->turn_ns ||
            (one->turn_ns == most->turn_ns && one->row->self_ns > most->row->self_ns))
            most = one;
    }
    WEIR_TALLY(most->row->long_polls, note->scale);
}

static void close_run(struct weir_note *note, uint64_t now_ns)
{
    uint64_t took_ns = now_ns - note->since_ns;
    divide(note, took_ns);
    if (took_ns > WEIR_INSPECT_LONG_POLL_NS)
        note_long(note);
    for (size_t i = 0; i < note->n; i++)
        note->stages[i].turn_ns = 0;
}

void weir_note_close(struct weir_note *note, uint64_t now_ns)
{
    now_ns = now_ns > note->since_ns ? now_ns : note->since_ns; /* an old stamp */
    if (note->state == WEIR_NOTE_RUNS)
        close_run(note, now_ns);
    else if (note->state != WEIR_NOTE_UNTIMED)
        close_idle(note, now_ns);
    note->state = WEIR_NOTE_UNTIMED;
    note->since_ns = now_ns;
}

void weir_note_open(struct weir_note *note, enum weir_note_state state, uint64_t now_ns)
{
    note->state = state;
    note->since_ns = now_ns;
    if (state == WEIR_NOTE_RUNNABLE || state == WEIR_NOTE_WAITS)
        open_idle(note);
}
