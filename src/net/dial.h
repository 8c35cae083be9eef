/* Making a connection, polled by either half of it: a name is looked up, its addresses are tried
 * one after the other, a little apart (RFC 8305); the first that answers is taken. */
#ifndef WEIR_NET_DIAL_H
#define WEIR_NET_DIAL_H

#include "io/system.h"
#include "net/resolve.h"

struct weir_dial;

/* To an address as text (see weir/net.h); what is wrong with it is told when it is dialled. NULL:
 * no memory. */
struct weir_dial *weir_dial_new(const char *address, const weir_dial_options *options);
/* To a socket that is connected already. */
struct weir_dial *weir_dial_given(int fd);
bool weir_dial_was_given(const struct weir_dial *self);
/* What is under way is stopped, and closes itself. */
void weir_dial_drop(struct weir_dial *self);
/* The same; the peer of a socket that was connected already sees a reset. */
void weir_dial_give_up(struct weir_dial *self);

/* READY: *fd is a connection. An error stays: whoever asks next is told too. Two may poll it, each
 * with a waker of its own: `writes` says who asks. */
weir_poll weir_dial_poll(struct weir_dial *self, weir_cx *cx, weir_driver *driver, bool writes,
                         int *fd);

const char *weir_dial_address(const struct weir_dial *self);

#endif
