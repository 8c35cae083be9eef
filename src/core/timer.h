/* The timers of one clock: a pairing heap by due_ns, equal ones by the order they came in. It lies
 * in the timers and allocates nothing. */
#ifndef WEIR_CORE_TIMER_H
#define WEIR_CORE_TIMER_H

#include "weir/cx.h"

/* timer->order is set, and timer->timers, which may be NULL for a heap that is no clock. */
void weir_timer_heap_add(weir_timer **heap, weir_timer *timer);
void weir_timer_heap_remove(weir_timer **heap, weir_timer *timer);

#endif
