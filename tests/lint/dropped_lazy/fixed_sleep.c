/* The sleep is waited for between two tries. */

#include "weir.h"

/* Until somebody listens there. */
bool connect_patiently(const char *address, int tries, weir_duplex *out, weir_error *error)
{
    for (int i = 0; i < tries; i++) {
        weir_duplex far = weir_dial(address, NULL);
        if (weir_await(weir_connected(far), out, error) == WEIR_READY)
            return true;
        if (weir_await(weir_sleep(1000000000), NULL, error) != WEIR_READY)
            return false;
    }
    return false;
}
