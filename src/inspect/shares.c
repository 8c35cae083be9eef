/* How a task's time is divided among its stages. */

#include "inspect/notes.h"
#include "inspect/services.h"

/* ---- time without the processor ---- */

static enum weir_share share_of(const struct weir_note *note, size_t i)
{
    return note->state == WEIR_NOTE_RUNNABLE ? WEIR_SHARE_RUNNABLE : note->stages[i].share;
}

/* How many tasks wait for what: n more of them, or fewer. */
static void tally_wait(const struct weir_note *note, uint64_t n)
{
    struct weir_open *waits = &note->stages[note->leaf].row->leaf[note->waits_for];
    if (note->state != WEIR_NOTE_WAITS)
        return;
    WEIR_TALLY(waits->n, n);
    WEIR_TALLY(waits->since_ns, n * note->since_ns);
}

static void shares_close_idle(struct weir_note *note, uint64_t now_ns)
{
    uint64_t took_ns = now_ns - note->since_ns;
    tally_wait(note, 0 - note->scale);
    for (size_t i = 0; i < note->n; i++) {
        enum weir_share share = share_of(note, i);
        struct weir_account_row *row = note->stages[i].row;
        WEIR_TALLY(row->open[share].n, 0 - note->scale);
        WEIR_TALLY(row->open[share].since_ns, 0 - note->scale * note->since_ns);
        WEIR_TALLY(row->ns[share], note->scale * took_ns);
        if (share == WEIR_SHARE_SERVED)
            note->stages[i].served_ns += note->scale * took_ns;
    }
}

static void open_idle(struct weir_note *note)
{
    tally_wait(note, note->scale);
    for (size_t i = 0; i < note->n; i++) {
        struct weir_open *open = &note->stages[i].row->open[share_of(note, i)];
        WEIR_TALLY(open->n, note->scale);
        WEIR_TALLY(open->since_ns, note->scale * note->since_ns);
    }
}

/* ---- time with it ---- */

/* Of a turn: what those took that one of its stages reads from, those that it writes to, and those
 * over it. */
struct shares_parts {
    double from, to, above;
};

/* As it was sampled itself; else as those before were. Without samples the consumer took all. */
static void find_own(struct weir_note *note)
{
    uint64_t turn = 0, all = 0;
    for (size_t i = 0; i < note->n; i++) {
        turn += note->stages[i].turn_ns;
        all += note->stages[i].row->self_ns;
    }
    for (size_t i = 0; i < note->n; i++) {
        struct weir_noted_stage *noted = &note->stages[i];
        uint64_t own = turn ? noted->turn_ns : noted->row->self_ns;
        noted->own = all ? (double)own / (double)(turn ? turn : all) : !i;
    }
}

static uint64_t shares_take(uint64_t *left_ns, uint64_t took_ns, double part)
{
    uint64_t ns = (uint64_t)((double)took_ns * part);
    ns = ns < *left_ns ? ns : *left_ns;
    *left_ns -= ns;
    return ns;
}

static void add_up(const struct weir_note *note, struct shares_parts *parts)
{
    for (size_t i = 0; i < note->n; i++)
        parts[i] = (struct shares_parts){0, 0, 0};
    for (size_t i = note->n; --i > 0;) {
        const struct weir_noted_stage *noted = &note->stages[i];
        struct shares_parts *over = &parts[noted->over];
        *(noted->sink ? &over->to : &over->from) += noted->own + parts[i].from + parts[i].to;
    }
    for (size_t i = 1; i < note->n; i++) {
        size_t over = note->stages[i].over;
        parts[i].above = parts[over].above + note->stages[over].own;
    }
}

/* They are another turn's too, until one is sampled. */
static void find_parts(struct weir_note *note)
{
    struct shares_parts parts[WEIR_NOTED_MAX];
    find_own(note);
    add_up(note, parts);
    for (size_t i = 0; i < note->n; i++) {
        struct weir_noted_stage *noted = &note->stages[i];
        noted->starved = parts[i].from + (noted->sink ? parts[i].above : 0);
        noted->blocked = parts[i].to + (noted->sink ? 0 : parts[i].above);
    }
    note->parted = note->sampled ? UINT64_MAX : note->accounts->samples;
}

/* While one works, those that it gives to are starved, and those that give to it blocked; whoever
 * stands beside it does what it did. Each row gets all of it. */
static void divide(struct weir_note *note, uint64_t took_ns)
{
    if (WEIR_UNLIKELY(note->parted != note->accounts->samples))
        find_parts(note);
    for (size_t i = 0; i < note->n; i++) {
        struct weir_noted_stage *noted = &note->stages[i];
        uint64_t left_ns = took_ns, *ns = noted->row->ns;
        uint64_t own_ns = shares_take(&left_ns, took_ns, noted->own);
        noted->ran_ns += own_ns;
        WEIR_TALLY(ns[WEIR_SHARE_BUSY], note->scale * own_ns);
        WEIR_TALLY(ns[WEIR_SHARE_STARVED],
                   note->scale * shares_take(&left_ns, took_ns, noted->starved));
        WEIR_TALLY(ns[WEIR_SHARE_BLOCKED],
                   note->scale * shares_take(&left_ns, took_ns, noted->blocked));
        WEIR_TALLY(ns[noted->share], note->scale * left_ns);
    }
}

/* In a turn that was not sampled, whoever worked most so far. */
static void note_long(struct weir_note *note)
{
    struct weir_noted_stage *most = &note->stages[note->most];
    for (size_t i = 0; i < note->n; i++)
        if (note->stages[i].turn_ns > most->turn_ns)
            most = &note->stages[i];
    WEIR_TALLY(most->row->long_polls, note->scale);
}

void weir_note_close(struct weir_note *note, uint64_t now_ns)
{
    now_ns = now_ns > note->since_ns ? now_ns : note->since_ns; /* an old stamp */
    if (note->state == WEIR_NOTE_RUNS)
        divide(note, now_ns - note->since_ns);
    else if (note->state != WEIR_NOTE_UNTIMED)
        shares_close_idle(note, now_ns);
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

void weir_note_split(struct weir_note *note, uint64_t now_ns)
{
    weir_note_close(note, now_ns);
    weir_note_count_items(note);
    weir_note_open(note, WEIR_NOTE_RUNS, note->since_ns);
}

/* ---- how long an item takes ---- */

/* What one service is: an item; a fill or a write, where it is of bytes. */
static uint64_t shares_done(const struct weir_noted_stage *noted)
{
    const weir_stage *stage = noted->stage;
    return __atomic_load_n(noted->stream ? &stage->n : &stage->polls_less_n, __ATOMIC_RELAXED);
}

void weir_note_sample(struct weir_note *note)
{
    note->sampled = true;
    note->parted = UINT64_MAX;
    for (size_t i = 0; i < note->n; i++) {
        struct weir_noted_stage *noted = &note->stages[i];
        noted->turn_done = noted->stage ? shares_done(noted) : 0;
        if (!noted->served_before)
            noted->served_before = noted->turn_done;
    }
}

/* Of one that has no items of its own at work: those have times of their own. */
static void shares_add_service(struct weir_noted_stage *noted, uint64_t cpu_ns, uint64_t since)
{
    weir_services_add(noted->row, cpu_ns, noted->served_ns / since);
    noted->served_ns = noted->ran_ns = 0;
    noted->served_before += since;
}

/* Of a turn that was sampled. */
static void note_service(struct weir_noted_stage *noted)
{
    uint64_t all = shares_done(noted), before = noted->turn_done;
    if (noted->holding.limit || all <= before)
        return;
    noted->served_before = noted->served_before < all ? noted->served_before : before;
    shares_add_service(noted, noted->turn_ns / (all - before), all - noted->served_before);
}

/* Turns that are sampled are the long ones: where all are timed, each counts. */
static void note_turn(struct weir_noted_stage *noted)
{
    uint64_t all = shares_done(noted);
    if (!noted->served_before)
        noted->served_before = all;
    if (!noted->holding.limit && all > noted->served_before)
        shares_add_service(noted, noted->ran_ns / (all - noted->served_before),
                           all - noted->served_before);
}

void weir_note_sampled(struct weir_note *note)
{
    for (size_t i = 0; i < note->n; i++) {
        if (note->stages[i].row->self_ns > note->stages[note->most].row->self_ns)
            note->most = i;
        if (note->stages[i].stage && note->scale > 1)
            note_service(&note->stages[i]);
    }
}

void weir_note_turn_over(struct weir_note *note, uint64_t now_ns)
{
    weir_note_close(note, now_ns);
    if (note->since_ns - note->began_ns > WEIR_INSPECT_LONG_POLL_NS)
        note_long(note);
    note->sampled = false;
    for (size_t i = 0; i < note->n; i++) {
        note->stages[i].turn_ns = 0;
        if (note->stages[i].stage && note->scale == 1)
            note_turn(&note->stages[i]);
    }
}
