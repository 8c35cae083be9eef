/* Which thread this is. */
#ifndef WEIR_DRIVER_THIS_THREAD_H
#define WEIR_DRIVER_THIS_THREAD_H

extern _Thread_local unsigned long weir_thread_number_here; /* 0: nobody asked yet */
unsigned long weir_thread_number_first(void);

/* A number that no other thread of the process has, or had. An address of its own would not do: the
 * next thread may have it again, and would be taken for one that ended. */
static inline unsigned long weir_thread_number(void)
{
    unsigned long number = weir_thread_number_here;
    return __builtin_expect(number != 0, 1) ? number : weir_thread_number_first();
}

#endif
