/* The mutex is waited for. */

#include "weir.h"

struct account {
    int64_t cents;
};

bool deposit(weir_mutex *account, int64_t cents, weir_error *error)
{
    weir_mutex_guard guard;
    if (weir_await(weir_mutex_lock(account), &guard, error) != WEIR_READY)
        return false;
    ((struct account *)guard.value)->cents += cents;
    weir_mutex_unlock(&guard);
    return true;
}
