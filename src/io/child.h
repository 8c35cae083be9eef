/* A process of ours: how it begins, how its end is seen, and what becomes of it when nobody is left
 * who wants it. Several parts (its input, its output, its status) share one; each waits in a slot
 * of its own. The last part that goes has it ended and reaped. */
#ifndef WEIR_IO_CHILD_H
#define WEIR_IO_CHILD_H

#include "io/system.h"
#include "weir/process.h"

enum { WEIR_CHILD_PARTS = 4 }; /* in, out, err, status */

struct weir_child {
    weir_waker waker;    /* woken by the two operations, which each hold a reference */
    weir_io exit;        /* POLL on the pidfd */
    weir_io grace;       /* TIMER, between SIGTERM and SIGKILL */
    const weir_sys *sys; /* below the driver's: it is reaped also when the runtime is gone */
    weir_sys room;
    size_t bytes; /* of this block: behind the struct stand the texts */
    const char *name;
    const char *file;
    const char *dir;
    char **argv, **envp;
    weir_stdio stdio[3];
    int ends[3]; /* ours, until the part takes it; -1: none */
    int pidfd;   /* -1: not begun, or over */
    int process;
    bool shell; /* it does not tell those it started, so we do */
    unsigned forks;
    unsigned parts;
    uint64_t grace_ns;
    bool must_succeed;
    bool begun;
    bool over;
    bool told;        /* SIGTERM was sent */
    int error;        /* it could not be started, or its end not be seen: a negative errno */
    const char *verb; /* ... at what */
    weir_exit_status status;
    weir_waker_slot waiting[WEIR_CHILD_PARTS];
};

/* Copies all it is told. NULL: no memory, or -E2BIG. */
struct weir_child *weir_child_new(const char *file, const char *const *argv,
                                  const weir_exec_options *options, int *error);

/* READY: it runs, or did. */
weir_poll weir_child_begin(struct weir_child *child, weir_cx *cx);

/* READY: it is over, and its status is known. */
weir_poll weir_child_poll_exit(struct weir_child *child, weir_cx *cx, size_t part);

/* READY: it ended well. ERROR: "exit status 3 of 'sort'". */
weir_poll weir_child_judge(const struct weir_child *child, weir_cx *cx);

/* Takes our end of one of its descriptors; -1: it was taken, or is none. */
int weir_child_take_end(struct weir_child *child, size_t end);

/* It shall end: SIGTERM, once. Not begun: it shall not begin. */
void weir_child_tell(struct weir_child *child);

/* The part goes. */
void weir_child_leave(struct weir_child *child, size_t part);

static inline struct weir_child *weir_child_join(struct weir_child *child)
{
    child->parts++;
    weir_waker_ref(&child->waker);
    return child;
}

#endif
