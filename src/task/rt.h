/* What io may know of a runtime. */
#ifndef WEIR_TASK_RT_H
#define WEIR_TASK_RT_H

#include "driver/driver.h"
#include "weir/run.h"

weir_driver *weir_rt_io(weir_rt *rt);

/* The system calls below the driver's own: they outlive the runtime, so that what is dropped after
 * it can still be closed. */
const weir_sys *weir_rt_base_sys(const weir_rt *rt);

/* A source that ends because the runtime is stopping, and not because its input is over, says so;
 * a sink that promises complete files then keeps its promise. */
void weir_rt_note_cut(weir_rt *rt);
bool weir_rt_was_cut(const weir_rt *rt);

#endif
