/* What waits for the outside. A driver is given operations (weir_io) and finishes them later;
 * the executor calls weir_driver_wait() when it has nothing better to do.
 *
 * An operation lives inside a heap block of its owner, beside the buffer it reads into. An owner
 * that goes away first gives the block up with weir_io_abandon(): it is released when the kernel
 * is done with it, never before. */
#ifndef WEIR_DRIVER_DRIVER_H
#define WEIR_DRIVER_DRIVER_H

#include <errno.h>

#include "core/timer.h"
#include "driver/op.h"
#include "weir/sim.h"
#include "weir/sys.h"
#include "weir/waker.h"

typedef struct weir_io weir_io;

typedef enum weir_io_kind {
    WEIR_IO_READ, /* result: bytes read, 0 at the end */
    WEIR_IO_POLL, /* result: POLLIN, POLLOUT ... as they were found */
    WEIR_IO_TIMER /* result: 0 */
} weir_io_kind;

typedef enum weir_io_state {
    WEIR_IO_IDLE,   /* the owner's */
    WEIR_IO_QUEUED, /* the driver's, not yet told to the kernel */
    WEIR_IO_FLYING, /* the kernel may write to `out` at any time */
    WEIR_IO_DONE    /* the owner's again; `result` holds */
} weir_io_state;

/* What every table has; cleaning up after the runtime is gone needs no more. */
#define WEIR_SYS_FIRST_BYTES (offsetof(weir_sys, random) + sizeof(void (*)(void)))

#define WEIR_IO_HERE UINT64_MAX /* offset: where the descriptor stands; for pipes and the like */
#define WEIR_FOREVER UINT64_MAX /* a timeout that never comes */

struct weir_io {
    weir_io_kind kind;
    weir_io_state state;
    int fd;
    unsigned events; /* POLL */
    void *out;       /* READ */
    size_t n;
    uint64_t offset;
    uint64_t deadline_ns;   /* TIMER */
    int64_t result;         /* a negative errno when it failed */
    weir_waker_slot waiter; /* woken when it is done */

    /* the driver's */
    weir_driver *driver;          /* NULL: nobody works on it */
    void (*release)(weir_io *io); /* set: the owner is gone */
    weir_io *next, *prev;
    weir_io *child; /* in a heap */
    uint64_t due_ns, order;
    bool cancelled;
};

struct weir_io_list {
    weir_io *first, *last;
};

typedef struct weir_driver_ops {
    const char *name;
    bool overlaps; /* a read that was submitted goes on while we compute */
    /* Takes a READ or POLL; may finish it at once. */
    void (*submit)(weir_driver *driver, weir_io *io);
    /* It shall finish soon: with -ECANCELED, or with what it had in hand. */
    void (*cancel)(weir_driver *driver, weir_io *io);
    /* Finishes what is ready, sleeping up to timeout_ns for something that is. 0, or a negative
     * errno when the driver itself is broken. */
    int (*wait)(weir_driver *driver, uint64_t timeout_ns);
    /* Gets ready for a wait that is somebody else's: a descriptor that is readable when `wait` has
     * something to do, timers apart. It stays the driver's. Negative: there is none. */
    int (*lend)(weir_driver *driver);
    /* Cancels and reaps all it holds. */
    void (*fini)(weir_driver *driver);
    /* Nobody points at it any more. */
    void (*release)(weir_driver *driver);
    /* Takes an operation on a socket, or has it end: as weir_op_start and weir_op_stop. */
    void (*start)(weir_driver *driver, weir_op *op);
    void (*stop)(weir_driver *driver, weir_op *op);
    /* Optional. A descriptor that operations were started on is about to be closed. */
    void (*forget)(weir_driver *driver, int fd);
    /* Optional. Finishes what is there already; no system call. */
    void (*look)(weir_driver *driver);
    /* Optional, sim: its worker is at work for so much longer; for how long it is. */
    void (*charge)(weir_driver *driver, uint64_t ns);
    uint64_t (*busy_ns)(const weir_driver *driver);
} weir_driver_ops;

/* Pipes between sockets: each may hold so much of the kernel's memory. */
enum {
    WEIR_PIPE_BYTES = 1 << 20,
    WEIR_PIPES_MAX = 64,    /* in use */
    WEIR_PIPES_FREE_MAX = 4 /* that are kept for the next ones */
};

/* Of buffers that the kernel still holds though nobody waits for them. */
enum { WEIR_ABANDONED_BYTES_MAX = 16 << 20 };

/* Who turns the tasks of a driver, for the others in a simulated world. */
struct weir_turner {
    bool (*is_busy)(void *arg);    /* it has something to do besides waiting */
    bool (*is_entered)(void *arg); /* it is being turned */
    void (*turn)(void *arg);       /* does it, without waiting */
    void *arg;
};

struct weir_driver {
    const weir_driver_ops *ops;
    const weir_sys *sys; /* has all entries */
    weir_sys whole;      /* completes a table that has not */
    unsigned forks;      /* of the process that made it */
    int interrupt_fd;    /* readable: somebody wants weir_driver_wait() to return */
    size_t outstanding;  /* operations that are not done */
    size_t abandoned;    /* of these, the ones nobody waits for */
    size_t abandoned_bytes;
    weir_io *timers;                /* heap by due_ns */
    weir_timers clock;              /* what the cx of its worker has */
    weir_timer *moments;            /* of stages: heap by due_ns */
    uint64_t orders;                /* equal deadlines fire in the order they were made */
    struct weir_block_pool *blocks; /* made when something is received first */
    uint32_t blocks_lent;           /* of these, to the kernel */
    weir_op_send *sends;            /* that were used before */
    uint32_t sends_n;
    int pipes[WEIR_PIPES_FREE_MAX][2]; /* empty ones */
    uint32_t pipes_n, pipes_used;
    uint32_t holders; /* the runtime, and objects with a descriptor to close; atomic */
    bool gone;        /* its runtime is: nothing is started, and can be waited for */
    struct weir_turner turner;
    /* For tests: what an operation came to passes through here. */
    int64_t (*overwrite)(void *arg, const weir_io *io, int64_t result);
    void *overwrite_arg;
};

typedef struct weir_driver_config {
    const weir_sys *sys; /* the real one; sim puts its own in front: see driver->sys */
    int interrupt_fd;
    uint64_t seed;
    uint32_t faults_per_million;
    struct weir_host *host; /* sim: the simulated host that it stands on; NULL: none */
    weir_driver *beside;    /* sim: whose world it is in; NULL: the host's, or one of its own */
} weir_driver_config;

/* Why there is no driver: what was tried, and what the kernel answered. */
struct weir_refusal {
    const char *call;
    int error; /* a negative errno; 0: `call` says it all */
};

/* What `wait` answers on another thread than before, while operations are under way: the kernel
 * gives the answers of a ring to one thread. A driver is dropped on the thread that it waited on,
 * too; elsewhere what is under way is called off, and blocks that it may still write to are lost.
 */
#define WEIR_DRIVER_ELSEWHERE (-EUSERS)

/* A call that a kernel does not have is ENOSYS; a sandbox says EPERM for what it does not know, and
 * some say EACCES. What has another way takes it. */
static inline bool weir_is_refused(int64_t error)
{
    return error == -ENOSYS || error == -EPERM || error == -EACCES;
}

/* NULL: *why says more. Only weir_driver_uring() may be missing on a machine; epoll is Linux's,
 * kqueue FreeBSD's and macOS's. Each has tried what it cannot do without. */
weir_driver *weir_driver_uring(const weir_driver_config *config, struct weir_refusal *why);
weir_driver *weir_driver_epoll(const weir_driver_config *config, struct weir_refusal *why);
weir_driver *weir_driver_kqueue(const weir_driver_config *config, struct weir_refusal *why);
weir_driver *weir_driver_sim(const weir_driver_config *config, struct weir_refusal *why);

/* The beginning of every driver. */
void weir_driver_begin(weir_driver *driver, const weir_driver_ops *ops,
                       const weir_driver_config *config);

/* False: the process was forked since; the kernel's side of it is the parent's. */
bool weir_driver_is_ours(const weir_driver *driver);

/* False: too many buffers are still the kernel's; a read has to wait until some came back. */
bool weir_driver_may_read(const weir_driver *driver);

/* Takes an operation that is IDLE or DONE. */
void weir_io_submit(weir_driver *driver, weir_io *io);
/* Every operation ends here. */
void weir_io_finish(weir_io *io, int64_t result);
/* The owner goes away: `release` is called now, or when the operation is done. Never, if it was
 * lost. */
void weir_io_abandon(weir_io *io, void (*release)(weir_io *io));

/* The kernel does not answer any more: its buffer is left to it. The operation is FLYING for ever,
 * on no driver. */
void weir_io_lose(weir_io *io);

static inline bool weir_io_busy(const weir_io *io)
{
    return io->state == WEIR_IO_QUEUED || io->state == WEIR_IO_FLYING;
}

int weir_driver_wait(weir_driver *driver, uint64_t timeout_ns);
/* Until the first timer; WEIR_FOREVER: there is none. */
uint64_t weir_driver_timeout_ns(const weir_driver *driver);
/* When the first timer is due. */
uint64_t weir_driver_due_ns(const weir_driver *driver);
/* The runtime goes. What is held stays where it is, so that its objects can still close. */
void weir_driver_drop(weir_driver *driver);

/* By an object that points at it; let go when its descriptor was closed. */
void weir_driver_hold(weir_driver *driver);
void weir_driver_let_go(weir_driver *driver);

/* Nothing more is sent to the peer; 0, or a negative errno. In the child of a fork, whose
 * connections are the parent's too: nothing, and a reset is a plain close. */
int weir_driver_shutdown(weir_driver *driver, int fd);
/* Closes a descriptor that operations were started on; none may be under way. */
void weir_driver_close(weir_driver *driver, int fd);
/* The same of a connection that nobody will serve: its peer sees a reset, and not an end. */
void weir_driver_reset(weir_driver *driver, int fd);
/* Its peer will see that when it is closed. */
void weir_driver_linger_not(const weir_driver *driver, int fd);
/* Finishes what has come already, without a system call. */
void weir_driver_look(weir_driver *driver);
/* A pipe of WEIR_PIPE_BYTES, 0; or a negative errno: go without. Given back it is used again, if it
 * is empty. */
int weir_driver_pipe_take(weir_driver *driver, int pipe[2]);
void weir_driver_pipe_give(weir_driver *driver, const int pipe[2], bool empty);
void weir_driver_pipes_drop(weir_driver *driver);

/* In a simulation: its worker works for so much longer, and has no turn meanwhile. Elsewhere work
 * takes the time that it takes: nothing. */
static inline void weir_driver_charge(weir_driver *driver, uint64_t ns)
{
    if (driver->ops->charge)
        driver->ops->charge(driver, ns);
}

/* Until its worker is free; 0: it is. */
static inline uint64_t weir_driver_busy_ns(const weir_driver *driver)
{
    return driver->ops->busy_ns ? driver->ops->busy_ns(driver) : 0;
}

/* A block to receive into, held once. NULL: no memory. */
weir_block *weir_driver_block(weir_driver *driver);
weir_block *weir_driver_large_block(weir_driver *driver, size_t bytes);
/* What stands in blocks that came of these two, and how many of them there are: received and not
 * consumed, or not sent. Those that the kernel has to receive into do not count. */
size_t weir_driver_held_bytes(const weir_driver *driver);
size_t weir_driver_held_blocks(const weir_driver *driver);

/* True when somebody waits for something that can still happen. */
static inline bool weir_driver_expects(const weir_driver *driver)
{
    return driver->outstanding > driver->abandoned;
}

/* A table with all entries: sys, or one over it that stands in *room. */
const weir_sys *weir_sys_whole(weir_sys *room, const weir_sys *sys);

/* Grows by one in the child of each fork. */
unsigned weir_forks(void);

/* Lists and heaps the drivers keep their operations in. */
void weir_io_list_add(struct weir_io_list *list, weir_io *io);
void weir_io_list_remove(struct weir_io_list *list, weir_io *io);
void weir_io_heap_add(weir_io **heap, weir_io *io);
void weir_io_heap_remove(weir_io **heap, weir_io *io);

/* The descriptor that interrupts a wait: from any thread, from a signal handler. forks: those of
 * the process that opened it (weir_forks()); not every system gives it to the child of a fork. */
int weir_interrupt_open(const weir_sys *sys);
void weir_interrupt_raise(int fd);
void weir_interrupt_clear(int fd);
void weir_interrupt_close(int fd, unsigned forks);

#endif
