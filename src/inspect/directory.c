/* A directory that is trusted: opened without following a link, and looked at by its descriptor. */

#include "inspect/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "core/stage.h"

enum { ENTRIES_BYTES = 4096, READS_MAX = 64 };

static int open_directory(const weir_sys *sys, const char *name)
{
    return sys->open(sys, AT_FDCWD, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC, 0);
}

/* ---- its name ---- */

static bool directory_put(char *out, size_t size, const char *before, const char *behind)
{
    return weir_format(out, size, "%s%s", before, behind) < size;
}

/* It is there, and this user's. */
static bool directory_is_own(const char *name)
{
    const weir_sys *sys = &weir_sys_posix;
    struct stat about;
    return !sys->stat(sys, name, &about) && S_ISDIR(about.st_mode) && about.st_uid == geteuid();
}

bool weir_directory_name(const char *directory, char *out, size_t size)
{
    const char *run_time = getenv("XDG_RUNTIME_DIR");
    if (directory)
        return directory_put(out, size, directory, "");
    if (run_time && run_time[0] == '/' && directory_is_own(run_time) &&
        directory_put(out, size, run_time, "/weir"))
        return true;
    return weir_format(out, size, "/tmp/weir-%u", (unsigned)geteuid()) < size;
}

/* ---- whose it is ---- */

static int directory_judge(const weir_sys *sys, int fd)
{
    struct stat about;
    int error = sys->fstat(sys, fd, &about);
    if (error)
        return error;
    return about.st_uid == geteuid() && !(about.st_mode & 077) ? 0 : -EPERM;
}

int weir_directory_make(const weir_sys *sys, const char *name)
{
    int made = mkdir(name, 0700) ? -errno : 0; /* its parent's rights say whether it may be */
    if (made && made != -EEXIST)
        return made;
    int fd = open_directory(sys, name);
    if (fd < 0)
        return fd == -ELOOP ? -ENOTDIR : fd;
    int error = directory_judge(sys, fd);
    sys->close(sys, fd);
    return error;
}

/* ---- what was left there ---- */

/* 4711.sock */
static bool is_socket_name(const char *name)
{
    size_t n = strspn(name, "0123456789");
    return n && !strcmp(name + n, ".sock");
}

static bool is_stale(const weir_sys *sys, const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    struct stat about;
    if (strlen(path) >= sizeof at.sun_path || sys->stat(sys, path, &about) ||
        !S_ISSOCK(about.st_mode))
        return false;
    memcpy(at.sun_path, path, strlen(path) + 1);
    int fd = sys->socket(sys, AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    int error = sys->connect(sys, fd, (const struct sockaddr *)&at, sizeof at);
    sys->close(sys, fd);
    return error == -ECONNREFUSED;
}

static void sweep_one(const weir_sys *sys, int fd, const char *directory, const char *name)
{
    char path[sizeof((struct sockaddr_un *)0)->sun_path];
    if (!is_socket_name(name))
        return;
    if (weir_format(path, sizeof path, "%s/%s", directory, name) < sizeof path &&
        is_stale(sys, path))
        sys->unlink(sys, fd, name);
}

void weir_directory_sweep(const weir_sys *sys, const char *name)
{
    _Alignas(struct dirent64) char block[ENTRIES_BYTES];
    int fd = open_directory(sys, name);
    if (fd < 0)
        return;
    for (int reads = 0; reads < READS_MAX; reads++) {
        int64_t n = sys->entries(sys, fd, block, sizeof block);
        if (n <= 0)
            break;
        for (int64_t at = 0; at < n;) {
            const struct dirent64 *entry = (const void *)(block + at);
            sweep_one(sys, fd, name, entry->d_name);
            at += entry->d_reclen;
        }
    }
    sys->close(sys, fd);
}
