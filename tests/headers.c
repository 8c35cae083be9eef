/* A user's program with a function of each kind. It is compiled as strict C11 and as GNU C, with
 * every warning a user may have on; tests/headers.sh tells. */

#include <weir.h>

#include <stdio.h>

static int64_t square(int64_t x, void *arg)
{
    (void)arg;
    return x * x;
}
WEIR_MAP_FN(square_fn, square, int64_t, int64_t)

static bool halve(int64_t x, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = x / 2;
    if (x % 2 == 0)
        return true;
    weir_error_set(error, WEIR_E_USER, "%lld is odd", (long long)x);
    return false;
}
WEIR_TRY_MAP_FN(halve_fn, halve, int64_t, int64_t)

static void increment(int64_t *x, void *arg)
{
    (void)arg;
    ++*x;
}
WEIR_UPDATE_FN(increment_fn, increment, int64_t)

static bool is_even(int64_t x, void *arg)
{
    (void)arg;
    return x % 2 == 0;
}
WEIR_FILTER_FN(even_fn, is_even, int64_t)

struct row {
    const char *name;
    size_t size;
};

static bool parse(weir_line line, struct row *out, void *arg)
{
    (void)arg;
    out->name = line.data;
    out->size = line.size;
    return line.size > 0;
}
WEIR_FILTER_MAP_FN(parse_fn, parse, weir_line, struct row)

static int64_t size_of(struct row row, void *arg)
{
    (void)arg;
    return (int64_t)row.size;
}
WEIR_MAP_FN(size_fn, size_of, struct row, int64_t)

static bool running(int64_t *sum, int64_t x, double *out)
{
    *sum += x;
    *out = (double)*sum;
    return true;
}
WEIR_SCAN_FN(running_fn, running, int64_t, int64_t, double)

static void add(double *sum, double x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, double, double)

static bool count_down(int64_t *n, int64_t *out)
{
    *out = (*n)--;
    return *out > 0;
}
WEIR_UNFOLD_FN(down_fn, count_down, int64_t, int64_t)

static bool look_up(int64_t *state, double *out, weir_error *error)
{
    (void)error;
    *out = (double)*state;
    return true;
}
WEIR_BLOCKING_FN(look_up_fn, look_up, int64_t, double)

static void show(double x, void *arg)
{
    fprintf((FILE *)arg, "%g\n", x);
}
WEIR_EACH_FN(show_fn, show, double)

static weir_stream *single(int64_t x, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &x);
}
WEIR_THEN_FN(single_fn, single, int64_t, int64_t)

static void start(int64_t *state, int64_t x, void *arg)
{
    (void)arg;
    *state = x;
}
static weir_poll finish(int64_t *state, weir_cx *cx, int64_t *out)
{
    (void)cx;
    *out = *state;
    return WEIR_POLL_ONE;
}
WEIR_ASYNC_FN(async_fn, start, finish, int64_t, int64_t, int64_t, .detached = true)

WEIR_PAIR(int64_t, double, reading)
static double mean(struct reading pair, void *arg)
{
    (void)arg;
    return ((double)pair.first + pair.second) / 2;
}
WEIR_MAP_FN(mean_fn, mean, struct reading, double, .from = &reading_type)

struct pairs {
    weir_stream *source;
    int64_t x, last;
};
static void pairs_drop(void *state)
{
    weir_drop(((struct pairs *)state)->source);
}
static weir_poll pairs(struct pairs *self, weir_co *co, struct reading *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->x, self->source, weir_range(0, 9)) {
        weir_co_yield(co, out, (struct reading){self->last, (double)self->x});
        self->last = self->x;
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(pairs_fn, pairs, struct pairs, struct reading, .to = &reading_type,
                     .drop = pairs_drop)

static weir_poll last_of(struct pairs *self, weir_co *co, double *out)
{
    weir_poll got;
    weir_co_begin(co);
    weir_co_await(co, got, self->source, &self->x);
    if (got.state == WEIR_ERROR)
        weir_co_pass(co);
    weir_co_return(co, out, (double)self->x);
    weir_co_end(co);
}
WEIR_CO_FN(last_fn, last_of, struct pairs, double, .drop = pairs_drop)

static weir_stream *numbers(void)
{
    static const int64_t nine = 9;
    weir_stream *stream = weir_map(weir_unfold(&down_fn, &nine), &square_fn, NULL);
    stream = weir_map(weir_filter(stream, &even_fn, NULL), &halve_fn, NULL);
    stream = weir_then(weir_map(stream, &increment_fn, NULL), &single_fn, NULL);
    return weir_map_async(stream, &async_fn, NULL, 2);
}

int main(void)
{
    static const int64_t zero = 0;
    static const double none = 0;
    weir_error error;
    double sum;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error);
    weir_stream *lines = weir_lines(weir_memory_reader("a\nbc\n", 5), WEIR_LINE_MAX_DEFAULT);
    weir_stream *sizes = weir_map(weir_filter_map(lines, &parse_fn, NULL), &size_fn, NULL);
    weir_stream *sums = weir_scan(weir_chain(numbers(), sizes), &running_fn, &zero);
    sums = weir_map(weir_zip(weir_range(0, 99), sums), &mean_fn, NULL);
    sums = weir_chain(sums, weir_map(weir_co_generator(&pairs_fn, NULL, NULL), &mean_fn, NULL));
    sums = weir_chain(
        sums, weir_co(&last_fn, &(struct pairs){.source = weir_once(&weir_type_i64, &zero)}));
    weir_stream *future = weir_fold(weir_inspect(sums, &show_fn, stderr), &add_fn, &none, NULL);
    if (weir_rt_run(rt, future, &sum, &error) != WEIR_READY)
        fputs(WEIR_ERROR_TEXT(&error), stderr);
    if (weir_rt_run(rt, weir_spawn_blocking(&look_up_fn, &zero), &sum, &error) != WEIR_READY)
        fputs(WEIR_ERROR_TEXT(&error), stderr);
    weir_rt_drop(rt);
    return 0;
}
