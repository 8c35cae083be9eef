/* A worker that has nothing to do: it looks, says that it sleeps, and looks once more. */

#include "task/relax.h"
#include "task/workers.h"

enum { LOOKS = 200 }; /* for work before it sleeps: some microseconds */

static bool has_work(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    return atomic_load(&worker->inbox->first) || weir_workers_have_any(worker->rt) ||
           (atomic_load(&workers->ending) && !worker->winding_up) || atomic_load(&workers->broken);
}

bool weir_workers_search(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    if (weir_workers_n(workers) == 1 || worker->drawn)
        return false;
    atomic_fetch_add(&workers->searching, 1);
    bool found = false;
    for (int i = 0; i < LOOKS && !found; i++) {
        found = has_work(worker);
        weir_relax();
    }
    atomic_fetch_sub(&workers->searching, 1);
    return found;
}

bool weir_workers_sleep(weir_worker *worker)
{
    struct weir_workers *workers = &worker->rt->workers;
    /* A call that came late, when it had risen already, is none to this sleep. */
    atomic_store_explicit(&worker->called, false, memory_order_relaxed);
    bool woken = weir_inbox_sleep(worker->inbox);
    if (!worker->asleep) {
        worker->asleep = true;
        atomic_fetch_add(&workers->asleep, 1);
    }
    return woken || has_work(worker);
}

void weir_workers_rouse(weir_worker *worker)
{
    weir_inbox_rouse(worker->inbox);
    worker->searched = true;
    if (!worker->asleep)
        return;
    worker->asleep = false;
    atomic_fetch_sub_explicit(&worker->rt->workers.asleep, 1, memory_order_relaxed);
}

void weir_workers_interrupt(weir_rt *rt)
{
    for (uint32_t i = 0; i < weir_workers_n(&rt->workers); i++)
        weir_interrupt_raise(weir_workers_nth(rt, i)->inbox->interrupt_fd);
}
