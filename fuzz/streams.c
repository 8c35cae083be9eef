/* streams [-s SEED | -n CASES | -t SECONDS]: random chains of two to six stages over sources that
 * wait, and may fail, asked for random numbers of items, sometimes dropped before their end; what
 * they give is what a model over plain arrays says, every item is dropped once, every error comes
 * once, and a stage that answers PENDING is woken. With WEIR_LIBFUZZER the bytes come from the
 * fuzzer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/in_flight.h"
#include "core/timer.h"
#include "draws.h"
#include "streams.h"

/* ---- draws ---- */

unsigned draw(struct bytes_left *left, unsigned below)
{
    if (!left->n)
        return 0;
    left->n--;
    return *left->at++ % below;
}

/* ---- what is said before the end ---- */

static struct run *running; /* for the words before the end */

static const char *program;
static uint64_t seed_now; /* 0: the fuzzer's bytes */

static void describe(const struct run *run);

void fail(const char *what)
{
    fprintf(stderr, "%s\n", what);
    describe(running);
    if (seed_now)
        fprintf(stderr, "  again: %s -s %" PRIu64 "\n", program, seed_now);
    abort();
}

/* ---- a case ---- */

static size_t draw_values(struct bytes_left *left, int64_t *values)
{
    size_t n = draw(left, SOURCE_MAX + 1);
    for (size_t i = 0; i < n; i++)
        values[i] = (int64_t)draw(left, 40) - 9;
    return n;
}

static const struct operations *const tables[] = {&one_input,  &errors_and_ends, &inner_streams,
                                                  &two_inputs, &many_outputs,    &on_time};
enum { TABLES = sizeof tables / sizeof *tables };

/* Behind an operator that chose the order come only those that do not mind; each table begins with
 * one. */
static const struct operation *draw_operation(struct run *run, bool any_order)
{
    size_t all = 0, at;
    for (size_t i = 0; i < TABLES; i++)
        all += tables[i]->n;
    at = draw(&run->left, (unsigned)all);
    const struct operations *const *table = tables;
    for (; at >= (*table)->n; table++)
        at -= (*table)->n;
    while (any_order && (*table)->at[at].flags & ORDERED)
        at--;
    return &(*table)->at[at];
}

static void run_draw(struct run *run, struct bytes_left bytes)
{
    bool any_order = false;
    memset(run, 0, sizeof *run);
    run->left = bytes;
    run->source_n = draw_values(&run->left, run->source);
    run->stages_n = 2 + draw(&run->left, STAGES_MAX - 1);
    for (size_t i = 0; i < run->stages_n; i++) {
        struct stage *stage = &run->stages[i];
        stage->run = run;
        stage->operation = draw_operation(run, any_order);
        any_order |= stage->operation->flags & DISORDERS;
        run->flags |= stage->operation->flags;
        stage->a = draw(&run->left, 9);
        stage->b = draw(&run->left, 9);
        if (stage->operation->flags & TWO_INPUTS)
            stage->other_n = draw_values(&run->left, stage->other);
    }
    run->with_errors = draw(&run->left, 3) && !(run->flags & NO_ERRORS);
}

static void print_values(const int64_t *values, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, " %" PRId64, values[i]);
    fputc('\n', stderr);
}

static void describe(const struct run *run)
{
    fprintf(stderr, "  source:");
    print_values(run->source, run->source_n);
    for (size_t i = 0; i < run->stages_n; i++) {
        const struct stage *stage = &run->stages[i];
        fprintf(stderr, "  %s %" PRId64 " %" PRId64, stage->operation->name, stage->a, stage->b);
        if (stage->operation->flags & TWO_INPUTS)
            fprintf(stderr, ", with:");
        print_values(stage->other, stage->other_n);
    }
}

static void model(const struct run *run, struct values *values)
{
    memcpy(values->at, run->source, run->source_n * sizeof *run->source);
    values->n = run->source_n;
    values->any_order = false;
    for (size_t i = 0; i < run->stages_n; i++) {
        run->stages[i].operation->model(&run->stages[i], values);
        values->any_order |= run->stages[i].operation->flags & DISORDERS;
    }
}

/* ---- the clock: its time passes when nothing else is to be done ---- */

static uint64_t now_ns, timers_n;
static weir_timer *timers;
#define LATE_NS ((uint64_t)1 << 60) /* what is due behind it comes never */

static uint64_t clock_now_ns(weir_timers *clock)
{
    (void)clock;
    return now_ns;
}

static void clock_add(weir_timers *clock, weir_timer *timer)
{
    (void)clock;
    timer->order = timers_n++;
    weir_timer_heap_add(&timers, timer);
}

static void clock_remove(weir_timers *clock, weir_timer *timer)
{
    (void)clock;
    weir_timer_heap_remove(&timers, timer);
}

static bool clock_next(void)
{
    weir_timer *timer = timers;
    if (!timer || timer->due_ns > LATE_NS)
        return false;
    now_ns = timer->due_ns > now_ns ? timer->due_ns : now_ns;
    weir_timer_heap_remove(&timers, timer);
    weir_timer_fire(timer);
    return true;
}

/* ---- the chain ---- */

enum { POLLS_MAX = 20000 };
static weir_in_flight_list in_flight;
static weir_waker wakers[2], *latest; /* only the latest one that was given counts */
static bool woken;

static void note_wake(weir_waker *waker)
{
    woken |= waker == latest;
}

static void note_gone(weir_waker *waker)
{
    (void)waker;
}

static void expect_next(const struct values *wanted, const struct values *got)
{
    size_t last = got->n - 1;
    if (!wanted->any_order && (last >= wanted->n || wanted->at[last] != got->at[last]))
        fail("it gave something else");
}

static int by_value(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static void expect_all(struct values *wanted, struct values *got)
{
    if (wanted->any_order) {
        qsort(wanted->at, wanted->n, sizeof *wanted->at, by_value);
        qsort(got->at, got->n, sizeof *got->at, by_value);
    }
    if (got->n != wanted->n || memcmp(got->at, wanted->at, got->n * sizeof *got->at))
        fail("it ended, and gave something else");
}

/* W14: as many as the hint says are to come. */
static void expect_hint(const weir_stream *stream, const struct values *wanted, size_t got)
{
    weir_hint hint = weir_size_hint(stream);
    size_t left = wanted->n - got;
    if (hint.lower > left || hint.upper < left)
        fail("its size_hint is wrong");
}

static void take_items(const struct item *items, size_t n, const struct values *wanted,
                       struct values *got)
{
    for (size_t i = 0; i < n; i++) {
        if (got->n == VALUES_MAX)
            fail("it gives more and more");
        got->at[got->n++] = items[i].value;
        item_take(items[i]);
        expect_next(wanted, got);
    }
}

/* Turns of the task in which what is in flight goes on, and the chain is not polled. */
static void other_turns(struct run *run, weir_cx *cx)
{
    while (draw(&run->left, 4) == 1) {
        wake_one(run);
        cx->budget = 1 + draw(&run->left, 64);
        weir_in_flight_turn(cx, &in_flight);
        weir_in_flight_progress(cx);
    }
}

/* Or it is polled once more, though nobody woke it. */
static void wait_woken(struct run *run, weir_cx *cx)
{
    weir_in_flight_progress(cx);
    if (draw(&run->left, 8) == 1)
        return;
    while (!woken)
        if (!wake_one(run) && !clock_next())
            fail("it waits, and nobody will wake it");
    other_turns(run, cx);
}

static void begin_turn(struct run *run, weir_cx *cx)
{
    latest = &wakers[draw(&run->left, 3) == 1];
    woken = false;
    cx->waker = latest;
    cx->budget = 1 + draw(&run->left, 64) * 4;
    weir_in_flight_turn(cx, &in_flight);
}

/* Sometimes it is not asked for items, but to drop so many: what they were is known only where
 * their order is. */
static weir_poll poll_items(struct run *run, weir_stream *stream, weir_cx *cx,
                            const struct values *wanted, struct values *got)
{
    static struct item items[64];
    size_t demand = draw(&run->left, 4) ? 1 + draw(&run->left, 8) : 64;
    bool skips = !wanted->any_order && draw(&run->left, 8) == 1;
    cx->polling++;
    weir_poll polled =
        skips ? weir_poll_skip(stream, cx, demand) : weir_poll_next(stream, cx, items, demand);
    cx->polling--;
    if (polled.n > demand)
        fail("it gives more than it was asked for");
    if (!skips)
        take_items(items, polled.n, wanted, got);
    else if (polled.n > wanted->n - got->n)
        fail("it skips more than there are");
    else
        append(got, wanted->at + got->n, polled.n);
    return polled;
}

/* True: it is over. */
static bool poll_once(struct run *run, weir_stream *stream, weir_cx *cx,
                      const struct values *wanted, struct values *got)
{
    expect_hint(stream, wanted, got->n);
    begin_turn(run, cx);
    weir_poll polled = poll_items(run, stream, cx, wanted, got);
    if (polled.state == WEIR_ERROR)
        error_seen(run, &cx->error);
    if (polled.state == WEIR_PENDING)
        wait_woken(run, cx);
    return polled.state == WEIR_END;
}

static void expect_errors(const struct run *run)
{
    for (size_t i = 0; i < run->errors_n && !(run->flags & CUTS); i++)
        if (!run->errors_seen[i])
            fail("an error was lost");
}

/* True: it came to its end. */
static bool poll_chain(struct run *run, weir_stream *stream, weir_cx *cx, struct values *wanted)
{
    static struct values got;
    size_t polls_max = draw(&run->left, 4) ? POLLS_MAX : draw(&run->left, 30);
    bool over = false;
    got.n = 0;
    for (size_t polls = 0; !over && polls < polls_max; polls++)
        over = poll_once(run, stream, cx, wanted, &got);
    if (over)
        expect_all(wanted, &got);
    else if (polls_max == POLLS_MAX)
        fail("it does not end");
    return over;
}

static void expect_nothing_left(const struct run *run)
{
    if (items_live)
        fail("items were lost, or dropped twice");
    if (run->waiting)
        fail("sources were not dropped");
    if (wakers[0].refs != 1 || wakers[1].refs != 1)
        fail("a waker was kept");
    if (in_flight.first)
        fail("work is still in flight");
    if (timers)
        fail("a timer was kept");
    for (size_t i = 0; i < run->stages_n; i++)
        if (run->stages[i].operation->flags & CALLS && run->stages[i].calls != 1)
            fail("it was not told once");
}

static void run_chain(struct run *run)
{
    static const weir_waker_ops waker_ops = {sizeof waker_ops, note_wake, note_gone};
    static const weir_timers_ops clock_ops = {sizeof clock_ops, clock_now_ns, clock_add,
                                              clock_remove};
    static weir_timers clock = {&clock_ops};
    static struct values wanted;
    weir_waker_init(&wakers[0], &waker_ops);
    weir_waker_init(&wakers[1], &waker_ops);
    weir_cx *cx = weir_cx_new(&wakers[0]);
    cx->timers = &clock;
    cx->demand_max = 1 + draw(&run->left, WEIR_DEMAND_MAX);
    now_ns = 0;
    model(run, &wanted);
    weir_stream *stream = source_new(run, run->source, run->source_n);
    for (size_t i = 0; i < run->stages_n; i++)
        stream = run->stages[i].operation->build(&run->stages[i], stream);
    if (poll_chain(run, stream, cx, &wanted))
        expect_errors(run);
    weir_drop(stream);
    weir_cx_drop(cx);
    expect_nothing_left(run);
}

static void run_bytes(const uint8_t *bytes, size_t n)
{
    static struct run run;
    running = &run;
    run_draw(&run, (struct bytes_left){bytes, n});
    run_chain(&run);
}

#ifdef WEIR_LIBFUZZER
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
    run_bytes(bytes, n);
    return 0;
}
#else

static void run_seed(uint64_t seed)
{
    static uint8_t bytes[2048];
    uint64_t state = seed_now = seed;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)weir_draw(&state);
    run_bytes(bytes, sizeof bytes);
}

int main(int argc, char **argv)
{
    program = argv[0];
    return draws_run(argc, argv, run_seed);
}
#endif
