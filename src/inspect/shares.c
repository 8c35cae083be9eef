/* How a task's time is divided among its stages. */

#include "inspect/shares.h"

/* ---- time without the processor ---- */

/* It was ready behind that, until its turn begins. */
static void shares_close_idle(struct weir_note *note, uint64_t until_ns, uint64_t now_ns)
{
    const struct weir_noted_stage *end = note->stages + note->n;
    bool ready = note->state == WEIR_NOTE_RUNNABLE;
    uint64_t scale = note->scale, since_ns = scale * note->since_ns,
             took_ns = scale * until_ns - since_ns, ready_ns = scale * (now_ns - until_ns);
    if (!ready)
        weir_shares_wait(note, 0 - scale);
    for (struct weir_noted_stage *noted = note->stages; noted < end; noted++) {
        enum weir_share share = ready ? WEIR_SHARE_RUNNABLE : noted->share;
        struct weir_account_row *row = noted->row;
        WEIR_TALLY(row->open[share].n, 0 - scale);
        WEIR_TALLY(row->open[share].since_ns, 0 - since_ns);
        WEIR_TALLY(row->ns[share], took_ns);
        WEIR_TALLY(row->ns[WEIR_SHARE_RUNNABLE], ready_ns);
        noted->served_ns += share == WEIR_SHARE_SERVED ? took_ns : 0;
    }
}

static void open_idle(struct weir_note *note)
{
    const struct weir_noted_stage *end = note->stages + note->n;
    bool ready = note->state == WEIR_NOTE_RUNNABLE;
    uint64_t scale = note->scale, since_ns = scale * note->since_ns;
    if (!ready)
        weir_shares_wait(note, scale);
    for (struct weir_noted_stage *noted = note->stages; noted < end; noted++)
        weir_shares_open(noted, ready, scale, since_ns);
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

void weir_shares_find(struct weir_note *note)
{
    if (WEIR_UNLIKELY(note->parted != note->accounts->samples))
        find_parts(note);
}

static void divide_all(struct weir_note *note, uint64_t took_ns)
{
    weir_shares_find(note);
    for (size_t i = 0; i < note->n; i++)
        weir_shares_divide(&note->stages[i], took_ns * note->scale);
}

/* ---- what a task does ---- */

static uint64_t later(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns > b_ns ? a_ns : b_ns;
}

void weir_note_close(struct weir_note *note, uint64_t now_ns)
{
    now_ns = later(now_ns, note->since_ns); /* an old stamp */
    if (note->state == WEIR_NOTE_RUNS)
        divide_all(note, now_ns - note->since_ns);
    else if (note->state != WEIR_NOTE_UNTIMED)
        shares_close_idle(note, now_ns, now_ns);
    note->state = WEIR_NOTE_UNTIMED;
    note->since_ns = now_ns;
}

void weir_note_run(struct weir_note *note, uint64_t ready_ns, uint64_t now_ns)
{
    now_ns = later(now_ns, note->since_ns);
    ready_ns = later(ready_ns, note->since_ns);
    if (WEIR_LIKELY(note->state == WEIR_NOTE_WAITS))
        shares_close_idle(note, ready_ns < now_ns ? ready_ns : now_ns, now_ns);
    else
        weir_note_close(note, now_ns);
    note->state = WEIR_NOTE_RUNS;
    note->since_ns = note->began_ns = now_ns;
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
