/* A worker in a loop that is not weir's: the program's own, or a simulated world's. */

#include "task/waiter.h"
#include "task/workers.h"

/* Somebody else's loop may have waited for the descriptor. */
static void answer_interrupt(weir_worker *worker)
{
    if (!atomic_load_explicit(&worker->inbox->sleeping, memory_order_relaxed))
        return;
    weir_workers_rouse(worker);
    weir_interrupt_clear(worker->inbox->interrupt_fd);
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
    answer_interrupt(worker);
    worker->clock.old = true; /* somebody else's loop may have waited */
    worker->turned = true;
    bool works = weir_worker_go_round(worker, NULL, timeout_ns);
    worker->turned = false;
    weir_worker_leave(worker, outer);
    return works;
}

static bool worker_is_busy(void *arg)
{
    const weir_worker *worker = arg;
    return weir_worker_is_busy(worker) || atomic_load(&worker->inbox->first);
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
    if (weir_worker_is_busy(worker) || weir_workers_sleep(worker))
        return 0;
    worker->driver->ops->lend(worker->driver);
    uint64_t timer_ns = weir_driver_timeout_ns(worker->driver);
    uint64_t tick_ns = weir_worker_tick_in_ns(worker);
    return timer_ns < tick_ns ? timer_ns : tick_ns;
}

int weir_worker_fd(weir_worker *worker)
{
    return worker->driver->ops->lend(worker->driver);
}

const weir_error *weir_worker_error(const weir_worker *worker)
{
    return &worker->cx.error;
}
