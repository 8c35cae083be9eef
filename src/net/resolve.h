/* Names into addresses, on a thread of the blocking pool: what the system knows (hosts, DNS and
 * what else is set up there). */
#ifndef WEIR_NET_RESOLVE_H
#define WEIR_NET_RESOLVE_H

#include "driver/op.h"
#include "net/address.h"
#include "weir/stream.h"

enum { WEIR_ADDRESSES_MAX = 16 }; /* of a name; more are not tried */

struct weir_addresses {
    uint32_t n;
    struct weir_address all[WEIR_ADDRESSES_MAX]; /* families take turns: RFC 8305 */
};

/* A future of struct weir_addresses, at least one. Errors: SYSTEM: there is no such name, or nobody
 * who knows. */
weir_stream *weir_resolve(const weir_driver *driver, const char *host, unsigned port);

#endif
