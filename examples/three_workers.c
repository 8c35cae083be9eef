/* One of several who share the orders of a stream of Redis, a millisecond of work each. What it did
 * is appended to a file of its own, and an order is acknowledged once its line is on the disk.
 * Killed, it loses nothing: what it had in hand goes to the others. three_workers.sh does that.
 *
 *     three_workers ADDRESS FILE NAME
 *
 * SIGTERM: takes no more, and ends when the server knows what it did. */

#include <signal.h>
#include <stdio.h>

#include "weir.h"
#include "weir/redis.h"

enum { LINE_BYTES_MAX = 1000 };
#define MS_NS 1000000ull

static weir_rt *rt;

static void stop(int signo)
{
    (void)signo;
    weir_rt_stop(rt);
}

/* That the server is away, or is there again: no reason to end. */
static void report(const weir_error *error, void *arg)
{
    fprintf(stderr, "%s: %s\n", (const char *)arg, WEIR_ERROR_TEXT(error));
}

static weir_line value_of(weir_message message, void *arg)
{
    (void)arg;
    return message.value;
}
WEIR_MAP_FN(value_fn, value_of, weir_message, weir_line)

/* A page of orders at a time, so that three have some of it; what nobody has spoken of for a second
 * is somebody else's. */
static weir_stream *orders(const char *address, char *name)
{
    weir_stream *messages = weir_redis(
        &WEIR_REDIS_FROM(.at.address = address, .stream = "orders", .group = "workers",
                         .name = name, .create = true, .fetch_max = 32, .claim_ns = 1000 * MS_NS));
    return weir_skip_errors(weir_inspect_err(messages, report, name), UINT64_MAX, NULL);
}

/* The marks between the messages pass all stages; the file settles them when it is synced. */
static weir_stream *work_off(weir_stream *messages, const char *file)
{
    weir_stream *done = weir_map(weir_throttle(messages, MS_NS), &value_fn, NULL);
    return weir_forward(
        weir_to_lines_each(done, LINE_BYTES_MAX),
        weir_file_writer(file, &WEIR_FILE_OPTIONS(.append = true, .cut_torn = true)));
}

int main(int argc, char **argv)
{
    weir_error error;
    if (argc != 4)
        return fprintf(stderr, "usage: three_workers ADDRESS FILE NAME\n"), 2;
    rt = weir_rt_new(NULL, &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    signal(SIGTERM, stop);
    weir_state got = weir_rt_run(rt, work_off(orders(argv[1], argv[3]), argv[2]), NULL, &error);
    if (got == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    weir_rt_drop(rt);
    return got == WEIR_ERROR;
}
