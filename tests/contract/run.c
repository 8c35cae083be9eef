/* One run of one row under one schedule: build, poll, drop, and look whether all is gone. */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/in_flight.h"
#include "host.h"

unsigned long runs_n;
unsigned long polls_n;
unsigned failures_n;

enum { FAILURES_SHOWN = 3, POLLS_MAX = 500 };

/* ---- the scripts ---- */

static struct step wait_step(enum mode mode)
{
    static const step_kind kinds[MODES] = {STEP_PENDING_WOKEN, STEP_PENDING, STEP_AGAIN};
    return (struct step){.kind = kinds[mode]};
}

/* The events of one input, each with or without a wait before it; END is an event too. */
static void schedule_script(struct run *run, unsigned input)
{
    static struct script plain;
    const struct schedule *how = &run->how;
    struct script *script = &run->in[input];
    script_parse(&plain, how->events[input]);
    plain.steps[plain.n++] = (struct step){.kind = STEP_END};
    script->n = 0;
    for (size_t i = 0; i < plain.n; i++) {
        if (how->hold && how->hold_input == input && how->hold_at == i)
            script->steps[script->n++] = (struct step){.kind = STEP_PENDING_EVER};
        for (int waits = how->mask[input] >> i & 1 ? 1 + how->twice : 0; waits; waits--)
            script->steps[script->n++] = wait_step(how->mode);
        script->steps[script->n++] = plain.steps[i];
    }
    script_begin(script);
}

static weir_stream *input_stream(struct run *run, unsigned input)
{
    struct script *script = &run->in[input];
    if (input >= run->row->inputs)
        return NULL;
    *script = (struct script){.type = &tracked_type,
                              .hinted = true,
                              .at_most = run->how.mode == IN_PIECES ? 3 : 0,
                              .early_end = run->how.mode == IN_PIECES};
    schedule_script(run, input);
    weir_stream *stream =
        run->row->flags & LENT ? lender_stream(script, NULL) : script_stream(script, NULL);
    return run->how.bare ? stream : check_stream(stream, &run->check[input]);
}

/* ---- begin, poll, end ---- */

static void set_cx(struct run *run)
{
    weir_cx *cx = &run->test.cx;
    if (run->how.demand_max)
        cx->demand_max = run->how.demand_max;
    if (!run->how.least_scratch)
        return;
    cx->scratch += WEIR_ALIGN; /* as a worker's may stand that asks malloc for it */
    cx->scratch_size = run->stream->stage.scratch_need;
}

void run_begin(struct run *run, const struct row *row, const struct schedule *how)
{
    run->row = row;
    run->how = *how;
    memset(run->check, 0, sizeof run->check);
    run->kept = NULL;
    run->in_flight = (weir_in_flight_list){0};
    run->unseen = 0;
    run->over = run->stuck = false;
    run->trace.n = run->trace.polls = run->trace.items = run->trace.errors = 0;
    run->trace.pendings = 0;
    run->trace.text[0] = '\0';
    run->trace.no_pending = true;
    inner_begin(how->mode, how->twice);
    test_cx_init(&run->test);
    weir_stream *a = input_stream(run, 0);
    weir_stream *b = input_stream(run, 1);
    run->stream = row->build(run, a, b);
    if (!how->bare)
        run->stream = check_stream(run->stream, &run->check[2]);
    set_cx(run);
    runs_n++;
}

/* Nobody asks its source for more than it was asked for, or than a consumer would. */
static void look_at_demands(struct run *run)
{
    size_t most =
        run->test.cx.demand_max > run->how.demand ? run->test.cx.demand_max : run->how.demand;
    for (unsigned i = 0; i < run->row->inputs && !(run->row->flags & TAKES_MORE); i++)
        if (run->in[i].demand_max > most)
            run_failed(run, "demand", "input %u is asked for %zu items, and %zu are enough", i,
                       run->in[i].demand_max, most);
}

/* Workers do what they can before anything else happens. */
bool run_woken(struct run *run)
{
    do {
        host_turns();
        if (run->test.waker->wakes)
            return true;
    } while (doubles_wake_one() || test_clock_next());
    return false;
}

static void run_poll(struct run *run)
{
    if (run->how.between)
        weir_in_flight_turn(&run->test.cx, &run->in_flight);
    weir_poll got = trace_poll(&run->trace, run->stream, &run->test, run->how.demand);
    bool ends = run->row->flags & FUTURE || !run->stream->stage.arena;
    run->over = got.state == WEIR_END || (got.state == WEIR_ERROR && ends);
    if (run->how.between && !run->over)
        run_busy(run, got);
    if (got.state == WEIR_PENDING && !run_woken(run))
        run->over = run->stuck = true;
}

void run_polls(struct run *run, unsigned polls)
{
    for (unsigned i = 0; i < polls && !run->over; i++) {
        run_poll(run);
        polls_n++;
    }
}

static void look_for_complaints(struct run *run)
{
    for (int i = 0; i < 3; i++)
        if (run->check[i].complaints)
            run_failed(run, "contract", "%s", run->check[i].first);
}

static void look_for_leftovers(struct run *run)
{
    if (tracked_live)
        run_failed(run, "drop", "%u items were not dropped", tracked_live);
    if (test_wakers_live)
        run_failed(run, "drop", "%u wakers are still held", test_wakers_live);
    if (!test_clock_idle())
        run_failed(run, "drop", "a timer is left on the clock");
    if (inner_left())
        run_failed(run, "drop", "%u inner streams were not dropped", inner_left());
    for (unsigned i = 0; i < run->row->inputs; i++)
        if (run->in[i].finis > 1 || (!run->in[i].finis && !memory.failed))
            run_failed(run, "drop", "input %u was dropped %u times", i, run->in[i].finis);
    if (memory.live)
        run_failed(run, "drop", "%lu blocks (%zu bytes) were not released", memory.live,
                   memory.live_bytes);
    tracked_live = test_wakers_live = 0;
}

void run_end(struct run *run)
{
    look_at_demands(run);
    weir_drop(run->stream);
    weir_drop(run->kept);
    host_end();
    test_cx_fini(&run->test);
    look_for_complaints(run);
    look_for_leftovers(run);
}

void run_all(struct run *run, const struct row *row, const struct schedule *how)
{
    run_begin(run, row, how);
    run_polls(run, POLLS_MAX);
    if (!run->over)
        run_failed(run, "liveness", "no end after %d polls", POLLS_MAX);
    if (run->stuck && !how->hold)
        run_failed(run, "liveness", "it is PENDING, and nothing wakes the latest waker");
    run_end(run);
}

/* ---- what went wrong ---- */

static void print_script(const struct script *script)
{
    static const char *const names[] = {
        [STEP_PENDING] = "P", [STEP_PENDING_WOKEN] = "P*", [STEP_PENDING_EVER] = "P~",
        [STEP_AGAIN] = ".",   [STEP_MARK] = "|",           [STEP_END] = "$"};
    for (size_t i = 0; i < script->n; i++) {
        const struct step *step = &script->steps[i];
        if (step->kind == STEP_ITEM)
            fprintf(stderr, " %lld", (long long)step->value);
        else if (step->kind == STEP_ERROR || step->kind == STEP_FATAL)
            fprintf(stderr, " %s%lld", step->kind == STEP_FATAL ? "!!" : "!",
                    (long long)step->value);
        else
            fprintf(stderr, " %s", names[step->kind]);
    }
    fputs("\n", stderr);
}

void run_failed(struct run *run, const char *law, const char *format, ...)
{
    static const struct row *row_before;
    static const char *law_before;
    static unsigned same;
    failures_n++;
    same = run->row == row_before && law == law_before ? same + 1 : 0;
    row_before = run->row;
    law_before = law;
    if (same >= FAILURES_SHOWN)
        return;
    fprintf(stderr, "%s: %s: ", run->row->name, law);
    va_list list;
    va_start(list, format);
    vfprintf(stderr, format, list);
    va_end(list);
    fprintf(stderr, "\n  demand %zu, mode %d%s\n", run->how.demand, (int)run->how.mode,
            run->how.bare ? ", bare" : "");
    for (unsigned i = 0; i < run->row->inputs; i++) {
        fprintf(stderr, "  input %u:", i);
        print_script(&run->in[i]);
    }
    fprintf(stderr, "  trace: %.200s\n", run->trace.text);
}
