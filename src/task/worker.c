/* The loop of a worker: polls tasks that are ready, lets the driver wait when none is. */

#include "task/worker.h"

#include <poll.h>
#include <string.h>

#include "task/crash.h"
#include "task/drivers.h"
#include "task/turn.h"
#include "task/waiter.h"
#include "task/workers.h"
#include "weir/alloc.h"

/* ---- whose thread it is ---- */

weir_worker *weir_worker_enter(weir_worker *worker)
{
    weir_worker *outer = weir_worker_here;
    weir_worker_here = worker;
    weir_worker_note_thread(worker);
    if (!__atomic_fetch_add(&worker->entered, 1, __ATOMIC_RELAXED)) {
        worker->fiber = weir_fiber_swap(NULL); /* which cannot wait while this one polls */
        worker->yielder = weir_yielder_swap(&weir_yielder_nobody);
    }
    return outer;
}

void weir_worker_leave(weir_worker *worker, weir_worker *outer)
{
    if (__atomic_fetch_sub(&worker->entered, 1, __ATOMIC_RELAXED) == 1) {
        weir_fiber_swap(worker->fiber);
        weir_yielder_swap(worker->yielder);
    }
    weir_worker_here = outer;
}

/* ---- how it begins and ends ---- */

static bool open_inbox(weir_worker *worker, weir_error *error)
{
    int number = 0;
    worker->inbox = weir_inbox_new(worker->rt->options.sys, &number);
    if (worker->inbox)
        return true;
    weir_error_set(error, WEIR_E_SYSTEM, "no descriptor for a runtime: %s",
                   strerrordesc_np(-number));
    error->number = -number;
    error->cure = weir_descriptor_cure(-number);
    return false;
}

/* All but the first stand in its simulated world, where it has one. */
static bool open_driver(weir_worker *worker, weir_error *error)
{
    const weir_rt_options *options = &worker->rt->options;
    weir_driver *first = worker->index ? worker->rt->worker.driver : NULL;
    weir_driver_config config = {.sys = options->sys,
                                 .interrupt_fd = worker->inbox->interrupt_fd,
                                 .seed = options->seed,
                                 .faults_per_million = options->faults_per_million,
                                 .host = options->host,
                                 .beside = first};
    worker->driver = weir_driver_named(first ? first->ops->name : options->driver, &config, error);
    return worker->driver;
}

static void find_way(weir_worker *worker)
{
    worker->inbox->worker = worker;
    worker->sys = worker->clock.sys = worker->driver->sys;
    worker->cx.timers = &worker->driver->clock;
    worker->driver->turner = weir_worker_turner(worker);
    worker->drawn = strcmp(worker->driver->ops->name, "sim") == 0;
    worker->exact = worker->drawn; /* its time passes by being looked at */
    worker->tick_due_ns = weir_clock_read(&worker->clock) + worker->rt->options.tick_ns;
}

bool weir_worker_begin(weir_worker *worker, weir_rt *rt, weir_error *error)
{
    unsigned char *scratch = weir_allocate(WEIR_SCRATCH_BYTES);
    worker->rt = rt;
    weir_cx_init(&worker->cx, NULL, scratch, scratch ? WEIR_SCRATCH_BYTES : 0);
    if (!scratch) {
        weir_error_set(error, WEIR_E_MEMORY, "no memory for a runtime (%d bytes)",
                       WEIR_SCRATCH_BYTES);
        return false;
    }
    worker->cx.rt = rt;
    worker->cx.worker = worker;
    worker->budget = rt->options.budget;
    worker->demand_max = rt->options.demand_max;
    worker->drawing = rt->options.seed + worker->index;
    worker->until_sample = 1;
    weir_crash_watch();
    if (!open_inbox(worker, error) || !open_driver(worker, error))
        return false;
    find_way(worker);
    return true;
}

static void end_all(weir_worker *worker)
{
    worker->ready = (struct weir_ready_queue){0};
    while (worker->tasks)
        weir_worker_end(worker, worker->tasks);
}

void weir_worker_close(weir_worker *worker)
{
    if (worker->inbox)
        weir_inbox_take(worker->inbox, &worker->ready, &worker->clock); /* some may be new */
    end_all(worker);
    weir_sleeper_drop(worker->sleeper);
    worker->sleeper = NULL;
    weir_driver_drop(worker->driver);
    worker->driver = NULL;
    if (!worker->inbox)
        return;
    weir_inbox_close(worker->inbox, &worker->ready, &worker->clock);
    end_all(worker); /* what others placed here meanwhile, which nobody has polled */
}

void weir_worker_free(weir_worker *worker)
{
    if (worker->inbox) {
        worker->inbox->worker = NULL;
        weir_inbox_unref(worker->inbox);
    }
    weir_pool_drain(&worker->arenas);
    weir_release(worker->ring, worker->ring ? sizeof *worker->ring : 0);
    weir_release(worker->cx.scratch, worker->cx.scratch_size);
}

static bool wants_stop(const weir_worker *worker)
{
    return atomic_load_explicit(&worker->rt->stop, memory_order_relaxed);
}

static WEIR_COLD void tell_all(weir_worker *worker)
{
    worker->cx.stopping = true;
    for (weir_task *task = worker->tasks; task; task = task->next)
        weir_waker_wake(&task->waker);
}

void weir_worker_look_for_stop(weir_worker *worker)
{
    if (WEIR_UNLIKELY(wants_stop(worker)) && !worker->cx.stopping)
        tell_all(worker);
}

bool weir_worker_is_alone(const weir_worker *worker)
{
    return !worker->ready.n && !worker->drawn && !worker->driver->outstanding &&
           !worker->rt->options.on_tick &&
           !atomic_load_explicit(&worker->inbox->first, memory_order_relaxed) &&
           !wants_stop(worker) && !weir_workers_have_any(worker->rt);
}

/* ---- the loop ---- */

/* Who waits for this task may go on. NULL: nobody does. */
static bool is_settled(const weir_task *awaited)
{
    return awaited && (awaited->is_root ? awaited->root->over : awaited->awake);
}

/* One in so many turns is of a task that nobody has polled yet, though others are ready. */
enum { NEW_ONE_IN = 8 };

/* In a simulation the others have their turns when this worker looks at its driver. */
static weir_task *drawn_task(weir_worker *worker)
{
    weir_task *over = worker->put_off;
    if (weir_worker_is_at_work(worker))
        return NULL;
    worker->put_off = NULL;
    if (over)
        return over;
    uint64_t drawn = worker->sys->random(worker->sys);
    if (worker->turns && drawn >> 63 && weir_workers_n(&worker->rt->workers) > 1)
        return NULL;
    weir_task *task = drawn % NEW_ONE_IN && worker->ready.n ? NULL : weir_workers_find(worker);
    if (task || !worker->ready.n)
        return task;
    return weir_ready_take(&worker->ready, drawn / NEW_ONE_IN % worker->ready.n);
}

/* NULL: there is nothing to do. */
static inline weir_task *next_task(weir_worker *worker)
{
    if (WEIR_UNLIKELY(worker->drawn))
        return drawn_task(worker);
    if (WEIR_UNLIKELY(worker->turns % NEW_ONE_IN == 0) || !worker->ready.n) {
        weir_task *task = weir_workers_find(worker);
        if (task)
            return task;
    }
    return weir_ready_take(&worker->ready, 0);
}

/* Up to 64, whoever stood in the queue before. True: there were some. */
static bool turns(weir_worker *worker, const weir_task *awaited)
{
    bool any = false;
    while (worker->turns < WEIR_TURNS_AT_ONCE && !is_settled(awaited)) {
        weir_task *task = next_task(worker);
        if (!task)
            break;
        any = true;
        weir_turn(worker, task);
    }
    return any;
}

/* The first alone: what its chains are asked by on_tick would be in use elsewhere. */
static bool ticks(const weir_worker *worker)
{
    const weir_rt_options *options = &worker->rt->options;
    return options->tick_ns && options->on_tick && !worker->ticking && !worker->index;
}

/* How long there is nothing to do besides waiting. */
static uint64_t tick(weir_worker *worker)
{
    const weir_rt_options *options = &worker->rt->options;
    if (!ticks(worker))
        return WEIR_FOREVER;
    uint64_t now = worker->clock.now_ns;
    if (now >= worker->tick_due_ns) {
        worker->tick_due_ns = now + options->tick_ns;
        worker->ticking = true;
        options->on_tick(worker->rt, options->arg);
        worker->ticking = false;
    }
    return worker->tick_due_ns - now;
}

/* Nothing the driver works on, and nobody who could wake the task: another thread would hold its
 * waker. In a simulation there are no other threads. */
static bool stalled(const weir_worker *worker, const weir_task *awaited)
{
    const weir_rt *rt = worker->rt;
    if (weir_driver_expects(worker->driver))
        return false;
    bool alone = worker->drawn && !rt->options.host && weir_workers_n(&rt->workers) == 1;
    if (!alone && __atomic_load_n(&awaited->waker.refs, __ATOMIC_ACQUIRE) != 1)
        return false;
    /* Last: whoever let go of the waker meanwhile may have woken it before. */
    return !atomic_load(&worker->inbox->first);
}

static const char *name_of(const weir_task *awaited)
{
    if (awaited->waiting)
        return weir_stage_name(awaited->waiting);
    return awaited->future ? weir_stage_name(&awaited->future->stage) : "a thread";
}

static bool fail_stalled(weir_worker *worker, const weir_task *awaited)
{
    weir_fail(&worker->cx, WEIR_E_ARGUMENT, "nothing will ever wake '%s': %s", name_of(awaited),
              awaited->wait_for == WEIR_WAIT_NEVER
                  ? "it waits for nothing"
                  : "no operation is under way and nobody keeps its waker");
    worker->cx.error.cure = "store the waker with weir_wait() where the event is that it waits for";
    return false;
}

static bool fail_broken(weir_worker *worker, int error)
{
    weir_cx *cx = &worker->cx;
    const char *name = worker->driver->ops->name;
    if (error == -EDEADLK && worker->drawn) {
        weir_fail(cx, WEIR_E_ARGUMENT, "nothing will ever happen: all wait for each other");
        cx->error.cure = "a timeout where a peer may never answer";
        return false;
    }
    if (error == WEIR_DRIVER_ELSEWHERE) {
        weir_fail(cx, WEIR_E_ARGUMENT,
                  "the runtime is run by another thread than the one that its operations are under "
                  "way on");
        cx->error.number = -error;
        cx->error.cure = "the thread that ran it before, or weir_rt_new() on this one";
        return false;
    }
    weir_fail(cx, WEIR_E_SYSTEM, "the driver '%s' cannot wait: %s", name, strerrordesc_np(-error));
    cx->error.number = -error;
    if (strcmp(name, "epoll") != 0)
        cx->error.cure = "another driver: WEIR_DRIVER=epoll";
    weir_workers_break(worker);
    return false;
}

/* A worker that had to leave its thread has tasks that nobody polls any more. */
static WEIR_COLD bool fail_as_another(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    pthread_mutex_lock(&workers->failing);
    worker->cx.error = workers->why;
    pthread_mutex_unlock(&workers->failing);
    return false;
}

/* Whoever waits on it, and is not turned by another one's loop, lets the time of its work pass. */
static uint64_t let_work_pass(const weir_worker *worker, uint64_t timeout_ns)
{
    return timeout_ns || worker->turned || !weir_worker_is_at_work(worker) ? timeout_ns : 1;
}

/* False: the driver is broken. */
static bool wait(weir_worker *worker, uint64_t timeout_ns)
{
    bool sleeps = timeout_ns;
    if (sleeps && (weir_workers_search(worker) || weir_workers_sleep(worker)))
        timeout_ns = 0;
    worker->turns = 0;
    worker->clock.old = true; /* the first wake takes a new reading */
    int error = weir_driver_wait(worker->driver, let_work_pass(worker, timeout_ns));
    if (sleeps)
        weir_workers_rouse(worker);
    if (worker->clock.old)
        weir_clock_read(&worker->clock);
    return !error || fail_broken(worker, error);
}

bool weir_worker_others(weir_worker *worker)
{
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    worker->turns = 0;
    turns(worker, NULL);
    worker->turns = 0;
    weir_clock_read(&worker->clock);
    tick(worker);
    return !worker->driver->outstanding || wait(worker, 0);
}

bool weir_worker_is_busy(const weir_worker *worker)
{
    return worker->ready.n || worker->put_off || (wants_stop(worker) && !worker->cx.stopping) ||
           weir_workers_have_any(worker->rt);
}

uint64_t weir_worker_tick_in_ns(const weir_worker *worker)
{
    if (!ticks(worker))
        return WEIR_FOREVER;
    uint64_t now = worker->sys->now_ns(worker->sys), due = worker->tick_due_ns;
    return due > now ? due - now : 0;
}

static uint64_t sooner(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Once round the loop, for who waits for this task (NULL: nobody does). Callbacks may have waited
 * meanwhile, and brought it about. Who woke itself goes on at once, but not for ever. */
bool weir_worker_go_round(weir_worker *worker, const weir_task *awaited, uint64_t timeout_ns)
{
    if (WEIR_UNLIKELY(atomic_load_explicit(&worker->rt->workers.broken, memory_order_relaxed)))
        return fail_as_another(worker);
    weir_worker_look_for_stop(worker);
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    weir_workers_take_own(worker);
    if (worker->searched && worker->ready.n)
        weir_workers_pass_on(worker->rt);
    worker->searched = false;
    bool worked = turns(worker, awaited), settled = is_settled(awaited);
    if (settled && (awaited->is_root || worker->turns < WEIR_TURNS_AT_ONCE))
        return true;
    timeout_ns = sooner(worked && !awaited ? 0 : timeout_ns, tick(worker));
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    bool busy = weir_worker_is_busy(worker) || settled || is_settled(awaited);
    if (!busy && awaited && stalled(worker, awaited))
        return fail_stalled(worker, awaited);
    bool works = wait(worker, busy ? 0 : timeout_ns);
    if (settled && !awaited->is_root) /* woken once more, it goes on all the same */
        atomic_exchange(&((weir_task *)(uintptr_t)awaited)->state, WEIR_TASK_RUNNING);
    return works;
}

/* ---- a worker whose driver is broken ---- */

static bool descends_from(const weir_task *task, const weir_task *ancestor)
{
    while (task && task != ancestor)
        task = task->parent;
    return task;
}

/* They might wait for the driver, though they were to go on to their end. */
static void cancel_descendants(weir_worker *worker, const weir_task *ancestor)
{
    for (weir_task *task = worker->tasks, *next; task; task = next) {
        next = task->next;
        if (atomic_load(&task->cancelled) != WEIR_TASK_CANCELLED && task != ancestor &&
            descends_from(task, ancestor))
            weir_task_tell(task, WEIR_TASK_CANCELLED);
    }
}

static void cancel_family(weir_worker *worker, const weir_task *ancestor)
{
    uint32_t n = worker->drawn ? weir_workers_n(&worker->rt->workers) : 1;
    cancel_descendants(worker, ancestor);
    for (uint32_t i = 0; i < n && worker->drawn; i++)
        cancel_descendants(weir_workers_nth(worker->rt, i), ancestor);
}

enum { CRUTCH_MS = 1 }; /* who calls meanwhile may not know that this one sleeps */

static void limp(weir_worker *worker)
{
    const weir_sys *sys = worker->rt->options.sys;
    struct pollfd called = {.fd = worker->inbox->interrupt_fd, .events = POLLIN};
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    weir_workers_take_own(worker);
    worker->turns = 0;
    if (!turns(worker, NULL) && sys->poll(sys, &called, 1, CRUTCH_MS) > 0)
        weir_interrupt_clear(called.fd);
}

bool weir_worker_see_out(weir_worker *worker, const weir_task *task, bool works)
{
    cancel_family(worker, task);
    works = works && weir_worker_go_round(worker, NULL, WEIR_FOREVER);
    if (!works && !worker->drawn)
        limp(worker);
    return works;
}

/* ---- a worker that has a thread of its own ---- */

static bool is_ending(const weir_worker *worker)
{
    return atomic_load_explicit(&worker->rt->workers.ending, memory_order_relaxed);
}

void weir_worker_serve(weir_worker *worker)
{
    while (!is_ending(worker))
        if (!weir_worker_go_round(worker, NULL, WEIR_FOREVER))
            return;
}

static void cancel_all(weir_worker *worker)
{
    for (weir_task *task = worker->tasks, *next; task; task = next) {
        next = task->next;
        if (atomic_load(&task->cancelled) != WEIR_TASK_CANCELLED)
            weir_task_tell(task, WEIR_TASK_CANCELLED);
    }
}

/* The first one is there until the others have left: they may place tasks with it. */
static bool is_wanted(weir_worker *worker)
{
    return worker->tasks || atomic_load(&worker->inbox->first) ||
           (!worker->index && atomic_load(&worker->rt->workers.serving));
}

/* What goes on meanwhile are tasks that end. */
void weir_worker_wind_up(weir_worker *worker)
{
    weir_worker *outer = weir_worker_enter(worker);
    worker->winding_up = true; /* so do those that come */
    cancel_all(worker);
    for (bool works = true; is_wanted(worker) && (works || !worker->drawn);)
        works = weir_worker_see_out(worker, NULL, works);
    weir_worker_leave(worker, outer);
}

/* ---- a worker that somebody waits on ---- */

bool weir_worker_run(weir_worker *worker, const weir_task *awaited)
{
    bool works = true, turned = worker->turned;
    worker->turned = false;
    while (works && !is_settled(awaited))
        works = weir_worker_go_round(worker, awaited, WEIR_FOREVER);
    worker->turned = turned;
    return works;
}

/* The wait was given up; where it was woken from elsewhere meanwhile, it may stand in the inbox. */
static void give_up(weir_worker *worker, weir_task *sleeper)
{
    weir_ready_remove(&worker->ready, sleeper);
    atomic_store(&sleeper->state, WEIR_TASK_DONE);
}

bool weir_worker_until(weir_worker *worker, weir_task *sleeper)
{
    weir_worker *outer = weir_worker_enter(worker);
    weir_task_link(&worker->tasks, sleeper);
    sleeper->awake = false;
    weir_worker_settle_down(worker, sleeper);
    bool works = weir_worker_run(worker, sleeper);
    weir_task_unlink(&worker->tasks, sleeper);
    weir_worker_leave(worker, outer);
    if (!works)
        give_up(worker, sleeper);
    return works;
}
