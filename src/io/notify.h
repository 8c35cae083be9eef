/* What the kernel tells of files that change: an inotify descriptor, and waiting for it. */
#ifndef WEIR_IO_NOTIFY_H
#define WEIR_IO_NOTIFY_H

#include "io/ready.h"

struct weir_notify {
    const weir_sys *base_sys; /* closes, also when the runtime is gone */
    int fd;                   /* -1: not open */
    struct weir_ready more;
};

/* 0, or a negative errno. */
int weir_notify_open(struct weir_notify *self, const weir_cx *cx);
/* As weir_ready_wait(). */
int weir_notify_wait(struct weir_notify *self, weir_cx *cx);
/* Reads what has been told and forgets it: for who looks at the files themselves. */
void weir_notify_drain(struct weir_notify *self, const weir_sys *sys);
void weir_notify_fini(struct weir_notify *self);

#endif
