/* proxy PORT TARGET: both ways between each connection and a new one to the target. */
#include "servers.h"

static weir_stream *proxy(weir_duplex near, void *target)
{
    return weir_relay(near, weir_tcp("127.0.0.1", *(const unsigned *)target), NULL);
}
WEIR_THEN_FN(proxy_fn, proxy, weir_duplex, weir_relayed, .from = &weir_type_duplex,
             .to = &weir_type_relayed)

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: proxy PORT TARGET\n");
        return 2;
    }
    unsigned target = (unsigned)atoi(argv[2]);
    return serve(argv[1], &proxy_fn, &target);
}
