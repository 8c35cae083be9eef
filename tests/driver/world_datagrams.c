/* Datagrams and names of the simulated network: each comes whole; some are lost, doubled, late, as
 * the link says. */

#include "hosts.h"

#include <netdb.h>

static struct {
    weir_world *world;
    weir_host *here, *there;
    const weir_sys *sys, *far;
    int fd, far_fd;
} net;

static int datagrams(const weir_sys *sys)
{
    return sys->socket(sys, AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static void begin(const weir_link_options *is)
{
    net.world = weir_world_new(7);
    net.here = weir_world_host(net.world, "10.0.0.1");
    net.there = weir_world_host(net.world, "10.0.0.2");
    net.sys = weir_host_sys(net.here);
    net.far = weir_host_sys(net.there);
    assert_true(weir_world_link(net.world, net.here, net.there, is));
    net.fd = datagrams(net.sys);
    net.far_fd = datagrams(net.far);
    assert_int_equal(net_bind(net.far, net.far_fd, "0.0.0.0", 53), 0);
}

static int64_t send_to(const weir_sys *sys, int fd, const char *address, unsigned port,
                       const char *text)
{
    struct sockaddr_in at = net_at(address, port);
    struct iovec part = {(void *)(uintptr_t)text, strlen(text)};
    struct msghdr message = {
        .msg_name = &at, .msg_namelen = sizeof at, .msg_iov = &part, .msg_iovlen = 1};
    return sys->sendmsg(sys, fd, &message, 0);
}

static void each_comes_whole(void **state)
{
    (void)state;
    begin(&(weir_link_options){0});
    assert_int_equal(send_to(net.sys, net.fd, "10.0.0.2", 53, "hello"), 5);
    assert_int_equal(send_to(net.sys, net.fd, "10.0.0.2", 53, ""), 0);
    assert_int_equal(net.far->recv(net.far, net.far_fd, NULL, 0, 0), -EAGAIN);
    net_settle(net.world);
    char text[3];
    unsigned empty = 0;
    for (int i = 0; i < 2; i++) {
        struct sockaddr_in from;
        struct iovec part = {text, sizeof text};
        struct msghdr message = {
            .msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &part, .msg_iovlen = 1};
        int64_t n = net.far->recvmsg(net.far, net.far_fd, &message, 0);
        assert_true(n == 0 || n == 3);
        empty += n == 0;
        assert_int_equal(message.msg_flags, n ? MSG_TRUNC : 0);
        assert_string_equal(inet_ntoa(from.sin_addr), "10.0.0.1");
    }
    assert_int_equal(empty, 1);
    weir_world_drop(net.world);
}

enum { SENT = 1000 };

/* Sends numbers, one after the other; counts how often each came, and how many came behind a later
 * one. */
static unsigned count(unsigned *times)
{
    unsigned late = 0, last = 0;
    memset(times, 0, SENT * sizeof *times);
    for (unsigned i = 0; i < SENT; i++) {
        char text[16], got[16];
        snprintf(text, sizeof text, "%u", i);
        assert_true(send_to(net.sys, net.fd, "10.0.0.2", 53, text) > 0);
        while (weir_world_step(net.world, weir_world_now_ns(net.world) + 10000)) {
        }
        if (i == SENT - 1)
            net_settle(net.world);
        for (int64_t n; (n = net.far->recv(net.far, net.far_fd, got, sizeof got - 1, 0)) > 0;) {
            got[n] = 0;
            unsigned number = (unsigned)atoi(got);
            times[number]++;
            late += number < last;
            last = number;
        }
    }
    return late;
}

static void some_are_lost_doubled_late(void **state)
{
    (void)state;
    unsigned times[SENT], lost = 0, doubled = 0;
    begin(&(weir_link_options){.delay_ns = 1000,
                               .jitter_ns = 1,
                               .lost_per_million = 100000,
                               .doubled_per_million = 50000,
                               .late_per_million = 50000});
    unsigned late = count(times);
    for (unsigned i = 0; i < SENT; i++) {
        lost += times[i] == 0;
        doubled += times[i] == 2;
        assert_true(times[i] <= 2);
    }
    assert_in_range(lost, 50, 150);
    assert_in_range(doubled, 20, 80);
    assert_in_range(late, 20, 80);
    weir_world_drop(net.world);
    begin(&(weir_link_options){.delay_ns = 1000, .jitter_ns = 1});
    assert_int_equal(count(times), 0);
    for (unsigned i = 0; i < SENT; i++)
        assert_int_equal(times[i], 1);
    weir_world_drop(net.world);
}

static void nobody_is_there(void **state)
{
    (void)state;
    begin(&(weir_link_options){0});
    assert_int_equal(send_to(net.sys, net.fd, "10.0.0.2", 54, "x"), 1);
    net_settle(net.world);
    assert_int_equal(send_to(net.sys, net.fd, "10.0.0.2", 54, "x"), 1);
    assert_int_equal(net_connect(net.sys, net.fd, "10.0.0.2", 54), 0);
    assert_int_equal(net.sys->send(net.sys, net.fd, "x", 1, 0), 1);
    net_settle(net.world);
    assert_int_equal(net.sys->send(net.sys, net.fd, "x", 1, 0), -ECONNREFUSED);
    assert_int_equal(net.sys->send(net.sys, net.fd, "x", 1, 0), 1);
    weir_world_drop(net.world);
}

static void who_does_not_read_loses(void **state)
{
    (void)state;
    begin(&(weir_link_options){0});
    size_t before = weir_world_memory(net.world);
    for (int i = 0; i < 1000; i++)
        assert_int_equal(send_to(net.sys, net.fd, "10.0.0.2", 53, "x"), 1);
    net_settle(net.world);
    assert_true(weir_world_memory(net.world) - before < 64 * 1000);
    int n = 0;
    char text[4];
    while (net.far->recv(net.far, net.far_fd, text, 4, 0) == 1)
        n++;
    assert_int_equal(n, 64);
    weir_world_drop(net.world);
}

/* ---- names ---- */

static void names_are_looked_up(void **state)
{
    (void)state;
    begin(&(weir_link_options){0});
    const weir_sys *sys = net.sys;
    struct addrinfo *list = NULL, hints = {.ai_socktype = SOCK_STREAM};
    assert_true(weir_world_name(net.world, "db", "10.0.0.2 fd00::2", 3000000000, 0));
    assert_true(weir_world_name(net.world, "later", "10.0.0.2", 1000, EAI_AGAIN));
    assert_false(weir_world_name(net.world, "wrong", "10.0.0", 0, 0));
    uint64_t now = weir_world_now_ns(net.world);
    assert_int_equal(sys->resolve(sys, "db", "80", &hints, &list), 0);
    assert_true(weir_world_now_ns(net.world) - now >= 3000000000);
    assert_int_equal(list->ai_family, AF_INET);
    assert_int_equal(((struct sockaddr_in *)(void *)list->ai_addr)->sin_port, htons(80));
    assert_int_equal(list->ai_next->ai_family, AF_INET6);
    assert_null(list->ai_next->ai_next);
    sys->resolve_free(sys, list);
    hints.ai_family = AF_INET6;
    assert_int_equal(sys->resolve(sys, "db", NULL, &hints, &list), 0);
    assert_null(list->ai_next);
    sys->resolve_free(sys, list);
    assert_int_equal(sys->resolve(sys, "later", "80", NULL, &list), EAI_AGAIN);
    assert_int_equal(sys->resolve(sys, "unknown", "80", NULL, &list), EAI_NONAME);
    assert_int_equal(sys->resolve(sys, "db", "http!", NULL, &list), EAI_SERVICE);
    assert_int_equal(sys->resolve(sys, "localhost", "80", NULL, &list), 0);
    sys->resolve_free(sys, list);
    hints = (struct addrinfo){.ai_flags = AI_NUMERICHOST};
    assert_int_equal(sys->resolve(sys, "localhost", "80", &hints, &list), EAI_NONAME);
    assert_int_equal(sys->resolve(sys, "10.1.1.1", "80", &hints, &list), 0);
    sys->resolve_free(sys, list);
    weir_world_drop(net.world);
}

/* Six that are four, and one listener for both. */
static void both_families(void **state)
{
    (void)state;
    begin(&(weir_link_options){.whole = true});
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(80)}, peer;
    const struct sockaddr *any = (const struct sockaddr *)(const void *)&at;
    int listener = net.far->socket(net.far, AF_INET6, SOCK_STREAM, 0), yes = 1;
    assert_int_equal(net.far->bind(net.far, listener, any, sizeof at), 0);
    assert_int_equal(net.far->listen(net.far, listener, 8), 0);
    int fd = net_socket(net.sys);
    net_connect(net.sys, fd, "10.0.0.2", 80);
    net_settle(net.world);
    int accepted = net.far->accept(net.far, listener, 0);
    uint32_t n = sizeof peer;
    assert_int_equal(net.far->peer_name(net.far, accepted, (struct sockaddr *)(void *)&peer, &n),
                     0);
    char text[INET6_ADDRSTRLEN];
    assert_string_equal(inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text), "::ffff:10.0.0.1");
    net.far->set_option(net.far, listener, IPPROTO_IPV6, IPV6_V6ONLY, &yes, sizeof yes);
    fd = net_socket(net.sys);
    net_connect(net.sys, fd, "10.0.0.2", 80);
    net_settle(net.world);
    assert_int_equal(net_option(net.sys, fd, SO_ERROR), ECONNREFUSED);
    weir_world_drop(net.world);
}

int driver_world_datagrams(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_comes_whole),    cmocka_unit_test(some_are_lost_doubled_late),
        cmocka_unit_test(nobody_is_there),     cmocka_unit_test(who_does_not_read_loses),
        cmocka_unit_test(names_are_looked_up), cmocka_unit_test(both_families),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
