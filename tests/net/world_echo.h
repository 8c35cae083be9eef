/* What echoes over the simulated network share: clients that send what is known and compare what
 * comes back, straight from who echoes or through a relay, and trouble on the way. */
#ifndef WEIR_TESTS_NET_WORLD_ECHO_H
#define WEIR_TESTS_NET_WORLD_ECHO_H

#include "world_seeds.h"

enum { CLIENTS_MAX = 4, BYTES_MAX = 5000 };
#define PATIENCE_NS 200000000000u

struct client {
    size_t n;
    weir_vec back;
    bool failed;
    weir_error error;
};
static struct client clients[CLIENTS_MAX];

static inline void note_error(const weir_error *error, void *arg)
{
    struct client *client = arg;
    client->failed = true;
    client->error = *error;
}

static unsigned char *known; /* what everybody sends */

/* What kind of connections it is. */
static weir_duplex (*dialled)(const char *address);
static const weir_then_fn *echoed;
static const weir_then_fn *passed; /* by the one in the middle */

static inline weir_stream *exchange(struct client *client, const char *address)
{
    weir_duplex far = dialled(address);
    weir_stream *both =
        weir_join(weir_copy(weir_memory_reader(known, client->n), far.writer),
                  weir_copy(far.reader, weir_memory_writer(&client->back, client->n + 1)));
    return weir_inspect_err(weir_timeout(both, PATIENCE_NS), note_error, client);
}

static inline weir_stream *pass_on(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_relay(near, weir_dial("10.0.0.3:7", NULL), NULL);
}
WEIR_THEN_FN(pass_on_fn, pass_on, weir_duplex, weir_relayed, .from = &weir_type_duplex,
             .to = &weir_type_relayed)

static inline void serve(unsigned host, const weir_then_fn *fn)
{
    weir_stream *incoming = weir_incoming(":7", NULL);
    assert_true(weir_rt_spawn(sim.rts[host], weir_serve(incoming, fn, NULL, NULL)));
}

/* ---- trouble ---- */

static inline void partition(void *arg)
{
    unsigned *pair = arg;
    weir_world_partition(sim.world, sim.hosts[*pair], sim.hosts[*pair + 1]);
}

static inline void heal(void *arg)
{
    unsigned *pair = arg;
    weir_world_heal(sim.world, sim.hosts[*pair], sim.hosts[*pair + 1]);
}

static inline void reset(void *arg)
{
    unsigned *pair = arg;
    weir_world_reset(sim.world, sim.hosts[*pair], sim.hosts[*pair + 1]);
}

/* The first half of the seeds have no trouble at all. */
static inline void draw_trouble(void)
{
    static unsigned pairs[] = {0, 1};
    unsigned n = (unsigned)weir_world_draw(sim.world, 4);
    for (unsigned i = 0; i < n; i++) {
        unsigned *pair = &pairs[weir_world_draw(sim.world, 2)];
        uint64_t begin = weir_world_draw(sim.world, 20 * NET_MS);
        uint64_t end = begin + weir_world_draw(sim.world, 100000000000);
        bool cuts = weir_world_draw(sim.world, 3);
        assert_true(weir_world_after(sim.world, begin, cuts ? partition : reset, pair));
        assert_true(!cuts || weir_world_after(sim.world, end, heal, pair));
    }
}

/* Whoever was relayed through the one in the middle, or not. */
static inline unsigned begin(uint64_t seed, bool trouble)
{
    sim_begin(seed, 3);
    serve(1, passed);
    serve(2, echoed);
    sim_run(NET_MS);
    unsigned n = 1 + (unsigned)weir_world_draw(sim.world, CLIENTS_MAX);
    memset(clients, 0, sizeof clients);
    for (unsigned i = 0; i < n; i++) {
        clients[i].n = weir_world_draw(sim.world, weir_world_draw(sim.world, 8) ? 400 : BYTES_MAX);
        const char *address = weir_world_draw(sim.world, 3) ? "10.0.0.2:7" : "10.0.0.3:7";
        assert_true(weir_rt_spawn(sim.rts[0], exchange(&clients[i], address)));
    }
    if (trouble)
        draw_trouble();
    return n;
}

/* ---- what came of it ---- */

static unsigned failures, runs;

static inline void check_client(const struct client *client, uint64_t seed, bool trouble)
{
    runs++;
    failures += client->failed;
    assert_true(client->back.n <= client->n);
    assert_memory_equal(client->back.items ? client->back.items : known, known, client->back.n);
    if (client->failed && !trouble)
        fail_msg("seed %lu: %s", seed, client->error.message);
    if (client->failed)
        return;
    if (client->back.n != client->n)
        fail_msg("seed %lu: %zu bytes of %zu, and no error", seed, client->back.n, client->n);
}

static inline void run_seed(uint64_t seed, bool trouble)
{
    unsigned n = begin(seed, trouble);
    sim_run(PATIENCE_NS + 1000000000);
    for (unsigned i = 0; i < n; i++) {
        check_client(&clients[i], seed, trouble);
        weir_vec_drop(&clients[i].back);
    }
    sim_end();
}

/* ---- in the midst of it ---- */

/* A runtime goes, then another one; the third one has its errors, and goes on. */
static inline void drop_in_the_midst(uint64_t seed)
{
    unsigned n = begin(seed, seed % 2);
    unsigned first = (unsigned)weir_world_draw(sim.world, 3);
    sim_run(weir_world_draw(sim.world, 5 * NET_MS));
    drop_one(&sim.rts[first]);
    sim_run(weir_world_draw(sim.world, 5 * NET_MS));
    drop_one(&sim.rts[(first + 1) % 3]);
    sim_run(PATIENCE_NS + 1000000000);
    for (unsigned i = 0; i < n; i++)
        if (sim.rts[0])
            check_client(&clients[i], seed, true);
    sim_end();
    for (unsigned i = 0; i < n; i++)
        weir_vec_drop(&clients[i].back);
}

/* ---- the whole ---- */

static inline int know_bytes(void **state)
{
    (void)state;
    passed = &pass_on_fn;
    return !(known = net_bytes(BYTES_MAX));
}

static inline int forget_bytes(void **state)
{
    (void)state;
    free(known);
    return 0;
}

#endif
