/* Each future is there at once: weir_then over connections that waits for none of them. */
#include <stdio.h>
#include <string.h>

#include <weir.h>

struct peer {
    char address[64];
};
static const weir_type peer_type = WEIR_TYPE(struct peer);

static weir_stream *peer_of(weir_duplex client, void *arg)
{
    struct peer peer = {""};
    const char *address = weir_peer_address(client.reader);
    (void)arg;
    if (address)
        snprintf(peer.address, sizeof peer.address, "%s", address);
    weir_duplex_drop(client);
    if (!peer.address[0])
        return weir_empty(&peer_type);
    return weir_once(&peer_type, &peer);
}
WEIR_THEN_FN(peer_of_fn, peer_of, weir_duplex, struct peer, .from = &weir_type_duplex,
             .to = &peer_type)

int main(void)
{
    weir_stream *peers = weir_then(weir_incoming("127.0.0.1:7007", NULL), &peer_of_fn, NULL);
    weir_for_await (struct peer, peer, weir_take(peers, 10))
        puts(peer.address);
    return 0;
}
