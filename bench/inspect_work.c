/* The work that the inspector is measured by. */
#include "inspect_work.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUEST_BYTES = 64 };

_Noreturn void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

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

void work_chain4(weir_rt *rt)
{
    weir_stream *scaled = weir_map(weir_range(0, WORK_ITEMS), &scale_fn, NULL);
    weir_stream *kept = weir_map(weir_filter(scaled, &is_even_fn, NULL), &mix_bits_fn, NULL);
    int64_t zero = 0;
    run(rt, weir_fold(kept, &add_fn, &zero, NULL));
}

static char from[64], to[80];

void work_file_make(void)
{
    static char block[WORK_COPIED];
    snprintf(from, sizeof from, "/tmp/weir-inspected-%d", (int)getpid());
    snprintf(to, sizeof to, "%s.copy", from);
    FILE *file = fopen(from, "wx");
    if (!file || fwrite(block, 1, sizeof block, file) != sizeof block || fclose(file) != 0)
        give_up(from, "not written");
}

void work_file_copy(weir_rt *rt)
{
    weir_writer *copy = weir_file_writer(to, &WEIR_FILE_OPTIONS(.not_durable = true));
    run(rt, weir_copy(weir_file_reader(from), copy));
}

void work_file_remove(void)
{
    unlink(from);
    unlink(to);
}

static bool ask(weir_duplex *peer, uint64_t *answers, weir_error *error)
{
    char request[REQUEST_BYTES] = "?", answer[REQUEST_BYTES];
    for (*answers = 0; *answers < WORK_REQUESTS; ++*answers) {
        weir_read_buf room = weir_read_buf_of(answer, REQUEST_BYTES);
        if (weir_await(weir_write_all(peer->writer, request, REQUEST_BYTES, NULL), NULL, error) !=
                WEIR_READY ||
            weir_await(weir_read_exact(peer->reader, &room), NULL, error) != WEIR_READY)
            return false;
    }
    weir_duplex_drop(*peer);
    return true;
}
WEIR_FIBER_FN(ask_fn, ask, weir_duplex, uint64_t)

void work_echo(weir_rt *rt)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        give_up("echo", "no sockets");
    weir_duplex server = weir_socket(ends[0]), client = weir_socket(ends[1]);
    if (!weir_rt_spawn(rt, weir_copy(server.reader, server.writer)))
        give_up("echo", "no memory");
    run(rt, weir_fiber(&ask_fn, &client, NULL));
}
