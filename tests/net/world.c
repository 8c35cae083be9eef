/* Echo and relay over the simulated network. Whatever the seed draws (which driver it is, pieces,
 * delays, partitions, resets), a connection is complete and right, or tells an error; nothing is
 * left behind, also when a runtime goes in the midst of it. */

#include "world.h"

enum { CLIENTS_MAX = 4, BYTES_MAX = 5000 };
#define PATIENCE_NS 200000000000u

struct client {
    size_t n;
    weir_vec back;
    bool failed;
    weir_error error;
};
static struct client clients[CLIENTS_MAX];

static void note_error(const weir_error *error, void *arg)
{
    struct client *client = arg;
    client->failed = true;
    client->error = *error;
}

static unsigned char *known; /* what everybody sends */

static weir_stream *exchange(struct client *client, const char *address)
{
    weir_duplex far = weir_dial(address, NULL);
    weir_stream *both =
        weir_join(weir_copy(weir_memory_reader(known, client->n), far.writer),
                  weir_copy(far.reader, weir_memory_writer(&client->back, client->n + 1)));
    return weir_inspect_err(weir_timeout(both, PATIENCE_NS), note_error, client);
}

static weir_stream *pass_on(weir_duplex near, void *arg)
{
    (void)arg;
    return weir_relay(near, weir_dial("10.0.0.3:7", NULL), NULL);
}
WEIR_THEN_FN(pass_on_fn, pass_on, weir_duplex, weir_relayed, .from = &weir_type_duplex,
             .to = &weir_type_relayed)

static void serve(unsigned host, const weir_then_fn *fn)
{
    weir_stream *incoming = weir_incoming(":7", NULL);
    assert_true(weir_rt_spawn(sim.rts[host], weir_serve(incoming, fn, NULL, NULL)));
}

/* ---- one run ---- */

static void partition(void *arg)
{
    unsigned *pair = arg;
    weir_world_partition(sim.world, sim.hosts[*pair], sim.hosts[*pair + 1]);
}

static void heal(void *arg)
{
    unsigned *pair = arg;
    weir_world_heal(sim.world, sim.hosts[*pair], sim.hosts[*pair + 1]);
}

static void reset(void *arg)
{
    unsigned *pair = arg;
    weir_world_reset(sim.world, sim.hosts[*pair], sim.hosts[*pair + 1]);
}

/* The first half of the seeds have no trouble at all. */
static void draw_trouble(void)
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
static unsigned begin(uint64_t seed, bool trouble)
{
    sim_begin(seed, 3);
    serve(1, &pass_on_fn);
    serve(2, &net_echo_fn);
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

static unsigned failures, runs;

static void check_client(const struct client *client, uint64_t seed, bool trouble)
{
    runs++;
    failures += client->failed;
    if (client->failed && !trouble)
        fail_msg("seed %lu: %s", seed, client->error.message);
    if (client->failed)
        return;
    if (client->back.n != client->n)
        fail_msg("seed %lu: %zu bytes of %zu, and no error", seed, client->back.n, client->n);
    assert_memory_equal(client->back.items, known, client->n);
}

static void run_seed(uint64_t seed, bool trouble)
{
    unsigned n = begin(seed, trouble);
    sim_run(PATIENCE_NS + 1000000000);
    for (unsigned i = 0; i < n; i++) {
        check_client(&clients[i], seed, trouble);
        weir_vec_drop(&clients[i].back);
    }
    sim_end();
}

/* In thousandths of WEIR_WORLD_SEEDS, for a long run. */
static unsigned long seeds(unsigned long thousandths)
{
    const char *wanted = getenv("WEIR_WORLD_SEEDS");
    return (wanted ? strtoul(wanted, NULL, 10) : 1000) * thousandths / 1000;
}

static void all_is_well(void **state)
{
    (void)state;
    failures = 0;
    for (uint64_t seed = 1; seed <= seeds(200); seed++)
        run_seed(seed, false);
    assert_int_equal(failures, 0);
}

static void complete_or_an_error(void **state)
{
    (void)state;
    failures = runs = 0;
    for (uint64_t seed = 1; seed <= seeds(1000); seed++)
        run_seed(seed, true);
    print_message("%u of %u connections failed\n", failures, runs);
    assert_in_range(failures, runs / 100, runs / 2);
}

/* ---- in the midst of it ---- */

static void drop_one(void *arg)
{
    weir_rt **rt = arg;
    weir_rt_drop(*rt);
    *rt = NULL;
}

/* A runtime goes, then another one; the third one has its errors, and goes on. */
static void runtimes_go(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(200); seed++) {
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
}

/* System calls fail too, as they may. */
static void calls_fail(void **state)
{
    (void)state;
    sim_faults = 3000;
    failures = runs = 0;
    for (uint64_t seed = 1; seed <= seeds(200); seed++)
        run_seed(seed, true);
    sim_faults = 0;
    print_message("%u of %u connections failed\n", failures, runs);
    assert_in_range(failures, runs / 10, runs);
}

static int group_setup(void **state)
{
    (void)state;
    return !(known = net_bytes(BYTES_MAX));
}

static int group_teardown(void **state)
{
    (void)state;
    free(known);
    return 0;
}

int net_world(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(complete_or_an_error),
        cmocka_unit_test(runtimes_go),
        cmocka_unit_test(calls_fail),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
