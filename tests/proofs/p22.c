/* A pipe that is full stops the task that writes into it and no other one, be it O_NONBLOCK or not;
 * and the runtime can still be told to stop. */

#include "proofs.h"

#include <pthread.h>

enum { BEATS = 1000, BIG = 2 << 20 };

static char big[BIG];

struct scene {
    uint64_t beats;
    int read_end;
};

/* Reads the pipe empty only after it had many turns: with the pipe full all the while. */
static weir_poll beat(void *arg, weir_cx *cx, void *out, size_t demand)
{
    static char bytes[65536];
    struct scene *scene = arg;
    (void)out;
    (void)demand;
    if (++scene->beats > BEATS && read(scene->read_end, bytes, sizeof bytes) < 0 && errno != EAGAIN)
        return weir_fail(cx, WEIR_E_USER, "the pipe cannot be read");
    return weir_wait_turn(cx);
}

static void full_pipe(const char *driver, bool nonblocking)
{
    int ends[2];
    weir_error error;
    uint64_t n = 0;
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    if (nonblocking)
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
    struct scene scene = {0, ends[0]};
    weir_rt *rt = rig_rt(driver);
    assert_true(weir_rt_spawn(rt, weir_future_fn(&weir_type_unit, beat, &scene)));
    weir_reader *reader = weir_memory_reader(big, sizeof big);
    weir_stream *copy = weir_copy(reader, weir_fd_writer(ends[1], "pipe"));
    alarm(20); /* a runtime that is stopped stays so */
    if (weir_rt_run(rt, copy, &n, &error) != WEIR_READY)
        fail_msg("%s: %s", driver, WEIR_ERROR_TEXT(&error));
    alarm(0);
    assert_int_equal(n, sizeof big);
    assert_true(scene.beats > BEATS);
    weir_rt_drop(rt);
    close(ends[0]);
    close(ends[1]);
}

static void test_full(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int nonblocking = 0; nonblocking < 2; nonblocking++)
            full_pipe(rig_drivers[d], nonblocking);
}

/* The same through forward, and with a writer that is dropped while it waits. */
static weir_stream *lines(void)
{
    memset(big, 'x', sizeof big);
    return weir_lines(weir_memory_reader(big, sizeof big), BIG);
}

static weir_poll a_few_turns(void *arg, weir_cx *cx, void *out, size_t demand)
{
    unsigned *left = arg;
    (void)demand;
    if ((*left)--)
        return weir_wait_turn(cx);
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static void test_dropped_while_full(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int nonblocking = 0; nonblocking < 2; nonblocking++) {
            int ends[2];
            unsigned left = 50;
            assert_int_equal(pipe(ends), 0);
            if (nonblocking)
                fcntl(ends[1], F_SETFL, O_NONBLOCK);
            weir_rt *rt = rig_rt(rig_drivers[d]);
            alarm(20);
            assert_true(weir_rt_spawn(rt, weir_forward(lines(), weir_fd_writer(ends[1], "pipe"))));
            weir_stream *wait = weir_future_fn(&weir_type_unit, a_few_turns, &left);
            assert_int_equal(weir_rt_run(rt, wait, NULL, NULL), WEIR_READY);
            weir_rt_drop(rt);
            alarm(0);
            close(ends[0]);
            close(ends[1]);
        }
}

int proofs_p22(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_full),
                                       cmocka_unit_test(test_dropped_while_full)};
    return cmocka_run_group_tests_name("p22", tests, rig_setup, rig_teardown);
}
