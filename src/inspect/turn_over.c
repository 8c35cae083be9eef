/* What a turn came to: what its stages counted, which of them wait, how long an item took. */

#include "inspect/turn_over.h"

#include "inspect/services.h"
#include "inspect/shares.h"

/* ---- which of them wait ---- */

/* Others' tasks: those of a source are what it waits for; those of a stage over a source are its
 * own, at work on what that gave. */
static enum weir_share share_of_leaf(const struct weir_noted_stage *leaf, weir_wait_for what,
                                     bool within)
{
    if (within && what == WEIR_WAIT_ITEM && leaf->stage->source)
        return WEIR_SHARE_SERVED;
    switch (what) {
    case WEIR_WAIT_IO:
    case WEIR_WAIT_TIMER:
        return WEIR_SHARE_SERVED;
    case WEIR_WAIT_ROOM:
    case WEIR_WAIT_MARKS:
        return WEIR_SHARE_BLOCKED;
    case WEIR_WAIT_PEER:
    case WEIR_WAIT_TURN:
        return leaf->stage->source || leaf->holding.limit ? WEIR_SHARE_SERVED : WEIR_SHARE_STARVED;
    default:
        return WEIR_SHARE_STARVED;
    }
}

static void note_leaf(struct weir_note *note, const weir_stage *waiting, weir_wait_for what)
{
    note->leaf = note->n - 1;
    while (note->leaf && note->stages[note->leaf].stage != waiting)
        note->leaf--;
    note->waits_for = what;
}

/* What it said last. */
void weir_note_guess(struct weir_note *note, const weir_task *task)
{
    note_leaf(note, task->waiting, task->wait_for);
    size_t leaf = note->leaf;
    struct weir_noted_stage *noted = &note->stages[leaf];
    noted->share = share_of_leaf(noted, task->wait_for, noted->stage != task->waiting);
    noted->waiting = true;
    while (leaf) {
        bool sink = note->stages[leaf].sink;
        leaf = note->stages[leaf].over;
        note->stages[leaf].share = sink ? WEIR_SHARE_BLOCKED : WEIR_SHARE_STARVED;
        note->stages[leaf].waiting = true;
    }
}

/* ---- how long an item takes ---- */

/* What one service is: an item; a fill or a write, where it is of bytes. */
static uint64_t turn_over_done(const struct weir_noted_stage *noted)
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
        noted->turn_done = noted->stage ? turn_over_done(noted) : 0;
        if (!noted->served_before)
            noted->served_before = noted->turn_done;
    }
}

/* Mostly of one: a division takes as long as all the rest. */
static uint64_t each_ns(uint64_t ns, uint64_t n)
{
    return n == 1 ? ns : ns / n;
}

/* Of one that has no items of its own at work: those have times of their own. */
static void turn_over_add_service(struct weir_noted_stage *noted, uint64_t cpu_ns, uint64_t since)
{
    weir_services_add(noted->row, cpu_ns, each_ns(noted->served_ns, since));
    noted->served_ns = noted->ran_ns = 0;
    noted->served_before += since;
}

/* Of a turn that was sampled. */
static void note_service(struct weir_noted_stage *noted)
{
    uint64_t all = turn_over_done(noted), before = noted->turn_done;
    if (noted->holding.limit || all <= before)
        return;
    noted->served_before = noted->served_before < all ? noted->served_before : before;
    turn_over_add_service(noted, each_ns(noted->turn_ns, all - before), all - noted->served_before);
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

/* Turns that are sampled are the long ones: where all are timed, each counts. */
static void turn_over_serve(struct weir_noted_stage *noted, uint64_t all)
{
    if (!noted->served_before)
        noted->served_before = all;
    uint64_t since = all - noted->served_before;
    if (all > noted->served_before && !noted->holding.limit)
        turn_over_add_service(noted, each_ns(noted->ran_ns, since), since);
}

/* ---- a turn is over ---- */

/* In a turn that was not sampled, whoever worked most so far. */
static WEIR_COLD void note_long(struct weir_note *note)
{
    struct weir_noted_stage *most = &note->stages[note->most];
    for (size_t i = 0; i < note->n; i++)
        if (note->stages[i].turn_ns > most->turn_ns)
            most = &note->stages[i];
    WEIR_TALLY(most->row->long_polls, note->scale);
}

/* It waits for no other stage of its task. */
static enum weir_share share_of_waiting(const struct weir_noted_stage *noted, const weir_cx *cx)
{
    bool said = noted->stage == cx->waiting;
    return share_of_leaf(noted, said ? cx->waiting_for : cx->wait_for, !said);
}

/* Of those that wait, the ones that wait for no other of them are what the others wait for. Whom
 * this turn did not ask does what it did before. */
static inline void turn_over_settle(struct weir_noted_stage *noted, struct weir_noted_stage *over,
                                    const weir_cx *cx)
{
    struct weir_noted_counted did = weir_noted_count(noted);
    uint8_t below = noted->below;
    if (did.polled)
        noted->waiting = did.waited;
    if (noted->waiting)
        over->below |= noted->sink ? WEIR_BELOW_HELD : WEIR_BELOW_LACKS;
    noted->below = 0;
    if (did.polled)
        noted->share = !noted->waiting            ? noted->idle
                       : !below                   ? (uint8_t)share_of_waiting(noted, cx)
                       : below & WEIR_BELOW_LACKS ? WEIR_SHARE_STARVED
                                                  : WEIR_SHARE_BLOCKED;
}

static inline void turn_over_look_at(struct weir_noted_stage *noted, struct weir_noted_stage *over,
                                     const weir_cx *cx, bool each)
{
    turn_over_settle(noted, over, cx);
    uint64_t all = noted->stream ? noted->items : noted->polls; /* as they were counted now */
    if (each && all != noted->served_before)
        turn_over_serve(noted, all);
}

/* Each stage is looked at once: those that one reads stand behind it. n: whether it is in a share
 * from now on. */
static void turn_over_stages(struct weir_note *note, const weir_cx *cx, uint64_t took_ns,
                             uint64_t n)
{
    bool each = note->scale == 1, ready = note->state == WEIR_NOTE_RUNNABLE;
    uint64_t since_ns = n * note->since_ns;
    for (struct weir_noted_stage *noted = note->stages + note->n; noted-- > note->stages;) {
        weir_shares_divide(noted, took_ns);
        if (WEIR_LIKELY(noted->stage != NULL))
            turn_over_look_at(noted, &note->stages[noted->over], cx, each);
        weir_shares_open(noted, ready, n, since_ns);
    }
}

/* The next one may be none. */
static WEIR_COLD void turn_over_sampled(struct weir_note *note)
{
    note->sampled = false;
    for (size_t i = 0; i < note->n; i++)
        note->stages[i].turn_ns = 0;
}

void weir_note_turn_over(struct weir_note *note, const weir_cx *cx, uint64_t now_ns,
                         enum weir_note_state next)
{
    uint64_t took_ns = now_ns > note->since_ns ? now_ns - note->since_ns : 0; /* an old stamp */
    uint64_t n = next == WEIR_NOTE_UNTIMED ? 0 : note->scale;
    bool runs = note->state == WEIR_NOTE_RUNS;
    note->state = next;
    note->since_ns += took_ns;
    if (WEIR_UNLIKELY(note->since_ns - note->began_ns > WEIR_INSPECT_LONG_POLL_NS))
        note_long(note);
    weir_shares_find(note);
    if (WEIR_UNLIKELY(note->sampled))
        turn_over_sampled(note);
    note_leaf(note, cx->waiting, cx->waiting ? cx->waiting_for : cx->wait_for);
    turn_over_stages(note, cx, runs ? took_ns * note->scale : 0, n);
    if (next == WEIR_NOTE_WAITS)
        weir_shares_wait(note, n);
}
