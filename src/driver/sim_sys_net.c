/* Sockets of the sim driver: calls that fail as they may, with faults drawn from the seed. A
 * connection whose call failed is what it was: who takes that for the end of it gives it up. */

#include <errno.h>
#include <sys/socket.h>

#include "driver/sim.h"
#include "weir/implement.h"

static struct weir_sim_sys *sim_sys_net_of(const weir_sys *sys)
{
    return WEIR_CONTAINER(sys, struct weir_sim_sys, sys);
}

static int sim_socket(const weir_sys *sys, int domain, int type, int protocol)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EMFILE, ENFILE, ENOBUFS, ENOMEM);
    return error ? error : sim->real->socket(sim->real, domain, type, protocol);
}

static int sim_bind(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EADDRINUSE);
    return error ? error : sim->real->bind(sim->real, fd, at, n);
}

static int sim_listen(const weir_sys *sys, int fd, int backlog)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EADDRINUSE);
    return error ? error : sim->real->listen(sim->real, fd, backlog);
}

static int sim_accept(const weir_sys *sys, int fd, int flags)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, ECONNABORTED, EPROTO, EMFILE, ENFILE, ENOBUFS,
                               ENOMEM, EHOSTUNREACH);
    return error ? error : sim->real->accept(sim->real, fd, flags);
}

/* Interrupted, it goes on all the same. */
static int sim_connect(const weir_sys *sys, int fd, const struct sockaddr *to, uint32_t n)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, ECONNREFUSED, ENETUNREACH, EHOSTUNREACH, ETIMEDOUT,
                               EADDRNOTAVAIL);
    if (error && error != -EINTR)
        return error;
    int connected = sim->real->connect(sim->real, fd, to, n);
    return error && connected == -EINPROGRESS ? error : connected;
}

static int sim_shutdown(const weir_sys *sys, int fd, int how)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, ENOTCONN);
    return error ? error : sim->real->shutdown(sim->real, fd, how);
}

static int sim_set_option(const weir_sys *sys, int fd, int level, int name, const void *value,
                          uint32_t n)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = level == SOL_SOCKET && name == SO_LINGER ? 0 : WEIR_SIM_FAILS(sim, ENOPROTOOPT);
    return error ? error : sim->real->set_option(sim->real, fd, level, name, value, n);
}

static int sim_get_option(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, ENOBUFS);
    return error ? error : sim->real->get_option(sim->real, fd, level, name, out, n);
}

static int sim_own_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, ENOBUFS);
    return error ? error : sim->real->own_name(sim->real, fd, out, n);
}

static int sim_peer_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, ENOBUFS, ENOTCONN);
    return error ? error : sim->real->peer_name(sim->real, fd, out, n);
}

static int64_t sim_recv(const weir_sys *sys, int fd, void *out, size_t n, int flags)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, ECONNRESET, ETIMEDOUT, ENOMEM);
    return error ? error : sim->real->recv(sim->real, fd, out, n, flags);
}

static int64_t sim_recvmsg(const weir_sys *sys, int fd, struct msghdr *message, int flags)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, ENOMEM);
    return error ? error : sim->real->recvmsg(sim->real, fd, message, flags);
}

static int64_t sim_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message, int flags)
{
    struct weir_sim_sys *sim = sim_sys_net_of(sys);
    int error = WEIR_SIM_FAILS(sim, EINTR, EAGAIN, ENOBUFS, ECONNRESET, EPIPE, ETIMEDOUT);
    return error ? error : sim->real->sendmsg(sim->real, fd, message, flags);
}

void weir_sim_sys_net(weir_sys *sys)
{
    sys->socket = sim_socket;
    sys->bind = sim_bind;
    sys->listen = sim_listen;
    sys->accept = sim_accept;
    sys->connect = sim_connect;
    sys->shutdown = sim_shutdown;
    sys->set_option = sim_set_option;
    sys->get_option = sim_get_option;
    sys->own_name = sim_own_name;
    sys->peer_name = sim_peer_name;
    sys->recv = sim_recv;
    sys->recvmsg = sim_recvmsg;
    sys->sendmsg = sim_sendmsg;
}
