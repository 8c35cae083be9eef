/* What an item costs in each chain, beside a loop written by hand. One line a row:
 * row, variant, nanoseconds per item, tab-separated. `ops [--row NAME] [--items N]`. The rows are
 * those of peers/futures-rs, item for item. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

static int64_t scale(int64_t x, void *arg)
{
    (void)arg;
    return x * 3 + 1;
}

static bool is_even(int64_t x, void *arg)
{
    (void)arg;
    return (x & 1) == 0;
}

static int64_t fold_bits(int64_t x, void *arg)
{
    (void)arg;
    return x ^ (x >> 3);
}

static int64_t add(int64_t sum, int64_t x, void *arg)
{
    (void)arg;
    return (int64_t)((uint64_t)sum + (uint64_t)x);
}

struct pair {
    int64_t a, b;
};

static int64_t add_pair(struct pair pair, void *arg)
{
    return add(pair.a, pair.b, arg);
}

static int64_t add_chunk(weir_vec chunk, void *arg)
{
    int64_t sum = 0;
    const int64_t *items = chunk.items;
    for (size_t i = 0; i < chunk.n; i++)
        sum = add(sum, items[i], arg);
    weir_vec_drop(&chunk);
    return sum;
}

static weir_stream *ready(int64_t x, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &x);
}

/* A future that is PENDING once and wakes itself. */
struct pending_once {
    weir_stream stream;
    int64_t item;
    bool polled;
};

static weir_poll pending_once_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct pending_once *self = WEIR_CONTAINER(stream, struct pending_once, stream);
    (void)demand;
    if (!self->polled) {
        self->polled = true;
        return weir_yield(cx);
    }
    *(int64_t *)out = self->item;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops pending_once_ops = {.name = "pending_once",
                                                 .poll_next = pending_once_poll};

static weir_stream *pending_once(int64_t x, void *arg)
{
    (void)arg;
    weir_stream *stream =
        weir_source_new(sizeof(struct pending_once), &pending_once_ops, &weir_type_i64);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_CONTAINER(stream, struct pending_once, stream)->item = x;
    stream->stage.one = true;
    return stream;
}

WEIR_MAP_FN(scale_fn, scale, int64_t, int64_t)
WEIR_FILTER_FN(is_even_fn, is_even, int64_t)
WEIR_MAP_FN(fold_bits_fn, fold_bits, int64_t, int64_t)
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)
WEIR_MAP_FN(add_pair_fn, add_pair, struct pair, int64_t)
WEIR_MAP_FN(add_chunk_fn, add_chunk, weir_vec, int64_t, .from = &weir_type_vec)
WEIR_MAP_FN(ready_fn, ready, int64_t, weir_stream *, .to = &weir_type_stream)
WEIR_MAP_FN(pending_once_fn, pending_once, int64_t, weir_stream *, .to = &weir_type_stream)

static weir_stream *sum(weir_stream *stream)
{
    int64_t zero = 0;
    return weir_fold(stream, &add_fn, &zero, NULL);
}

static weir_stream *chain4(int64_t n)
{
    weir_stream *stream = weir_map(weir_range(0, n), &scale_fn, NULL);
    return sum(weir_map(weir_filter(stream, &is_even_fn, NULL), &fold_bits_fn, NULL));
}

static weir_stream *select_two(int64_t n)
{
    return sum(weir_select(weir_range(0, n / 2), weir_range(n / 2, n)));
}

static weir_stream *zip_two(int64_t n)
{
    return sum(weir_map(weir_zip(weir_range(0, n), weir_range(0, n)), &add_pair_fn, NULL));
}

static weir_stream *chunks64(int64_t n)
{
    return sum(weir_map(weir_chunks(weir_range(0, n), 64), &add_chunk_fn, NULL));
}

static weir_stream *unordered16(int64_t n)
{
    weir_stream *futures = weir_map(weir_range(0, n), &ready_fn, NULL);
    return sum(weir_buffer_unordered(futures, &weir_type_i64, 16));
}

static weir_stream *unordered16_pending(int64_t n)
{
    weir_stream *futures = weir_map(weir_range(0, n), &pending_once_fn, NULL);
    return sum(weir_buffer_unordered(futures, &weir_type_i64, 16));
}

static double seconds(void)
{
    return (double)weir_sys_posix.now_ns(&weir_sys_posix) * 1e-9;
}

__attribute__((noinline)) static int64_t hand_loop(int64_t n)
{
    int64_t total = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t x = scale(i, NULL);
        if (is_even(x, NULL))
            total = add(total, fold_bits(x, NULL), NULL);
    }
    return total;
}

/* The same loop as the batch kernels are compiled: -O3, for the widest registers there are. */
WEIR_EACH_LEVEL_(wide_loop, (int64_t n, int64_t *total), {
    for (int64_t i = 0; i < n; i++) {
        int64_t x = scale(i, NULL);
        if (is_even(x, NULL))
            *total = add(*total, fold_bits(x, NULL), NULL);
    }
})
static void (*const wide_loop[WEIR_CPU_LEVELS])(int64_t, int64_t *) = WEIR_LEVELS_(wide_loop);

static volatile int64_t kept; /* what a loop made must be seen to be used */

static void run_hand_loops(int64_t n)
{
    double start = seconds();
    kept = hand_loop(n);
    printf("chain4\thandloop\t%.3f\n", (seconds() - start) * 1e9 / (double)n);

    int64_t total = 0;
    start = seconds();
    wide_loop[weir_cpu_level()](n, &total);
    kept = total;
    printf("chain4\twideloop\t%.3f\n", (seconds() - start) * 1e9 / (double)n);
}

static void run_row(const char *row, weir_stream *(*build)(int64_t), uint32_t demand, int64_t n)
{
    weir_rt_options options = {.demand_max = demand};
    weir_error error;
    weir_rt *rt = weir_rt_new(&options, &error);
    int64_t total = 0;
    double start = seconds();
    if (!rt || weir_rt_run(rt, build(n), &total, &error) != WEIR_READY) {
        fprintf(stderr, "%s: %s\n", row, error.message);
        exit(1);
    }
    kept = total;
    printf("%s\tweir@%u\t%.3f\n", row, demand, (seconds() - start) * 1e9 / (double)n);
    weir_rt_drop(rt);
}

static const struct {
    const char *name;
    weir_stream *(*build)(int64_t);
    uint32_t slower; /* fewer items, so that every row takes about as long */
} rows[] = {{"chain4", chain4, 1},
            {"select", select_two, 2},
            {"zip", zip_two, 2},
            {"chunks64", chunks64, 1},
            {"buffer_unordered16", unordered16, 20},
            {"buffer_unordered16_pending", unordered16_pending, 40}};

int main(int argc, char **argv)
{
    const char *only = NULL;
    int64_t items = 20000000;
    for (int i = 1; i + 1 < argc; i += 2) {
        if (!strcmp(argv[i], "--row"))
            only = argv[i + 1];
        else if (!strcmp(argv[i], "--items"))
            items = strtoll(argv[i + 1], NULL, 10);
    }
    if (!only || !strcmp(only, "chain4"))
        run_hand_loops(items * 4);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (only && strcmp(only, rows[i].name))
            continue;
        static const uint32_t demands[] = {1, 8, 64, 256};
        for (size_t d = 0; d < sizeof demands / sizeof *demands; d++)
            run_row(rows[i].name, rows[i].build, demands[d],
                    items / rows[i].slower / (demands[d] < 64 ? 4 : 1));
    }
    return 0;
}
