/* What Linux has besides POSIX; each function is the system call of its name. */

#include "io/sys_linux.h"

#include <errno.h>
#include <unistd.h>

#include "io/secret.h"
#include "io/sys_outcome.h"

#ifdef __linux__

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/sendfile.h>
#include <sys/xattr.h>

#include "io/sys_calls.h"
#include "weir/error.h"

#define LINUX_NS_PER_S 1000000000u

/* Through /proc, which needs no privilege; without /proc, kernels since 6.10 do it directly. */
int weir_linux_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    (void)sys;
    char path[32];
    weir_format(path, sizeof path, "/proc/self/fd/%d", fd);
    int result = (int)outcome(linkat(AT_FDCWD, path, dir, name, AT_SYMLINK_FOLLOW));
    return result != -ENOENT ? result : (int)outcome(linkat(fd, "", dir, name, AT_EMPTY_PATH));
}

int weir_linux_grow_pipe(const weir_sys *sys, int fd, size_t bytes)
{
    (void)sys;
    int now = fcntl(fd, F_GETPIPE_SZ);
    return now >= (int)bytes ? now : (int)outcome(fcntl(fd, F_SETPIPE_SZ, (int)bytes));
}

int64_t weir_linux_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    (void)sys;
    struct iovec part = {.iov_base = out, .iov_len = n};
    return outcome(call_preadv2_here(fd, &part, 1, RWF_NOWAIT));
}

int64_t weir_linux_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    (void)sys;
    struct iovec part = {.iov_base = (void *)bytes, .iov_len = n};
    return outcome(call_pwritev2_here(fd, &part, 1, RWF_NOWAIT));
}

/* Each of a pipe's pages may hold a single byte, so only of an empty one it is known. */
int64_t weir_linux_pipe_room(const weir_sys *sys, int fd)
{
    (void)sys;
    int held;
    int64_t error = outcome(ioctl(fd, FIONREAD, &held));
    if (error || held)
        return error;
    return outcome(fcntl(fd, F_GETPIPE_SZ));
}

int weir_linux_eventfd(const weir_sys *sys, int flags)
{
    (void)sys;
    return (int)outcome(eventfd(0, flags));
}

int weir_linux_epoll_create(const weir_sys *sys, int flags)
{
    (void)sys;
    return (int)outcome(epoll_create1(flags));
}

int weir_linux_epoll_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    (void)sys;
    return (int)outcome(epoll_ctl(epoll, op, fd, event));
}

int weir_linux_epoll_pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                            uint64_t timeout_ns)
{
    (void)sys;
    /* By its number: musl has no function of this name. The kernel's time has 64 bits everywhere.
     */
    int64_t limit[] = {(int64_t)(timeout_ns / LINUX_NS_PER_S),
                       (int64_t)(timeout_ns % LINUX_NS_PER_S)};
    return (int)outcome(syscall(SYS_epoll_pwait2, epoll, events, n, limit, NULL, (size_t)0));
}

int weir_linux_epoll_wait(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                          int timeout_ms)
{
    (void)sys;
    return (int)outcome(epoll_wait(epoll, events, n, timeout_ms));
}

int weir_linux_mount_root(const weir_sys *sys, int fd)
{
    (void)sys;
    struct statx about;
    int error = (int)outcome(call_statx(fd, "", AT_EMPTY_PATH, 0, &about));
    return error ? error : (about.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

int weir_linux_append_only(const weir_sys *sys, int fd)
{
    (void)sys;
    struct statx about;
    int error = (int)outcome(call_statx(fd, "", AT_EMPTY_PATH, 0, &about));
    return error ? error : (about.stx_attributes & STATX_ATTR_APPEND) != 0;
}

int64_t weir_linux_attribute_names(const weir_sys *sys, int fd, char *out, size_t n)
{
    (void)sys;
    return outcome(flistxattr(fd, out, n));
}

int64_t weir_linux_attribute_get(const weir_sys *sys, int fd, const char *name, void *out, size_t n)
{
    (void)sys;
    return outcome(fgetxattr(fd, name, out, n));
}

int weir_linux_attribute_set(const weir_sys *sys, int fd, const char *name, const void *value,
                             size_t n)
{
    (void)sys;
    return (int)outcome(fsetxattr(fd, name, value, n, 0));
}

int weir_linux_attribute_remove(const weir_sys *sys, int fd, const char *name)
{
    (void)sys;
    return (int)outcome(fremovexattr(fd, name));
}

static loff_t *at_or_here(loff_t *at, uint64_t offset)
{
    *at = (loff_t)offset;
    return offset == UINT64_MAX ? NULL : at;
}

int64_t weir_linux_copy_range(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys;
    loff_t at;
    return outcome(copy_file_range(from, at_or_here(&at, offset), to, NULL, n, 0));
}

int64_t weir_linux_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    (void)sys;
    loff_t at;
    return outcome(splice(from, at_or_here(&at, offset), to, NULL, n, SPLICE_F_NONBLOCK));
}

int64_t weir_linux_sendfile(const weir_sys *sys, int to, int from, uint64_t offset, size_t n)
{
    (void)sys;
    loff_t at;
    return outcome(sendfile(to, from, at_or_here(&at, offset), n));
}

int weir_linux_write_back(const weir_sys *sys, int fd)
{
    (void)sys;
    return (int)outcome(sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE));
}

bool weir_linux_random(void *out, size_t n)
{
    return getrandom(out, n, GRND_NONBLOCK) == (ssize_t)n;
}

bool weir_secret(void *out, size_t n)
{
    ssize_t got;
    do
        got = getrandom(out, n, 0);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)n;
}

#else

#include <sys/random.h>

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-parameter"

int weir_linux_link(const weir_sys *sys, int fd, int dir, const char *name)
{
    return -ENOSYS;
}

int weir_linux_grow_pipe(const weir_sys *sys, int fd, size_t bytes)
{
    return -ENOSYS;
}

int64_t weir_linux_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    return -ENOSYS;
}

int64_t weir_linux_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    return -ENOSYS;
}

int64_t weir_linux_pipe_room(const weir_sys *sys, int fd)
{
    return -ENOSYS;
}

int weir_linux_eventfd(const weir_sys *sys, int flags)
{
    return -ENOSYS;
}

int weir_linux_epoll_create(const weir_sys *sys, int flags)
{
    return -ENOSYS;
}

int weir_linux_epoll_ctl(const weir_sys *sys, int epoll, int op, int fd, struct epoll_event *event)
{
    return -ENOSYS;
}

int weir_linux_epoll_pwait2(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                            uint64_t timeout_ns)
{
    return -ENOSYS;
}

int weir_linux_epoll_wait(const weir_sys *sys, int epoll, struct epoll_event *events, int n,
                          int timeout_ms)
{
    return -ENOSYS;
}

int weir_linux_mount_root(const weir_sys *sys, int fd)
{
    return -ENOSYS;
}

int weir_linux_append_only(const weir_sys *sys, int fd)
{
    return -ENOSYS;
}

int64_t weir_linux_attribute_names(const weir_sys *sys, int fd, char *out, size_t n)
{
    return -EOPNOTSUPP;
}

int64_t weir_linux_attribute_get(const weir_sys *sys, int fd, const char *name, void *out, size_t n)
{
    return -EOPNOTSUPP;
}

int weir_linux_attribute_set(const weir_sys *sys, int fd, const char *name, const void *value,
                             size_t n)
{
    return -EOPNOTSUPP;
}

int weir_linux_attribute_remove(const weir_sys *sys, int fd, const char *name)
{
    return -EOPNOTSUPP;
}

int64_t weir_linux_copy_range(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    return -ENOSYS;
}

int64_t weir_linux_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    return -ENOSYS;
}

int64_t weir_linux_sendfile(const weir_sys *sys, int to, int from, uint64_t offset, size_t n)
{
    return -ENOSYS;
}

int weir_linux_write_back(const weir_sys *sys, int fd)
{
    return -ENOSYS;
}

#pragma GCC diagnostic pop

bool weir_linux_random(void *out, size_t n)
{
    return getentropy(out, n) == 0;
}

bool weir_secret(void *out, size_t n)
{
    return getentropy(out, n) == 0;
}

#endif
