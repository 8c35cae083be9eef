/* The loop of a worker: polls tasks that are ready, lets the driver wait when none is. */

#include "task/tell.h"
#include "task/turn.h"
#include "task/worker_loop.h"
#include "task/workers.h"

/* ---- what there is to do ---- */

static bool wants_stop(const weir_worker *worker)
{
    return atomic_load_explicit(&worker->rt->stop, memory_order_relaxed);
}

static WEIR_COLD void worker_loop_tell_all(weir_worker *worker)
{
    worker->cx.stopping = true;
    for (weir_task *task = worker->tasks; task; task = task->next)
        weir_waker_wake(&task->waker);
}

void weir_worker_look_for_stop(weir_worker *worker)
{
    if (WEIR_UNLIKELY(wants_stop(worker)) && !worker->cx.stopping)
        worker_loop_tell_all(worker);
}

bool weir_worker_is_alone(const weir_worker *worker)
{
    return !worker->ready.n && !worker->drawn && !worker->driver->outstanding &&
           !worker->rt->options.on_tick &&
           !atomic_load_explicit(&worker->inbox->first, memory_order_relaxed) &&
           !wants_stop(worker) && !weir_workers_have_any(worker->rt);
}

bool weir_worker_is_busy(const weir_worker *worker)
{
    return worker->ready.n || worker->put_off || (wants_stop(worker) && !worker->cx.stopping) ||
           weir_workers_have_any(worker->rt);
}

/* ---- turns ---- */

/* Who waits for this task may go on. NULL: nobody does. */
static bool worker_loop_is_settled(const weir_task *awaited)
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

/* Who was woken by another worker comes before what nobody has polled yet: it may have more work
 * for the others, who wait for it. */
static inline bool has_ready(weir_worker *worker)
{
    if (!worker->ready.n && atomic_load_explicit(&worker->inbox->first, memory_order_relaxed))
        weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    return worker->ready.n;
}

/* NULL: there is nothing to do. */
static inline weir_task *worker_loop_next_task(weir_worker *worker)
{
    if (WEIR_UNLIKELY(worker->drawn))
        return drawn_task(worker);
    if (WEIR_UNLIKELY(worker->turns % NEW_ONE_IN == 0) || !has_ready(worker)) {
        weir_task *task = weir_workers_find(worker);
        if (task)
            return task;
    }
    return weir_ready_take(&worker->ready, 0);
}

bool weir_worker_turns(weir_worker *worker, const weir_task *awaited)
{
    bool any = false;
    while (worker->turns < WEIR_TURNS_AT_ONCE && !worker_loop_is_settled(awaited)) {
        weir_task *task = worker_loop_next_task(worker);
        if (!task)
            break;
        any = true;
        weir_turn(worker, task);
    }
    return any;
}

/* ---- on_tick ---- */

#define WORKER_TICK_MIN_NS 1000000ull

/* The first alone: what its chains are asked by on_tick would be in use elsewhere. */
static bool worker_loop_ticks(const weir_worker *worker)
{
    const weir_rt_options *options = &worker->rt->options;
    return options->tick_ns && options->on_tick && !worker->ticking && !worker->index;
}

/* Until the next tick, which may be due: one of nanoseconds does not keep a worker busy that has
 * nothing else to do. */
static uint64_t worker_loop_rest_ns(const weir_worker *worker, uint64_t now)
{
    if (worker->rt->options.tick_ns < WORKER_TICK_MIN_NS)
        return WORKER_TICK_MIN_NS;
    return worker->tick_due_ns > now ? worker->tick_due_ns - now : 0;
}

/* How long there is nothing to do besides waiting. */
static uint64_t worker_loop_tick(weir_worker *worker)
{
    const weir_rt_options *options = &worker->rt->options;
    if (!worker_loop_ticks(worker))
        return WEIR_FOREVER;
    uint64_t now = worker->clock.now_ns;
    if (now >= worker->tick_due_ns) {
        worker->tick_due_ns = weir_after_ns(now, options->tick_ns);
        worker->ticking = true;
        weir_worker_look_pauses(worker);
        options->on_tick(worker->rt, options->arg);
        worker->ticking = false;
        worker->clock.still = false;
    }
    return worker_loop_rest_ns(worker, now);
}

uint64_t weir_worker_tick_in_ns(const weir_worker *worker)
{
    if (!worker_loop_ticks(worker))
        return WEIR_FOREVER;
    return worker_loop_rest_ns(worker, worker->sys->now_ns(worker->sys));
}

/* ---- round and round ---- */

/* Whoever waits on it, and is not turned by another one's loop, lets the time of its work pass. */
static uint64_t let_work_pass(const weir_worker *worker, uint64_t timeout_ns)
{
    return timeout_ns || worker->turned || !weir_worker_is_at_work(worker) ? timeout_ns : 1;
}

/* False: the driver is broken. */
static bool worker_loop_wait(weir_worker *worker, uint64_t timeout_ns)
{
    bool sleeps = timeout_ns;
    if (sleeps && (weir_workers_search(worker) || weir_workers_sleep(worker)))
        timeout_ns = 0;
    worker->turns = 0;
    worker->clock.old = true; /* the first wake takes a new reading */
    weir_tell_still(worker);  /* ... which all of them have */
    int error = weir_driver_wait(worker->driver, let_work_pass(worker, timeout_ns));
    if (sleeps)
        weir_workers_rouse(worker);
    if (worker->clock.old)
        weir_clock_read(&worker->clock);
    return !error || weir_worker_fail_broken(worker, error);
}

bool weir_worker_others(weir_worker *worker)
{
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    worker->turns = 0;
    weir_worker_turns(worker, NULL);
    worker->turns = 0;
    weir_clock_read(&worker->clock);
    worker_loop_tick(worker);
    return !worker->driver->outstanding || worker_loop_wait(worker, 0);
}

static uint64_t sooner(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Once round the loop, for who waits for this task (NULL: nobody does). Hooks may have waited
 * meanwhile, and brought it about. Who woke itself goes on at once, but not for ever. */
bool weir_worker_go_round(weir_worker *worker, const weir_task *awaited, uint64_t timeout_ns)
{
    if (WEIR_UNLIKELY(atomic_load_explicit(&worker->rt->workers.broken, memory_order_relaxed)))
        return weir_worker_fail_as_another(worker);
    weir_worker_look_for_stop(worker);
    weir_worker_look_round(worker);
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    weir_workers_take_own(worker);
    if (worker->searched && worker->ready.n)
        weir_workers_pass_on(worker->rt);
    worker->searched = false;
    bool worked = weir_worker_turns(worker, awaited), settled = worker_loop_is_settled(awaited);
    if (settled && (awaited->is_root || worker->turns < WEIR_TURNS_AT_ONCE))
        return true;
    timeout_ns = sooner(worked && !awaited ? 0 : timeout_ns, worker_loop_tick(worker));
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    bool busy = weir_worker_is_busy(worker) || settled || worker_loop_is_settled(awaited);
    if (!busy && awaited && weir_worker_is_stalled(worker, awaited))
        return weir_worker_fail_stalled(worker, awaited);
    bool works = worker_loop_wait(worker, busy ? 0 : timeout_ns);
    if (settled && !awaited->is_root) /* woken once more, it goes on all the same */
        atomic_exchange(&((weir_task *)(uintptr_t)awaited)->state, WEIR_TASK_RUNNING);
    return works;
}

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

/* ---- a worker that somebody waits on ---- */

bool weir_worker_run(weir_worker *worker, const weir_task *awaited)
{
    bool works = true, turned = worker->turned;
    worker->turned = false;
    while (works && !worker_loop_is_settled(awaited))
        works = weir_worker_go_round(worker, awaited, WEIR_FOREVER);
    worker->turned = turned;
    return works;
}

/* The wait was given up; where it was woken from elsewhere meanwhile, it may stand in the inbox. */
static void worker_loop_give_up(weir_worker *worker, weir_task *sleeper)
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
        worker_loop_give_up(worker, sleeper);
    return works;
}
