/* Connections of the simulated network, by plain calls: bytes come in order, none is lost, none is
 * invented, whatever the seed; ends, resets, refusals and partitions are as TCP has them. */

#include "hosts.h"

/* Two hosts, and a connection between them. */
static struct {
    weir_world *world;
    weir_host *here, *there;
    const weir_sys *sys, *far;
    int listener, fd, far_fd;
} net;

static void begin(uint64_t seed)
{
    net.world = weir_world_new(seed);
    net.here = weir_world_host(net.world, "10.0.0.1");
    net.there = weir_world_host(net.world, "10.0.0.2");
    net.sys = weir_host_sys(net.here);
    net.far = weir_host_sys(net.there);
    net.listener = net_listen(net.far, "10.0.0.2", 80, 16);
    net.fd = net_socket(net.sys);
    net.far_fd = -1;
}

static void begin_connected(uint64_t seed, const weir_link_options *is)
{
    begin(seed);
    assert_true(weir_world_link(net.world, net.here, net.there, is));
    assert_int_equal(net_connect(net.sys, net.fd, "10.0.0.2", 80), -EINPROGRESS);
    assert_int_equal(net_ready(net.sys, net.fd), 0);
    net_settle(net.world);
    assert_true(net_ready(net.sys, net.fd) & POLLOUT);
    assert_int_equal(net_option(net.sys, net.fd, SO_ERROR), 0);
    assert_true(net_ready(net.far, net.listener) & POLLIN);
    net.far_fd = net.far->accept(net.far, net.listener, 0);
    assert_true(net.far_fd >= WEIR_WORLD_FD_FIRST);
}

static void end(void)
{
    weir_world_drop(net.world);
}

static const weir_link_options whole = {.capacity = 1000, .whole = true};

/* ---- bytes ---- */

struct talk {
    size_t total, sent, back, echoed;
    unsigned char held[64];
    size_t held_n;
    bool said_end, far_ended, closed, over;
};

static bool send_some(struct talk *talk)
{
    unsigned char bytes[300];
    size_t n = talk->total - talk->sent;
    n = n < sizeof bytes ? n : sizeof bytes;
    for (size_t i = 0; i < n; i++)
        bytes[i] = rig_byte(talk->sent + i);
    if (!n && !talk->said_end)
        return talk->said_end = net.sys->shutdown(net.sys, net.fd, SHUT_WR) == 0;
    int64_t sent = n ? net.sys->send(net.sys, net.fd, bytes, n, 0) : 0;
    assert_true(sent >= 0 || sent == -EAGAIN);
    talk->sent += sent > 0 ? (size_t)sent : 0;
    return sent > 0;
}

static bool take_some(struct talk *talk)
{
    unsigned char bytes[300];
    int64_t n = talk->over ? 0 : net.sys->recv(net.sys, net.fd, bytes, sizeof bytes, 0);
    assert_true(n >= 0 || n == -EAGAIN);
    for (int64_t i = 0; i < n; i++)
        assert_int_equal(bytes[i], rig_byte(talk->back + (size_t)i));
    talk->back += n > 0 ? (size_t)n : 0;
    talk->over |= n == 0;
    return n > 0;
}

static bool echo_some(struct talk *talk)
{
    const weir_sys *far = net.far;
    if (talk->closed)
        return false;
    if (!talk->held_n && !talk->far_ended) {
        int64_t n = far->recv(far, net.far_fd, talk->held, sizeof talk->held, 0);
        assert_true(n >= 0 || n == -EAGAIN);
        talk->far_ended = n == 0;
        talk->held_n = n > 0 ? (size_t)n : 0;
        return n >= 0;
    }
    if (!talk->held_n) {
        talk->closed = true;
        return far->close(far, net.far_fd) == 0;
    }
    int64_t n = far->send(far, net.far_fd, talk->held, talk->held_n, 0);
    if (n <= 0)
        return assert_int_equal(n, -EAGAIN), false;
    talk->held_n -= (size_t)n;
    memmove(talk->held, talk->held + n, talk->held_n);
    talk->echoed += (size_t)n;
    return true;
}

static void all_bytes_come_back(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 1000; seed++) {
        begin_connected(seed, &(weir_link_options){.delay_ns = 1 + seed * 1000});
        struct talk talk = {.total = seed * 7 % 5000};
        bool any = true;
        while (any) {
            bool (*const steps[])(struct talk *) = {send_some, take_some, echo_some};
            any = steps[weir_world_draw(net.world, 3)](&talk);
            for (int i = 0; i < 3; i++)
                any |= steps[i](&talk);
            any |= weir_world_step(net.world, WEIR_FOREVER);
        }
        assert_true(talk.over);
        assert_int_equal(talk.back, talk.total);
        assert_int_equal(weir_world_connections(net.world), 1);
        assert_int_equal(net.sys->close(net.sys, net.fd), 0);
        assert_int_equal(weir_world_connections(net.world), 0);
        end();
    }
}

/* A link of 1 MB/s: 100 kB take a tenth of a second; the first byte takes the delay. */
static void bytes_take_their_time(void **state)
{
    (void)state;
    begin_connected(1, &(weir_link_options){.delay_ns = 5000000,
                                            .jitter_ns = 1,
                                            .bytes_per_second = 1000000,
                                            .capacity = 200000,
                                            .whole = true});
    static unsigned char bytes[100000];
    uint64_t begun = weir_world_now_ns(net.world);
    assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 100000, 0), 100000);
    assert_false(weir_world_step(net.world, begun + 104999999));
    assert_int_equal(net_ready(net.far, net.far_fd) & POLLIN, 0);
    assert_true(weir_world_step(net.world, begun + 105000001));
    assert_int_equal(net.far->readable_bytes(net.far, net.far_fd), 100000);
    end();
}

static void a_full_connection_waits(void **state)
{
    (void)state;
    unsigned char bytes[2000] = {0};
    begin_connected(1, &whole);
    assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 2000, 0), 1000);
    assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 2000, 0), -EAGAIN);
    assert_int_equal(net_ready(net.sys, net.fd) & POLLOUT, 0);
    net_settle(net.world);
    assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 2000, 0), -EAGAIN);
    assert_int_equal(net.far->recv(net.far, net.far_fd, bytes, 10, MSG_PEEK), 10);
    assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 2000, 0), -EAGAIN);
    assert_int_equal(net.far->recv(net.far, net.far_fd, bytes, 10, 0), 10);
    assert_true(net_ready(net.sys, net.fd) & POLLOUT);
    assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 2000, 0), 10);
    end();
}

/* ---- ends and resets ---- */

static void an_end_comes_behind_the_bytes(void **state)
{
    (void)state;
    char text[10];
    begin_connected(1, &whole);
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), 3);
    assert_int_equal(net.sys->shutdown(net.sys, net.fd, SHUT_WR), 0);
    assert_int_equal(net.sys->send(net.sys, net.fd, "d", 1, 0), -EPIPE);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), -EAGAIN);
    net_settle(net.world);
    assert_true(net_ready(net.far, net.far_fd) & POLLRDHUP);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), 3);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), 0);
    assert_int_equal(net.far->send(net.far, net.far_fd, "e", 1, 0), 1); /* half is open */
    net_settle(net.world);
    assert_int_equal(net.sys->recv(net.sys, net.fd, text, 10, 0), 1);
    assert_int_equal(net.far->shutdown(net.far, net.far_fd, SHUT_WR), 0);
    assert_true(net_ready(net.far, net.far_fd) & POLLHUP);
    end();
}

static void closing_with_unread_bytes_resets(void **state)
{
    (void)state;
    char text[10];
    begin_connected(1, &whole);
    assert_int_equal(net.far->send(net.far, net.far_fd, "abc", 3, 0), 3);
    net_settle(net.world);
    assert_int_equal(net.sys->close(net.sys, net.fd), 0);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), -EAGAIN);
    net_settle(net.world);
    assert_true(net_ready(net.far, net.far_fd) & POLLERR);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), -ECONNRESET);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), 0);
    assert_int_equal(net.far->send(net.far, net.far_fd, "x", 1, 0), -EPIPE);
    end();
}

static void closing_in_order_does_not(void **state)
{
    (void)state;
    char text[10];
    begin_connected(1, &whole);
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), 3);
    assert_int_equal(net.sys->close(net.sys, net.fd), 0);
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), -EBADF);
    net_settle(net.world);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), 3);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), 0);
    assert_int_equal(net.far->send(net.far, net.far_fd, "x", 1, 0), 1); /* nobody is there */
    net_settle(net.world);
    assert_int_equal(net.far->send(net.far, net.far_fd, "x", 1, 0), -EPIPE);
    end();
}

static void lingering_for_no_time_resets(void **state)
{
    (void)state;
    char text[10];
    unsigned came = 0;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin_connected(seed, &whole);
        assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), 3);
        net_linger(net.sys, net.fd);
        assert_int_equal(net.sys->close(net.sys, net.fd), 0);
        net_settle(net.world);
        int64_t n = net.far->recv(net.far, net.far_fd, text, 10, 0);
        came += n == 3;
        n = n == 3 ? net.far->recv(net.far, net.far_fd, text, 10, 0) : n;
        assert_int_equal(n, -ECONNRESET);
        end();
    }
    assert_in_range(came, 1, 19); /* what was sent before may come, or not */
}

/* ---- connecting ---- */

static void nobody_listens(void **state)
{
    (void)state;
    begin(1);
    assert_int_equal(net_connect(net.sys, net.fd, "10.0.0.2", 81), -EINPROGRESS);
    assert_int_equal(net_connect(net.sys, net.fd, "10.0.0.2", 81), -EALREADY);
    net_settle(net.world);
    assert_true(net_ready(net.sys, net.fd) & POLLOUT);
    assert_int_equal(net_option(net.sys, net.fd, SO_ERROR), ECONNREFUSED);
    assert_int_equal(net_option(net.sys, net.fd, SO_ERROR), 0);
    assert_int_equal(net_connect(net.sys, net.fd, "10.0.0.2", 80), -EINPROGRESS); /* again */
    net_settle(net.world);
    assert_int_equal(net_option(net.sys, net.fd, SO_ERROR), 0);
    assert_int_equal(net_connect(net.sys, net.fd, "10.0.0.2", 80), -EISCONN);
    int other = net_socket(net.sys);
    assert_int_equal(net_connect(net.sys, other, "10.0.0.3", 80), -EHOSTUNREACH);
    end();
}

static void a_link_refuses(void **state)
{
    (void)state;
    begin(1);
    weir_world_link(net.world, net.here, net.there, &(weir_link_options){.refuses = true});
    net_connect(net.sys, net.fd, "10.0.0.2", 80);
    net_settle(net.world);
    assert_int_equal(net_option(net.sys, net.fd, SO_ERROR), ECONNREFUSED);
    end();
}

/* The backlog is full: who connects tries again, until there is room, or for a minute. */
static void a_full_backlog_waits(void **state)
{
    (void)state;
    begin(1);
    assert_int_equal(net.far->listen(net.far, net.listener, 2), 0);
    int fds[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(net_connect(net.sys, fds[i] = net_socket(net.sys), "10.0.0.2", 80),
                         -EINPROGRESS);
    uint64_t now = weir_world_now_ns(net.world);
    while (weir_world_step(net.world, now + 10000000000)) {
    }
    int ready = 0;
    for (int i = 0; i < 4; i++)
        ready += (net_ready(net.sys, fds[i]) & POLLOUT) != 0;
    assert_int_equal(ready, 2);
    assert_true(net.far->accept(net.far, net.listener, 0) >= 0);
    net_settle(net.world);
    int failed = 0;
    for (int i = 0; i < 4; i++)
        failed += net_option(net.sys, fds[i], SO_ERROR) == ETIMEDOUT;
    assert_int_equal(failed, 1);
    end();
}

static void descriptors_run_out(void **state)
{
    (void)state;
    begin_connected(1, &whole);
    weir_host_fds_max(net.there, weir_host_fds(net.there));
    int fd = net_socket(net.sys);
    net_connect(net.sys, fd, "10.0.0.2", 80);
    net_settle(net.world);
    assert_int_equal(net_socket(net.far), -EMFILE);
    assert_int_equal(net.far->accept(net.far, net.listener, 0), -EMFILE);
    assert_true(net_ready(net.far, net.listener) & POLLIN); /* it still waits */
    int number = net.far_fd;
    assert_int_equal(net.far->close(net.far, net.far_fd), 0);
    assert_int_equal(net.far->accept(net.far, net.listener, 0), number); /* the lowest free one */
    assert_int_equal(net.far->close(net.far, fd), -EBADF);               /* is another host's */
    end();
}

static void ports_are_in_use(void **state)
{
    (void)state;
    begin(1);
    const weir_sys *far = net.far;
    int fd = net_socket(far), yes = 1;
    assert_int_equal(net_bind(far, fd, "10.0.0.2", 80), -EADDRINUSE);
    assert_int_equal(net_bind(far, fd, "0.0.0.0", 80), -EADDRINUSE);
    assert_int_equal(net_bind(far, fd, "10.0.0.1", 80), -EADDRNOTAVAIL);
    far->set_option(far, fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    far->set_option(far, net.listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    assert_int_equal(net_bind(far, fd, "0.0.0.0", 80), -EADDRINUSE); /* somebody listens */
    far->set_option(far, fd, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    far->set_option(far, net.listener, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    assert_int_equal(net_bind(far, fd, "0.0.0.0", 80), 0);
    int own = net_socket(far);
    assert_int_equal(net_bind(far, own, "127.0.0.1", 0), 0);
    struct sockaddr_in at;
    uint32_t n = sizeof at;
    assert_int_equal(far->own_name(far, own, (struct sockaddr *)(void *)&at, &n), 0);
    assert_in_range(ntohs(at.sin_port), 32768, 61000);
    far->close(far, net.listener);
    far->close(far, fd);
    net.listener = net_listen(far, "10.0.0.2", 80, 1);
    end();
}

/* ---- partitions ---- */

static void held_bytes_come_when_it_heals(void **state)
{
    (void)state;
    char text[10];
    begin_connected(1, &whole);
    weir_world_partition(net.world, net.here, net.there);
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), 3);
    uint64_t now = weir_world_now_ns(net.world);
    while (weir_world_step(net.world, now + 30000000000)) {
    }
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), -EAGAIN);
    weir_world_heal(net.world, net.here, net.there);
    now = weir_world_now_ns(net.world);
    while (weir_world_step(net.world, now + 10000000)) {
    }
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), 3);
    end();
}

static void a_partition_times_out(void **state)
{
    (void)state;
    char text[10];
    begin_connected(1, &whole);
    weir_world_partition(net.world, net.here, net.there);
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), 3);
    uint64_t now = weir_world_now_ns(net.world);
    net_settle(net.world);
    assert_in_range(weir_world_now_ns(net.world) - now, 60000000000, 61000000000);
    assert_int_equal(net.sys->recv(net.sys, net.fd, text, 10, 0), -ETIMEDOUT);
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), -EPIPE);
    weir_world_heal(net.world, net.here, net.there);
    assert_int_equal(net.far->send(net.far, net.far_fd, "x", 1, 0), 1); /* it does not know yet */
    net_settle(net.world);
    assert_int_equal(net.far->recv(net.far, net.far_fd, text, 10, 0), -ECONNRESET);
    end();
}

/* Nothing is under way, since nothing fits: that is asked for again, and nobody answers. */
static void a_full_connection_times_out(void **state)
{
    (void)state;
    static const unsigned char bytes[2000];
    for (int before = 0; before < 2; before++) {
        begin_connected(1, &whole);
        if (before)
            weir_world_partition(net.world, net.here, net.there);
        assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 2000, 0), 1000);
        if (!before)
            net_settle(net.world);
        weir_world_partition(net.world, net.here, net.there);
        net_settle(net.world);
        assert_int_equal(net.sys->send(net.sys, net.fd, bytes, 2000, 0), -ETIMEDOUT);
        end();
    }
}

static void connecting_into_a_hole(void **state)
{
    (void)state;
    begin(1);
    weir_host_vanish(net.there);
    net_connect(net.sys, net.fd, "10.0.0.2", 80);
    net_settle(net.world);
    assert_int_equal(net_option(net.sys, net.fd, SO_ERROR), ETIMEDOUT);
    end();
}

static void both_ends_are_reset(void **state)
{
    (void)state;
    char text[10];
    begin_connected(1, &whole);
    assert_int_equal(weir_world_reset(net.world, net.there, net.here), 1);
    net_settle(net.world);
    assert_int_equal(net.sys->recv(net.sys, net.fd, text, 10, 0), -ECONNRESET);
    assert_int_equal(net.far->send(net.far, net.far_fd, "x", 1, 0), -ECONNRESET);
    end();
}

/* ---- paths ---- */

static int path_call(bool binds, const weir_sys *sys, int fd, const char *path)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    strcpy(at.sun_path, path);
    const struct sockaddr *there = (const struct sockaddr *)(const void *)&at;
    return binds ? sys->bind(sys, fd, there, sizeof at) : sys->connect(sys, fd, there, sizeof at);
}

static void paths_stay(void **state)
{
    (void)state;
    char text[10];
    begin(1);
    const weir_sys *sys = net.sys;
    int listener = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    int fd = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(path_call(false, sys, fd, "/sock"), -ENOENT);
    assert_int_equal(path_call(true, sys, listener, "/sock"), 0);
    assert_int_equal(path_call(false, sys, fd, "/sock"), -ECONNREFUSED);
    assert_int_equal(sys->listen(sys, listener, 1), 0);
    assert_int_equal(path_call(false, sys, fd, "/sock"), 0);
    int more = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    assert_int_equal(path_call(false, sys, more, "/sock"), -EAGAIN);
    assert_int_equal(sys->send(sys, fd, "abc", 3, 0), 3);
    int other = sys->accept(sys, listener, 0);
    net_settle(net.world);
    assert_int_equal(sys->recv(sys, other, text, 10, 0), 3);
    assert_int_equal(sys->close(sys, listener), 0);
    assert_int_equal(path_call(false, sys, more, "/sock"), -ECONNREFUSED);
    assert_int_equal(path_call(true, sys, more, "/sock"), -EADDRINUSE);
    struct stat is;
    assert_int_equal(sys->stat(sys, "/sock", &is), 0);
    assert_true(S_ISSOCK(is.st_mode));
    assert_int_equal(sys->unlink(sys, AT_FDCWD, "/sock"), 0);
    assert_int_equal(path_call(true, sys, more, "/sock"), 0);
    end();
}

/* ---- it is its own ---- */

static void other_descriptors_are_real(void **state)
{
    (void)state;
    begin(1);
    const weir_sys *sys = net.sys;
    int ends[2];
    char text[10];
    assert_int_equal(sys->pipe(sys, ends, O_CLOEXEC), 0);
    assert_int_equal(sys->write(sys, ends[1], "abc", 3), 3);
    struct pollfd ask[] = {{.fd = ends[0], .events = POLLIN}, {.fd = net.fd, .events = POLLOUT}};
    assert_int_equal(sys->poll(sys, ask, 2, 0), 2);
    assert_int_equal(sys->read(sys, ends[0], text, 10), 3);
    assert_int_equal(sys->splice(sys, ends[0], UINT64_MAX, net.fd, 10), -EINVAL);
    assert_int_equal(sys->close(sys, ends[0]), 0);
    assert_int_equal(sys->close(sys, ends[1]), 0);
    end();
}

static void memory_comes_back(void **state)
{
    (void)state;
    begin_connected(1, &whole);
    size_t before = weir_world_memory(net.world);
    assert_true(before > 2000);
    net.sys->close(net.sys, net.fd);
    net.far->close(net.far, net.far_fd);
    assert_true(weir_world_memory(net.world) < before - 2000);
    end();
}

int driver_world_streams(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_come_back),
        cmocka_unit_test(bytes_take_their_time),
        cmocka_unit_test(a_full_connection_waits),
        cmocka_unit_test(an_end_comes_behind_the_bytes),
        cmocka_unit_test(closing_with_unread_bytes_resets),
        cmocka_unit_test(closing_in_order_does_not),
        cmocka_unit_test(lingering_for_no_time_resets),
        cmocka_unit_test(nobody_listens),
        cmocka_unit_test(a_link_refuses),
        cmocka_unit_test(a_full_backlog_waits),
        cmocka_unit_test(descriptors_run_out),
        cmocka_unit_test(ports_are_in_use),
        cmocka_unit_test(held_bytes_come_when_it_heals),
        cmocka_unit_test(a_partition_times_out),
        cmocka_unit_test(a_full_connection_times_out),
        cmocka_unit_test(connecting_into_a_hole),
        cmocka_unit_test(both_ends_are_reset),
        cmocka_unit_test(paths_stay),
        cmocka_unit_test(other_descriptors_are_real),
        cmocka_unit_test(memory_comes_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
