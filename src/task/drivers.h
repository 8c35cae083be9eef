/* Which driver a worker has. */
#ifndef WEIR_TASK_DRIVERS_H
#define WEIR_TASK_DRIVERS_H

#include "driver/driver.h"
#include "weir/error.h"

/* The one that is always there. */
#ifdef WEIR_HAVE_KQUEUE
#define WEIR_DRIVER_PLAIN "kqueue"
#else
#define WEIR_DRIVER_PLAIN "epoll"
#endif

/* name NULL: what the environment says, else the best there is. NULL: *error says why. */
weir_driver *weir_driver_named(const char *name, const weir_driver_config *config,
                               weir_error *error);

/* Of an error of a call that makes a descriptor; NULL: none is known. */
const char *weir_descriptor_cure(int number);

#endif
