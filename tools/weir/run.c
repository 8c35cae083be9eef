/* Running: each chain is built, given to the runtime, watched and reported on. */
#include "run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipeline/broker.h"
#include "pipeline/build.h"
#include "busy.h"
#include "core/system_text.h"
#include "inspect.h"
#include "memory.h"
#include "outputs.h"
#include "pipeline/plan.h"
#include "print.h"
#include "report.h"
#include "signals.h"
#include "pipeline/rejected.h"
#include "pipeline/room.h"
#include "pipeline/sink.h"
#include "pipeline/sought.h"
#include "pipeline/source.h"
#include "pipeline/stage_gate.h"
#include "pipeline/stage_net.h"
#include "pipeline/stage_watch.h"
#include "pipeline/stages.h"
#include "pipeline/suggest.h"
#include "pipeline/text.h"

#define TICK_NS UINT64_C(50000000)
#define LOOK_NS UINT64_C(200000000)  /* at the accounts of the stages */
#define TELL_NS UINT64_C(5000000000) /* from one table to the next */

/* A chain that runs, perhaps beside others. */
struct lane {
    struct run *run;
    struct chain *chain;
    struct watch watch;
    struct sink_before before;
    struct busy busy;
};

struct run {
    struct pipeline *pipeline;
    struct lane *lanes; /* those that run */
    size_t n;
    const struct run_options *options;
    weir_rt *rt;
    struct outputs outputs;
    struct progress progress;
    char *slowest;      /* what the progress line says; NULL: nothing yet */
    uint64_t looked_ns; /* at what the stages do */
    uint64_t told_ns;   /* of it, in a table */
    char *name;
    uint64_t read_bytes;
    bool unread; /* nobody is left to take what comes */
};

static uint64_t now_ns(void)
{
    return weir_sys_posix.now_ns(&weir_sys_posix);
}

/* Of a sink of a broker, which is a future of one number, what it was given. */
static uint64_t counted(const struct node *node)
{
    if (weir_pl_broker_reads(node))
        return node->tried;
    return node->entry->broker ? node->before->account.n : weir_stage_n(node->stage);
}

/* Copies what the stages have counted. */
static void take_account(void *arg)
{
    struct lane *lane = arg;

    for (size_t i = 0; i < lane->chain->n; i++) {
        struct node *node = &lane->chain->nodes[i];
        if (node->stage)
            node->account = (struct account){counted(node), weir_stage_polls(node->stage),
                                             weir_stage_waits(node->stage), node->stage->ending};
        if (!lane->watch.alive)
            node->stage = NULL; /* gone at once */
    }
}

static uint64_t read_of(const struct chain *chain)
{
    uint64_t bytes = 0;

    if (!chain->apart)
        return weir_pl_chain_head(chain)->account.n;
    for (size_t i = 0; i < chain->sources; i++)
        bytes += chain->nodes[i].account.n;
    return bytes;
}

/* From outside: what comes out of a tee was read already. */
static void count_read(struct run *run)
{
    run->read_bytes = 0;
    for (size_t i = 0; i < run->n; i++) {
        const struct chain *chain = run->lanes[i].chain;
        if (!chain->beside)
            run->read_bytes += read_of(chain);
    }
}

/* Who read standard output went away, perhaps long before there is something to write. */
static bool is_unread(const struct run *run)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    bool written = false;

    for (size_t i = 0; i < run->n; i++)
        written |= run->lanes[i].watch.alive &&
                   weir_pl_sink_is_stdout(weir_pl_chain_sink(run->lanes[i].chain));
    return written && signals_pipe_kills() && poll(&out, 1, 0) == 1 && out.revents & POLLERR;
}

static void show_tables(const struct run *run)
{
    for (size_t i = 0; i < run->n; i++)
        progress_table(stderr, run->lanes[i].chain, run->pipeline->words);
}

/* ---- what its stages do ---- */

/* -v where no terminal shows it: from time to time. */
static bool tells_tables(const struct run *run)
{
    return run->options->verbose && run->options->progress == PROGRESS_AUTO &&
           run->progress.mode == PROGRESS_NONE && !isatty(STDERR_FILENO);
}

static size_t put_busy(void *arg, FILE *to, size_t columns, size_t lines)
{
    const struct run *run = arg;
    size_t n = 0;

    for (size_t i = 0; i < run->n && (!lines || n + BUSY_LINES_MIN <= lines); i++)
        n += busy_table(&run->lanes[i].busy, run->pipeline->words, to, columns,
                        lines ? lines - n : 0);
    return n;
}

/* Of several chains at once it is not known which of them a moment belongs to. */
static void begin_busy(struct run *run)
{
    bool line = run->progress.mode == PROGRESS_LINE;
    weir_rt *rt = run->n == 1 && (line || tells_tables(run)) ? run->rt : NULL;

    run->looked_ns = run->told_ns = now_ns();
    for (size_t i = 0; i < run->n; i++)
        busy_begin(&run->lanes[i].busy, rt, run->lanes[i].chain, run->told_ns);
    run->progress.table = run->options->verbose && line ? put_busy : NULL;
    run->progress.arg = run;
}

static void end_busy(struct run *run)
{
    for (size_t i = 0; i < run->n; i++)
        busy_end(&run->lanes[i].busy);
    free(run->slowest);
    run->slowest = NULL;
}

static void name_slowest(struct run *run)
{
    const struct node *node = busy_limiting(&run->lanes->busy, &run->progress.busy_percent);

    free(run->slowest);
    run->slowest = node ? print_node(node, run->pipeline->words) : NULL;
    run->progress.slowest = run->slowest;
}

static void look_at_busy(struct run *run)
{
    uint64_t now = now_ns();

    if (now - run->looked_ns < LOOK_NS)
        return;
    run->looked_ns = now;
    for (size_t i = 0; i < run->n; i++)
        busy_look(&run->lanes[i].busy, now);
    name_slowest(run);
    if (!tells_tables(run) || now - run->told_ns < TELL_NS)
        return;
    run->told_ns = now;
    put_busy(run, stderr, 0, 0);
}

static void on_tick(weir_rt *rt, void *arg)
{
    struct run *run = arg;
    bool alive = false;
    (void)rt;
    for (size_t i = 0; i < run->n; i++) {
        if (run->lanes[i].watch.alive)
            take_account(&run->lanes[i]);
        alive |= run->lanes[i].watch.alive;
    }
    if (!alive)
        return;
    count_read(run);
    look_at_busy(run);
    progress_tick(&run->progress, run->read_bytes, now_ns());
    if (signals_table()) {
        progress_hide(&run->progress);
        show_tables(run);
    }
    run->unread = is_unread(run);
    for (size_t i = 0; i < run->n && (run->unread || signals_abort()); i++)
        weir_pl_watch_abort(&run->lanes[i].watch);
}

/* Of each chain that ran: one that failed takes the others along. */
static void say_outcome(struct run *run, char *out, size_t size)
{
    size_t n = 0;

    out[0] = 0;
    for (size_t i = 0; i < run->n; i++) {
        char one[1024];
        const struct lane *lane = &run->lanes[i];
        const struct node *sink = weir_pl_chain_sink(lane->chain);
        weir_pl_sink_outcome(sink, &lane->before, sink->account.n, one, sizeof one);
        if (one[0] && n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? "; " : "", one);
    }
}

static bool makes_file(const struct run *run)
{
    for (size_t i = 0; i < run->n; i++)
        if (weir_pl_chain_sink(run->lanes[i].chain)->path)
            return true;
    return false;
}

/* The chain that the error is of. */
static const struct chain *failed_chain(const struct run *run)
{
    for (size_t i = 0; i < run->n; i++)
        if (run->lanes[i].watch.failed)
            return run->lanes[i].chain;
    return run->lanes->chain;
}

/* The other side of a pipe went away, whatever its name. A socket's is an error, and so is a peer
 * that is asked and says nothing. */
static bool pipe_closed(const struct chain *chain, const weir_error *error)
{
    const struct node *sink = weir_pl_chain_sink(chain);

    if (error->code == WEIR_E_SYSTEM)
        return error->number == EPIPE;
    return error->code == WEIR_E_CLOSED && (sink->path || weir_pl_sink_is_stdout(sink)) &&
           !report_is_of_peer(chain, error);
}

/* The chain gave an error: the exit code. A signal that caused it is raised later. */
static int failed(struct run *run, weir_error *error)
{
    char outcome[2048];

    if ((run->unread || pipe_closed(failed_chain(run), error)) && signals_pipe_kills()) {
        signals_die(SIGPIPE);
        return 1;
    }
    say_outcome(run, outcome, sizeof outcome);
    if (signals_stopped()) {
        if (makes_file(run))
            report_plain(outcome, "stopped by SIG%s", weir_signal_name(signals_stopped()));
        return 1;
    }
    if (outputs_is_refusal(error))
        outputs_explain(&run->outputs, error);
    report_failure(run->pipeline, failed_chain(run), error, outcome);
    return error->code == WEIR_E_TIMEOUT ? 4 : 1;
}

/* Before anything of them is opened. Not 0: an exit code, it complained. */
static int look_at_all(struct run *run, uint64_t *total)
{
    *total = 0;
    for (size_t i = 0; i < run->n; i++) {
        struct lane *lane = &run->lanes[i];
        uint64_t bytes = 0;
        lane->before = weir_pl_sink_look(weir_pl_chain_sink(lane->chain));
        int status = weir_pl_source_check(run->pipeline, lane->chain, &bytes);
        if (status)
            return status;
        *total = bytes == UINT64_MAX || *total == UINT64_MAX ? UINT64_MAX : *total + bytes;
    }
    return 0;
}

static void over(void *arg)
{
    const struct lane *lane = arg;
    weir_pl_gate_pass(lane->chain->gate, lane->chain->place);
}

/* A future that is over when all of them are, or one has failed. */
static weir_stream *build_all(struct run *run)
{
    weir_stream **futures = memory_zeroed(run->n, sizeof *futures);

    for (size_t i = 0; i < run->n; i++) {
        struct lane *lane = &run->lanes[i];
        lane->watch = (struct watch){
            .on_over = lane->chain->gate ? over : NULL, .on_end = take_account, .arg = lane};
        futures[i] = weir_pl_watch_build(weir_pl_chain_run(lane->chain), &lane->watch);
    }
    weir_stream *all = run->n == 1 ? futures[0] : weir_join_all(&weir_type_u64, futures, run->n);
    free(futures);
    return all;
}

static int run_lanes(struct run *run)
{
    const struct chain *first = run->lanes->chain;
    uint64_t total;
    weir_error error;

    int status = look_at_all(run, &total);
    if (status)
        return status;
    run->name = print_node(first->nodes, run->pipeline->words);
    progress_start(&run->progress, progress_choose(run->options->progress, first, run->n),
                   run->name, total, now_ns());
    run->progress.messages = first->nodes->entry->broker ? first : NULL;
    outputs_begin(&run->outputs, first, run->n, &run->progress);
    weir_stream *all = build_all(run);
    begin_busy(run);
    weir_state state = weir_rt_run(run->rt, all, NULL, &error);
    count_read(run);
    progress_end(&run->progress, run->read_bytes, now_ns());
    end_busy(run);
    outputs_tell(&run->outputs);
    free(run->name);
    if (run->options->verbose)
        show_tables(run);
    if (state == WEIR_ERROR)
        return failed(run, &error);
    for (size_t i = 0; i < run->n; i++)
        weir_pl_chain_tell(run->lanes[i].chain);
    return 0;
}

/* The chains [first, first + n), all at once. */
static int run_together(struct run *run, size_t first, size_t n)
{
    run->n = n;
    run->lanes = memory_zeroed(n, sizeof *run->lanes);
    for (size_t i = 0; i < n; i++)
        run->lanes[i] = (struct lane){.run = run, .chain = &run->pipeline->chains[first + i]};
    struct gate *gate = n > 1 ? weir_pl_gate_new(n) : NULL;
    if (n > 1 && !gate)
        memory_end();
    for (size_t i = 0; i < n; i++) {
        run->lanes[i].chain->gate = gate;
        run->lanes[i].chain->place = i;
    }
    int status = run_lanes(run);
    weir_pl_room_free(gate);
    free(run->lanes);
    run->lanes = NULL;
    run->n = 0;
    return status;
}

/* A file system may tell only when the descriptor is closed that it had no room. */
static int close_stdout(void)
{
    if (close(STDOUT_FILENO) == 0 || errno == EBADF)
        return 0;
    report_plain(NULL, "standard output: cannot close: %s", weir_pl_text_reason(errno));
    return 1;
}

weir_rt *run_runtime(const weir_rt_options *options, int *status)
{
#ifdef WEIR_HAVE_KQUEUE
    static const char *const drivers[] = {"kqueue"};
#else
    static const char *const drivers[] = {"uring", "epoll"};
#endif
    const char *name = getenv("WEIR_DRIVER");
    struct suggestion near = {.word = name};
    char hint[300];
    weir_error error;
    weir_rt *rt = weir_rt_new(options, &error);

    if (rt)
        return rt;
    bool unknown = name && error.code == WEIR_E_ARGUMENT;
    for (size_t i = 0; unknown && i < sizeof drivers / sizeof *drivers; i++)
        weir_pl_suggest(&near, drivers[i]);
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
        if (!weir_pl_sink_check(pipeline, weir_pl_chain_sink(&pipeline->chains[i])))
            return 1;
    signals_install();
    outputs_init(&run.outputs);
    memory_on_end(outputs_clear, &run.outputs);
    run.rt = run_runtime(&rt_options, &status);
    if (!run.rt)
        return status;
    if (options->explain && !plan_print(stderr, pipeline, weir_rt_driver(run.rt)))
        status = 2;
    if (status || !inspect_begin(run.rt, &status)) {
        weir_rt_drop(run.rt);
        memory_on_end(NULL, NULL);
        return status;
    }
    signals_runtime(run.rt);
    for (size_t i = 0, n; i < pipeline->n && status == 0 && !signals_stopped(); i += n) {
        n = weir_pl_together(pipeline, i);
        status = run_together(&run, i, n);
        if (status && i + n < pipeline->n)
            report_plain(NULL, "the chain behind '+' was not run");
    }
    signals_runtime(NULL);
    inspect_end();
    weir_rt_drop(run.rt);
    memory_on_end(NULL, NULL);
    if (status == 0)
        status = close_stdout();
    if (status == 0)
        status = weir_pl_rejected_tell(pipeline) ? 3 : 0; /* not all was done */
    if (signals_stopped())
        signals_die(signals_stopped());
    return status;
}
