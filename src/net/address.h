/* Addresses as text, and as the kernel wants them. */
#ifndef WEIR_NET_ADDRESS_H
#define WEIR_NET_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "weir/net.h"

struct weir_address {
    socklen_t n;
    struct sockaddr_storage at;
};

/* host: numeric, without brackets; "": any. False: it is a name. */
bool weir_address_numeric(struct weir_address *out, const char *host, unsigned port);

/* False: the path is too long. */
bool weir_address_unix(struct weir_address *out, const char *path);

/* "host:port" in two; host is a copy without brackets. False: it is no such thing. */
bool weir_address_split(const char *address, char host[WEIR_ADDRESS_BYTES], unsigned *port);

/* The path of "unix:PATH"; NULL: it is another address. */
const char *weir_address_path(const char *address);

/* Any of them where nobody has to be asked: numeric, localhost, or a path. False: it is none. */
bool weir_address_parse(struct weir_address *out, const char *address);

void weir_address_text(const struct sockaddr *at, socklen_t n, char out[WEIR_ADDRESS_BYTES]);

#endif
