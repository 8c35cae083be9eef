/* A connection that waits for bytes holds no buffer: what it has is its chain and its place with
 * the driver, also after bytes came and went. */

#include "proofs.h"
#include "pipes.h"

enum { CONNECTIONS = 300, IDLE_BYTES_MAX = 2048 };

static weir_poll a_few_turns(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if ((*left)--)
        return weir_wait_turn(cx);
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void turns(weir_rt *rt, unsigned n)
{
    weir_stream *wait = weir_future_fn(&weir_type_unit, a_few_turns, &n);
    assert_int_equal(weir_rt_run(rt, wait, NULL, NULL), WEIR_READY);
}

static void holds_little(const char *driver, const char *when, size_t bytes, size_t n)
{
    if (bytes / n > IDLE_BYTES_MAX)
        fail_msg("%s: a connection that is idle %s holds %zu bytes", driver, when, bytes / n);
}

static void idle_connections(const char *driver, bool nonblocking)
{
    static struct pipes pipes;
    pipes_open(&pipes, CONNECTIONS);
    memory_begin(0, false);
    weir_rt *rt = rig_rt(driver);
    turns(rt, 1);
    size_t before = memory.live_bytes;
    for (size_t i = 0; i < pipes.n; i++) {
        if (nonblocking)
            fcntl(pipes.ends[i][0], F_SETFL, O_NONBLOCK);
        weir_reader *reader = weir_fd_reader(pipes.ends[i][0], "connection");
        assert_true(weir_rt_spawn(rt, weir_count(weir_lines(reader, 1000))));
    }
    holds_little(driver, "before its first poll", memory.live_bytes - before, pipes.n);
    turns(rt, 20);
    holds_little(driver, "at first", memory.live_bytes - before, pipes.n);
    for (size_t i = 0; i < pipes.n; i++)
        assert_int_equal(write(pipes.ends[i][1], "a line\n", 7), 7);
    turns(rt, 40);
    holds_little(driver, "again", memory.live_bytes - before, pipes.n);
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    pipes_close_all(&pipes);
}

static void test_idle(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int nonblocking = 0; nonblocking < 2; nonblocking++)
            idle_connections(rig_drivers[d], nonblocking);
}

int proofs_p21(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_idle)};
    return cmocka_run_group_tests_name("p21", tests, rig_setup, rig_teardown);
}
