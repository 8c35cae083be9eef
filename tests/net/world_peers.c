/* Peers that are bad, over the simulated network: who does not read, stalls, resets, closes one
 * half, or vanishes. The others are served as if these were not there, memory stays in its bounds,
 * and the clock alone decides how long anything takes. */

#include "world.h"

/* ---- peers by plain calls, which go on when the world lets them ---- */

enum kind { RESETS, STALLS, NEVER_READS, HALF_CLOSES, VANISHES, KINDS };

struct peer {
    enum kind kind;
    int fd;
    size_t sent;
};
enum { PEERS = 1000, STEP_NS = 50 * NET_MS };
static struct peer peers[PEERS];

static void step(void *arg);

static void go_on(struct peer *peer)
{
    assert_true(weir_world_after(sim.world, STEP_NS, step, peer));
}

static void send_much(struct peer *peer, const weir_sys *sys)
{
    unsigned char bytes[4096] = {0};
    for (int64_t n = 1; n > 0; peer->sent += n > 0 ? (size_t)n : 0)
        n = sys->send(sys, peer->fd, bytes, sizeof bytes, 0);
    go_on(peer);
}

static void step(void *arg)
{
    struct peer *peer = arg;
    const weir_sys *sys = weir_host_sys(sim.hosts[0]);
    switch (peer->kind) {
    case RESETS:
        sys->send(sys, peer->fd, "abc", 3, 0);
        net_linger(sys, peer->fd);
        sys->close(sys, peer->fd);
        break;
    case STALLS:
        sys->send(sys, peer->fd, "abc", 3, 0);
        break;
    case NEVER_READS:
        send_much(peer, sys);
        break;
    case HALF_CLOSES:
        sys->send(sys, peer->fd, "abc", 3, 0);
        sys->shutdown(sys, peer->fd, SHUT_WR);
        break;
    default:
        sys->send(sys, peer->fd, "abc", 3, 0);
    }
}

static void let_peers_in(unsigned n)
{
    const weir_sys *sys = weir_host_sys(sim.hosts[0]);
    for (unsigned i = 0; i < n; i++) {
        peers[i] = (struct peer){.kind = (enum kind)(i % KINDS), .fd = net_socket(sys)};
        assert_int_equal(net_connect(sys, peers[i].fd, "10.0.0.2", 7), -EINPROGRESS);
        go_on(&peers[i]);
        if (i % 25 == 24)
            sim_run(20 * NET_MS); /* each is accepted before it misbehaves, so that it has a name */
    }
}

static void close_peers(unsigned n)
{
    const weir_sys *sys = weir_host_sys(sim.hosts[0]);
    for (unsigned i = 0; i < n; i++)
        if (peers[i].kind != RESETS)
            sys->close(sys, peers[i].fd);
}

/* ---- the server ---- */

static struct {
    unsigned told, unnamed, memory;
} errors;

static void note_error(const weir_error *error, void *arg)
{
    (void)arg;
    errors.told++;
    errors.unnamed += strncmp(error->place, "10.0.0.", 7) != 0;
}

static void serve(uint32_t max)
{
    weir_serve_options options = {.size = sizeof options, .max = max, .on_error = note_error};
    memset(&errors, 0, sizeof errors);
    assert_true(weir_rt_spawn(sim.rts[1],
                              weir_serve(weir_incoming(":7", NULL), &net_echo_fn, NULL, &options)));
    sim_run(NET_MS);
}

/* What one exchange takes, of a peer that is as it should be. */
static uint64_t exchange_ns(size_t n)
{
    unsigned char *bytes = net_bytes(n);
    weir_vec back = {0};
    weir_error error = {0};
    uint64_t begun = weir_world_now_ns(sim.world);
    weir_state got =
        net_exchange(sim.rts[2], weir_dial("10.0.0.2:7", NULL), bytes, n, &back, &error);
    if (got != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(back.n, n);
    assert_memory_equal(back.items, bytes, n);
    weir_vec_drop(&back);
    free(bytes);
    return weir_world_now_ns(sim.world) - begun;
}

static void set_links(void)
{
    weir_link_options usual = {.capacity = 8192};
    for (unsigned i = 0; i < 3; i++)
        for (unsigned k = 0; k < 3; k++)
            assert_true(weir_world_link_way(sim.world, sim.hosts[i], sim.hosts[k], &usual));
}

static void begin(uint64_t seed, uint32_t max)
{
    sim_begin(seed, 3);
    set_links();
    serve(max);
}

/* 200 of each kind. A block each, and what is unsent: 80 KiB for who never reads. */
static void a_thousand_bad_peers(void **state)
{
    (void)state;
    begin(1, 0);
    exchange_ns(1); /* types that are made once */
    sim_end();
    memory_begin(0, false);
    begin(5, PEERS + 100);
    uint64_t alone_ns = exchange_ns(5000);
    let_peers_in(PEERS);
    sim_run(1000 * NET_MS);
    weir_host_vanish(sim.hosts[0]);
    uint64_t slowest_ns = 0;
    for (unsigned i = 0; i < 20; i++) {
        uint64_t ns = exchange_ns(5000);
        slowest_ns = ns > slowest_ns ? ns : slowest_ns;
        sim_run(10 * NET_MS);
    }
    size_t held = memory.live_bytes - weir_world_memory(sim.world);
    print_message("alone %.1f ms, beside %u bad peers %.1f ms at most; %zu KiB held\n",
                  (double)alone_ns / NET_MS, PEERS, (double)slowest_ns / NET_MS, held >> 10);
    assert_true(slowest_ns < 100 * NET_MS);
    assert_true(held < PEERS / KINDS * (80u << 10) + PEERS * 2048u + (1u << 20));
    assert_int_equal(errors.told, PEERS / KINDS); /* those that reset */
    assert_int_equal(errors.unnamed, 0);
    sim_run(200000 * (uint64_t)NET_MS); /* what was sent to who vanished times out */
    assert_int_equal(errors.told, 2 * PEERS / KINDS);
    close_peers(PEERS);
    sim_end();
    assert_int_equal(memory_end(), 0);
}

/* Descriptors for five connections: the server says so once, lives on, and serves when there are
 * some again. */
static void descriptors_run_out(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(seed, 0);
        weir_host_fds_max(sim.hosts[1], weir_host_fds(sim.hosts[1]) + 5);
        const weir_sys *sys = weir_host_sys(sim.hosts[0]);
        int fds[8];
        for (unsigned i = 0; i < 8; i++) {
            fds[i] = net_socket(sys);
            net_connect(sys, fds[i], "10.0.0.2", 7);
        }
        sim_run(3000u * NET_MS);
        assert_int_equal(errors.told, 1);
        for (unsigned i = 0; i < 8; i++)
            assert_int_equal(sys->close(sys, fds[i]), 0);
        sim_run(3000u * NET_MS);
        exchange_ns(1000);
        assert_int_equal(errors.told, 1);
        sim_end();
    }
}

/* The server goes while they storm in: nothing is left behind. */
static void the_runtime_goes(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 50; seed++) {
        begin(seed, 30);
        let_peers_in(100);
        sim_run(weir_world_draw(sim.world, 150 * NET_MS));
        weir_rt_drop(sim.rts[1]);
        sim.rts[1] = NULL;
        assert_int_equal(weir_host_fds(sim.hosts[1]), 0);
        sim_run(500 * NET_MS);
        close_peers(100);
        sim_end();
    }
}

/* ---- parked ---- */

static weir_stream *give_back(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_duplex, &near);
}
WEIR_THEN_FN(give_back_fn, give_back, weir_duplex, weir_duplex, .from = &weir_type_duplex,
             .to = &weir_type_duplex)

/* Closing takes time too, in which others become due. */
static void all_that_are_still_are_closed(void **state)
{
    (void)state;
    enum { STILL = 40 };
    const weir_serve_options options = {.size = sizeof options, .idle_ns = 1000u * NET_MS};
    for (uint64_t seed = 1; seed <= 20; seed++) {
        int fds[STILL];
        sim_begin(seed, 3);
        const weir_sys *sys = weir_host_sys(sim.hosts[0]);
        weir_stream *incoming = weir_incoming(":7", NULL);
        assert_true(weir_rt_spawn(sim.rts[1], weir_serve(incoming, &give_back_fn, NULL, &options)));
        sim_run(NET_MS);
        uint32_t before = weir_host_fds(sim.hosts[1]);
        for (unsigned i = 0; i < STILL; i++) {
            fds[i] = net_socket(sys);
            net_connect(sys, fds[i], "10.0.0.2", 7);
        }
        sim_run(500 * NET_MS);
        assert_int_equal(weir_host_fds(sim.hosts[1]), before + STILL);
        sim_run(2000u * NET_MS);
        assert_int_equal(weir_host_fds(sim.hosts[1]), before);
        for (unsigned i = 0; i < STILL; i++)
            assert_int_equal(sys->close(sys, fds[i]), 0);
        sim_end();
    }
}

int net_world_peers(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thousand_bad_peers),
        cmocka_unit_test(descriptors_run_out),
        cmocka_unit_test(the_runtime_goes),
        cmocka_unit_test(all_that_are_still_are_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
