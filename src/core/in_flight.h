/* The sets of work in flight of a task, as whoever polls tasks sees them. */
#ifndef WEIR_CORE_IN_FLIGHT_H
#define WEIR_CORE_IN_FLIGHT_H

#include "weir/cx.h"

/* A poll of the task whose list this is begins. */
static inline void weir_in_flight_turn(weir_cx *cx, weir_in_flight_list *list)
{
    cx->in_flight = list;
    cx->turn++;
}

/* It ended with PENDING, or who waits without one (a thread) is about to: sets that did not say so
 * themselves go on. Not inside of a poll. Leaves the cx as it is, but for the budget. */
void weir_in_flight_progress(weir_cx *cx);

/* False: it is that of a set's member which went on with another one: whoever stands in the set is
 * asked as soon as somebody asks the set. Defined where members are (stream/wakes.c). */
bool weir_waker_is_heard(const weir_waker *waker);

/* The task is over: what of its sets somebody else still owns goes on when it is polled again. */
void weir_in_flight_end(weir_in_flight_list *list);

#endif
