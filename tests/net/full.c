/* Peers that do not read, until so much stands in blocks that nobody else is accepted; and that it
 * goes on when they are gone. */

#include "net.h"

#define MS 1000000ull

enum { STALLED = 5, PUSHED_BYTES = 48 << 20, MOST_BYTES = 200 << 10, ROUNDS_MAX = 100 };

static unsigned told;
static char text[200];

static void note(const weir_error *error, void *arg)
{
    (void)arg;
    if (error->code != WEIR_E_LIMIT)
        return; /* of those that are given up */
    told++;
    snprintf(text, sizeof text, "%s", error->message);
}

static weir_state exchange(weir_rt *rt, const char *address, uint64_t patience_ns)
{
    weir_vec back = {0};
    weir_error error = {0};
    weir_duplex far = weir_dial(address, NULL);
    weir_stream *both = weir_join(weir_copy(weir_memory_reader("ping", 4), far.writer),
                                  weir_copy(far.reader, weir_memory_writer(&back, 9)));
    weir_state got = weir_rt_run(rt, weir_timeout(both, patience_ns), NULL, &error);
    assert_true(got == WEIR_READY || error.code == WEIR_E_TIMEOUT);
    weir_vec_drop(&back);
    return got;
}

static void sleep_ms(weir_rt *rt, unsigned ms)
{
    assert_int_equal(weir_rt_run(rt, weir_sleep(ms * MS), NULL, NULL), WEIR_READY);
}

static weir_rt *serve(const char *driver, const char *address)
{
    weir_rt *rt = weir_rt_new(&(weir_rt_options){.driver = driver, .seed = 3}, NULL);
    weir_listen_options listen = {.size = sizeof listen, .blocks_bytes_max = MOST_BYTES};
    weir_serve_options how = {.size = sizeof how, .on_error = note};
    told = 0;
    assert_true(
        weir_rt_spawn(rt, weir_serve(weir_incoming(address, &listen), &net_echo_fn, NULL, &how)));
    sleep_ms(rt, 1);
    return rt;
}

/* A while of each, until it is full and stays so: longer than one waits for a busy machine. It is
 * told once, until it is better. */
static void push_until_full(weir_rt *rt, const char *address, weir_stream *const *pushes)
{
    for (unsigned round = 0; round < ROUNDS_MAX; round++) {
        for (size_t i = 0; i < STALLED; i++)
            weir_rt_run(rt, weir_timeout(weir_by_ref(pushes[i]), 20 * MS), NULL, NULL);
        unsigned before = told;
        if (told && exchange(rt, address, 100 * MS) == WEIR_ERROR &&
            exchange(rt, address, 1500 * MS) == WEIR_ERROR && told == before)
            return;
    }
    fail_msg("%s is never full; told %u times, last: %s", weir_rt_driver(rt), told, text);
}

static void stall(const char *driver, const unsigned char *bytes)
{
    const char *address = net_address();
    weir_rt *rt = serve(driver, address);
    weir_reader *unread[STALLED];
    weir_stream *pushes[STALLED];
    assert_int_equal(exchange(rt, address, 5000 * MS), WEIR_READY);
    for (size_t i = 0; i < STALLED; i++) {
        weir_duplex far = weir_dial(address, NULL);
        unread[i] = far.reader;
        pushes[i] = weir_copy(weir_memory_reader(bytes, PUSHED_BYTES), far.writer);
    }
    push_until_full(rt, address, pushes);
    assert_non_null(strstr(text, " blocks that are not consumed or sent"));
    for (size_t i = 0; i < STALLED; i++) {
        weir_drop(pushes[i]);
        weir_drop(unread[i]);
    }
    assert_int_equal(exchange(rt, address, 5000 * MS), WEIR_READY);
    weir_rt_drop(rt);
}

static void nobody_else_is_accepted(void **state)
{
    (void)state;
    unsigned char *bytes = net_bytes(PUSHED_BYTES);
    for (size_t i = 0; i < rig_drivers_n; i++)
        stall(rig_drivers[i], bytes);
    free(bytes);
}

int net_full(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_else_is_accepted),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
