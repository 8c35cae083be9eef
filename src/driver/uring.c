/* The io_uring driver: reads are done by the kernel while we compute. No polling thread. */

#include "driver/driver.h"

#include <errno.h>

#ifdef WEIR_HAVE_URING
#include <liburing.h>
#include <poll.h>

#include "weir/alloc.h"
#include "weir/implement.h"

enum { RING_ENTRIES = 256 };
#define SLEEP_MAX_NS 3600000000000ull
#define NS_PER_S 1000000000ull

struct uring {
    weir_driver driver;
    struct io_uring ring;
    struct weir_io_list queued; /* the kernel does not know them: cancelling is taking out */
    struct weir_io_list flying;
    bool armed; /* the interrupt descriptor is polled */
};

/* What completions carry besides an operation's address. */
enum { TAG_NOTHING = 0, TAG_INTERRUPT = 1 };

static struct uring *uring_of(weir_driver *driver)
{
    return WEIR_CONTAINER(driver, struct uring, driver);
}

/* A free entry, handing the queue to the kernel when it is full. NULL: not now. */
static struct io_uring_sqe *take_entry(struct uring *self)
{
    struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
    if (sqe || io_uring_submit(&self->ring) < 0)
        return sqe;
    return io_uring_get_sqe(&self->ring);
}

static void prepare(struct io_uring_sqe *sqe, weir_io *io)
{
    if (io->kind == WEIR_IO_READ)
        io_uring_prep_read(sqe, io->fd, io->out, (unsigned)io->n, io->offset);
    else
        io_uring_prep_poll_add(sqe, io->fd, io->events);
    io_uring_sqe_set_data64(sqe, (uintptr_t)io);
}

static void fill_entries(struct uring *self)
{
    for (weir_io *io; (io = self->queued.first);) {
        struct io_uring_sqe *sqe = take_entry(self);
        if (!sqe)
            return;
        prepare(sqe, io);
        weir_io_list_remove(&self->queued, io);
        weir_io_list_add(&self->flying, io);
        io->state = WEIR_IO_FLYING;
    }
    if (self->armed)
        return;
    struct io_uring_sqe *sqe = take_entry(self);
    if (!sqe)
        return;
    io_uring_prep_poll_add(sqe, self->driver.interrupt_fd, POLLIN);
    io_uring_sqe_set_data64(sqe, TAG_INTERRUPT);
    self->armed = true;
}

/* A read from a file goes out at once, so that it overlaps with what is computed now; the others
 * go out together at the next wait. */
static void uring_submit(weir_driver *driver, weir_io *io)
{
    struct uring *self = uring_of(driver);
    weir_io_list_add(&self->queued, io);
    if (io->kind != WEIR_IO_READ || io->offset == WEIR_IO_HERE)
        return;
    fill_entries(self);
    io_uring_submit(&self->ring); /* when it fails, the next wait tries again */
}

static bool ask_to_cancel(struct uring *self, const weir_io *io)
{
    struct io_uring_sqe *sqe = take_entry(self);
    if (!sqe)
        return false;
    io_uring_prep_cancel64(sqe, (uintptr_t)io, 0);
    io_uring_sqe_set_data64(sqe, TAG_NOTHING);
    return true;
}

static void uring_cancel(weir_driver *driver, weir_io *io)
{
    struct uring *self = uring_of(driver);
    if (io->state == WEIR_IO_QUEUED) {
        weir_io_list_remove(&self->queued, io);
        weir_io_finish(io, -ECANCELED);
        return;
    }
    io->cancelled = ask_to_cancel(self, io);
    /* Now, not at the next wait: its descriptor may be closed behind our back, and its number
     * given to another file, before the kernel has seen the read. */
    io_uring_submit(&self->ring);
}

static void complete(struct uring *self, uint64_t data, int result)
{
    if (data == TAG_NOTHING)
        return;
    if (data == TAG_INTERRUPT) {
        self->armed = false;
        weir_interrupt_clear(self->driver.interrupt_fd);
        return;
    }
    weir_io *io = (weir_io *)(uintptr_t)data;
    weir_io_list_remove(&self->flying, io);
    weir_io_finish(io, result);
}

static void reap(struct uring *self)
{
    struct io_uring_cqe *cqe;
    while (io_uring_peek_cqe(&self->ring, &cqe) == 0) {
        uint64_t data = io_uring_cqe_get_data64(cqe);
        int result = cqe->res;
        io_uring_cqe_seen(&self->ring, cqe);
        complete(self, data, result);
    }
}

static int sleep_for(struct uring *self, uint64_t timeout_ns)
{
    timeout_ns = timeout_ns < SLEEP_MAX_NS ? timeout_ns : SLEEP_MAX_NS;
    struct __kernel_timespec limit = {.tv_sec = (long long)(timeout_ns / NS_PER_S),
                                      .tv_nsec = (long long)(timeout_ns % NS_PER_S)};
    struct io_uring_cqe *cqe;
    return io_uring_submit_and_wait_timeout(&self->ring, &cqe, 1, &limit, NULL);
}

static int uring_wait(weir_driver *driver, uint64_t timeout_ns)
{
    struct uring *self = uring_of(driver);
    fill_entries(self);
    int done = 0;
    if (timeout_ns)
        done = sleep_for(self, timeout_ns);
    else if (io_uring_sq_ready(&self->ring))
        done = io_uring_submit(&self->ring);
    reap(self);
    bool broken = done < 0 && done != -ETIME && done != -EINTR && done != -EAGAIN && done != -EBUSY;
    return broken ? done : 0;
}

/* The kernel must be done with every buffer before the ring goes. */
static void uring_fini(weir_driver *driver)
{
    struct uring *self = uring_of(driver);
    while (self->queued.first)
        uring_cancel(driver, self->queued.first);
    while (self->flying.first) {
        for (weir_io *io = self->flying.first; io; io = io->next)
            io->cancelled = io->cancelled || ask_to_cancel(self, io);
        sleep_for(self, NS_PER_S);
        reap(self);
    }
    io_uring_queue_exit(&self->ring);
    weir_release(self, sizeof *self);
}

static const weir_driver_ops uring_ops = {
    .name = "uring",
    .overlaps = true,
    .submit = uring_submit,
    .cancel = uring_cancel,
    .wait = uring_wait,
    .fini = uring_fini,
};

static bool can_all(struct io_uring *ring)
{
    static const int needed[] = {IORING_OP_READ, IORING_OP_POLL_ADD, IORING_OP_ASYNC_CANCEL};
    unsigned features = IORING_FEAT_EXT_ARG | IORING_FEAT_NODROP;
    if ((ring->features & features) != features)
        return false;
    struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
    bool all = probe;
    for (size_t i = 0; all && i < sizeof needed / sizeof *needed; i++)
        all = io_uring_opcode_supported(probe, needed[i]);
    io_uring_free_probe(probe);
    return all;
}

static int open_ring(struct io_uring *ring)
{
    int error = io_uring_queue_init(RING_ENTRIES, ring,
                                    IORING_SETUP_COOP_TASKRUN | IORING_SETUP_TASKRUN_FLAG);
    if (error == -EINVAL)
        error = io_uring_queue_init(RING_ENTRIES, ring, 0);
    if (error)
        return error;
    if (can_all(ring))
        return 0;
    io_uring_queue_exit(ring);
    return -ENOSYS;
}

weir_driver *weir_driver_uring(const weir_driver_config *config, int *error)
{
    struct uring *self = weir_allocate(sizeof *self);
    if (!self) {
        *error = -ENOMEM;
        return NULL;
    }
    *self = (struct uring){
        .driver = {.ops = &uring_ops, .sys = config->sys, .interrupt_fd = config->interrupt_fd}};
    *error = open_ring(&self->ring);
    if (*error) {
        weir_release(self, sizeof *self);
        return NULL;
    }
    return &self->driver;
}
#else
weir_driver *weir_driver_uring(const weir_driver_config *config, int *error)
{
    (void)config;
    *error = -ENOSYS;
    return NULL;
}
#endif
