/* Echo and relay over the simulated network. Whatever the seed draws (which driver it is, pieces,
 * delays, partitions, resets), a connection is complete and right, or tells an error; nothing is
 * left behind, also when a runtime goes in the midst of it. */

#include "world_echo.h"

static weir_duplex dial(const char *address)
{
    return weir_dial(address, NULL);
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

static void runtimes_go(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= seeds(200); seed++)
        drop_in_the_midst(seed);
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
    dialled = dial;
    echoed = &net_echo_fn;
    return know_bytes(state);
}

int net_world(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(complete_or_an_error),
        cmocka_unit_test(runtimes_go),
        cmocka_unit_test(calls_fail),
    };
    return cmocka_run_group_tests(tests, group_setup, forget_bytes);
}
