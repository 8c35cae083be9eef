/* Sockets and names in the real world: each function is the system call of its name. */

#include "io/sys_net.h"

#include <errno.h>
#include <netdb.h>
#include <sys/socket.h>

#include "io/sys_outcome.h"

int weir_net_socket(const weir_sys *sys, int domain, int type, int protocol)
{
    (void)sys;
    return (int)outcome(socket(domain, type, protocol));
}

int weir_net_bind(const weir_sys *sys, int fd, const struct sockaddr *at, uint32_t n)
{
    (void)sys;
    return (int)outcome(bind(fd, at, n));
}

int weir_net_listen(const weir_sys *sys, int fd, int backlog)
{
    (void)sys;
    return (int)outcome(listen(fd, backlog));
}

int weir_net_accept(const weir_sys *sys, int fd, int flags)
{
    (void)sys;
    return (int)outcome(accept4(fd, NULL, NULL, flags));
}

int weir_net_connect(const weir_sys *sys, int fd, const struct sockaddr *to, uint32_t n)
{
    (void)sys;
    return (int)outcome(connect(fd, to, n));
}

int weir_net_shutdown(const weir_sys *sys, int fd, int how)
{
    (void)sys;
    return (int)outcome(shutdown(fd, how));
}

int weir_net_set_option(const weir_sys *sys, int fd, int level, int name, const void *value,
                        uint32_t n)
{
    (void)sys;
    return (int)outcome(setsockopt(fd, level, name, value, n));
}

int weir_net_get_option(const weir_sys *sys, int fd, int level, int name, void *out, uint32_t *n)
{
    (void)sys;
    return (int)outcome(getsockopt(fd, level, name, out, n));
}

int weir_net_own_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    (void)sys;
    return (int)outcome(getsockname(fd, out, n));
}

int weir_net_peer_name(const weir_sys *sys, int fd, struct sockaddr *out, uint32_t *n)
{
    (void)sys;
    return (int)outcome(getpeername(fd, out, n));
}

int64_t weir_net_recv(const weir_sys *sys, int fd, void *out, size_t n, int flags)
{
    (void)sys;
    return outcome(recv(fd, out, n, flags | MSG_DONTWAIT));
}

int64_t weir_net_recvmsg(const weir_sys *sys, int fd, struct msghdr *message, int flags)
{
    (void)sys;
    return outcome(recvmsg(fd, message, flags | MSG_DONTWAIT));
}

/* One part, as most have, is the cheaper call. */
int64_t weir_net_sendmsg(const weir_sys *sys, int fd, const struct msghdr *message, int flags)
{
    (void)sys;
    flags |= MSG_DONTWAIT | MSG_NOSIGNAL;
    if (message->msg_iovlen == 1 && !message->msg_name && !message->msg_controllen)
        return outcome(send(fd, message->msg_iov->iov_base, message->msg_iov->iov_len, flags));
    return outcome(sendmsg(fd, message, flags));
}

int weir_net_resolve(const weir_sys *sys, const char *host, const char *port,
                     const struct addrinfo *hints, struct addrinfo **out)
{
    (void)sys;
    return getaddrinfo(host, port, hints, out);
}

void weir_net_resolve_free(const weir_sys *sys, struct addrinfo *list)
{
    (void)sys;
    freeaddrinfo(list);
}
