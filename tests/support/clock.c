/* The clock of the tests: its time passes when the test says so, or has nothing else to do. */

#include "core/timer.h"
#include "doubles.h"

static uint64_t now_ns, orders;
static weir_timer *heap;

static uint64_t clock_now_ns(weir_timers *timers)
{
    (void)timers;
    return now_ns;
}

static void clock_add(weir_timers *timers, weir_timer *timer)
{
    (void)timers;
    timer->order = orders++;
    weir_timer_heap_add(&heap, timer);
}

static void clock_remove(weir_timers *timers, weir_timer *timer)
{
    (void)timers;
    weir_timer_heap_remove(&heap, timer);
}

static const weir_timers_ops clock_ops = {sizeof clock_ops, clock_now_ns, clock_add, clock_remove};
weir_timers test_clock = {&clock_ops};

uint64_t test_clock_ns(void)
{
    return now_ns;
}

void test_clock_begin(void)
{
    if (heap)
        test_abort("a timer is left on the clock");
    now_ns = 0;
}

bool test_clock_idle(void)
{
    return !heap;
}

static void fire_first(void)
{
    weir_timer *timer = heap;
    weir_timer_heap_remove(&heap, timer);
    weir_timer_fire(timer);
}

bool test_clock_next(void)
{
    if (!heap || heap->due_ns == UINT64_MAX)
        return false;
    now_ns = heap->due_ns > now_ns ? heap->due_ns : now_ns;
    fire_first();
    return true;
}

void test_clock_to(uint64_t ns)
{
    while (heap && heap->due_ns <= ns)
        test_clock_next();
    now_ns = ns;
}
