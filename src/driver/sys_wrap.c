/* Tables of system calls over other tables: each entry passes on to the first base that knows it.
 * So a table that was compiled against an older header has all entries too. */

#include <string.h>

#include "core/stage.h"
#include "driver/driver.h"

/* The first table below that has the entry that ends there. */
static const weir_sys *sys_wrap_below(const weir_sys *sys, size_t end)
{
    const weir_sys *base = sys->base;
    while (base && base->size < end)
        base = base->base;
    return base ? base : &weir_sys_posix;
}

#define ENTRIES(X)                                                                                 \
    X(int, open, (sys_, dir, path, flags, mode), int dir, const char *path, int flags,             \
      unsigned mode)                                                                               \
    X(int, close, (sys_, fd), int fd)                                                              \
    X(int64_t, read, (sys_, fd, out, n), int fd, void *out, size_t n)                              \
    X(int64_t, pread, (sys_, fd, out, n, offset), int fd, void *out, size_t n, uint64_t offset)    \
    X(int64_t, write, (sys_, fd, bytes, n), int fd, const void *bytes, size_t n)                   \
    X(int, fstat, (sys_, fd, out), int fd, struct stat *out)                                       \
    X(int, stat, (sys_, path, out), const char *path, struct stat *out)                            \
    X(int64_t, readlink, (sys_, path, out, n), const char *path, char *out, size_t n)              \
    X(int, sync, (sys_, fd), int fd)                                                               \
    X(int, sync_data, (sys_, fd), int fd)                                                          \
    X(int, link, (sys_, fd, dir, name), int fd, int dir, const char *name)                         \
    X(int, rename, (sys_, dir, from, to), int dir, const char *from, const char *to)               \
    X(int, unlink, (sys_, dir, name), int dir, const char *name)                                   \
    X(int, chmod, (sys_, fd, mode), int fd, unsigned mode)                                         \
    X(int, chown, (sys_, fd, owner, group), int fd, uid_t owner, gid_t group)                      \
    X(int, grow_pipe, (sys_, fd, bytes), int fd, size_t bytes)                                     \
    X(int64_t, read_now, (sys_, fd, out, n), int fd, void *out, size_t n)                          \
    X(int64_t, write_now, (sys_, fd, bytes, n), int fd, const void *bytes, size_t n)               \
    X(int64_t, send, (sys_, fd, bytes, n, flags), int fd, const void *bytes, size_t n, int flags)  \
    X(int64_t, pipe_room, (sys_, fd), int fd)                                                      \
    X(int, terminal, (sys_, fd), int fd)                                                           \
    X(int, poll, (sys_, fds, n, timeout_ms), struct pollfd *fds, size_t n, int timeout_ms)         \
    X(int, eventfd, (sys_, flags), int flags)                                                      \
    X(int, epoll_create, (sys_, flags), int flags)                                                 \
    X(int, epoll_ctl, (sys_, epoll, op, fd, event), int epoll, int op, int fd,                     \
      struct epoll_event *event)                                                                   \
    X(int, epoll_pwait2, (sys_, epoll, events, n, timeout_ns), int epoll,                          \
      struct epoll_event *events, int n, uint64_t timeout_ns)                                      \
    X(int, epoll_wait, (sys_, epoll, events, n, timeout_ms), int epoll,                            \
      struct epoll_event *events, int n, int timeout_ms)                                           \
    X(int, ring_setup, (sys_, ring, entries, flags), struct io_uring *ring, unsigned entries,      \
      unsigned flags)                                                                              \
    X(int, ring_knows, (sys_, ring, operations, n), struct io_uring *ring, const int *operations,  \
      size_t n)                                                                                    \
    X(int, ring_submit, (sys_, ring), struct io_uring *ring)                                       \
    X(int, ring_look, (sys_, ring), struct io_uring *ring)                                         \
    X(int, ring_wait, (sys_, ring, timeout_ns), struct io_uring *ring, uint64_t timeout_ns)        \
    X(int, ring_exit, (sys_, ring), struct io_uring *ring)                                         \
    X(int, signal_mask, (sys_, how, set, old), int how, const sigset_t *set, sigset_t *old)        \
    X(int, signals_pending, (sys_, set), sigset_t *set)                                            \
    X(int, signal_take, (sys_, set), const sigset_t *set)                                          \
    X(int64_t, seek, (sys_, fd, offset, whence), int fd, int64_t offset, int whence)               \
    X(int, truncate, (sys_, fd, size), int fd, uint64_t size)                                      \
    X(int, mount_root, (sys_, fd), int fd)                                                         \
    X(int64_t, attribute_names, (sys_, fd, out, n), int fd, char *out, size_t n)                   \
    X(int64_t, attribute_get, (sys_, fd, name, out, n), int fd, const char *name, void *out,       \
      size_t n)                                                                                    \
    X(int, attribute_set, (sys_, fd, name, value, n), int fd, const char *name, const void *value, \
      size_t n)                                                                                    \
    X(int, attribute_remove, (sys_, fd, name), int fd, const char *name)                           \
    X(int64_t, copy_range, (sys_, from, offset, to, n), int from, uint64_t offset, int to,         \
      size_t n)                                                                                    \
    X(int64_t, splice, (sys_, from, offset, to, n), int from, uint64_t offset, int to, size_t n)   \
    X(int, write_back, (sys_, fd), int fd)                                                         \
    X(int, append_only, (sys_, fd), int fd)                                                        \
    X(int, socket, (sys_, domain, type, protocol), int domain, int type, int protocol)             \
    X(int, bind, (sys_, fd, at, n), int fd, const struct sockaddr *at, uint32_t n)                 \
    X(int, listen, (sys_, fd, backlog), int fd, int backlog)                                       \
    X(int, accept, (sys_, fd, flags), int fd, int flags)                                           \
    X(int, connect, (sys_, fd, to, n), int fd, const struct sockaddr *to, uint32_t n)              \
    X(int, shutdown, (sys_, fd, how), int fd, int how)                                             \
    X(int, set_option, (sys_, fd, level, name, value, n), int fd, int level, int name,             \
      const void *value, uint32_t n)                                                               \
    X(int, get_option, (sys_, fd, level, name, out, n), int fd, int level, int name, void *out,    \
      uint32_t *n)                                                                                 \
    X(int, own_name, (sys_, fd, out, n), int fd, struct sockaddr *out, uint32_t *n)                \
    X(int, peer_name, (sys_, fd, out, n), int fd, struct sockaddr *out, uint32_t *n)               \
    X(int64_t, recv, (sys_, fd, out, n, flags), int fd, void *out, size_t n, int flags)            \
    X(int64_t, recvmsg, (sys_, fd, message, flags), int fd, struct msghdr *message, int flags)     \
    X(int64_t, sendmsg, (sys_, fd, message, flags), int fd, const struct msghdr *message,          \
      int flags)                                                                                   \
    X(int64_t, sendfile, (sys_, to, from, offset, n), int to, int from, uint64_t offset, size_t n) \
    X(int, pipe, (sys_, fds, flags), int fds[2], int flags)                                        \
    X(int64_t, readable_bytes, (sys_, fd), int fd)                                                 \
    X(int, resolve, (sys_, host, port, hints, out), const char *host, const char *port,            \
      const struct addrinfo *hints, struct addrinfo **out)                                         \
    X(int64_t, entries, (sys_, fd, out, n), int fd, void *out, size_t n)                           \
    X(int, inotify_init, (sys_, flags), int flags)                                                 \
    X(int, inotify_add, (sys_, fd, path, mask), int fd, const char *path, uint32_t mask)           \
    X(int, inotify_remove, (sys_, fd, watch), int fd, int watch)                                   \
    X(int, spawn, (sys_, how), const weir_spawn_how *how)                                          \
    X(int, pidfd_open, (sys_, process), int process)                                               \
    X(int, pidfd_signal, (sys_, pidfd, signo), int pidfd, int signo)                               \
    X(int, pidfd_status, (sys_, pidfd, status), int pidfd, int *status)                            \
    X(int, signal_action, (sys_, signo, action, old), int signo, const struct sigaction *action,   \
      struct sigaction *old)                                                                       \
    X(int, ring_blocks, (sys_, ring, memory, entries, group), struct io_uring *ring, void *memory, \
      unsigned entries, unsigned group)                                                            \
    X(int64_t, completed, (sys_, kind, fd, result), int kind, int fd, int64_t result)              \
    X(int, ring_eventfd, (sys_, ring, fd), struct io_uring *ring, int fd)                          \
    X(int, kevent, (sys_, queue, changes, changes_n, events, events_n, timeout_ns), int queue,     \
      const struct kevent *changes, int changes_n, struct kevent *events, int events_n,            \
      uint64_t timeout_ns)

#define PASS(type, name, arguments, ...)                                                           \
    static type pass_##name(const weir_sys *sys, __VA_ARGS__)                                      \
    {                                                                                              \
        const weir_sys *sys_ = sys_wrap_below(sys, offsetof(weir_sys, name) + sizeof sys->name);   \
        return sys_->name arguments;                                                               \
    }
ENTRIES(PASS)

static uint64_t pass_now_ns(const weir_sys *sys)
{
    const weir_sys *base = sys_wrap_below(sys, offsetof(weir_sys, now_ns) + sizeof sys->now_ns);
    return base->now_ns(base);
}

static int64_t pass_unix_ns(const weir_sys *sys)
{
    const weir_sys *base = sys_wrap_below(sys, offsetof(weir_sys, unix_ns) + sizeof sys->unix_ns);
    return base->unix_ns(base);
}

static int pass_kqueue(const weir_sys *sys)
{
    const weir_sys *base = sys_wrap_below(sys, offsetof(weir_sys, kqueue) + sizeof sys->kqueue);
    return base->kqueue(base);
}

static uint64_t pass_random(const weir_sys *sys)
{
    const weir_sys *base = sys_wrap_below(sys, offsetof(weir_sys, random) + sizeof sys->random);
    return base->random(base);
}

static void pass_resolve_free(const weir_sys *sys, struct addrinfo *list)
{
    const weir_sys *base =
        sys_wrap_below(sys, offsetof(weir_sys, resolve_free) + sizeof sys->resolve_free);
    base->resolve_free(base, list);
}

#define SYS_WRAP_NAME(type, name, ...) .name = pass_##name,
static const weir_sys passing = {ENTRIES(SYS_WRAP_NAME).now_ns = pass_now_ns,
                                 .random = pass_random,
                                 .resolve_free = pass_resolve_free,
                                 .unix_ns = pass_unix_ns,
                                 .kqueue = pass_kqueue,
                                 .size = sizeof passing};

void weir_sys_fill(weir_sys *out, size_t size, const weir_sys *base)
{
    size_t known = size < sizeof passing ? size : sizeof passing;
    memset(out, 0, size);
    memcpy(out, &passing, known);
    out->size = (uint32_t)known;
    out->base = base ? base : &weir_sys_posix;
}

const weir_sys *weir_sys_whole(weir_sys *room, const weir_sys *sys)
{
    if (!sys)
        return &weir_sys_posix;
    if (sys->size < WEIR_SYS_FIRST_BYTES)
        weir_misuse("weir_sys", "has no size: begin it with weir_sys_wrap()");
    if (sys->size >= sizeof *sys)
        return sys;
    weir_sys_fill(room, sizeof *room, sys);
    return room;
}
