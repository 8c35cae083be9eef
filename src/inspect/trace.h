/* What the tasks of one worker do, one event after the other, while somebody reads them. */
#ifndef WEIR_INSPECT_TRACE_H
#define WEIR_INSPECT_TRACE_H

#include <stdatomic.h>

#include "weir/inspect_listen.h"

/* Of a worker, that nobody read yet: later ones are lost, and counted. */
enum { WEIR_TRACE_EVENTS_MAX = 4096 };

enum weir_trace_kind { WEIR_TRACE_READY, WEIR_TRACE_BEGINS, WEIR_TRACE_ENDS };

struct weir_trace_event {
    enum weir_trace_kind kind;
    uint64_t at_ns;
    uint64_t ready_ns; /* of a turn that begins: since when its task was */
    uint64_t task;     /* its number on this worker */
    const weir_site *place;
    const char *stage; /* its consumer */
};

/* Its worker puts, one other thread takes. */
struct weir_trace {
    _Atomic bool on;
    _Atomic uint64_t put, taken, lost;
    struct weir_trace_event events[WEIR_TRACE_EVENTS_MAX];
};

/* Of a worker, which is made with the first one who asks; NULL: nobody looks at that worker yet, or
 * there is no memory. It stays as long as the runtime. */
struct weir_trace *weir_inspect_trace(weir_rt *rt, size_t worker);

void weir_trace_put(struct weir_trace *trace, const struct weir_trace_event *event);
size_t weir_trace_take(struct weir_trace *trace, struct weir_trace_event *out, size_t n);

void weir_trace_drop(struct weir_trace *trace); /* NULL: nothing */

/* On: from an empty one. */
void weir_trace_set(struct weir_trace *trace, bool on);

#endif
