/* Sockets of the simulated network: their descriptors, where they are bound, what poll() says of
 * them, and who waits for that. */

#include <poll.h>
#include <sys/socket.h>

#include "driver/sim_inside.h"

/* ---- life ---- */

struct world_socket *weir_world_socket_new(weir_host *host, int family, int type)
{
    weir_world *world = host->world;
    struct world_socket *socket = weir_world_allocate(world, sizeof *socket);
    if (!socket)
        return NULL;
    *socket = (struct world_socket){
        .host = host, .fd = -1, .family = family, .type = type, .next = world->sockets};
    socket->waiting_last = &socket->waiting;
    if (socket->next)
        socket->next->prev = socket;
    return world->sockets = socket;
}

/* A name in a file system stays when its socket is gone. */
static void leave_path(struct world_socket *socket)
{
    weir_host *host = socket->host;
    for (struct world_path **link = &host->paths, *path; (path = *link); link = &path->next) {
        if (path->socket != socket)
            continue;
        path->socket = NULL;
        if (path->at.path_n && path->at.path[0])
            return;
        *link = path->next;
        weir_world_release(host->world, path, sizeof *path);
        return;
    }
}

static void leave_slot(struct world_socket *socket)
{
    weir_world *world = socket->host->world;
    if (socket->fd < 0)
        return;
    size_t at = (size_t)(socket->fd - WEIR_WORLD_FD_FIRST);
    world->slots[at] = NULL;
    world->lowest_free = at < world->lowest_free ? at : world->lowest_free;
    socket->host->fds--;
}

static void tell_watches(struct world_socket *socket, unsigned ready)
{
    struct weir_world_watch *next;
    for (struct weir_world_watch *watch = socket->watches; watch; watch = next) {
        next = watch->next;
        if (!(ready & (watch->events | POLLERR | POLLHUP | POLLNVAL)))
            continue;
        weir_world_unwatch(watch);
        watch->found(watch);
    }
}

void weir_world_socket_free(struct world_socket *socket)
{
    weir_world *world = socket->host->world;
    bool aborts = (socket->linger && !socket->linger_s) || weir_world_connection_has_unread(socket);
    leave_slot(socket);
    tell_watches(socket, POLLNVAL);
    weir_world_event_clear(world, &socket->shaking);
    if (socket->state == WORLD_LISTENING)
        weir_world_listener_close(socket);
    if (socket->connection)
        weir_world_connection_leave(socket, aborts || socket->state == WORLD_CONNECTING);
    weir_world_datagrams_drop(socket);
    leave_path(socket);
    if (socket->prev)
        socket->prev->next = socket->next;
    else
        world->sockets = socket->next;
    if (socket->next)
        socket->next->prev = socket->prev;
    weir_world_release(world, socket, sizeof *socket);
}

/* ---- descriptors ---- */

static bool grow_slots(weir_world *world)
{
    size_t size = sizeof(struct world_socket *), n = world->slots_n ? 2 * world->slots_n : 64;
    struct world_socket **slots = weir_world_allocate(world, n * size);
    if (!slots)
        return false;
    memset(slots, 0, n * size);
    if (world->slots_n)
        memcpy(slots, world->slots, world->slots_n * size);
    weir_world_release(world, world->slots, world->slots_n * size);
    world->slots = slots;
    world->slots_n = n;
    return true;
}

/* The lowest that is free, as a kernel gives them. */
int weir_world_socket_open(struct world_socket *socket)
{
    weir_world *world = socket->host->world;
    if (socket->host->fds >= socket->host->fds_max)
        return -EMFILE;
    size_t at = world->lowest_free;
    while (at < world->slots_n && world->slots[at])
        at++;
    if (at == world->slots_n && !grow_slots(world))
        return -ENOMEM;
    world->slots[at] = socket;
    world->lowest_free = at + 1;
    socket->host->fds++;
    return socket->fd = WEIR_WORLD_FD_FIRST + (int)at;
}

struct world_socket *weir_world_socket_at(const weir_host *host, int fd)
{
    const weir_world *world = host->world;
    size_t at = (size_t)(fd - WEIR_WORLD_FD_FIRST);
    struct world_socket *socket = at < world->slots_n ? world->slots[at] : NULL;
    return socket && socket->host == host ? socket : NULL;
}

int weir_world_socket_take_error(struct world_socket *socket)
{
    int error = socket->error;
    socket->error = 0;
    return error;
}

/* ---- where it is bound ---- */

static bool overlap(const struct world_socket *a, const struct world_address *at, bool only6)
{
    const struct world_address *own = &a->own;
    if (own->family == AF_UNIX || at->family == AF_UNIX || own->port != at->port)
        return false;
    if (own->family == at->family)
        return weir_world_address_is_any(own) || weir_world_address_is_any(at) ||
               weir_world_address_same(own, at);
    return own->family == AF_INET6 ? weir_world_address_is_any(own) && !a->only6
                                   : weir_world_address_is_any(at) && !only6;
}

static bool may_share(const struct world_socket *a, const struct world_socket *b)
{
    if (a->reuse_port && b->reuse_port)
        return true;
    return a->reuse_address && b->reuse_address &&
           (a->type == SOCK_DGRAM || b->state != WORLD_LISTENING);
}

static bool sim_socket_is_taken(const struct world_socket *socket, const struct world_address *at)
{
    for (const struct world_socket *each = socket->host->world->sockets; each; each = each->next) {
        if (each == socket || each->host != socket->host || each->type != socket->type)
            continue;
        if (each->own.family && overlap(each, at, socket->only6) && !may_share(socket, each))
            return true;
    }
    return false;
}

static int bind_path(struct world_socket *socket, const struct world_address *at)
{
    weir_host *host = socket->host;
    for (const struct world_path *path = host->paths; path; path = path->next)
        if (at->path_n && weir_world_address_same(&path->at, at))
            return -EADDRINUSE;
    struct world_path *path = weir_world_allocate(host->world, sizeof *path);
    if (!path)
        return -ENOMEM;
    *path = (struct world_path){*at, socket, host->paths};
    host->paths = path;
    socket->own = *at;
    return 0;
}

static int bind_port(struct world_socket *socket, struct world_address at)
{
    enum { PORTS = 28232, FIRST = 32768 };
    weir_host *host = socket->host;
    if (at.port && sim_socket_is_taken(socket, &at))
        return -EADDRINUSE;
    for (unsigned tries = 0; !at.port; tries++) {
        host->port = host->port < FIRST + PORTS ? host->port + 1 : FIRST;
        at.port = host->port;
        if (!sim_socket_is_taken(socket, &at))
            break;
        at.port = 0;
        if (tries == PORTS)
            return -EADDRINUSE;
    }
    socket->own = at;
    return 0;
}

static bool fits_family(const struct world_socket *socket, const struct world_address *at)
{
    return at->family == socket->family || (socket->family == AF_INET6 && at->family == AF_INET);
}

int weir_world_socket_bind(struct world_socket *socket, const struct world_address *at)
{
    if (socket->own.family)
        return -EINVAL;
    if (!fits_family(socket, at))
        return socket->family == AF_UNIX ? -EINVAL : -EAFNOSUPPORT;
    if (at->family == AF_UNIX)
        return bind_path(socket, at);
    if (weir_world_host_at(socket->host, at) != socket->host)
        return -EADDRNOTAVAIL;
    return bind_port(socket, *at);
}

/* The address of the host that packets to `like` come from. */
int weir_world_socket_bind_any(struct world_socket *socket, const struct world_address *like)
{
    const weir_host *host = socket->host;
    if (socket->own.family || socket->family == AF_UNIX)
        return 0;
    struct world_address at = {.family = (uint16_t)socket->family};
    if (like) {
        at = *like;
        at.port = 0;
        for (unsigned i = 0; i < host->addresses_n && !weir_world_address_is_loopback(like); i++)
            if (host->addresses[i].family == like->family)
                at = host->addresses[i];
    }
    return bind_port(socket, at);
}

static unsigned sim_socket_fits(const struct world_socket *socket, const struct world_address *at)
{
    if (!socket->own.family || !overlap(socket, at, true))
        return 0;
    return weir_world_address_is_any(&socket->own) ? 1 : 2;
}

static struct world_socket *bound_to_path(const weir_host *host, const struct world_address *at)
{
    for (const struct world_path *path = host->paths; path; path = path->next)
        if (weir_world_address_same(&path->at, at))
            return path->socket;
    return NULL;
}

/* The narrowest; of several that are equal (SO_REUSEPORT) one is drawn. */
struct world_socket *weir_world_socket_bound(const weir_host *host, int type,
                                             const struct world_address *at, bool listening)
{
    struct world_socket *best = NULL;
    unsigned score = 1, n = 0;
    if (at->family == AF_UNIX)
        return bound_to_path(host, at);
    for (struct world_socket *each = host->world->sockets; each; each = each->next) {
        if (each->host != host || each->type != type || each->connection ||
            listening != (each->state == WORLD_LISTENING))
            continue;
        unsigned its = sim_socket_fits(each, at);
        if (its < score)
            continue;
        n = its > score ? 1 : n + 1;
        score = its;
        if (n == 1 || weir_world_chance(host->world, n))
            best = each;
    }
    return best;
}

/* ---- readiness ---- */

unsigned weir_world_socket_ready(const struct world_socket *socket)
{
    unsigned error = socket->error ? POLLERR : 0;
    if (socket->type == SOCK_DGRAM)
        return (socket->unread_n ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM | error;
    switch (socket->state) {
    case WORLD_LISTENING:
        return socket->waiting_n ? POLLIN | POLLRDNORM : 0;
    case WORLD_CONNECTED:
        return weir_world_stream_ready(socket) | error;
    case WORLD_CONNECTING:
        return 0;
    case WORLD_BROKEN:
        return POLLIN | POLLOUT | POLLRDHUP | POLLHUP | error;
    case WORLD_IDLE:
        break;
    }
    return POLLOUT | POLLHUP;
}

void weir_world_socket_changed(struct world_socket *socket)
{
    if (socket->watches)
        tell_watches(socket, weir_world_socket_ready(socket));
}

unsigned weir_world_ready(const weir_host *host, int fd, unsigned events)
{
    const struct world_socket *socket = weir_world_socket_at(host, fd);
    if (!socket)
        return POLLNVAL;
    return weir_world_socket_ready(socket) & (events | POLLERR | POLLHUP);
}

void weir_world_watch(const weir_host *host, int fd, struct weir_world_watch *watch)
{
    struct world_socket *socket = weir_world_socket_at(host, fd);
    if (!socket || weir_world_socket_ready(socket) & (watch->events | POLLERR | POLLHUP)) {
        watch->link = NULL;
        watch->found(watch);
        return;
    }
    watch->next = socket->watches;
    watch->link = &socket->watches;
    if (watch->next)
        watch->next->link = &watch->next;
    socket->watches = watch;
}

void weir_world_unwatch(struct weir_world_watch *watch)
{
    if (!watch->link)
        return;
    *watch->link = watch->next;
    if (watch->next)
        watch->next->link = watch->link;
    watch->link = NULL;
}
