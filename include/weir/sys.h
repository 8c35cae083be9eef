/* weir/sys.h: every way out of the program. Nothing else in the library makes a system call, reads
 * a clock or draws a random number, so a test can count, fail, shorten or replay each of them. The
 * one exception is the descriptor that interrupts a wait: raising and clearing it must work from a
 * signal handler and from any thread, so only its making goes through here. */
#ifndef WEIR_SYS_H
#define WEIR_SYS_H

#include <sys/select.h> /* sigset_t */
#include <sys/stat.h>
#include <sys/types.h>

#include "weir/base.h"

WEIR_BEGIN_C

struct addrinfo;
struct epoll_event;
struct io_uring;
struct kevent;
struct msghdr;
struct pollfd;
struct sigaction;
struct sockaddr;

/* How a child begins. */
typedef struct weir_spawn_how {
    const char *file;                /* looked up in PATH */
    char *const *argv, *const *envp; /* envp NULL: the program's own */
    int fds[3];                      /* what it has as 0, 1 and 2; -1: what the program has there */
    const char *dir;                 /* where it runs; NULL: here */
} weir_spawn_how;

/* Each answers as the system call of its name, but a failure is a negative errno.
 * EINTR is passed on: callers retry, after looking whether they should stop.
 * A table of one's own begins with weir_sys_wrap(); `size` and `base` are set by it. */
struct weir_sys {
    uint32_t size;        /* of this struct, as the table's maker knew it */
    const weir_sys *base; /* where what the table does not know goes; NULL: the real one */

    int (*open)(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode);
    int (*close)(const weir_sys *sys, int fd);
    int64_t (*read)(const weir_sys *sys, int fd, void *out, size_t n);
    int64_t (*pread)(const weir_sys *sys, int fd, void *out, size_t n, uint64_t offset);
    int64_t (*write)(const weir_sys *sys, int fd, const void *bytes, size_t n);
    int (*fstat)(const weir_sys *sys, int fd, struct stat *out);
    int (*stat)(const weir_sys *sys, const char *path, struct stat *out);
    int64_t (*readlink)(const weir_sys *sys, const char *path, char *out, size_t n); /* no NUL */
    int (*sync)(const weir_sys *sys, int fd);
    int (*link)(const weir_sys *sys, int fd, int dir, const char *name); /* names O_TMPFILE */
    int (*rename)(const weir_sys *sys, int dir, const char *from, const char *to);
    int (*unlink)(const weir_sys *sys, int dir, const char *name);
    int (*chmod)(const weir_sys *sys, int fd, unsigned mode);
    int (*chown)(const weir_sys *sys, int fd, uid_t owner, gid_t group);
    int (*grow_pipe)(const weir_sys *sys, int fd, size_t bytes); /* a hint: refusal costs nothing */
    uint64_t (*now_ns)(const weir_sys *sys);                     /* monotonic */
    uint64_t (*random)(const weir_sys *sys);

    /* What never waits, whatever the descriptor's flags are. EAGAIN: nothing is there, or nothing
     * fits. EOPNOTSUPP, ENOSYS: the kernel cannot promise it for this descriptor. */
    int64_t (*read_now)(const weir_sys *sys, int fd, void *out, size_t n);
    int64_t (*write_now)(const weir_sys *sys, int fd, const void *bytes, size_t n);
    int64_t (*send)(const weir_sys *sys, int fd, const void *bytes, size_t n, int flags);
    int64_t (*pipe_room)(const weir_sys *sys, int fd); /* bytes that surely fit; 0: who knows */
    int (*terminal)(const weir_sys *sys, int fd);      /* 1: it is one */

    /* Waiting. */
    int (*poll)(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms);
    int (*eventfd)(const weir_sys *sys, int flags);
    int (*epoll_create)(const weir_sys *sys, int flags);
    int (*epoll_ctl)(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event);
    int (*epoll_pwait2)(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                        uint64_t timeout_ns);
    int (*epoll_wait)(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                      int timeout_ms);

    /* The ring; ENOSYS in a library that was built without liburing. */
    int (*ring_setup)(const weir_sys *sys, struct io_uring *ring, unsigned entries, unsigned flags);
    int (*ring_knows)(const weir_sys *sys, struct io_uring *ring, const int *operations, size_t n);
    int (*ring_submit)(const weir_sys *sys, struct io_uring *ring);
    int (*ring_look)(const weir_sys *sys, struct io_uring *ring); /* submits; takes what is there */
    int (*ring_wait)(const weir_sys *sys, struct io_uring *ring, uint64_t timeout_ns); /* submits */
    int (*ring_exit)(const weir_sys *sys, struct io_uring *ring);

    /* Signals of this thread. */
    int (*signal_mask)(const weir_sys *sys, int how, const sigset_t *set, sigset_t *old);
    int (*signals_pending)(const weir_sys *sys, sigset_t *set);
    int (*signal_take)(const weir_sys *sys, const sigset_t *set); /* one that is pending, if any */

    /* What a file is replaced with, and where it stands. */
    int64_t (*seek)(const weir_sys *sys, int fd, int64_t offset, int whence);
    int (*truncate)(const weir_sys *sys, int fd, uint64_t size);
    int (*mount_root)(const weir_sys *sys, int fd); /* 1: something is mounted right there */
    /* Names end with a NUL each. */
    int64_t (*attribute_names)(const weir_sys *sys, int fd, char *out, size_t n);
    int64_t (*attribute_get)(const weir_sys *sys, int fd, const char *name, void *out, size_t n);
    int (*attribute_set)(const weir_sys *sys, int fd, const char *name, const void *value,
                         size_t n);
    int (*attribute_remove)(const weir_sys *sys, int fd, const char *name);

    /* What the kernel moves by itself. offset UINT64_MAX: where the descriptor stands, and it moves
     * on. splice never waits for a pipe that is empty or full: EAGAIN. */
    int64_t (*copy_range)(const weir_sys *sys, int from, uint64_t offset, int to, size_t n);
    int64_t (*splice)(const weir_sys *sys, int from, uint64_t offset, int to, size_t n);
    int (*write_back)(const weir_sys *sys, int fd); /* a hint: begins to write to the disk */

    /* 1: a directory in which names may be made, but not changed or taken away (chattr +a). */
    int (*append_only)(const weir_sys *sys, int fd);

    /* Sockets. Nothing here waits, whatever the descriptor's flags are: EAGAIN, EINPROGRESS. */
    int (*socket)(const weir_sys *sys, int domain, int type, int protocol);
    int (*bind)(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n);
    int (*listen)(const weir_sys *sys, int fd, int backlog);
    int (*accept)(const weir_sys *sys, int fd, int flags);
    int (*connect)(const weir_sys *sys, int fd, const struct sockaddr *to, uint32_t n);
    int (*shutdown)(const weir_sys *sys, int fd, int how);
    int (*set_option)(const weir_sys *sys, int fd, int level, int name, const void *value,
                      uint32_t n);
    int (*get_option)(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n);
    int (*own_name)(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n);
    int (*peer_name)(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n);
    int64_t (*recv)(const weir_sys *sys, int fd, void *out, size_t n, int flags);
    int64_t (*recvmsg)(const weir_sys *sys, int fd, struct msghdr *message, int flags);
    int64_t (*sendmsg)(const weir_sys *sys, int fd, const struct msghdr *message, int flags);
    int64_t (*sendfile)(const weir_sys *sys, int to, int from, uint64_t offset, size_t n);
    int (*pipe)(const weir_sys *sys, int fds[2], int flags);
    int64_t (*readable_bytes)(const weir_sys *sys, int fd); /* FIONREAD */

    /* Names. It waits, so it is called in a thread of the blocking pool. As getaddrinfo. */
    int (*resolve)(const weir_sys *sys, const char *host, const char *port,
                   const struct addrinfo *hints, struct addrinfo **out);
    void (*resolve_free)(const weir_sys *sys, struct addrinfo *list);

    /* Directories, children, signals. */
    int64_t (*entries)(const weir_sys *sys, int fd, void *out, size_t n); /* getdents64 */
    int (*inotify_init)(const weir_sys *sys, int flags);
    int (*inotify_add)(const weir_sys *sys, int fd, const char *path, uint32_t mask);
    int (*inotify_remove)(const weir_sys *sys, int fd, int watch);
    int (*spawn)(const weir_sys *sys, const weir_spawn_how *how); /* its process */
    int (*pidfd_open)(const weir_sys *sys, int process);
    int (*pidfd_signal)(const weir_sys *sys, int pidfd, int signo);
    /* 1: it is over, *status is as wait()'s; 0: not yet. */
    int (*pidfd_status)(const weir_sys *sys, int pidfd, int *status);
    int (*signal_action)(const weir_sys *sys, int signo, const struct sigaction *action,
                         struct sigaction *old);

    /* Gives the kernel `memory` (page-aligned) for a ring of `entries` blocks to receive into. */
    int (*ring_blocks)(const weir_sys *sys, struct io_uring *ring, void *memory, unsigned entries,
                       unsigned group);
    /* What an operation of the ring came to; kind: IORING_OP_*. The library's own: result. */
    int64_t (*completed)(const weir_sys *sys, int kind, int fd, int64_t result);
    /* The kernel raises this eventfd when the ring has something to tell. */
    int (*ring_eventfd)(const weir_sys *sys, struct io_uring *ring, int fd);

    /* The wall clock, since 1970: for what is written down. Nothing is timed by it. */
    int64_t (*unix_ns)(const weir_sys *sys);

    /* fdatasync: the bytes of a file and how many they are, not its mode and times. */
    int (*sync_data)(const weir_sys *sys, int fd);

    /* Waiting on FreeBSD and macOS; ENOSYS elsewhere. As kevent(): how many events; each change
     * that was refused is one of them, while there is room. */
    int (*kqueue)(const weir_sys *sys); /* closed on exec */
    int (*kevent)(const weir_sys *sys, int queue, const struct kevent *changes, int changes_n,
                  struct kevent *events, int events_n, uint64_t timeout_ns);
};

/* The real one. */
WEIR_API extern const weir_sys weir_sys_posix;

/* Makes *out, of `size` bytes, a table that passes every call on to base (NULL: the real one),
 * which it is given as its first argument; what an older base does not know goes to the base of
 * that. Then put your own functions over some of them:
 *
 *     struct counting { weir_sys sys; unsigned opens; } counting = {0};
 *     weir_sys_wrap(&counting.sys, NULL);
 *     counting.sys.open = counting_open;
 *
 * A table must stay where it is as long as a runtime, or a chain that was polled on one, uses it.
 * Of what comes in later versions a program that was compiled before knows nothing, and needs to
 * know nothing: those calls go to the base.
 *
 * Example:
 *     weir_sys mine;
 *     weir_sys_fill(&mine, sizeof mine, NULL);
 *     weir_sys_wrap(&mine, NULL); // the same. Then put your own functions over some
 *     p(yes(mine.size == sizeof mine)); // -> yes
 *     p(yes(mine.now_ns(&mine))); // -> yes
 */
WEIR_API void weir_sys_fill(weir_sys *out, size_t size, const weir_sys *base WEIR_KEEPS);
static inline void weir_sys_wrap(weir_sys *out, const weir_sys *base)
{
    weir_sys_fill(out, sizeof *out, base);
}

WEIR_END_C

#endif
