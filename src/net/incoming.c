/* incoming: the connections of a listener. It never ends because of one connection, nor because
 * there are too many. */

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "core/stage.h"
#include "net/listener.h"
#include "net/local.h"
#include "net/peers.h"
#include "net/socket.h"
#include "task/rt.h"

enum { INCOMING_FIRST_OPTIONS_BYTES = offsetof(weir_listen_options, arg) + sizeof(void *) };
enum { BACKLOG = 4096, INCOMING_MS = 1000000 };
/* An address that is still in use by one who was killed is free within milliseconds. */
enum { BINDS_MAX = 100, BIND_PAUSE_NS = 10 * INCOMING_MS };
/* No descriptors: so long until it tries again. */
enum { PAUSE_FIRST_NS = 10 * INCOMING_MS, PAUSE_MAX_NS = 1000 * INCOMING_MS };
/* Too much stands in blocks: so long until it looks again, where nobody asks. */
enum { FULL_PAUSE_NS = 10 * INCOMING_MS, BLOCKS_BYTES_MAX = 256 << 20 };
/* So few are left of those that were accepted ahead: doors that were shut open again. */
enum { INCOMING_FEW = WEIR_ACCEPT_AHEAD / 2 };

struct incoming {
    weir_stream stream;
    struct weir_listener *listener; /* NULL: not opened yet */
    const char *address;
    weir_listen_options options;
    weir_in_flight in_flight; /* a stop is seen while nobody asks too */
    weir_timer pause;
    uint64_t pause_ns; /* 0: all is well; else how long the last one was */
    unsigned binds;
    bool full;                   /* too much stands in blocks, which was told */
    bool over;                   /* nobody will ask any more, or it was stopped */
    struct weir_local_path path; /* to be removed at the end */
};

static struct incoming *incoming_of(const weir_stream *stream)
{
    return WEIR_CONTAINER(stream, struct incoming, stream);
}

/* ---- opening ---- */

static int incoming_set(const weir_sys *sys, int fd, int level, int name, int value)
{
    return sys->set_option(sys, fd, level, name, &value, sizeof value);
}

static bool shares_port(const struct incoming *self)
{
    return self->options.reuseport || self->options.listeners > 1;
}

static int bind_socket(struct incoming *self, const weir_sys *sys, int fd,
                       const struct weir_address *at)
{
    const struct sockaddr *address = (const struct sockaddr *)&at->at;
    bool local = at->at.ss_family == AF_UNIX;
    if (!local)
        incoming_set(sys, fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (at->at.ss_family == AF_INET6)
        incoming_set(sys, fd, IPPROTO_IPV6, IPV6_V6ONLY, self->options.v6only);
    int error = shares_port(self) ? incoming_set(sys, fd, SOL_SOCKET, SO_REUSEPORT, 1) : 0;
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

/* A descriptor that listens, or a negative errno. */
static int open_door(struct incoming *self, const weir_sys *sys, struct weir_address *at)
{
    int fd = make_socket(sys, at->at.ss_family);
    if (fd == -EAFNOSUPPORT && self->address[0] == ':')
        fd = make_socket(sys, any_of_v4(at));
    if (fd < 0)
        return fd;
    int error = bind_socket(self, sys, fd, at);
    if (!error)
        error = sys->listen(sys, fd, (int)self->options.backlog);
    if (error)
        sys->close(sys, fd);
    return error ? error : fd;
}

/* Of port 0 the kernel chose one, which is the others' too. */
static int keep_port(const weir_sys *sys, int fd, struct weir_address *at)
{
    uint32_t n = sizeof at->at;
    return sys->own_name(sys, fd, (struct sockaddr *)&at->at, &n);
}

static void incoming_tell(const struct incoming *self, const weir_sys *sys, int fd)
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

static void incoming_close_all(const weir_sys *sys, const int *fds, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        sys->close(sys, fds[i]);
}

/* 0, or a negative errno, and then none is open. */
static int open_doors(struct incoming *self, const weir_sys *sys, struct weir_address *at, int *fds,
                      uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        fds[i] = open_door(self, sys, at);
        int error = fds[i] < 0 ? fds[i] : n > 1 ? keep_port(sys, fds[i], at) : 0;
        if (!error)
            continue;
        incoming_close_all(sys, fds, fds[i] < 0 ? i : i + 1);
        return error;
    }
    return 0;
}

static uint32_t doors_of(const struct incoming *self, const weir_cx *cx)
{
    uint32_t n = self->options.listeners;
    return n == WEIR_LISTENER_A_WORKER ? weir_cx_workers_max(cx) : n ? n : 1;
}

/* False: no memory. */
static bool count_peers(struct incoming *self, const weir_sys *sys)
{
    uint32_t max = self->options.peer_max;
    self->listener->refused = self->options.peer_refused;
    self->listener->peers = max ? weir_peers_new(sys, max) : NULL;
    return !max || self->listener->peers;
}

/* 0, or a negative errno. */
static int open_listener(struct incoming *self, weir_cx *cx, struct weir_address *at)
{
    weir_driver *driver = weir_cx_driver(cx);
    int fds[WEIR_LISTENERS_MAX] = {-1};
    uint32_t n = doors_of(self, cx);
    int error = open_doors(self, driver->sys, at, fds, n);
    if (error)
        return error;
    self->listener = weir_listener_new(driver, fds, n, self->options.backlog);
    if (!self->listener) {
        incoming_close_all(driver->sys, fds, n);
        return -ENOMEM;
    }
    if (!count_peers(self, driver->sys)) {
        weir_listener_drop(self->listener);
        self->listener = NULL;
        return -ENOMEM;
    }
    incoming_tell(self, driver->sys, fds[0]);
    return 0;
}

/* ---- errors ---- */

static weir_poll incoming_fail_address(const struct incoming *self, weir_cx *cx)
{
    if (*self->address)
        weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is no address to listen on", self->address);
    else
        weir_fail(cx, WEIR_E_ARGUMENT, "no address was given");
    cx->error.cure = "127.0.0.1:4711, [::1]:4711, :4711 (any), or unix:/run/x.sock";
    return (weir_poll){0, WEIR_ERROR};
}

/* Of what the options want of a path, and only an address with a port can give. */
static weir_poll fail_path(const struct incoming *self, weir_cx *cx)
{
    bool several = self->options.listeners > 1;
    weir_fail(cx, WEIR_E_ARGUMENT,
              several ? "'%s' has one socket, and several were to listen there"
                      : "'%s' has peers without addresses, which cannot be counted",
              self->address);
    cx->error.cure = several ? "one listener, or an address with a port" : "peer_max 0";
    return (weir_poll){0, WEIR_ERROR};
}

/* The turn may have lasted longer than the pause: then it is over at once, and still nothing is
 * open. */
static weir_poll incoming_wait_for(struct incoming *self, weir_cx *cx, uint64_t pause_ns)
{
    weir_timer_set(&self->pause, weir_after_ns(cx->now_ns, pause_ns));
    weir_poll got = weir_timer_poll(cx, &self->pause);
    return got.state == WEIR_READY ? weir_wait_turn(cx) : got;
}

/* One that was killed keeps its port for some milliseconds. */
static weir_poll try_open(struct incoming *self, weir_cx *cx)
{
    struct weir_address at;
    if (!weir_address_parse(&at, self->address))
        return incoming_fail_address(self, cx);
    if (at.at.ss_family == AF_UNIX && (self->options.listeners > 1 || self->options.peer_max))
        return fail_path(self, cx);
    int error = open_listener(self, cx, &at);
    if (!error)
        return (weir_poll){0, WEIR_READY};
    bool again = error == -EADDRINUSE && self->binds++ < BINDS_MAX && cx->timers;
    if (again)
        return incoming_wait_for(self, cx, BIND_PAUSE_NS);
    return weir_fail_system(cx, error, "listen", self->address, WEIR_NOWHERE);
}

static bool is_lack(int error)
{
    return error == -EMFILE || error == -ENFILE || error == -ENOBUFS || error == -ENOMEM;
}

/* Told once, until a connection was accepted again. */
static weir_poll incoming_told(struct incoming *self, weir_cx *cx)
{
    struct weir_listener *listener = self->listener;
    int error = listener->error;
    bool first = !self->pause_ns;
    listener->error = 0;
    if (!is_lack(error) && !weir_accept_is_forgotten(error))
        return weir_fail_system(cx, error, "accept a connection", self->address, WEIR_NOWHERE);
    if (is_lack(error))
        weir_listener_turn_one_away(listener);
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
static bool incoming_is_full(struct incoming *self, const weir_driver *driver)
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
    weir_listener_pause(self->listener);
    if (self->full)
        return incoming_wait_for(self, cx, FULL_PAUSE_NS);
    self->full = true;
    weir_fail(cx, WEIR_E_LIMIT, "%zu KiB stand in %zu blocks that are not consumed or sent",
              weir_driver_held_bytes(driver) >> 10, weir_driver_held_blocks(driver));
    weir_format(cx->error.place, sizeof cx->error.place, "%s", self->address);
    cx->error.cure = "fewer connections at once, or a time limit for those that do not read";
    cx->error.fatal = false;
    return (weir_poll){0, WEIR_ERROR};
}

/* ---- the end ---- */

static void incoming_remove_path(struct incoming *self)
{
    if (!self->options.keep_path)
        weir_local_remove(&self->path, self->listener->driver->sys,
                          weir_address_path(self->address));
    self->path.made = false;
}

/* Nobody asks for those that were accepted. */
static void stop_listening(struct incoming *self)
{
    if (!self->listener)
        return;
    incoming_remove_path(self);
    weir_listener_drop(self->listener);
    self->listener = NULL;
}

/* Who comes now finds another server, or none. True: nobody else will be accepted. */
static bool let_last_ones_in(struct incoming *self)
{
    self->over = true;
    if (!self->listener || self->listener->driver->gone)
        return true;
    incoming_remove_path(self);
    return weir_listener_close(self->listener);
}

/* What was to be served for long does not keep the door open. */
static void incoming_progress(weir_in_flight *in_flight, weir_cx *cx)
{
    struct incoming *self = WEIR_CONTAINER(in_flight, struct incoming, in_flight);
    if (WEIR_UNLIKELY(weir_io_stopping(cx)) && !let_last_ones_in(self))
        weir_waker_slot_store(&self->listener->waiter, cx->waker);
}

static void incoming_over(weir_stream *stream)
{
    incoming_of(stream)->over = true;
    stop_listening(incoming_of(stream));
}

/* ---- polling ---- */

static weir_poll incoming_give(struct incoming *self, weir_duplex *out)
{
    struct weir_listener *listener = self->listener;
    self->pause_ns = 0;
    struct weir_arrival next = weir_listener_take(listener);
    *out = weir_socket_open(listener->driver, next.fd, next.count);
    return (weir_poll){1, WEIR_READY};
}

/* READY: nothing stands in the way. */
static weir_poll paused(struct incoming *self, weir_cx *cx)
{
    return self->pause_ns ? weir_timer_poll(cx, &self->pause) : (weir_poll){0, WEIR_READY};
}

/* Another runtime goes on with it, where the one before is gone. */
static void incoming_rebind(struct incoming *self, weir_driver *driver)
{
    struct weir_listener *listener = self->listener;
    weir_driver *before = listener->driver;
    if (weir_listener_is_busy(listener)) { /* the kernel never gave it back */
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
        incoming_rebind(self, weir_cx_driver(cx));
    if (self->listener)
        return (weir_poll){0, WEIR_READY};
    if (self->binds) {
        weir_poll got = weir_timer_poll(cx, &self->pause);
        if (got.state != WEIR_READY)
            return got;
    }
    return try_open(self, cx);
}

/* The last ones come, and then the end. */
static weir_poll incoming_finish(struct incoming *self, weir_cx *cx, weir_duplex *out)
{
    bool closed = let_last_ones_in(self);
    struct weir_listener *listener = self->listener;
    if (listener && listener->n)
        return incoming_give(self, out);
    if (!closed)
        return weir_wait(cx, &listener->waiter, WEIR_WAIT_IO);
    stop_listening(self);
    return (weir_poll){0, WEIR_END};
}

/* READY: one may be there. */
static weir_poll incoming_ask(struct incoming *self, weir_cx *cx)
{
    struct weir_listener *listener = self->listener;
    weir_poll got = {0, WEIR_READY};
    if (incoming_is_full(self, listener->driver))
        return hold_back(self, cx);
    if (!listener->n && listener->error)
        got = incoming_told(self, cx);
    if (!listener->n && got.state == WEIR_READY)
        got = paused(self, cx);
    if (got.state == WEIR_READY && listener->n < INCOMING_FEW && !listener->error)
        weir_listener_start(listener);
    return got;
}

static weir_poll poll_one(struct incoming *self, weir_cx *cx, weir_duplex *out)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "incoming");
    if (self->over || weir_io_stopping(cx))
        return incoming_finish(self, cx, out);
    weir_poll got = listen_on(self, cx);
    if (got.state == WEIR_READY)
        got = incoming_ask(self, cx);
    if (got.state != WEIR_READY)
        return got;
    struct weir_listener *listener = self->listener;
    if (listener->n)
        return incoming_give(self, out);
    if (listener->error)
        return (weir_poll){0, WEIR_READY};
    return weir_listener_is_busy(listener) ? weir_wait(cx, &listener->waiter, WEIR_WAIT_IO)
                                           : weir_wait_turn(cx); /* it failed while it was begun */
}

static weir_poll incoming_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct incoming *self = incoming_of(stream);
    (void)demand;
    return weir_in_flight_polled(&self->in_flight, cx, poll_one(self, cx, out));
}

/* ---- making and dropping ---- */

static void incoming_fini(weir_stream *stream)
{
    struct incoming *self = incoming_of(stream);
    weir_in_flight_leave(&self->in_flight);
    weir_timer_stop(&self->pause);
    stop_listening(self);
}

/* What is accepted ahead, and at the end all that the kernel has. */
static size_t incoming_memory_max(const weir_stream *stream)
{
    const weir_listen_options *options = &incoming_of(stream)->options;
    size_t doors = options->listeners ? options->listeners : 1;
    doors = doors < WEIR_LISTENERS_MAX ? doors : WEIR_LISTENERS_MAX;
    size_t waiting = WEIR_ACCEPT_AHEAD + doors * (options->backlog + (size_t)1);
    return sizeof(struct weir_listener) + doors * sizeof(struct weir_door) +
           3 * waiting * sizeof(struct weir_arrival); /* it doubles, and is copied */
}

/* Those that were accepted, and that nobody asked for yet. */
static void incoming_holding(const weir_stream *stream, weir_holding *out)
{
    const struct weir_listener *listener = incoming_of(stream)->listener;
    out->n = listener ? listener->n : 0;
    out->max = incoming_of(stream)->options.backlog;
}

static const weir_stream_ops incoming_ops = {.size = sizeof incoming_ops,
                                             .name = "incoming",
                                             .holding = incoming_holding,
                                             .poll_next = incoming_poll_next,
                                             .fini = incoming_fini,
                                             .memory_max = incoming_memory_max,
                                             .over = incoming_over};

static void incoming_set_defaults(weir_listen_options *options)
{
    options->backlog = options->backlog ? options->backlog : BACKLOG;
    if (!options->blocks_bytes_max)
        options->blocks_bytes_max = BLOCKS_BYTES_MAX;
}

weir_stream *weir_incoming(const char *address, const weir_listen_options *options)
{
    weir_stream *stream =
        weir_source_new(sizeof(struct incoming), &incoming_ops, &weir_type_duplex);
    if (weir_stage_failed(&stream->stage))
        return stream;
    struct incoming *self = incoming_of(stream);
    stream->stage.exact = true;
    weir_options_take(&self->options, sizeof self->options, options, INCOMING_FIRST_OPTIONS_BYTES);
    incoming_set_defaults(&self->options);
    self->in_flight.progress = incoming_progress;
    if (self->options.listeners > WEIR_LISTENERS_MAX &&
        self->options.listeners != WEIR_LISTENER_A_WORKER)
        return weir_stream_refuse(&stream->stage, WEIR_E_ARGUMENT, "256 at most",
                                  "%s: %zu sockets are too many for one address", "incoming", NULL,
                                  self->options.listeners);
    self->address = weir_arena_text(stream->stage.arena, address ? address : "");
    if (!self->address)
        return weir_stream_refuse(&stream->stage, WEIR_E_MEMORY, NULL, "no memory for an address",
                                  NULL, NULL, 0);
    return stream;
}
