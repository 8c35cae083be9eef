/* What listens at an address: one socket or several, which share what they accepted. It outlives
 * the chain while the kernel works for it. */
#ifndef WEIR_NET_LISTENER_H
#define WEIR_NET_LISTENER_H

#include "io/system.h"
#include "net/address.h"

struct weir_listener;
struct weir_peers;

/* One that was accepted. */
struct weir_arrival {
    int fd;
    struct weir_peer_count *count; /* NULL: it is not counted */
};

/* One socket, with a backlog of its own. */
struct weir_door {
    weir_op accept; /* its descriptor; -1: nobody is let in any more */
    struct weir_listener *listener;
};

struct weir_listener {
    weir_waker_slot waiter;
    weir_driver *driver;
    uint32_t holders;   /* who polls it, and operations under way */
    uint32_t backlog;   /* of each door: what the kernel may have for it */
    int spare;          /* a descriptor that is given up where there are no others; -1: none */
    int error;          /* that was not told yet */
    uint64_t forgotten; /* connections that failed by themselves */
    unsigned row;       /* of these, since one was accepted */
    bool dropped;       /* nobody will ask any more */
    bool closing;       /* nobody is let in but those whom the kernel told that they are */
    struct weir_peers *peers;   /* who has how many; NULL: nobody counts */
    uint64_t *refused;          /* how many they were too many */
    struct weir_arrival *ready; /* accepted, not asked for: a ring */
    uint32_t first, n, room;
    uint32_t doors_n;
    struct weir_door doors[];
};

/* Takes the sockets, which listen. NULL: no memory; they are still the caller's. */
struct weir_listener *weir_listener_new(weir_driver *driver, const int *fds, uint32_t n,
                                        uint32_t backlog);

/* Accepts at every door that is idle, until so many stand there that nobody asked for. */
void weir_listener_start(struct weir_listener *self);
/* Not for now. */
void weir_listener_pause(struct weir_listener *self);
/* It accepts at some door. */
bool weir_listener_is_busy(const struct weir_listener *self);

/* One that was accepted; there is one. */
struct weir_arrival weir_listener_take(struct weir_listener *self);

/* Who waits in a backlog would wait for ever where there are no descriptors: one is taken with the
 * spare one, and closed, so that it knows. */
void weir_listener_turn_one_away(struct weir_listener *self);

/* All that the kernel told that they are connected are accepted, then nobody listens any more.
 * False: it goes on, as soon as the waiter is woken. */
bool weir_listener_close(struct weir_listener *self);

/* Resets those that nobody asked for, and goes when the kernel has let go of it. */
void weir_listener_drop(struct weir_listener *self);

/* The error is of one connection, or of the network on its way: the next one may be well. */
bool weir_accept_is_forgotten(int error);

#endif
