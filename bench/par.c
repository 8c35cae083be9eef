/* What parallel iteration costs beside the same work split in two halves by hand, on two threads.
 * Both run in each round, one right after the other.
 *
 *   par          all rows; par ROW: one
 *
 * A row: its name, and with tabs between them nanoseconds an item by the clock, of the processors,
 * by the clock of the halves, and the median of the halves over it: 1 is as good as the split.
 */

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "measure.h"
#include "weir.h"

enum { ROUNDS = 40, LIMIT = 8 };

static void die(const char *what, const weir_error *error)
{
    fprintf(stderr, "par: %s: %s\n", what, WEIR_ERROR_TEXT(error));
    exit(1);
}

/* ---- the work: steps that wait for each other, and that no compiler makes fewer ---- */

static const struct body {
    const char *name;
    uint64_t steps;
    int64_t items;
} bodies[] = {{"20ns", 24, 400000}, {"1us", 640, 10000}, {"1ms", 640000, 16}};

static const struct body *body; /* that runs */

static __attribute__((noinline)) uint64_t work(uint64_t x)
{
    for (uint64_t i = 0; i < body->steps; i++)
        x = (x ^ x >> 29) * 6364136223846793005u;
    return x;
}

/* ---- by hand ---- */

struct half {
    int64_t from, to;
    uint64_t sum;
};

static void *run_half(void *arg)
{
    struct half *half = arg;
    for (int64_t i = half->from; i < half->to; i++)
        half->sum += work((uint64_t)i);
    return NULL;
}

static uint64_t in_halves(void)
{
    struct half first = {.to = body->items / 2}, second = {first.to, body->items, 0};
    pthread_t thread;
    if (pthread_create(&thread, NULL, run_half, &second))
        exit(1);
    run_half(&first);
    pthread_join(thread, NULL);
    return first.sum + second.sum;
}

/* ---- by weir ---- */

static uint64_t work_of(int64_t item, void *arg)
{
    (void)arg;
    return work((uint64_t)item);
}
WEIR_MAP_FN(work_fn, work_of, int64_t, uint64_t)

static void add(uint64_t *sum, uint64_t item, void *arg)
{
    (void)arg;
    *sum += item;
}
WEIR_FOLD_FN(add_fn, add, uint64_t, uint64_t)

static void add_work(uint64_t *sum, int64_t item, void *arg)
{
    (void)arg;
    *sum += work((uint64_t)item);
}
WEIR_FOLD_FN(add_work_fn, add_work, uint64_t, int64_t)

static weir_stream *sum_of(weir_stream *results)
{
    uint64_t sum = 0;
    return weir_fold(results, &add_fn, &sum, NULL);
}

static weir_stream *map(void)
{
    return sum_of(weir_par_map(weir_range(0, body->items), &work_fn, NULL, LIMIT, NULL));
}

static weir_stream *map_unordered(void)
{
    return sum_of(weir_par_map_unordered(weir_range(0, body->items), &work_fn, NULL, LIMIT, NULL));
}

/* One item a task. */
static weir_stream *map_single(void)
{
    return sum_of(weir_par_map(weir_range(0, body->items), &work_fn, NULL, LIMIT,
                               &WEIR_PAR_OPTIONS(.batch_max = 1)));
}

static weir_stream *fold(void)
{
    uint64_t zero = 0;
    return weir_par_fold(weir_range(0, body->items), &zero, &add_work_fn, &add_fn, NULL, LIMIT,
                         NULL);
}

static const struct way {
    const char *name;
    weir_stream *(*make)(void);
} ways[] = {
    {"map", map}, {"map_unordered", map_unordered}, {"map_single", map_single}, {"fold", fold}};

/* ---- rows ---- */

static double timed_halves(uint64_t *sum)
{
    double begin = wall_ns();
    *sum = in_halves();
    return wall_ns() - begin;
}

static void print_row(const char *name, const struct way *way, weir_rt *rt)
{
    double wall = 1e18, cpu = 1e18, halves = 1e18, ratios[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t sum = 0, wanted;
        weir_error error;
        double wall_begin = wall_ns(), cpu_begin = cpu_ns();
        if (weir_rt_run(rt, way->make(), &sum, &error) != WEIR_READY)
            die(name, &error);
        double took = wall_ns() - wall_begin;
        cpu = lesser(cpu, cpu_ns() - cpu_begin);
        double split = timed_halves(&wanted);
        if (sum != wanted)
            exit(1);
        wall = lesser(wall, took);
        halves = lesser(halves, split);
        ratios[i] = split / took;
    }
    double n = (double)body->items;
    printf("%s\t%.1f\t%.1f\t%.1f\t%.2f\n", name, wall / n, cpu / n, halves / n,
           median(ratios, ROUNDS));
}

int main(int argc, char **argv)
{
    weir_error error;
    weir_rt_options options = {.size = sizeof options, .workers = 2};
    weir_rt *rt = weir_rt_new(&options, &error);
    if (!rt)
        die("runtime", &error);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        for (size_t k = 0; k < sizeof bodies / sizeof *bodies; k++) {
            char name[64];
            body = &bodies[k];
            snprintf(name, sizeof name, "%s_%s", ways[i].name, body->name);
            if (argc < 2 || strcmp(argv[1], name) == 0)
                print_row(name, &ways[i], rt);
        }
    weir_rt_drop(rt);
    return 0;
}
