/* The system calls of a thread that tells: which sockets it has, for a process that is forked off;
 * and, of those in a directory, that nobody else can open them, and that peers are this user's. */
#ifndef WEIR_INSPECT_GUARD_H
#define WEIR_INSPECT_GUARD_H

#include "weir/sys.h"

enum { WEIR_GUARD_FDS_MAX = 64 };

struct weir_guard {
    weir_sys sys;
    bool anybody; /* may ask: the sockets are no files */
    uid_t user;
    int fds[WEIR_GUARD_FDS_MAX]; /* of sockets that are open; -1: none */
};

void weir_guard_init(struct weir_guard *self, uid_t user);
/* The same, whoever the peers are. */
void weir_guard_init_open(struct weir_guard *self);

/* In a process that was forked off: its sockets are the parent's, whose clients would never see
 * them closed. */
void weir_guard_close_all(struct weir_guard *self);

#endif
