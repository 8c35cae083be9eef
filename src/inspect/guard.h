/* The system calls of the thread that tells: sockets that nobody else can open, and peers of this
 * user alone. */
#ifndef WEIR_INSPECT_GUARD_H
#define WEIR_INSPECT_GUARD_H

#include "weir/sys.h"

enum { WEIR_GUARD_FDS_MAX = 64 };

struct weir_guard {
    weir_sys sys;
    uid_t user;
    int fds[WEIR_GUARD_FDS_MAX]; /* of sockets that are open; -1: none */
};

void weir_guard_init(struct weir_guard *self, uid_t user);

/* In a process that was forked off: its sockets are the parent's, whose clients would never see
 * them closed. */
void weir_guard_close_all(struct weir_guard *self);

#endif
