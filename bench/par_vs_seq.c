/* A task an item against one state machine: the third field of each line of a table is added up.
 * The least of 20 rounds.
 *
 *   par_vs_seq   ways, a tab, nanoseconds a line by the clock, a tab, of all processors
 */

#include <stdio.h>
#include <string.h>

#include "measure.h"
#include "weir.h"

enum { ROUNDS = 20, LINES = 20000, LINE_MAX = 100, LIMIT = 64 };

static char table[LINES * LINE_MAX];
static size_t table_bytes;

static void make_table(void)
{
    for (unsigned i = 0; i < LINES; i++)
        table_bytes += (size_t)snprintf(table + table_bytes, LINE_MAX, "%u,name of %u,%u,%u,end\n",
                                        i, i * 7u, i % 1000, i * 31u);
}

/* ---- one state machine over the bytes ---- */

static uint64_t by_hand(void)
{
    uint64_t sum = 0, value = 0;
    unsigned field = 0;
    for (size_t i = 0; i < table_bytes; i++)
        switch (table[i]) {
        case ',':
            sum += field == 2 ? value : 0;
            field++;
            break;
        case '\n':
            field = 0;
            value = 0;
            break;
        default:
            value = field == 2 ? value * 10 + (uint64_t)(table[i] - '0') : 0;
        }
    return sum;
}

/* ---- a line at a time ---- */

static uint64_t third_of(const char *at, size_t n)
{
    const char *end = at + n;
    for (unsigned field = 0; field < 2 && at; field++) {
        at = memchr(at, ',', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    uint64_t value = 0;
    for (; at && at < end && *at != ','; at++)
        value = value * 10 + (uint64_t)(*at - '0');
    return value;
}

static void add_line(uint64_t *sum, weir_line line, void *arg)
{
    (void)arg;
    *sum += third_of(line.data, line.size);
}
WEIR_FOLD_FN(add_line_fn, add_line, uint64_t, weir_line)

static uint64_t third(weir_owned_line line, void *arg)
{
    (void)arg;
    uint64_t value = third_of(line.data, line.size);
    weir_owned_line_drop(&line);
    return value;
}
WEIR_MAP_FN(third_fn, third, weir_owned_line, uint64_t, .detached = true)

static weir_stream *third_later(weir_owned_line line, void *arg)
{
    uint64_t value = third(line, arg);
    return weir_once(&weir_type_u64, &value);
}
WEIR_THEN_FN(third_later_fn, third_later, weir_owned_line, uint64_t)

static void add(uint64_t *sum, uint64_t item, void *arg)
{
    (void)arg;
    *sum += item;
}
WEIR_FOLD_FN(add_fn, add, uint64_t, uint64_t)

static weir_stream *lines(void)
{
    return weir_lines(weir_memory_reader(table, table_bytes), LINE_MAX);
}

static weir_stream *chain(void)
{
    uint64_t sum = 0;
    return weir_fold(lines(), &add_line_fn, &sum, NULL);
}

static weir_stream *sum_of(weir_stream *values)
{
    uint64_t sum = 0;
    return weir_fold(values, &add_fn, &sum, NULL);
}

static weir_stream *batches(void)
{
    return sum_of(weir_par_map(weir_own(lines()), &third_fn, NULL, LIMIT, NULL));
}

static weir_stream *task_an_item(void)
{
    return sum_of(weir_par_map(weir_own(lines()), &third_later_fn, NULL, LIMIT, NULL));
}

/* ---- rows ---- */

static const struct way {
    const char *name;
    weir_stream *(*make)(void); /* NULL: by hand */
} ways[] = {{"state_machine", NULL},
            {"chain", chain},
            {"par_map", batches},
            {"task_an_item", task_an_item}};

static uint64_t run(const struct way *way, weir_rt *rt)
{
    uint64_t sum = 0;
    weir_error error;
    if (!way->make)
        return by_hand();
    if (weir_rt_run(rt, way->make(), &sum, &error) == WEIR_READY)
        return sum;
    fprintf(stderr, "par_vs_seq: %s: %s\n", way->name, WEIR_ERROR_TEXT(&error));
    exit(1);
}

static void print_row(const struct way *way, weir_rt *rt)
{
    double wall = 1e18, cpu = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double wall_begin = wall_ns(), cpu_begin = cpu_ns();
        uint64_t sum = run(way, rt);
        wall = lesser(wall, wall_ns() - wall_begin);
        cpu = lesser(cpu, cpu_ns() - cpu_begin);
        if (sum != by_hand())
            exit(1);
    }
    printf("%s\t%.1f\t%.1f\n", way->name, wall / LINES, cpu / LINES);
}

int main(void)
{
    weir_error error;
    weir_rt_options options = {.size = sizeof options, .workers = 2};
    weir_rt *rt = weir_rt_new(&options, &error);
    if (!rt)
        return 1;
    make_table();
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++)
        print_row(&ways[i], rt);
    weir_rt_drop(rt);
    return 0;
}
