/* Connections that wait for their next request. Nothing stands of each but what is needed to make
 * its two halves again: about a hundred bytes. */
#ifndef WEIR_NET_PARK_H
#define WEIR_NET_PARK_H

#include "driver/driver.h"
#include "net/socket.h"

struct weir_parked_list {
    struct weir_parked *first, *last;
};

/* All zero: nobody is parked. */
struct weir_park {
    struct weir_parked_list waiting; /* the one that waits longest first */
    struct weir_parked_list woken;   /* there is something to read, or the end */
    size_t n;                        /* of both */
    weir_waker_slot waiter;
    bool ending; /* who has not asked by now is not waited for */
};

/* True: the halves are gone. The descriptor is kept until its peer sends something, and what is
 * unsent is sent first; one that is over is closed then. False, and the duplex is the caller's as
 * before: it is no connection of ours, has bytes in hand or is being read; or there is no memory.
 */
bool weir_park_take(struct weir_park *self, weir_duplex near, uint64_t now_ns);
/* It may be tried: the duplex is a connection of ours with nothing in hand. */
bool weir_park_fits(weir_duplex near);
/* One that was woken. False: none was. */
bool weir_park_give(struct weir_park *self, weir_duplex *out);
/* Closes those who wait for so long. When the next one is due; UINT64_MAX: nobody waits. */
uint64_t weir_park_close(struct weir_park *self, uint64_t now_ns, uint64_t idle_ns);
/* Closes who waits; who was woken, or has something unsent, is not hurt. */
void weir_park_end(struct weir_park *self);
void weir_park_fini(struct weir_park *self);

/* It was parked, and not before its first byte: what it is was known then. Asked of the
 * connection's reader, or of one over it. */
bool weir_park_was_in(const weir_reader *reader);

/* For the connection, when its halves and operations are gone. True: the descriptor is taken. */
bool weir_parked_begin(struct weir_parked *self);

#endif
