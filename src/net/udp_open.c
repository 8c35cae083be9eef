/* From what was asked for to a socket that is bound. */

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include "core/stage.h"
#include "net/udp.h"

/* What is opened, and which step failed. */
struct opening {
    struct weir_address own, peer;
    bool binds, has_peer;
    const char *verb, *place;
};

/* ---- what was asked for ---- */

static bool no_address(weir_cx *cx, const char *address)
{
    weir_fail(cx, WEIR_E_ARGUMENT, "'%s' is no address for datagrams", address);
    cx->error.cure = "127.0.0.1:4711, [::1]:4711, :4711 (any), or unix:/run/x.sock";
    return false;
}

/* Any port, of the family of the peer; a peer that is a path needs none. */
static void choose_own(struct opening *how)
{
    int family = how->has_peer ? how->peer.at.ss_family : AF_INET6;
    how->binds = family != AF_UNIX;
    weir_address_numeric(&how->own, family == AF_INET ? "0.0.0.0" : "::", 0);
    if (!how->binds)
        how->own.at.ss_family = AF_UNIX;
}

static void fit_peer(struct opening *how)
{
    weir_endpoint peer;
    weir_endpoint_from(&peer, &how->peer);
    weir_endpoint_fit(&how->peer, &peer, how->own.at.ss_family);
}

static bool udp_open_understand(const weir_udp_socket *self, weir_cx *cx, struct opening *how)
{
    const weir_udp_options *options = &self->options;
    *how = (struct opening){.binds = true, .has_peer = options->peer != NULL};
    if (options->bytes_max > WEIR_DATAGRAM_BYTES_MAX) {
        weir_fail(cx, WEIR_E_ARGUMENT, "datagrams of up to %u bytes; up to %u are received",
                  (unsigned)options->bytes_max, (unsigned)WEIR_DATAGRAM_BYTES_MAX);
        return false;
    }
    if (options->peer && !weir_address_parse(&how->peer, options->peer))
        return no_address(cx, options->peer);
    if (self->address && !weir_address_parse(&how->own, self->address))
        return no_address(cx, self->address);
    if (!self->address)
        choose_own(how);
    if (how->has_peer)
        fit_peer(how);
    return true;
}

/* ---- the steps; each 0, or a negative errno ---- */

static int udp_open_set(const weir_sys *sys, int fd, int level, int name, int value)
{
    return value ? sys->set_option(sys, fd, level, name, &value, sizeof value) : 0;
}

static int udp_open_join(const weir_udp_options *options, const weir_sys *sys, int fd)
{
    struct ipv6_mreq six = {.ipv6mr_interface = options->interface};
    struct ip_mreqn four = {.imr_ifindex = (int)options->interface};
    if (inet_pton(AF_INET, options->group, &four.imr_multiaddr) == 1)
        return sys->set_option(sys, fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &four, sizeof four);
    if (inet_pton(AF_INET6, options->group, &six.ipv6mr_multiaddr) == 1)
        return sys->set_option(sys, fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &six, sizeof six);
    return -EINVAL;
}

/* Who listens to a group shares its port with the others. */
static int set_options(const weir_udp_options *options, const weir_sys *sys, int fd, int family)
{
    int only = options->v6only;
    int error = udp_open_set(sys, fd, SOL_SOCKET, SO_BROADCAST, options->broadcast);
    if (!error)
        error = udp_open_set(sys, fd, SOL_SOCKET, SO_REUSEPORT, options->reuseport);
    if (!error)
        error = udp_open_set(sys, fd, SOL_SOCKET, SO_REUSEADDR, options->group != NULL);
    if (!error && family == AF_INET6) /* said in both cases: the system may have another habit */
        error = sys->set_option(sys, fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
    return error;
}

static int bind_own(weir_udp_socket *self, const weir_sys *sys, int fd, const struct opening *how)
{
    if (!how->binds)
        return 0;
    if (how->own.at.ss_family == AF_UNIX)
        return weir_local_bind(&self->path, sys, fd, &how->own, SOCK_DGRAM);
    return sys->bind(sys, fd, (const struct sockaddr *)&how->own.at, how->own.n);
}

static int udp_open_prepare(weir_udp_socket *self, const weir_sys *sys, int fd, struct opening *how)
{
    const weir_udp_options *options = &self->options;
    int error = set_options(options, sys, fd, how->own.at.ss_family);
    if (!error)
        error = bind_own(self, sys, fd, how);
    if (!error && options->group) {
        how->verb = "join", how->place = options->group;
        error = udp_open_join(options, sys, fd);
    }
    if (!error && how->has_peer) {
        how->verb = "connect", how->place = options->peer;
        error = sys->connect(sys, fd, (const struct sockaddr *)&how->peer.at, how->peer.n);
    }
    return error;
}

static void udp_open_tell(const weir_udp_socket *self, const weir_sys *sys)
{
    char text[WEIR_ADDRESS_BYTES];
    weir_endpoint own = {.n = 0};
    uint32_t n = sizeof own.at;
    if (!self->options.on_listening)
        return;
    if (sys->own_name(sys, self->fd, (struct sockaddr *)own.at, &n))
        return;
    weir_endpoint_settle(&own, n);
    self->options.on_listening(weir_endpoint_text(&own, text), self->options.arg);
}

static weir_poll open_now(weir_udp_socket *self, weir_cx *cx)
{
    struct opening how;
    const weir_sys *sys = self->driver->sys;
    if (!udp_open_understand(self, cx, &how))
        return (weir_poll){0, WEIR_ERROR};
    how.verb = "bind", how.place = self->address ? self->address : ":0";
    int fd = sys->socket(sys, how.own.at.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = fd < 0 ? fd : udp_open_prepare(self, sys, fd, &how);
    if (error && fd >= 0) {
        if (!self->options.keep_path && self->address)
            weir_local_remove(&self->path, sys, weir_address_path(self->address));
        self->path.made = false;
        sys->close(sys, fd);
    }
    if (error)
        return weir_fail_system(cx, error, how.verb, how.place, WEIR_NOWHERE);
    self->fd = self->in.fd = self->out.fd = fd;
    self->family = how.own.at.ss_family;
    if (how.binds)
        udp_open_tell(self, sys);
    return (weir_poll){0, WEIR_READY};
}

/* Another runtime goes on with it, where the one before is gone. */
static void udp_open_rebind(weir_udp_socket *self, weir_cx *cx)
{
    weir_driver *driver = self->driver;
    if (driver && !driver->gone)
        return;
    self->driver = weir_cx_driver(cx);
    weir_driver_hold(self->driver);
    if (driver)
        weir_driver_let_go(driver);
}

weir_poll weir_udp_poll_open(weir_udp_socket *self, weir_cx *cx)
{
    if (!self)
        return weir_fail(cx, WEIR_E_MEMORY, "no memory for a socket");
    if (!cx->rt)
        return weir_fail_no_runtime(cx, "a socket");
    udp_open_rebind(self, cx);
    return WEIR_LIKELY(self->fd >= 0) ? (weir_poll){0, WEIR_READY} : open_now(self, cx);
}
