/* A table of system calls over the real one. */

#include "inspect/guard.h"

#include <errno.h>
#include <sys/socket.h>

#include "weir/implement.h"

static struct weir_guard *guard_of(const weir_sys *sys)
{
    return WEIR_CONTAINER((weir_sys *)(uintptr_t)sys, struct weir_guard, sys);
}

static void guard_replace(struct weir_guard *self, int old, int fd)
{
    for (size_t i = 0; i < WEIR_GUARD_FDS_MAX; i++)
        if (self->fds[i] == old) {
            self->fds[i] = fd;
            return;
        }
}

/* A socket has the mode that it had before it was bound, so there is no moment when it could be
 * opened by others. */
static int guarded_bind(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n)
{
    const weir_sys *base = sys->base;
    int error = guard_of(sys)->anybody ? 0 : base->chmod(base, fd, 0600);
    if (!error)
        error = base->bind(base, fd, at, n);
    if (!error)
        guard_replace(guard_of(sys), -1, fd);
    return error;
}

static bool is_welcome(const struct weir_guard *self, int fd)
{
    struct ucred peer;
    uint32_t n = sizeof peer;
    const weir_sys *base = self->sys.base;
    if (self->anybody)
        return true;
    if (base->get_option(base, fd, SOL_SOCKET, SO_PEERCRED, &peer, &n))
        return false;
    return peer.uid == self->user || peer.uid == 0;
}

static int guarded_accept(const weir_sys *sys, int fd, int flags)
{
    const weir_sys *base = sys->base;
    int near = base->accept(base, fd, flags);
    if (near < 0)
        return near;
    if (is_welcome(guard_of(sys), near)) {
        guard_replace(guard_of(sys), -1, near);
        return near;
    }
    base->close(base, near);
    return -ECONNABORTED;
}

static int guarded_close(const weir_sys *sys, int fd)
{
    guard_replace(guard_of(sys), fd, -1);
    return sys->base->close(sys->base, fd);
}

void weir_guard_init(struct weir_guard *self, uid_t user)
{
    weir_sys_wrap(&self->sys, NULL);
    self->sys.bind = guarded_bind;
    self->sys.accept = guarded_accept;
    self->sys.close = guarded_close;
    self->anybody = false;
    self->user = user;
    for (size_t i = 0; i < WEIR_GUARD_FDS_MAX; i++)
        self->fds[i] = -1;
}

void weir_guard_init_open(struct weir_guard *self)
{
    weir_guard_init(self, 0);
    self->anybody = true;
}

void weir_guard_close_all(struct weir_guard *self)
{
    const weir_sys *base = self->sys.base;
    for (size_t i = 0; i < WEIR_GUARD_FDS_MAX; i++) {
        if (self->fds[i] >= 0)
            base->close(base, self->fds[i]);
        self->fds[i] = -1;
    }
}
