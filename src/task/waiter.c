/* Waiting on a thread: it runs its executor on its own stack until it is woken. */

#include "task/waiter.h"

#include "core/in_flight.h"
#include "driver/driver.h"
#include "task/lock.h"
#include "task/stand.h"
#include "task/thread.h"
#include "task/worker.h"
#include "weir/alloc.h"

struct weir_sleeper {
    weir_waiter waiter;
    weir_worker *worker;
    weir_task *task; /* nobody polls it */
    bool waits;
    weir_error error;
    struct weir_stands stands;
};

__thread weir_waiter *weir_fiber_running;

/* The worker's cx as it is in a turn of the thread's: others had theirs meanwhile. */
static void waiter_prepare(struct weir_sleeper *self)
{
    weir_worker *worker = self->worker;
    weir_worker_renew(worker, self->task);
    weir_in_flight_turn(&worker->cx, &self->task->in_flight);
    worker->cx.now_ns = worker->clock.now_ns;
}

static void task_drop(weir_task *task)
{
    weir_task_end(task);
    weir_waker_unref(&task->waker);
}

/* A wait that failed left the task done: the next one needs another. */
static bool renew_task(struct weir_sleeper *self)
{
    if (WEIR_LIKELY(atomic_load_explicit(&self->task->state, memory_order_relaxed) !=
                    WEIR_TASK_DONE))
        return true;
    weir_task *task = weir_task_new(self->worker->inbox, NULL);
    if (!task)
        return false;
    weir_stands_move(&self->stands, self->task, task);
    task_drop(self->task);
    self->task = task;
    waiter_prepare(self);
    return true;
}

/* The budget is spent: the others have a turn each. */
static bool let_others(struct weir_sleeper *self)
{
    weir_worker *outer = weir_worker_enter(self->worker);
    atomic_exchange(&self->task->state, WEIR_TASK_RUNNING); /* it woke itself */
    bool works = weir_worker_others(self->worker);
    weir_worker_leave(self->worker, outer);
    return works;
}

static bool sleep_until_woken(struct weir_sleeper *self)
{
    weir_task *task = self->task;
    task->wait_for = (uint8_t)self->waiter.cx->wait_for;
    task->waiting = self->waiter.cx->waiting;
    return weir_worker_until(self->worker, task);
}

static bool thread_wait(weir_waiter *waiter)
{
    struct weir_sleeper *self = WEIR_CONTAINER(waiter, struct weir_sleeper, waiter);
    weir_held_check();
    if (self->waits) {
        weir_fail(waiter->cx, WEIR_E_ARGUMENT, "the thread waits already, further up its stack");
        waiter->cx->error.cure = "a task of its own (weir_spawn)";
        return false;
    }
    if (!weir_driver_is_ours(self->worker->driver)) {
        weir_fail(waiter->cx, WEIR_E_ARGUMENT, "this process was forked off in the middle of it");
        waiter->cx->error.cure = "a loop of its own, begun after the fork";
        return false;
    }
    weir_in_flight_progress(waiter->cx);
    self->waits = true;
    weir_stands_rest(&self->stands, self->worker, self->task);
    bool woken =
        waiter->cx->wait_for == WEIR_WAIT_TURN ? let_others(self) : sleep_until_woken(self);
    self->waits = false;
    waiter_prepare(self);
    weir_stands_go_on(&self->stands, self->worker, self->task);
    return woken;
}

static bool thread_reserve(weir_waiter *waiter, size_t scratch_bytes)
{
    return weir_cx_reserve(waiter->cx, scratch_bytes);
}

/* It fails in somebody's function inside of a poll: who would take it has not asked for it. Or
 * nobody took the one before. */
static void thread_tell(weir_waiter *waiter, const weir_error *error)
{
    struct weir_sleeper *self = WEIR_CONTAINER(waiter, struct weir_sleeper, waiter);
    weir_error_report(self->worker->rt, error,
                      waiter->cx->polling ? "an error that nobody could take"
                                          : "an error that nobody took");
}

/* While it waits, what others' functions poll on its stack (a drop with a loop) is a part of their
 * turns. */
static void thread_stands(weir_waiter *waiter, weir_stage *chain, const weir_site *in)
{
    struct weir_sleeper *self = WEIR_CONTAINER(waiter, struct weir_sleeper, waiter);
    if (self->waits)
        return;
    if (chain)
        weir_stands_push(&self->stands, self->worker, self->task, chain, in);
    else
        weir_stands_pop(&self->stands, self->worker, self->task);
}

static void thread_asks(weir_waiter *waiter, weir_stage *chain, const weir_site *in)
{
    struct weir_sleeper *self = WEIR_CONTAINER(waiter, struct weir_sleeper, waiter);
    if (self->waits)
        return;
    if (chain)
        weir_stands_ask(&self->stands, chain, in);
    else
        weir_stands_answer(&self->stands);
}

static struct weir_sleeper *sleeper_new(weir_worker *worker)
{
    struct weir_sleeper *self = weir_allocate(sizeof *self);
    weir_task *task = self ? weir_task_new(worker->inbox, NULL) : NULL;
    if (!task) {
        weir_release(self, sizeof *self);
        return NULL;
    }
    *self = (struct weir_sleeper){.worker = worker, .task = task};
    self->stands.worker = worker;
    self->stands.task = task;
    self->waiter = (weir_waiter){.cx = &worker->cx,
                                 .wait = thread_wait,
                                 .reserve = thread_reserve,
                                 .tell = thread_tell,
                                 .stands = thread_stands,
                                 .asks = thread_asks,
                                 .error = &self->error};
    return self;
}

bool weir_sleeper_is_used(const struct weir_sleeper *sleeper)
{
    return sleeper && (sleeper->waits || sleeper->waiter.loops);
}

/* In a process that was forked off it is the parent's to tell. */
void weir_sleeper_tell(struct weir_sleeper *sleeper)
{
    if (!sleeper || !sleeper->waiter.failed)
        return;
    sleeper->waiter.failed = false;
    if (weir_driver_is_ours(sleeper->worker->driver))
        thread_tell(&sleeper->waiter, &sleeper->error);
}

void weir_sleeper_drop(struct weir_sleeper *sleeper)
{
    if (!sleeper)
        return;
    weir_stands_end(&sleeper->stands);
    task_drop(sleeper->task);
    weir_release(sleeper, sizeof *sleeper);
}

/* There is no runtime to wait on: every wait is refused with this error. */
static weir_waiter *waiter_no_waiter(const weir_error *why)
{
    static _Thread_local weir_waiter none;
    static _Thread_local weir_error error;
    error = *why;
    none.error = &error;
    none.failed = true;
    return &none;
}

weir_waiter *weir_worker_waiter(weir_worker *worker)
{
    if (!worker->sleeper)
        worker->sleeper = sleeper_new(worker);
    struct weir_sleeper *self = worker->sleeper;
    if (!self)
        return NULL;
    if (!worker->cx.polling && !renew_task(self))
        return NULL;
    if (!worker->cx.polling && worker->cx.waker != &self->task->waker)
        waiter_prepare(self);
    return &self->waiter;
}

static weir_waiter *find_waiter(void)
{
    weir_error why;
    if (weir_fiber_running)
        return weir_fiber_running;
    weir_worker *worker = weir_thread_worker(&why);
    if (!worker)
        return waiter_no_waiter(&why);
    weir_waiter *waiter = weir_worker_waiter(worker);
    return waiter ? waiter
                  : waiter_no_waiter(weir_error_set(&why, WEIR_E_MEMORY, "no memory to wait with"));
}

/* Who asks is about to wait, or may have to. */
weir_waiter *weir_waiter_here(void)
{
    weir_held_check();
    return find_waiter();
}

/* A fiber that was dropped fails with nothing: the loop was left, and its function goes on. */
static bool take_refusal(weir_waiter *waiter, weir_error *error)
{
    if (!waiter->refused)
        return false;
    waiter->refused = false;
    weir_error_set(error, WEIR_E_CANCELLED, WEIR_DROPPED);
    return true;
}

bool weir_take_error(weir_error *error)
{
    weir_waiter *waiter = find_waiter();
    if (!waiter->failed)
        return take_refusal(waiter, error);
    waiter->failed = false;
    *error = *waiter->error;
    return true;
}

void weir_waiter_init(void)
{
    weir_waiter_find_by(find_waiter);
}
