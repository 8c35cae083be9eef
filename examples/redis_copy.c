/* Copies a stream of Redis into another one, on the same server or elsewhere. Started again, here
 * or on another machine, it shares the work; killed, what it had in hand is given to another, and
 * may be there twice. ^C ends it when all that it took is stored.
 *
 *     redis_copy FROM-ADDRESS STREAM TO-ADDRESS STREAM */

#include <signal.h>
#include <stdio.h>

#include "weir.h"
#include "weir/redis.h"

static weir_rt *rt;

static void stop(int signo)
{
    (void)signo;
    weir_rt_stop(rt);
}

/* That a server is away, or is there again. */
static void report(const weir_error *error, void *arg)
{
    (void)arg;
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
}

int main(int argc, char **argv)
{
    if (argc < 5) {
        fputs("usage: redis_copy FROM-ADDRESS STREAM TO-ADDRESS STREAM\n", stderr);
        return 2;
    }
    weir_error error;
    rt = weir_rt_new(NULL, &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    signal(SIGINT, stop);
    signal(SIGTERM, stop);

    weir_stream *messages =
        weir_redis(&WEIR_REDIS_FROM(.at.address = argv[1], .stream = argv[2], .group = "copy",
                                    .create = true, .tries_max = 5));
    messages = weir_skip_errors(weir_inspect_err(messages, report, NULL), UINT64_MAX, NULL);
    weir_stream *stored =
        weir_to_redis(messages, &WEIR_REDIS_INTO(.at.address = argv[3], .stream = argv[4]));

    uint64_t n = 0;
    weir_state got = weir_rt_run(rt, stored, &n, &error);
    if (got == WEIR_ERROR)
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    else
        printf("%llu copied\n", (unsigned long long)n);
    weir_rt_drop(rt);
    return got == WEIR_ERROR;
}
