/* How a ring is made: what is asked of the kernel, what has to work before it is relied on, and
 * the thread that it is of. */

#include "driver/driver.h"

#ifdef WEIR_HAVE_URING
#include "driver/this_thread.h"
#include "driver/uring.h"

enum { RING_ENTRIES = 256, URING_RING_TRIES_MAX = 10 };
#define URING_RING_PATIENCE_NS 1000000000ull

/* Answers wait until they are asked for, by the one thread that asks: that costs least. Older
 * kernels know answers that interrupt nobody who computes, or nothing of that. */
static const unsigned set_ups[] = {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN |
                                       IORING_SETUP_TASKRUN_FLAG,
                                   IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG, 0};

/* 0, or a negative errno. */
static int can_all(const weir_sys *sys, struct io_uring *ring)
{
    static const int needed[] = {IORING_OP_READ, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL};
    int able = sys->ring_knows(sys, ring, needed, sizeof needed / sizeof *needed);
    return able > 0 ? 0 : able < 0 ? able : -ENOSYS;
}

/* A sandbox may let a ring be made and refuse its use: one operation that does nothing has to come
 * back before the ring is relied on. */
static int try_nothing(const weir_sys *sys, struct io_uring *ring)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
    io_uring_prep_nop(sqe);
    io_uring_sqe_set_data64(sqe, WEIR_TAG_NOTHING);
    int done = 0;
    for (int tries = 0; tries < URING_RING_TRIES_MAX && !io_uring_cq_ready(ring); tries++) {
        done = sys->ring_wait(sys, ring, URING_RING_PATIENCE_NS);
        if (weir_uring_is_broken(done) || done == -ETIME)
            return done;
    }
    if (!io_uring_cq_ready(ring))
        return done < 0 ? done : -ETIME;
    io_uring_cq_advance(ring, io_uring_cq_ready(ring));
    return 0;
}

static struct weir_refusal uring_ring_try_all(const weir_sys *sys, struct io_uring *ring)
{
    unsigned features = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP;
    if ((ring->features & features) != features)
        return (struct weir_refusal){"io_uring_setup (features)", -ENOSYS};
    int error = can_all(sys, ring);
    if (error)
        return (struct weir_refusal){"io_uring_register (operations)", error};
    return (struct weir_refusal){"io_uring_enter", try_nothing(sys, ring)};
}

struct weir_refusal weir_uring_open(struct uring *self)
{
    const weir_sys *sys = self->driver.sys;
    struct io_uring ring;
    int error = -EINVAL;
    for (size_t i = 0; error == -EINVAL && i < sizeof set_ups / sizeof *set_ups; i++)
        error = sys->ring_setup(sys, &ring, RING_ENTRIES, set_ups[i]);
    if (error)
        return (struct weir_refusal){"io_uring_setup", error};
    struct weir_refusal why = uring_ring_try_all(sys, &ring);
    if (!why.error && self->told_fd >= 0)
        why = (struct weir_refusal){"io_uring_register (eventfd)",
                                    sys->ring_eventfd(sys, &ring, self->told_fd)};
    if (why.error) {
        sys->ring_exit(sys, &ring);
        return why;
    }
    self->ring = ring;
    self->thread = weir_thread_number();
    return why;
}

bool weir_uring_is_here(const struct uring *self)
{
    return self->thread == weir_thread_number();
}

/* The kernel lets one thread alone use a ring. One where nothing is under way is made again. */
int weir_uring_move_here(struct uring *self)
{
    if (weir_uring_is_here(self))
        return 0;
    if (weir_uring_flies(self))
        return WEIR_DRIVER_ELSEWHERE;
    struct io_uring before = self->ring;
    struct weir_refusal why = weir_uring_open(self);
    if (why.error)
        return why.error;
    self->driver.sys->ring_exit(self->driver.sys, &before);
    weir_uring_release_blocks(self);
    self->armed = false;
    return 0;
}
#else
typedef int weir_no_ring; /* a file is not empty */
#endif
