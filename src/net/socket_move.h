/* What the kernel moves into a connection, and out of one, by itself. */
#ifndef WEIR_NET_SOCKET_MOVE_H
#define WEIR_NET_SOCKET_MOVE_H

#include "net/socket.h"
#include "weir/writer.h"

/* Made when something is moved first: most connections never need it. The operations are the
 * connection's, as all are. */
struct weir_socket_move {
    struct weir_socket *socket;
    weir_op room; /* a POLL, until there is room for more */
    weir_op more; /* a POLL, until more has come */
    int pipe[2];  /* while has_pipe: bytes from another connection go through it */
    uint32_t piped;
    bool has_pipe;
    bool refused;    /* nothing is moved into it: the kernel cannot, or the driver could not wait */
    bool over;       /* the peer sends no more, or is gone: a receive says which */
    uint8_t dry_row; /* times in a row that nothing at all was moved out of it */
    bool waited;     /* for more, since it moves */
    bool moves;      /* out of it, since then: */
    uint64_t moved_at; /* reader->offset when it was dry last */
};

bool weir_socket_has_move(struct weir_socket *self); /* false: no memory */

/* As a writer's poll_move, of a writer that is usable. */
weir_poll weir_socket_move(struct weir_socket *self, weir_cx *cx, const weir_raw *from);

/* Of a writer that sends nothing, whose move is there: the kernel may take more when it wakes. */
weir_poll weir_socket_wait_for_room(struct weir_socket *self, weir_cx *cx);

/* READY: nothing stands in a pipe any more, and it is given back. */
weir_poll weir_socket_drain(struct weir_socket *self, weir_cx *cx);

static inline size_t weir_socket_piped(const struct weir_socket *self)
{
    return self->move ? self->move->piped : 0;
}

/* Nobody waits for room, or for more, any more: something else is sent, or received, or nothing. */
void weir_socket_stop_room(const struct weir_socket *self);
void weir_socket_stop_more(const struct weir_socket *self);

/* The writer is gone, with what stands in the pipe. */
void weir_socket_move_end(struct weir_socket *self);
/* With the last holder. */
void weir_socket_move_drop(struct weir_socket *self);

/* Of the writer: sends the whole block, of one that sends nothing. False: no memory. */
bool weir_socket_send(struct weir_socket *self, weir_block *block);

#endif
