/* A message of cnats' as one of ours. */
#ifndef WEIR_NATS_MESSAGE_H
#define WEIR_NATS_MESSAGE_H

#include <nats/nats.h>

#include "weir/message.h"

enum { WEIR_NATS_HEADERS_MAX = 64, WEIR_NATS_HEADERS_BYTES_MAX = 16 << 10 };

/* Everything but the headers: lent from the message. */
void weir_nats_message(natsMsg *from, weir_message *out);

/* How many headers there are; at most `max` are written. They are lent from the message. -1: more
 * than fit, or more than 16 KiB. */
int weir_nats_headers(natsMsg *from, weir_header *out, int max);

/* How many more there were when it was sent; WEIR_LAG_UNKNOWN: it does not say. */
uint64_t weir_nats_to_come(natsMsg *from);

/* What stands behind its last dot; 0: no number. */
uint64_t weir_nats_last_number(const char *subject);

#endif
