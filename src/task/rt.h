/* What io may know of a runtime. */
#ifndef WEIR_TASK_RT_H
#define WEIR_TASK_RT_H

#include "driver/driver.h"
#include "weir/run.h"

/* Of the worker that polls. */
weir_driver *weir_cx_driver(const weir_cx *cx);

/* How many workers its runtime has, or will have once there is work for them. */
uint32_t weir_cx_workers_max(const weir_cx *cx);

/* Of the thread that runs it. */
weir_driver *weir_rt_io(weir_rt *rt);

/* The system calls below the driver's own: they outlive the runtime, so that what is dropped after
 * it can still be closed. */
const weir_sys *weir_rt_base_sys(const weir_rt *rt);

#endif
