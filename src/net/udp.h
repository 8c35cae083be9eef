/* A socket for datagrams: one object that handles, its stream and its sends hold. It lives until
 * all of them and its operations are gone: then the descriptor is closed, never before, so that its
 * number cannot become another's under an operation.
 *
 *     udp_open.c      from what was asked for to a descriptor
 *     udp.c           its life, and what it receives
 *     udp_send.c      what it sends
 *     udp_endpoint.c  addresses, and the types of items */
#ifndef WEIR_NET_UDP_H
#define WEIR_NET_UDP_H

#include "io/system.h"
#include "net/address.h"
#include "net/local.h"
#include "weir/udp.h"

/* Who waits until something can be sent. */
struct weir_udp_sender {
    weir_waker_slot waiter;
    weir_timer pause;                     /* where the kernel tells nobody */
    struct weir_udp_sender *next, **link; /* link NULL: it is on no list */
};

struct weir_udp_socket {
    uint32_t users;      /* handles, the stream, sends */
    uint32_t holders;    /* ... and operations under way */
    int fd;              /* -1: not opened yet */
    weir_driver *driver; /* NULL: none yet */
    uint16_t family;

    weir_op in;
    weir_waker_slot readable;
    int32_t in_error; /* that was not told yet */
    bool receives;    /* a stream of it is there */

    weir_op out;
    struct weir_udp_sender *senders; /* that wait for `out` */
    struct weir_udp_sender polled;   /* of weir_poll_send_to */
    int32_t out_error;

    struct weir_local_path path;
    weir_udp_options options; /* its texts stand here */
    const char *address;      /* NULL: any */
    uint32_t bytes;           /* of this all */
    char texts[];
};

/* READY: there is a descriptor. NULL: no memory. */
weir_poll weir_udp_poll_open(weir_udp_socket *self, weir_cx *cx);

/* The place is the peer, where there is one. */
weir_poll weir_udp_fail(const weir_udp_socket *self, weir_cx *cx, int error, const char *verb);

/* Begins an operation that is not busy; it holds the socket. */
void weir_udp_start(weir_udp_socket *self, weir_op *op);
void weir_udp_let_go(weir_udp_socket *self);

static inline bool weir_udp_is_nothing(int error)
{
    return error == -ECANCELED || error == -EAGAIN || error == -EINTR;
}

/* An address of the kernel's as one that is kept, and back for a socket of that family: what is 4
 * in 6 is 4 outside, since it is compared. */
void weir_endpoint_settle(weir_endpoint *endpoint, uint32_t n);
void weir_endpoint_fit(struct weir_address *out, const weir_endpoint *endpoint, int family);
void weir_endpoint_from(weir_endpoint *out, const struct weir_address *at);

/* ---- udp_send.c ---- */

void weir_udp_out_done(weir_op *op, weir_got got);
void weir_udp_sender_forget(struct weir_udp_sender *sender);

#endif
