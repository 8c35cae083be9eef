/* A day of two workers on one group, over the simulated network: cuts as the seed draws them, and
 * in the end nothing is open, and no more is held than after its first part: as many blocks, of
 * which some may have doubled.
 *
 * WEIR_REDIS_HOURS=24: so many instead of three minutes, and up to 2000 messages a second, not 200.
 */

#include "sim_worker.h"

#define MINUTE (60 * S)
enum { TICK_MS = 20 };

static bool adds;
static unsigned a_tick = 4; /* messages, or as many as there is room for */

static void add_more(void *arg)
{
    if (adds)
        model_add((unsigned)weir_world_draw(sim.world, 2 * a_tick));
    assert_true(weir_world_after(sim.world, TICK_MS * MS, add_more, arg));
}

/* One in a minute or so, of up to 30 s. */
static void cut(void *arg)
{
    static unsigned workers[] = {0, 2};
    unsigned *who = &workers[weir_world_draw(sim.world, 2)];
    bool cuts = !weir_world_draw(sim.world, 3);
    (cuts ? partition : reset)(who);
    uint64_t end = weir_world_draw(sim.world, 30 * S);
    assert_true(!cuts || weir_world_after(sim.world, end, heal, who));
    assert_true(
        weir_world_after(sim.world, end + weir_world_draw(sim.world, 2 * MINUTE), cut, arg));
}

/* Until all that was added is acknowledged. */
static void come_to_rest(void)
{
    adds = false;
    uint64_t end = now_ns() + 10 * MINUTE;
    while (now_ns() < end && model.acked < model.there)
        sim_run(S);
    sim_run(10 * S);
    assert_int_equal(model.acked, model.there);
    assert_int_equal(model_pending(), 0);
    assert_int_equal(sinks[0]->marks + sinks[2]->marks, 0);
    adds = true;
}

static void nothing_grows(void **state)
{
    (void)state;
    const char *wanted = getenv("WEIR_REDIS_HOURS");
    uint64_t minutes = wanted ? 60 * strtoull(wanted, NULL, 10) : 3;
    a_tick = wanted ? 40 : a_tick;
    seldom = 256;
    page = 128;
    begin(24);
    assert_true(weir_rt_spawn(sim.rts[0], worker(0)));
    assert_true(weir_rt_spawn(sim.rts[2], worker(2)));
    add_more(NULL);
    cut(NULL);
    adds = true;
    sim_run(minutes / 3 * MINUTE);
    come_to_rest();
    size_t held = memory.live_bytes;
    unsigned long blocks = memory.live;
    sim_run(minutes * 2 / 3 * MINUTE);
    come_to_rest();
    printf(
        "%lu minutes: %lu messages, %u cuts; %lu blocks of %zu bytes are held, %lu of %zu before, "
        "%zu at most\n",
        minutes, model.acked, told[0].lost + told[2].lost, memory.live, memory.live_bytes, blocks,
        held, memory.peak_bytes);
    assert_int_equal(model.early, 0);
    assert_int_equal(fatal, 0);
    assert_in_range(memory.live, 0, blocks + 4);
    assert_in_range(memory.live_bytes, 0, 2 * held);
    sim_end();
}

static int count_memory(void **state)
{
    (void)state;
    memory_begin(0, false);
    return 0;
}

static int all_is_given_back(void **state)
{
    (void)state;
    return memory_end() == 0 ? 0 : -1;
}

int redis_day(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_grows, count_memory, all_is_given_back),
    };
    return cmocka_run_group_tests_name("redis: day", tests, NULL, NULL);
}
