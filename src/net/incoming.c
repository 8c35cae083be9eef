/* incoming: the connections of a listener. What it accepts is the listener's, which outlives the
 * chain while the kernel works for it. It never ends because of one connection, nor because there
 * are too many. */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/eventfd.h>

#include "core/stage.h"
#include "net/local.h"
#include "net/socket.h"
#include "weir/alloc.h"

enum { FIRST_OPTIONS_BYTES = offsetof(weir_listen_options, arg) + sizeof(void *) };
enum { BACKLOG = 4096, MS = 1000000 };
/* An address that is still in use by one who was killed is free within milliseconds. */
enum { BINDS_MAX = 100, BIND_PAUSE_NS = 10 * MS };
/* So many connections in a row that failed by themselves: it may be us. */
enum { FORGOTTEN_ROW_MAX = 64 };
/* No descriptors: so long until it tries again. */
enum { PAUSE_FIRST_NS = 10 * MS, PAUSE_MAX_NS = 1000 * MS };
/* Too much stands in blocks: so long until it looks again, where nobody asks. */
enum { FULL_PAUSE_NS = 10 * MS, BLOCKS_BYTES_MAX = 256 << 20 };

struct listener {
    weir_op accept;
    weir_waker_slot waiter;
    weir_driver *driver;
    uint32_t holders;
    int spare;          /* a descriptor that is given up where there are no others; -1: none */
    int error;          /* that was not told yet */
    uint64_t forgotten; /* connections that failed by themselves */
    unsigned row;       /* of these, since one was accepted */
    int *ready;         /* accepted, not asked for: a ring */
    uint32_t first, n, room;
};

struct incoming {
    weir_stream stream;
    struct listener *listener; /* NULL: not opened yet */
    const char *address;
    weir_listen_options options;
    weir_timer pause;
    uint64_t pause_ns; /* 0: all is well; else how long the last one was */
    unsigned binds;
    bool full;                   /* too much stands in blocks, which was told */
    struct weir_local_path path; /* to be removed at the end */
};

static struct incoming *incoming_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct incoming, stream);
}

/* ---- the listener ---- */

static int take_ready(struct listener *self)
{
    int fd = self->ready[self->first];
    self->first = (self->first + 1) % self->room;
    self->n--;
    return fd;
}

/* It is stopped at WEIR_ACCEPT_AHEAD; what one wait brings besides is kept too, since the kernel
 * has told those peers that they are connected. False: no memory. */
static bool has_room(struct listener *self)
{
    if (self->n < self->room)
        return true;
    uint32_t room = self->room ? self->room * 2 : WEIR_ACCEPT_AHEAD;
    int *ready = weir_allocate(room * sizeof *ready);
    if (!ready)
        return false;
    uint32_t n = self->n, old = self->room;
    for (uint32_t i = 0; i < n; i++)
        ready[i] = self->ready[(self->first + i) % old];
    weir_release(self->ready, old * sizeof *ready);
    self->ready = ready;
    self->first = 0;
    self->room = room;
    return true;
}

static void close_ready(struct listener *self)
{
    while (self->n)
        weir_driver_reset(self->driver, take_ready(self));
    weir_release(self->ready, self->room * sizeof *self->ready);
    self->ready = NULL;
    self->room = 0;
}

static void let_go(struct listener *self)
{
    if (--self->holders)
        return;
    weir_driver *driver = self->driver;
    if (self->accept.fd >= 0)
        weir_driver_close(driver, self->accept.fd);
    if (self->spare >= 0)
        driver->sys->close(driver->sys, self->spare);
    weir_release(self, sizeof *self);
    weir_driver_let_go(driver);
}

/* Of that one connection, or of the network on its way: the next one may be well. */
static bool is_forgotten(int error)
{
    switch (-error) {
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

static bool is_nothing(int error)
{
    return error == -ECANCELED || error == -EAGAIN || error == -EINTR;
}

/* Where none ever comes through (a filter that refuses accept), asking on and on would be all that
 * is done: it is told, as a lack of descriptors is. */
static void forget(struct listener *self, int error)
{
    self->forgotten++;
    self->row += self->row < FORGOTTEN_ROW_MAX;
    if (self->row == FORGOTTEN_ROW_MAX)
        self->error = error;
}

static void accept_done(weir_op *op, weir_got got)
{
    struct listener *self = WEIR_CONTAINER(op, struct listener, accept);
    bool wanted = self->holders > 1;
    self->row = got.result >= 0 ? 0 : self->row;
    if (got.result >= 0 && wanted && has_room(self))
        self->ready[(self->first + self->n++) % self->room] = got.result;
    else if (got.result >= 0)
        weir_driver_reset(self->driver, got.result);
    else if (is_forgotten(got.result))
        forget(self, got.result);
    else if (!is_nothing(got.result))
        self->error = got.result;
    weir_waker_slot_wake(&self->waiter);
    if (got.more && self->n >= WEIR_ACCEPT_AHEAD)
        weir_op_stop(self->driver, op);
    if (!got.more)
        let_go(self);
}

static int spare_of(const weir_sys *sys)
{
    return sys->eventfd(sys, EFD_CLOEXEC);
}

static void start(struct listener *self)
{
    const weir_sys *sys = self->driver->sys;
    self->spare = self->spare >= 0 ? self->spare : spare_of(sys); /* there was none left */
    self->holders++;
    weir_op_start(self->driver, &self->accept); /* may be done before it returns */
}

/* ---- opening ---- */

static int set(const weir_sys *sys, int fd, int level, int name, int value)
{
    return sys->set_option(sys, fd, level, name, &value, sizeof value);
}

static int bind_socket(struct incoming *self, const weir_sys *sys, int fd,
                       const struct weir_address *at)
{
    const struct sockaddr *address = (const struct sockaddr *)&at->at;
    bool local = at->at.ss_family == AF_UNIX;
    if (!local)
        set(sys, fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (at->at.ss_family == AF_INET6)
        set(sys, fd, IPPROTO_IPV6, IPV6_V6ONLY, self->options.v6only);
    int error = self->options.reuseport ? set(sys, fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0;
    if (error)
        return error;
    return local ? weir_local_bind(&self->path, sys, fd, at, SOCK_STREAM)
                 : sys->bind(sys, fd, address, at->n);
}

static int make_socket(const weir_sys *sys, int family)
{
    return sys->socket(sys, family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Any address, on a machine without IPv6. */
static int any_of_v4(struct weir_address *at)
{
    unsigned port = ntohs(((const struct sockaddr_in6 *)&at->at)->sin6_port);
    weir_address_numeric(at, "0.0.0.0", port);
    return AF_INET;
}

static int open_socket(struct incoming *self, weir_driver *driver)
{
    const weir_sys *sys = driver->sys;
    struct weir_address at;
    if (!weir_address_parse(&at, self->address))
        return -EDESTADDRREQ;
    int fd = make_socket(sys, at.at.ss_family);
    if (fd == -EAFNOSUPPORT && self->address[0] == ':')
        fd = make_socket(sys, any_of_v4(&at));
    if (fd < 0)
        return fd;
    int error = bind_socket(self, sys, fd, &at);
    if (!error)
        error = sys->listen(sys, fd, self->options.backlog ? (int)self->options.backlog : BACKLOG);
    if (error)
        sys->close(sys, fd);
    return error ? error : fd;
}

static void tell(const struct incoming *self, const weir_sys *sys, int fd)
{
    char text[WEIR_ADDRESS_BYTES];
    struct sockaddr_storage at;
    uint32_t n = sizeof at;
    if (!self->options.on_listening)
        return;
    if (sys->own_name(sys, fd, (struct sockaddr *)&at, &n))
        return;
    weir_address_text((const struct sockaddr *)&at, n, text);
    self->options.on_listening(text, self->options.arg);
}

/* 0, or a negative errno. */
static int open_listener(struct incoming *self, weir_cx *cx)
{
    weir_driver *driver = weir_cx_driver(cx);
    struct listener *listener = weir_allocate(sizeof *listener);
    if (!listener)
        return -ENOMEM;
    int fd = open_socket(self, driver);
    if (fd < 0) {
        weir_release(listener, sizeof *listener);
        return fd;
    }
    weir_driver_hold(driver);
    *listener = (struct listener){.accept = {.done = accept_done, .fd = fd, .kind = WEIR_OP_ACCEPT},
                                  .driver = driver,
                                  .spare = spare_of(driver->sys),
                                  .holders = 1};
    self->listener = listener;
    tell(self, driver->sys, fd);
    return 0;
}

/* ---- errors ---- */

static weir_poll fail_address(const struct incoming *self, weir_cx *cx)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is no address to listen on", self->address);
    cx->error.cure = "127.0.0.1:4711, [::1]:4711, :4711 (any), or unix:/run/x.sock";
    return (weir_poll){0, WEIR_ERROR};
}

/* The turn may have lasted longer than the pause: then it is over at once, and still nothing is
 * open. */
static weir_poll wait_for(struct incoming *self, weir_cx *cx, uint64_t pause_ns)
{
    weir_timer_set(&self->pause, weir_after_ns(cx->now_ns, pause_ns));
    weir_poll got = weir_timer_poll(cx, &self->pause);
    return got.state == WEIR_READY ? weir_wait_turn(cx) : got;
}

/* One that was killed keeps its port for some milliseconds. */
static weir_poll try_open(struct incoming *self, weir_cx *cx)
{
    int error = open_listener(self, cx);
    if (!error)
        return (weir_poll){0, WEIR_READY};
    if (error == -EDESTADDRREQ)
        return fail_address(self, cx);
    bool again = error == -EADDRINUSE && self->binds++ < BINDS_MAX && cx->timers;
    if (again)
        return wait_for(self, cx, BIND_PAUSE_NS);
    return weir_fail_system(cx, error, "listen", self->address, WEIR_NOWHERE);
}

static bool is_lack(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM;
}

/* Who waits in the backlog would wait for ever: one is taken with the spare descriptor, and closed,
 * so that it knows. */
static void turn_one_away(struct listener *listener)
{
    const weir_sys *sys = listener->driver->sys;
    if (listener->spare < 0)
        return;
    sys->close(sys, listener->spare);
    int fd = sys->accept(sys, listener->accept.fd, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd >= 0)
        weir_driver_reset(listener->driver, fd);
    listener->spare = spare_of(sys);
}

/* Told once, until a connection was accepted again. */
static weir_poll told(struct incoming *self, weir_cx *cx)
{
    struct listener *listener = self->listener;
    int error = listener->error;
    bool first = !self->pause_ns;
    listener->error = 0;
    if (!is_lack(error) && !is_forgotten(error))
        return weir_fail_system(cx, error, "accept a connection", self->address, WEIR_NOWHERE);
    if (is_lack(error))
        turn_one_away(listener);
    self->pause_ns = first ? PAUSE_FIRST_NS : self->pause_ns * 2;
    self->pause_ns = self->pause_ns < PAUSE_MAX_NS ? self->pause_ns : PAUSE_MAX_NS;
    weir_timer_set(&self->pause, weir_after_ns(cx->now_ns, self->pause_ns));
    if (!first)
        return (weir_poll){0, WEIR_READY};
    weir_fail_system(cx, error, "accept a connection", self->address, WEIR_NOWHERE);
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* It has to be clearly better before it may be told again. */
static bool is_full(struct incoming *self, const weir_driver *driver)
{
    uint64_t most = self->options.blocks_bytes_max;
    bool full = weir_driver_held_bytes(driver) > (self->full ? most - most / 4 : most);
    self->full &= full;
    return full;
}

/* Connections that do not read are what it stands in: more of them would hold more. Those who come
 * wait in the backlog. */
static weir_poll hold_back(struct incoming *self, weir_cx *cx)
{
    weir_driver *driver = self->listener->driver;
    weir_op_stop(driver, &self->listener->accept);
    if (self->full)
        return wait_for(self, cx, FULL_PAUSE_NS);
    self->full = true;
    weir_fail(cx, WEIR_E_LIMIT, "%zu KiB stand in %zu blocks that are not consumed or sent",
              weir_driver_held_bytes(driver) >> 10, weir_driver_held_blocks(driver));
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->address);
    cx->error.cure = "fewer connections at once, or a time limit for those that do not read";
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- the end ---- */

static void stop_listening(struct incoming *self)
{
    struct listener *listener = self->listener;
    if (!listener)
        return;
    if (!self->options.keep_path)
        weir_local_remove(&self->path, listener->driver->sys, weir_address_path(self->address));
    weir_waker_slot_clear(&listener->waiter);
    close_ready(listener);
    weir_op_stop(listener->driver, &listener->accept);
    let_go(listener);
    self->listener = NULL;
}

/* ---- polling ---- */

static weir_poll give(struct incoming *self, weir_duplex *out)
{
    struct listener *listener = self->listener;
    self->pause_ns = 0;
    *out = weir_socket_open(listener->driver, take_ready(listener));
    return (weir_poll){1, WEIR_READY};
}

/* READY: nothing stands in the way. */
static weir_poll paused(struct incoming *self, weir_cx *cx)
{
    return self->pause_ns ? weir_timer_poll(cx, &self->pause) : (weir_poll){0, WEIR_READY};
}

/* Another runtime goes on with it, where the one before is gone. */
static void rebind(struct incoming *self, weir_driver *driver)
{
    struct listener *listener = self->listener;
    weir_driver *before = listener->driver;
    if (listener->accept.busy) { /* the kernel never gave it back */
        stop_listening(self);
        return;
    }
    weir_driver_hold(driver);
    listener->driver = driver;
    weir_driver_let_go(before);
}

static weir_poll listen_on(struct incoming *self, weir_cx *cx)
{
    if (self->listener && self->listener->driver->gone)
        rebind(self, weir_cx_driver(cx));
    if (self->listener)
        return (weir_poll){0, WEIR_READY};
    if (self->binds) {
        weir_poll got = weir_timer_poll(cx, &self->pause);
        if (got.state != WEIR_READY)
            return got;
    }
    return try_open(self, cx);
}

static weir_poll incoming_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct incoming *self = incoming_of(stream);
    (void)demand;
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "incoming");
    if (weir_io_stopping(cx)) {
        stop_listening(self); /* while others drain: who comes now finds another server, or none */
        return (weir_poll){0, WEIR_END};
    }
    weir_poll got = listen_on(self, cx);
    if (got.state != WEIR_READY)
        return got;
    struct listener *listener = self->listener;
    if (is_full(self, listener->driver))
        return hold_back(self, cx);
    if (!listener->n && listener->error) {
        got = told(self, cx);
        if (got.state != WEIR_READY)
            return got;
    }
    if (!listener->n) {
        got = paused(self, cx);
        if (got.state != WEIR_READY)
            return got;
        if (!listener->accept.busy)
            start(listener);
    }
    if (listener->n)
        return give(self, out);
    if (listener->error)
        return (weir_poll){0, WEIR_READY};
    return listener->accept.busy ? weir_wait(cx, &listener->waiter, WEIR_WAIT_IO)
                                 : weir_wait_turn(cx); /* it failed while it was begun */
}

/* ---- making and dropping ---- */

static void incoming_fini(weir_stream *stream)
{
    weir_timer_stop(&incoming_of(stream)->pause);
    stop_listening(incoming_of(stream));
}

static const weir_stream_ops incoming_ops = {.size = sizeof incoming_ops,
                                             .name = "incoming",
                                             .poll_next = incoming_poll_next,
                                             .fini = incoming_fini};

weir_stream *weir_incoming(const char *address, const weir_listen_options *options)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct incoming), &incoming_ops, &weir_type_duplex);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct incoming *self = incoming_of(stream);
    stream->stage.exact = true;
    weir_options_take(&self->options, sizeof self->options, options, FIRST_OPTIONS_BYTES);
    if (!self->options.blocks_bytes_max)
        self->options.blocks_bytes_max = BLOCKS_BYTES_MAX;
    self->address = weir_arena_text(stream->stage.arena, address);
    if (!self->address)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for an address",
                                  NULL, NULL, 0);
    return stream;
}
