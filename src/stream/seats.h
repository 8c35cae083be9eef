/* Where any number of streams leave their wakers that wait for one thing, and whoever brings it
 * wakes them all, from any thread. A seat stays where it is until all are released, and is used
 * again by the next one: so a wake may look at it at any time. */
#ifndef WEIR_STREAM_SEATS_H
#define WEIR_STREAM_SEATS_H

#include <stddef.h>

#include "weir/waker.h"

enum { WEIR_SEATS_MAX = 65536 }; /* of one thing that is waited for, at a time */

struct weir_seat {
    weir_waker_cell cell;
    unsigned taken;
    struct weir_seat *next;
};

/* All zero: none. */
struct weir_seats {
    struct weir_seat *first;
    struct weir_seat *left; /* the latest one that was left, or NULL */
    size_t n;
    size_t free_n;
};

/* NULL: no memory, or WEIR_SEATS_MAX are taken. */
struct weir_seat *weir_seats_take(struct weir_seats *seats) __attribute__((warn_unused_result));
void weir_seats_leave(struct weir_seats *seats, struct weir_seat *seat);

/* Wakes whoever waits. */
void weir_seats_wake(struct weir_seats *seats);

/* Releases them all: nobody else knows them any more. */
void weir_seats_fini(struct weir_seats *seats);

/* Units: bytes, of those that are there now. */
size_t weir_seats_bytes(const struct weir_seats *seats);

#endif
