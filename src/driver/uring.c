/* The io_uring driver: reads are done by the kernel while we compute. No polling thread. */

#include "driver/driver.h"

#include <errno.h>

#ifdef WEIR_HAVE_URING
#include <poll.h>

#include "driver/uring.h"
#include "weir/alloc.h"

/* Patience when the ring goes: so many seconds without one answer. A wait that came to nothing was
 * one of them, a refused one counts for several; those that are cut short do not count. */
enum { PATIENCE_S = 10, REFUSED_S = 4 };
/* And while it runs: so many waits in a row that were put off, a pause after each. */
enum { PUT_OFF_MAX = 5000, PAUSE_MS = 1 };
#define URING_SLEEP_MAX_NS 3600000000000ull
#define URING_NS_PER_S 1000000000ull

static int driver_uring_submit(struct uring *self)
{
    int error = weir_uring_move_here(self);
    return error ? error : self->driver.sys->ring_submit(self->driver.sys, &self->ring);
}

struct io_uring_sqe *weir_uring_entry(struct uring *self)
{
    if (weir_uring_move_here(self))
        return NULL;
    struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
    if (sqe || driver_uring_submit(self) < 0)
        return sqe;
    return io_uring_get_sqe(&self->ring);
}

static void uring_prepare(struct io_uring_sqe *sqe, weir_io *io)
{
    if (io->kind == WEIR_IO_READ)
        io_uring_prep_read(sqe, io->fd, io->out, (unsigned)io->n, io->offset);
    else
        io_uring_prep_poll_add(sqe, io->fd, io->events);
    io_uring_sqe_set_data64(sqe, (uintptr_t)io);
}

static bool ask_to_cancel(struct uring *self, const weir_io *io)
{
    struct io_uring_sqe *sqe = weir_uring_entry(self);
    if (!sqe)
        return false;
    io_uring_prep_cancel64(sqe, (uintptr_t)io, 0);
    io_uring_sqe_set_data64(sqe, WEIR_TAG_NOTHING);
    return true;
}

/* Those that could not be told when their owners went: the queue was full and not taken. */
static void ask_again(struct uring *self)
{
    for (weir_io *io = self->flying.first; io && self->unasked; io = io->next) {
        if (!io->release || io->cancelled)
            continue;
        if (!ask_to_cancel(self, io))
            return;
        io->cancelled = true;
        self->unasked--;
    }
}

static void fill_entries(struct uring *self)
{
    ask_again(self);
    for (weir_io *io; (io = self->queued.first);) {
        struct io_uring_sqe *sqe = weir_uring_entry(self);
        if (!sqe)
            return;
        uring_prepare(sqe, io);
        weir_uring_watch(self, io);
        weir_io_list_remove(&self->queued, io);
        weir_io_list_add(&self->flying, io);
        io->state = WEIR_IO_FLYING;
    }
    if (self->armed)
        return;
    struct io_uring_sqe *sqe = weir_uring_entry(self);
    if (!sqe)
        return;
    io_uring_prep_poll_add(sqe, self->driver.interrupt_fd, POLLIN);
    io_uring_sqe_set_data64(sqe, WEIR_TAG_INTERRUPT);
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
    driver_uring_submit(self); /* when it fails, the next wait tries again */
}

/* In the child of a fork: the ring, and the entries that stand in it, are the parent's. */
static void uring_forget(struct uring *self, weir_io *io)
{
    weir_io_list_remove(io->state == WEIR_IO_QUEUED ? &self->queued : &self->flying, io);
    weir_io_finish(io, -ECANCELED);
}

static void uring_cancel(weir_driver *driver, weir_io *io)
{
    struct uring *self = uring_of(driver);
    if (io->state == WEIR_IO_QUEUED || !weir_driver_is_ours(driver)) {
        uring_forget(self, io);
        return;
    }
    io->cancelled = ask_to_cancel(self, io);
    self->unasked += !io->cancelled;
    /* Now, not at the next wait: its descriptor may be closed behind our back, and its number
     * given to another file, before the kernel has seen the read. */
    driver_uring_submit(self);
}

static void uring_complete(struct uring *self, uint64_t data, int result, unsigned flags)
{
    if (data == WEIR_TAG_NOTHING)
        return;
    if (data & WEIR_TAG_OP) {
        weir_uring_complete(self, data, result, flags);
        return;
    }
    if (data == WEIR_TAG_INTERRUPT) {
        self->armed = false;
        weir_interrupt_clear(self->driver.interrupt_fd);
        return;
    }
    weir_io *io = (weir_io *)(uintptr_t)data;
    if (io->release && !io->cancelled)
        self->unasked--; /* it came by itself */
    weir_io_list_remove(&self->flying, io);
    weir_io_finish(io, result);
}

/* What stands in the completion queue; no system call. How many there were. */
static unsigned uring_reap(struct uring *self)
{
    struct io_uring_cqe *cqe;
    unsigned head, n = 0;
    io_uring_for_each_cqe(&self->ring, head, cqe)
    {
        uint64_t data = io_uring_cqe_get_data64(cqe);
        int result = cqe->res;
        unsigned flags = cqe->flags;
        io_uring_cq_advance(&self->ring, 1);
        uring_complete(self, data, result, flags);
        n++;
    }
    return n;
}

static int uring_sleep_for(struct uring *self, uint64_t timeout_ns)
{
    timeout_ns = timeout_ns < URING_SLEEP_MAX_NS ? timeout_ns : URING_SLEEP_MAX_NS;
    return self->driver.sys->ring_wait(self->driver.sys, &self->ring, timeout_ns);
}

/* The kernel has completions that it did not put into the queue yet. */
static bool holds_back(const struct uring *self)
{
    unsigned flags = __atomic_load_n(self->ring.sq.kflags, __ATOMIC_RELAXED);
    return flags & (IORING_SQ_TASKRUN | IORING_SQ_CQ_OVERFLOW);
}

static int driver_uring_look(struct uring *self)
{
    if (io_uring_sq_ready(&self->ring) || holds_back(self))
        return self->driver.sys->ring_look(self->driver.sys, &self->ring);
    return 0;
}

/* The kernel is short of memory for now, or of room to answer. For ever is too long. */
static int put_off(struct uring *self, int done)
{
    const weir_sys *sys = self->driver.sys;
    if (++self->put_off > PUT_OFF_MAX)
        return done;
    sys->poll(sys, NULL, 0, PAUSE_MS);
    return 0;
}

static int uring_wait(weir_driver *driver, uint64_t timeout_ns)
{
    struct uring *self = uring_of(driver);
    int error = weir_uring_move_here(self);
    if (error)
        return error;
    weir_uring_feed(self);
    fill_entries(self);
    int done = timeout_ns ? uring_sleep_for(self, timeout_ns) : driver_uring_look(self);
    unsigned n = uring_reap(self);
    weir_uring_told(self);
    if (weir_uring_is_broken(done))
        return done;
    if (!n && timeout_ns && (done == -EAGAIN || done == -EBUSY))
        return put_off(self, done);
    self->put_off = timeout_ns ? 0 : self->put_off;
    return 0;
}

/* The kernel has to know of everything that could raise it. What is there already raised it before
 * the last wait, maybe. */
static int uring_lend(weir_driver *driver)
{
    struct uring *self = uring_of(driver);
    int error = weir_uring_move_here(self);
    if (!error)
        error = weir_uring_open_lent(self);
    if (error)
        return error;
    weir_uring_feed(self);
    fill_entries(self);
    driver_uring_look(self); /* when it fails, the next wait tells */
    if (io_uring_cq_ready(&self->ring) || holds_back(self))
        weir_interrupt_raise(self->told_fd);
    return self->lent_fd;
}

static void uring_cancel_all(struct uring *self)
{
    for (weir_io *io = self->flying.first; io; io = io->next) {
        if (io->cancelled || !ask_to_cancel(self, io))
            continue;
        io->cancelled = true;
        self->unasked -= io->release != NULL;
    }
}

static uint64_t now_ns(const struct uring *self)
{
    return self->driver.sys->now_ns(self->driver.sys);
}

static int wait_for_some(struct uring *self, bool again)
{
    uring_cancel_all(self);
    weir_uring_stop_all(self, again);
    int done = uring_sleep_for(self, URING_NS_PER_S);
    if (!uring_reap(self) && (done == -EAGAIN || done == -EBUSY))
        self->driver.sys->poll(self->driver.sys, NULL, 0, PAUSE_MS);
    return done;
}

/* The kernel must be done with every buffer before the ring goes. When it does not answer (a
 * sandbox that forbids the ring from now on, a read from a server that is gone), the blocks are
 * left to it: memory that is lost is better than a program that never ends, or a kernel that writes
 * into what has become something else. */
static void uring_wait_for_all(struct uring *self)
{
    uint64_t answered_ns = now_ns(self);
    unsigned idle_s = 0;
    int done = 0;
    while (weir_uring_flies(self) && idle_s < PATIENCE_S &&
           now_ns(self) - answered_ns < PATIENCE_S * URING_NS_PER_S) {
        size_t before = self->driver.outstanding;
        done = wait_for_some(self, done == -ETIME);
        idle_s += weir_uring_is_broken(done) ? REFUSED_S : done == -ETIME;
        if (self->driver.outstanding == before)
            continue;
        answered_ns = now_ns(self);
        idle_s = 0;
    }
}

static weir_io *first_poll(const struct uring *self)
{
    weir_io *io = self->flying.first;
    while (io && io->kind != WEIR_IO_POLL)
        io = io->next;
    return io;
}

/* Another thread's: the kernel does not answer this one. What names memory is left to it. */
static void leave_all(struct uring *self)
{
    uring_reap(self);
    for (weir_io *io; (io = first_poll(self));)
        uring_forget(self, io);
    weir_uring_call_all_off(self);
}

static void lose_reads(struct uring *self)
{
    for (weir_io *io; (io = self->flying.first);) {
        weir_io_list_remove(&self->flying, io);
        weir_io_lose(io);
    }
}

/* False: the kernel may still write to what it was given. */
static bool uring_end_all(struct uring *self)
{
    bool ours = weir_driver_is_ours(&self->driver);
    while (self->queued.first)
        uring_forget(self, self->queued.first);
    while (self->flying.first && !ours)
        uring_forget(self, self->flying.first);
    if (!ours || weir_uring_is_here(self)) {
        weir_uring_stop_all(self, false);
        uring_wait_for_all(self);
        return !weir_uring_flies(self);
    }
    bool flew = weir_uring_flies(self);
    leave_all(self);
    return !flew;
}

static void uring_fini(weir_driver *driver)
{
    struct uring *self = uring_of(driver);
    bool all = uring_end_all(self);
    lose_reads(self);
    driver->sys->ring_exit(driver->sys, &self->ring);
    weir_uring_unlend(self);
    if (all)
        weir_uring_release_blocks(self);
}

static void uring_release(weir_driver *driver)
{
    weir_release(uring_of(driver), sizeof(struct uring));
}

static void uring_look(weir_driver *driver)
{
    struct uring *self = uring_of(driver);
    if (weir_uring_is_here(self) && holds_back(self))
        driver_uring_look(self);
    uring_reap(self);
}

static const weir_driver_ops uring_ops = {
    .name = "uring",
    .overlaps = true,
    .submit = uring_submit,
    .cancel = uring_cancel,
    .wait = uring_wait,
    .lend = uring_lend,
    .fini = uring_fini,
    .release = uring_release,
    .start = weir_uring_start,
    .stop = weir_uring_stop,
    .look = uring_look,
};

weir_driver *weir_driver_uring(const weir_driver_config *config, struct weir_refusal *why)
{
    struct uring *self = weir_allocate(sizeof *self);
    if (!self) {
        *why = (struct weir_refusal){"allocate", -ENOMEM};
        return NULL;
    }
    *self = (struct uring){.lent_fd = -1, .told_fd = -1};
    weir_driver_begin(&self->driver, &uring_ops, config);
    *why = weir_uring_open(self);
    if (why->error) {
        weir_release(self, sizeof *self);
        return NULL;
    }
    return &self->driver;
}
#else
weir_driver *weir_driver_uring(const weir_driver_config *config, struct weir_refusal *why)
{
    (void)config;
    *why = (struct weir_refusal){"this build has no io_uring", 0};
    return NULL;
}
#endif
