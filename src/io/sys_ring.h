/* The system calls of the ring, for the table of the real ones. */
#ifndef WEIR_IO_SYS_RING_H
#define WEIR_IO_SYS_RING_H

#include "weir/sys.h"

int weir_ring_setup(const weir_sys *sys, struct io_uring *ring, unsigned entries, unsigned flags);
int weir_ring_knows(const weir_sys *sys, struct io_uring *ring, const int *operations, size_t n);
int weir_ring_submit(const weir_sys *sys, struct io_uring *ring);
int weir_ring_look(const weir_sys *sys, struct io_uring *ring);
int weir_ring_wait(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns);
int weir_ring_exit(const weir_sys *sys, struct io_uring *ring);
int weir_ring_blocks(const weir_sys *sys, struct io_uring *ring, void *memory, unsigned entries,
                     unsigned group);
int weir_ring_eventfd(const weir_sys *sys, struct io_uring *ring, int fd);

#endif
