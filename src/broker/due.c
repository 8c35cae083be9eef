/* One timer for whatever is due next. */

#include "broker/due.h"

weir_poll weir_broker_wait_until(weir_timer *timer, weir_cx *cx, uint64_t due_ns)
{
    if (due_ns == UINT64_MAX) {
        weir_timer_stop(timer);
        /* weir-lint: allow(pending_without_waker) who waits for nothing here waits for another */
        return (weir_poll){0, WEIR_PENDING};
    }
    if (timer->due_ns != due_ns)
        weir_timer_set(timer, due_ns);
    return weir_timer_poll(cx, timer);
}
