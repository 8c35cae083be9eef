/* bench/net/servers.h: what weir's own servers share. Each serves all connections on one thread,
 * over the driver that WEIR_DRIVER names. */
#ifndef BENCH_NET_SERVERS_H
#define BENCH_NET_SERVERS_H

#include <stdio.h>
#include <stdlib.h>

#include "weir.h"

enum { CONNECTIONS_MAX = 50000, ADDRESS_BYTES = 32 };

/* Serves at a port of this machine, until it is killed. */
static inline int serve(const char *port, const weir_then_fn *handler, void *arg)
{
    char address[ADDRESS_BYTES];
    weir_serve_options options = {.size = sizeof options, .max = CONNECTIONS_MAX};
    weir_error error;
    snprintf(address, sizeof address, "127.0.0.1:%s", port);
    weir_stream *served = weir_serve(weir_incoming(address, NULL), handler, arg, &options);
    if (weir_run(served, NULL, &error) == WEIR_READY)
        return 0;
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    return 1;
}

#endif
