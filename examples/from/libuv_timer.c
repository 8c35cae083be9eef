/* uv_timer_start with a repeat, and uv_timer_stop after the third. */

#include <stdio.h>

#include "weir.h"

int main(void)
{
    weir_stream *ticks = weir_interval(1000 * 1000, WEIR_MISSED_DELAY);
    int n = 0;
    weir_for_await (uint64_t, due_ns, ticks) {
        (void)due_ns;
        printf("tick %d\n", ++n);
        if (n == 3)
            break; /* the timer goes with its stream */
    }
    return 0;
}
