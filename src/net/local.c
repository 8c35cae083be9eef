/* Sockets that have a path. */

#include "net/local.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/un.h>

#include "driver/driver.h"

static const char *path_of(const struct weir_address *at)
{
    return ((const struct sockaddr_un *)&at->at)->sun_path;
}

/* Nobody has a path where nobody answers. */
static int remove_stale(const weir_sys *sys, const struct weir_address *at, int type)
{
    struct stat about;
    if (sys->stat(sys, path_of(at), &about) || !S_ISSOCK(about.st_mode))
        return -EADDRINUSE;
    int fd = sys->socket(sys, AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return fd;
    int error = sys->connect(sys, fd, (const struct sockaddr *)&at->at, at->n);
    sys->close(sys, fd);
    return error == -ECONNREFUSED ? sys->unlink(sys, AT_FDCWD, path_of(at)) : -EADDRINUSE;
}

int weir_local_bind(struct weir_local_path *self, const weir_sys *sys, int fd,
                    const struct weir_address *at, int type)
{
    const struct sockaddr *address = (const struct sockaddr *)&at->at;
    int error = sys->bind(sys, fd, address, at->n);
    if (error == -EADDRINUSE && !remove_stale(sys, at, type))
        error = sys->bind(sys, fd, address, at->n);
    if (!error)
        self->made = !sys->stat(sys, path_of(at), &self->about);
    self->forks = weir_forks();
    return error;
}

void weir_local_remove(const struct weir_local_path *self, const weir_sys *sys, const char *path)
{
    struct stat now;
    if (!self->made || self->forks != weir_forks() || sys->stat(sys, path, &now))
        return;
    if (now.st_ino == self->about.st_ino && now.st_dev == self->about.st_dev)
        sys->unlink(sys, AT_FDCWD, path);
}
