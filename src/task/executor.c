/* The executor: polls tasks that are ready, lets the driver wait when none is. */

#include "task/executor.h"

#include <string.h>

enum { TURNS_AT_ONCE = 64 }; /* tasks polled between two looks at the driver */

void weir_executor_add(weir_rt *rt, weir_task *task)
{
    weir_task_link(&rt->tasks, task);
    task->stamp_ns = weir_clock_read(&rt->clock);
    weir_ready_push(&rt->ready, task);
}

void weir_executor_end(weir_rt *rt, weir_task *task)
{
    bool ready = atomic_load(&task->state) == WEIR_TASK_READY;
    weir_task_end(task);
    if (ready)
        weir_ready_remove(&rt->ready, task);
    weir_task_unlink(&rt->tasks, task);
    weir_waker_unref(&task->waker);
}

/* A full budget, and nothing said yet. */
static void renew(weir_rt *rt, weir_task *task)
{
    weir_cx *cx = &rt->cx;
    cx->waker = &task->waker;
    cx->budget = rt->options.budget;
    cx->demand_max = rt->options.demand_max;
    if (rt->drawn)
        cx->demand_max = 1 + (uint32_t)(rt->sys->random(rt->sys) % rt->options.demand_max);
    cx->scratch_used = 0;
    cx->depth = task->future->stage.depth;
    cx->wait_for = WEIR_WAIT_NONE;
    cx->waiting = NULL;
    cx->cut = false;
}

static bool fail_scratch(weir_rt *rt, size_t need)
{
    weir_fail(&rt->cx, WEIR_E_MEMORY, "no memory for %zu bytes of scratch", need);
    return false;
}

static void look_for_stop(weir_rt *rt)
{
    if (WEIR_LIKELY(!atomic_load_explicit(&rt->stop, memory_order_relaxed)) || rt->cx.stopping)
        return;
    rt->cx.stopping = true;
    for (weir_task *task = rt->tasks; task; task = task->next)
        weir_waker_wake(&task->waker);
}

/* The end of the turn before is the beginning of this one: one clock reading a turn. */
bool weir_executor_begin(weir_rt *rt, weir_task *task)
{
    size_t need = task->future->stage.scratch_need;
    look_for_stop(rt);
    weir_task_stamp(task, rt->clock.now_ns, &task->ns_runnable);
    renew(rt, task);
    rt->cx.now_ns = rt->clock.now_ns;
    return weir_cx_reserve(&rt->cx, need) || fail_scratch(rt, need);
}

weir_poll weir_executor_poll(weir_rt *rt, weir_task *task)
{
    atomic_exchange(&task->state, WEIR_TASK_RUNNING); /* reads what the wakes wrote */
    rt->cx.polling++;
    weir_poll got = task->out ? weir_poll_next(task->future, &rt->cx, task->out, 1)
                              : weir_poll_skip(task->future, &rt->cx, 1);
    rt->cx.polling--;
    return got;
}

/* Nobody else wants a turn, or to be told something between two. */
static bool alone(const weir_rt *rt)
{
    return !rt->ready.n && !rt->drawn && !rt->driver->outstanding && !rt->options.on_tick &&
           !atomic_load_explicit(&rt->inbox->first, memory_order_relaxed) &&
           !atomic_load_explicit(&rt->stop, memory_order_relaxed);
}

/* It woke itself and is alone: its next turn may as well begin now. */
static bool goes_on(const weir_rt *rt, const weir_task *task)
{
    return task->got.state == WEIR_PENDING &&
           atomic_load_explicit(&task->state, memory_order_relaxed) == WEIR_TASK_AGAIN && alone(rt);
}

static void poll_turns(weir_rt *rt, weir_task *task)
{
    task->got = weir_executor_poll(rt, task);
    for (unsigned left = TURNS_AT_ONCE; left && goes_on(rt, task); left--) {
        renew(rt, task);
        task->got = weir_executor_poll(rt, task);
    }
}

/* True: it is over. */
static bool turn(weir_rt *rt, weir_task *task)
{
    if (weir_executor_begin(rt, task))
        poll_turns(rt, task);
    else
        task->got = (weir_poll){0, WEIR_ERROR};
    weir_task_stamp(task, weir_clock_read(&rt->clock), &task->ns_busy);
    if (task->got.state != WEIR_PENDING)
        return true;
    task->wait_for = rt->cx.wait_for;
    task->waiting = rt->cx.waiting;
    unsigned running = WEIR_TASK_RUNNING;
    if (!atomic_compare_exchange_strong(&task->state, &running, WEIR_TASK_IDLE)) {
        atomic_exchange(&task->state, WEIR_TASK_READY);
        weir_ready_push(&rt->ready, task);
    }
    return false;
}

/* Of a task that nobody waits for. */
static void report(weir_rt *rt, const weir_task *task)
{
    if (task->got.state != WEIR_ERROR)
        return;
    if (rt->options.on_task_error)
        rt->options.on_task_error(rt, &rt->cx.error, rt->options.arg);
    else if (!rt->tasks_failed++)
        rt->first_failure = rt->cx.error;
}

/* True: the root is over; it is left to the caller, who wants its item. */
static bool turns(weir_rt *rt, const weir_task *root)
{
    size_t n = rt->ready.n < TURNS_AT_ONCE ? rt->ready.n : TURNS_AT_ONCE;
    for (; n && rt->ready.n; n--) {
        size_t nth = rt->drawn ? rt->sys->random(rt->sys) % rt->ready.n : 0;
        weir_task *task = weir_ready_take(&rt->ready, nth);
        if (!turn(rt, task))
            continue;
        if (task == root)
            return true;
        report(rt, task);
        weir_executor_end(rt, task);
    }
    return false;
}

/* How long there is nothing to do besides waiting. */
static uint64_t tick(weir_rt *rt)
{
    uint64_t tick_ns = rt->options.tick_ns;
    if (!tick_ns || !rt->options.on_tick)
        return WEIR_FOREVER;
    uint64_t now = rt->clock.now_ns;
    if (now >= rt->tick_due_ns) {
        rt->tick_due_ns = now + tick_ns;
        rt->options.on_tick(rt, rt->options.arg);
    }
    return rt->tick_due_ns - now;
}

void weir_executor_others(weir_rt *rt)
{
    weir_inbox_take(rt->inbox, &rt->ready, &rt->clock);
    turns(rt, NULL);
    if (rt->options.on_tick) {
        weir_clock_read(&rt->clock);
        tick(rt);
    }
    if (rt->driver->outstanding)
        weir_driver_wait(rt->driver, 0); /* when it is broken, who waits next is told */
}

/* Nothing the driver works on, and nobody who could wake the task: another thread would hold its
 * waker. In a simulation there are no other threads. */
static bool stalled(const weir_rt *rt, const weir_task *root)
{
    if (weir_driver_expects(rt->driver) || atomic_load(&rt->inbox->first))
        return false;
    return rt->drawn || __atomic_load_n(&root->waker.refs, __ATOMIC_ACQUIRE) == 1;
}

static bool fail_stalled(weir_rt *rt, const weir_task *root)
{
    const char *name = weir_stage_name(root->waiting ? root->waiting : &root->future->stage);
    weir_fail(&rt->cx, WEIR_E_ARGUMENT, "nothing will ever wake '%s': %s", name,
              root->wait_for == WEIR_WAIT_NEVER
                  ? "it waits for nothing"
                  : "no operation is under way and nobody keeps its waker");
    rt->cx.error.cure = "store the waker with weir_wait() where the event is that it waits for";
    return false;
}

/* False: the driver is broken. */
static bool wait(weir_rt *rt, uint64_t timeout_ns)
{
    rt->clock.old = timeout_ns;
    int error = weir_driver_wait(rt->driver, timeout_ns);
    if (rt->clock.old)
        weir_clock_read(&rt->clock);
    if (!error)
        return true;
    weir_fail(&rt->cx, WEIR_E_SYSTEM, "the driver '%s' cannot wait: %s", rt->driver->ops->name,
              strerrordesc_np(-error));
    rt->cx.error.number = -error;
    if (strcmp(rt->driver->ops->name, "epoll") != 0)
        rt->cx.error.cure = "another driver: WEIR_DRIVER=epoll";
    return false;
}

bool weir_executor_run(weir_rt *rt, weir_task *root)
{
    for (;;) {
        look_for_stop(rt);
        weir_inbox_take(rt->inbox, &rt->ready, &rt->clock);
        if (turns(rt, root))
            return true;
        uint64_t timeout_ns = tick(rt);
        weir_inbox_take(rt->inbox, &rt->ready, &rt->clock);
        bool busy = rt->ready.n || (atomic_load(&rt->stop) && !rt->cx.stopping);
        if (!busy && stalled(rt, root))
            return fail_stalled(rt, root);
        if (!wait(rt, busy ? 0 : timeout_ns))
            return false;
    }
}
