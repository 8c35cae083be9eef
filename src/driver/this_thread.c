/* The numbers of threads. */

#include "driver/this_thread.h"

#include <stdatomic.h>

_Thread_local unsigned long weir_thread_number_here;

unsigned long weir_thread_number_first(void)
{
    static _Atomic unsigned long threads;
    weir_thread_number_here = atomic_fetch_add_explicit(&threads, 1, memory_order_relaxed) + 1;
    return weir_thread_number_here;
}
