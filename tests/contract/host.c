/* A simulated runtime of two workers, for the rows of parallel stages: a stage around them that
 * polls them as a worker polls a task. There is one for all runs, made before memory is counted; it
 * stands on this thread, and its workers have their turns when somebody would wait. */

#include <string.h>

#include "core/in_flight.h"
#include "host.h"
#include "task/waiter.h"
#include "task/workers.h"
#include "weir/executor.h"

enum { WORKERS = 2, TURNS_MAX = 10000 };

static struct {
    weir_rt *rt;
    weir_task *task; /* the parent of all; nobody polls it */
    uint64_t turns;  /* of the task's own */
    bool used;
} host;

static void body(int64_t item, void *arg)
{
    (void)item, (void)arg;
}
WEIR_EACH_FN(body_fn, body, int64_t)

/* Of those that were dropped when they had come to something: nobody is told. */
static void ignore(weir_rt *rt, const weir_error *error, void *arg)
{
    (void)rt, (void)error, (void)arg;
}

/* What it makes when it is asked first stays. */
static void make_host(void)
{
    weir_error error;
    host.rt = weir_rt_new(
        &WEIR_RT_OPTIONS(.driver = "sim", .seed = 7, .workers = WORKERS, .on_task_error = ignore),
        &error);
    if (!host.rt)
        test_abort("no runtime: %s", error.message);
    host.task = weir_task_new(host.rt->worker.inbox, NULL);
    weir_stream *all = weir_par_for_each(weir_range(0, 100), &body_fn, NULL, 4, NULL);
    if (!host.task || weir_rt_run(host.rt, all, NULL, &error) != WEIR_READY ||
        !weir_worker_waiter(&host.rt->worker))
        test_abort("no host: %s", error.message);
}

static bool is_busy(void)
{
    bool busy = atomic_load(&host.rt->worker.inbox->first);
    for (uint32_t i = 0; i < WORKERS; i++) {
        weir_worker *worker = weir_workers_nth(host.rt, i);
        busy |= weir_worker_is_busy(worker) || atomic_load(&worker->inbox->first);
    }
    return busy;
}

/* What the workers keep for their next chains is none of the row's. */
static void drain_pools(void)
{
    for (uint32_t i = 0; i < WORKERS; i++)
        weir_pool_drain(&weir_workers_nth(host.rt, i)->arenas);
}

/* Until nobody has anything to do. */
void host_turns(void)
{
    if (!host.used)
        return;
    for (unsigned turns = 0; is_busy(); turns++)
        if (turns == TURNS_MAX || !weir_worker_turn(&host.rt->worker, 0))
            test_abort("the workers never come to rest");
    drain_pools();
}

void host_end(void)
{
    if (!host.used)
        return;
    host_turns();
    if (atomic_load(&host.task->children) || host.task->kids || host.task->in_flight.first)
        test_abort("the row left children behind");
    host.used = false;
}

/* ---- the stage ---- */

struct hosted {
    weir_stream stream;
    weir_in_flight in_flight;
};

struct outside {
    weir_worker *worker, *cx_worker;
    weir_rt *rt;
    weir_in_flight_list *in_flight;
    uint64_t turn;
};

static struct outside enter(weir_cx *cx)
{
    weir_worker *worker = &host.rt->worker;
    struct outside before = {weir_worker_enter(worker), cx->worker, cx->rt, cx->in_flight,
                             cx->turn};
    cx->worker = worker;
    cx->rt = host.rt;
    cx->turn = host.turns++;
    weir_in_flight_turn(cx, &host.task->in_flight);
    return before;
}

static void leave(weir_cx *cx, struct outside before)
{
    cx->worker = before.cx_worker;
    cx->rt = before.rt;
    cx->in_flight = before.in_flight;
    cx->turn = before.turn;
    weir_worker_leave(&host.rt->worker, before.worker);
    drain_pools();
}

static weir_poll hosted_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct hosted *self = WEIR_SELF(struct hosted, stream);
    struct outside before = enter(cx);
    weir_poll got = weir_poll_next(weir_source(stream), cx, out, demand);
    leave(cx, before);
    return weir_in_flight_polled(&self->in_flight, cx, got);
}

static void hosted_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    (void)in_flight;
    struct outside before = enter(cx);
    weir_in_flight_progress(cx);
    leave(cx, before);
    host_turns();
}

static void hosted_fini(weir_stream *stream)
{
    weir_in_flight_leave(&WEIR_SELF(struct hosted, stream)->in_flight);
}

static weir_hint hosted_size_hint(const weir_stream *stream)
{
    return weir_size_hint(weir_source(stream));
}

static const weir_stream_ops hosted_ops = {.size = sizeof hosted_ops,
                                           .name = "hosted",
                                           .poll_next = hosted_poll_next,
                                           .fini = hosted_fini,
                                           .size_hint = hosted_size_hint,
                                           .marks = WEIR_MARKS_PASS};

weir_stream *hosted(weir_stream *source)
{
    if (!host.rt)
        make_host();
    host.used = true;
    weir_stream *stream = weir_stream_new(source, sizeof(struct hosted), &hosted_ops, source->type);
    if (weir_stage_failed(&stream->stage))
        return stream;
    WEIR_SELF(struct hosted, stream)->in_flight.progress = hosted_progress;
    stream->stage.one = source->stage.one;
    return stream;
}
