/* bench/peers/net-c/tcp.h: what the servers share: sockets of this machine, a word before the end.
 * Each is run as `NAME echo PORT` or `NAME proxy PORT TARGET`, on one thread. */
#ifndef BENCH_NET_TCP_H
#define BENCH_NET_TCP_H

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static inline struct sockaddr_in local_address(const char *port)
{
    return (struct sockaddr_in){.sin_family = AF_INET,
                                .sin_port = htons((uint16_t)atoi(port)),
                                .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static inline void set_nodelay(int fd)
{
    int yes = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
}

/* `flags`: SOCK_NONBLOCK or 0. */
static inline int listen_at(const char *port, int flags)
{
    struct sockaddr_in at = local_address(port);
    int yes = 1, fd = socket(AF_INET, SOCK_STREAM | flags, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd < 0 || bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 4096))
        die("listen");
    return fd;
}

/* Waits for the connection: on one machine that is no wait. */
static inline int connect_to(const char *port)
{
    struct sockaddr_in to = local_address(port);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to))
        die("connect");
    set_nodelay(fd);
    return fd;
}

/* The proxy's target, NULL for an echo. */
static inline const char *target_of(int argc, char **argv)
{
    bool echo = argc == 3 && !strcmp(argv[1], "echo");
    if (!echo && !(argc == 4 && !strcmp(argv[1], "proxy"))) {
        fprintf(stderr, "usage: %s echo PORT | proxy PORT TARGET\n", argv[0]);
        exit(2);
    }
    return echo ? NULL : argv[3];
}

#endif
