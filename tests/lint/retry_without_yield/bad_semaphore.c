/* Spins for a permit that another task of this thread has. */

#include "weir.h"

bool with_permit(weir_semaphore *places, weir_stream *work, weir_error *error)
{
    weir_semaphore_permit permit;
    for (;;) { // lint: retry_without_yield 5-8
        if (weir_semaphore_try_acquire(places, 1, &permit))
            break;
    }
    bool well = weir_await(work, NULL, error) == WEIR_READY;
    weir_semaphore_permit_drop(&permit);
    return well;
}
