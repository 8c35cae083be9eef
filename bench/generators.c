/* What an item of a generator costs, beside `unfold`, which is a plain function; and what a loop
 * over items costs that polls by hand. One line a row: its name, a tab, CPU nanoseconds an item,
 * the least of 60 short runs.
 *
 *     generators          all rows
 *     generators ROW...   those */

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "weir.h"

enum { RUNS = 60, ITEMS = 64 * 400, DEMAND_MAX = 64 };

static double cpu_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e9 + (double)used.tv_nsec;
}

/* ---- the same numbers, made in two ways ---- */

struct doubling {
    uint64_t n;
};

static bool double_it(struct doubling *self, uint64_t *out)
{
    *out = self->n *= 2;
    return true;
}
WEIR_UNFOLD_FN(double_it_fn, double_it, struct doubling, uint64_t)

static weir_poll keep_doubling(struct doubling *self, weir_co *co, uint64_t *out)
{
    weir_co_begin(co);
    for (;;)
        weir_co_yield(co, out, self->n *= 2);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(keep_doubling_fn, keep_doubling, struct doubling, uint64_t)

static bool doubling_on_a_stack(struct doubling *self, weir_error *error)
{
    (void)error;
    while (weir_yield(uint64_t, self->n *= 2))
        ;
    return true;
}
WEIR_GENERATOR_FN(doubling_fn, doubling_on_a_stack, struct doubling, uint64_t)

static weir_stream *unfold(size_t demand)
{
    (void)demand;
    return weir_unfold(&double_it_fn, &(struct doubling){4});
}

static weir_stream *stackless(size_t demand)
{
    return weir_co_generator(&keep_doubling_fn, &(struct doubling){4},
                             &WEIR_CO_OPTIONS(.ahead = demand > 1));
}

static weir_stream *stackful(size_t demand)
{
    return weir_generator(&doubling_fn, &(struct doubling){4},
                          &WEIR_FIBER_OPTIONS(.ahead = demand > 1));
}

static weir_stream *range(size_t demand)
{
    (void)demand;
    return weir_range(0, INT64_MAX);
}

/* ---- what asks for them ---- */

static uint64_t take_all(weir_stream *stream, weir_cx *cx, size_t demand)
{
    uint64_t items[DEMAND_MAX], sum = 0;
    for (size_t n = 0; n < ITEMS;) {
        weir_poll got = weir_poll_next(stream, cx, items, demand);
        sum += items[0];
        n += got.n;
    }
    return sum;
}

/* One by one, as a loop in a program would be that looks after all answers itself. */
static uint64_t poll_loop(weir_stream *stream, weir_cx *cx, size_t demand)
{
    uint64_t item, sum = 0;
    for (size_t n = 0; n < ITEMS; n++) {
        if (!weir_spend(cx))
            cx->budget = WEIR_BUDGET;
        weir_poll got = weir_poll_next(stream, cx, &item, demand);
        if (got.n)
            sum += item;
        if (got.state != WEIR_READY)
            break;
    }
    return sum;
}

/* ---- the same as loops ---- */

static uint64_t for_await(void)
{
    uint64_t sum = 0;
    weir_for_await (int64_t, item, weir_range(0, ITEMS))
        sum += (uint64_t)item;
    return sum;
}

static uint64_t for_await_on_a_thread(weir_stream *stream, weir_cx *cx, size_t demand)
{
    (void)stream, (void)cx, (void)demand;
    return for_await();
}

static bool in_a_fiber(char *state, uint64_t *out, weir_error *error)
{
    (void)state, (void)error;
    *out = for_await();
    return true;
}
WEIR_FIBER_FN(in_a_fiber_fn, in_a_fiber, char, uint64_t)

static uint64_t for_await_in_a_fiber(weir_stream *stream, weir_cx *cx, size_t demand)
{
    uint64_t sum = 0;
    (void)stream, (void)cx, (void)demand;
    weir_run(weir_fiber(&in_a_fiber_fn, NULL, NULL), &sum, NULL);
    return sum;
}

/* ---- rows ---- */

static const struct row {
    const char *name;
    weir_stream *(*build)(size_t demand);
    uint64_t (*run)(weir_stream *stream, weir_cx *cx, size_t demand);
    size_t demand;
} rows[] = {
    {"unfold_1", unfold, take_all, 1},
    {"unfold_64", unfold, take_all, 64},
    {"stackless_1", stackless, take_all, 1},
    {"stackless_64", stackless, take_all, 64},
    {"stackful_1", stackful, take_all, 1},
    {"stackful_64", stackful, take_all, 64},
    {"poll_loop", range, poll_loop, 1},
    {"for_await", range, for_await_on_a_thread, 1},
    {"for_await_fiber", range, for_await_in_a_fiber, 1},
};
enum { ROWS = sizeof rows / sizeof *rows };

static volatile uint64_t kept;

static void print_row(const struct row *row, weir_cx *cx)
{
    double least = 1e18;
    for (int i = 0; i < RUNS; i++) {
        weir_stream *stream = row->build(row->demand);
        kept = row->run(stream, cx, row->demand); /* begun, and its places are near */
        double start = cpu_ns();
        kept = row->run(stream, cx, row->demand);
        double ns = cpu_ns() - start;
        weir_drop(stream);
        least = ns < least ? ns : least;
    }
    printf("%s\t%.3f\n", row->name, least / ITEMS);
}

static bool wanted(const char *name, char **names)
{
    for (char **at = names; *at; at++)
        if (!strcmp(*at, name))
            return true;
    return !*names;
}

int main(int argc, char **argv)
{
    (void)argc;
    weir_cx *cx = weir_cx_new(NULL);
    if (!cx)
        return fputs("generators: no memory\n", stderr), 1;
    for (size_t i = 0; i < ROWS; i++)
        if (wanted(rows[i].name, argv + 1))
            print_row(&rows[i], cx);
    weir_cx_drop(cx);
    return 0;
}
