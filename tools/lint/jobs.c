/* A process for each file: what is parsed needs no end but the process's, and a file that libclang
 * dies of is one line and no more. */
#include "jobs.h"

#include <errno.h>
#include <fcntl.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../weir/memory.h"
#include "../weir/report.h"
#include "allow.h"
#include "pipeline/text.h"

enum {
    CPU_SECONDS_MAX = 120, /* a file */
    SECONDS_MAX = 600,     /* one that includes a pipe waits and computes nothing */
    PROGRESS_FILES = 8,    /* fewer are over before somebody has read a line about them */
    PROGRESS_MS = 200,
    ANSWER_BYTES_MAX = 64 << 20
};

struct job {
    pid_t pid; /* 0: free */
    int fd;
    size_t file;
    char *bytes;
    size_t n, size;
};

struct run {
    const struct sources *sources;
    const struct lint_options *options;
    struct job *jobs;
    struct pollfd *polled;
    struct outcome *outcomes;
    bool *over;
    size_t next, running, told, finished;
    uint64_t started_ms, shown_ms;
    bool shows, stands;
    void (*done)(struct outcome *outcome, void *arg);
    void *arg;
};

unsigned jobs_processors(void)
{
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0)
        return (unsigned)CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

/* ---- in the process of a file ---- */

static void limit(int what, rlim_t value)
{
    struct rlimit now;

    if (getrlimit(what, &now) == 0 && (now.rlim_cur > value || now.rlim_cur == RLIM_INFINITY)) {
        now.rlim_cur = value;
        setrlimit(what, &now);
    }
}

/* libclang writes what it dies of to stderr, in pages. */
static void quiet_stderr(void)
{
    int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

    if (fd >= 0) {
        dup2(fd, STDERR_FILENO);
        close(fd);
    }
}

static _Noreturn void look(const struct run *run, size_t file, int fd)
{
    const struct source *source = &run->sources->at[file];
    const struct lint_options *options = run->options;
    struct outcome outcome = {.file = source->name};

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    limit(RLIMIT_CPU, CPU_SECONDS_MAX);
    alarm(SECONDS_MAX);
    limit(RLIMIT_CORE, 0);
    if (!options->verbose)
        quiet_stderr();
    unit_lint(source->name, source->flags.at, source->flags.n, options->enabled, &outcome.result);
    allow_apply(&outcome, options->enabled);
    _exit(carry_write(fd, &outcome) ? 0 : 1);
}

/* ---- in the command ---- */

static uint64_t now_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void hide_progress(struct run *run)
{
    if (run->stands)
        fputs("\r\x1b[K", stderr);
    run->stands = false;
}

static void show_progress(struct run *run)
{
    uint64_t now = now_ms();

    if (!run->shows || now - run->started_ms < 1000 || now - run->shown_ms < PROGRESS_MS)
        return;
    fprintf(stderr, "\rlint: %zu of %zu files\x1b[K", run->finished, run->sources->n);
    fflush(stderr);
    run->shown_ms = now;
    run->stands = true;
}

/* Those that are next in order. */
static void tell(struct run *run)
{
    for (; run->told < run->sources->n && run->over[run->told]; run->told++) {
        hide_progress(run);
        run->done(&run->outcomes[run->told], run->arg);
    }
}

static void finish(struct run *run, size_t file, const char *failed)
{
    struct outcome *outcome = &run->outcomes[file];

    outcome->file = run->sources->at[file].name;
    outcome->guess = run->sources->at[file].guess;
    if (failed)
        outcome->result.failed = failed;
    run->over[file] = true;
    run->finished++;
}

/* The compiler works on a thread of its own, where malloc would ask the kernel for a page at a
 * time. */
static void take_memory_in_one(void)
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1);
    mallopt(M_TOP_PAD, 16 << 20);
#endif
}

/* False: not now; one that runs must end first. */
static bool start(struct run *run, struct job *job)
{
    int ends[2];
    pid_t pid = -1;

    if (pipe2(ends, O_CLOEXEC) == 0) {
        fflush(NULL);
        pid = fork();
        if (pid == 0) {
            take_memory_in_one();
            look(run, run->next, ends[1]);
        }
        close(ends[1]);
        if (pid < 0)
            close(ends[0]);
    }
    if (pid < 0 && run->running)
        return false;
    if (pid < 0) {
        finish(run, run->next++,
               unit_text("no process can be started for it: %s", weir_pl_text_reason(errno)));
        return true;
    }
    *job = (struct job){.pid = pid, .fd = ends[0], .file = run->next++};
    run->running++;
    return true;
}

static void start_some(struct run *run)
{
    for (unsigned i = 0; i < run->options->jobs && run->next < run->sources->n; i++)
        if (!run->jobs[i].pid && !start(run, &run->jobs[i]))
            return;
}

static const char *how_it_ended(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return unit_text("it took more than %d seconds of CPU", CPU_SECONDS_MAX);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
        return unit_text("it took more than %d seconds", SECONDS_MAX);
    if (WIFSIGNALED(status))
        return unit_text("libclang died of it: %s", strsignal(WTERMSIG(status)));
    return unit_text("its process ended with status %d", WEXITSTATUS(status));
}

static void end(struct run *run, struct job *job)
{
    struct outcome *outcome = &run->outcomes[job->file];
    struct rusage used = {0};
    const char *failed = NULL;
    int status = 0;

    close(job->fd);
    if (job->size > ANSWER_BYTES_MAX)
        kill(job->pid, SIGKILL);
    wait4(job->pid, &status, 0, &used);
    if (status || !carry_read(job->bytes, job->n, outcome))
        failed = status ? how_it_ended(status) : "what its process said is not whole";
    outcome->cpu_us = (uint64_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000 +
                      (uint64_t)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
    finish(run, job->file, failed);
    free(job->bytes);
    *job = (struct job){.pid = 0};
    run->running--;
}

static void receive(struct run *run, struct job *job)
{
    if (job->n == job->size) {
        job->size = job->size ? job->size * 2 : 4096;
        job->bytes = memory_grown(job->bytes, job->size);
    }
    ssize_t got = read(job->fd, job->bytes + job->n, job->size - job->n);
    if (got > 0)
        job->n += (size_t)got;
    if (got <= 0 || job->size > ANSWER_BYTES_MAX)
        end(run, job);
}

/* Those that run, and no others: poll() refuses more than there may be descriptors. */
static void wait_for_some(struct run *run)
{
    unsigned n = 0;

    for (unsigned i = 0; i < run->options->jobs; i++)
        if (run->jobs[i].pid)
            run->polled[n++] = (struct pollfd){.fd = run->jobs[i].fd, .events = POLLIN};
    if (poll(run->polled, n, run->shows ? PROGRESS_MS : -1) <= 0)
        return;
    n = 0;
    for (unsigned i = 0; i < run->options->jobs; i++)
        if (run->jobs[i].pid && run->polled[n++].revents)
            receive(run, &run->jobs[i]);
}

void jobs_run(const struct sources *sources, const struct lint_options *options,
              void (*done)(struct outcome *outcome, void *arg), void *arg)
{
    struct run run = {.sources = sources, .options = options, .done = done, .arg = arg};

    run.jobs = memory_zeroed(options->jobs, sizeof *run.jobs);
    run.polled = memory_zeroed(options->jobs, sizeof *run.polled);
    run.outcomes = memory_zeroed(sources->n, sizeof *run.outcomes);
    run.over = memory_zeroed(sources->n, sizeof *run.over);
    run.started_ms = now_ms();
    run.shows = sources->n > PROGRESS_FILES && isatty(STDERR_FILENO);
    while (run.told < sources->n) {
        start_some(&run);
        tell(&run);
        if (run.running)
            wait_for_some(&run);
        show_progress(&run);
    }
    hide_progress(&run);
    free(run.jobs);
    free(run.polled);
    free(run.outcomes);
    free(run.over);
}
