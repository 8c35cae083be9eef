/* Works off a stream of jobs on all processors, sixteen at once. Started again, here or on another
 * machine, it shares them; killed, what it had in hand is given to another.
 *
 *     nats_jobs ADDRESS STREAM CONSUMER [SUBJECT [DEAD-SUBJECT]]
 *
 * A job is a number of milliseconds. One that is none is given up, and published with the reason to
 * DEAD-SUBJECT; one that is too long comes again in a minute. Stream and consumer must be there, or
 * are made for SUBJECT. SIGTERM and ^C: no more are taken, those in hand are done, and it exits
 * with 0. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "weir.h"
#include "weir/nats.h"

enum { AT_ONCE = 16, MS_MAX = 10000, TRIES_MAX = 5 };
#define A_MINUTE_NS 60000000000ull
#define MS_NS 1000000ull

/* The body of the loop: each job ends in one of three ways. */
WEIR_PAR_FN(work, weir_job, job, void *, arg)
{
    char text[20], *end;
    (void)arg;
    snprintf(text, sizeof text, "%.*s", (int)job.message.value.size, job.message.value.data);
    unsigned long ms = strtoul(text, &end, 10);
    if (end == text || *end) {
        weir_job_dead(&job, "is no number");
        return;
    }
    if (ms > MS_MAX) {
        weir_job_again(&job, A_MINUTE_NS);
        return;
    }
    weir_await(weir_sleep(ms * MS_NS), NULL, NULL);
    printf("%lu ms: done, try %u\n", ms, (unsigned)job.message.tries);
    fflush(stdout);
    weir_job_done(&job);
}

static weir_rt *rt;

static void stop(int signo)
{
    (void)signo;
    weir_rt_stop(rt);
}

static int tell(const weir_error *error)
{
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    return 1;
}

int main(int argc, char **argv)
{
    if (argc < 4) {
        fputs("usage: nats_jobs ADDRESS STREAM CONSUMER [SUBJECT [DEAD-SUBJECT]]\n", stderr);
        return 2;
    }
    weir_stream *jobs = weir_nats_jobs(
        &WEIR_NATS_FROM(.at = argv[1], .stream = argv[2], .consumer = argv[3], .create = argv[4],
                        .dead = argc > 5 ? argv[5] : NULL, .tries_max = TRIES_MAX));
    weir_error error;

    /* That the server is away may pass: it is tried again. */
    jobs = weir_skip_errors(jobs, UINT64_MAX, NULL);
    weir_stream *all = weir_par_for_each(jobs, &work, NULL, AT_ONCE, NULL);
    rt = weir_rt_new(NULL, &error);
    if (!rt) {
        weir_drop(all);
        return tell(&error);
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    int status = weir_rt_run(rt, all, NULL, &error) == WEIR_ERROR ? tell(&error) : 0;
    weir_rt_drop(rt);
    return status;
}
