/* dial: a connection to one numeric address, or to a path. */

#include "net/dial.h"

#include <errno.h>
#include <string.h>

#include "weir/alloc.h"
#include "weir/implement.h"

struct weir_dial {
    weir_op_connect connect;
    struct weir_socket *socket;
    weir_driver *driver;
    size_t size;
    int error;
    bool begun;
    bool nonsense; /* it is no address */
    int given;     /* a socket that needs no dialling; -1: none */
    char address[];
};

bool weir_dial_idle(const struct weir_dial *self)
{
    return !self->begun;
}

const char *weir_dial_address(const struct weir_dial *self)
{
    return self->address;
}

/* ---- one attempt ---- */

static void end(struct weir_dial *self, int fd)
{
    if (fd < 0 && self->connect.op.fd >= 0)
        weir_driver_close(self->driver, self->connect.op.fd);
    self->connect.op.fd = -1;
    self->error = fd < 0 ? fd : 0;
    weir_socket_connected(self->socket, fd);
}

static void connect_done(weir_op *op, weir_got got)
{
    weir_op_connect *connect = WEIR_CONTAINER(op, weir_op_connect, op);
    struct weir_dial *self = WEIR_CONTAINER(connect, struct weir_dial, connect);
    end(self, got.result ? got.result : op->fd);
}

static bool understand(struct weir_dial *self)
{
    struct weir_address at = {.n = 0};
    char host[WEIR_ADDRESS_BYTES];
    unsigned port;
    const char *path = weir_address_path(self->address);
    bool known = path ? weir_address_unix(&at, path)
                      : weir_address_split(self->address, host, &port) &&
                            weir_address_numeric(&at, host, port);
    self->connect.to = at.at;
    self->connect.n = at.n;
    return known;
}

void weir_dial_start(struct weir_dial *self, struct weir_socket *socket, weir_driver *driver)
{
    const weir_sys *sys = driver->sys;
    self->begun = true;
    self->socket = socket;
    self->driver = driver;
    if (self->given >= 0) {
        int fd = self->given;
        self->given = -1;
        end(self, fd);
        return;
    }
    self->nonsense = !understand(self);
    int fd = self->nonsense ? -EINVAL
                            : sys->socket(sys, self->connect.to.ss_family,
                                          SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        end(self, fd);
        return;
    }
    self->connect.op.fd = fd;
    weir_op_start(driver, &self->connect.op);
}

void weir_dial_stop(struct weir_dial *self)
{
    if (self->driver)
        weir_op_stop(self->driver, &self->connect.op);
}

weir_poll weir_dial_fail(const struct weir_dial *self, weir_cx *cx)
{
    if (!self->nonsense)
        return weir_fail_system(cx, self->error, "connect", self->address, WEIR_NOWHERE);
    weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is no address", self->address);
    cx->error.cure = "127.0.0.1:4711, [::1]:4711, or unix:/run/x.sock";
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- making ---- */

struct weir_dial *weir_dial_new(const char *address, const weir_dial_options *options)
{
    (void)options;
    size_t n = strlen(address) + 1, size = sizeof(struct weir_dial) + n;
    struct weir_dial *self = weir_allocate(size);
    if (!self)
        return NULL;
    *self =
        (struct weir_dial){.given = -1,
                           .connect.op = {.done = connect_done, .fd = -1, .kind = WEIR_OP_CONNECT},
                           .size = size};
    memcpy(self->address, address, n);
    return self;
}

struct weir_dial *weir_dial_given(int fd)
{
    struct weir_dial *self = weir_dial_new("a socket", NULL);
    if (self)
        self->given = fd;
    return self;
}

void weir_dial_drop(struct weir_dial *self)
{
    if (self->given >= 0) /* no runtime has ever seen it */
        weir_sys_posix.close(&weir_sys_posix, self->given);
    weir_release(self, self->size);
}
