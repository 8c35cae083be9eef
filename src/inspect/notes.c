/* The notes of tasks: their stages, what these count, which of them wait, what they have in hand.
 */

#include "inspect/turn_over.h"

#include <string.h>

#include "inspect/knobs.h"
#include "task/fiber.h"
#include "task/stand.h"
#include "weir/alloc.h"
#include "weir/blocking.h"
#include "weir/co.h"
#include "weir/fiber.h"
#include "weir/fn.h"
#include "weir/par.h"

/* ---- the stages of a task ---- */

static const weir_stream_ops *notes_ops_of(const weir_stage *stage)
{
    return stage->vt->kind == WEIR_KIND_STREAM ? ((const weir_stream *)stage)->ops : NULL;
}

/* Those that have the same have the same name. */
static const void *notes_kind_of(const weir_stage *stage)
{
    return stage->failed ? NULL : (const void *)notes_ops_of(stage);
}

static bool keeps_inputs(const struct weir_noted_stage *noted)
{
    const weir_stream_ops *ops = notes_ops_of(noted->stage);
    return ops && (WEIR_OPS_HAVE(ops, keeps_inputs) || noted->fiber);
}

/* Those of a fiber are the chains that it waits for. */
static weir_stage *input_of(const struct weir_noted_stage *noted, size_t nth)
{
    return noted->fiber ? weir_fiber_stand(noted->fiber, nth) : weir_stage_input(noted->stage, nth);
}

static uint32_t stood_of(const struct weir_noted_stage *noted)
{
    return noted->fiber ? noted->fiber->stood : 0;
}

struct notes_walk {
    struct weir_noted_stage stages[WEIR_NOTED_MAX];
    size_t n;
};

static size_t notes_put(struct notes_walk *walk, weir_stage *stage, size_t over)
{
    walk->stages[walk->n] = (struct weir_noted_stage){
        .stage = stage, .fiber = weir_fiber_if(stage), .over = (uint8_t)over};
    return walk->n++;
}

/* A stage and its sources, each over the next. */
static void put_chain(struct notes_walk *walk, weir_stage *stage, size_t over, size_t max)
{
    for (; stage && walk->n < max; stage = stage->source)
        over = notes_put(walk, stage, over);
}

/* Of one with more of them they are a part: each turn looks for them. */
enum { INPUTS_MAX = 8 };

static void put_inputs(struct notes_walk *walk, size_t over)
{
    const struct weir_noted_stage *noted = &walk->stages[over];
    weir_stage *input;
    if (input_of(noted, INPUTS_MAX))
        return;
    for (uint32_t nth = noted->stage->source != NULL;
         walk->n < WEIR_NOTED_MAX && (input = input_of(noted, nth)); nth++) {
        size_t at = walk->n;
        put_chain(walk, input, over, WEIR_NOTED_MAX);
        walk->stages[at].further = true;
        walk->stages[at].nth = nth;
    }
}

/* Returns how many are of the chain itself. */
static size_t notes_walk(struct notes_walk *walk, weir_stage *stage)
{
    put_chain(walk, stage, 0, WEIR_INSPECT_STAGES_MAX);
    size_t n = walk->n;
    for (size_t i = 0; i < walk->n; i++)
        if ((walk->stages[i].inputs = keeps_inputs(&walk->stages[i])))
            put_inputs(walk, i);
    return n;
}

/* ---- their rows ---- */

/* Constants of all kinds begin with their size, and have the name in one place. */
#define NAMED_ALIKE(type)                                                                          \
    _Static_assert(offsetof(type, name) == offsetof(weir_map_fn, name), #type " is read as one")
NAMED_ALIKE(weir_filter_fn);
NAMED_ALIKE(weir_scan_fn);
NAMED_ALIKE(weir_fold_fn);
NAMED_ALIKE(weir_key_fn);
NAMED_ALIKE(weir_then_fn);
NAMED_ALIKE(weir_async_fn);
NAMED_ALIKE(weir_par_fn);
NAMED_ALIKE(weir_fiber_fn);
NAMED_ALIKE(weir_generator_fn);
NAMED_ALIKE(weir_co_fn);
NAMED_ALIKE(weir_blocking_fn);

static const char *function_of(const weir_stage *stage)
{
    const weir_stream_ops *ops = notes_ops_of(stage);
    const weir_map_fn *fn = NULL;
    if (stage->account && stage->account->label)
        return stage->account->label;
    if (ops && !stage->failed && WEIR_OPS_HAVE(ops, fn))
        fn = *(const weir_map_fn *const *)(const void *)((const char *)stage + ops->fn);
    return fn ? fn->name : NULL;
}

/* From the source of the chain; further inputs behind the longest that a chain may be. */
static uint64_t notes_index_of(size_t nth, size_t chain)
{
    return nth < chain ? chain - 1 - nth : WEIR_INSPECT_STAGES_MAX + (nth - chain);
}

static void notes_find_row(struct weir_note *note, size_t i, size_t chain,
                           struct weir_accounts *accounts, const weir_site *place)
{
    struct weir_noted_stage *noted = &note->stages[i];
    const weir_stage *stage = noted->stage;
    bool is_stream = stage->vt->kind == WEIR_KIND_STREAM;
    struct weir_account_key key = {.place = place,
                                   .stage = weir_stage_name(stage),
                                   .index = notes_index_of(i, chain),
                                   .function = function_of(stage),
                                   .unit = is_stream ? "items" : "bytes"};
    if (i >= chain) {
        key.input_of = weir_stage_name(note->stages[noted->over].stage);
        key.parent = notes_index_of(noted->over, chain);
    }
    noted->row = weir_accounts_row(accounts, &key);
    WEIR_TALLY(noted->row->tasks, 1);
}

/* What it does when nobody asks it for anything. */
static enum weir_share notes_idle(const struct weir_noted_stage *noted)
{
    if (noted->body) /* it waits for another chain, further down the stack */
        return WEIR_SHARE_SERVED;
    return noted->sink ? WEIR_SHARE_STARVED : WEIR_SHARE_BLOCKED;
}

static void note_stage(struct weir_noted_stage *noted)
{
    const weir_stream_ops *ops = notes_ops_of(noted->stage);
    noted->items = weir_stage_n(noted->stage);
    noted->polls = weir_stage_polls(noted->stage);
    noted->waits = weir_stage_waits(noted->stage);
    noted->stream = noted->stage->vt->kind == WEIR_KIND_STREAM;
    noted->sink = noted->stage->vt->kind == WEIR_KIND_WRITER;
    noted->stood = stood_of(noted);
    noted->body = ops == &weir_stand_ops;
    noted->idle = (uint8_t)notes_idle(noted);
    noted->share = noted->idle;
    noted->kind = notes_kind_of(noted->stage);
    noted->holding_ns = ops && !noted->stage->failed && WEIR_OPS_HAVE(ops, holding);
}

static size_t bytes(size_t n)
{
    return sizeof(struct weir_note) + n * sizeof(struct weir_noted_stage);
}

enum { ROOM_LEAST = 8 };

static struct weir_note *new_note(size_t n)
{
    size_t room = n > ROOM_LEAST ? n : ROOM_LEAST;
    struct weir_note *note = weir_allocate(bytes(room));
    if (note)
        note->room = room;
    return note;
}

/* Tasks come and go, and one is kept for the next: an allocator may take longer than a short task.
 */
static struct weir_note *notes_take_note(struct weir_accounts *accounts, size_t n)
{
    struct weir_note *spare = accounts->spare;
    if (!spare || spare->room < n)
        return new_note(n);
    accounts->spare = NULL;
    return spare;
}

/* One that goes before its task does; without an arena it stands for several. */
static void notes_tell_of_drop(const struct weir_note *note, size_t i)
{
    weir_stage *stage = note->stages[i].stage;
    if (i >= note->chain && stage->arena)
        stage->noted = true;
}

struct weir_note *weir_note_new(struct weir_accounts *accounts, const weir_task *task)
{
    struct notes_walk all;
    all.n = 0; /* nobody reads the others: to clear them would cost more than all the rest */
    size_t chain = notes_walk(&all, weir_task_chain(task));
    struct weir_note *note = notes_take_note(accounts, all.n);
    if (!note)
        return NULL;
    *note = (struct weir_note){.state = WEIR_NOTE_UNTIMED,
                               .accounts = accounts,
                               .parted = UINT64_MAX,
                               .room = note->room,
                               .n = all.n,
                               .chain = chain};
    memcpy(note->stages, all.stages, all.n * sizeof *note->stages);
    for (size_t i = 0; i < note->n; i++) {
        note_stage(&note->stages[i]);
        note->n_fibers = note->stages[i].fiber ? i + 1 : note->n_fibers;
        note->holds |= note->stages[i].holding_ns != 0;
        notes_find_row(note, i, chain, accounts, task->place);
        notes_tell_of_drop(note, i);
    }
    return note;
}

void weir_note_free(struct weir_accounts *accounts, struct weir_note *note)
{
    weir_note_free_spare(accounts);
    accounts->spare = note;
}

void weir_note_free_spare(struct weir_accounts *accounts)
{
    if (accounts->spare)
        weir_release(accounts->spare, bytes(accounts->spare->room));
    accounts->spare = NULL;
}

/* ---- those that go before their task does ---- */

/* Those of a set have no order. */
static bool is_input(const struct weir_noted_stage *over, struct weir_noted_stage *noted)
{
    const weir_stage *input;
    if (input_of(over, noted->nth) == noted->stage)
        return true;
    for (uint32_t nth = 0; nth < INPUTS_MAX && (input = input_of(over, nth)); nth++) {
        noted->nth = nth;
        if (input == noted->stage)
            return true;
    }
    return false;
}

static bool notes_is_there(const struct weir_note *note, struct weir_noted_stage *noted)
{
    const struct weir_noted_stage *over = &note->stages[noted->over];
    if (!over->stage || !noted->further)
        return over->stage;
    return over->stood == stood_of(over) && is_input(over, noted);
}

void weir_noted_miss(struct weir_note *note, struct weir_noted_stage *noted)
{
    if (!notes_is_there(note, noted))
        noted->stage = NULL;
}

/* ---- counters ---- */

void weir_note_drop(struct weir_note *note, const weir_stage *stage)
{
    for (size_t i = 1; i < note->n; i++) {
        if (note->stages[i].stage != stage)
            continue;
        weir_noted_count(&note->stages[i]);
        note->stages[i].stage = NULL;
    }
}

void weir_note_forget(struct weir_note *note)
{
    for (size_t i = 1; i < note->n; i++)
        note->stages[i].stage = NULL;
}

void weir_note_count_items(struct weir_note *note)
{
    for (size_t i = 0; i < note->n; i++) {
        struct weir_noted_stage *noted = &note->stages[i];
        if (noted->stage)
            weir_noted_add(&noted->items, WEIR_NOTED_GET(noted->stage->n), &noted->row->items);
    }
}

void weir_note_count(struct weir_note *note)
{
    for (size_t i = 0; i < note->n; i++)
        if (note->stages[i].stage)
            weir_noted_count(&note->stages[i]);
}

/* ---- another note of the same task: what a fiber waits for is another chain by now ---- */

static void notes_hold(struct weir_noted_stage *noted, weir_holding now);

static void notes_take_over(struct weir_noted_stage *noted, struct weir_note *old)
{
    for (size_t i = 0; i < old->n; i++) {
        struct weir_noted_stage was = old->stages[i];
        if (was.stage != noted->stage || was.row != noted->row)
            continue;
        was.over = noted->over;
        was.nth = noted->nth;
        was.stood = noted->stood;
        *noted = was;
        old->stages[i].holding = (weir_holding){0};
        old->stages[i].knob = 0;
        WEIR_TALLY(noted->row->tasks, UINT64_MAX); /* it was counted */
        return;
    }
    noted->items = noted->polls = noted->waits = 0; /* it began meanwhile */
}

/* It stands in the place of one that is over: what it counted so far was not seen yet. */
static void notes_replace(struct weir_noted_stage *noted, weir_stage *stage, uint32_t nth)
{
    noted->nth = nth;
    if (noted->stage == stage)
        return;
    noted->stage = stage;
    noted->kind = notes_kind_of(stage);
    noted->items = noted->polls = noted->waits = 0;
    noted->turn_done = noted->served_ns = noted->served_before = noted->ran_ns = 0;
    noted->waiting = false;
    noted->below = 0;
    noted->share = noted->idle;
    WEIR_TALLY(noted->row->tasks, 1);
}

static bool notes_are_alike(const struct weir_noted_stage *noted, const weir_stage *stage,
                            bool further)
{
    const void *kind = notes_kind_of(stage);
    return noted->further == further && !noted->holding_ns && !noted->inputs &&
           ((kind && noted->kind == kind) || noted->row->key.stage == weir_stage_name(stage));
}

/* Whether the further inputs of this fiber are of the same kinds as those before, which are others
 * by now; puts them in their places, as far as they are. So are mostly those that a fiber waits for
 * again and again, and to note them all anew would cost more than a turn does. */
static bool notes_replace_all(struct weir_note *note, const struct weir_noted_stage *fiber)
{
    size_t i = note->chain;
    weir_stage *input;
    for (uint32_t nth = fiber->stage->source != NULL; (input = input_of(fiber, nth)); nth++)
        for (weir_stage *at = input; at; at = at->source, i++) {
            if (i == note->n || !notes_are_alike(&note->stages[i], at, at == input))
                return false;
            notes_replace(&note->stages[i], at, nth);
            notes_tell_of_drop(note, i);
        }
    return i == note->n;
}

/* False: another note is needed. */
static bool renew_in_place(struct weir_note *note)
{
    struct weir_noted_stage *first = &note->stages[0];
    if (note->chain != 1 || !first->fiber || !notes_replace_all(note, first))
        return false;
    first->stood = stood_of(first);
    return true;
}

struct weir_note *weir_note_renew(struct weir_accounts *accounts, struct weir_note *old,
                                  const weir_task *task)
{
    struct weir_note *note = renew_in_place(old) ? NULL : weir_note_new(accounts, task);
    if (!note)
        return old;
    note->state = old->state;
    note->since_ns = old->since_ns;
    note->began_ns = old->began_ns;
    note->scale = old->scale;
    for (size_t i = 0; i < note->n; i++) {
        notes_take_over(&note->stages[i], old);
        if (note->stages[i].row->self_ns > note->stages[note->most].row->self_ns)
            note->most = i;
    }
    for (size_t i = 0; i < old->n; i++)
        notes_hold(&old->stages[i], (weir_holding){0});
    weir_note_free(accounts, old);
    return note;
}

/* ---- what they have in hand ---- */

static void notes_change(uint64_t *sum, size_t from, size_t to)
{
    if (from != to)
        WEIR_TALLY(*sum, (uint64_t)to - (uint64_t)from);
}

/* A limit that several stages share is there once. */
static void hold_limit(struct weir_noted_stage *noted, const weir_holding *now)
{
    static const weir_holding none;
    const weir_holding *then = weir_knob_is_apart(noted) ? &none : &noted->holding;
    weir_knob_note(noted, now);
    now = weir_knob_is_apart(noted) ? &none : now;
    notes_change(&noted->row->in_flight, then->in_flight, now->in_flight);
    notes_change(&noted->row->limit, then->limit, now->limit);
}

static void notes_hold(struct weir_noted_stage *noted, weir_holding now)
{
    notes_change(&noted->row->queue_n, noted->holding.n, now.n);
    notes_change(&noted->row->queue_max, noted->holding.max, now.max);
    hold_limit(noted, &now);
    if (now.shared)
        __atomic_store_n(&noted->row->shared, (uint64_t)(uintptr_t)now.shared, __ATOMIC_RELAXED);
    noted->holding = now;
}

/* Between two looks it changed evenly, for all that is known. */
void weir_note_hold(struct weir_note *note, uint64_t now_ns)
{
    for (size_t i = 0; note->holds && i < note->n; i++) {
        struct weir_noted_stage *noted = &note->stages[i];
        weir_holding now = {0};
        if (!noted->holding_ns)
            continue;
        if (noted->stage)
            ((const weir_stream *)noted->stage)
                ->ops->holding((const weir_stream *)noted->stage, &now);
        if (noted->holding_ns > 1 && now_ns > noted->holding_ns)
            WEIR_TALLY(noted->row->queue_item_ns,
                       (noted->holding.n + now.n) * (now_ns - noted->holding_ns) / 2);
        noted->holding_ns = noted->stage ? now_ns : 0;
        notes_hold(noted, now);
    }
}

void weir_note_let_go(struct weir_note *note, uint64_t now_ns)
{
    weir_note_hold(note, now_ns);
    for (size_t i = 0; i < note->n; i++) {
        notes_hold(&note->stages[i], (weir_holding){0});
        if (note->stages[i].stage && note->stages[i].stage->noted)
            note->stages[i].stage->noted = false;
    }
}
