/* Connections counted by whose they are: an address, whatever its port. */
#ifndef WEIR_NET_PEERS_H
#define WEIR_NET_PEERS_H

#include "net/socket.h"

/* Those of one listener, on whatever workers they are. It lives until the last of them is closed.
 */
struct weir_peers;

/* NULL: no memory. */
struct weir_peers *weir_peers_new(const weir_sys *sys, uint32_t max);

/* One that was accepted. *out is its place, to be left when it is closed; NULL: it has no address
 * any more, and is not counted. False: the address has as many as it may, or there is no memory. */
bool weir_peers_enter(struct weir_peers *self, const weir_sys *sys, int fd,
                      struct weir_peer_count **out);
void weir_peers_leave(struct weir_peer_count *count WEIR_TAKES); /* NULL: nothing */

void weir_peers_drop(struct weir_peers *self WEIR_TAKES); /* the listener is gone; NULL: nothing */

#endif
