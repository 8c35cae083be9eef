/* The send waits for room. */

#include "weir.h"

struct reading {
    double celsius;
};

bool report(weir_sender *tx, struct reading reading, weir_error *error)
{
    return weir_await(weir_send(tx, &reading), NULL, error) == WEIR_READY;
}
