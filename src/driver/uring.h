/* The io_uring driver's own: how the ring is made; files, pipes and the wait; sockets; what is
 * lent. */
#ifndef WEIR_DRIVER_URING_H
#define WEIR_DRIVER_URING_H

#include <liburing.h>

#include "driver/driver.h"
#include "weir/implement.h"

enum {
    WEIR_RING_BLOCKS = 1024,    /* that the kernel may hold to receive into; a power of two */
    WEIR_RING_BLOCKS_FIRST = 64 /* ... and from the beginning; doubled where they did not last */
};

/* The blocks that the kernel receives into. */
struct weir_ring_blocks {
    struct io_uring_buf_ring *ring; /* in `memory`, page-aligned */
    void *memory;
    size_t memory_bytes;
    uint32_t n, level; /* that are in it, and shall be */
    uint32_t free_n;   /* numbers that no block has */
    uint16_t free[WEIR_RING_BLOCKS];
    weir_block *blocks[WEIR_RING_BLOCKS]; /* by number */
};

struct uring {
    weir_driver driver;
    struct io_uring ring;
    unsigned long thread;       /* whose ring it is */
    int lent_fd, told_fd;       /* for somebody else's loop; -1: nobody asked for it */
    struct weir_io_list queued; /* the kernel does not know them: cancelling is taking out */
    struct weir_io_list flying;
    size_t unasked;   /* of those flying, to be cancelled as soon as there is an entry to say so */
    unsigned put_off; /* waits in a row that the kernel had no room for */
    bool armed;       /* the interrupt descriptor is polled */

    struct weir_ring_blocks *blocks; /* made at the first receive */
    weir_op *delayed;                /* no entry was free, or no block */
    weir_op *ops;                    /* flying */
    weir_op *unstopped;              /* flying, to be stopped when an entry is free */
    bool no_blocks;                  /* refused: a receive waits, and takes then what is there */
    bool single_accepts;             /* the kernel has no accept that goes on */
};

/* What completions carry besides the address of what they are of. */
enum { WEIR_TAG_NOTHING = 0, WEIR_TAG_INTERRUPT = 1, WEIR_TAG_OP = 2 };

static inline struct uring *uring_of(weir_driver *driver)
{
    return WEIR_CONTAINER(driver, struct uring, driver);
}

static inline bool weir_uring_flies(const struct uring *self)
{
    return self->flying.first || self->ops || self->unstopped;
}

static inline bool weir_uring_is_broken(int done)
{
    return done < 0 && done != -ETIME && done != -EINTR && done != -EAGAIN && done != -EBUSY;
}

/* Makes self->ring, for the thread that calls, and tries it. */
struct weir_refusal weir_uring_open(struct uring *self);
bool weir_uring_is_here(const struct uring *self);
/* Before the ring is touched. 0, or a negative errno. */
int weir_uring_move_here(struct uring *self);

/* A free entry, handing the queue to the kernel when it is full. NULL: not now. */
struct io_uring_sqe *weir_uring_entry(struct uring *self);

/* The descriptor for somebody else's loop. 0, or a negative errno. */
int weir_uring_open_lent(struct uring *self);
void weir_uring_unlend(struct uring *self);
void weir_uring_watch(const struct uring *self, const weir_io *io);
void weir_uring_told(const struct uring *self);

void weir_uring_start(weir_driver *driver, weir_op *op);
void weir_uring_stop(weir_driver *driver, weir_op *op);

/* Before a wait: blocks for the kernel, what was delayed, and what shall stop. */
void weir_uring_feed(struct uring *self);
void weir_uring_complete(struct uring *self, uint64_t data, int result, unsigned flags);
/* At the end: asks for all of them to be stopped, those that were asked for too when it is said
 * again; takes back what the kernel has not. In the child of a fork all are taken back, and the
 * ring, which is the parent's too, is not touched. */
void weir_uring_stop_all(struct uring *self, bool again);
/* The kernel will not tell how they ended. */
void weir_uring_call_all_off(struct uring *self);
void weir_uring_release_blocks(struct uring *self);

#endif
