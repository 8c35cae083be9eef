/* What is exported: the runtimes of this process but for the one that tells of them, and what
 * clients may do. */
#ifndef WEIR_INSPECT_EXPORT_H
#define WEIR_INSPECT_EXPORT_H

#include <stdatomic.h>

#include "weir/cancel.h"
#include "weir/inspect.h"
#include "weir/sys.h"

struct weir_export {
    const weir_sys *sys; /* whose clock the lines have */
    const weir_rt *own;  /* is left out; NULL: none is */
    weir_token *ends;    /* cancelled when nobody is told any more; NULL: never */
    bool control, tap;
    _Atomic unsigned sessions; /* at most WEIR_INSPECT_CLIENTS_MAX */
    _Atomic unsigned watching; /* of them: every cycle is timed meanwhile */
};

/* One more, unless there are as many as there may be. */
bool weir_export_enter(struct weir_export *self) WEIR_MUST_USE;
void weir_export_leave(struct weir_export *self);

/* While somebody watches all runtimes are timed exactly. */
void weir_export_watch(struct weir_export *self);
void weir_export_unwatch(struct weir_export *self);

/* The runtimes there are, each of which stays until they are given back, and has an inspector. */
struct weir_exported {
    size_t n;
    weir_rt *rts[WEIR_INSPECT_RUNTIMES_MAX];
};
void weir_export_borrow(struct weir_export *self, struct weir_exported *out);
void weir_export_give_back(const struct weir_exported *exported);

#endif
