/* What is exported: the runtimes of this process but for the one that tells of them, and what
 * clients may do. */
#ifndef WEIR_INSPECT_EXPORT_H
#define WEIR_INSPECT_EXPORT_H

#include <pthread.h>
#include <stdatomic.h>

#include "inspect/machine.h"
#include "weir/cancel.h"
#include "weir/inspect_listen.h"
#include "weir/sys.h"

enum { WEIR_EXPORT_CLOSED_MAX = 16 };

/* What a runtime came to. */
struct weir_last_rows {
    uint64_t number; /* of the runtime */
    size_t n;
    weir_inspect_row *rows; /* WEIR_INSPECT_ROWS_MAX; NULL: none yet */
};

/* All its sessions are of one thread. */
struct weir_export {
    const weir_sys *sys;        /* whose clock the lines have */
    const weir_rt *_Atomic own; /* that serves it, and is left out by all; NULL: none yet */
    weir_token *ends;           /* cancelled when nobody is told any more; NULL: never */
    bool control, tap;
    bool calibrates;              /* a thread may measure what the machine is like */
    bool calibrating;             /* ... has begun to */
    pthread_t calibrator;         /* if so */
    struct weir_counsel *counsel; /* inspect/counsel.h; NULL: nobody asked */
    _Atomic unsigned sessions;    /* at most WEIR_INSPECT_CLIENTS_MAX */
    _Atomic unsigned watching;    /* of them */
    _Atomic bool tried;           /* a client changes limits to see what comes of it */
    _Atomic bool tapped;          /* a client sees items */
    _Atomic bool traced;          /* a client is told of a trace: one at a time */
    pthread_mutex_t lock;         /* of what follows */
    struct weir_last_rows closed[WEIR_EXPORT_CLOSED_MAX];
    uint64_t began_ns;
    struct weir_machine machine;
    uint64_t machine_n; /* how often that changed; 0: nobody asked */
    size_t closed_n;    /* so far: those before the last ones are forgotten */
};

/* Memory that is zeroed. */
void weir_export_init(struct weir_export *self, const weir_sys *sys);
void weir_export_fini(struct weir_export *self);

/* One more, unless there are as many as there may be. */
bool weir_export_enter(struct weir_export *self) WEIR_MUST_USE;
void weir_export_leave(struct weir_export *self);

/* While somebody watches all runtimes are timed exactly. */
void weir_export_watch(struct weir_export *self);
void weir_export_watch_always(
    void); /* as if somebody did, who never goes; before the first runtime */
void weir_export_unwatch(struct weir_export *self);

/* The runtimes there are, each of which stays until they are given back, and has an inspector. */
struct weir_exported {
    size_t n;
    weir_rt *rts[WEIR_INSPECT_RUNTIMES_MAX];
};
void weir_export_borrow(struct weir_export *self, struct weir_exported *out);
void weir_export_give_back(const struct weir_exported *exported);

/* A runtime has come, or is about to end, whose rows are kept where there are clients. Both are for
 * weir_rt_on_open(), under its lock. */
void weir_export_open(struct weir_export *self, weir_rt *rt);
void weir_export_close(struct weir_export *self, weir_rt *rt);

#endif
