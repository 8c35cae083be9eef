/* An inotify descriptor, and waiting for it. */

#include "io/notify.h"

#include <poll.h>
#include <sys/inotify.h>

enum { DRAIN_BYTES = 4096, DRAINS_MAX = 16 };

int weir_notify_open(struct weir_notify *self, const weir_cx *cx)
{
    const weir_sys *sys = weir_rt_sys(cx->rt);
    self->base_sys = weir_rt_base_sys(cx->rt);
    self->fd = sys->inotify_init(sys, IN_CLOEXEC | IN_NONBLOCK);
    return self->fd < 0 ? self->fd : 0;
}

int weir_notify_wait(struct weir_notify *self, weir_cx *cx)
{
    return weir_ready_wait(&self->more, cx, self->fd, POLLIN);
}

void weir_notify_drain(struct weir_notify *self, const weir_sys *sys)
{
    char told[DRAIN_BYTES];
    for (int i = 0; i < DRAINS_MAX; i++)
        if (sys->read(sys, self->fd, told, sizeof told) <= 0)
            return;
}

void weir_notify_fini(struct weir_notify *self)
{
    weir_ready_fini(&self->more);
    self->more.io = NULL;
    if (self->fd >= 0)
        self->base_sys->close(self->base_sys, self->fd);
    self->fd = -1;
}
