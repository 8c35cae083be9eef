/* Who looks at a worker is told where it is about to tell of its tasks. */

#include "task/look.h"

struct weir_look *weir_worker_look_anew(weir_worker *worker, struct weir_looker *looker)
{
    bool exact = atomic_load_explicit(&looker->exact, memory_order_relaxed);
    if (worker->exact != (worker->drawn || exact)) {
        worker->exact = worker->drawn || exact;
        weir_clock_count(&worker->clock, worker->exact);
    }
    if (WEIR_UNLIKELY(!worker->look))
        worker->look = looker->open(looker, worker);
    if (WEIR_UNLIKELY(worker->look && worker->look->exact != exact)) {
        worker->look->exact = exact;
        worker->look->ops->attach(worker->look, exact);
    }
    return worker->look;
}
