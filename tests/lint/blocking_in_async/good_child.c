/* A child process behind fork() has no tasks: it may block as it likes until it ends. */
#include <unistd.h>
#include <weir.h>

struct job {
    const char *path;
    unsigned pause_s;
};

static void child_main(const struct job *job)
{
    sleep(job->pause_s);
    execl(job->path, job->path, (char *)NULL);
    _exit(127);
}

static bool run(struct job *self, int64_t *pid, weir_error *error)
{
    *pid = fork();
    if (*pid < 0)
        return false;
    if (*pid == 0) {
        pause();
        _exit(0);
    }
    if (fork() == 0)
        child_main(self);
    return weir_await(weir_sleep(1000), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(run_fn, run, struct job, int64_t)

weir_stream *job_start(const struct job *job)
{
    return weir_go(&run_fn, job, NULL);
}
