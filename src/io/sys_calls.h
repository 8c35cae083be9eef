/* System calls by their numbers, where not every libc has a function: musl's for these is of 2024.
 */
#ifndef WEIR_IO_SYS_CALLS_H
#define WEIR_IO_SYS_CALLS_H

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#ifndef STATX_BASIC_STATS
#include <linux/stat.h>
#endif
#ifndef RWF_NOWAIT
#define RWF_NOWAIT 8
#endif

/* -1 is the place where the file stands, in both halves of it. */
static inline long call_preadv2_here(int fd, const struct iovec *parts, int n, int flags)
{
    return syscall(SYS_preadv2, fd, parts, n, -1L, -1L, flags);
}

static inline long call_pwritev2_here(int fd, const struct iovec *parts, int n, int flags)
{
    return syscall(SYS_pwritev2, fd, parts, n, -1L, -1L, flags);
}

static inline long call_statx(int fd, const char *path, int flags, unsigned mask, struct statx *out)
{
    return syscall(SYS_statx, fd, path, flags, mask, out);
}

#endif
