/* Runtimes: how they are made, stopped and dropped; weir_run() is one that lives for one call. */

#include "weir/run.h"

#include <string.h>

#include "core/stage.h"
#include "task/look.h"
#include "task/root.h"
#include "task/runtimes.h"
#include "task/waiter.h"
#include "task/workers.h"
#include "weir/alloc.h"

enum { TASK_RUN_FIRST_OPTIONS_BYTES = offsetof(weir_rt_options, arg) + sizeof(void *) };

/* Of the worker that runs on this thread. */
static weir_pool *pool_of_thread(void)
{
    return weir_worker_here ? &weir_worker_here->arenas : NULL;
}

static void task_run_take_options(weir_rt *rt, const weir_rt_options *options)
{
    weir_options_take(&rt->options, sizeof rt->options, options, TASK_RUN_FIRST_OPTIONS_BYTES);
    rt->options.sys = rt->options.sys ? rt->options.sys : &weir_sys_posix;
    rt->options.budget = rt->options.budget ? rt->options.budget : WEIR_BUDGET;
    rt->options.demand_max = rt->options.demand_max ? rt->options.demand_max : WEIR_DEMAND_MAX;
    rt->options.tasks_max = rt->options.tasks_max ? rt->options.tasks_max : WEIR_TASKS_MAX;
}

weir_rt *weir_rt_new(const weir_rt_options *options, weir_error *error)
{
    weir_error unwanted;
    error = error ? error : &unwanted;
    weir_rt *rt = weir_allocate(sizeof *rt);
    if (!rt) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a runtime (%zu bytes)", sizeof *rt);
        return NULL;
    }
    weir_pool_find_by(pool_of_thread);
    weir_waiter_init();
    memset(rt, 0, sizeof *rt);
    task_run_take_options(rt, options);
    weir_workers_init(rt);
    if (!weir_worker_begin(&rt->worker, rt, error) ||
        (rt->workers.spread && !weir_workers_begin(rt, error))) {
        weir_rt_drop(rt);
        return NULL;
    }
    weir_rt_enlist(rt);
    return rt;
}

static void drop_looker(weir_rt *rt)
{
    struct weir_looker *looker = atomic_load(&rt->looker);
    if (looker)
        looker->drop(looker);
}

void weir_rt_drop(weir_rt *rt)
{
    if (!rt)
        return;
    if (rt->worker.entered || rt->worker.dropping)
        weir_misuse("weir_rt_drop", "was called inside of one of the runtime's tasks");
    weir_rt_close(rt);
    weir_sleeper_tell(rt->worker.sleeper);
    weir_workers_end(rt);
    weir_worker_close(&rt->worker);
    weir_rt_delist(rt);
    weir_workers_free(rt);
    drop_looker(rt);
    weir_release(rt, sizeof *rt);
}

static weir_state fail_run(weir_error *error, weir_code code, const char *message)
{
    if (error)
        weir_error_set(error, code, "%s", message);
    return WEIR_ERROR;
}

/* ---- running ---- */

/* True: it cannot run now, and *error says why. */
static bool refuses_to_run(const weir_worker *worker, weir_error *error)
{
    bool forked = !weir_driver_is_ours(worker->driver);
    if (!forked && !worker->entered)
        return false;
    fail_run(error, WEIR_E_ARGUMENT,
             forked ? "the runtime was made by another process: this one forked"
                    : "the runtime was run inside of one of its tasks");
    if (error && forked)
        error->cure = "a runtime of its own, made after the fork";
    return true;
}

/* It will not be over by itself. What it has made of tasks, on other workers too, borrows from who
 * runs it, and ends first. */
static void end_root(weir_worker *worker, weir_task *root)
{
    weir_task_tell(root, WEIR_TASK_CANCELLED);
    for (bool works = true; !root->root->over && (works || !worker->drawn);)
        works = weir_worker_see_out(worker, root, works);
    if (!root->root->over)
        weir_worker_end(worker, root);
}

static weir_state run_root(weir_worker *worker, weir_task *root, void *out, weir_error *error)
{
    weir_root is = {.error = error};
    weir_worker *outer = weir_worker_enter(worker);
    root->out = out ? out : root->out;
    root->is_root = true;
    root->root = &is;
    weir_workers_take_own(worker); /* they came before */
    weir_worker_add(worker, root);
    bool ran = weir_worker_run(worker, root);
    weir_error why;
    if (WEIR_UNLIKELY(!ran)) {
        why = worker->cx.error;
        end_root(worker, root);
    }
    weir_poll got = ran ? is.got : (weir_poll){0, WEIR_ERROR};
    weir_state state = weir_root_settle(got, is.cut, error, ran ? NULL : &why);
    if (is.got.n && !out)
        weir_type_drop_items(root->type, root->out, 1);
    weir_waker_unref(&root->waker);
    weir_worker_leave(worker, outer);
    return state;
}

static weir_state run_on(weir_rt *rt, weir_stream *future, const struct weir_ask *ask,
                         weir_error *error)
{
    weir_worker *worker = &rt->worker;
    if (refuses_to_run(worker, error) || weir_root_refuses(future, ask, error)) {
        weir_stream_drop(future);
        return WEIR_ERROR;
    }
    weir_task *root = weir_task_new(worker->inbox, future);
    if (!root) {
        weir_stream_drop(future);
        return fail_run(error, WEIR_E_MEMORY, "no memory for a task");
    }
    return run_root(worker, root, ask->out, error);
}

weir_state weir_rt_run_at(weir_rt *rt, weir_stream *future, void *out, weir_room room,
                          weir_error *error, weir_site site)
{
    return run_on(rt, future, &(struct weir_ask){"weir_rt_run", out, room, site}, error);
}

/* ---- item by item ---- */

weir_waiter *weir_rt_waiter(weir_rt *rt, const weir_stage *chain, weir_error *error)
{
    if (refuses_to_run(&rt->worker, error))
        return NULL;
    weir_waiter *waiter = weir_worker_waiter(&rt->worker);
    if (!waiter)
        fail_run(error, WEIR_E_MEMORY, "no memory for a task");
    else if (!waiter->reserve(waiter, chain->scratch_need))
        fail_run(error, WEIR_E_MEMORY, "no memory for the scratch of a chain");
    else
        return waiter;
    return NULL;
}

weir_state weir_rt_next_at(weir_rt *rt, weir_stream *stream, void *out, weir_room room,
                           weir_error *error, weir_site site)
{
    struct weir_ask ask = {"weir_rt_next", out, room, site};
    weir_worker *worker = &rt->worker;
    if (weir_root_refuses_pull(stream, &ask, error))
        return WEIR_ERROR;
    weir_waiter *waiter = weir_rt_waiter(rt, &stream->stage, error);
    if (!waiter)
        return WEIR_ERROR;
    waiter->asks(waiter, &stream->stage, &site);
    weir_worker *outer = weir_worker_enter(worker);
    weir_worker_look_for_stop(worker);
    weir_poll got = weir_waiter_next(waiter, stream, out);
    weir_worker_leave(worker, outer);
    waiter->asks(waiter, NULL, NULL);
    return weir_root_settle(got, stream->stage.cut, error, &worker->cx.error);
}

void weir_rt_stop(weir_rt *rt)
{
    atomic_store(&rt->stop, true);
    weir_workers_interrupt(rt);
}

bool weir_rt_stopping(const weir_rt *rt)
{
    return atomic_load(&rt->stop);
}

const char *weir_rt_driver(const weir_rt *rt)
{
    return rt->worker.driver->ops->name;
}

uint32_t weir_rt_workers(const weir_rt *rt)
{
    return weir_workers_n(&rt->workers);
}

weir_worker *weir_rt_worker(weir_rt *rt)
{
    return &rt->worker;
}

const weir_sys *weir_rt_sys(const weir_rt *rt)
{
    return rt->worker.sys;
}

weir_driver *weir_cx_driver(const weir_cx *cx)
{
    return cx->worker->driver;
}

uint32_t weir_cx_workers_max(const weir_cx *cx)
{
    return weir_workers_max(cx->worker->rt);
}

weir_driver *weir_rt_io(weir_rt *rt)
{
    return rt->worker.driver;
}

const weir_sys *weir_rt_base_sys(const weir_rt *rt)
{
    return rt->options.sys;
}

/* ---- without an explicit runtime ---- */

/* Nobody will turn them any more. */
static void tell_of_left(weir_rt *rt)
{
    weir_error error;
    if (!rt->worker.tasks)
        return;
    weir_error_set(&error, WEIR_E_CANCELLED,
                   "it was spawned by a run inside of a poll, and ends with that");
    error.cure = "a function that gives a future (weir_then, weir_map_async), or a fiber";
    weir_error_report(NULL, &error, "a task was dropped");
}

/* Inside of a poll nothing can wait for it: a runtime of its own blocks the thread. */
static weir_state run_within(weir_stream *future, const struct weir_ask *ask, weir_error *error)
{
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.workers = 1), error);
    if (!rt) {
        weir_stream_drop(future);
        return WEIR_ERROR;
    }
    weir_state state = run_on(rt, future, ask, error);
    tell_of_left(rt);
    weir_rt_drop(rt);
    return state;
}

weir_state weir_run_at(weir_stream *future, void *out, weir_room room, weir_error *error,
                       weir_site site)
{
    struct weir_ask ask = {"weir_run", out, room, site};
    const weir_waiter *waiter = weir_waiter_here();
    if (waiter->cx && waiter->cx->polling)
        return run_within(future, &ask, error);
    return weir_root_await(future, &ask, error);
}

/* ---- the same for who has no type to give ---- */

static const weir_room anything;
static const weir_site somewhere;

weir_state(weir_run)(weir_stream *future, void *out, weir_error *error)
{
    return weir_run_at(future, out, anything, error, somewhere);
}

weir_state(weir_rt_run)(weir_rt *rt, weir_stream *future, void *out, weir_error *error)
{
    return weir_rt_run_at(rt, future, out, anything, error, somewhere);
}

weir_state(weir_rt_next)(weir_rt *rt, weir_stream *stream, void *out, weir_error *error)
{
    return weir_rt_next_at(rt, stream, out, anything, error, somewhere);
}
