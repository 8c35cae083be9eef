/* The executor of the process. */
#ifndef WEIR_TASK_EXECUTOR_H
#define WEIR_TASK_EXECUTOR_H

#include "weir/executor.h"

/* What the program set, and its self; NULL: the library's own. From now on it cannot be set. */
const weir_executor_ops *weir_executor_used(void **self);

/* For tests: as if nothing had been spawned or set. */
void weir_executor_forget(void);

#endif
