/* Running: each chain is built, given to the runtime, watched and reported on. */
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "build.h"
#include "memory.h"
#include "outputs.h"
#include "plan.h"
#include "report.h"
#include "signals.h"
#include "sink.h"
#include "source.h"
#include "stage_watch.h"
#include "suggest.h"

#define TICK_NS UINT64_C(50000000)

struct run {
    struct pipeline *pipeline;
    struct chain *chain; /* the one that runs */
    const struct run_options *options;
    weir_rt *rt;
    struct outputs outputs;
    struct watch watch;
    struct progress progress;
    char *name;
    uint64_t read_bytes;
    bool unread; /* nobody is left to take what comes */
};

static uint64_t now_ns(void)
{
    return weir_sys_posix.now_ns(&weir_sys_posix);
}

/* Copies what the stages have counted. */
static void take_account(void *arg)
{
    struct run *run = arg;

    for (size_t i = 0; i < run->chain->n; i++) {
        struct node *node = &run->chain->nodes[i];
        if (node->stage)
            node->account =
                (struct account){weir_stage_n(node->stage), weir_stage_polls(node->stage),
                                 weir_stage_waits(node->stage)};
        if (!run->watch.alive)
            node->stage = NULL; /* gone at once */
    }
    run->read_bytes = run->chain->nodes[run->chain->sources - 1].account.n;
}

/* Who read standard output went away, perhaps long before there is something to write. */
static bool is_unread(const struct run *run)
{
    struct pollfd out = {.fd = STDOUT_FILENO};

    return chain_sink(run->chain)->entry == &entry_stdout && signals_pipe_kills() &&
           poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

static void on_tick(weir_rt *rt, void *arg)
{
    struct run *run = arg;
    (void)rt;
    if (!run->watch.alive)
        return;
    take_account(run);
    progress_tick(&run->progress, run->read_bytes, now_ns());
    if (signals_table()) {
        progress_hide(&run->progress);
        progress_table(stderr, run->chain, run->pipeline->words);
    }
    run->unread = is_unread(run);
    if (run->unread || signals_abort())
        watch_abort(&run->watch);
}

static void say_outcome(struct run *run, const struct sink_before *before, char *out, size_t size)
{
    sink_outcome(chain_sink(run->chain), before, chain_sink(run->chain)->account.n, out, size);
}

/* The other side of a pipe went away, whatever its name. */
static bool pipe_closed(const weir_error *error)
{
    return error->code == WEIR_E_CLOSED || (error->code == WEIR_E_SYSTEM && error->number == EPIPE);
}

/* The chain gave an error: the exit code. A signal that caused it is raised later. */
static int failed(struct run *run, weir_error *error, const struct sink_before *before)
{
    char outcome[1024];

    if ((run->unread || pipe_closed(error)) && signals_pipe_kills()) {
        signals_die(SIGPIPE);
        return 1;
    }
    say_outcome(run, before, outcome, sizeof outcome);
    if (signals_stopped()) {
        if (chain_sink(run->chain)->path)
            report_plain(outcome, "stopped by SIG%s", sigabbrev_np(signals_stopped()));
        return 1;
    }
    if (outputs_is_refusal(error))
        outputs_explain(&run->outputs, error);
    report_failure(run->pipeline, run->chain, error, outcome);
    return 1;
}

static int run_chain(struct run *run)
{
    struct chain *chain = run->chain;
    struct sink_before before = sink_look(chain_sink(chain));
    uint64_t total, written = 0;
    weir_error error;

    int status = source_check(run->pipeline, chain, &total);
    if (status)
        return status;
    run->watch = (struct watch){.on_end = take_account, .arg = run};
    run->name = plan_node_text(&chain->nodes[0], run->pipeline->words);
    progress_start(&run->progress, progress_choose(run->options->progress, chain), run->name, total,
                   now_ns());
    outputs_begin(&run->outputs, chain, &run->progress);
    weir_stream *future = watch_build(chain_build(chain), &run->watch);
    weir_state state = weir_rt_run(run->rt, future, &written, &error);
    progress_end(&run->progress, run->read_bytes, now_ns());
    outputs_tell(&run->outputs);
    free(run->name);
    if (run->options->verbose)
        progress_table(stderr, chain, run->pipeline->words);
    return state == WEIR_ERROR ? failed(run, &error, &before) : 0;
}

/* A file system may tell only when the descriptor is closed that it had no room. */
static int close_stdout(void)
{
    if (close(STDOUT_FILENO) == 0 || errno == EBADF)
        return 0;
    report_plain(NULL, "standard output: cannot close: %s", report_reason(errno));
    return 1;
}

weir_rt *run_runtime(const weir_rt_options *options, int *status)
{
    static const char *const drivers[] = {"uring", "epoll"};
    const char *name = getenv("WEIR_DRIVER");
    struct suggestion near = {.word = name};
    char hint[300];
    weir_error error;
    weir_rt *rt = weir_rt_new(options, &error);

    if (rt)
        return rt;
    bool unknown = name && error.code == WEIR_E_ARGUMENT;
    for (size_t i = 0; unknown && i < sizeof drivers / sizeof *drivers; i++)
        suggest(&near, drivers[i]);
    const char *meant = unknown && !strcmp(name, "io_uring") ? "uring" : near.best;
    snprintf(hint, sizeof hint, "did you mean '%s'?", meant);
    report_plain(*meant ? hint : error.cure, "%s", error.message);
    *status = unknown ? 2 : 1;
    return NULL;
}

int run_pipeline(struct pipeline *pipeline, const struct run_options *options)
{
    struct run run = {.pipeline = pipeline, .options = options};
    weir_rt_options rt_options = WEIR_RT_OPTIONS(.sys = &run.outputs.sys, .tick_ns = TICK_NS,
                                                 .on_tick = on_tick, .arg = &run);
    int status = 0;

    for (size_t i = 0; i < pipeline->n; i++)
        if (!sink_check(pipeline, chain_sink(&pipeline->chains[i])))
            return 1;
    signals_install();
    outputs_init(&run.outputs);
    memory_on_end(outputs_clear, &run.outputs);
    run.rt = run_runtime(&rt_options, &status);
    if (!run.rt)
        return status;
    if (options->explain)
        plan_print(stderr, pipeline, weir_rt_driver(run.rt));
    signals_runtime(run.rt);
    for (size_t i = 0; i < pipeline->n && status == 0 && !signals_stopped(); i++) {
        run.chain = &pipeline->chains[i];
        status = run_chain(&run);
        if (status && i + 1 < pipeline->n)
            report_plain(NULL, "the chain behind '+' was not run");
    }
    signals_runtime(NULL);
    weir_rt_drop(run.rt);
    memory_on_end(NULL, NULL);
    if (status == 0)
        status = close_stdout();
    if (signals_stopped())
        signals_die(signals_stopped());
    return status;
}
