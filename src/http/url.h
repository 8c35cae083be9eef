/* URLs of http and https, taken apart and put together again. Strict: what is no URL is refused
 * with its byte; nothing is decoded, nothing is encoded. */
#ifndef WEIR_HTTP_URL_H
#define WEIR_HTTP_URL_H

#include "weir/error.h"

enum { WEIR_URL_PORT_USUAL = 80, WEIR_URL_PORT_SECURE = 443 };

/* All texts stand in one block. */
struct weir_url {
    bool secure;           /* https */
    uint16_t port;         /* that was said, or the usual one */
    const char *whole;     /* as it was written, without a fragment, the host in small letters */
    const char *host;      /* a name, or an address without brackets */
    const char *authority; /* host, with a port unless it is the usual one: as Host has it */
    const char *dialled;   /* host:port, as weir_dial() wants it */
    const char *target;    /* path and query: from the first '/' on */
    const char *place;     /* whole without its query, which may be a secret: for messages */
    char *block;
    size_t size;
};

/* False: *error says what is wrong with it (ARGUMENT, LIMIT, MEMORY), and *out is all zero. */
bool weir_url_parse(struct weir_url *out, const char *text, weir_error *error);

/* The same for what a page at `base` calls so (RFC 3986, 5.2). */
bool weir_url_resolve(struct weir_url *out, const struct weir_url *base, const char *text,
                      weir_error *error);

void weir_url_drop(struct weir_url *url);

/* The same scheme, host and port: what one may know the other may. */
bool weir_url_same_origin(const struct weir_url *a, const struct weir_url *b);

/* A host that is this machine, or one on the same wire: "localhost", 127.0.0.1, ::1, 169.254.1.2,
 * fe80::1. Also of an address with a port, as weir_peer_address() says it. */
bool weir_url_is_local(const char *host);

#endif
