/* An echo server that was written for a thread a client, on weir: each client is a fiber now, and
 * the rest of the program is what it was. It counts what it does, writes a line of log for each
 * client that has gone, and tells the sum after ^C.
 *
 *     echo_server [-m CLIENTS] [-l LOGFILE] [ADDRESS] */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "weir.h"

enum { BUFFER_BYTES = 4096, LOG_LINE_BYTES = 256 };

struct options {
    const char *address;
    const char *log_path;
    size_t clients_max;
};

struct stats {
    uint64_t clients, failed, bytes;
};

struct server {
    struct options options;
    weir_rt *rt;
    weir_lock lock; /* of what stands below: clients are served on all threads */
    struct stats stats;
    char *log;
    size_t log_used, log_room;
};

static void usage(void)
{
    fprintf(stderr, "usage: echo_server [-m CLIENTS] [-l LOGFILE] [ADDRESS]\n");
    exit(2);
}

static struct options parse_options(int argc, char **argv)
{
    struct options options = {"127.0.0.1:0", NULL, 256};
    int c;
    while ((c = getopt(argc, argv, "m:l:")) != -1) {
        switch (c) {
        case 'm':
            options.clients_max = strtoul(optarg, NULL, 10);
            break;
        case 'l':
            options.log_path = optarg;
            break;
        default:
            usage();
        }
    }
    if (argc - optind > 1 || options.clients_max == 0)
        usage();
    if (optind < argc)
        options.address = argv[optind];
    return options;
}

/* ---- what all clients share ---- */

/* The caller has the lock. What does not fit any more is left out. */
static void log_append(struct server *server, const char *line, size_t n)
{
    if (server->log_room - server->log_used < n)
        return;
    memcpy(server->log + server->log_used, line, n);
    server->log_used += n;
}

static void count_client(struct server *server, const char *peer, uint64_t bytes, bool well)
{
    char line[LOG_LINE_BYTES];
    int n = snprintf(line, sizeof line, "%.100s %llu bytes%s\n", peer, (unsigned long long)bytes,
                     well ? "" : ", failed");
    weir_lock_take(&server->lock);
    server->stats.clients++;
    server->stats.failed += !well;
    server->stats.bytes += bytes;
    log_append(server, line, (size_t)n);
    weir_lock_give(&server->lock);
}

/* ---- one client ---- */

static bool echo(weir_duplex client, uint64_t *bytes, weir_error *error)
{
    char buffer[BUFFER_BYTES];
    size_t n;
    *bytes = 0;
    while (weir_await_read(client.reader, buffer, sizeof buffer, &n, error) == WEIR_READY) {
        if (weir_await_write(client.writer, buffer, n, error) != WEIR_READY)
            return false;
        *bytes += n;
    }
    return error->code == WEIR_OK && weir_await_close(client.writer, error) == WEIR_END;
}

WEIR_PAR_FN(serve, weir_duplex, client, struct server *, server)
{
    weir_error error;
    uint64_t bytes;
    char peer[128];
    const char *name = weir_peer_address(client.reader);
    snprintf(peer, sizeof peer, "%s", name ? name : "?");
    bool well = echo(client, &bytes, &error);
    if (!well)
        fprintf(stderr, "%s: %s\n", peer, WEIR_ERROR_TEXT(&error));
    count_client(server, peer, bytes, well);
    weir_duplex_drop(client);
}

/* ---- the program ---- */

static void print_address(const char *address, void *arg)
{
    (void)arg;
    printf("listening on %s\n", address);
    fflush(stdout);
}

static void stop(weir_signal signal, void *rt)
{
    (void)signal;
    weir_rt_stop(rt);
}
WEIR_EACH_FN(stop_fn, stop, weir_signal)

static bool write_log(struct server *server, weir_error *error)
{
    if (!server->options.log_path)
        return true;
    weir_writer *out =
        weir_file_writer(server->options.log_path, &WEIR_FILE_OPTIONS(.append = true));
    weir_state got =
        weir_run(weir_write_all(out, server->log, server->log_used, NULL), NULL, error);
    if (got == WEIR_READY)
        got = weir_run(weir_close(out), NULL, error);
    weir_drop(out);
    return got == WEIR_READY;
}

static bool run(struct server *server, weir_error *error)
{
    weir_stream *clients =
        weir_incoming(server->options.address, &WEIR_LISTEN_OPTIONS(.on_listening = print_address));
    clients = weir_skip_errors(clients, UINT64_MAX, NULL);
    weir_stream *served =
        weir_par_for_each(clients, &serve, server, server->options.clients_max, NULL);
    if (!weir_rt_spawn(server->rt, weir_for_each(weir_ctrl_c(), &stop_fn, server->rt)))
        fprintf(stderr, "no memory to wait for ^C\n");
    return weir_rt_run(server->rt, served, NULL, error) != WEIR_ERROR;
}

int main(int argc, char **argv)
{
    struct server server = {.options = parse_options(argc, argv), .log_room = 1 << 20};
    weir_error error;
    server.rt = weir_rt_new(NULL, &error);
    server.log = malloc(server.log_room);
    if (!server.rt || !server.log)
        return fprintf(stderr, "no memory\n"), 1;
    bool well = run(&server, &error);
    weir_rt_drop(server.rt);
    well = well && write_log(&server, &error);
    free(server.log);
    if (!well)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%llu clients, %llu failed, %llu bytes\n", (unsigned long long)server.stats.clients,
           (unsigned long long)server.stats.failed, (unsigned long long)server.stats.bytes);
    return 0;
}
