/* Who has the mutex waits on this very thread; trying again does not let it run. */

#include "weir.h"

struct account {
    int64_t cents;
};

bool deposit(weir_mutex *account, int64_t cents, weir_error *error)
{
    weir_mutex_guard guard;
    (void)error;
    while (!weir_mutex_try_lock(account, &guard)) { // lint: retry_without_yield 5-10
    }
    ((struct account *)guard.value)->cents += cents;
    weir_mutex_unlock(&guard);
    return true;
}
