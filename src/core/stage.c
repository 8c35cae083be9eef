/* What stages of every kind have in common: how they begin, settle, are refused and dropped. */

#include "core/stage.h"

#include <string.h>

#if UINTPTR_MAX == UINT64_MAX
_Static_assert(sizeof(weir_stage) == 64, "an idle connection holds many");
#endif
_Static_assert(sizeof(weir_stage) <= WEIR_STAGE_BYTES, "it is the beginning of every stage");

#if __STDC_HOSTED__
#include <stdio.h>
#include <stdlib.h>

void weir_misuse(const char *stage, const char *sentence)
{
    fprintf(stderr, "weir: misuse: %s %s\n", stage, sentence);
    abort();
}
#else
void weir_misuse(const char *stage, const char *sentence)
{
    (void)stage;
    (void)sentence;
    __builtin_trap();
}
#endif

static uint32_t most32(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

bool weir_stage_refuses(weir_stage *stage, const weir_stage *input, weir_marks marks,
                        weir_fault *fault)
{
    const char *name = weir_stage_name(stage);
    stage->depth = (uint16_t)most32(stage->depth, input->depth + 1u);
    stage->scratch_need = most32(stage->scratch_need, input->scratch_need);
    stage->marked |= input->marked;
    stage->remote |= input->remote;
    if (stage->depth > WEIR_DEPTH_MAX)
        *fault = (weir_fault){WEIR_E_LIMIT,
                              "fewer stages, or a task between them",
                              "%s would be more than WEIR_DEPTH_MAX = %zu stages deep",
                              {name},
                              WEIR_DEPTH_MAX,
                              name};
    else if (input->marked && marks == WEIR_MARKS_UNSAID)
        *fault = (weir_fault){WEIR_E_ARGUMENT,
                              ".marks = WEIR_MARKS_PASS in its ops if it holds no items between "
                              "polls, or weir_settle_here() before it",
                              "'%s' does not say what it does with marks, and '%s' gives some",
                              {name, weir_stage_name(input)},
                              0,
                              name};
    else if (input->marked && marks == WEIR_MARKS_LOSE)
        *fault = (weir_fault){WEIR_E_ARGUMENT,
                              "weir_settle_here() before it, if what comes there counts as done",
                              "'%s' makes nothing durable, so nothing that '%s' gives would be "
                              "acknowledged",
                              {name, weir_stage_name(input)},
                              0,
                              name};
    else
        return false;
    return true;
}

/* ---- polls ---- */

static void trail_add(weir_error *error, const weir_stage *stage)
{
    if (!error->trail_n && stage->account)
        error->stage = stage->account->id;
    if (error->trail_n < WEIR_TRAIL_MAX)
        error->trail[error->trail_n++] = weir_stage_name(stage);
}

static void stage_note_error(weir_stage *stage, weir_error *error)
{
    if (WEIR_UNLIKELY(error->code == WEIR_OK)) /* a broken contract: it must not go on for ever */
        weir_error_set(error, WEIR_E_ARGUMENT, "'%s' failed and described no error",
                       weir_stage_name(stage));
    trail_add(error, stage);
    stage->done = error->fatal;
    if (stage->account)
        WEIR_TALLY(stage->account->errors, 1);
}

void weir_stage_let_go(weir_stage *source)
{
    for (; source && !source->done; source = source->source)
        if (WEIR_OPS_HAVE(source->vt, over))
            source->vt->over(source);
}

/* The end of a stage whose source was cut is no end of the input either. */
void weir_stage_over(weir_stage *stage, weir_cx *cx)
{
    stage->done = true;
    stage->cut |= cx->cut;
    cx->cut = false;
    weir_stage *input;
    for (size_t i = 0; !stage->cut && (input = weir_stage_input(stage, i)); i++)
        stage->cut = input->cut;
    weir_stage_let_go(stage->source);
}

weir_poll weir_stage_settle(weir_stage *stage, weir_cx *cx, weir_poll got)
{
    uint64_t n = got.n;
    if (got.state == WEIR_PENDING) {
        weir_stage_wait(stage, cx);
        return got;
    }
    WEIR_TALLY(stage->n, n);
    WEIR_TALLY(stage->polls_less_n, stage->vt->kind == WEIR_KIND_STREAM ? 1 - n : 1);
    if (got.state == WEIR_END)
        weir_stage_over(stage, cx);
    else if (got.state == WEIR_ERROR)
        stage_note_error(stage, &cx->error);
    return got;
}

struct weir_said weir_check_before(const weir_stage *stage, weir_cx *cx)
{
    struct weir_said before = {cx->wait_for, cx->error.code};
    if (stage->dropped)
        weir_misuse("a stage", "was polled after its drop");
    if (stage->arena && !weir_arena_holds(stage->arena, stage))
        weir_misuse(weir_stage_name(stage), "was moved after it was made");
    cx->wait_for = WEIR_WAIT_NONE;
    cx->error.code = WEIR_OK;
    cx->mark = NULL;
    return before;
}

void weir_check_after(const weir_stage *stage, weir_cx *cx, weir_state state,
                      struct weir_said before)
{
    if (state == WEIR_PENDING && cx->wait_for == WEIR_WAIT_NONE)
        weir_misuse(weir_stage_name(stage), "answered PENDING and stored no waker");
    if (state == WEIR_ERROR && cx->error.code == WEIR_OK)
        weir_misuse(weir_stage_name(stage), "answered ERROR and described none");
    if (state == WEIR_MARK && !cx->mark)
        weir_misuse(weir_stage_name(stage), "answered MARK and gave none");
    if (state != WEIR_PENDING)
        cx->wait_for = before.wait_for;
    if (state != WEIR_ERROR)
        cx->error.code = before.code;
}

/* ---- what is known of a stage ---- */

/* What it was to be, where that could be kept. */
static const char *name_of_failed(const weir_stage *stage)
{
    const char *name = weir_arena_fault(stage->arena)->stage;
    return name ? name : "no memory";
}

const char *weir_stage_name(const weir_stage *stage)
{
    if (stage->failed && stage->arena)
        return name_of_failed(stage);
    return stage->vt->name(stage);
}

static uint64_t counter(const uint64_t *counter)
{
    return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

uint64_t weir_stage_n(const weir_stage *stage)
{
    return counter(&stage->n);
}

uint64_t weir_stage_polls(const weir_stage *stage)
{
    uint64_t n = stage->vt->kind == WEIR_KIND_STREAM ? counter(&stage->n) : 0;
    return n + counter(&stage->polls_less_n);
}

uint64_t weir_stage_waits(const weir_stage *stage)
{
    return counter(&stage->waits);
}

weir_stage *weir_stage_input(const weir_stage *stage, size_t i)
{
    if (stage->failed)
        return NULL;
    if (stage->source)
        return i ? stage->vt->input(stage, i - 1) : stage->source;
    return stage->vt->input(stage, i);
}

weir_account *weir_stage_account(weir_stage *stage)
{
    static uint64_t ids;
    if (stage->account || !stage->arena)
        return stage->account;
    weir_account *account = weir_arena_take(stage->arena, sizeof *account, _Alignof(weir_account));
    if (!account)
        return NULL;
    account->size = sizeof *account;
    account->id = __atomic_add_fetch(&ids, 1, __ATOMIC_RELAXED);
    stage->account = account;
    if (stage->vt->kind == WEIR_KIND_STREAM)
        weir_stream_watch((weir_stream *)stage);
    return account;
}

uint64_t weir_stage_id(weir_stage *stage)
{
    weir_account *account = weir_stage_account(stage);
    return account ? account->id : 0;
}

void weir_stage_label(weir_stage *stage, const char *label)
{
    weir_account *account = weir_stage_account(stage);
    if (account)
        account->label = label;
}

static size_t stage_sum(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

/* Outside of its arena, and of all that it reads from. */
static size_t stage_held(const weir_stage *stage)
{
    size_t below = 0;
    weir_stage *input;
    if (stage->failed)
        return 0;
    for (size_t i = 0; (input = weir_stage_input(stage, i)); i++) {
        size_t bytes = stage_held(input);
        below = !stage->in_turn ? stage_sum(below, bytes) : bytes > below ? bytes : below;
    }
    return stage_sum(below, stage->vt->memory_max(stage));
}

/* A chain's arena counts once, where its consumer stands. */
static size_t arenas(const weir_stage *stage)
{
    size_t bytes = stage->arena ? weir_arena_bytes(stage->arena) : 0;
    for (const weir_stage *at = stage; at; at = at->source) {
        weir_stage *input;
        for (size_t i = at->source != NULL; (input = weir_stage_input(at, i)); i++)
            bytes = stage_sum(bytes, arenas(input));
    }
    return bytes;
}

size_t weir_stage_memory_max(const weir_stage *stage)
{
    return stage_sum(arenas(stage), stage_held(stage));
}

/* ---- refusing, reporting, dropping ---- */

static void (*told_of_drop)(const weir_stage *stage);

void weir_stage_tell_drops(void (*told)(const weir_stage *stage))
{
    __atomic_store_n(&told_of_drop, told, __ATOMIC_RELEASE);
}

static WEIR_ASIDE void stage_tell_of_drop(const weir_stage *stage)
{
    __atomic_load_n(&told_of_drop, __ATOMIC_ACQUIRE)(stage);
}

void weir_stage_goes(const weir_stage *stage)
{
    if (WEIR_UNLIKELY(__atomic_load_n(&told_of_drop, __ATOMIC_RELAXED) != NULL))
        stage_tell_of_drop(stage);
}

static void run_finis(weir_stage *stage)
{
    for (weir_stage *next; stage; stage = next) {
        next = stage->source;
        if (stage->noted || stage->asked)
            stage_tell_of_drop(stage);
        if (!stage->failed)
            stage->vt->fini(stage);
        stage->dropped = true;
    }
}

weir_arena *weir_stage_finish(weir_stage *stage)
{
    weir_arena *arena = stage->arena;
    if (arena)
        run_finis(stage);
    else
        stage->vt->fini(stage); /* it stands for no memory, and may do so for another chain now */
    return arena;
}

void weir_stage_drop(weir_stage *stage)
{
    weir_arena *arena = stage ? weir_stage_finish(stage) : NULL;
    if (arena)
        weir_arena_drop(arena);
}

void weir_stage_refuse(weir_stage *stage, const weir_fault *fault)
{
    if (weir_stage_failed(stage))
        return;
    const weir_stage_ops *vt = stage->vt;
    weir_arena *arena = stage->arena;
    weir_fault kept = *fault;
    if (!kept.stage)
        kept.stage = weir_stage_name(stage);
    weir_arena_keep_fault(arena, &kept);
    run_finis(stage);
    weir_stage_init(stage, vt, arena, NULL);
    stage->failed = true;
    stage->one = true;
}

/* The fault's own small format: its strings in order, one number. */
static void fault_text(const weir_fault *fault, char *out, size_t size)
{
    size_t n = 0;
    unsigned arg = 0;
    for (const char *at = fault->format; *at && n + 1 < size; at++) {
        if (at[0] == '%' && at[1] == 's') {
            const char *text = arg < WEIR_FAULT_ARGS ? fault->args[arg++] : NULL;
            n += weir_format(out + n, size - n, "%s", text);
            at += 1;
        } else if (at[0] == '%' && at[1] == 'z') {
            n += weir_format(out + n, size - n, "%zu", fault->number);
            at += 2;
        } else {
            out[n++] = *at;
        }
    }
    out[n < size ? n : size - 1] = '\0';
}

weir_poll weir_stage_report(const weir_stage *stage, weir_cx *cx)
{
    if (!stage->arena)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a chain");
    const weir_fault *fault = weir_arena_fault(stage->arena);
    char text[WEIR_MESSAGE_BYTES];
    fault_text(fault, text, sizeof text);
    weir_fail(cx, fault->code, "%s", text);
    cx->error.cure = fault->cure;
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- no memory for an arena ---- */

size_t weir_spare_take(unsigned char *used, size_t n)
{
    for (size_t i = 0; i + 1 < n; i++)
        if (!__atomic_exchange_n(&used[i], 1, __ATOMIC_ACQUIRE))
            return i;
    return n - 1;
}

/* ---- what programs give ---- */

void weir_options_take(void *all, size_t all_size, const void *given, size_t first)
{
    uint32_t size = 0;
    memset(all, 0, all_size);
    if (!given)
        return;
    memcpy(&size, given, sizeof size);
    size_t n = size ? size : first;
    memcpy(all, given, n < all_size ? n : all_size);
    size = (uint32_t)all_size;
    memcpy(all, &size, sizeof size);
}
