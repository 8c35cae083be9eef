/* The permit is waited for. */

#include "weir.h"

bool with_permit(weir_semaphore *places, weir_stream *work, weir_error *error)
{
    weir_semaphore_permit permit;
    if (weir_await(weir_semaphore_acquire(places, 1), &permit, error) != WEIR_READY) {
        weir_drop(work);
        return false;
    }
    bool well = weir_await(work, NULL, error) == WEIR_READY;
    weir_semaphore_permit_drop(&permit);
    return well;
}
