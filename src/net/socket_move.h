/* What the kernel moves into a connection by itself. */
#ifndef WEIR_NET_SOCKET_MOVE_H
#define WEIR_NET_SOCKET_MOVE_H

#include "net/socket.h"
#include "weir/writer.h"

/* Made when something is moved first: most connections never need it. */
struct weir_socket_move {
    struct weir_socket *socket;
    weir_op room; /* a POLL, until there is room for more */
    bool refused; /* the driver could not wait */
};

/* As a writer's poll_move, of a writer that is usable. */
weir_poll weir_socket_move(struct weir_socket *self, weir_cx *cx, const weir_raw *from);

/* Nobody waits for room any more: something else is sent, or nothing. */
void weir_socket_move_stop(const struct weir_socket *self);

/* With the last holder. */
void weir_socket_move_drop(struct weir_socket *self);

#endif
