/* One run: the stage is made, polled, judged and dropped, and it is seen whether all of it is gone.
 */

#include "check/run.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/stage.h"

void weir_check_complain(struct run *run, const char *format, ...)
{
    if (run->sentence[0])
        return;
    va_list list;
    va_start(list, format);
    vsnprintf(run->sentence, sizeof run->sentence, format, list);
    va_end(list);
}

/* ---- memory: counted, and refused where the schedule says so ---- */

static bool check_run_refuses(struct run *run)
{
    const struct schedule *how = &run->how;
    if (run->making)
        return false;
    run->calls++;
    bool fails = how->fail_at &&
                 (run->calls == how->fail_at || (how->fail_after && run->calls > how->fail_at));
    run->failed += fails;
    return fails;
}

static void *check_allocate(void *self, size_t size, size_t align)
{
    struct run *run = self;
    void *block =
        check_run_refuses(run) ? NULL : run->outer->allocate(run->outer->self, size, align);
    if (!block)
        return NULL;
    run->blocks++;
    run->bytes += size;
    return memset(block, 0xA5, size);
}

static void check_release(void *self, void *block, size_t size)
{
    struct run *run = self;
    run->blocks--;
    run->bytes -= size;
    memset(block, 0xDD, size);
    run->outer->release(run->outer->self, block, size);
}

static void *check_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    void *moved = check_allocate(self, size, align);
    if (!moved || !block)
        return moved;
    memcpy(moved, block, old_size < size ? old_size : size);
    check_release(self, block, old_size);
    return moved;
}

static void take_hooks(struct run *run)
{
    run->hooks = (weir_alloc){sizeof run->hooks, check_allocate, check_resize, check_release, run};
    run->calls = run->failed = 0;
    run->blocks = run->bytes = 0;
    weir_alloc_set(&run->hooks);
}

/* ---- wakers: a new one for each poll, so that it is seen which was kept ---- */

static void check_run_wake(weir_waker *waker)
{
    WEIR_CONTAINER(waker, struct check_waker, waker)->wakes++;
}

static void check_run_let_go(weir_waker *waker)
{
    (void)waker; /* it stands in the run */
}

static const weir_waker_ops waker_ops = {sizeof waker_ops, check_run_wake, check_run_let_go};

static void new_turn(struct run *run)
{
    run->waker = &run->wakers[run->polls++];
    run->waker->wakes = 0;
    weir_waker_init(&run->waker->waker, &waker_ops);
    run->cx.waker = &run->waker->waker;
    run->cx.budget = WEIR_BUDGET;
    run->cx.wait_for = WEIR_WAIT_NONE;
    run->cx.error.code = WEIR_OK;
    run->cx.error.message[0] = '\0';
}

static unsigned wakers_kept(const struct run *run)
{
    unsigned n = 0;
    for (unsigned i = 0; i < run->polls; i++)
        n += run->wakers[i].waker.refs - 1;
    return n;
}

static bool any_woken(const struct run *run)
{
    for (unsigned i = 0; i < run->polls; i++)
        if (run->wakers[i].wakes)
            return true;
    return false;
}

/* ---- what came out ---- */

enum { GUARD_BYTES = 64, CHECK_RUN_GUARD = 0xC3 };

static void check_run_put(struct run *run, const char *word)
{
    struct trace *trace = &run->trace;
    size_t left = sizeof trace->text - trace->n;
    if (trace->words < WORDS_MAX)
        trace->at[trace->words++] = trace->n + (trace->n > 0);
    int n = snprintf(trace->text + trace->n, left, trace->n ? " %s" : "%s", word);
    trace->n += (size_t)n < left ? (size_t)n : left - 1;
}

static void put_items(struct run *run, unsigned n)
{
    const weir_type *type = run->stream->type;
    char text[512];
    for (unsigned i = 0; i < n; i++) {
        weir_item_text(text, sizeof text, type, (char *)run->out + i * type->size);
        check_run_put(run, text);
    }
    weir_type_drop_items(type, run->out, n);
}

static void check_run_put_error(struct run *run)
{
    char text[32];
    if (run->cx.error.code == WEIR_E_MEMORY)
        snprintf(text, sizeof text, "!MEMORY");
    else
        snprintf(text, sizeof text, "%s%lld", run->cx.error.fatal ? "!!" : "!",
                 (long long)run->cx.error.number);
    check_run_put(run, text);
}

/* ---- the rules ---- */

static void judge_answer(struct run *run, weir_poll got, unsigned demand)
{
    if (got.n > demand)
        weir_check_complain(run, "gives %u items where %u were asked for", got.n, demand);
    if (got.state == WEIR_READY && !got.n)
        weir_check_complain(run, "answers READY with nothing");
    if (got.n && got.state != WEIR_READY && got.state != WEIR_END)
        weir_check_complain(run, "gives items beside PENDING, ERROR or MARK: nobody takes them");
    if (run->fatal && (got.n || got.state != WEIR_END))
        weir_check_complain(run, "goes on after a fatal error");
    if (run->stream->stage.exact && got.n > 1)
        weir_check_complain(run, "is exact and gives %u items at once", got.n);
    if (run->stream->stage.one && run->items + got.n > 1)
        weir_check_complain(run, "is a future and gives %u items", run->items + got.n);
}

static void judge_pending(struct run *run)
{
    if (run->cx.wait_for == WEIR_WAIT_NONE)
        weir_check_complain(run, "is PENDING and says not what for: answer weir_wait(), or what an "
                                 "input answered");
    if (run->cx.wait_for != WEIR_WAIT_NEVER && !run->waker->wakes && run->waker->waker.refs == 1)
        weir_check_complain(run, "is PENDING, and the waker of this poll was neither stored nor "
                                 "woken: nothing wakes it");
}

static void judge_error(struct run *run)
{
    if (run->cx.error.code == WEIR_OK || !run->cx.error.message[0])
        weir_check_complain(run, "answers ERROR and describes none: see weir_fail()");
    run->errors++;
    run->fatal |= run->cx.error.fatal;
    memcpy(run->message, run->cx.error.message, sizeof run->message);
}

static void judge_cx(struct run *run)
{
    if (run->cx.waker != &run->waker->waker)
        weir_check_complain(run, "leaves another waker in the cx");
    if (run->cx.scratch_used)
        weir_check_complain(run, "keeps %zu bytes of scratch", run->cx.scratch_used);
    const unsigned char *guard = (unsigned char *)run->out + run->out_bytes;
    for (unsigned i = 0; i < GUARD_BYTES; i++)
        if (guard[i] != CHECK_RUN_GUARD)
            weir_check_complain(run, "writes past the items that were asked for");
}

/* END is repeated, and no input is asked any more. */
static void judge_end(struct run *run)
{
    unsigned polls[INPUTS];
    for (unsigned i = 0; i < run->inputs_n; i++)
        polls[i] = run->inputs[i].polls;
    for (unsigned again = 0; again < 3; again++) {
        new_turn(run);
        weir_poll got = weir_poll_next(run->stream, &run->cx, run->out, run->how.demand);
        if (got.n || got.state != WEIR_END)
            weir_check_complain(run, "does not repeat its END");
    }
    for (unsigned i = 0; i < run->inputs_n; i++)
        if (run->inputs[i].polls != polls[i])
            weir_check_complain(run, "asks its input after its own end");
}

static void see_hint(struct run *run)
{
    weir_hint hint = weir_size_hint(run->stream);
    if (hint.lower > hint.upper)
        weir_check_complain(run, "hints %zu to %zu items", hint.lower, hint.upper);
    if (run->hints_n < HINTS_MAX)
        run->hints[run->hints_n++] = (struct hint_seen){run->items, hint};
}

/* How many were left is known at the end; errors may cut it. */
static void judge_hints(struct run *run)
{
    for (unsigned i = 0; i < run->hints_n && !run->errors; i++) {
        const struct hint_seen *seen = &run->hints[i];
        unsigned left = run->items - seen->items;
        if (left < seen->hint.lower || left > seen->hint.upper)
            weir_check_complain(run, "hints at %zu to %zu items, and %u came", seen->hint.lower,
                                seen->hint.upper, left);
    }
}

/* ---- a poll ---- */

/* PENDING: what it waits for is woken, until that wakes it. */
static void wait_for_it(struct run *run)
{
    while (!run->waker->wakes && weir_check_wake_one(run))
        ;
    if (run->waker->wakes)
        return;
    run->over = run->stuck = true;
    if (run->how.law == HELD || run->cx.wait_for == WEIR_WAIT_NEVER)
        return;
    weir_check_complain(
        run, any_woken(run) ? "is PENDING for ever: it keeps the waker of an earlier poll, and "
                              "only the latest one counts"
                            : "is PENDING for ever: nothing wakes it");
}

static bool polls_too_often(const struct run *run)
{
    unsigned polls = 0;
    for (unsigned i = 0; i < run->inputs_n; i++)
        polls += run->inputs[i].polls;
    return polls > 4 * WEIR_BUDGET * run->inputs_n;
}

static void check_run_settle(struct run *run, weir_poll got)
{
    if (got.state == WEIR_PENDING)
        judge_pending(run);
    if (got.state == WEIR_ERROR)
        judge_error(run);
    if (got.state == WEIR_MARK)
        weir_check_take_mark(run);
    if (run->how.law == ENDLESS && polls_too_often(run))
        weir_check_complain(run, "asks an input without end too often in one poll: see "
                                 "weir_spend()");
    if (got.n <= run->how.demand && run->how.law != SKIP)
        put_items(run, got.n);
    run->items += got.n;
    if (got.state == WEIR_ERROR)
        check_run_put_error(run);
    if (got.state == WEIR_END)
        check_run_put(run, "$");
    /* The stand-in for a chain without memory repeats its error. */
    run->over = got.state == WEIR_END ||
                (got.state == WEIR_ERROR && (run->stream->stage.one || !run->stream->stage.arena));
}

static void check_run_poll_once(struct run *run)
{
    for (unsigned i = 0; run->how.law == ENDLESS && i < run->inputs_n; i++)
        run->inputs[i].polls = 0;
    see_hint(run);
    new_turn(run);
    weir_poll got = run->how.law == SKIP
                        ? weir_poll_skip(run->stream, &run->cx, run->how.demand)
                        : weir_poll_next(run->stream, &run->cx, run->out, run->how.demand);
    judge_answer(run, got, run->how.demand);
    judge_cx(run);
    check_run_settle(run, got);
    weir_check_spoke(run, got);
    weir_check_guard_ended(run);
    if (got.state == WEIR_PENDING)
        wait_for_it(run);
    if (got.state == WEIR_END) {
        judge_hints(run);
        judge_end(run);
    }
}

/* ---- a run ---- */

static void build(struct run *run)
{
    const weir_contract *contract = run->contract;
    weir_stream *sources[INPUTS];
    for (unsigned i = 0; i < run->inputs_n; i++)
        sources[i] = weir_check_source(&run->inputs[i]);
    run->stream = contract->build ? contract->build(sources[0], contract->arg)
                                  : contract->build_over(sources, contract->arg);
    run->name = weir_stage_name(&run->stream->stage);
    run->is_future = run->stream->stage.one;
    run->marks =
        weir_stage_failed(&run->stream->stage) ? WEIR_MARKS_UNSAID : run->stream->ops->marks;
}

/* With a guard behind it. Of the memory that is not counted. */
static bool check_run_make_room(struct run *run)
{
    const weir_type *type = run->stream->type;
    size_t align = type->align < WEIR_ALIGN ? WEIR_ALIGN : type->align;
    run->out_bytes = type->size * run->how.demand;
    run->out = run->outer->allocate(run->outer->self, run->out_bytes + GUARD_BYTES, align);
    if (run->out)
        memset((char *)run->out + run->out_bytes, CHECK_RUN_GUARD, GUARD_BYTES);
    return run->out;
}

static void check_run_begin(struct run *run, const struct schedule *how)
{
    run->how = *how;
    run->trace.n = run->trace.words = 0;
    run->trace.text[0] = run->message[0] = '\0';
    run->polls = run->items = run->errors = run->turns = run->hints_n = 0;
    run->over = run->stuck = run->fatal = false;
    for (unsigned i = 0; i < run->inputs_n; i++)
        weir_check_rewind(&run->inputs[i], how, i);
    take_hooks(run);
    weir_cx_init(&run->cx, NULL, run->scratch, sizeof run->scratch);
    build(run);
}

static void poll_all(struct run *run)
{
    bool drops = run->how.law == DROPS || (run->how.law == MARKS && run->how.drop_after);
    unsigned most = drops ? run->how.drop_after : run->how.law == ENDLESS ? 4 : POLLS_MAX;
    while (!run->over && run->polls < most && !run->sentence[0])
        check_run_poll_once(run);
    if (!run->over && most == POLLS_MAX)
        weir_check_complain(run, "does not come to its end in %u polls", run->polls);
}

/* Nothing is left behind. */
static void judge_drop(struct run *run)
{
    for (unsigned i = 0; i < run->inputs_n; i++)
        if (run->inputs[i].stream && run->inputs[i].finis != 1)
            weir_check_complain(run, "drops input %u %u times", i, run->inputs[i].finis);
    if (wakers_kept(run))
        weir_check_complain(run, "keeps a waker after it was dropped: see weir_waker_slot_clear()");
    if (run->blocks || run->bytes)
        weir_check_complain(run, "keeps %zu blocks (%zu bytes) after it was dropped", run->blocks,
                            run->bytes);
}

bool weir_check_once(struct run *run, const struct schedule *how)
{
    run->sentence[0] = '\0';
    check_run_begin(run, how);
    if (check_run_make_room(run))
        poll_all(run);
    else
        weir_check_complain(run, "no memory for what it gives");
    weir_stream_drop(run->stream);
    weir_alloc_set(run->outer);
    if (run->out)
        run->outer->release(run->outer->self, run->out, run->out_bytes + GUARD_BYTES);
    judge_drop(run);
    weir_check_judge_marks(run);
    return !run->sentence[0];
}
