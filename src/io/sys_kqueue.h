/* The system calls of kqueue, for the table of the real ones. */
#ifndef WEIR_IO_SYS_KQUEUE_H
#define WEIR_IO_SYS_KQUEUE_H

#include "weir/sys.h"

int weir_kqueue_open(const weir_sys *sys);
int weir_kqueue_ask(const weir_sys *sys, int queue, const struct kevent *changes, int changes_n,
                    struct kevent *events, int events_n, uint64_t timeout_ns);

#endif
