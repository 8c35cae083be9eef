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
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
