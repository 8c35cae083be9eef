/* Operations on sockets. Each belongs to an object (a connection, a listener), never to a poll or a
 * chain, so that what gives up a wait loses nothing: the object is told by `done`, which stores
 * what came and wakes. Idle connections keep one each, so they are small.
 *
 * Memory that an operation names lives as long as it: the object goes when its last operation is
 * done. */
#ifndef WEIR_DRIVER_OP_H
#define WEIR_DRIVER_OP_H

#include <sys/socket.h>
#include <sys/uio.h>

#include "weir/block.h"

typedef struct weir_driver weir_driver;
typedef struct weir_op weir_op;
typedef struct weir_op_recv weir_op_recv;
typedef struct weir_op_send weir_op_send;
typedef struct weir_op_connect weir_op_connect;

typedef enum weir_op_kind {
    WEIR_OP_ACCEPT,  /* result: a descriptor; again and again, while `more` */
    WEIR_OP_RECV,    /* a weir_op_recv. result: bytes that stand in `block`; 0 at the end */
    WEIR_OP_SEND,    /* a weir_op_send. result: 0, all of it is sent */
    WEIR_OP_CONNECT, /* a weir_op_connect. result: 0 */
    WEIR_OP_POLL     /* result: POLLIN, POLLOUT, POLLRDHUP ... as they were found */
} weir_op_kind;

typedef struct weir_got {
    int32_t result;    /* a negative errno when it failed */
    bool more;         /* it goes on */
    weir_block *block; /* of a RECV, which stand from block->head; whoever is told holds it */
} weir_got;

struct weir_op {
    /* Stores and wakes; may start another one, or stop this one. Runs no user's code. */
    void (*done)(weir_op *op, weir_got got);
    weir_op *next, **back; /* the driver's */
    int fd;
    uint16_t events; /* of a POLL */
    uint8_t kind;
    bool busy : 1; /* the driver's; else the owner's */
    bool stopped : 1;
    bool delayed : 1; /* the driver's: the kernel does not know it yet */
    bool hot : 1;     /* of a RECV: more is known to be there */
};

struct weir_op_recv {
    weir_op op;
    weir_block *into; /* NULL: a block is chosen when bytes come, so none is held until then. Else
                       * it is the driver's once it is started: it comes filled, or goes */
};

enum { WEIR_SEND_PARTS = 8 };
enum { WEIR_SENDS_FREE_MAX = 64 }; /* that are kept for the next ones */

/* What is sent stands in blocks that this holds until the kernel is done with them. It exists only
 * while something is unsent. */
struct weir_op_send {
    weir_op op;
    void *owner;
    uint32_t n;
    uint32_t bytes; /* of all parts */
    uint32_t held;  /* bytes of the blocks that are held for them */
    uint32_t sent;
    struct msghdr message;
    struct iovec parts[WEIR_SEND_PARTS];
    weir_block *blocks[WEIR_SEND_PARTS];
};

struct weir_op_connect {
    weir_op op;
    socklen_t n;
    struct sockaddr_storage to;
};

/* May be done before it returns. */
void weir_op_start(weir_driver *driver, weir_op *op);

/* It is done once more, soon: with -ECANCELED, or with what was in hand. Of one that is not busy:
 * nothing. */
void weir_op_stop(weir_driver *driver, weir_op *op);

/* Each thing that came; for drivers. */
void weir_op_finish(weir_driver *driver, weir_op *op, weir_got got);

/* NULL: no memory. Freeing lets the blocks go. */
weir_op_send *weir_op_send_new(weir_driver *driver);
void weir_op_send_free(weir_driver *driver, weir_op_send *send);
/* Holds the block. There has to be room for a part. */
void weir_op_send_add(weir_op_send *send, weir_block *block, const void *bytes, size_t n);
/* n more bytes are sent. False: nothing is left. */
bool weir_op_send_advance(weir_op_send *send, size_t n);

/* ---- the pool of blocks ---- */

enum {
    WEIR_POOL_BLOCK_BYTES = 16 << 10,
    WEIR_POOL_HEAD_BYTES = 192, /* for what is left over of the block before */
    WEIR_POOL_FREE_MAX = 256    /* blocks that are kept for the next ones; others are released */
};

/* Blocks are used again, the one that was used last first, but those that another thread lets go
 * of: these are memory again. It outlives its driver while blocks of it are held. */
struct weir_block_pool {
    unsigned long thread; /* that takes blocks: its number; atomic, as the next */
    size_t held;          /* blocks that somebody holds, and one for the driver */
    weir_block *free;
    size_t free_n;
    size_t held_bytes; /* of those blocks; atomic */
    bool gone;         /* the driver is */
};

struct weir_block_pool *weir_block_pool_new(void);
void weir_block_pool_drop(struct weir_block_pool *pool);
/* NULL: no memory. */
weir_block *weir_block_pool_take(struct weir_block_pool *pool);
/* One of another size, which is not kept. */
weir_block *weir_block_pool_large(struct weir_block_pool *pool, size_t bytes);

#endif
