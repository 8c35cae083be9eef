/* TLS over the simulated network, straight and through a relay that sees only what is encrypted.
 * Whatever the seed draws (pieces, delays, partitions, resets, calls that fail), what was echoed is
 * complete and right, or there is an error: nothing that was cut looks whole. OpenSSL draws its own
 * bytes, so that a seed gives the same story, and not the same lengths. */

#include "world_echo.h"

#ifdef WEIR_HAVE_OPENSSL
#include "certificates.h"
#include "weir/tls.h"

static weir_tls_context *client_context, *server_context;

static weir_duplex dial(const char *address)
{
    return weir_tls(weir_dial(address, NULL), client_context,
                    &(weir_tls_how){.size = sizeof(weir_tls_how), .host = "example.org"});
}

static weir_stream *echo(weir_duplex near, void *arg)
{
    (void)arg;
    weir_duplex plain = weir_tls(near, server_context, NULL);
    return weir_copy(plain.reader, plain.writer);
}
WEIR_THEN_FN(echo_fn, echo, weir_duplex, uint64_t, .from = &weir_type_duplex)

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

/* The one in the middle ends the way back somewhere, as if all had been said. */
static weir_stream *pass_some(weir_duplex near, void *arg)
{
    (void)arg;
    weir_duplex far = weir_dial("10.0.0.3:7", NULL);
    uint64_t most = 500 + weir_world_draw(sim.world, 3000);
    return weir_count(weir_join(weir_copy(near.reader, far.writer),
                                weir_copy(weir_take_reader(far.reader, most), near.writer)));
}
WEIR_THEN_FN(pass_some_fn, pass_some, weir_duplex, uint64_t, .from = &weir_type_duplex)

static void an_end_that_nobody_said(void **state)
{
    (void)state;
    passed = &pass_some_fn;
    failures = runs = 0;
    for (uint64_t seed = 1; seed <= seeds(200); seed++)
        run_seed(seed, true);
    passed = &pass_on_fn;
    print_message("%u of %u connections failed\n", failures, runs);
    assert_in_range(failures, runs / 5, runs);
}

static int group_setup(void **state)
{
    const struct certificates *all = certificates();
    client_context = weir_tls_client(
        &(weir_tls_options){.size = sizeof(weir_tls_options), .ca = all->ca.certificate});
    server_context = weir_tls_server(&(weir_tls_options){.size = sizeof(weir_tls_options),
                                                         .certificate = all->server.certificate,
                                                         .key = all->server.key});
    seeds_usual = 100; /* a handshake is dear */
    dialled = dial;
    echoed = &echo_fn;
    return know_bytes(state);
}

static int group_teardown(void **state)
{
    weir_tls_context_unref(client_context);
    weir_tls_context_unref(server_context);
    return forget_bytes(state);
}

int net_world_tls(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(complete_or_an_error),
        cmocka_unit_test(runtimes_go),
        cmocka_unit_test(calls_fail),
        cmocka_unit_test(an_end_that_nobody_said),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}

#else

int net_world_tls(void)
{
    print_message("skipped: built without OpenSSL\n");
    return 0;
}

#endif
