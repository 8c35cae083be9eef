/* A program to look at while it runs:
 *
 *     target pipe SECONDS [SLOW_US [FAST_US]]   make -> channel -> enrich (slow) -> channel ->
 * write target par SECONDS [WAIT_US [LIMIT]]      a server of 127.0.0.1, whose clients ask and ask
 *     target stuck SECONDS [AFTER]              after so many ms a map does not return
 *     target chain SECONDS                      five stages in one task, the third is slow
 *
 * SECONDS is about how long it runs. It prints a line when it has begun. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "weir.h"

enum { US = 1000 };
#define S_NS UINT64_C(1000000000)

static struct {
    uint64_t ends_ns;
    uint64_t slow_ns, fast_ns;
    size_t limit;
    uint64_t stuck_at;
    char address[WEIR_ADDRESS_BYTES];
} all;

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * S_NS + (uint64_t)now.tv_nsec;
}

static void spin(uint64_t ns)
{
    uint64_t until_ns = now_ns() + ns;
    while (now_ns() < until_ns)
        ;
}

static bool goes_on(int64_t n, void *arg)
{
    (void)n;
    (void)arg;
    return now_ns() < all.ends_ns;
}
WEIR_FILTER_FN(goes_on_fn, goes_on, int64_t)

static int64_t parse(int64_t n, void *arg)
{
    (void)arg;
    spin(all.fast_ns);
    return n;
}
WEIR_MAP_FN(parse_fn, parse, int64_t, int64_t)

static int64_t enrich(int64_t n, void *arg)
{
    (void)arg;
    spin(all.slow_ns);
    return n;
}
WEIR_MAP_FN(enrich_fn, enrich, int64_t, int64_t)

static int64_t store(int64_t n, void *arg)
{
    (void)arg;
    spin(all.fast_ns);
    return n;
}
WEIR_MAP_FN(store_fn, store, int64_t, int64_t)

static weir_stream *numbers(void)
{
    return weir_take_while(weir_range(0, INT64_MAX), &goes_on_fn, NULL);
}

static int came_to(weir_state state, const weir_error *error)
{
    if (state == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    return state == WEIR_ERROR;
}

/* ---- three tasks, and a channel between each two ---- */

static int run_pipe(weir_rt *rt)
{
    weir_sender *to_enrich, *to_store;
    weir_error error;
    uint64_t n;
    weir_stream *parsed = weir_channel(&weir_type_i64, 16, &to_enrich);
    weir_stream *enriched = weir_channel(&weir_type_i64, 16, &to_store);
    bool made =
        weir_rt_spawn(rt, weir_send_each(weir_map(numbers(), &parse_fn, NULL), to_enrich)) &&
        weir_rt_spawn(rt, weir_send_each(weir_map(parsed, &enrich_fn, NULL), to_store));
    weir_sender_drop(to_enrich);
    weir_sender_drop(to_store);
    if (!made)
        return 1;
    return came_to(weir_rt_run(rt, weir_count(weir_map(enriched, &store_fn, NULL)), &n, &error),
                   &error);
}

/* ---- all in one task ---- */

static int run_chain(weir_rt *rt)
{
    weir_error error;
    int64_t sum;
    weir_stream *chain = weir_map(numbers(), &parse_fn, NULL);
    chain = weir_map(weir_map(chain, &enrich_fn, NULL), &store_fn, NULL);
    return came_to(weir_rt_run(rt, weir_sum(chain), &sum, &error), &error);
}

/* ---- one that does not return ---- */

static uint64_t get_stuck(uint64_t n, void *arg)
{
    (void)arg;
    spin(all.fast_ns);
    while (n == all.stuck_at && now_ns() < all.ends_ns)
        /* weir-lint: allow(blocking_in_async) it is what the watchdog is shown */
        usleep(10 * US);
    return n;
}
WEIR_MAP_FN(get_stuck_fn, get_stuck, uint64_t, uint64_t)

static int run_stuck(weir_rt *rt)
{
    weir_error error;
    weir_stream *ticks = weir_interval(1000 * US, WEIR_MISSED_DELAY);
    weir_stream *chain = weir_map(ticks, &get_stuck_fn, NULL);
    if (!weir_rt_spawn(rt, weir_count(chain)))
        return 1;
    return came_to(weir_rt_run(rt, weir_sleep(all.ends_ns - now_ns()), NULL, &error), &error);
}

/* ---- a server ---- */

enum { CLIENTS = 8 };

WEIR_PAR_FN(answer, weir_duplex, near, void *, arg)
{
    weir_error failed;
    (void)arg;
    spin(all.fast_ns);
    (void)weir_await(weir_sleep(all.slow_ns), NULL, &failed);
    (void)weir_await(weir_copy(weir_memory_reader("answer\n", 7), near.writer), NULL, &failed);
    weir_drop(near.reader);
}

/* One after the other. */
static weir_stream *ask(int64_t n, void *arg)
{
    weir_duplex far = weir_dial(all.address, NULL);
    (void)n;
    (void)arg;
    weir_drop(far.writer);
    return weir_copy(far.reader, weir_null_writer());
}
WEIR_THEN_FN(ask_fn, ask, int64_t, uint64_t)

static void begin_to_ask(const char *address, void *rt)
{
    snprintf(all.address, sizeof all.address, "%s", address);
    for (int i = 0; i < CLIENTS; i++)
        if (!weir_rt_spawn(rt, weir_count(weir_then(numbers(), &ask_fn, NULL))))
            fprintf(stderr, "no memory for a client\n");
}

static int run_par(weir_rt *rt)
{
    weir_error error;
    weir_stream *incoming =
        weir_incoming("127.0.0.1:0", &WEIR_LISTEN_OPTIONS(.on_listening = begin_to_ask, .arg = rt));
    weir_stream *until = weir_take_until(weir_skip_errors(incoming, UINT64_MAX, NULL),
                                         weir_sleep(all.ends_ns - now_ns()));
    weir_par_limit *limit = weir_par_limit_new(all.limit);
    weir_stream *served =
        weir_par_for_each(until, &answer, NULL, 64, &WEIR_PAR_OPTIONS(.limit = limit));
    weir_state state = weir_rt_run(rt, served, NULL, &error);
    weir_par_limit_drop(limit);
    return came_to(state, &error);
}

/* ---- which ---- */

static const struct way {
    const char *name;
    int (*run)(weir_rt *rt);
} ways[] = {{"pipe", run_pipe}, {"chain", run_chain}, {"stuck", run_stuck}, {"par", run_par}};

static uint64_t number(char **argv, int argc, int i, uint64_t usual)
{
    return i < argc ? strtoull(argv[i], NULL, 10) : usual;
}

int main(int argc, char **argv)
{
    weir_error error;
    const struct way *way = ways, *end = ways + sizeof ways / sizeof *ways;
    while (way < end && argc > 2 && strcmp(way->name, argv[1]) != 0)
        way++;
    if (argc < 3 || way == end)
        return fprintf(stderr, "target pipe|chain|stuck|par SECONDS [...]\n"), 2;
    all.ends_ns = now_ns() + number(argv, argc, 2, 1) * S_NS;
    all.slow_ns = number(argv, argc, 3, 300) * US;
    all.fast_ns = number(argv, argc, 4, 50) * US;
    all.limit = number(argv, argc, 4, 4);
    all.stuck_at = number(argv, argc, 3, 1000);
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 2), &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%s runs as %d\n", way->name, (int)getpid());
    fflush(stdout);
    int status = way->run(rt);
    weir_rt_drop(rt);
    return status;
}
