/* Bytes of the simulated network by each call that moves some: in pieces, looked at first, out of
 * files; what half an end means, what poll() waits for, and memory that is refused at each place.
 */

#include "hosts.h"

#include <netdb.h>

#include "doubles.h"

static struct {
    weir_world *world;
    weir_host *here, *there;
    const weir_sys *sys, *far;
    int fd, far_fd;
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
}

static void begin_connected(void)
{
    begin();
    int listener = net_listen(net.far, "10.0.0.2", 80, 4);
    net.fd = net_socket(net.sys);
    assert_int_equal(net_connect(net.sys, net.fd, "10.0.0.2", 80), -EINPROGRESS);
    net_settle(net.world);
    net.far_fd = net.far->accept(net.far, listener, 0);
}

static void end(void)
{
    weir_world_drop(net.world);
}

/* ---- pieces ---- */

static int64_t in_pieces(bool sends, int fd, struct iovec *pieces, size_t n, int flags)
{
    const weir_sys *sys = sends ? net.sys : net.far;
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = n};
    return sends ? sys->sendmsg(sys, fd, &message, flags) : sys->recvmsg(sys, fd, &message, flags);
}

static void pieces_are_one_stream(void **state)
{
    (void)state;
    char got[16] = {0}, many[600];
    memset(many, 'm', sizeof many);
    struct iovec out[] = {{(char[]){"ab"}, 2}, {NULL, 0}, {(char[]){"cde"}, 3}};
    struct iovec in[] = {{got, 3}, {got + 3, 10}};
    struct iovec too_much[] = {{many, 600}, {many, 600}};
    begin_connected();
    assert_int_equal(in_pieces(false, net.far_fd, in, 2, 0), -EAGAIN);
    assert_int_equal(in_pieces(true, net.fd, out, 3, 0), 5);
    net_settle(net.world);
    assert_int_equal(in_pieces(false, net.far_fd, in, 2, MSG_PEEK), 3); /* the first is full */
    assert_int_equal(net.far->readable_bytes(net.far, net.far_fd), 5);
    assert_int_equal(in_pieces(false, net.far_fd, in, 2, 0), 5);
    assert_string_equal(got, "abcde");
    assert_int_equal(in_pieces(true, net.fd, too_much, 2, 0), 1000);
    assert_int_equal(in_pieces(true, net.fd, too_much, 2, 0), -EAGAIN);
    net_settle(net.world);
    in[0] = (struct iovec){many, 500};
    in[1] = (struct iovec){many, 500};
    assert_int_equal(in_pieces(false, net.far_fd, in, 2, 0), 1000);
    out[0].iov_len = 1; /* what came before nothing more does is told */
    assert_int_equal(in_pieces(true, net.fd, out, 1, 0), 1);
    net_settle(net.world);
    in[0] = (struct iovec){got, 1};
    assert_int_equal(in_pieces(false, net.far_fd, in, 2, 0), 1);
    end();
}

static void each_way_to_write_and_read(void **state)
{
    (void)state;
    char got[4] = {0};
    begin_connected();
    assert_int_equal(net.sys->write(net.sys, net.fd, "a", 1), 1);
    assert_int_equal(net.sys->write_now(net.sys, net.fd, "b", 1), 1);
    assert_int_equal(net.sys->send(net.sys, net.fd, "", 0, 0), 0);
    net_settle(net.world);
    assert_int_equal(net.far->read(net.far, net.far_fd, got, 1), 1);
    assert_int_equal(net.far->read_now(net.far, net.far_fd, got + 1, 2), 1);
    assert_int_equal(net.far->read_now(net.far, net.far_fd, got + 1, 2), -EAGAIN);
    assert_string_equal(got, "ab");
    end();
}

static void files_are_sent(void **state)
{
    (void)state;
    unsigned char *bytes = rig_bytes(1500), got[1000];
    begin_connected();
    rig_make(rig_path("file"), 1500);
    int file = open(rig_path("file"), O_RDONLY);
    const weir_sys *sys = net.sys;
    assert_int_equal(sys->sendfile(sys, net.fd, net.fd, 0, 10), -EINVAL);
    assert_int_equal(sys->sendfile(sys, net.fd, file, UINT64_MAX, 10), -EINVAL);
    assert_int_equal(sys->splice(sys, file, 0, net.fd, 10), -EINVAL);
    assert_int_equal(sys->splice(sys, net.fd, UINT64_MAX, file, 10), -EINVAL);
    assert_int_equal(sys->sendfile(sys, net.fd, file, 1500, 10), 0);
    assert_int_equal(sys->sendfile(sys, net.fd, file, 100, 100000), 1000);
    assert_int_equal(sys->sendfile(sys, net.fd, file, 1100, 10), -EAGAIN);
    net_settle(net.world);
    assert_int_equal(net.far->recv(net.far, net.far_fd, got, 1000, 0), 1000);
    assert_memory_equal(got, bytes + 100, 1000);
    assert_int_equal(sys->sendfile(sys, net.fd, net_socket(sys), 0, 10), -EINVAL);
    close(file);
    free(bytes);
    end();
}

/* ---- half an end ---- */

static void nobody_reads_here_any_more(void **state)
{
    (void)state;
    char got[8];
    begin_connected();
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), 3);
    net_settle(net.world);
    assert_int_equal(net.far->shutdown(net.far, net.far_fd, SHUT_RD), 0);
    assert_true(net_ready(net.far, net.far_fd) & POLLRDHUP);
    while (net.far->recv(net.far, net.far_fd, got, 8, 0) > 0) {
    }
    assert_int_equal(net.sys->send(net.sys, net.fd, "more", 4, 0), 4); /* it goes nowhere */
    net_settle(net.world);
    assert_int_equal(net.far->send(net.far, net.far_fd, "x", 1, 0), 1);
    net_settle(net.world);
    assert_int_equal(net.sys->recv(net.sys, net.fd, got, 8, 0), 1);
    end();
}

static void both_halves_end_at_once(void **state)
{
    (void)state;
    char got[8];
    begin_connected();
    assert_int_equal(net.sys->shutdown(net.sys, net.fd, SHUT_RDWR), 0);
    assert_int_equal(net.sys->send(net.sys, net.fd, "x", 1, 0), -EPIPE);
    assert_int_equal(net.sys->recv(net.sys, net.fd, got, 8, 0), 0);
    net_settle(net.world);
    assert_int_equal(net.far->recv(net.far, net.far_fd, got, 8, 0), 0);
    end();
}

static void datagrams_end_too(void **state)
{
    (void)state;
    char got[8];
    begin();
    int near = net.sys->socket(net.sys, AF_INET, SOCK_DGRAM, 0);
    int far = net.far->socket(net.far, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(net_bind(net.far, far, "0.0.0.0", 53), 0);
    assert_int_equal(net_connect(net.sys, near, "10.0.0.2", 53), 0);
    assert_int_equal(net.sys->send(net.sys, near, "abc", 3, 0), 3);
    net_settle(net.world);
    assert_int_equal(net.far->recv(net.far, far, got, 2, MSG_PEEK | MSG_TRUNC), 3);
    assert_int_equal(net.far->recv(net.far, far, got, 2, MSG_TRUNC), 3);
    assert_int_equal(net.far->shutdown(net.far, far, SHUT_RD), 0);
    assert_int_equal(net.sys->send(net.sys, near, "abc", 3, 0), 3);
    net_settle(net.world);
    assert_int_equal(net.far->recv(net.far, far, got, 8, 0), 0);
    end();
}

/* Of one that is connected only its peer's come. */
static void strangers_are_not_heard(void **state)
{
    (void)state;
    char got[8];
    begin();
    int far = net.far->socket(net.far, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(net_bind(net.far, far, "10.0.0.2", 53), 0);
    assert_int_equal(net_connect(net.far, far, "10.0.0.1", 1000), 0);
    for (unsigned port = 999; port <= 1000; port++) {
        int near = net.sys->socket(net.sys, AF_INET, SOCK_DGRAM, 0);
        assert_int_equal(net_bind(net.sys, near, "10.0.0.1", port), 0);
        assert_int_equal(net_connect(net.sys, near, "10.0.0.2", 53), 0);
        assert_int_equal(net.sys->send(net.sys, near, port == 1000 ? "peer" : "other", 4, 0), 4);
    }
    int near = net.far->socket(net.far, AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(net_bind(net.far, near, "127.0.0.1", 1000), 0);
    assert_int_equal(net_connect(net.far, near, "10.0.0.2", 53), 0);
    assert_int_equal(net.far->send(net.far, near, "near", 4, 0), 4);
    net_settle(net.world);
    assert_int_equal(net.far->recv(net.far, far, got, 8, 0), 4);
    assert_memory_equal(got, "peer", 4);
    assert_int_equal(net.far->recv(net.far, far, got, 8, 0), -EAGAIN);
    end();
}

/* ---- connecting within a host ---- */

static void any_address_is_oneself(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 20; seed++) { /* at once, or later */
        net.world = weir_world_new(seed);
        net.here = weir_world_host(net.world, "10.0.0.1");
        const weir_sys *sys = weir_host_sys(net.here);
        struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(81)};
        int four_listener = net_listen(sys, "127.0.0.1", 80, 4);
        int six_listener = sys->socket(sys, AF_INET6, SOCK_STREAM, 0);
        six.sin6_addr = in6addr_loopback;
        assert_int_equal(sys->bind(sys, six_listener, (void *)&six, sizeof six), 0);
        assert_int_equal(sys->listen(sys, six_listener, 4), 0);
        int four_fd = net_socket(sys), six_fd = sys->socket(sys, AF_INET6, SOCK_STREAM, 0);
        int got = net_connect(sys, four_fd, "0.0.0.0", 80);
        assert_true(got == 0 || got == -EINPROGRESS);
        six.sin6_addr = in6addr_any;
        got = sys->connect(sys, six_fd, (void *)&six, sizeof six);
        assert_true(got == 0 || got == -EINPROGRESS);
        net_settle(net.world);
        assert_true(sys->accept(sys, four_listener, 0) >= WEIR_WORLD_FD_FIRST);
        assert_true(sys->accept(sys, six_listener, 0) >= WEIR_WORLD_FD_FIRST);
        end();
    }
}

/* ---- waiting ---- */

static void nothing(void *arg)
{
    ++*(unsigned *)arg;
}

static void time_passes_while_poll_waits(void **state)
{
    (void)state;
    begin_connected();
    unsigned called = 0;
    struct pollfd ask[] = {{.fd = net.fd, .events = POLLIN}, {.fd = -5, .events = POLLIN}};
    uint64_t begun = weir_world_now_ns(net.world);
    assert_int_equal(net.sys->poll(net.sys, ask, 1, 0), 0);
    assert_int_equal(net.sys->poll(net.sys, ask, 1, 20), 0);
    assert_int_equal(weir_world_now_ns(net.world) - begun, 20000000);
    assert_true(weir_world_after(net.world, 1000, nothing, &called));
    assert_int_equal(net.sys->poll(net.sys, ask, 2, -1), 0); /* until nothing is left to happen */
    assert_int_equal(called, 1);
    assert_int_equal(net.far->send(net.far, net.far_fd, "x", 1, 0), 1);
    assert_int_equal(net.sys->poll(net.sys, ask, 2, -1), 1);
    assert_int_equal(ask[0].revents, POLLIN);
    assert_int_equal(net.sys->now_ns(net.sys), weir_world_now_ns(net.world));
    assert_int_equal(net.sys->unix_ns(net.sys), weir_world_unix_ns(net.world));
    end();
}

static int refuse_poll(const weir_sys *sys, struct pollfd *fds, size_t n, int timeout_ms)
{
    (void)sys, (void)fds, (void)n, (void)timeout_ms;
    return -EPERM;
}

static void who_may_not_ask_about_others_is_told(void **state)
{
    (void)state;
    weir_sys below;
    struct weir_host_sys room;
    weir_sys_wrap(&below, NULL);
    below.poll = refuse_poll;
    begin_connected();
    weir_host_sys_init(&room, net.here, &below);
    struct pollfd ask[] = {{.fd = net.fd, .events = POLLIN}, {.fd = 0, .events = POLLIN}};
    assert_int_equal(room.sys.poll(&room.sys, ask, 2, -1), -EBADF);
    assert_int_equal(room.sys.poll(&room.sys, ask, 1, 0), 0);
    end();
}

/* The same seed draws the same. */
static void numbers_come_of_the_seed(void **state)
{
    (void)state;
    uint64_t drawn[2];
    for (int i = 0; i < 2; i++) {
        begin();
        drawn[i] = net.sys->random(net.sys);
        assert_true(drawn[i] != net.sys->random(net.sys));
        end();
    }
    assert_int_equal(drawn[0], drawn[1]);
}

/* ---- who vanishes ---- */

static void only_what_is_connected_to_it_is_cut(void **state)
{
    (void)state;
    char got[4];
    begin_connected();
    weir_host *third = weir_world_host(net.world, "10.0.0.3");
    const weir_sys *sys = weir_host_sys(third);
    int listener = net_listen(net.far, "10.0.0.2", 81, 4), fd = net_socket(sys);
    net_connect(sys, fd, "10.0.0.2", 81);
    net_settle(net.world);
    int other = net.far->accept(net.far, listener, 0);
    assert_int_equal(net.sys->send(net.sys, net.fd, "abc", 3, 0), 3);
    weir_host_vanish(net.here);
    assert_true(sys->send(sys, fd, "x", 1, 0) == 1);
    uint64_t until_ns = weir_world_now_ns(net.world) + 1000000000;
    while (weir_world_step(net.world, until_ns)) {
    }
    assert_int_equal(net.far->recv(net.far, net.far_fd, got, 4, 0), -EAGAIN);
    assert_int_equal(net.far->recv(net.far, other, got, 4, 0), 1);
    end();
}

/* ---- memory ---- */

/* Whatever of it works works as ever; what does not says so. */
static void talk(void)
{
    unsigned called = 0;
    char got[4];
    struct addrinfo *list = NULL;
    weir_world *world = weir_world_new(1);
    weir_host *here = world ? weir_world_host(world, "10.0.0.1") : NULL;
    weir_host *there = here ? weir_world_host(world, "10.0.0.2") : NULL;
    if (!there || !weir_world_link(world, here, there, &whole)) {
        weir_world_drop(world);
        return;
    }
    const weir_sys *sys = weir_host_sys(here), *far = weir_host_sys(there);
    bool later = weir_world_after(world, 10, nothing, &called);
    int listener = net_socket(far), fd = net_socket(sys);
    assert_true(fd >= WEIR_WORLD_FD_FIRST || fd == -ENOMEM || fd == -ENOBUFS);
    if (listener >= 0 && !net_bind(far, listener, "10.0.0.2", 80))
        assert_int_equal(far->listen(far, listener, 4), 0);
    if (fd >= 0)
        assert_int_equal(net_connect(sys, fd, "10.0.0.2", 80), -EINPROGRESS);
    net_settle(world);
    int peer = listener >= 0 ? far->accept(far, listener, 0) : -1;
    if (peer >= 0 && sys->send(sys, fd, "abc", 3, 0) == 3) {
        net_settle(world);
        assert_int_equal(far->recv(far, peer, got, 4, 0), 3);
    }
    assert_int_equal(called, later);
    struct sockaddr_un at = {.sun_family = AF_UNIX, .sun_path = "/x"};
    int local = sys->socket(sys, AF_UNIX, SOCK_STREAM, 0);
    if (local >= 0) {
        int bound = sys->bind(sys, local, (void *)&at, sizeof at);
        assert_true(bound == 0 || bound == -ENOMEM);
    }
    int packets = sys->socket(sys, AF_INET, SOCK_DGRAM, 0);
    if (packets >= 0 && !net_connect(sys, packets, "10.0.0.2", 53)) {
        int64_t sent = sys->send(sys, packets, "abc", 3, 0);
        assert_true(sent == 3 || sent == -ENOBUFS);
    }
    if (weir_world_name(world, "db", "10.0.0.2 fd00::2", 1, 0)) {
        int code = sys->resolve(sys, "db", "80", NULL, &list);
        assert_true(code == 0 || code == EAI_MEMORY);
        sys->resolve_free(sys, code ? NULL : list);
    }
    weir_world_drop(world);
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned long calls = 0;
    for (unsigned long k = 1; k == 1 || calls >= k - 1; k++) {
        memory_begin(k, false);
        talk();
        calls = memory.calls;
        assert_int_equal(memory_end(), 0);
    }
    assert_true(calls > 10);
}

int driver_world_bytes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_one_stream),
        cmocka_unit_test(each_way_to_write_and_read),
        cmocka_unit_test(files_are_sent),
        cmocka_unit_test(nobody_reads_here_any_more),
        cmocka_unit_test(both_halves_end_at_once),
        cmocka_unit_test(datagrams_end_too),
        cmocka_unit_test(strangers_are_not_heard),
        cmocka_unit_test(any_address_is_oneself),
        cmocka_unit_test(time_passes_while_poll_waits),
        cmocka_unit_test(who_may_not_ask_about_others_is_told),
        cmocka_unit_test(numbers_come_of_the_seed),
        cmocka_unit_test(only_what_is_connected_to_it_is_cut),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
