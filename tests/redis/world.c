/* Two workers of one group over the simulated network, and a server as a model. Whatever the seed
 * draws (pieces, delays, partitions, resets, a server that loads, sinks that are slow or lose what
 * they had, a worker that dies), each message is stored before it is acknowledged, all are, and
 * nothing is open in the end. */

#include "../net/world.h"
#include "../net/world_seeds.h"

#include "sim_worker.h"

enum { WORLD_N = 600 };
#define PATIENCE_NS (400 * S)

/* ---- the world ---- */

static void add_more(void *arg)
{
    uint64_t more = weir_world_draw(sim.world, 40);
    model_add((unsigned)(model.there + more < WORLD_N ? more : WORLD_N - model.there));
    if (model.there < WORLD_N)
        assert_true(
            weir_world_after(sim.world, weir_world_draw(sim.world, 300 * MS), add_more, arg));
}

static void draw_trouble(void)
{
    static unsigned workers[] = {0, 2};
    unsigned n = (unsigned)weir_world_draw(sim.world, 12);
    for (unsigned i = 0; i < n; i++) {
        unsigned *who = &workers[weir_world_draw(sim.world, 2)];
        uint64_t begin = weir_world_draw(sim.world, 5 * S);
        bool cuts = !weir_world_draw(sim.world, 3);
        assert_true(weir_world_after(sim.world, begin, cuts ? partition : reset, who));
        uint64_t end = begin + weir_world_draw(sim.world, 30 * S);
        assert_true(!cuts || weir_world_after(sim.world, end, heal, who));
    }
    if (weir_world_draw(sim.world, 2))
        assert_true(
            weir_world_after(sim.world, weir_world_draw(sim.world, 4 * S), drop_one, &sim.rts[2]));
}

static void run_seed(uint64_t seed, bool trouble)
{
    begin(seed);
    assert_true(weir_rt_spawn(sim.rts[0], worker(0)));
    assert_true(weir_rt_spawn(sim.rts[2], worker(2)));
    add_more(NULL);
    if (trouble)
        draw_trouble();
    uint64_t end = now_ns() + PATIENCE_NS;
    while (now_ns() < end && model.acked < WORLD_N)
        sim_run(S);
    if (model.acked < WORLD_N || model_pending() || model.early || fatal)
        fail_msg("seed %lu: %lu of %d acknowledged, %u pending, %u too early, %u fatal", seed,
                 model.acked, WORLD_N, model_pending(), model.early, fatal);
    sim_run(S);
    sim_end();
}

static void all_is_acknowledged(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(10); seed++)
        run_seed(seed, false);
}

static void whatever_happens(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(40); seed++)
        run_seed(seed, true);
}

/* What is too large and no page: it is not asked for in smaller ones, and it is told. */
static void who_lies_is_given_up(void **state)
{
    (void)state;
    begin(1);
    model.lies = true;
    model_add(10);
    assert_true(weir_rt_spawn(sim.rts[0], worker(0)));
    sim_run(60 * S);
    assert_int_equal(fatal, 1);
    sim_end();
}

int redis_world(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_acknowledged),
        cmocka_unit_test(whatever_happens),
        cmocka_unit_test(who_lies_is_given_up),
    };
    return cmocka_run_group_tests_name("redis: world", tests, NULL, NULL);
}
