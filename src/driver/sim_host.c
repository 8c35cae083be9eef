/* The system calls of a simulated host: those of its sockets; all others go to the table below. */

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "driver/sim_inside.h"

enum { BOUNCE_BYTES = 16384 };

static weir_host *sim_host_of(const weir_sys *sys)
{
    return WEIR_CONTAINER(sys, struct weir_host_sys, sys)->host;
}

/* In a call for a descriptor: of others the table below knows. */
#define OURS(sys, fd, call, ...)                                                                   \
    if (!weir_world_has_fd(fd))                                                                    \
        return (sys)->base->call((sys)->base, fd, __VA_ARGS__);                                    \
    struct world_socket *socket = weir_world_socket_at(sim_host_of(sys), fd);                      \
    if (!socket)                                                                                   \
    return -EBADF

static int host_socket(const weir_sys *sys, int family, int type, int protocol)
{
    (void)protocol;
    int kind = type & ~(SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (family != AF_INET && family != AF_INET6 && family != AF_UNIX)
        return -EAFNOSUPPORT;
    if (kind != SOCK_STREAM && kind != SOCK_DGRAM)
        return -ESOCKTNOSUPPORT;
    struct world_socket *socket = weir_world_socket_new(sim_host_of(sys), family, kind);
    if (!socket)
        return -ENOBUFS;
    int fd = weir_world_socket_open(socket);
    if (fd < 0)
        weir_world_socket_free(socket);
    return fd;
}

/* A real descriptor that takes the place of a socket, until it is closed. */
static int host_eventfd(const weir_sys *sys, int flags)
{
    weir_host *host = sim_host_of(sys);
    if (host->fds >= host->fds_max)
        return -EMFILE;
    int fd = sys->base->eventfd(sys->base, flags);
    if (fd >= 0 && host->others_n < WORLD_OTHERS_MAX) {
        host->others[host->others_n++] = fd;
        host->fds++;
    }
    return fd;
}

static void forget_other(weir_host *host, int fd)
{
    for (unsigned i = 0; i < host->others_n; i++) {
        if (host->others[i] != fd)
            continue;
        host->others[i] = host->others[--host->others_n];
        host->fds--;
        return;
    }
}

static int host_close(const weir_sys *sys, int fd)
{
    if (!weir_world_has_fd(fd)) {
        forget_other(sim_host_of(sys), fd);
        return sys->base->close(sys->base, fd);
    }
    struct world_socket *socket = weir_world_socket_at(sim_host_of(sys), fd);
    if (!socket)
        return -EBADF;
    weir_world_socket_free(socket);
    return 0;
}

static int host_bind(const weir_sys *sys, int fd, const struct sockaddr *to, uint32_t n)
{
    OURS(sys, fd, bind, to, n);
    struct world_address at;
    int error = weir_world_address_read(&at, to, n);
    return error ? error : weir_world_socket_bind(socket, &at);
}

static int host_listen(const weir_sys *sys, int fd, int backlog)
{
    OURS(sys, fd, listen, backlog);
    if (socket->type != SOCK_STREAM)
        return -EOPNOTSUPP;
    if (socket->state != WORLD_IDLE && socket->state != WORLD_LISTENING)
        return -EINVAL;
    int error = weir_world_socket_bind_any(socket, NULL);
    if (error)
        return error;
    backlog = backlog < 1 ? 1 : backlog;
    socket->backlog = (unsigned)(backlog < WORLD_BACKLOG_MAX ? backlog : WORLD_BACKLOG_MAX);
    socket->state = WORLD_LISTENING;
    return 0;
}

static int host_accept(const weir_sys *sys, int fd, int flags)
{
    OURS(sys, fd, accept, flags);
    return weir_world_accept(socket);
}

static int connect_datagrams(struct world_socket *socket, const struct world_address *to)
{
    int error = weir_world_socket_bind_any(socket, to);
    if (!error)
        socket->peer = *to;
    return error;
}

static int host_connect(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n)
{
    OURS(sys, fd, connect, at, n);
    struct world_address to;
    int error = weir_world_address_read(&to, at, n);
    if (error)
        return error;
    if ((to.family == AF_UNIX) != (socket->family == AF_UNIX))
        return -EAFNOSUPPORT;
    if (to.family == AF_INET6 && socket->family == AF_INET)
        return -EAFNOSUPPORT;
    return socket->type == SOCK_DGRAM ? connect_datagrams(socket, &to)
                                      : weir_world_connect(socket, &to);
}

static int host_shutdown(const weir_sys *sys, int fd, int how)
{
    OURS(sys, fd, shutdown, how);
    if (socket->state != WORLD_CONNECTED && socket->type == SOCK_STREAM)
        return -ENOTCONN;
    if (how == SHUT_RD || how == SHUT_RDWR)
        socket->shut_read = true;
    if (how == SHUT_WR || how == SHUT_RDWR)
        weir_world_stream_end(socket);
    weir_world_socket_changed(socket);
    return 0;
}

/* ---- options and names ---- */

static int *flag_of(struct world_socket *socket, int level, int name)
{
    if (level == IPPROTO_TCP)
        return name == TCP_NODELAY ? &socket->no_delay : &socket->unused;
    if (level == IPPROTO_IPV6)
        return name == IPV6_V6ONLY ? &socket->only6 : NULL;
    switch (level == SOL_SOCKET ? name : -1) {
    case SO_REUSEADDR:
        return &socket->reuse_address;
    case SO_REUSEPORT:
        return &socket->reuse_port;
    case SO_KEEPALIVE:
        return &socket->keep_alive;
    case SO_RCVBUF:
    case SO_SNDBUF:
    case SO_BROADCAST:
        return &socket->unused;
    default:
        return NULL;
    }
}

static int host_set_option(const weir_sys *sys, int fd, int level, int name, const void *value,
                           uint32_t n)
{
    OURS(sys, fd, set_option, level, name, value, n);
    if (level == SOL_SOCKET && name == SO_LINGER) {
        struct linger linger;
        if (n < sizeof linger)
            return -EINVAL;
        memcpy(&linger, value, sizeof linger);
        socket->linger = linger.l_onoff;
        socket->linger_s = linger.l_linger;
        return 0;
    }
    int *flag = flag_of(socket, level, name);
    if (!flag)
        return -ENOPROTOOPT;
    if (n < sizeof *flag)
        return -EINVAL;
    memcpy(flag, value, sizeof *flag);
    return 0;
}

static int read_option(struct world_socket *socket, int level, int name, int *out)
{
    if (level == SOL_SOCKET && name == SO_ERROR)
        return *out = weir_world_socket_take_error(socket), 0;
    if (level == SOL_SOCKET && name == SO_TYPE)
        return *out = socket->type, 0;
    if (level == SOL_SOCKET && name == SO_DOMAIN)
        return *out = socket->family, 0;
    if (level == SOL_SOCKET && name == SO_ACCEPTCONN)
        return *out = socket->state == WORLD_LISTENING, 0;
    const int *flag = flag_of(socket, level, name);
    return flag ? *out = *flag, 0 : -ENOPROTOOPT;
}

static int host_get_option(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n)
{
    OURS(sys, fd, get_option, level, name, out, n);
    int value = 0, error = read_option(socket, level, name, &value);
    if (error)
        return error;
    *n = *n < sizeof value ? *n : sizeof value;
    memcpy(out, &value, *n);
    return 0;
}

static int host_own_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    OURS(sys, fd, own_name, out, n);
    weir_world_address_write(&socket->own, socket->family, out, n);
    return 0;
}

static int host_peer_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    OURS(sys, fd, peer_name, out, n);
    if (socket->type == SOCK_STREAM ? socket->state != WORLD_CONNECTED : !socket->peer.family)
        return -ENOTCONN;
    weir_world_address_write(&socket->peer, socket->family, out, n);
    return 0;
}

/* ---- bytes ---- */

static int64_t host_recv(const weir_sys *sys, int fd, void *out, size_t n, int flags)
{
    OURS(sys, fd, recv, out, n, flags);
    if (socket->type == SOCK_STREAM)
        return weir_world_stream_receive(socket, out, n, flags & MSG_PEEK);
    struct iovec part = {out, n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return weir_world_datagram_receive(socket, &message, flags);
}

static int64_t stream_receive(struct world_socket *socket, struct msghdr *message, int flags)
{
    int64_t all = 0;
    message->msg_namelen = 0;
    message->msg_controllen = 0;
    message->msg_flags = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++) {
        const struct iovec *part = &message->msg_iov[i];
        int64_t n =
            weir_world_stream_receive(socket, part->iov_base, part->iov_len, flags & MSG_PEEK);
        if (n < 0)
            return all ? all : n;
        all += n;
        if ((size_t)n < part->iov_len || flags & MSG_PEEK)
            break;
    }
    return all;
}

static int64_t host_recvmsg(const weir_sys *sys, int fd, struct msghdr *message, int flags)
{
    OURS(sys, fd, recvmsg, message, flags);
    return socket->type == SOCK_STREAM ? stream_receive(socket, message, flags)
                                       : weir_world_datagram_receive(socket, message, flags);
}

static int64_t stream_send(struct world_socket *socket, const struct msghdr *message)
{
    int64_t all = 0;
    for (size_t i = 0; i < (size_t)message->msg_iovlen; i++) {
        const struct iovec *part = &message->msg_iov[i];
        int64_t n = weir_world_stream_send(socket, part->iov_base, part->iov_len);
        if (n < 0)
            return all ? all : n;
        all += n;
        if ((size_t)n < part->iov_len)
            break;
    }
    return all;
}

static int64_t host_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message, int flags)
{
    OURS(sys, fd, sendmsg, message, flags);
    return socket->type == SOCK_STREAM ? stream_send(socket, message)
                                       : weir_world_datagram_send(socket, message);
}

static int64_t send_one(struct world_socket *socket, const void *bytes, size_t n)
{
    struct iovec part = {(void *)(uintptr_t)bytes, n};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    return socket->type == SOCK_STREAM ? weir_world_stream_send(socket, bytes, n)
                                       : weir_world_datagram_send(socket, &message);
}

static int64_t host_send(const weir_sys *sys, int fd, const void *bytes, size_t n, int flags)
{
    OURS(sys, fd, send, bytes, n, flags);
    return send_one(socket, bytes, n);
}

static int64_t host_write(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    OURS(sys, fd, write, bytes, n);
    return send_one(socket, bytes, n);
}

static int64_t host_write_now(const weir_sys *sys, int fd, const void *bytes, size_t n)
{
    OURS(sys, fd, write_now, bytes, n);
    return send_one(socket, bytes, n);
}

static int64_t host_read(const weir_sys *sys, int fd, void *out, size_t n)
{
    if (!weir_world_has_fd(fd))
        return sys->base->read(sys->base, fd, out, n);
    return host_recv(sys, fd, out, n, 0);
}

static int64_t host_read_now(const weir_sys *sys, int fd, void *out, size_t n)
{
    if (!weir_world_has_fd(fd))
        return sys->base->read_now(sys->base, fd, out, n);
    return host_recv(sys, fd, out, n, 0);
}

static int64_t host_readable_bytes(const weir_sys *sys, int fd)
{
    if (!weir_world_has_fd(fd))
        return sys->base->readable_bytes(sys->base, fd);
    const struct world_socket *socket = weir_world_socket_at(sim_host_of(sys), fd);
    return socket ? weir_world_stream_readable(socket) : -EBADF;
}

static int64_t host_sendfile(const weir_sys *sys, int to, int from, uint64_t offset, size_t n)
{
    unsigned char bytes[BOUNCE_BYTES];
    if (weir_world_has_fd(from))
        return -EINVAL;
    OURS(sys, to, sendfile, from, offset, n);
    if (offset == UINT64_MAX || !(weir_world_ready(sim_host_of(sys), to, POLLOUT) & POLLOUT))
        return offset == UINT64_MAX ? -EINVAL : -EAGAIN;
    n = n < sizeof bytes ? n : sizeof bytes;
    int64_t got = sys->base->pread(sys->base, from, bytes, n, offset);
    return got <= 0 ? got : send_one(socket, bytes, (size_t)got);
}

/* The kernel's own copies know nothing of these sockets: bytes go another way. */
static int64_t host_splice(const weir_sys *sys, int from, uint64_t offset, int to, size_t n)
{
    if (weir_world_has_fd(from) || weir_world_has_fd(to))
        return -EINVAL;
    return sys->base->splice(sys->base, from, offset, to, n);
}

static int host_fstat(const weir_sys *sys, int fd, struct stat *out)
{
    OURS(sys, fd, fstat, out);
    *out = (struct stat){.st_mode = S_IFSOCK | 0777, .st_ino = (ino_t)fd};
    return 0;
}

static int host_unlink(const weir_sys *sys, int dir, const char *name)
{
    weir_host *host = sim_host_of(sys);
    for (struct world_path **link = &host->paths, *path; (path = *link); link = &path->next) {
        size_t n = path->at.path_n;
        if (strlen(name) != n || memcmp(path->at.path, name, n) != 0)
            continue;
        *link = path->next;
        weir_world_release(host->world, path, sizeof *path);
        return 0;
    }
    return sys->base->unlink(sys->base, dir, name);
}

static int host_stat(const weir_sys *sys, const char *name, struct stat *out)
{
    for (const struct world_path *path = sim_host_of(sys)->paths; path; path = path->next) {
        if (strlen(name) != path->at.path_n || memcmp(path->at.path, name, path->at.path_n) != 0)
            continue;
        *out = (struct stat){.st_mode = S_IFSOCK | 0777};
        return 0;
    }
    return sys->base->stat(sys->base, name, out);
}

/* ---- poll ---- */

static int sim_host_look(const weir_sys *sys, struct pollfd *fds, size_t n)
{
    int found = 0;
    for (size_t i = 0; i < n; i++) {
        if (weir_world_has_fd(fds[i].fd)) {
            fds[i].revents =
                (short)weir_world_ready(sim_host_of(sys), fds[i].fd, (unsigned)fds[i].events);
        } else if (sys->base->poll(sys->base, &fds[i], 1, 0) < 0) {
            return -EBADF;
        }
        found += fds[i].revents != 0;
    }
    return found;
}

/* The world goes on while it waits. */
static int host_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    weir_world *world = sim_host_of(sys)->world;
    bool ours = false;
    for (size_t i = 0; i < n; i++)
        ours |= weir_world_has_fd(fds[i].fd);
    if (!ours)
        return sys->base->poll(sys->base, fds, n, timeout_ms);
    uint64_t until_ns =
        timeout_ms < 0 ? UINT64_MAX : world->now_ns + (uint64_t)timeout_ms * 1000000;
    int found;
    while (!(found = sim_host_look(sys, fds, n)) && timeout_ms &&
           weir_world_step(world, until_ns)) {
    }
    return found;
}

static uint64_t host_now_ns(const weir_sys *sys)
{
    return sim_host_of(sys)->world->now_ns;
}

static int64_t host_unix_ns(const weir_sys *sys)
{
    return weir_world_unix_ns(sim_host_of(sys)->world);
}

static uint64_t host_random(const weir_sys *sys)
{
    return weir_world_random(sim_host_of(sys)->world);
}

void weir_host_sys_init(struct weir_host_sys *room, weir_host *host, const weir_sys *base)
{
    weir_sys *sys = &room->sys;
    room->host = host;
    weir_sys_wrap(sys, base);
    sys->socket = host_socket;
    sys->eventfd = host_eventfd;
    sys->close = host_close;
    sys->bind = host_bind;
    sys->listen = host_listen;
    sys->accept = host_accept;
    sys->connect = host_connect;
    sys->shutdown = host_shutdown;
    sys->set_option = host_set_option;
    sys->get_option = host_get_option;
    sys->own_name = host_own_name;
    sys->peer_name = host_peer_name;
    sys->recv = host_recv;
    sys->recvmsg = host_recvmsg;
    sys->send = host_send;
    sys->sendmsg = host_sendmsg;
    sys->read = host_read;
    sys->read_now = host_read_now;
    sys->write = host_write;
    sys->write_now = host_write_now;
    sys->readable_bytes = host_readable_bytes;
    sys->sendfile = host_sendfile;
    sys->splice = host_splice;
    sys->fstat = host_fstat;
    sys->stat = host_stat;
    sys->unlink = host_unlink;
    sys->poll = host_poll;
    sys->now_ns = host_now_ns;
    sys->unix_ns = host_unix_ns;
    sys->random = host_random;
    weir_world_names_fill(sys);
}
