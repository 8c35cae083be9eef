/* The real world: each function is the system call of its name. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "weir/error.h"
#include "weir/sys.h"

static int64_t outcome(int64_t result)
{
    return result < 0 ? -errno : result;
}

static int posix_open(const weir_sys *sys, int dir, const char *path, int flags, unsigned mode)
{
    (void)sys;
    return (int)outcome(openat(dir, path, flags, mode));
}

static int posix_close(const weir_sys *sys, int fd)
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
    return (int)outcome(fcntl(fd, F_SETPIPE_SZ, (int)bytes));
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
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static uint64_t posix_random(const weir_sys *sys)
{
    uint64_t drawn;
    if (getrandom(&drawn, sizeof drawn, GRND_NONBLOCK) == (ssize_t)sizeof drawn)
        return drawn;
    return posix_now_ns(sys) * 0x9e3779b97f4a7c15u; /* good enough for a hidden name */
}

const weir_sys weir_sys_posix = {
    .open = posix_open,
    .close = posix_close,
    .read = posix_read,
    .pread = posix_pread,
    .write = posix_write,
    .fstat = posix_fstat,
    .stat = posix_stat,
    .readlink = posix_readlink,
    .sync = posix_sync,
    .link = posix_link,
    .rename = posix_rename,
    .unlink = posix_unlink,
    .chmod = posix_chmod,
    .chown = posix_chown,
    .grow_pipe = posix_grow_pipe,
    .now_ns = posix_now_ns,
    .random = posix_random,
};
