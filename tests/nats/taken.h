/* For tests of what comes that ask no server. */
#ifndef WEIR_TESTS_NATS_TAKEN_H
#define WEIR_TESTS_NATS_TAKEN_H

#include "nats/link.h"

/* Takes all that came; how many it was. */
static inline unsigned taken(struct weir_nats_link *link)
{
    uint64_t due;
    unsigned n = 0;
    for (natsMsg *message; (message = weir_nats_take(link, &due)); n++)
        natsMsg_Destroy(message);
    return n;
}

#endif
