/* weir/run.h: what polls. A runtime is one thread's executor with one driver: it, its chains and
 * all that they hold belong to that thread. From other threads only weir_waker_ref, _unref and
 * _wake, and weir_rt_stop, may be called. */
#ifndef WEIR_RUN_H
#define WEIR_RUN_H

#include "weir/cx.h"
#include "weir/sys.h"

/* Runs a future on a runtime of its own, until it gives its item.
 * READY: *out holds it. END: it ended without one. ERROR: *error holds why.
 * out and error may be NULL when they are not wanted; an unwanted item is dropped. */
WEIR_API weir_state weir_run(weir_stream *future WEIR_TAKES, void *out, weir_error *error);

typedef struct weir_rt_options {
    const char *driver;  /* "uring", "epoll", "sim"; NULL: $WEIR_DRIVER, else the best there is */
    const weir_sys *sys; /* NULL: weir_sys_posix */
    uint64_t seed;       /* sim: everything that is drawn comes from it */
    uint32_t faults_per_million;             /* sim: how often an operation fails or falls short */
    uint32_t budget;                         /* 0: WEIR_BUDGET */
    uint32_t demand_max;                     /* 0: WEIR_DEMAND_MAX */
    uint64_t tick_ns;                        /* 0: never */
    void (*on_tick)(weir_rt *rt, void *arg); /* about every tick_ns, between polls */
    void *arg;
} weir_rt_options;

/* NULL: *error holds why (no memory, no such driver). options may be NULL. */
WEIR_API weir_rt *weir_rt_new(const weir_rt_options *options, weir_error *error);

/* Drops every task that is left and waits for what the kernel still holds. NULL: nothing. */
WEIR_API void weir_rt_drop(weir_rt *rt);

/* As weir_run, on this runtime; may be called again and again. */
WEIR_API weir_state weir_rt_run(weir_rt *rt, weir_stream *future WEIR_TAKES, void *out,
                                weir_error *error);

/* Runs a future beside the one weir_rt_run was called with; its item and error are dropped.
 * false: no memory (the future was dropped). */
WEIR_API bool weir_rt_spawn(weir_rt *rt, weir_stream *future WEIR_TAKES) WEIR_MUST_USE;

/* Sources that touch the outside end at their next poll, what is in flight is finished. May be
 * called from a signal handler. */
WEIR_API void weir_rt_stop(weir_rt *rt);
WEIR_API bool weir_rt_stopping(const weir_rt *rt);

/* What the runtime runs on: "uring", "epoll" or "sim". */
WEIR_API const char *weir_rt_driver(const weir_rt *rt);
WEIR_API const weir_sys *weir_rt_sys(const weir_rt *rt);

#endif
