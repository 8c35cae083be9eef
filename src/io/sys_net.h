/* The system calls of sockets and names, for the table of the real ones. */
#ifndef WEIR_IO_SYS_NET_H
#define WEIR_IO_SYS_NET_H

#include "weir/sys.h"

int weir_net_socket(const weir_sys *sys, int domain, int type, int protocol);
int weir_net_bind(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n);
int weir_net_listen(const weir_sys *sys, int fd, int backlog);
int weir_net_accept(const weir_sys *sys, int fd, int flags);
int weir_net_connect(const weir_sys *sys, int fd, const struct sockaddr *to, uint32_t n);
int weir_net_shutdown(const weir_sys *sys, int fd, int how);
int weir_net_set_option(const weir_sys *sys, int fd, int level, int name, const void *value,
                        uint32_t n);
int weir_net_get_option(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n);
int weir_net_own_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n);
int weir_net_peer_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n);
int64_t weir_net_recv(const weir_sys *sys, int fd, void *out, size_t n, int flags);
int64_t weir_net_recvmsg(const weir_sys *sys, int fd, struct msghdr *message, int flags);
int64_t weir_net_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message, int flags);
int weir_net_resolve(const weir_sys *sys, const char *host, const char *port,
                     const struct addrinfo *hints, struct addrinfo **out);
void weir_net_resolve_free(const weir_sys *sys, struct addrinfo *list);

#endif
