/* The real world: each function is the system call of its name. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "io/sys_kqueue.h"
#include "io/sys_linux.h"
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
    if (weir_linux_random(&drawn, sizeof drawn))
        return drawn;
    return posix_now_ns(sys) * 0x9e3779b97f4a7c15u; /* good enough for a hidden name */
}

static int64_t posix_send(const weir_sys *sys, int fd, const void *bytes, size_t n, int flags)
{
    (void)sys;
    return outcome(send(fd, bytes, n, flags));
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
    .link = weir_linux_link,
    .rename = posix_rename,
    .unlink = posix_unlink,
    .chmod = posix_chmod,
    .chown = posix_chown,
    .grow_pipe = weir_linux_grow_pipe,
    .now_ns = posix_now_ns,
    .random = posix_random,
    .read_now = weir_linux_read_now,
    .write_now = weir_linux_write_now,
    .send = posix_send,
    .pipe_room = weir_linux_pipe_room,
    .terminal = posix_terminal,
    .poll = posix_poll,
    .eventfd = weir_linux_eventfd,
    .epoll_create = weir_linux_epoll_create,
    .epoll_ctl = weir_linux_epoll_ctl,
    .epoll_pwait2 = weir_linux_epoll_pwait2,
    .epoll_wait = weir_linux_epoll_wait,
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
    .mount_root = weir_linux_mount_root,
    .attribute_names = weir_linux_attribute_names,
    .attribute_get = weir_linux_attribute_get,
    .attribute_set = weir_linux_attribute_set,
    .attribute_remove = weir_linux_attribute_remove,
    .copy_range = weir_linux_copy_range,
    .splice = weir_linux_splice,
    .write_back = weir_linux_write_back,
    .append_only = weir_linux_append_only,
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
    .sendfile = weir_linux_sendfile,
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
