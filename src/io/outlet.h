/* Where bytes leave through a descriptor: one write that does not stop the thread. Files take it
 * as it is; pipes, sockets and terminals get what fits now, whether or not they are O_NONBLOCK,
 * which is never touched: descriptors may be shared. */
#ifndef WEIR_IO_OUTLET_H
#define WEIR_IO_OUTLET_H

#include "io/ready.h"

typedef enum weir_outlet_kind {
    WEIR_OUTLET_UNKNOWN, /* found out at the first write */
    WEIR_OUTLET_FILE,    /* and devices that are no terminals: they never say "full" */
    WEIR_OUTLET_SOCKET,
    WEIR_OUTLET_TERMINAL, /* opened once more, so that it can be non-blocking for us alone */
    WEIR_OUTLET_STREAM    /* a pipe, a FIFO, whatever else may be full */
} weir_outlet_kind;

struct weir_outlet {
    const char *name;
    int fd;
    weir_outlet_kind kind;
    bool pipe;
    bool grown;
    const weir_sys *base_sys; /* of a terminal: closes what was opened, also without a runtime */
    bool refused;   /* the kernel cannot write to it without waiting: ask first, then a little */
    bool told;      /* by the driver, right before this write: there is room */
    int64_t failed; /* what a call said that does not wait; the next write tells it */
    struct weir_ready room;
};

/* READY with n bytes taken; written: before it, for the error. */
weir_poll weir_outlet_write(struct weir_outlet *self, weir_cx *cx, const void *bytes, size_t n,
                            uint64_t written);

/* As the ops of a writer. */
weir_poll weir_outlet_room(struct weir_outlet *self, weir_cx *cx, uint64_t written);
int64_t weir_outlet_try(struct weir_outlet *self, const void *bytes, size_t n);

/* Sets the kind; 0, or a negative errno. */
int weir_outlet_look(struct weir_outlet *self, const weir_cx *cx);
/* Makes a pipe larger where n bytes at once are much for it. */
void weir_outlet_grow(struct weir_outlet *self, const weir_sys *sys, size_t n);
/* READY: nobody waits for room, or there is some now. */
weir_poll weir_outlet_waited(struct weir_outlet *self, weir_cx *cx, uint64_t written);
/* It is full. PENDING; ERROR: it cannot be waited for. */
weir_poll weir_outlet_wait(struct weir_outlet *self, weir_cx *cx, uint64_t written);

void weir_outlet_fini(struct weir_outlet *self);

/* As moves_by; where it was not looked at yet, it is now. */
const char *weir_outlet_moves_by(const struct weir_outlet *self, weir_raw_kind from);

#endif
