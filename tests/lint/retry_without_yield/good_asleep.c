/* It hands the thread over by other means, which the compiler's eye does not see through. */

#include "weir.h"

struct backoff {
    void (*idle)(void *arg);
    void *arg;
};

bool send_patiently(struct backoff *self, weir_sender *tx, int64_t item)
{
    weir_sent sent;
    while ((sent = weir_try_send(tx, &item)) == WEIR_SENT_FULL)
        self->idle(self->arg);
    return sent == WEIR_SENT;
}
