/* What a task costs: to spawn and join it, and to give its turn away. Nanoseconds of the thread's
 * processor time, the least of 60 short rounds.
 *
 *   tasks          all rows: their names, a tab, nanoseconds
 *   tasks ROW      one
 *   tasks parked   what one that waits keeps, in bytes
 *   tasks spread   spawns across two workers: nanoseconds by the clock, a tab, of all processors
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "measure.h"
#include "weir.h"

enum { ROUNDS = 60, SPAWNS = 10000, AT_ONCE = 1000, YIELDS = 20000, YIELDERS = 100 };

static double now_ns(void)
{
    return clock_ns(CLOCK_THREAD_CPUTIME_ID);
}

static void die(const char *what, const weir_error *error)
{
    fprintf(stderr, "%s: %s\n", what, WEIR_ERROR_TEXT(error));
    exit(1);
}

/* ---- a task that gives one item at once ---- */

static weir_poll give_one(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)cx, (void)demand;
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops give_ops = {
    .size = sizeof give_ops, .name = "give", .poll_next = give_one};

static weir_stream *give(void)
{
    weir_arena *arena = weir_arena_new(WEIR_STAGE_BYTES + WEIR_TASK_BYTES);
    weir_stream *stream = weir_source_in(arena, sizeof *stream, &give_ops, &weir_type_i64);
    stream->stage.one = true;
    return stream;
}

/* ---- spawns `batch` of them, waits for each, until `left` are done ---- */

struct spawner {
    weir_stream stream;
    size_t left, batch, joined;
    weir_stream *(*make)(void);
    int64_t sum;
    weir_stream *handles[AT_ONCE];
};

static void spawn_batch(struct spawner *self)
{
    for (size_t i = 0; i < self->batch; i++)
        self->handles[i] = weir_spawn(self->make());
    self->joined = 0;
}

static weir_poll spawner_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct spawner *self = WEIR_SELF(struct spawner, stream);
    int64_t item;
    (void)demand;
    for (; self->left; self->left -= self->batch) {
        if (self->joined == self->batch)
            spawn_batch(self);
        for (; self->joined < self->batch; self->joined++) {
            weir_poll got = weir_poll_next(self->handles[self->joined], cx, &item, 1);
            if (!got.n)
                return got;
            self->sum += item;
            weir_drop(self->handles[self->joined]);
        }
    }
    *(int64_t *)out = self->sum;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops spawner_ops = {
    .size = sizeof spawner_ops, .name = "spawner", .poll_next = spawner_poll};

static void run_spawns_of(weir_rt *rt, size_t batch, weir_stream *(*make)(void))
{
    weir_stream *stream = weir_source_new(sizeof(struct spawner), &spawner_ops, &weir_type_i64);
    struct spawner *self = WEIR_SELF(struct spawner, stream);
    weir_error error;
    int64_t sum;
    stream->stage.one = true;
    self->make = make;
    self->left = SPAWNS;
    self->batch = self->joined = batch;
    if (weir_rt_run(rt, stream, &sum, &error) != WEIR_READY || sum != SPAWNS)
        die("spawn", &error);
}

static void run_spawns(weir_rt *rt, size_t batch)
{
    run_spawns_of(rt, batch, give);
}

/* ---- tasks that give their turn away ---- */

struct yielder {
    weir_stream stream;
    size_t left;
};

static weir_poll yielder_poll(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct yielder *self = WEIR_SELF(struct yielder, stream);
    (void)demand;
    if (self->left--)
        return weir_wait_turn(cx);
    *(int64_t *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static const weir_stream_ops yielder_ops = {
    .size = sizeof yielder_ops, .name = "yielder", .poll_next = yielder_poll};

static weir_stream *yielder(size_t turns)
{
    weir_stream *stream = weir_source_new(sizeof(struct yielder), &yielder_ops, &weir_type_i64);
    stream->stage.one = true;
    WEIR_SELF(struct yielder, stream)->left = turns;
    return stream;
}

static void run_yields_of(weir_rt *rt, size_t tasks, weir_stream *(*make)(size_t turns))
{
    weir_error error;
    for (size_t i = 1; i < tasks; i++)
        if (!weir_rt_spawn(rt, make(YIELDS / tasks)))
            exit(1);
    if (weir_rt_run(rt, make(YIELDS / tasks + 1), NULL, &error) != WEIR_READY)
        die("yield", &error);
}

static void run_yields(weir_rt *rt, size_t tasks)
{
    run_yields_of(rt, tasks, yielder);
}

/* ---- the same in fibers ---- */

static bool give_one_too(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    *out = 1;
    return true;
}
WEIR_FIBER_FN(give_fn, give_one_too, char, int64_t)

static weir_stream *give_in_a_fiber(void)
{
    return weir_fiber(&give_fn, NULL, NULL);
}

static bool pause_often(size_t *left, int64_t *out, weir_error *error)
{
    (void)error;
    for (*out = 0; (*left)--;)
        if (!weir_pause())
            break;
    return true;
}
WEIR_FIBER_FN(pause_fn, pause_often, size_t, int64_t)

static weir_stream *pausing(size_t turns)
{
    return weir_fiber(&pause_fn, &turns, NULL);
}

static void run_fibers(weir_rt *rt, size_t batch)
{
    run_spawns_of(rt, batch, give_in_a_fiber);
}

static void run_pauses(weir_rt *rt, size_t tasks)
{
    run_yields_of(rt, tasks, pausing);
}

/* ---- tasks that wait ---- */

static size_t held; /* bytes that were asked for and not given back */

static void *count_allocate(void *self, size_t size, size_t align)
{
    void *block;
    (void)self;
    held += size;
    return posix_memalign(&block, align, size) ? NULL : block;
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)self, (void)align;
    held += size - old_size;
    return realloc(block, size);
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    held -= size;
    free(block);
}

static const weir_alloc counting = {sizeof counting, count_allocate, count_resize, count_release,
                                    NULL};

static weir_poll wait_for_ever(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)stream, (void)out, (void)demand;
    return weir_wait_never(cx);
}

static const weir_stream_ops parked_ops = {
    .size = sizeof parked_ops, .name = "parked", .poll_next = wait_for_ever};

static double parked_bytes(weir_rt *rt)
{
    size_t before = held;
    for (size_t i = 0; i < SPAWNS; i++) {
        weir_arena *arena = weir_arena_new(WEIR_STAGE_BYTES + WEIR_TASK_BYTES);
        weir_stream *stream = weir_source_in(arena, sizeof *stream, &parked_ops, &weir_type_i64);
        stream->stage.one = true;
        weir_drop(weir_worker_spawn(weir_rt_worker(rt), stream)); /* it goes on alone */
    }
    while (weir_worker_timeout_ns(weir_rt_worker(rt)) == 0)
        if (!weir_worker_turn(weir_rt_worker(rt), 0))
            die("turn", weir_worker_error(weir_rt_worker(rt)));
    return (double)(held - before) / SPAWNS;
}

/* ---- rows ---- */

static const struct row {
    const char *name;
    void (*run)(weir_rt *rt, size_t n);
    size_t n, operations;
} rows[] = {
    {"spawn_join", run_spawns, 1, SPAWNS},
    {"spawn_join_1000", run_spawns, AT_ONCE, SPAWNS},
    {"yield_100", run_yields, YIELDERS, YIELDS},
    {"yield_1", run_yields, 1, YIELDS},
    {"fiber_spawn_join", run_fibers, 1, SPAWNS},
    {"fiber_spawn_join_1000", run_fibers, AT_ONCE, SPAWNS},
    {"fiber_yield_100", run_pauses, YIELDERS, YIELDS},
    {"fiber_yield_1", run_pauses, 1, YIELDS},
};

static double measure(const struct row *row, weir_rt *rt)
{
    double least = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double begin = now_ns();
        row->run(rt, row->n);
        double each = (now_ns() - begin) / (double)row->operations;
        least = each < least ? each : least;
    }
    return least;
}

/* Across two workers. */
static void print_spread(const char *name, size_t batch, weir_rt *rt)
{
    double wall = 1e18, cpu = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double wall_begin = wall_ns(), cpu_begin = cpu_ns();
        run_spawns(rt, batch);
        wall = lesser(wall, wall_ns() - wall_begin);
        cpu = lesser(cpu, cpu_ns() - cpu_begin);
    }
    printf("%s\t%.1f\t%.1f\n", name, wall / SPAWNS, cpu / SPAWNS);
}

static int spread(void)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 2), &error);
    if (!rt)
        die("runtime", &error);
    print_spread("spawn_join", 1, rt);
    print_spread("spawn_join_1000", AT_ONCE, rt);
    weir_rt_drop(rt);
    return 0;
}

int main(int argc, char **argv)
{
    weir_error error;
    if (argc == 2 && strcmp(argv[1], "spread") == 0)
        return spread();
    weir_alloc_set(&counting);
    weir_rt *rt = weir_rt_new(NULL, &error);
    if (!rt)
        die("runtime", &error);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (argc < 2 || strcmp(argv[1], rows[i].name) == 0)
            printf("%s\t%.1f\n", rows[i].name, measure(&rows[i], rt));
    if (argc == 2 && strcmp(argv[1], "parked") == 0)
        printf("parked\t%.1f bytes\n", parked_bytes(rt));
    weir_rt_drop(rt);
    return 0;
}
