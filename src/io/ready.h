/* Waiting until a descriptor can be read or written, without taking anything that comes through
 * it: whoever goes away while it waits has lost nothing and left nothing. */
#ifndef WEIR_IO_READY_H
#define WEIR_IO_READY_H

#include "io/system.h"

struct weir_ready {
    weir_io *io; /* made when it is needed first; the driver may keep it longer than its owner */
};

/* 1: a call would not wait now, or would fail. 0: it would wait. A negative errno: that cannot be
 * asked here, so one has to wait by weir_ready_wait() and to believe it. */
int weir_ready_now(const weir_sys *sys, int fd, unsigned events);

/* True: it is being waited for, or has become true and was not taken notice of. */
bool weir_ready_asked(const struct weir_ready *self);

/* 1: it became ready; look again. 0: PENDING is to be answered, the waker is stored. A negative
 * errno: it cannot be waited for. */
int weir_ready_wait(struct weir_ready *self, weir_cx *cx, int fd, unsigned events);

/* The same for a moment of time. */
int weir_ready_pause(struct weir_ready *self, weir_cx *cx, uint64_t pause_ns);

void weir_ready_fini(struct weir_ready *self);

#endif
