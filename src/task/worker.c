/* The loop of a worker: polls tasks that are ready, lets the driver wait when none is. */

#include "task/worker.h"

#include <string.h>

#include "core/in_flight.h"
#include "core/poll.h"
#include "task/waiter.h"

enum { TURNS_AT_ONCE = 64 }; /* tasks polled between two looks at the driver */

static void note_thread(weir_worker *worker)
{
    __atomic_store_n(&worker->thread, weir_thread_here(), __ATOMIC_RELAXED);
}

weir_worker *weir_worker_enter(weir_worker *worker)
{
    weir_worker *outer = weir_worker_here;
    weir_worker_here = worker;
    note_thread(worker);
    if (!worker->entered++) {
        worker->fiber = weir_fiber_swap(NULL); /* which cannot wait while this one polls */
        worker->yielder = weir_yielder_swap(&weir_yielder_nobody);
    }
    return outer;
}

void weir_worker_leave(weir_worker *worker, weir_worker *outer)
{
    if (!--worker->entered) {
        weir_fiber_swap(worker->fiber);
        weir_yielder_swap(worker->yielder);
    }
    weir_worker_here = outer;
}

/* ---- time: counted on some cycles, which stand for all ---- */

/* A cycle is what a task does between two waits: it waits, is ready, is polled. One in 16 is
 * timed; a reading of the clock costs more than a short turn. */
enum { CYCLES_A_SAMPLE = 16 };

static uint32_t draw(weir_worker *worker)
{
    uint64_t x = worker->drawing += 0x9E3779B97F4A7C15u; /* splitmix64 */
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9u;
    x = (x ^ x >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)(x >> 32);
}

/* For how many cycles the next one stands; 0: it is not timed. */
static inline uint8_t next_scale(weir_worker *worker)
{
    if (WEIR_UNLIKELY(worker->exact))
        return 1;
    if (WEIR_LIKELY(--worker->until_sample))
        return 0;
    worker->until_sample = 1 + draw(worker) % (2 * CYCLES_A_SAMPLE - 1); /* 16 in the mean */
    return CYCLES_A_SAMPLE;
}

static inline void begin_cycle(weir_worker *worker, weir_task *task)
{
    task->scale = next_scale(worker);
    if (WEIR_UNLIKELY(task->scale))
        task->stamp_ns = worker->clock.now_ns;
}

/* ---- tasks in and out ---- */

void weir_worker_add(weir_worker *worker, weir_task *task)
{
    task->number = ++worker->tasks_made;
    note_thread(worker);
    weir_task_link(&worker->tasks, task);
    begin_cycle(worker, task);
    weir_ready_push(&worker->ready, task);
    if (WEIR_UNLIKELY(!worker->entered) && atomic_load(&worker->inbox->sleeping))
        weir_interrupt_raise(worker->inbox->interrupt_fd); /* somebody else's loop waits for it */
}

/* Another thread that has its waker may be about to put it into the inbox. */
static bool is_shared(const weir_task *task)
{
    return __atomic_load_n(&task->waker.refs, __ATOMIC_ACQUIRE) != 1;
}

/* Nothing touches the task after that. Where it has a handle, the reference is the handle's now. */
static void let_go(weir_worker *worker, weir_task *task)
{
    weir_joined *join = task->join;
    weir_task_unlink(&worker->tasks, task);
    if (is_shared(task))
        weir_task_keep_inbox(task);
    if (!join) {
        weir_waker_unref(&task->waker);
        return;
    }
    join->owns = true;
    weir_waker_slot_wake(&join->waiter);
}

static void end(weir_worker *worker, weir_task *task)
{
    weir_task_end(task);
    let_go(worker, task);
}

void weir_worker_end(weir_worker *worker, weir_task *task)
{
    unsigned state = atomic_load(&task->state);
    if (state == WEIR_TASK_READY || state == WEIR_TASK_AGAIN)
        weir_ready_remove(&worker->ready, task);
    weir_join_cancel(task);
    end(worker, task);
}

static inline void renew(weir_worker *worker, weir_task *task)
{
    weir_cx *cx = &worker->cx;
    weir_worker_renew(worker, task);
    if (WEIR_UNLIKELY(worker->drawn))
        cx->demand_max = 1 + (uint32_t)(worker->sys->random(worker->sys) % worker->demand_max);
    cx->depth = task->future->stage.depth;
}

static bool fail_scratch(weir_worker *worker, size_t need)
{
    weir_fail(&worker->cx, WEIR_E_MEMORY, "no memory for %zu bytes of scratch", need);
    return false;
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

/* How long it was ready is told by the loop's clock, as the moment of its wake was. */
static void begin_timed(weir_worker *worker, weir_task *task)
{
    weir_task_stamp(task, worker->clock.now_ns, &task->ns_runnable);
    task->stamp_ns = weir_clock_read(&worker->clock);
}

static inline void be_running(weir_task *task)
{
    atomic_exchange(&task->state, WEIR_TASK_RUNNING); /* reads what the wakes wrote */
}

static inline bool begin(weir_worker *worker, weir_task *task)
{
    size_t need = task->future->stage.scratch_need;
    be_running(task);
    weir_worker_look_for_stop(worker);
    renew(worker, task);
    if (WEIR_UNLIKELY(task->scale))
        begin_timed(worker, task);
    worker->cx.sampling = task->scale;
    worker->cx.now_ns = worker->clock.now_ns;
    return WEIR_LIKELY(need <= worker->cx.scratch_size) || weir_cx_reserve(&worker->cx, need) ||
           fail_scratch(worker, need);
}

static inline weir_poll poll_once(weir_worker *worker, weir_task *task)
{
    weir_in_flight_turn(&worker->cx, &task->in_flight);
    worker->cx.polling++;
    task->polled = true;
    weir_poll got = poll_next(task->future, &worker->cx, task->out, 1);
    worker->cx.polling--;
    if (WEIR_UNLIKELY(task->in_flight.first) && got.state == WEIR_PENDING)
        weir_in_flight_progress(&worker->cx);
    task->polled = false; /* its sets are its own too */
    return got;
}

/* Nobody else wants a turn, or to be told something between two. */
static bool alone(const weir_worker *worker)
{
    return !worker->ready.n && !worker->drawn && !worker->driver->outstanding &&
           !worker->rt->options.on_tick &&
           !atomic_load_explicit(&worker->inbox->first, memory_order_relaxed) &&
           !wants_stop(worker);
}

/* It woke itself and is alone: its next turn may as well begin now, unless that is what makes room
 * for what it needs by now. */
static bool goes_on(const weir_worker *worker, const weir_task *task, weir_poll got)
{
    return got.state == WEIR_PENDING &&
           atomic_load_explicit(&task->state, memory_order_relaxed) == WEIR_TASK_AGAIN &&
           worker->turns < TURNS_AT_ONCE && !task->cancelled &&
           task->future->stage.scratch_need <= worker->cx.scratch_size && alone(worker);
}

static weir_poll poll_turns(weir_worker *worker, weir_task *task)
{
    weir_poll got = poll_once(worker, task);
    task->turns++;
    for (; WEIR_UNLIKELY(goes_on(worker, task, got)); worker->turns++) {
        be_running(task);
        renew(worker, task);
        got = poll_once(worker, task);
        task->turns++;
    }
    return got;
}

/* It is idle, or goes to the end of the queue because it was woken meanwhile. Then it stays AGAIN:
 * to whoever wakes it that is as good as READY. */
static inline void settle_down(weir_worker *worker, weir_task *task)
{
    unsigned state = atomic_load_explicit(&task->state, memory_order_relaxed);
    if (state == WEIR_TASK_RUNNING &&
        atomic_compare_exchange_strong(&task->state, &state, WEIR_TASK_IDLE))
        return;
    weir_ready_push(&worker->ready, task);
}

/* True: it is over, or cancelled: still PENDING. */
static inline bool turn(weir_worker *worker, weir_task *task)
{
    weir_poll got = {0, WEIR_ERROR};
    if (WEIR_LIKELY(begin(worker, task)))
        got = poll_turns(worker, task);
    if (WEIR_UNLIKELY(task->scale))
        weir_task_stamp(task, weir_clock_read(&worker->clock), &task->ns_busy);
    if (got.state != WEIR_PENDING || WEIR_UNLIKELY(task->cancelled)) {
        task->got = got;
        return true;
    }
    task->wait_for = (uint8_t)worker->cx.wait_for;
    task->waiting = worker->cx.waiting;
    begin_cycle(worker, task);
    settle_down(worker, task);
    return false;
}

/* Of a task that nobody waits for. */
static void report(weir_worker *worker, weir_task *task)
{
    if (task->got.state == WEIR_ERROR)
        weir_task_report(worker->rt, &worker->cx.error, task->counted);
    if (task->got.n)
        weir_type_drop_items(task->future->type, task->out, 1);
}

/* Whose it is, and who asks for it may do so when the worker is gone. */
static void note_error(weir_worker *worker, weir_task *task)
{
    if (!worker->cx.error.task)
        worker->cx.error.task = task->number;
    weir_task_keep_inbox(task);
}

/* It is over, or was told to be. */
static void finish(weir_worker *worker, weir_task *task)
{
    if (WEIR_UNLIKELY(task->got.state == WEIR_ERROR))
        note_error(worker, task);
    if (!task->join)
        report(worker, task);
    else
        weir_join_settle(task->join, task, &worker->cx.error);
    end(worker, task);
}

static void finish_cancelled(weir_worker *worker, weir_task *task)
{
    weir_join_cancel(task);
    end(worker, task);
}

void weir_worker_cancel(weir_worker *worker, weir_task *task)
{
    unsigned idle = WEIR_TASK_IDLE;
    task->cancelled = true;
    if (task->polled)
        return; /* the end of its turn sees it */
    if (worker->dropping) {
        weir_waker_wake(&task->waker); /* its next turn does: drops do not nest without a bound */
        return;
    }
    weir_waker_ref(&task->waker); /* a drop that waits may let it come to its end */
    worker->dropping = true;
    weir_task_drop_future(task);
    worker->dropping = false;
    weir_join_cancel(task);
    if (atomic_compare_exchange_strong(&task->state, &idle, WEIR_TASK_DONE))
        let_go(worker, task);
    else if (task->join)
        weir_waker_slot_wake(&task->join->waiter); /* it leaves the queue in its turn */
    weir_waker_unref(&task->waker);
}

/* A sleeper, or a task that was cancelled. */
static void one_aside(weir_worker *worker, weir_task *task)
{
    if (task->cancelled)
        finish_cancelled(worker, task);
    else
        be_running(task);
}

static inline void one_turn(weir_worker *worker, weir_task *task)
{
    worker->turns++;
    if (WEIR_UNLIKELY(!task->future || task->cancelled))
        one_aside(worker, task);
    else if (!turn(worker, task))
        return;
    else if (task->got.state == WEIR_PENDING)
        finish_cancelled(worker, task);
    else if (task->join && task->join->is_root)
        weir_join_settle(task->join, task, &worker->cx.error);
    else
        finish(worker, task);
}

static bool sleeps(const weir_task *sleeper)
{
    return atomic_load(&sleeper->state) != WEIR_TASK_RUNNING;
}

/* Who waits for this task may go on. NULL: nobody does. */
static bool is_settled(const weir_task *awaited)
{
    return awaited && (awaited->join ? awaited->join->over : !sleeps(awaited));
}

/* Up to 64, whoever stood in the queue before. True: there were some. */
static bool turns(weir_worker *worker, const weir_task *awaited)
{
    bool any = worker->ready.n;
    while (worker->ready.n && worker->turns < TURNS_AT_ONCE && !is_settled(awaited)) {
        size_t nth = 0;
        if (WEIR_UNLIKELY(worker->drawn))
            nth = worker->sys->random(worker->sys) % worker->ready.n;
        one_turn(worker, weir_ready_take(&worker->ready, nth));
    }
    return any;
}

static bool ticks(const weir_worker *worker)
{
    const weir_rt_options *options = &worker->rt->options;
    return options->tick_ns && options->on_tick && !worker->ticking;
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
    if (weir_driver_expects(worker->driver) || atomic_load(&worker->inbox->first))
        return false;
    return worker->alone || __atomic_load_n(&awaited->waker.refs, __ATOMIC_ACQUIRE) == 1;
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
    weir_fail(cx, WEIR_E_SYSTEM, "the driver '%s' cannot wait: %s", name, strerrordesc_np(-error));
    cx->error.number = -error;
    if (strcmp(name, "epoll") != 0)
        cx->error.cure = "another driver: WEIR_DRIVER=epoll";
    return false;
}

/* False: the driver is broken. */
static bool wait(weir_worker *worker, uint64_t timeout_ns)
{
    if (timeout_ns && weir_inbox_sleep(worker->inbox))
        timeout_ns = 0;
    worker->turns = 0;
    worker->clock.old = true; /* the first wake takes a new reading */
    int error = weir_driver_wait(worker->driver, timeout_ns);
    if (timeout_ns)
        weir_inbox_rouse(worker->inbox);
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

static bool is_busy(const weir_worker *worker)
{
    return worker->ready.n || (wants_stop(worker) && !worker->cx.stopping);
}

static uint64_t sooner(uint64_t a_ns, uint64_t b_ns)
{
    return a_ns < b_ns ? a_ns : b_ns;
}

/* Once round the loop, for who waits for this task (NULL: nobody does). Callbacks may have waited
 * meanwhile, and brought it about. Who woke itself goes on at once, but not for ever. */
static bool go_round(weir_worker *worker, const weir_task *awaited, uint64_t timeout_ns)
{
    weir_worker_look_for_stop(worker);
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    bool worked = turns(worker, awaited), settled = is_settled(awaited);
    if (settled && (awaited->join || worker->turns < TURNS_AT_ONCE))
        return true;
    timeout_ns = sooner(worked && !awaited ? 0 : timeout_ns, tick(worker));
    weir_inbox_take(worker->inbox, &worker->ready, &worker->clock);
    bool busy = is_busy(worker) || settled || is_settled(awaited);
    if (!busy && awaited && stalled(worker, awaited))
        return fail_stalled(worker, awaited);
    bool works = wait(worker, busy ? 0 : timeout_ns);
    if (settled && !awaited->join)
        be_running((weir_task *)(uintptr_t)awaited); /* woken once more, it goes on all the same */
    return works;
}

/* Somebody else's loop may have waited for the descriptor. */
static void answer_interrupt(weir_inbox *inbox)
{
    if (!atomic_load_explicit(&inbox->sleeping, memory_order_relaxed))
        return;
    weir_inbox_rouse(inbox);
    weir_interrupt_clear(inbox->interrupt_fd);
}

/* A poll, or a fiber, of this worker's is on the stack. */
static bool runs_a_task(const weir_worker *worker)
{
    const weir_waiter *fiber = weir_fiber_running;
    return worker->cx.polling || (fiber && fiber->cx == &worker->cx);
}

bool weir_worker_turn(weir_worker *worker, uint64_t timeout_ns)
{
    if (runs_a_task(worker))
        weir_misuse("weir_worker_turn", "was called inside of one of the worker's tasks");
    weir_worker *outer = weir_worker_enter(worker);
    answer_interrupt(worker->inbox);
    worker->turned = true;
    bool works = go_round(worker, NULL, timeout_ns);
    worker->turned = false;
    weir_worker_leave(worker, outer);
    return works;
}

static bool worker_is_busy(void *arg)
{
    const weir_worker *worker = arg;
    return is_busy(worker) || atomic_load(&worker->inbox->first);
}

static bool worker_is_entered(void *arg)
{
    return ((const weir_worker *)arg)->entered;
}

static void worker_turn(void *arg)
{
    weir_worker_turn(arg, 0);
}

struct weir_turner weir_worker_turner(weir_worker *worker)
{
    return (struct weir_turner){worker_is_busy, worker_is_entered, worker_turn, worker};
}

uint64_t weir_worker_timeout_ns(weir_worker *worker)
{
    if (is_busy(worker) || weir_inbox_sleep(worker->inbox))
        return 0;
    worker->driver->ops->lend(worker->driver);
    uint64_t timeout_ns = weir_driver_timeout_ns(worker->driver);
    if (!ticks(worker))
        return timeout_ns;
    uint64_t now = worker->sys->now_ns(worker->sys), due = worker->tick_due_ns;
    return sooner(timeout_ns, due > now ? due - now : 0);
}

int weir_worker_fd(weir_worker *worker)
{
    return worker->driver->ops->lend(worker->driver);
}

const weir_error *weir_worker_error(const weir_worker *worker)
{
    return &worker->cx.error;
}

bool weir_worker_run(weir_worker *worker, const weir_task *awaited)
{
    bool works = true, turned = worker->turned;
    worker->turned = false;
    while (works && !is_settled(awaited))
        works = go_round(worker, awaited, WEIR_FOREVER);
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
    settle_down(worker, sleeper);
    bool works = weir_worker_run(worker, sleeper);
    weir_task_unlink(&worker->tasks, sleeper);
    weir_worker_leave(worker, outer);
    if (!works)
        give_up(worker, sleeper);
    return works;
}
