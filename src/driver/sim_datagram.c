/* Datagrams of the simulated network: each arrives after a drawn time, so they overtake each other;
 * some are lost, some come twice. */

#include <poll.h>
#include <sys/socket.h>

#include "driver/sim_inside.h"

struct world_flying {
    struct world_event event; /* first */
    weir_host *from_host, *to_host;
    struct world_address from, to;
    struct world_flying *next, **link; /* unread ones are on no list of the world: link is NULL */
    size_t n;
    unsigned char bytes[];
};

enum { DATAGRAM_MAX = 65507, SIM_DATAGRAM_LATE_FACTOR = 20 };

static void sim_datagram_take_off(struct world_flying *flying)
{
    *flying->link = flying->next;
    if (flying->next)
        flying->next->link = flying->link;
    flying->link = NULL;
}

static void sim_datagram_drop(weir_world *world, struct world_flying *flying)
{
    weir_world_event_clear(world, &flying->event);
    if (flying->link)
        sim_datagram_take_off(flying);
    weir_world_release(world, flying, sizeof *flying + flying->n);
}

void weir_world_flying_drop(weir_world *world)
{
    while (world->flying)
        sim_datagram_drop(world, world->flying);
}

void weir_world_datagrams_drop(struct world_socket *socket)
{
    for (struct world_flying *flying; (flying = socket->unread);) {
        socket->unread = flying->next;
        sim_datagram_drop(socket->host->world, flying);
    }
    socket->unread_n = 0;
}

/* ---- arriving ---- */

/* Nobody is there: a sender that is connected is told, if it still is. */
static void sim_datagram_tell_refused(const struct world_flying *flying)
{
    for (struct world_socket *each = flying->from_host->world->sockets; each; each = each->next) {
        if (each->host != flying->from_host || each->type != SOCK_DGRAM || !each->peer.family ||
            each->own.port != flying->from.port || each->peer.port != flying->to.port)
            continue;
        each->error = ECONNREFUSED;
        weir_world_socket_changed(each);
    }
}

static bool sim_datagram_takes(const struct world_socket *socket, const struct world_flying *flying)
{
    return socket->unread_n < WORLD_DATAGRAMS && !socket->shut_read &&
           (!socket->peer.family || (weir_world_address_same(&socket->peer, &flying->from) &&
                                     socket->peer.port == flying->from.port));
}

static void flying_arrives(struct world_event *event)
{
    struct world_flying *flying = (struct world_flying *)event;
    weir_world *world = flying->to_host->world;
    sim_datagram_take_off(flying);
    bool cut = weir_world_is_cut(world, flying->from_host, flying->to_host);
    struct world_socket *socket =
        cut ? NULL : weir_world_socket_bound(flying->to_host, SOCK_DGRAM, &flying->to, false);
    if (!cut && !socket && flying->to.family != AF_UNIX)
        sim_datagram_tell_refused(flying);
    if (!socket || !sim_datagram_takes(socket, flying)) {
        sim_datagram_drop(world, flying);
        return;
    }
    flying->next = NULL;
    *(socket->unread ? socket->unread_last : &socket->unread) = flying;
    socket->unread_last = &flying->next;
    socket->unread_n++;
    weir_world_socket_changed(socket);
}

/* ---- calls ---- */

static size_t size_of(const struct msghdr *message)
{
    size_t n = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++)
        n += message->msg_iov[i].iov_len;
    return n;
}

static bool happens(weir_world *world, uint32_t per_million)
{
    return per_million && weir_world_draw(world, 1000000) < per_million;
}

/* One that is bound to any address sends from one that is like where it goes. */
static struct world_address from_address(const struct world_socket *socket,
                                         const struct world_address *to)
{
    struct world_address from = socket->own;
    const weir_host *host = socket->host;
    if (!weir_world_address_is_any(&from))
        return from;
    from.family = to->family;
    if (weir_world_address_is_loopback(to))
        memcpy(from.bytes, to->bytes, sizeof from.bytes);
    for (unsigned i = host->addresses_n; i-- && !weir_world_address_is_loopback(to);)
        if (host->addresses[i].family == to->family)
            memcpy(from.bytes, host->addresses[i].bytes, sizeof from.bytes);
    return from;
}

static int fly(struct world_socket *socket, weir_host *host, const struct world_address *to,
               const struct msghdr *message)
{
    weir_world *world = socket->host->world;
    const weir_link_options *is = &weir_world_link_of(world, socket->host, host)->is;
    size_t n = size_of(message);
    struct world_flying *flying = weir_world_allocate(world, sizeof *flying + n);
    if (!flying)
        return -ENOBUFS;
    *flying = (struct world_flying){.event.fire = flying_arrives,
                                    .from_host = socket->host,
                                    .to_host = host,
                                    .from = from_address(socket, to),
                                    .to = *to,
                                    .next = world->flying,
                                    .link = &world->flying,
                                    .n = n};
    for (size_t i = 0, at = 0; i < (size_t)message->msg_iovlen; at += message->msg_iov[i++].iov_len)
        memcpy(flying->bytes + at, message->msg_iov[i].iov_base, message->msg_iov[i].iov_len);
    if (flying->next)
        flying->next->link = &flying->next;
    world->flying = flying;
    uint64_t delay_ns = weir_world_draw_delay(world, socket->host, host);
    if (happens(world, is->late_per_million))
        delay_ns *= SIM_DATAGRAM_LATE_FACTOR;
    weir_world_event_set(world, &flying->event, weir_world_due(world, delay_ns));
    return 0;
}

static int where_to(const struct world_socket *socket, const struct msghdr *message,
                    struct world_address *to)
{
    *to = socket->peer;
    if (message->msg_name)
        return weir_world_address_read(to, message->msg_name, message->msg_namelen);
    return to->family ? 0 : -EDESTADDRREQ;
}

int64_t weir_world_datagram_send(struct world_socket *socket, const struct msghdr *message)
{
    struct world_address to;
    weir_world *world = socket->host->world;
    size_t n = size_of(message);
    if (socket->error)
        return -weir_world_socket_take_error(socket);
    int error = where_to(socket, message, &to);
    if (!error)
        error = weir_world_socket_bind_any(socket, &to);
    if (error)
        return error;
    if (n > DATAGRAM_MAX)
        return -EMSGSIZE;
    weir_host *host = to.family == AF_UNIX ? socket->host : weir_world_host_at(socket->host, &to);
    if (!host)
        return -ENETUNREACH;
    const weir_link_options *is = &weir_world_link_of(world, socket->host, host)->is;
    if (happens(world, is->lost_per_million))
        return (int64_t)n;
    error = fly(socket, host, &to, message);
    if (!error && happens(world, is->doubled_per_million))
        error = fly(socket, host, &to, message);
    return error ? error : (int64_t)n;
}

static size_t scatter(const struct world_flying *flying, const struct msghdr *message)
{
    size_t at = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen && at < flying->n; i++) {
        size_t left = flying->n - at, room = message->msg_iov[i].iov_len;
        size_t n = left < room ? left : room;
        memcpy(message->msg_iov[i].iov_base, flying->bytes + at, n);
        at += n;
    }
    return at;
}

int64_t weir_world_datagram_receive(struct world_socket *socket, struct msghdr *message, int flags)
{
    struct world_flying *flying = socket->unread;
    if (socket->error)
        return -weir_world_socket_take_error(socket);
    if (!flying)
        return socket->shut_read ? 0 : -EAGAIN;
    size_t n = scatter(flying, message), whole = flying->n;
    message->msg_flags = n < whole ? MSG_TRUNC : 0;
    message->msg_controllen = 0;
    if (message->msg_name)
        weir_world_address_write(&flying->from, socket->family, message->msg_name,
                                 &message->msg_namelen);
    if (!(flags & MSG_PEEK)) {
        socket->unread = flying->next;
        socket->unread_n--;
        sim_datagram_drop(socket->host->world, flying);
    }
    return (int64_t)(flags & MSG_TRUNC ? whole : n);
}
