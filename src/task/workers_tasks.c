/* Tasks that nobody has polled yet: where they stand, who is called for them, and who takes them.
 */

#include "task/turn.h"
#include "task/workers.h"

/* ---- the line ---- */

static void workers_tasks_line_up(struct weir_workers *workers, weir_task *task)
{
    pthread_mutex_lock(&workers->lock);
    weir_ready_push(&workers->line, task);
    atomic_store(&workers->waiting, workers->line.n);
    pthread_mutex_unlock(&workers->lock);
}

static weir_task *take_from_line(struct weir_workers *workers)
{
    if (!atomic_load_explicit(&workers->waiting, memory_order_relaxed))
        return NULL;
    pthread_mutex_lock(&workers->lock);
    weir_task *task = weir_ready_take(&workers->line, 0);
    atomic_store(&workers->waiting, workers->line.n);
    pthread_mutex_unlock(&workers->lock);
    return task;
}

/* ---- they are put there ---- */

static bool workers_tasks_call(weir_worker *worker)
{
    if (!atomic_load(&worker->inbox->sleeping) || atomic_exchange(&worker->called, true))
        return false;
    weir_interrupt_raise(worker->inbox->interrupt_fd);
    return true;
}

/* One more worker for new work, unless one looks for some already. */
static void call_one(weir_rt *rt)
{
    struct weir_workers *workers = &rt->workers;
    atomic_thread_fence(memory_order_seq_cst);
    if (!atomic_load_explicit(&workers->asleep, memory_order_relaxed) ||
        atomic_load_explicit(&workers->searching, memory_order_relaxed))
        return;
    uint32_t n = weir_workers_n(workers);
    for (uint32_t i = 1; i <= n; i++) /* the first one last: its thread may be busy elsewhere */
        if (workers_tasks_call(weir_workers_nth(rt, i % n)))
            return;
}

void weir_workers_put(weir_rt *rt, weir_task *task)
{
    weir_worker *here = weir_worker_here;
    if (!here || here->rt != rt || !here->ring || !weir_ring_push(here->ring, task))
        workers_tasks_line_up(&rt->workers, task);
    call_one(rt);
}

static uint32_t placed(const weir_worker *worker)
{
    return atomic_load_explicit(&worker->placed, memory_order_relaxed);
}

/* The first one has nobody who polls for it while its thread is busy with something else. */
static bool is_served(const weir_worker *worker)
{
    return worker->index || worker == weir_worker_here ||
           __atomic_load_n(&worker->entered, __ATOMIC_RELAXED);
}

/* In a simulation any of them. */
static weir_worker *idlest(weir_rt *rt)
{
    weir_worker *here = weir_worker_here, *best = here && here->rt == rt ? here : &rt->worker;
    uint32_t n = weir_workers_n(&rt->workers);
    if (rt->worker.drawn)
        return weir_workers_nth(rt, (uint32_t)(best->sys->random(best->sys) % n));
    for (uint32_t i = 0; i < n; i++) {
        weir_worker *each = weir_workers_nth(rt, i);
        if (placed(each) < placed(best) && is_served(each))
            best = each;
    }
    return best;
}

void weir_workers_place(weir_rt *rt, weir_task *task)
{
    weir_worker *worker = idlest(rt);
    atomic_fetch_add_explicit(&worker->placed, 1, memory_order_relaxed);
    task->placed = true;
    task->arrives = true;
    atomic_store(&task->inbox, worker->inbox);
    if (weir_inbox_push(worker->inbox, task))
        return;
    task->placed = task->arrives = false; /* it is gone already: so is the runtime, soon */
    atomic_store(&task->inbox, NULL);
    workers_tasks_line_up(&rt->workers, task);
    call_one(rt);
}

/* ---- and taken ---- */

static weir_task *take_from_ring(const weir_worker *worker)
{
    return worker->ring ? weir_ring_take(worker->ring) : NULL;
}

/* Whom to look at first: another one each time, or as the seed says. */
static uint32_t first_victim(weir_worker *worker, uint32_t n)
{
    if (worker->drawn)
        return (uint32_t)(worker->sys->random(worker->sys) % n);
    return worker->index + 1;
}

static weir_task *steal(weir_worker *worker)
{
    uint32_t n = weir_workers_n(&worker->rt->workers);
    if (n == 1)
        return NULL;
    uint32_t first = first_victim(worker, n);
    for (uint32_t i = 0; i < n; i++) {
        weir_task *task = take_from_ring(weir_workers_nth(worker->rt, (first + i) % n));
        if (!task)
            continue;
        weir_driver_charge(worker->driver, WEIR_SIM_STEAL_NS);
        return task;
    }
    return NULL;
}

void weir_workers_take_own(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    if (worker->index || workers->spread)
        return;
    for (weir_task *task; (task = take_from_line(workers));) {
        weir_worker_take(worker, task);
        weir_ready_push(&worker->ready, task);
    }
}

bool weir_workers_have_any(weir_rt *rt)
{
    if (atomic_load(&rt->workers.waiting))
        return true;
    for (uint32_t i = 0; i < weir_workers_n(&rt->workers); i++) {
        struct weir_task_ring *ring = weir_workers_nth(rt, i)->ring;
        if (ring && weir_ring_has_any(ring))
            return true;
    }
    return false;
}

void weir_workers_pass_on(weir_rt *rt)
{
    if (weir_workers_have_any(rt))
        call_one(rt);
}

weir_task *weir_workers_find(weir_worker *worker)
{
    weir_task *task = take_from_ring(worker);
    if (task) {
        weir_worker_take(worker, task);
        return task;
    }
    task = take_from_line(&worker->rt->workers);
    if (!task)
        task = steal(worker);
    if (!task)
        return NULL;
    weir_worker_take(worker, task);
    weir_workers_pass_on(worker->rt);
    return task;
}
