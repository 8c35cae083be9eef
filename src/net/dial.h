/* Making a connection: one object, which the connection owns and which is told nothing else than to
 * begin and to end. */
#ifndef WEIR_NET_DIAL_H
#define WEIR_NET_DIAL_H

#include "net/socket.h"

/* To an address as text (see weir/net.h); what is wrong with it is told when it is dialled. NULL:
 * no memory. */
struct weir_dial *weir_dial_new(const char *address, const weir_dial_options *options);
/* To a socket that is connected already. */
struct weir_dial *weir_dial_given(int fd);
void weir_dial_drop(struct weir_dial *self);

/* Nothing was begun yet. */
bool weir_dial_idle(const struct weir_dial *self);
/* weir_socket_connected() is called once, maybe before this returns. */
void weir_dial_start(struct weir_dial *self, struct weir_socket *socket, weir_driver *driver);
/* Nobody wants it any more: it comes to an end soon. */
void weir_dial_stop(struct weir_dial *self);

const char *weir_dial_address(const struct weir_dial *self);
/* What it failed with. */
weir_poll weir_dial_fail(const struct weir_dial *self, weir_cx *cx);

#endif
