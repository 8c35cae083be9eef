/* What tests of the simulated network share: sockets by plain calls, and bytes that are known by
 * where they stand. */
#ifndef WEIR_TESTS_HOSTS_H
#define WEIR_TESTS_HOSTS_H

#include "../driver/rig.h"
#include "driver/driver.h"
#include "driver/sim_world.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

static inline struct sockaddr_in net_at(const char *address, unsigned port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    assert_int_equal(inet_pton(AF_INET, address, &at.sin_addr), 1);
    return at;
}

static inline int net_socket(const weir_sys *sys)
{
    return sys->socket(sys, AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

static inline int net_bind(const weir_sys *sys, int fd, const char *address, unsigned port)
{
    struct sockaddr_in at = net_at(address, port);
    return sys->bind(sys, fd, (struct sockaddr *)(void *)&at, sizeof at);
}

static inline int net_listen(const weir_sys *sys, const char *address, unsigned port, int backlog)
{
    int fd = net_socket(sys);
    assert_true(fd >= WEIR_WORLD_FD_FIRST);
    assert_int_equal(net_bind(sys, fd, address, port), 0);
    assert_int_equal(sys->listen(sys, fd, backlog), 0);
    return fd;
}

static inline int net_connect(const weir_sys *sys, int fd, const char *address, unsigned port)
{
    struct sockaddr_in at = net_at(address, port);
    return sys->connect(sys, fd, (struct sockaddr *)(void *)&at, sizeof at);
}

static inline int net_option(const weir_sys *sys, int fd, int name)
{
    int value = -1;
    uint32_t n = sizeof value;
    assert_int_equal(sys->get_option(sys, fd, SOL_SOCKET, name, &value, &n), 0);
    return value;
}

static inline void net_linger(const weir_sys *sys, int fd)
{
    struct linger none = {.l_onoff = 1};
    assert_int_equal(sys->set_option(sys, fd, SOL_SOCKET, SO_LINGER, &none, sizeof none), 0);
}

/* Lets everything happen that will. */
static inline void net_settle(weir_world *world)
{
    while (weir_world_step(world, WEIR_FOREVER)) {
    }
}

/* What poll() says now. */
static inline unsigned net_ready(const weir_sys *sys, int fd)
{
    struct pollfd ask = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDHUP};
    assert_true(sys->poll(sys, &ask, 1, 0) >= 0);
    return (unsigned)ask.revents;
}

#endif
