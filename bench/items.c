/* What an item costs in each chain.
 *
 *     items list                the rows
 *     items ROW DEMAND          row, demand and CPU nanoseconds an item, the least of 30 short runs
 *     items ROW DEMAND ITEMS... a run of so many, and another: what the items of each came to
 *     items hand                chain4 as a loop, without the library
 *     items memory              what chains allocate
 *     items built               by what this program was built, and on what it runs
 *
 * ROW may be `all`. DEMAND is the most that a consumer asks for at once; several: 1,64. */

#include <gnu/libc-version.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "items.h"

enum { RUNS = 30, ITEMS_MAX = 100000000, DEMAND_MAX = 4096 };

/* `items` in a short run at demand 1; four times as many where more are asked for at once. */
struct row {
    const char *name;
    row_build *build;
    int64_t items;
};

static const struct row rows[] = {
    {"range", row_range, 60000},
    {"map", row_map, 60000},
    {"chain4", row_chain4, 60000},
    {"chain4_all", row_chain4_all, 60000},
    {"own_loop", row_own_loop, 60000},
    {"take", row_take, 60000},
    {"take_while", row_take_while, 60000},
    {"skip", row_skip, 60000},
    {"skip_while", row_skip_while, 60000},
    {"enumerate", row_enumerate, 60000},
    {"scan", row_scan, 60000},
    {"peekable", row_peekable, 60000},
    {"filter_map", row_filter_map, 60000},
    {"try_map", row_try_map, 60000},
    {"inspect", row_inspect, 60000},
    {"chunks64", row_chunks64, 60000},
    {"collect", row_collect, 60000},
    {"step_by", row_step_by, 60000},
    {"dedup", row_dedup, 60000},
    {"chain8", row_chain8, 60000},
    {"filter_predictable", row_filter_predictable, 60000},
    {"random", row_random, 60000},
    {"random_filter", row_random_filter, 60000},
    {"random_map16", row_random_map16, 60000},
    {"random_filter16", row_random_filter16, 60000},
    {"random_filter4", row_random_filter4, 60000},
    {"large64", row_large64, 30000},
    {"large256", row_large256, 15000},
    {"owned_all", row_owned_all, 60000},
    {"owned_half", row_owned_half, 60000},
    {"select", row_select, 60000},
    {"zip", row_zip, 60000},
    {"chain", row_chain, 60000},
    {"merge2", row_merge2, 60000},
    {"merge100", row_merge100, 60000},
    {"merge1000_quiet", row_merge1000_quiet, 240000},
    {"flatten1000", row_flatten1000, 60000},
    {"flatten10", row_flatten10, 30000},
    {"flatten_unordered16", row_flatten_unordered16, 30000},
    {"group_by16", row_group_by16, 20000},
    {"then", row_then, 6000},
    {"buffered16", row_buffered16, 6000},
    {"buffered16_pending", row_buffered16_pending, 3000},
    {"buffer_unordered16", row_buffer_unordered16, 6000},
    {"buffer_unordered16_pending", row_buffer_unordered16_pending, 3000},
    {"then_async", row_then_async, 20000},
    {"map_async16", row_map_async16, 20000},
    {"map_async16_pending", row_map_async16_pending, 6000},
    {"map_async_ordered16", row_map_async_ordered16, 20000},
    {"channel", row_channel, 60000},
};

enum { ROWS = sizeof rows / sizeof *rows };

double cpu_ns(void)
{
    struct timespec used;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return (double)used.tv_sec * 1e9 + (double)used.tv_nsec;
}

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "items: %s: %s\n", what, why);
    exit(1);
}

static int64_t number(const char *what, const char *text, int64_t max)
{
    char *end;
    long long value = strtoll(text, &end, 10);
    if (*text && !*end && value >= 1 && value <= max)
        return value;
    fprintf(stderr, "items: %s is '%s'; a number from 1 to %lld\n", what, text, (long long)max);
    exit(2);
}

static weir_rt *new_runtime(uint32_t demand)
{
    weir_rt_options options = {.demand_max = demand};
    weir_error error;
    weir_rt *rt = weir_rt_new(&options, &error);
    if (!rt)
        give_up("a runtime", error.message);
    return rt;
}

/* What the items of one run come to. instructions.sh counts from its call to its return. */
__attribute__((noinline)) static int64_t run_row(const struct row *row, weir_rt *rt, int64_t n)
{
    int64_t sum;
    weir_error error;
    if (weir_rt_run(rt, row->build(n), &sum, &error) != WEIR_READY)
        give_up(row->name, error.message);
    return sum;
}

static void print_sums(const struct row *row, uint32_t demand, char **items)
{
    weir_rt *rt = new_runtime(demand);
    for (; *items; items++) {
        int64_t n = number("ITEMS", *items, ITEMS_MAX);
        printf("%s\t%u\t%lld\n", row->name, demand, (long long)run_row(row, rt, n));
    }
    weir_rt_drop(rt);
}

static void print_ns(const struct row *row, uint32_t demand)
{
    int64_t n = demand == 1 ? row->items : row->items * 4;
    weir_rt *rt = new_runtime(demand);
    double least = 1e18;
    for (int i = 0; i < RUNS; i++) {
        double start = cpu_ns();
        run_row(row, rt, n);
        double ns = cpu_ns() - start;
        least = ns < least ? ns : least;
    }
    printf("%s\t%u\t%.3f\n", row->name, demand, least / (double)n);
    weir_rt_drop(rt);
}

static int list_rows(void)
{
    for (size_t i = 0; i < ROWS; i++)
        puts(rows[i].name);
    return 0;
}

static const struct row *find_row(const char *name)
{
    for (size_t i = 0; i < ROWS; i++)
        if (!strcmp(rows[i].name, name))
            return &rows[i];
    fprintf(stderr, "items: no row is called '%s'; `items list` has them\n", name);
    exit(2);
}

static int usage(void)
{
    fputs("usage: items list | hand | memory | built | ROW DEMAND [ITEMS...]\n", stderr);
    return 2;
}

static int run_word(const char *word)
{
    if (!strcmp(word, "list"))
        return list_rows();
    if (!strcmp(word, "hand"))
        return print_by_hand(), 0;
    if (!strcmp(word, "memory"))
        return print_memory() ? 0 : 1;
    if (!strcmp(word, "built"))
        return printf("%s, glibc %s\n", ITEMS_BUILT_BY, gnu_get_libc_version()), 0;
    return usage();
}

static void run_demands(const struct row *row, const char *demands, char **items)
{
    char words[32];
    char *rest;
    snprintf(words, sizeof words, "%s", demands);
    for (char *word = strtok_r(words, ",", &rest); word; word = strtok_r(NULL, ",", &rest)) {
        uint32_t demand = (uint32_t)number("DEMAND", word, DEMAND_MAX);
        if (*items)
            print_sums(row, demand, items);
        else
            print_ns(row, demand);
    }
}

int main(int argc, char **argv)
{
    if (argc == 2)
        return run_word(argv[1]);
    if (argc < 3)
        return usage();
    if (strcmp(argv[1], "all") != 0) {
        run_demands(find_row(argv[1]), argv[2], argv + 3);
        return 0;
    }
    for (size_t i = 0; i < ROWS; i++)
        run_demands(&rows[i], argv[2], argv + 3);
    return 0;
}
