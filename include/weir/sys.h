/* weir/sys.h: every way out of the program. Nothing else in the library makes a system call, reads
 * a clock or draws a random number, so a test can count, fail, shorten or replay each of them. */
#ifndef WEIR_SYS_H
#define WEIR_SYS_H

#include <sys/stat.h>
#include <sys/types.h>

#include "weir/base.h"

/* Each answers as the system call of its name, but a failure is a negative errno.
 * EINTR is passed on: callers retry, after looking whether they should stop. */
struct weir_sys {
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
};

/* The real one. */
WEIR_API extern const weir_sys weir_sys_posix;

#endif
