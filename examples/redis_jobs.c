/* Compresses the files that a stream of Redis names, eight at once, each as long as it takes.
 * Started again, here or on another machine that has the same files, it shares them; killed, what
 * it had in hand is given to another. That does no harm: FILE.gz has its name only when it is
 * whole.
 *
 *     redis_jobs ADDRESS STREAM DEAD-STREAM
 *
 * A file that is not there is given up, and told of in DEAD-STREAM; another that cannot be
 * compressed comes again in a minute, five times at most. SIGTERM and ^C: no more are taken, and it
 * exits with 0; what was cut in the midst goes back. */

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "weir.h"
#include "weir/redis.h"

enum { AT_ONCE = 8, TRIES_MAX = 5, PATH_BYTES = 4096 };
#define A_MINUTE_NS 60000000000ull

static bool compress_file(const char *path, weir_error *error)
{
    char to[PATH_BYTES + sizeof ".gz"];
    snprintf(to, sizeof to, "%s.gz", path);
    weir_reader *packed = weir_gzip(weir_file_reader(path), WEIR_GZIP_LEVEL_DEFAULT);
    return weir_await(weir_copy(packed, weir_file_writer(to, NULL)), NULL, error) == WEIR_READY;
}

/* The body of the loop: each job ends in one of three ways. */
WEIR_PAR_FN(work, weir_job, job, void *, arg)
{
    char path[PATH_BYTES];
    weir_error error;
    weir_line name = job.message.value;
    (void)arg;
    if (name.size >= sizeof path) {
        weir_job_dead(&job, "is too long for a name");
        return;
    }
    snprintf(path, sizeof path, "%.*s", (int)name.size, name.data);
    if (compress_file(path, &error))
        weir_job_done(&job);
    else if (error.code == WEIR_E_SYSTEM && error.number == ENOENT)
        weir_job_dead(&job, error.message);
    else
        weir_job_again(&job, error.code == WEIR_E_STOPPED ? 0 : A_MINUTE_NS);
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
    if (argc != 4) {
        fputs("usage: redis_jobs ADDRESS STREAM DEAD-STREAM\n", stderr);
        return 2;
    }
    weir_stream *jobs = weir_redis_jobs(&WEIR_REDIS_FROM(.at.address = argv[1], .stream = argv[2],
                                                         .group = "compress", .create = true,
                                                         .tries_max = TRIES_MAX, .dead = argv[3]));
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
