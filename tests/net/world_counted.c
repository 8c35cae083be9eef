/* Connections of one address, counted: who has as many as he may is reset at once and others come
 * in, whether anybody asks for them or not, whether they are parked or not. */

#include "world.h"

enum { PEER_MAX = 10, PORT = 7 };
#define IDLE_NS (10000ull * NET_MS)

static uint64_t refused;

static const weir_sys *client(unsigned host)
{
    return weir_host_sys(sim.hosts[host]);
}

static weir_stream *incoming_at(const char *address)
{
    refused = 0;
    return weir_incoming(address,
                         &WEIR_LISTEN_OPTIONS(.peer_max = PEER_MAX, .peer_refused = &refused));
}

static void serve(const weir_then_fn *handler, uint32_t max)
{
    weir_serve_options options = {.size = sizeof options, .max = max, .idle_ns = IDLE_NS};
    assert_true(weir_rt_spawn(sim.rts[1], weir_serve(incoming_at(":7"), handler, NULL, &options)));
    sim_run(NET_MS);
}

static void connect_all(unsigned host, int *fds, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        fds[i] = net_socket(client(host));
        assert_int_equal(net_connect(client(host), fds[i], "10.0.0.2", PORT), -EINPROGRESS);
    }
    sim_run(500 * NET_MS);
}

static void close_all(unsigned host, const int *fds, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        client(host)->close(client(host), fds[i]);
    sim_run(500 * NET_MS);
}

/* 1: it is answered; or a negative errno. */
static int64_t exchange(unsigned host, int fd)
{
    char byte = 5;
    int64_t n = client(host)->send(client(host), fd, &byte, 1, 0);
    sim_run(500 * NET_MS);
    return n < 0 ? n : client(host)->recv(client(host), fd, &byte, 1, 0);
}

static unsigned answered(unsigned host, const int *fds, unsigned n)
{
    unsigned good = 0;
    for (unsigned i = 0; i < n; i++)
        good += exchange(host, fds[i]) == 1;
    return good;
}

static void the_eleventh_is_refused(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        int fds[PEER_MAX + 1], other, again;
        sim_begin(seed, 3);
        serve(&net_echo_fn, 0);
        connect_all(0, fds, PEER_MAX);
        assert_int_equal(refused, 0);
        connect_all(0, &fds[PEER_MAX], 1);
        assert_int_equal(refused, 1);
        assert_int_equal(exchange(0, fds[PEER_MAX]), -ECONNRESET);
        connect_all(2, &other, 1);
        assert_int_equal(exchange(2, other), 1);
        assert_int_equal(answered(0, fds, PEER_MAX), PEER_MAX);
        close_all(0, fds, 1);
        connect_all(0, &again, 1);
        assert_int_equal(exchange(0, again), 1);
        assert_int_equal(refused, 1);
        close_all(0, &fds[1], PEER_MAX);
        close_all(0, &again, 1);
        close_all(2, &other, 1);
        sim_end();
    }
}

/* A single connection is served, the others wait, and are counted too. */
static void who_waits_is_counted(void **state)
{
    (void)state;
    int fds[2 * PEER_MAX], other;
    sim_begin(3, 3);
    serve(&net_echo_fn, 1);
    connect_all(0, fds, 2 * PEER_MAX);
    assert_in_range(refused, 1, PEER_MAX); /* the rest is not accepted yet */
    connect_all(2, &other, 1);
    close_all(0, fds, 2 * PEER_MAX);
    assert_int_equal(exchange(2, other), 1);
    close_all(2, &other, 1);
    sim_end();
}

static weir_stream *close_it(weir_duplex near, void *arg)
{
    (void)arg;
    weir_duplex_drop(near);
    return weir_empty(&weir_type_duplex);
}
WEIR_THEN_FN(close_it_fn, close_it, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

/* Until they say something, and are called; or until they were still for too long. */
static void who_is_parked_is_counted(void **state)
{
    (void)state;
    enum { SAY = 4 };
    int fds[PEER_MAX + 5], again[PEER_MAX];
    sim_begin(4, 3);
    serve(&close_it_fn, 0);
    connect_all(0, fds, PEER_MAX + 5);
    assert_int_equal(refused, 5);
    assert_int_equal(answered(0, fds, SAY), 0);
    connect_all(0, again, SAY);
    assert_int_equal(refused, 5);
    connect_all(0, &again[SAY], 1);
    assert_int_equal(refused, 6);
    sim_run(2 * IDLE_NS);
    close_all(0, again, SAY + 1);
    connect_all(0, again, PEER_MAX);
    assert_int_equal(refused, 6);
    close_all(0, fds, PEER_MAX + 5);
    close_all(0, again, PEER_MAX);
    sim_end();
}

/* Those that nobody asked for go with the listener, those that were given outlive it. */
static void the_listener_goes_first(void **state)
{
    (void)state;
    int fds[PEER_MAX];
    weir_duplex near;
    weir_error error;
    memory_begin(0, false);
    sim_begin(5, 3);
    weir_stream *incoming = incoming_at(":7");
    connect_all(0, fds, 1);
    assert_int_equal(
        weir_rt_run(sim.rts[1], weir_timeout(weir_next(incoming), NET_MS), &near, &error),
        WEIR_ERROR); /* it listens */
    close_all(0, fds, 1);
    connect_all(0, fds, PEER_MAX);
    assert_int_equal(weir_rt_next(sim.rts[1], incoming, &near, &error), WEIR_READY);
    sim_run(500 * NET_MS);
    weir_drop(incoming);
    weir_duplex_drop(near);
    close_all(0, fds, PEER_MAX);
    sim_end();
    assert_int_equal(memory_end(), 0);
}

/* ---- addresses ---- */

static int connect6(weir_host *host)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    const weir_sys *sys = weir_host_sys(host);
    inet_pton(AF_INET6, "fd00::1", &at.sin6_addr);
    int fd = sys->socket(sys, AF_INET6, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(sys->connect(sys, fd, (struct sockaddr *)(void *)&at, sizeof at),
                     -EINPROGRESS);
    return fd;
}

/* Two of one network. */
static void an_address_of_v6_is_one_peer(void **state)
{
    (void)state;
    int fds[PEER_MAX + 1], other;
    weir_error error;
    memset(&sim, 0, sizeof sim);
    sim.world = weir_world_new(6);
    sim.hosts[0] = weir_world_host(sim.world, "fd00::2");
    sim.hosts[1] = weir_world_host(sim.world, "fd00::1");
    sim.hosts[2] = weir_world_host(sim.world, "fd00::3");
    sim.rts[1] = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .host = sim.hosts[1]), &error);
    serve(&net_echo_fn, 0);
    for (unsigned i = 0; i <= PEER_MAX; i++)
        fds[i] = connect6(sim.hosts[0]);
    other = connect6(sim.hosts[2]);
    sim_run(500 * NET_MS);
    assert_int_equal(refused, 1);
    assert_int_equal(answered(0, fds, PEER_MAX + 1), PEER_MAX);
    assert_int_equal(exchange(2, other), 1);
    close_all(0, fds, PEER_MAX + 1);
    close_all(2, &other, 1);
    sim_end();
}

static void a_path_has_no_peers(void **state)
{
    (void)state;
    weir_duplex never;
    weir_error error;
    sim_begin(7, 3);
    weir_stream *incoming = incoming_at("unix:/run/x.sock");
    assert_int_equal(weir_rt_next(sim.rts[1], incoming, &never, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, "'unix:/run/x.sock' has peers without addresses, which "
                                       "cannot be counted");
    weir_drop(incoming);
    sim_end();
}

/* ---- on all workers ---- */

enum { CHURN = 200, WORKERS = 4 };

static weir_stream *in_parallel(weir_stream *incoming, struct net_server *server)
{
    (void)server;
    return weir_par_for_each(incoming, &net_echo_fn, NULL, 1000, NULL);
}

static bool is_served(const char *address)
{
    int fd = net_plain(address);
    char byte = 5;
    ssize_t n = send(fd, &byte, 1, MSG_NOSIGNAL);
    if (n == 1)
        do
            n = recv(fd, &byte, 1, 0);
        while (n < 0 && errno == EINTR);
    close(fd);
    return n == 1;
}

/* They begin here and end there; when all have ended there is room again. */
static void all_workers_count_together(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        struct net_server server = {.run = in_parallel, .peer_max = 4};
        unsigned good = 0;
        bool again = false;
        net_server_start(&server,
                         &WEIR_RT_OPTIONS(.driver = rig_drivers[i], .seed = 3, .workers = WORKERS),
                         &net_echo_fn, NULL);
        for (unsigned k = 0; k < CHURN; k++)
            good += is_served(server.listening);
        for (unsigned tries = 0; tries < 300 && !again; tries++, usleep(again ? 0 : 10000))
            again = is_served(server.listening);
        assert_true(again);
        net_server_stop(&server);
        assert_true(good + server.refused >= CHURN);
        assert_true(good > 0);
    }
}

int net_world_counted(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_eleventh_is_refused),      cmocka_unit_test(who_waits_is_counted),
        cmocka_unit_test(who_is_parked_is_counted),     cmocka_unit_test(the_listener_goes_first),
        cmocka_unit_test(an_address_of_v6_is_one_peer), cmocka_unit_test(a_path_has_no_peers),
        cmocka_unit_test(all_workers_count_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
