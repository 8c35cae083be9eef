/* The real world: each function is the system call of its name. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#include "io/secret.h"
#include "io/sys_calls.h"
#include "io/sys_kqueue.h"
#include "io/sys_net.h"
#include "io/sys_outcome.h"
#include "io/sys_process.h"
#include "io/sys_ring.h"
#include "weir/error.h"

#define SYS_POSIX_NS_PER_S 1000000000u

static int posix_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    (void)sys;
    return (int)outcome(openat(dir, path, flags, mode));
}

static int posix_close_fd(const weir_sys *sys, int fd)
{
    (void)sys;
    return (int)outcome(close(fd));
}

static int64_t posix_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    return outcome(read(fd, out, n));
}

static int64_t posix_pread(const weir_sys *sys, int fd, void *out, size_t n, uint64_t offset)
{
    (void)sys;
    return outcome(pread(fd, out, n, (off_t)offset));
}

static int64_t posix_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    (void)sys;
    return outcome(write(fd, bytes, n));
}

static int posix_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    (void)sys;
    return (int)outcome(fstat(fd, out));
}

static int posix_stat(const weir_sys *sys, const char *path, struct stat *out)
{
    (void)sys;
    return (int)outcome(stat(path, out));
}

static int64_t posix_readlink(const weir_sys *sys, const char *path, char *out, size_t n)
{
    (void)sys;
    return outcome(readlink(path, out, n));
}

static int posix_sync(const weir_sys *sys, int fd)
{
    (void)sys;
    return (int)outcome(fsync(fd));
}

static int posix_sync_data(const weir_sys *sys, int fd)
{
    (void)sys;
    return (int)outcome(fdatasync(fd));
}

/* Through /proc, which needs no privilege; without /proc, kernels since 6.10 do it directly. */
static int posix_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    (void)sys;
    char path[32];
    weir_format(path, sizeof path, "/proc/self/fd/%d", fd);
    int result = (int)outcome(linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW));
    return result != -ENOENT ? result : (int)outcome(linkat(fd, "", dir, name, AT_EMPTY_PATH));
}

static int posix_rename(const weir_sys *sys, int dir, const char *from, const char *to)
{
    (void)sys;
    return (int)outcome(renameat(dir, from, dir, to));
}

static int posix_unlink(const weir_sys *sys, int dir, const char *name)
{
    (void)sys;
    return (int)outcome(unlinkat(dir, name, 0));
}

static int posix_chmod(const weir_sys *sys, int fd, unsigned mode)
{
    (void)sys;
    return (int)outcome(fchmod(fd, mode));
}

static int posix_grow_pipe(const weir_sys *sys, int fd, size_t bytes)
{
    (void)sys;
    int now = fcntl(fd, F_GETPIPE_SZ);
    return now >= (int)bytes ? now : (int)outcome(fcntl(fd, F_SETPIPE_SZ, (int)bytes));
}

static int posix_chown(const weir_sys *sys, int fd, uid_t owner, gid_t group)
{
    (void)sys;
    return (int)outcome(fchown(fd, owner, group));
}

static uint64_t posix_now_ns(const weir_sys *sys)
{
    (void)sys;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * SYS_POSIX_NS_PER_S + (uint64_t)now.tv_nsec;
}

static int64_t posix_unix_ns(const weir_sys *sys)
{
    (void)sys;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * SYS_POSIX_NS_PER_S + now.tv_nsec;
}

static uint64_t posix_random(const weir_sys *sys)
{
    uint64_t drawn;
    if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) == (ssize_t)sizeof drawn)
        return drawn;
    return posix_now_ns(sys) * 0x9e3779b97f4a7c15u; /* good enough for a hidden name */
}

bool weir_secret(void *out, size_t n)
{
    ssize_t got;
    do
        got = getrandom(out, n, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)n;
}

static int64_t posix_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    struct iovec part = {.iov_base = out, .iov_len = n};
    return outcome(call_preadv2_here(fd, &part, 1, RWF_NOWAIT));
}

static int64_t posix_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    (void)sys;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = n};
    return outcome(call_pwritev2_here(fd, &part, 1, RWF_NOWAIT));
}

static int64_t posix_send(const weir_sys *sys, int fd, const void *bytes, size_t n, int flags)
{
    (void)sys;
    return outcome(send(fd, bytes, n, flags));
}

/* Each of a pipe's pages may hold a single byte, so only of an empty one it is known. */
static int64_t posix_pipe_room(const weir_sys *sys, int fd)
{
    (void)sys;
    int held;
    int64_t error = outcome(ioctl(fd, FIONREAD, &held));
    if (error || held)
        return error;
    return outcome(fcntl(fd, F_GETPIPE_SZ));
}

static int posix_terminal(const weir_sys *sys, int fd)
{
    (void)sys;
    return isatty(fd);
}

static int posix_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    (void)sys;
    return (int)outcome(poll(fds, n, timeout_ms));
}

static int posix_eventfd(const weir_sys *sys, int flags)
{
    (void)sys;
    return (int)outcome(eventfd(0, flags));
}

static int posix_epoll_create(const weir_sys *sys, int flags)
{
    (void)sys;
    return (int)outcome(epoll_create1(flags));
}

static int posix_epoll_ctl(const weir_sys *sys, int epoll, int op, int fd,
                           struct epoll_event *event)
{
    (void)sys;
    return (int)outcome(epoll_ctl(epoll, op, fd, event));
}

static int posix_epoll_pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                              uint64_t timeout_ns)
{
    (void)sys;
    /* By its number: musl has no function of this name. The kernel's time has 64 bits everywhere.
     */
    int64_t limit[] = {(int64_t)(timeout_ns / SYS_POSIX_NS_PER_S),
                       (int64_t)(timeout_ns % SYS_POSIX_NS_PER_S)};
    return (int)outcome(syscall(SYS_epoll_pwait2, epoll, events, n, limit, NULL, (size_t)0));
}

static int posix_epoll_wait(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                            int timeout_ms)
{
    (void)sys;
    return (int)outcome(epoll_wait(epoll, events, n, timeout_ms));
}

static int posix_signal_mask(const weir_sys *sys, int how, const sigset_t *set, sigset_t *old)
{
    (void)sys;
    return -pthread_sigmask(how, set, old);
}

static int posix_signals_pending(const weir_sys *sys, sigset_t *set)
{
    (void)sys;
    return (int)outcome(sigpending(set));
}

static int posix_signal_take(const weir_sys *sys, const sigset_t *set)
{
    (void)sys;
    return (int)outcome(sigtimedwait(set, NULL, &(struct timespec){0, 0}));
}

static int64_t posix_seek(const weir_sys *sys, int fd, int64_t offset, int whence)
{
    (void)sys;
    return outcome(lseek(fd, offset, whence));
}

static int posix_truncate(const weir_sys *sys, int fd, uint64_t size)
{
    (void)sys;
    return (int)outcome(ftruncate(fd, (off_t)size));
}

static int posix_mount_root(const weir_sys *sys, int fd)
{
    (void)sys;
    struct statx about;
    int error = (int)outcome(call_statx(fd, "", AT_EMPTY_PATH, 0, &about));
    return error ? error : (about.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

static int posix_append_only(const weir_sys *sys, int fd)
{
    (void)sys;
    struct statx about;
    int error = (int)outcome(call_statx(fd, "", AT_EMPTY_PATH, 0, &about));
    return error ? error : (about.stx_attributes & STATX_ATTR_APPEND) != 0;
}

static int64_t posix_attribute_names(const weir_sys *sys, int fd, char *out, size_t n)
{
    (void)sys;
    return outcome(flistxattr(fd, out, n));
}

static int64_t posix_attribute_get(const weir_sys *sys, int fd, const char *name, void *out,
                                   size_t n)
{
    (void)sys;
    return outcome(fgetxattr(fd, name, out, n));
}

static int posix_attribute_set(const weir_sys *sys, int fd, const char *name, const void *value,
                               size_t n)
{
    (void)sys;
    return (int)outcome(fsetxattr(fd, name, value, n, 0));
}

static int posix_attribute_remove(const weir_sys *sys, int fd, const char *name)
{
    (void)sys;
    return (int)outcome(fremovexattr(fd, name));
}

static loff_t *at_or_here(loff_t *at, uint64_t offset)
{
    *at = (loff_t)offset;
    return offset == UINT64_MAX ? NULL : at;
}

static int64_t posix_copy_range(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys;
    loff_t at;
    return outcome(copy_file_range(from, at_or_here(&at, offset), to, NULL, n, 0));
}

static int64_t posix_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys;
    loff_t at;
    return outcome(splice(from, at_or_here(&at, offset), to, NULL, n, SPLICE_F_NONBLOCK));
}

static int64_t posix_sendfile(const weir_sys *sys, int to, int from, uint64_t offset, size_t n)
{
    (void)sys;
    loff_t at;
    return outcome(sendfile(to, from, at_or_here(&at, offset), n));
}

static int posix_pipe(const weir_sys *sys, int fds[2], int flags)
{
    (void)sys;
    return (int)outcome(pipe2(fds, flags));
}

static int64_t posix_readable_bytes(const weir_sys *sys, int fd)
{
    (void)sys;
    int n = 0;
    int64_t error = outcome(ioctl(fd, FIONREAD, &n));
    return error ? error : n;
}

static int64_t posix_completed(const weir_sys *sys, int kind, int fd, int64_t result)
{
    (void)sys, (void)kind, (void)fd;
    return result;
}

static int posix_write_back(const weir_sys *sys, int fd)
{
    (void)sys;
    return (int)outcome(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
}

const weir_sys weir_sys_posix = {
    .size = sizeof weir_sys_posix,
    .open = posix_open,
    .close = posix_close_fd, /* musl has a posix_close */
    .read = posix_read,
    .pread = posix_pread,
    .write = posix_write,
    .fstat = posix_fstat,
    .stat = posix_stat,
    .readlink = posix_readlink,
    .sync = posix_sync,
    .sync_data = posix_sync_data,
    .link = posix_link,
    .rename = posix_rename,
    .unlink = posix_unlink,
    .chmod = posix_chmod,
    .chown = posix_chown,
    .grow_pipe = posix_grow_pipe,
    .now_ns = posix_now_ns,
    .random = posix_random,
    .read_now = posix_read_now,
    .write_now = posix_write_now,
    .send = posix_send,
    .pipe_room = posix_pipe_room,
    .terminal = posix_terminal,
    .poll = posix_poll,
    .eventfd = posix_eventfd,
    .epoll_create = posix_epoll_create,
    .epoll_ctl = posix_epoll_ctl,
    .epoll_pwait2 = posix_epoll_pwait2,
    .epoll_wait = posix_epoll_wait,
    .ring_setup = weir_ring_setup,
    .ring_knows = weir_ring_knows,
    .ring_submit = weir_ring_submit,
    .ring_look = weir_ring_look,
    .ring_wait = weir_ring_wait,
    .ring_exit = weir_ring_exit,
    .signal_mask = posix_signal_mask,
    .signals_pending = posix_signals_pending,
    .signal_take = posix_signal_take,
    .seek = posix_seek,
    .truncate = posix_truncate,
    .mount_root = posix_mount_root,
    .attribute_names = posix_attribute_names,
    .attribute_get = posix_attribute_get,
    .attribute_set = posix_attribute_set,
    .attribute_remove = posix_attribute_remove,
    .copy_range = posix_copy_range,
    .splice = posix_splice,
    .write_back = posix_write_back,
    .append_only = posix_append_only,
    .socket = weir_net_socket,
    .bind = weir_net_bind,
    .listen = weir_net_listen,
    .accept = weir_net_accept,
    .connect = weir_net_connect,
    .shutdown = weir_net_shutdown,
    .set_option = weir_net_set_option,
    .get_option = weir_net_get_option,
    .own_name = weir_net_own_name,
    .peer_name = weir_net_peer_name,
    .recv = weir_net_recv,
    .recvmsg = weir_net_recvmsg,
    .sendmsg = weir_net_sendmsg,
    .sendfile = posix_sendfile,
    .pipe = posix_pipe,
    .readable_bytes = posix_readable_bytes,
    .resolve = weir_net_resolve,
    .resolve_free = weir_net_resolve_free,
    .entries = weir_process_entries,
    .inotify_init = weir_process_inotify_init,
    .inotify_add = weir_process_inotify_add,
    .inotify_remove = weir_process_inotify_remove,
    .spawn = weir_process_spawn,
    .pidfd_open = weir_process_pidfd_open,
    .pidfd_signal = weir_process_pidfd_signal,
    .pidfd_status = weir_process_pidfd_status,
    .signal_action = weir_process_signal_action,
    .ring_blocks = weir_ring_blocks,
    .completed = posix_completed,
    .ring_eventfd = weir_ring_eventfd,
    .unix_ns = posix_unix_ns,
    .kqueue = weir_kqueue_open,
    .kevent = weir_kqueue_ask,
};
