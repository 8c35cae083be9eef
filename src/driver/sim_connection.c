/* How connections of the simulated network begin: listeners, and hands that are shaken. */

#include <sys/socket.h>

#include "driver/sim_inside.h"

/* ---- who listens ---- */

static void wait_for_accept(struct world_socket *listener, struct world_socket *socket)
{
    socket->next_waiting = NULL;
    *listener->waiting_last = socket;
    listener->waiting_last = &socket->next_waiting;
    listener->waiting_n++;
    weir_world_socket_changed(listener);
}

static struct world_socket *take_waiting(struct world_socket *listener)
{
    struct world_socket *socket = listener->waiting;
    listener->waiting = socket->next_waiting;
    listener->waiting_n--;
    if (!listener->waiting)
        listener->waiting_last = &listener->waiting;
    return socket;
}

/* A connection that was reset before anybody accepted it is given by some kernels, not by others.
 */
int weir_world_accept(struct world_socket *listener)
{
    if (listener->state != WORLD_LISTENING)
        return -EINVAL;
    if (!listener->waiting)
        return -EAGAIN;
    struct world_socket *socket = listener->waiting;
    if (socket->state == WORLD_BROKEN && weir_world_chance(socket->host->world, 4)) {
        weir_world_socket_free(take_waiting(listener));
        return -ECONNABORTED;
    }
    int fd = weir_world_socket_open(socket);
    if (fd >= 0)
        take_waiting(listener);
    return fd;
}

void weir_world_listener_close(struct world_socket *listener)
{
    while (listener->waiting) {
        struct world_socket *socket = take_waiting(listener);
        socket->linger = true;
        socket->linger_s = 0;
        weir_world_socket_free(socket);
    }
}

/* ---- who connects ---- */

static void sim_connection_connected(struct world_socket *socket)
{
    socket->state = WORLD_CONNECTED;
    weir_world_socket_changed(socket);
}

static void sim_connection_refuse(struct world_socket *socket, int error)
{
    socket->state = WORLD_BROKEN;
    socket->error = error;
    if (socket->connection)
        weir_world_connection_leave(socket, true);
    weir_world_socket_changed(socket);
}

/* Tries again, as TCP does. */
static void shake_later(struct world_socket *socket, uint64_t delay_ns)
{
    weir_world *world = socket->host->world;
    if (world->now_ns >= socket->shaking_until_ns)
        sim_connection_refuse(socket, ETIMEDOUT);
    else
        weir_world_event_set(world, &socket->shaking, weir_world_due(world, delay_ns));
}

/* The answer is there. */
static void hand_back(struct world_event *event)
{
    struct world_socket *socket = WEIR_CONTAINER(event, struct world_socket, shaking);
    const struct world_connection *connection = socket->connection;
    if (!connection) {
        sim_connection_refuse(socket, ECONNREFUSED);
        return;
    }
    if (weir_world_is_cut(connection->world, connection->hosts[1], connection->hosts[0]))
        shake_later(socket, WORLD_SECOND_NS);
    else
        sim_connection_connected(socket);
}

static void sim_connection_answer(struct world_socket *socket, const weir_host *from)
{
    weir_world *world = socket->host->world;
    uint64_t due_ns = weir_world_due(world, weir_world_draw_delay(world, from, socket->host));
    socket->shaking.fire = hand_back;
    if (socket->connection)
        socket->connection->ways[0].last_due_ns = due_ns; /* no byte comes before it */
    weir_world_event_set(world, &socket->shaking, due_ns);
}

/* The other end, which waits to be accepted. NULL: no room, no memory. */
static struct world_socket *make_other(struct world_socket *socket, struct world_socket *listener)
{
    if (listener->waiting_n >= listener->backlog)
        return NULL;
    struct world_socket *other =
        weir_world_socket_new(listener->host, listener->family, SOCK_STREAM);
    if (!other)
        return NULL;
    other->own = socket->peer;
    other->peer = socket->own;
    other->state = WORLD_CONNECTED;
    if (socket->family == AF_UNIX)
        other->own = listener->own;
    if (weir_world_connection_new(socket, other)) {
        wait_for_accept(listener, other);
        return other;
    }
    weir_world_socket_free(other);
    return NULL;
}

/* Its first packet arrives. */
static void sim_connection_hand_out(struct world_event *event)
{
    struct world_socket *socket = WEIR_CONTAINER(event, struct world_socket, shaking);
    weir_host *host = weir_world_host_at(socket->host, &socket->peer);
    weir_world *world = socket->host->world;
    if (!host || weir_world_is_cut(world, socket->host, host)) {
        shake_later(socket, WORLD_SECOND_NS);
        return;
    }
    struct world_socket *listener = weir_world_socket_bound(host, SOCK_STREAM, &socket->peer, true);
    if (listener && !weir_world_link_of(world, socket->host, host)->is.refuses &&
        !make_other(socket, listener)) {
        shake_later(socket, WORLD_SECOND_NS); /* it was not taken */
        return;
    }
    sim_connection_answer(socket, host);
}

static int connect_path(struct world_socket *socket)
{
    const weir_host *host = socket->host;
    bool known = false;
    for (const struct world_path *path = host->paths; path; path = path->next)
        known |= weir_world_address_same(&path->at, &socket->peer);
    struct world_socket *listener = weir_world_socket_bound(host, SOCK_STREAM, &socket->peer, true);
    if (!known)
        return socket->peer.path[0] ? -ENOENT : -ECONNREFUSED;
    if (!listener || listener->state != WORLD_LISTENING)
        return -ECONNREFUSED;
    if (!make_other(socket, listener))
        return -EAGAIN;
    sim_connection_connected(socket);
    return 0;
}

/* Within a host it may be done before the call returns. */
static int connect_host(struct world_socket *socket)
{
    weir_world *world = socket->host->world;
    const weir_host *host = weir_world_host_at(socket->host, &socket->peer);
    if (!host)
        return -EHOSTUNREACH;
    socket->state = WORLD_CONNECTING;
    socket->shaking.fire = sim_connection_hand_out;
    socket->shaking_until_ns = weir_world_due(world, WORLD_TRIES * (uint64_t)WORLD_SECOND_NS);
    weir_world_event_set(world, &socket->shaking,
                         weir_world_due(world, weir_world_draw_delay(world, socket->host, host)));
    if (host != socket->host || !weir_world_chance(world, 4))
        return -EINPROGRESS;
    weir_world_event_clear(world, &socket->shaking);
    sim_connection_hand_out(&socket->shaking);
    if (!socket->connection)
        return -EINPROGRESS;
    weir_world_event_clear(world, &socket->shaking);
    sim_connection_connected(socket);
    return 0;
}

int weir_world_connect(struct world_socket *socket, const struct world_address *to)
{
    if (socket->state == WORLD_CONNECTING)
        return -EALREADY;
    if (socket->error)
        return -weir_world_socket_take_error(socket);
    if (socket->state == WORLD_CONNECTED)
        return -EISCONN;
    if (socket->state == WORLD_LISTENING || socket->connection)
        return -EINVAL;
    int error = weir_world_socket_bind_any(socket, to);
    if (error)
        return error == -EADDRINUSE ? -EADDRNOTAVAIL : error;
    socket->peer = *to;
    if (to->family == AF_UNIX)
        return connect_path(socket);
    if (weir_world_address_is_any(to)) /* which is oneself */
        socket->peer.bytes[to->family == AF_INET ? 0 : 15] = to->family == AF_INET ? 127 : 1;
    if (weir_world_address_is_any(to) && to->family == AF_INET)
        socket->peer.bytes[3] = 1;
    return connect_host(socket);
}
