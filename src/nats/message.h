/* A message of cnats' as one of ours. */
#ifndef WEIR_NATS_MESSAGE_H
#define WEIR_NATS_MESSAGE_H

#include <nats/nats.h>
#include <stdbool.h>

#include "weir/message.h"

enum { WEIR_NATS_HEADERS_MAX = 64, WEIR_NATS_HEADERS_BYTES_MAX = 16 << 10 };

/* Its bytes, which end with a NUL; "": it has none, or there is no message. */
const char *weir_nats_text(const natsMsg *message);

/* An answer of JetStream that says no. A quote within a text has a backslash before it: so this is
 * never a part of one, and a stream may be called so. */
bool weir_nats_says_no(const natsMsg *answer);

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
