/* Work that is charged to a simulated worker. */

#include "weir/sim.h"

#include "task/worker.h"

void weir_sim_work(uint64_t ns)
{
    weir_worker *worker = weir_worker_here;
    if (worker && worker->driver)
        weir_driver_charge(worker->driver, ns);
}
