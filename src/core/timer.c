/* Timers: what a stage does with its own, and the heap in which a clock keeps them. */

#include "core/timer.h"

/* ---- a stage's ---- */

void weir_timer_stop(weir_timer *timer)
{
    if (timer->timers)
        timer->timers->ops->remove(timer->timers, timer);
    timer->timers = NULL;
    weir_waker_slot_clear(&timer->waiter);
}

void weir_timer_set(weir_timer *timer, uint64_t due_ns)
{
    weir_timer_stop(timer);
    timer->fired = false;
    timer->due_ns = due_ns;
}

void weir_timer_fire(weir_timer *timer)
{
    timer->fired = true;
    timer->timers = NULL;
    weir_waker_slot_wake(&timer->waiter);
}

/* On no clock: on that of the cx from now on, if it is not due. */
static bool timer_is_due(weir_cx *cx, weir_timer *timer)
{
    if (timer->fired || timer->due_ns <= weir_clock_now_ns(cx)) {
        timer->fired = true;
        return true;
    }
    timer->timers = cx->timers;
    cx->timers->ops->add(cx->timers, timer);
    return false;
}

weir_poll weir_timer_poll(weir_cx *cx, weir_timer *timer)
{
    if (timer->timers && timer->timers != cx->timers)
        weir_timer_stop(timer); /* another runtime's, which may not be turned */
    if (!timer->timers && timer_is_due(cx, timer))
        return (weir_poll){1, WEIR_READY};
    return weir_wait(cx, &timer->waiter, WEIR_WAIT_TIMER);
}

bool weir_clock_fail(weir_cx *cx, const char *stage)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "%s needs a runtime", stage);
    cx->error.cure = "weir_run() or weir_rt_run()";
    return false;
}

/* ---- the heap ---- */

static bool timer_before(const weir_timer *a, const weir_timer *b)
{
    return a->due_ns != b->due_ns ? a->due_ns < b->due_ns : a->order < b->order;
}

/* The later one becomes the first child of the earlier one. `prev` of a first child is its
 * parent, of any other its elder sibling. */
static weir_timer *timer_meld(weir_timer *a, weir_timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (timer_before(b, a)) {
        weir_timer *swap = a;
        a = b;
        b = swap;
    }
    b->prev = a;
    b->next = a->child;
    if (a->child)
        a->child->prev = b;
    a->child = b;
    a->next = a->prev = NULL;
    return a;
}

/* Two passes over the siblings: in pairs from the left, then all into one from the right. */
static weir_timer *timer_meld_siblings(weir_timer *first)
{
    weir_timer *pairs = NULL, *all = NULL;
    while (first) {
        weir_timer *a = first, *b = a->next;
        first = b ? b->next : NULL;
        weir_timer *pair = timer_meld(a, b);
        pair->prev = NULL;
        pair->next = pairs;
        pairs = pair;
    }
    while (pairs) {
        weir_timer *next = pairs->next;
        all = timer_meld(all, pairs);
        pairs = next;
    }
    if (all)
        all->next = all->prev = NULL;
    return all;
}

void weir_timer_heap_add(weir_timer **heap, weir_timer *timer)
{
    timer->next = timer->prev = timer->child = NULL;
    *heap = timer_meld(*heap, timer);
}

void weir_timer_heap_remove(weir_timer **heap, weir_timer *timer)
{
    weir_timer *below = timer_meld_siblings(timer->child);
    if (timer == *heap) {
        *heap = below;
    } else {
        if (timer->prev->child == timer)
            timer->prev->child = timer->next;
        else
            timer->prev->next = timer->next;
        if (timer->next)
            timer->next->prev = timer->prev;
        *heap = timer_meld(*heap, below);
    }
    timer->next = timer->prev = timer->child = NULL;
}
