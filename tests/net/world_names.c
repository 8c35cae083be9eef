/* Names and dialling over the simulated network: slow and failing lookups, addresses that nobody
 * answers at, in exact time. */

#include "world.h"

#include <netdb.h>

static weir_state ask(const char *address, uint64_t *took_ns, weir_error *error)
{
    weir_vec back = {0};
    uint64_t begun = weir_world_now_ns(sim.world);
    *error = (weir_error){0};
    weir_duplex far = weir_dial(address, NULL);
    weir_state got = net_exchange(sim.rts[0], far, "hello", 5, &back, error);
    *took_ns = weir_world_now_ns(sim.world) - begun;
    assert_true(got != WEIR_READY || (back.n == 5 && memcmp(back.items, "hello", 5) == 0));
    weir_vec_drop(&back);
    return got;
}

static void begin(uint64_t seed)
{
    sim_begin(seed, 3);
    assert_true(
        weir_rt_spawn(sim.rts[1], weir_serve(weir_incoming(":7", NULL), &net_echo_fn, NULL, NULL)));
    sim_run(NET_MS);
    weir_host_vanish(sim.hosts[2]);
    weir_world_name(sim.world, "slow", "10.0.0.2", 3000 * (uint64_t)NET_MS, 0);
    weir_world_name(sim.world, "broken", "10.0.0.2", 5000 * (uint64_t)NET_MS, EAI_FAIL);
    weir_world_name(sim.world, "half", "10.0.0.3 10.0.0.2", 0, 0);
    weir_world_name(sim.world, "refused", "10.0.0.1 10.0.0.2", 0, 0);
    weir_world_name(sim.world, "none", "10.0.0.3", 0, 0);
}

/* From, to: how long it takes, in ms. */
static const struct {
    const char *address;
    weir_state state;
    unsigned from, to;
    const char *message;
} rows[] = {
    {"10.0.0.2:7", WEIR_READY, 0, 100, ""},         {"slow:7", WEIR_READY, 3000, 3100, ""},
    {"broken:7", WEIR_ERROR, 5000, 5100, "broken"}, {"nowhere:7", WEIR_ERROR, 0, 1, "nowhere"},
    {"half:7", WEIR_READY, 250, 350, ""},  /* the second address, beside the first */
    {"refused:7", WEIR_READY, 0, 100, ""}, /* ... at once, when that is known to fail */
    {"none:7", WEIR_ERROR, 30000, 30100, ""},       {"10.0.0.2:8", WEIR_ERROR, 0, 100, "refused"},
};

static void names_are_dialled(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(seed);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            weir_error error;
            uint64_t took_ns;
            weir_state got = ask(rows[i].address, &took_ns, &error);
            bool right = got == rows[i].state && took_ns / NET_MS >= rows[i].from &&
                         took_ns / NET_MS <= rows[i].to && strstr(error.message, rows[i].message);
            if (!right)
                fail_msg("seed %lu, %s: %.1f ms: %s", seed, rows[i].address,
                         (double)took_ns / NET_MS, error.message);
        }
        sim_end();
    }
}

int net_world_names(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_dialled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
