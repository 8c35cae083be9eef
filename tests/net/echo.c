/* An echo over real sockets, on each driver: what is sent comes back, whatever its size. */

#include "net.h"

static const char *driver;

static void check_echo(weir_rt *rt, const char *address, size_t n)
{
    unsigned char *bytes = net_bytes(n);
    weir_vec back = {0};
    weir_error error = {0};
    weir_state state = net_exchange(rt, weir_dial(address, NULL), bytes, n, &back, &error);
    if (state != WEIR_READY)
        fail_msg("%s, %zu bytes: %s", driver, n, error.message);
    assert_int_equal(back.n, n);
    assert_memory_equal(back.items, bytes, n);
    weir_vec_drop(&back);
    free(bytes);
}

static void check_address(const char *address)
{
    static const size_t sizes[] = {0, 1, 64, 4096, 16384, 16385, 300000, 3000000};
    weir_rt *rt = net_serve(driver, address, &net_echo_fn, NULL, NULL);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_echo(rt, address, strcmp(driver, "sim") ? sizes[i] : sizes[i] / 10);
    weir_rt_drop(rt);
}

static unsigned dropped;
static void drop_large(const weir_type *type, void *item)
{
    (void)type;
    dropped += ((unsigned char *)item)[99] == 7;
}

/* It gives another thing than it says, which is large, and to be dropped. */
static weir_stream *give_large(weir_duplex near, void *arg)
{
    static const weir_type large = {.name = "large", .size = 100, .align = 1, .drop = drop_large};
    unsigned char item[100] = {[99] = 7};
    (void)arg;
    weir_duplex_abort(near);
    return weir_once(&large, item);
}
WEIR_CONNECTION_FN(give_large_fn, give_large)

static void a_future_of_another_type(void **state)
{
    (void)state;
    weir_duplex ends[2];
    weir_served served;
    weir_error error;
    weir_duplex_pair(1000, ends);
    weir_stream *incoming = weir_once(&weir_type_duplex, &ends[0]);
    weir_state got = weir_run(weir_serve(incoming, &give_large_fn, NULL, NULL), &served, &error);
    weir_duplex_abort(ends[1]);
    assert_int_equal(got, WEIR_READY);
    assert_int_equal(served.errors, 0);
    assert_int_equal(dropped, 1);
}

static void what_is_sent_comes_back(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        driver = rig_drivers[i];
        check_address(net_address());
        char path[128];
        snprintf(path, sizeof path, "unix:%s", rig_path("x.sock"));
        check_address(path);
    }
}

int net_echo(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_sent_comes_back),
        cmocka_unit_test(a_future_of_another_type),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
