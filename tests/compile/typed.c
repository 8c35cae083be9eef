/* A program of typed chains: it compiles without a warning under gcc and clang, in strict C11 too,
 * and gives the right results. Each twin of weir/typed.h is used once. */

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "weir.h"
#include "weir/pipe.h"
#include "weir/typed.h"

static const char text[] = "one\nthree\nfour\n";

static weir_reader *bytes(void)
{
    return weir_memory_reader(text, sizeof text - 1);
}

static int64_t length(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(length_fn, length, weir_line, int64_t)

static bool is_long(int64_t n, void *arg)
{
    (void)arg;
    return n > 3;
}
WEIR_FILTER_FN(is_long_fn, is_long, int64_t)

static bool halve(int64_t n, double *out, void *arg)
{
    (void)arg;
    *out = (double)n / 2;
    return n % 2 == 0;
}
WEIR_FILTER_MAP_FN(halve_fn, halve, int64_t, double)

static bool try_double(int64_t n, int64_t *out, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    *out = 2 * n;
    return true;
}
WEIR_TRY_MAP_FN(try_double_fn, try_double, int64_t, int64_t)

static void increment(int64_t *n, void *arg)
{
    (void)arg;
    ++*n;
}
WEIR_UPDATE_FN(increment_fn, increment, int64_t)

static void add(int64_t *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum += n;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static bool running(int64_t *sum, int64_t n, int64_t *out)
{
    *out = *sum += n;
    return true;
}
WEIR_SCAN_FN(running_fn, running, int64_t, int64_t, int64_t)

static bool count_down(int64_t *n, int64_t *out)
{
    *out = (*n)--;
    return *out > 0;
}
WEIR_UNFOLD_FN(count_down_fn, count_down, int64_t, int64_t)

static void see(int64_t n, void *arg)
{
    *(int64_t *)arg += n;
}
WEIR_EACH_FN(see_fn, see, int64_t)

static weir_stream *up_to(int64_t n, void *arg)
{
    (void)arg;
    return weir_range(0, n);
}
WEIR_THEN_FN(up_to_fn, up_to, int64_t, int64_t)
WEIR_MAP_FN(to_range_fn, up_to, int64_t, weir_stream *)

static weir_stream *itself(int64_t n, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &n);
}
WEIR_THEN_FN(itself_fn, itself, int64_t, int64_t)
WEIR_MAP_FN(to_future_fn, itself, int64_t, weir_stream *)

static void begin(int64_t *state, int64_t n, void *arg)
{
    (void)arg;
    *state = n;
}
static weir_poll go_on(int64_t *state, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(machine_fn, begin, go_on, int64_t, int64_t, int64_t)

WEIR_INDEXED(weir_line, line_no)
static int64_t number_of(struct line_no line, void *arg)
{
    (void)arg;
    return (int64_t)line.index * 100 + (int64_t)line.item.size;
}
WEIR_MAP_FN(number_of_fn, number_of, struct line_no, int64_t, .from = &line_no_type)

WEIR_PAIR(int64_t, weir_owned_line, named)
static int64_t first_of(struct named pair, void *arg)
{
    (void)arg;
    weir_owned_line_drop(&pair.second);
    return pair.first;
}
WEIR_MAP_FN(first_of_fn, first_of, struct named, int64_t, .from = &named_type)

WEIR_RESULT(int64_t, number_or_error)

struct sizes {
    int64_t all, longest;
};
static struct sizes sizes_of(weir_line line, void *arg)
{
    (void)arg;
    return (struct sizes){(int64_t)line.size, (int64_t)line.size};
}
WEIR_MAP_FN(sizes_fn, sizes_of, weir_line, struct sizes, .detached = true)

static weir_poll give_some(int64_t *n, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    for (; *n > 0; --*n)
        weir_co_yield(co, out, *n);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(some_fn, give_some, int64_t, int64_t)

static weir_poll give_one(int64_t *n, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_return(co, out, *n + 1);
    weir_co_end(co);
}
WEIR_CO_FN(one_more_fn, give_one, int64_t, int64_t)

static bool one_less(int64_t *n, int64_t *out, weir_error *error)
{
    (void)error;
    *out = *n - 1;
    return true;
}
WEIR_FIBER_FN(one_less_fn, one_less, int64_t, int64_t)
WEIR_BLOCKING_FN(one_less_aside_fn, one_less, int64_t, int64_t)

static bool yields(int64_t *n, weir_error *error)
{
    (void)error;
    while (*n > 0 && weir_yield(int64_t, *n))
        --*n;
    return true;
}
WEIR_GENERATOR_FN(yields_fn, yields, int64_t, int64_t)

#define LINES WEIR_LINES(bytes(), WEIR_LINE_MAX_DEFAULT)

/* The sum of a chain of numbers. */
#define SUM(s)                                                                                     \
    __extension__({                                                                                \
        int64_t sum_ = 0;                                                                          \
        weir_error error_;                                                                         \
        weir_state state_ = WEIR_RUN(WEIR_FOLD(s, add_fn, &sum_, NULL), &sum_, &error_);           \
        if (state_ != WEIR_READY)                                                                  \
            fputs(WEIR_ERROR_TEXT(&error_), stderr);                                               \
        state_ == WEIR_READY ? sum_ : -1;                                                          \
    })

static int failed;

static void expect(const char *what, int64_t got, int64_t wanted)
{
    if (got != wanted) {
        printf("%s: %lld, and %lld is right\n", what, (long long)got, (long long)wanted);
        failed = 1;
    }
}
#define EXPECT(got, wanted) expect(#got, got, wanted)

static void sources(void)
{
    static const int64_t three[] = {1, 2, 3};
    int64_t n = 3;
    EXPECT(SUM(WEIR_RANGE(0, 5)), 10);
    EXPECT(SUM(WEIR_ITER(int64_t, three, 3)), 6);
    EXPECT(SUM(WEIR_ONCE(int64_t, &n)), 3);
    EXPECT(SUM(WEIR_EMPTY(int64_t)), 0);
    EXPECT(SUM(WEIR_TAKE(WEIR_REPEAT(int64_t, &n), 2)), 6);
    EXPECT(SUM(WEIR_UNFOLD(count_down_fn, &n)), 6);
    EXPECT(SUM(WEIR_CO(one_more_fn, &n)), 4);
    EXPECT(SUM(WEIR_CO_GENERATOR(some_fn, &n, NULL)), 6);
    EXPECT(SUM(WEIR_FIBER(one_less_fn, &n, NULL)), 2);
    EXPECT(SUM(WEIR_GENERATOR(yields_fn, &n, NULL)), 6);
    EXPECT(SUM(WEIR_GO(one_less_fn, &n, NULL)), 2);
    EXPECT(SUM(WEIR_SPAWN_BLOCKING(one_less_aside_fn, &n)), 2);
    EXPECT(SUM(WEIR_MAP(WEIR_LINES_MATCHING(bytes(), 100, "o", 1), length_fn, NULL)), 7);
    EXPECT(SUM(WEIR_OF(int64_t, weir_range(0, 5))), 10);
}

static void one_input(void)
{
    int64_t seen = 0, zero = 0;
    EXPECT(SUM(WEIR_FILTER(WEIR_MAP(LINES, length_fn, NULL), is_long_fn, NULL)), 9);
    EXPECT(SUM(WEIR_MAP(WEIR_MAP(WEIR_RANGE(0, 4), try_double_fn, NULL), increment_fn, NULL)), 16);
    EXPECT(SUM(WEIR_SCAN(WEIR_RANGE(0, 4), running_fn, &zero)), 10);
    EXPECT(SUM(WEIR_INSPECT(WEIR_RANGE(0, 4), see_fn, &seen)), 6);
    EXPECT(seen, 6);
    EXPECT(SUM(weir_pipe(LINES, (WEIR_MAP, length_fn, NULL), (WEIR_FILTER, is_long_fn, NULL))), 9);
    EXPECT(SUM(WEIR_TAKE_WHILE(WEIR_RANGE(4, 9), is_long_fn, NULL)), 30);
    EXPECT(SUM(WEIR_SKIP_WHILE(WEIR_RANGE(4, 9), is_long_fn, NULL)), 0);
    EXPECT(SUM(WEIR_SKIP(WEIR_RANGE(0, 4), 2)), 5);
    EXPECT(SUM(WEIR_AHEAD(WEIR_PEEKABLE(WEIR_SETTLE_HERE(WEIR_RANGE(0, 4))), 2)), 6);
    EXPECT(SUM(WEIR_THEN(WEIR_RANGE(0, 4), itself_fn, NULL)), 6);
    EXPECT(SUM(WEIR_THEN_ASYNC(WEIR_RANGE(0, 4), machine_fn, NULL)), 6);
    EXPECT(SUM(WEIR_MAP_ASYNC(WEIR_RANGE(0, 4), machine_fn, NULL, 2)), 6);
    EXPECT(SUM(WEIR_MAP_ASYNC_ORDERED(WEIR_RANGE(0, 4), machine_fn, NULL, 2)), 6);
    EXPECT(SUM(WEIR_FLAT_MAP(WEIR_RANGE(0, 4), up_to_fn, NULL)), 4);
    EXPECT(SUM(WEIR_FLATTEN(WEIR_MAP(WEIR_RANGE(0, 4), to_range_fn, NULL), int64_t)), 4);
    EXPECT(SUM(WEIR_BUFFERED(WEIR_MAP(WEIR_RANGE(0, 4), to_future_fn, NULL), int64_t, 2)), 6);
    EXPECT(SUM(WEIR_BUFFER_UNORDERED(WEIR_MAP(WEIR_RANGE(0, 4), to_future_fn, NULL), int64_t, 2)),
           6);
    EXPECT(SUM(WEIR_MAP(WEIR_ENUMERATE(LINES, struct line_no), number_of_fn, NULL)), 312);
    EXPECT(SUM(WEIR_ERRORS(WEIR_RESULTS(WEIR_RANGE(0, 4), struct number_or_error))), 6);
}

static void several_inputs(void)
{
    EXPECT(SUM(WEIR_CHAIN(WEIR_RANGE(0, 4), WEIR_RANGE(0, 3))), 9);
    EXPECT(SUM(WEIR_SELECT(WEIR_RANGE(0, 4), WEIR_RANGE(0, 3))), 9);
    EXPECT(SUM(WEIR_MERGE(WEIR_RANGE(0, 4), WEIR_RANGE(0, 3), WEIR_RANGE(0, 2))), 10);
    EXPECT(
        SUM(WEIR_MAP(WEIR_ZIP(WEIR_RANGE(0, 9), WEIR_OWN(LINES), struct named), first_of_fn, NULL)),
        3);
}

/* What each consumer gives goes where its type may go. */
static void consumers(void)
{
    weir_error error;
    uint64_t n = 0;
    bool is = false;
    weir_vec all;
    int64_t sum = 0;
    double half = 0;
    EXPECT(WEIR_RUN(WEIR_COUNT(LINES), &n, &error), WEIR_READY);
    EXPECT((int64_t)n, 3);
    EXPECT(WEIR_RUN(WEIR_ANY(WEIR_RANGE(0, 9), is_long_fn, NULL), &is, &error), WEIR_READY);
    EXPECT(is, true);
    EXPECT(WEIR_AWAIT(WEIR_ALL(WEIR_RANGE(0, 9), is_long_fn, NULL), &is, &error), WEIR_READY);
    EXPECT(is, false);
    EXPECT(WEIR_RUN(WEIR_FOR_EACH(WEIR_RANGE(0, 4), see_fn, &sum), NULL, &error), WEIR_READY);
    EXPECT(sum, 6);
    EXPECT(WEIR_RUN(WEIR_SLEEP(0), NULL, NULL), WEIR_READY);
    EXPECT(WEIR_RUN(WEIR_COLLECT(WEIR_OWN(LINES), 9), &all, &error), WEIR_READY);
    EXPECT((int64_t)((weir_owned_line *)all.items)[1].size, 5);
    weir_vec_drop(&all);
    EXPECT(WEIR_RUN(WEIR_COLLECT(WEIR_DETACHED(WEIR_MAP(LINES, sizes_fn, NULL)), 9), &all, &error),
           WEIR_READY);
    EXPECT(((struct sizes *)all.items)[2].all, 4);
    weir_vec_drop(&all);
    EXPECT(WEIR_RUN(WEIR_COUNT(WEIR_CHUNKS(WEIR_RANGE(0, 5), 2)), &n, &error), WEIR_READY);
    EXPECT((int64_t)n, 3);
    WEIR_AUTO halves = WEIR_FILTER_MAP(WEIR_RANGE(2, 9), halve_fn, NULL);
    EXPECT(WEIR_RUN(WEIR_NEXT(halves), &half, &error), WEIR_READY);
    EXPECT(WEIR_RUN(WEIR_COUNT(WEIR_TAKE(WEIR_BY_REF(halves), 1)), &n, &error), WEIR_READY);
    EXPECT(WEIR_AWAIT_NEXT(halves, &half, &error), WEIR_READY);
    EXPECT((int64_t)half, 3);
    weir_drop(halves.stream);
}

static void who_waits(void)
{
    weir_error error;
    int64_t sum = 0, x = 0;
    weir_rt *rt = weir_rt_new(NULL, &error);
    WEIR_AUTO numbers = WEIR_RANGE(5, 9);
    EXPECT(WEIR_RT_NEXT(rt, numbers, &x, &error), WEIR_READY);
    EXPECT(WEIR_RT_RUN(rt, WEIR_FOLD(numbers, add_fn, &x, NULL), &sum, &error), WEIR_READY);
    weir_rt_drop(rt);
    EXPECT(sum, 26);
    WEIR_FOR_AWAIT(int64_t, n, WEIR_RANGE(0, 4))
    sum += n;
    WEIR_FOR_TRY(weir_line, line, LINES, error)
    sum += (int64_t)line.size;
    EXPECT(sum, 44);
    EXPECT(SUM(WEIR_SPAWN(WEIR_ONCE(int64_t, &x))), 5);
    EXPECT(SUM(WEIR_SPAWN_LOCAL(WEIR_ONCE(int64_t, &x))), 5);
    weir_drop(WEIR_TO_LINES(LINES));
}

int main(void)
{
    sources();
    one_input();
    several_inputs();
    consumers();
    who_waits();
    weir_thread_end();
    return failed;
}
