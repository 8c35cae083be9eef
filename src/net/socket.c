/* What the halves of a connection share: how it begins, and how it ends. */

#include "net/socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/un.h>

#include "net/dial.h"
#include "net/park.h"
#include "net/peers.h"
#include "net/socket_move.h"
#include "weir/alloc.h"
#include "weir/implement.h"

/* ---- the end ---- */

static void close_now(struct weir_socket *self)
{
    if (self->fd < 0)
        return;
    if (self->reset || self->broken) /* what was queued did not all go out */
        weir_driver_linger_not(self->driver, self->fd);
    if (self->fresh)
        self->driver->sys->close(self->driver->sys, self->fd); /* maybe another worker's */
    else
        weir_driver_close(self->driver, self->fd);
    weir_peers_leave(self->peer.count);
}

void weir_socket_let_go(struct weir_socket *self)
{
    if (__atomic_fetch_sub(&self->holders, 1, __ATOMIC_ACQ_REL) != 1)
        return;
    if (!self->parked || !weir_parked_begin(self->parked))
        close_now(self);
    weir_block_unref(self->came);
    weir_socket_move_drop(self);
    if (self->dial)
        weir_dial_drop(self->dial);
    if (self->driver)
        weir_driver_let_go(self->driver);
    weir_release(self, sizeof *self);
}

static void socket_release_reader(void *place)
{
    weir_socket_let_go(WEIR_CONTAINER(place, struct weir_socket, reader_room));
}

static void socket_release_writer(void *place)
{
    weir_socket_let_go(WEIR_CONTAINER(place, struct weir_socket, writer_room));
}

/* ---- the beginning ---- */

weir_duplex weir_socket_no_memory(void)
{
    return (weir_duplex){weir_reader_in(NULL, 0, NULL), weir_writer_in(NULL, 0, NULL)};
}

static struct weir_socket *socket_make(weir_duplex *out)
{
    struct weir_socket *self = weir_allocate(sizeof *self);
    if (!self) {
        *out = weir_socket_no_memory();
        return NULL;
    }
    memset(self, 0, offsetof(struct weir_socket, reader_room));
    self->holders = 2;
    self->fd = -1;
    weir_arena *near =
        weir_arena_at(self->reader_room, sizeof self->reader_room, socket_release_reader);
    weir_arena *far =
        weir_arena_at(self->writer_room, sizeof self->writer_room, socket_release_writer);
    *out = (weir_duplex){weir_socket_reader(self, near), weir_socket_writer(self, far)};
    return self;
}

static void bind_to(struct weir_socket *self, weir_driver *driver)
{
    weir_driver_hold(driver);
    if (self->driver)
        weir_driver_let_go(self->driver);
    self->driver = driver;
}

void weir_socket_note_peer(const weir_sys *sys, int fd, struct weir_peer *out)
{
    struct sockaddr_storage at;
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)&at;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)&at;
    uint32_t n = sizeof at;
    if (sys->peer_name(sys, fd, (struct sockaddr *)&at, &n))
        return;
    out->family = at.ss_family;
    if (at.ss_family == AF_INET) {
        out->port = v4->sin_port;
        memcpy(out->host, &v4->sin_addr, sizeof v4->sin_addr);
    } else if (at.ss_family == AF_INET6) {
        out->port = v6->sin6_port;
        memcpy(out->host, &v6->sin6_addr, sizeof v6->sin6_addr);
    }
}

/* Small answers go out at once: what is sent is gathered here, not in the kernel. */
static void socket_take(struct weir_socket *self, int fd)
{
    const weir_sys *sys = self->driver->sys;
    int yes = 1;
    self->fd = self->recv.op.fd = fd;
    weir_socket_note_peer(sys, fd, &self->peer); /* at once */
    if (self->peer.family != AF_UNIX)
        sys->set_option(sys, fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* There is no memory for it. */
static void turn_away(weir_driver *driver, int fd, struct weir_peer_count *count)
{
    weir_driver_reset(driver, fd);
    weir_peers_leave(count);
}

weir_duplex weir_socket_open(weir_driver *driver, int fd, struct weir_peer_count *count)
{
    weir_duplex out;
    struct weir_socket *self = socket_make(&out);
    if (!self) {
        turn_away(driver, fd, count);
        return out;
    }
    bind_to(self, driver);
    socket_take(self, fd);
    self->peer.count = count;
    self->fresh = true;
    return out;
}

weir_duplex weir_socket_again(weir_driver *driver, int fd, const struct weir_peer *peer,
                              bool resumed)
{
    weir_duplex out;
    struct weir_socket *self = socket_make(&out);
    if (!self) {
        turn_away(driver, fd, peer->count);
        return out;
    }
    bind_to(self, driver);
    self->fd = self->recv.op.fd = fd;
    self->peer = *peer;
    self->resumed = resumed;
    return out;
}

weir_duplex weir_socket_dial(struct weir_dial *dial)
{
    weir_duplex out;
    struct weir_socket *self = socket_make(&out);
    if (self)
        self->dial = dial;
    else
        weir_dial_drop(dial);
    return out;
}

/* ---- connecting ---- */

static void socket_connected(struct weir_socket *self, int fd)
{
    socket_take(self, fd);
    self->given = weir_dial_was_given(self->dial);
    if (self->peer.family != AF_UNIX) { /* of those the path is all that is known */
        weir_dial_drop(self->dial);
        self->dial = NULL;
    }
    if (self->shut)
        weir_driver_shutdown(self->driver, fd); /* the writer went before */
}

void weir_socket_look_if_wanted(struct weir_socket *self)
{
    if (!self->reader_gone || !self->writer_gone || self->fd >= 0 || !self->dial)
        return;
    if (self->reset)
        weir_dial_give_up(self->dial);
    else
        weir_dial_drop(self->dial);
    self->dial = NULL;
}

static weir_poll socket_dial(struct weir_socket *self, weir_cx *cx, bool writes)
{
    int fd;
    weir_poll got = weir_dial_poll(self->dial, cx, self->driver, writes, &fd);
    if (got.state == WEIR_READY)
        socket_connected(self, fd);
    return got;
}

/* Another worker than the one that accepted it; or another runtime goes on with it, where the one
 * before is gone. */
static void socket_rebind(struct weir_socket *self, weir_cx *cx)
{
    if (!self->driver || self->driver->gone || self->fresh)
        bind_to(self, weir_cx_driver(cx));
    self->fresh = false;
}

/* Its operations are under way on a worker that goes on: another one must not touch it. */
static bool is_elsewhere(const struct weir_socket *self, const weir_cx *cx)
{
    const weir_driver *theirs = self->driver;
    return theirs && !self->fresh && theirs != weir_cx_driver(cx) && !theirs->gone;
}

static weir_poll socket_fail_elsewhere(weir_cx *cx)
{
    weir_poll failed =
        weir_fail(cx, WEIR_E_ARGUMENT, "the connection belongs to the worker that polled it first");
    cx->error.cure = "weir_spawn_local() for the task of its other half";
    return failed;
}

weir_poll weir_socket_poll_dialled(struct weir_socket *self, weir_cx *cx, bool writes)
{
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "a connection");
    if (WEIR_UNLIKELY(is_elsewhere(self, cx)))
        return socket_fail_elsewhere(cx);
    socket_rebind(self, cx);
    if (WEIR_LIKELY(self->fd >= 0))
        return (weir_poll){0, WEIR_READY};
    return socket_dial(self, cx, writes);
}

/* ---- who the peer is ---- */

const char *weir_socket_peer(const struct weir_socket *self)
{
    static _Thread_local char text[WEIR_ADDRESS_BYTES];
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
    } at = {.any.sa_family = self->peer.family};
    if (self->fd < 0 && self->dial)
        return weir_dial_address(self->dial);
    if (self->peer.family == AF_INET) {
        at.v4.sin_port = self->peer.port;
        memcpy(&at.v4.sin_addr, self->peer.host, sizeof at.v4.sin_addr);
    } else if (self->peer.family == AF_INET6) {
        at.v6.sin6_port = self->peer.port;
        memcpy(&at.v6.sin6_addr, self->peer.host, sizeof at.v6.sin6_addr);
    } else if (self->dial) {
        return weir_dial_address(self->dial);
    }
    weir_address_text(&at.any, offsetof(struct sockaddr_un, sun_path), text);
    return text;
}

weir_poll weir_socket_fail(const struct weir_socket *self, weir_cx *cx, int error, const char *verb,
                           uint64_t byte)
{
    return weir_fail_system(cx, error, verb, weir_socket_peer(self), byte);
}
