/* Tried again after a while, or after a turn that others had. */

#include "weir.h"

bool connect_patiently(const char *address, weir_duplex *out, weir_error *error)
{
    for (int tries = 0; tries < 10; tries++) {
        if (weir_await(weir_connected(weir_dial(address, NULL)), out, error) == WEIR_READY)
            return true;
        if (weir_await(weir_sleep(100000000), NULL, error) != WEIR_READY)
            break;
    }
    return false;
}

bool offer(weir_sender *tx, int64_t item)
{
    while (weir_try_send(tx, &item) == WEIR_SENT_FULL)
        if (!weir_pause())
            return false;
    return true;
}

bool take(weir_mutex *mutex, weir_mutex_guard *guard, weir_error *error)
{
    while (!weir_mutex_try_lock(mutex, guard))
        if (weir_await(weir_sleep(1000), NULL, error) != WEIR_READY)
            return false;
    return true;
}
