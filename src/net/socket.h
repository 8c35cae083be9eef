/* A connection: one object with two halves, each in an arena that lies inside of it, so that it
 * costs one allocation. It lives until both halves and all operations are gone: then the descriptor
 * is closed, never before, so that its number cannot become another's under an operation. */
#ifndef WEIR_NET_SOCKET_H
#define WEIR_NET_SOCKET_H

#include "io/system.h"
#include "net/address.h"

struct weir_dial;
struct weir_parked;
struct weir_socket_move;

struct weir_peer_count;

struct weir_peer {
    uint16_t family; /* 0: nobody knows */
    uint16_t port;
    unsigned char host[16];
    struct weir_peer_count *count; /* where the connection is counted; NULL: nowhere */
};

/* Who it is; left as it was where nobody can tell any more, as after a reset. */
void weir_socket_note_peer(const weir_sys *sys, int fd, struct weir_peer *out);

/* Room in the arenas for the half, and for a copy that stands on the reader. What does not fit has
 * a block of its own. */
enum { WEIR_SOCKET_READER_BYTES = 352, WEIR_SOCKET_WRITER_BYTES = 176 };

struct weir_socket {
    uint32_t holders;       /* halves alive, and operations under way; atomic */
    int fd;                 /* -1: it is not connected yet */
    weir_driver *driver;    /* whose operations it uses, and who closes; NULL: none yet */
    struct weir_dial *dial; /* NULL: nothing has to be dialled */

    weir_op_recv recv;
    weir_waker_slot readable;
    weir_block *came; /* received, and not asked for yet */
    uint32_t came_n;
    int32_t over; /* 0: more may come; 1: the end; or a negative errno */

    weir_waker_slot writable;
    weir_op_send *sending, *queued;
    uint64_t sent;      /* bytes the kernel took */
    uint32_t tail_left; /* room in the last block of what is queued, which is ours to fill */
    int32_t broken;     /* a negative errno, to be told by the next call */
    struct weir_socket_move *move; /* NULL: the kernel moved nothing into it yet */

    bool fresh; /* accepted, and nobody polled it: whoever does has it on his own driver */
    bool reader_gone, writer_gone;
    bool shut;        /* nothing more is sent: the peer knows, or will when it is connected */
    bool reset;       /* it is given up: the peer shall see it */
    bool given;       /* by the user: a call may wait, so the kernel moves nothing */
    bool resumed;     /* bytes of it were read before it was parked */
    bool stuffed;     /* a write that may not wait found no room: room is what the kernel says */
    uint8_t full_row; /* receives in a row that filled their blocks */
    uint32_t bulk;    /* bytes of receives that brought a block or more, less what others did */
    struct weir_peer peer;
    struct weir_parked *parked; /* whose the descriptor is when both halves are gone; NULL: ours */
    _Alignas(16) unsigned char reader_room[WEIR_SOCKET_READER_BYTES];
    _Alignas(16) unsigned char writer_room[WEIR_SOCKET_WRITER_BYTES];
};

/* Two halves of a socket that is connected: the descriptor is taken, and its place among the
 * peers'. No memory: it is closed, and the halves say so. */
weir_duplex weir_socket_open(weir_driver *driver, int fd, struct weir_peer_count *count);

/* The same of one that was open before; resumed: something was read of it. */
weir_duplex weir_socket_again(weir_driver *driver, int fd, const struct weir_peer *peer,
                              bool resumed);

/* Two halves that say that there is no memory. */
weir_duplex weir_socket_no_memory(void);

/* Two halves of one that the dial will connect, at the first poll of either. */
weir_duplex weir_socket_dial(struct weir_dial *dial WEIR_TAKES);

struct weir_socket *weir_socket_of_reader(const weir_reader *reader); /* NULL: it is another's */

/* READY: there is a connection. Either half may ask. */
weir_poll weir_socket_poll_dialled(struct weir_socket *self, weir_cx *cx, bool writes);
static inline weir_poll weir_socket_poll_connected(struct weir_socket *self, weir_cx *cx,
                                                   bool writes)
{
    if (WEIR_LIKELY(self->fd >= 0 && !self->fresh && cx->rt && self->driver == weir_cx_driver(cx)))
        return (weir_poll){0, WEIR_READY};
    return weir_socket_poll_dialled(self, cx, writes);
}

/* Both halves gone: nobody wants a connection that is being made. */
void weir_socket_look_if_wanted(struct weir_socket *self);

/* The peer's address, valid until the next call on this thread. */
const char *weir_socket_peer(const struct weir_socket *self);

/* One more, and one fewer, that points at it. */
static inline void weir_socket_hold(struct weir_socket *self)
{
    __atomic_fetch_add(&self->holders, 1, __ATOMIC_RELAXED);
}
void weir_socket_let_go(struct weir_socket *self);

/* Both halves are gone, and something is still being sent: it is not, the peer sees a reset. */
void weir_socket_give_up(struct weir_socket *self);

/* The halves, each in a file of its own. */
weir_reader *weir_socket_reader(struct weir_socket *self, weir_arena *arena);
weir_writer *weir_socket_writer(struct weir_socket *self, weir_arena *arena);

weir_poll weir_socket_fail(const struct weir_socket *self, weir_cx *cx, int error, const char *verb,
                           uint64_t byte);

#endif
