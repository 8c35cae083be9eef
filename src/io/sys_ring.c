/* The ring's system calls, through liburing; where that is not there, each says so. */

#include "io/sys_ring.h"

#include <errno.h>

#include "core/poison.h"

#ifdef WEIR_HAVE_URING
#include <liburing.h>

#define SYS_RING_NS_PER_S 1000000000u

enum { OPERATIONS_MAX = 256 };  /* that a kernel may be asked about */
enum { ANSWERS_PER_ENTRY = 8 }; /* what a wait may bring at once before the kernel spills it */

static char rings_memory; /* which liburing maps past libc, where another thread's ring was */

int weir_ring_setup(const weir_sys *sys, struct io_uring *ring, unsigned entries, unsigned flags)
{
    (void)sys;
    struct io_uring_params params = {.flags = flags | IORING_SETUP_CQSIZE,
                                     .cq_entries = entries * ANSWERS_PER_ENTRY};
    int error = io_uring_queue_init_params(entries, ring, &params);
    WEIR_TAKEN_OVER(&rings_memory);
    return error;
}

int weir_ring_knows(const weir_sys *sys, struct io_uring *ring, const int *operations, size_t n)
{
    (void)sys;
    union {
        struct io_uring_probe probe;
        unsigned char
            room[sizeof(struct io_uring_probe) + OPERATIONS_MAX * sizeof(struct io_uring_probe_op)];
    } known = {.probe = {0}};
    int error = io_uring_register_probe(ring, &known.probe, OPERATIONS_MAX);
    int all = 1;
    for (size_t i = 0; !error && all && i < n; i++)
        all = io_uring_opcode_supported(&known.probe, operations[i]);
    return error < 0 ? error : all;
}

int weir_ring_submit(const weir_sys *sys, struct io_uring *ring)
{
    (void)sys;
    return io_uring_submit(ring);
}

int weir_ring_look(const weir_sys *sys, struct io_uring *ring)
{
    (void)sys;
    return io_uring_submit_and_get_events(ring);
}

int weir_ring_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    (void)sys;
    struct __kernel_timespec limit = {.tv_sec = (long long)(timeout_ns / SYS_RING_NS_PER_S),
                                      .tv_nsec = (long long)(timeout_ns % SYS_RING_NS_PER_S)};
    struct io_uring_cqe *cqe;
    return io_uring_submit_and_wait_timeout(ring, &cqe, 1, &limit, NULL);
}

int weir_ring_exit(const weir_sys *sys, struct io_uring *ring)
{
    (void)sys;
    WEIR_HANDED_ON(&rings_memory);
    io_uring_queue_exit(ring);
    return 0;
}

int weir_ring_blocks(const weir_sys *sys, struct io_uring *ring, void *memory, unsigned entries,
                     unsigned group)
{
    (void)sys;
    struct io_uring_buf_reg all = {
        .ring_addr = (uintptr_t)memory, .ring_entries = entries, .bgid = (unsigned short)group};
    return io_uring_register_buf_ring(ring, &all, 0);
}

int weir_ring_eventfd(const weir_sys *sys, struct io_uring *ring, int fd)
{
    (void)sys;
    return io_uring_register_eventfd(ring, fd);
}
#else
int weir_ring_setup(const weir_sys *sys, struct io_uring *ring, unsigned entries, unsigned flags)
{
    (void)sys, (void)ring, (void)entries, (void)flags;
    return -ENOSYS;
}

int weir_ring_knows(const weir_sys *sys, struct io_uring *ring, const int *operations, size_t n)
{
    (void)sys, (void)ring, (void)operations, (void)n;
    return -ENOSYS;
}

int weir_ring_submit(const weir_sys *sys, struct io_uring *ring)
{
    (void)sys, (void)ring;
    return -ENOSYS;
}

int weir_ring_look(const weir_sys *sys, struct io_uring *ring)
{
    return weir_ring_submit(sys, ring);
}

int weir_ring_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns)
{
    (void)timeout_ns;
    return weir_ring_submit(sys, ring);
}

int weir_ring_exit(const weir_sys *sys, struct io_uring *ring)
{
    return weir_ring_submit(sys, ring);
}

int weir_ring_blocks(const weir_sys *sys, struct io_uring *ring, void *memory, unsigned entries,
                     unsigned group)
{
    (void)memory, (void)entries, (void)group;
    return weir_ring_submit(sys, ring);
}

int weir_ring_eventfd(const weir_sys *sys, struct io_uring *ring, int fd)
{
    (void)fd;
    return weir_ring_submit(sys, ring);
}
#endif
