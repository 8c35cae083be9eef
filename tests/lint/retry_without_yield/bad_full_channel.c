/* The channel is full, and stays so while this loop has the thread. */

#include "weir.h"

struct reading {
    double celsius;
};

bool report(weir_sender *tx, struct reading reading, weir_error *error)
{
    weir_sent sent;
    (void)error;
    while ((sent = weir_try_send(tx, &reading)) == WEIR_SENT_FULL) // lint: retry_without_yield 5-10
        ;
    return sent == WEIR_SENT;
}
