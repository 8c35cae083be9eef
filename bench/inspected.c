/* What an inspector costs: the same work without one, with one, and while somebody is attached, in
 * turn. A run is short, so that the least of many is one that nobody disturbed.
 *
 *   inspected [ROUNDS]   work, nanoseconds of CPU a piece without, with, and attached, tabs between
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "measure.h"
#include "weir.h"

enum { MODES = 3, ITEMS = 20000, COPIED = 8 << 20, REQUESTS = 400, REQUEST = 64 };

static _Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "inspected: %s: %s\n", what, why);
    exit(1);
}

static weir_rt *new_runtime(uint32_t demand, int mode)
{
    weir_error error;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.demand_max = demand, .workers = 1), &error);
    if (!rt || (mode > 0 && !weir_inspect_start(rt, &error)))
        give_up("a runtime", error.message);
    if (mode > 1)
        weir_inspect_attach(rt, true);
    return rt;
}

/* ---- the work ---- */

static void run(weir_rt *rt, weir_stream *future)
{
    uint64_t answer;
    weir_error error;
    if (weir_rt_run(rt, future, &answer, &error) != WEIR_READY)
        give_up("a run", error.message);
}

static int64_t scale(int64_t n, void *arg)
{
    (void)arg;
    return n * 3 + 1;
}
WEIR_MAP_FN(scale_fn, scale, int64_t, int64_t)

static bool is_even(int64_t n, void *arg)
{
    (void)arg;
    return n % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, int64_t)

static int64_t mix_bits(int64_t n, void *arg)
{
    (void)arg;
    return (int64_t)((uint64_t)n * UINT64_C(0x9E3779B97F4A7C15) >> 7);
}
WEIR_MAP_FN(mix_bits_fn, mix_bits, int64_t, int64_t)

static void add(int64_t *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum = (int64_t)((uint64_t)*sum + (uint64_t)n);
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static void chain4(weir_rt *rt)
{
    weir_stream *scaled = weir_map(weir_range(0, ITEMS), &scale_fn, NULL);
    weir_stream *kept = weir_map(weir_filter(scaled, &is_even_fn, NULL), &mix_bits_fn, NULL);
    int64_t zero = 0;
    run(rt, weir_fold(kept, &add_fn, &zero, NULL));
}

static char from[64], to[80];

static void make_file(void)
{
    static char block[COPIED];
    snprintf(from, sizeof from, "/tmp/weir-inspected-%d", (int)getpid());
    snprintf(to, sizeof to, "%s.copy", from);
    FILE *file = fopen(from, "wx");
    if (!file || fwrite(block, 1, sizeof block, file) != sizeof block || fclose(file) != 0)
        give_up(from, "not written");
}

static void file_copy(weir_rt *rt)
{
    weir_writer *copy = weir_file_writer(to, &WEIR_FILE_OPTIONS(.not_durable = true));
    run(rt, weir_copy(weir_file_reader(from), copy));
}

static bool ask(weir_duplex *peer, uint64_t *answers, weir_error *error)
{
    char request[REQUEST] = "?", answer[REQUEST];
    for (*answers = 0; *answers < REQUESTS; ++*answers) {
        weir_read_buf room = weir_read_buf_of(answer, REQUEST);
        if (weir_await(weir_write_all(peer->writer, request, REQUEST, NULL), NULL, error) !=
                WEIR_READY ||
            weir_await(weir_read_exact(peer->reader, &room), NULL, error) != WEIR_READY)
            return false;
    }
    weir_duplex_drop(*peer);
    return true;
}
WEIR_FIBER_FN(ask_fn, ask, weir_duplex, uint64_t)

/* Both ends stand in one runtime; the kernel is between them. */
static void echo(weir_rt *rt)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        give_up("echo", "no sockets");
    weir_duplex server = weir_socket(ends[0]), client = weir_socket(ends[1]);
    if (!weir_rt_spawn(rt, weir_copy(server.reader, server.writer)))
        give_up("echo", "no memory");
    run(rt, weir_fiber(&ask_fn, &client, NULL));
}

/* ---- measuring ---- */

struct work {
    const char *name;
    void (*run)(weir_rt *rt);
    uint32_t demand;
    double pieces;
};

static const struct work works[] = {{"chain4, demand 1: an item", chain4, 1, ITEMS},
                                    {"chain4, demand 8: an item", chain4, 8, ITEMS},
                                    {"chain4, demand 64: an item", chain4, 64, ITEMS},
                                    {"file copy: a KiB", file_copy, 0, COPIED / 1024},
                                    {"echo of 64 bytes: a request", echo, 0, REQUESTS}};

static double once(const struct work *work, weir_rt *rt)
{
    double start = cpu_ns();
    work->run(rt);
    return (cpu_ns() - start) / work->pieces;
}

static void measure(const struct work *work, unsigned rounds)
{
    double least[MODES] = {1e18, 1e18, 1e18};
    weir_rt *rt[MODES];
    for (int mode = 0; mode < MODES; mode++)
        rt[mode] = new_runtime(work->demand, mode);
    for (unsigned round = 0; round < rounds; round++)
        for (unsigned turn = 0; turn < MODES; turn++) { /* each comes behind each other */
            unsigned mode = (round % 2 ? MODES - turn : round + turn) % MODES;
            least[mode] = lesser(least[mode], once(work, rt[mode]));
        }
    printf("%s\t%.3f\t%.3f\t%.3f\n", work->name, least[0], least[1], least[2]);
    fflush(stdout);
    for (int mode = 0; mode < MODES; mode++)
        weir_rt_drop(rt[mode]);
}

int main(int argc, char **argv)
{
    unsigned rounds = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : 200;
    make_file();
    for (size_t i = 0; i < sizeof works / sizeof *works; i++)
        measure(&works[i], rounds);
    unlink(from);
    unlink(to);
    return 0;
}
