/* A sleep that nobody waits for: the loop asks again at once. */

#include "weir.h"

/* Until somebody listens there. */
bool connect_patiently(const char *address, int tries, weir_duplex *out, weir_error *error)
{
    for (int i = 0; i < tries; i++) {
        weir_duplex far = weir_dial(address, NULL);
        if (weir_await(weir_connected(far), out, error) == WEIR_READY)
            return true;
        weir_sleep(1000000000); // lint: dropped_lazy 9-19
    }
    return false;
}
