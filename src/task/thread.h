/* The runtime of a thread that made none. */
#ifndef WEIR_TASK_THREAD_H
#define WEIR_TASK_THREAD_H

#include "weir/run.h"

/* The worker that is at home on this thread; where there is none, the thread's own from now on.
 * NULL: *error says why there cannot be one. */
weir_worker *weir_thread_worker(weir_error *error);

#endif
