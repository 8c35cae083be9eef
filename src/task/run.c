/* Runtimes: how they are made, stopped and dropped; weir_run() is one that lives for one call. */

#include "weir/run.h"

#include <stdlib.h>
#include <string.h>

#include "task/executor.h"
#include "task/sigpipe.h"
#include "weir/alloc.h"

typedef weir_driver *make_driver(const weir_driver_config *config, int *error);

static const struct {
    const char *name;
    make_driver *make;
} drivers[] = {
    {"uring", weir_driver_uring}, {"epoll", weir_driver_epoll}, {"sim", weir_driver_sim}};

enum { DRIVERS = sizeof drivers / sizeof *drivers };

static weir_driver *named_driver(const char *name, const weir_driver_config *config,
                                 weir_error *error)
{
    for (size_t i = 0; i < DRIVERS; i++) {
        if (strcmp(name, drivers[i].name) != 0)
            continue;
        int number = 0;
        weir_driver *driver = drivers[i].make(config, &number);
        if (driver)
            return driver;
        weir_error_set(error, WEIR_E_SYSTEM, "the driver '%s' does not work here: %s", name,
                       strerrordesc_np(-number));
        error->number = -number;
        error->cure = "the driver 'epoll'";
        return NULL;
    }
    weir_error_set(error, WEIR_E_ARGUMENT,
                   "no driver is called '%s'; there are uring, epoll and sim", name);
    error->cure = "leave it out: the best one is taken";
    return NULL;
}

static weir_driver *any_driver(const weir_driver_config *config, weir_error *error)
{
    int number;
    weir_driver *driver = weir_driver_uring(config, &number);
    return driver ? driver : named_driver("epoll", config, error);
}

/* The only place that looks at the environment. */
static const char *wanted_driver(const weir_rt_options *options)
{
    const char *name = options->driver ? options->driver : getenv("WEIR_DRIVER");
    return name && *name ? name : NULL;
}

static bool open_driver(weir_rt *rt, weir_error *error)
{
    int number = 0;
    rt->inbox = weir_inbox_new(&number);
    if (!rt->inbox) {
        weir_error_set(error, WEIR_E_SYSTEM, "no descriptor for a runtime: %s",
                       strerrordesc_np(-number));
        error->number = -number;
        return false;
    }
    weir_driver_config config = {.sys = rt->options.sys,
                                 .interrupt_fd = rt->inbox->interrupt_fd,
                                 .seed = rt->options.seed,
                                 .faults_per_million = rt->options.faults_per_million};
    const char *name = wanted_driver(&rt->options);
    rt->driver = name ? named_driver(name, &config, error) : any_driver(&config, error);
    if (!rt->driver)
        return false;
    rt->sys = rt->clock.sys = rt->driver->sys;
    rt->drawn = strcmp(rt->driver->ops->name, "sim") == 0;
    return true;
}

weir_rt *weir_rt_new(const weir_rt_options *options, weir_error *error)
{
    weir_error unwanted;
    error = error ? error : &unwanted;
    weir_rt *rt = weir_allocate(sizeof *rt);
    unsigned char *scratch = rt ? weir_allocate(WEIR_SCRATCH_BYTES) : NULL;
    if (!scratch) {
        weir_release(rt, sizeof *rt);
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a runtime (%zu bytes)",
                       sizeof *rt + WEIR_SCRATCH_BYTES);
        return NULL;
    }
    *rt = (weir_rt){.options = options ? *options : (weir_rt_options){0}};
    rt->options.sys = rt->options.sys ? rt->options.sys : &weir_sys_posix;
    rt->options.budget = rt->options.budget ? rt->options.budget : WEIR_BUDGET;
    rt->options.demand_max = rt->options.demand_max ? rt->options.demand_max : WEIR_DEMAND_MAX;
    weir_cx_init(&rt->cx, NULL, scratch, WEIR_SCRATCH_BYTES);
    rt->cx.rt = rt;
    if (open_driver(rt, error)) {
        rt->tick_due_ns = weir_clock_read(&rt->clock) + rt->options.tick_ns;
        return rt;
    }
    weir_rt_drop(rt);
    return NULL;
}

void weir_rt_drop(weir_rt *rt)
{
    if (!rt)
        return;
    rt->ready = (struct weir_ready_queue){0};
    while (rt->tasks)
        weir_executor_end(rt, rt->tasks);
    weir_driver_drop(rt->driver);
    if (rt->inbox) {
        weir_inbox_close(rt->inbox);
        weir_inbox_unref(rt->inbox);
    }
    weir_release(rt->cx.scratch, rt->cx.scratch_size);
    weir_release(rt, sizeof *rt);
}

static weir_state fail_run(weir_error *error, weir_code code, const char *message)
{
    if (error)
        weir_error_set(error, code, "%s", message);
    return WEIR_ERROR;
}

static weir_state settle(weir_rt *rt, weir_task *root, bool over, weir_error *error)
{
    weir_state state = over ? root->got.state : WEIR_ERROR;
    if (over && root->got.n)
        state = WEIR_READY;
    if (state == WEIR_ERROR && error)
        *error = rt->cx.error;
    weir_executor_end(rt, root);
    return state;
}

weir_state weir_rt_run(weir_rt *rt, weir_stream *future, void *out, weir_error *error)
{
    if (rt->running) {
        weir_stream_drop(future);
        return fail_run(error, WEIR_E_ARGUMENT, "the runtime was run inside of one of its tasks");
    }
    weir_task *root = weir_task_new(rt->inbox, future, out);
    if (!root)
        return fail_run(error, WEIR_E_MEMORY, "no memory for a task");
    struct weir_sigpipe guard;
    weir_sigpipe_hold(&guard);
    struct weir_home outer = weir_home;
    weir_home = (struct weir_home){rt->inbox, &rt->ready, &rt->clock};
    rt->running = true;
    weir_executor_add(rt, root);
    bool over = weir_executor_run(rt, root);
    weir_state state = settle(rt, root, over, error);
    rt->running = false;
    weir_home = outer;
    weir_sigpipe_let(&guard);
    return state;
}

bool weir_rt_spawn(weir_rt *rt, weir_stream *future)
{
    weir_task *task = weir_task_new(rt->inbox, future, NULL);
    if (task)
        weir_executor_add(rt, task);
    return task;
}

void weir_rt_stop(weir_rt *rt)
{
    atomic_store(&rt->stop, true);
    weir_interrupt_raise(rt->inbox->interrupt_fd);
}

bool weir_rt_stopping(const weir_rt *rt)
{
    return atomic_load(&rt->stop);
}

const char *weir_rt_driver(const weir_rt *rt)
{
    return rt->driver->ops->name;
}

const weir_sys *weir_rt_sys(const weir_rt *rt)
{
    return rt->sys;
}

weir_driver *weir_rt_io(weir_rt *rt)
{
    return rt->driver;
}

const weir_sys *weir_rt_base_sys(const weir_rt *rt)
{
    return rt->options.sys;
}

void weir_rt_note_cut(weir_rt *rt)
{
    atomic_store(&rt->cut, true);
}

bool weir_rt_was_cut(const weir_rt *rt)
{
    return atomic_load(&rt->cut);
}

weir_state weir_run(weir_stream *future, void *out, weir_error *error)
{
    weir_rt *rt = weir_rt_new(NULL, error);
    if (!rt) {
        weir_stream_drop(future);
        return WEIR_ERROR;
    }
    weir_state state = weir_rt_run(rt, future, out, error);
    weir_rt_drop(rt);
    return state;
}
