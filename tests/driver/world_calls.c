/* The calls of a simulated host, one by one: what is refused and with which number, options, names,
 * pieces; and that real descriptors are left to the table below. */

#include "hosts.h"

#include <netinet/tcp.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

static struct {
    weir_world *world;
    weir_host *here, *there;
    const weir_sys *sys, *far;
} net;

static const weir_link_options whole = {.capacity = 1000, .whole = true};

static void begin(void)
{
    net.world = weir_world_new(3);
    net.here = weir_world_host(net.world, "10.0.0.1");
    net.there = weir_world_host(net.world, "10.0.0.2");
    net.sys = weir_host_sys(net.here);
    net.far = weir_host_sys(net.there);
    assert_true(weir_world_link(net.world, net.here, net.there, &whole));
    assert_true(weir_world_link(net.world, net.here, net.here, &whole));
}

static void end(void)
{
    weir_world_drop(net.world);
}

/* A connection from here to there. */
static void connect_pair(int *near, int *far)
{
    int listener = net_listen(net.far, "10.0.0.2", 80, 4);
    *near = net_socket(net.sys);
    assert_int_equal(net_connect(net.sys, *near, "10.0.0.2", 80), -EINPROGRESS);
    net_settle(net.world);
    *far = net.far->accept(net.far, listener, 0);
    assert_true(*far >= WEIR_WORLD_FD_FIRST);
    assert_int_equal(net.far->close(net.far, listener), 0);
}

/* ---- whose a descriptor is ---- */

static void nothing_is_open_there(const weir_sys *sys, int fd)
{
    struct sockaddr_in at = net_at("10.0.0.1", 80);
    struct sockaddr *to = (struct sockaddr *)(void *)&at;
    struct stat about;
    struct iovec part = {&at, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    struct pollfd ask = {.fd = fd, .events = POLLIN};
    char byte = 'x';
    int value = 0;
    uint32_t n = sizeof value;
    assert_int_equal(sys->bind(sys, fd, to, sizeof at), -EBADF);
    assert_int_equal(sys->listen(sys, fd, 1), -EBADF);
    assert_int_equal(sys->accept(sys, fd, 0), -EBADF);
    assert_int_equal(sys->connect(sys, fd, to, sizeof at), -EBADF);
    assert_int_equal(sys->shutdown(sys, fd, SHUT_WR), -EBADF);
    assert_int_equal(sys->set_option(sys, fd, SOL_SOCKET, SO_REUSEADDR, &value, n), -EBADF);
    assert_int_equal(sys->get_option(sys, fd, SOL_SOCKET, SO_REUSEADDR, &value, &n), -EBADF);
    assert_int_equal(sys->own_name(sys, fd, to, &n), -EBADF);
    assert_int_equal(sys->peer_name(sys, fd, to, &n), -EBADF);
    assert_int_equal(sys->recv(sys, fd, &byte, 1, 0), -EBADF);
    assert_int_equal(sys->recvmsg(sys, fd, &message, 0), -EBADF);
    assert_int_equal(sys->sendmsg(sys, fd, &message, 0), -EBADF);
    assert_int_equal(sys->send(sys, fd, &byte, 1, 0), -EBADF);
    assert_int_equal(sys->write(sys, fd, &byte, 1), -EBADF);
    assert_int_equal(sys->write_now(sys, fd, &byte, 1), -EBADF);
    assert_int_equal(sys->read(sys, fd, &byte, 1), -EBADF);
    assert_int_equal(sys->read_now(sys, fd, &byte, 1), -EBADF);
    assert_int_equal(sys->readable_bytes(sys, fd), -EBADF);
    assert_int_equal(sys->sendfile(sys, fd, 0, 0, 1), -EBADF);
    assert_int_equal(sys->fstat(sys, fd, &about), -EBADF);
    assert_int_equal(sys->close(sys, fd), -EBADF);
    assert_int_equal(sys->poll(sys, &ask, 1, 0), 1);
    assert_int_equal(ask.revents, POLLNVAL);
}

/* Also those of another host. */
static void what_is_not_open_is_no_descriptor(void **state)
{
    (void)state;
    begin();
    int theirs = net_socket(net.far), closed = net_socket(net.sys);
    assert_int_equal(net.sys->close(net.sys, closed), 0);
    nothing_is_open_there(net.sys, closed);
    nothing_is_open_there(net.sys, theirs);
    nothing_is_open_there(net.sys, WEIR_WORLD_FD_FIRST + 100000);
    end();
}

/* A listener and two ends of a real connection, made by the host's table. */
static void connect_real(const weir_sys *sys, int fds[3])
{
    struct sockaddr_in at = net_at("127.0.0.1", 0), peer;
    struct sockaddr *to = (struct sockaddr *)(void *)&at;
    uint32_t n = sizeof at, m = sizeof peer;
    for (int i = 0; i < 2; i++)
        fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(sys->bind(sys, fds[0], to, sizeof at), 0);
    assert_int_equal(sys->listen(sys, fds[0], 1), 0);
    assert_int_equal(sys->own_name(sys, fds[0], to, &n), 0);
    assert_true(at.sin_port);
    assert_int_equal(sys->connect(sys, fds[1], to, sizeof at), 0);
    fds[2] = sys->accept(sys, fds[0], 0);
    assert_in_range(fds[2], 0, WEIR_WORLD_FD_FIRST - 1);
    assert_int_equal(sys->peer_name(sys, fds[1], (struct sockaddr *)(void *)&peer, &m), 0);
    assert_int_equal(peer.sin_port, at.sin_port);
}

static void real_bytes_go_there(const weir_sys *sys, int near, int far)
{
    char got[8] = {0};
    struct iovec part = {(char[]){"b"}, 1}, room = {got + 1, 1};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
    assert_int_equal(sys->send(sys, near, "a", 1, 0), 1);
    assert_int_equal(sys->sendmsg(sys, near, &message, 0), 1);
    assert_int_equal(sys->write(sys, near, "c", 1), 1);
    int64_t now = sys->write_now(sys, near, "d", 1);
    if (now != 1) /* a kernel that cannot promise it */
        assert_int_equal(sys->write(sys, near, "d", 1), 1);
    assert_int_equal(sys->readable_bytes(sys, far), 4);
    assert_int_equal(sys->recv(sys, far, got, 1, 0), 1);
    message.msg_iov = &room;
    assert_int_equal(sys->recvmsg(sys, far, &message, 0), 1);
    assert_int_equal(sys->read(sys, far, got + 2, 1), 1);
    if (sys->read_now(sys, far, got + 3, 1) != 1)
        assert_int_equal(sys->read(sys, far, got + 3, 1), 1);
    assert_string_equal(got, "abcd");
}

static void real_files_go_there(const weir_sys *sys, int near, int far)
{
    char got[8] = {0};
    int ends[2], file = open(rig_path("file"), O_RDWR | O_CREAT, 0600);
    struct stat about;
    assert_int_equal(write(file, "abc", 3), 3);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "de", 2), 2);
    assert_int_equal(sys->sendfile(sys, near, file, 1, 2), 2);
    assert_int_equal(sys->splice(sys, ends[0], UINT64_MAX, near, 2), 2);
    assert_int_equal(recv(far, got, 4, MSG_WAITALL), 4);
    assert_string_equal(got, "bcde");
    assert_int_equal(sys->fstat(sys, file, &about), 0);
    assert_int_equal(about.st_size, 3);
    assert_int_equal(sys->stat(sys, rig_path("file"), &about), 0);
    assert_int_equal(sys->unlink(sys, AT_FDCWD, rig_path("file")), 0);
    assert_int_equal(sys->stat(sys, rig_path("file"), &about), -ENOENT);
    assert_int_equal(sys->unlink(sys, AT_FDCWD, rig_path("file")), -ENOENT);
    close(file);
    close(ends[0]);
    close(ends[1]);
}

static void real_descriptors_are_of_the_table_below(void **state)
{
    (void)state;
    begin();
    const weir_sys *sys = net.sys;
    int fds[3], one = 1, value = 0;
    uint32_t n = sizeof value;
    connect_real(sys, fds);
    assert_int_equal(sys->set_option(sys, fds[1], SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one), 0);
    assert_int_equal(sys->get_option(sys, fds[1], SOL_SOCKET, SO_KEEPALIVE, &value, &n), 0);
    assert_true(value);
    real_bytes_go_there(sys, fds[1], fds[2]);
    real_files_go_there(sys, fds[1], fds[2]);
    struct pollfd ask = {.fd = fds[1], .events = POLLIN};
    assert_int_equal(sys->poll(sys, &ask, 1, 0), 0);
    assert_int_equal(sys->shutdown(sys, fds[2], SHUT_WR), 0);
    assert_int_equal(sys->poll(sys, &ask, 1, 1000), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(sys->close(sys, fds[i]), 0);
    end();
}

/* ---- what is refused ---- */

static void what_is_no_socket_is_refused(void **state)
{
    (void)state;
    static const struct {
        int family, type, answer;
    } rows[] = {
        {AF_APPLETALK, SOCK_STREAM, -EAFNOSUPPORT},
        {AF_INET, SOCK_RAW, -ESOCKTNOSUPPORT},
        {AF_INET6, SOCK_SEQPACKET | SOCK_CLOEXEC, -ESOCKTNOSUPPORT},
    };
    begin();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(net.sys->socket(net.sys, rows[i].family, rows[i].type, 0), rows[i].answer);
    assert_int_equal(weir_host_fds(net.here), 0);
    assert_null(weir_world_host(net.world, "10.0.0"));
    end();
}

static int bind_any(const weir_sys *sys, int fd, const void *at, size_t n)
{
    return sys->bind(sys, fd, at, (uint32_t)n);
}

static void addresses_that_do_not_fit_are_refused(void **state)
{
    (void)state;
    begin();
    const weir_sys *sys = net.sys;
    struct sockaddr_in four = net_at("10.0.0.1", 80), none = net_at("10.0.0.9", 80);
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/x"};
    struct sockaddr other = {.sa_family = AF_APPLETALK};
    int fd = net_socket(sys), local = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind_any(sys, fd, &four, 1), -EINVAL);
    assert_int_equal(bind_any(sys, fd, &four, sizeof four - 1), -EINVAL);
    assert_int_equal(bind_any(sys, fd, &six, sizeof six - 1), -EINVAL);
    assert_int_equal(bind_any(sys, fd, &other, sizeof other), -EAFNOSUPPORT);
    assert_int_equal(bind_any(sys, fd, &six, sizeof six), -EAFNOSUPPORT);
    assert_int_equal(bind_any(sys, fd, &path, sizeof path), -EAFNOSUPPORT);
    assert_int_equal(bind_any(sys, local, &four, sizeof four), -EINVAL);
    assert_int_equal(bind_any(sys, fd, &none, sizeof none), -EADDRNOTAVAIL);
    assert_int_equal(sys->connect(sys, fd, (void *)&six, sizeof six), -EAFNOSUPPORT);
    assert_int_equal(sys->connect(sys, fd, (void *)&path, sizeof path), -EAFNOSUPPORT);
    assert_int_equal(sys->connect(sys, local, (void *)&four, sizeof four), -EAFNOSUPPORT);
    assert_int_equal(sys->connect(sys, fd, (void *)&four, 1), -EINVAL);
    assert_int_equal(bind_any(sys, fd, &four, sizeof four), 0);
    assert_int_equal(bind_any(sys, fd, &four, sizeof four), -EINVAL);
    end();
}

static void calls_out_of_their_order_are_refused(void **state)
{
    (void)state;
    begin();
    const weir_sys *sys = net.sys;
    char byte;
    int near, far, idle = net_socket(sys), packets = sys->socket(sys, AF_INET, SOCK_DGRAM, 0);
    int listener = net_listen(sys, "10.0.0.1", 90, 0);
    connect_pair(&near, &far);
    assert_int_equal(sys->listen(sys, packets, 1), -EOPNOTSUPP);
    assert_int_equal(sys->listen(sys, near, 1), -EINVAL);
    assert_int_equal(sys->listen(sys, listener, 100000), 0); /* once more */
    assert_int_equal(sys->accept(sys, idle, 0), -EINVAL);
    assert_int_equal(sys->accept(sys, listener, 0), -EAGAIN);
    assert_int_equal(net_connect(sys, listener, "10.0.0.2", 80), -EINVAL);
    assert_int_equal(net_connect(sys, near, "10.0.0.2", 80), -EISCONN);
    assert_int_equal(sys->shutdown(sys, idle, SHUT_WR), -ENOTCONN);
    assert_int_equal(sys->recv(sys, idle, &byte, 1, 0), -ENOTCONN);
    assert_int_equal(sys->recv(sys, listener, &byte, 1, 0), -ENOTCONN);
    assert_int_equal(sys->recv(sys, idle, &byte, 0, 0), 0);
    assert_int_equal(sys->send(sys, idle, &byte, 1, 0), -ENOTCONN);
    assert_int_equal(sys->readable_bytes(sys, idle), 0);
    assert_int_equal(net_ready(sys, idle), POLLOUT | POLLHUP);
    assert_int_equal(net_connect(sys, idle, "10.0.0.2", 81), -EINPROGRESS);
    assert_int_equal(sys->send(sys, idle, &byte, 1, 0), -EAGAIN);
    assert_int_equal(sys->recv(sys, idle, &byte, 1, 0), -EAGAIN);
    assert_int_equal(sys->send(sys, packets, &byte, 1, 0), -EDESTADDRREQ);
    end();
}

static void there_is_nobody_at_that_address(void **state)
{
    (void)state;
    static char large[70000];
    begin();
    int fd = net_socket(net.sys), packets = net.sys->socket(net.sys, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(net_connect(net.sys, fd, "10.0.0.9", 80), -EHOSTUNREACH);
    assert_int_equal(net_connect(net.sys, packets, "10.0.0.9", 53), 0);
    assert_int_equal(net.sys->send(net.sys, packets, "x", 1, 0), -ENETUNREACH);
    assert_int_equal(net_connect(net.sys, packets, "10.0.0.2", 53), 0);
    assert_int_equal(net.sys->send(net.sys, packets, large, sizeof large, 0), -EMSGSIZE);
    end();
}

/* A host of all addresses that nobody has, but for loopback ones. */
static void one_host_is_everywhere(void **state)
{
    (void)state;
    begin();
    weir_host *anywhere = weir_world_host(net.world, "*");
    const weir_sys *sys = weir_host_sys(anywhere);
    int listener = net_socket(sys), fd = net_socket(net.sys), own = net_socket(net.sys);
    assert_int_equal(net_bind(sys, listener, "0.0.0.0", 80), 0);
    assert_int_equal(sys->listen(sys, listener, 4), 0);
    net_connect(net.sys, fd, "10.0.0.77", 80);
    net_connect(net.sys, own, "127.0.0.1", 80);
    net_settle(net.world);
    assert_int_equal(net_option(net.sys, fd, SO_ERROR), 0);
    assert_int_equal(net_option(net.sys, own, SO_ERROR), ECONNREFUSED);
    end();
}

/* ---- options ---- */

static void options_are_what_was_set(void **state)
{
    (void)state;
    static const struct {
        int level, name;
        bool known;
    } rows[] = {
        {SOL_SOCKET, SO_REUSEADDR, true},  {SOL_SOCKET, SO_REUSEPORT, true},
        {SOL_SOCKET, SO_KEEPALIVE, true},  {SOL_SOCKET, SO_RCVBUF, true},
        {SOL_SOCKET, SO_SNDBUF, true},     {SOL_SOCKET, SO_BROADCAST, true},
        {IPPROTO_TCP, TCP_NODELAY, true},  {IPPROTO_TCP, TCP_KEEPIDLE, true},
        {IPPROTO_IPV6, IPV6_V6ONLY, true}, {IPPROTO_IPV6, IPV6_UNICAST_HOPS, false},
        {SOL_SOCKET, SO_TIMESTAMP, false}, {IPPROTO_IP, IP_TTL, false},
    };
    begin();
    const weir_sys *sys = net.sys;
    int fd = net_socket(sys);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int one = 1, level = rows[i].level, name = rows[i].name, got = 0;
        int wanted = rows[i].known ? 0 : -ENOPROTOOPT;
        uint32_t n = sizeof got;
        assert_int_equal(sys->set_option(sys, fd, level, name, &one, sizeof one), wanted);
        assert_int_equal(sys->get_option(sys, fd, level, name, &got, &n), wanted);
        assert_int_equal(got, rows[i].known);
        if (rows[i].known)
            assert_int_equal(sys->set_option(sys, fd, level, name, &one, 1), -EINVAL);
    }
    struct linger linger = {.l_onoff = 1};
    assert_int_equal(sys->set_option(sys, fd, SOL_SOCKET, SO_LINGER, &linger, 1), -EINVAL);
    end();
}

static void a_socket_says_what_it_is(void **state)
{
    (void)state;
    begin();
    int listener = net_listen(net.sys, "10.0.0.1", 80, 4);
    int packets = net.sys->socket(net.sys, AF_INET6, SOCK_DGRAM, 0);
    struct stat about;
    char byte[1] = {9};
    uint32_t n = sizeof byte;
    assert_int_equal(net_option(net.sys, listener, SO_TYPE), SOCK_STREAM);
    assert_int_equal(net_option(net.sys, listener, SO_DOMAIN), AF_INET);
    assert_int_equal(net_option(net.sys, listener, SO_ACCEPTCONN), 1);
    assert_int_equal(net_option(net.sys, packets, SO_TYPE), SOCK_DGRAM);
    assert_int_equal(net_option(net.sys, packets, SO_DOMAIN), AF_INET6);
    assert_int_equal(net_option(net.sys, packets, SO_ACCEPTCONN), 0);
    assert_int_equal(net.sys->get_option(net.sys, packets, SOL_SOCKET, SO_ERROR, byte, &n), 0);
    assert_int_equal(byte[0], 0);
    assert_int_equal(n, 1); /* there was no room for more */
    assert_int_equal(net.sys->fstat(net.sys, packets, &about), 0);
    assert_true(S_ISSOCK(about.st_mode));
    end();
}

/* ---- names ---- */

static void names_of_both_ends(void **state)
{
    (void)state;
    begin();
    int near, far, packets = net.sys->socket(net.sys, AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in own = {0}, peer = {0};
    struct sockaddr *to = (struct sockaddr *)(void *)&own;
    uint32_t n = sizeof own, m = 4;
    connect_pair(&near, &far);
    assert_int_equal(net.sys->own_name(net.sys, near, to, &n), 0);
    assert_string_equal(inet_ntoa(own.sin_addr), "10.0.0.1");
    assert_int_equal(net.far->peer_name(net.far, far, (struct sockaddr *)(void *)&peer, &m), 0);
    assert_int_equal(peer.sin_port, own.sin_port);
    assert_int_equal(peer.sin_addr.s_addr, 0); /* there was room for four bytes */
    assert_int_equal(m, sizeof peer);
    assert_int_equal(net.sys->peer_name(net.sys, packets, to, &n), -ENOTCONN);
    assert_int_equal(net_connect(net.sys, packets, "10.0.0.2", 53), 0);
    assert_int_equal(net.sys->peer_name(net.sys, packets, to, &n), 0);
    assert_int_equal(own.sin_port, htons(53));
    assert_int_equal(net.sys->peer_name(net.sys, net_socket(net.sys), to, &n), -ENOTCONN);
    end();
}

static size_t path_of(struct sockaddr_un *at, const char *path, size_t n)
{
    *at = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(at->sun_path, path, n);
    return offsetof(struct sockaddr_un, sun_path) + n;
}

/* Of a file, of none (its first byte is 0), the longest that there is, and none at all. */
static void paths_are_names(void **state)
{
    (void)state;
    char longest[108], got[128];
    struct sockaddr_un at;
    memset(longest, 'x', sizeof longest);
    const struct {
        const char *path;
        size_t n, told;
    } rows[] = {{"/socket", 7, 8}, {"\0hidden", 7, 7}, {longest, 108, 108}, {"", 0, 0}};
    begin();
    const weir_sys *sys = net.sys;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int fd = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
        int second = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
        size_t size = path_of(&at, rows[i].path, rows[i].n);
        assert_int_equal(bind_any(sys, fd, &at, size), 0);
        assert_int_equal(bind_any(sys, second, &at, size), rows[i].n ? -EADDRINUSE : 0);
        uint32_t n = sizeof got;
        assert_int_equal(sys->own_name(sys, fd, (struct sockaddr *)(void *)got, &n), 0);
        assert_int_equal(n, offsetof(struct sockaddr_un, sun_path) + rows[i].told);
        assert_memory_equal(got + offsetof(struct sockaddr_un, sun_path), rows[i].path, rows[i].n);
        sys->close(sys, second);
    }
    end();
}

static void paths_are_files_until_they_are_unlinked(void **state)
{
    (void)state;
    struct sockaddr_un at, hidden;
    struct stat about;
    begin();
    const weir_sys *sys = net.sys;
    size_t size = path_of(&at, "/socket", 7), hidden_size = path_of(&hidden, "\0hidden", 7);
    int fd = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    int other = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    int third = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(bind_any(sys, fd, &at, size), 0);
    assert_int_equal(bind_any(sys, other, &hidden, hidden_size), 0);
    assert_int_equal(sys->stat(sys, "/socket", &about), 0);
    assert_true(S_ISSOCK(about.st_mode));
    assert_int_equal(sys->stat(sys, "/sockets", &about), -ENOENT);
    assert_int_equal(sys->stat(sys, "/sockex", &about), -ENOENT);
    assert_int_equal(sys->connect(sys, third, (void *)&hidden, (uint32_t)hidden_size),
                     -ECONNREFUSED); /* nobody listens */
    sys->close(sys, fd);
    sys->close(sys, other);
    assert_int_equal(sys->connect(sys, third, (void *)&at, (uint32_t)size), -ECONNREFUSED);
    assert_int_equal(sys->connect(sys, third, (void *)&hidden, (uint32_t)hidden_size),
                     -ECONNREFUSED);
    assert_int_equal(sys->unlink(sys, AT_FDCWD, "/sockex"), -ENOENT);
    assert_int_equal(sys->unlink(sys, AT_FDCWD, "/socket"), 0);
    assert_int_equal(sys->stat(sys, "/socket", &about), -ENOENT);
    assert_int_equal(sys->connect(sys, third, (void *)&at, (uint32_t)size), -ENOENT);
    end();
}

/* ---- ports ---- */

static int bind_to(int family, bool only6, const char *address, bool reuses, bool shares,
                   int *error)
{
    const weir_sys *sys = net.sys;
    int one = 1, fd = sys->socket(sys, family, SOCK_STREAM, 0);
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(80)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(80)};
    if (only6)
        sys->set_option(sys, fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (reuses)
        sys->set_option(sys, fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (shares)
        sys->set_option(sys, fd, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
    inet_pton(AF_INET, address, &four.sin_addr);
    inet_pton(AF_INET6, address, &six.sin6_addr);
    *error = family == AF_INET ? bind_any(sys, fd, &four, sizeof four)
                               : bind_any(sys, fd, &six, sizeof six);
    return fd;
}

/* Who may have port 80 beside whom. */
static void ports_overlap(void **state)
{
    (void)state;
    static const struct {
        int family;
        const char *address;
        bool only6;
        int family2;
        const char *address2;
        bool only62;
        int answer;
    } rows[] = {
        {AF_INET, "10.0.0.1", false, AF_INET, "127.0.0.1", false, 0},
        {AF_INET, "10.0.0.1", false, AF_INET, "0.0.0.0", false, -EADDRINUSE},
        {AF_INET, "0.0.0.0", false, AF_INET, "10.0.0.1", false, -EADDRINUSE},
        {AF_INET6, "::", false, AF_INET, "10.0.0.1", false, -EADDRINUSE},
        {AF_INET6, "::", true, AF_INET, "10.0.0.1", false, 0},
        {AF_INET6, "::1", false, AF_INET, "127.0.0.1", false, 0},
        {AF_INET, "10.0.0.1", false, AF_INET6, "::", false, -EADDRINUSE},
        {AF_INET, "10.0.0.1", false, AF_INET6, "::", true, 0},
        {AF_INET, "10.0.0.1", false, AF_INET6, "::1", false, 0},
        {AF_INET6, "::ffff:10.0.0.1", false, AF_INET, "10.0.0.1", false, -EADDRINUSE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int error;
        begin();
        bind_to(rows[i].family, rows[i].only6, rows[i].address, false, false, &error);
        assert_int_equal(error, 0);
        bind_to(rows[i].family2, rows[i].only62, rows[i].address2, false, false, &error);
        assert_int_equal(error, rows[i].answer);
        end();
    }
}

static void ports_are_shared(void **state)
{
    (void)state;
    static const struct {
        bool reuses, shares, listens, reuses2, shares2;
        int answer;
    } rows[] = {
        {false, true, true, false, true, 0},
        {false, true, true, false, false, -EADDRINUSE},
        {true, false, false, true, false, 0},
        {true, false, true, true, false, -EADDRINUSE},
        {true, false, false, false, true, -EADDRINUSE},
        {false, false, false, true, true, -EADDRINUSE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int error;
        begin();
        int fd = bind_to(AF_INET, false, "0.0.0.0", rows[i].reuses, rows[i].shares, &error);
        assert_int_equal(error, 0);
        if (rows[i].listens)
            assert_int_equal(net.sys->listen(net.sys, fd, 1), 0);
        bind_to(AF_INET, false, "0.0.0.0", rows[i].reuses2, rows[i].shares2, &error);
        assert_int_equal(error, rows[i].answer);
        end();
    }
}

static void a_host_has_no_more_descriptors(void **state)
{
    (void)state;
    begin();
    weir_host_fds_max(net.here, 2);
    int fd = net_socket(net.sys), event = net.sys->eventfd(net.sys, EFD_NONBLOCK);
    assert_true(fd >= WEIR_WORLD_FD_FIRST && event >= 0);
    assert_int_equal(net.sys->eventfd(net.sys, EFD_NONBLOCK), -EMFILE);
    assert_int_equal(net_socket(net.sys), -EMFILE);
    assert_int_equal(net.sys->close(net.sys, event), 0);
    assert_int_equal(weir_host_fds(net.here), 1);
    end();
}

int driver_world_calls(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_open_is_no_descriptor),
        cmocka_unit_test(real_descriptors_are_of_the_table_below),
        cmocka_unit_test(what_is_no_socket_is_refused),
        cmocka_unit_test(addresses_that_do_not_fit_are_refused),
        cmocka_unit_test(calls_out_of_their_order_are_refused),
        cmocka_unit_test(there_is_nobody_at_that_address),
        cmocka_unit_test(one_host_is_everywhere),
        cmocka_unit_test(options_are_what_was_set),
        cmocka_unit_test(a_socket_says_what_it_is),
        cmocka_unit_test(names_of_both_ends),
        cmocka_unit_test(paths_are_names),
        cmocka_unit_test(paths_are_files_until_they_are_unlinked),
        cmocka_unit_test(ports_overlap),
        cmocka_unit_test(ports_are_shared),
        cmocka_unit_test(a_host_has_no_more_descriptors),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
