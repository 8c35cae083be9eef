/* A runtime that is dropped with more operations in flight than its driver's queue has entries
 * comes back soon, with nothing leaked, and the descriptors are the caller's again. */

#include "proofs.h"
#include "pipes.h"

#include <time.h>

static unsigned started;

static weir_stream *count_pipe(int64_t i, void *arg)
{
    struct pipes *pipes = arg;
    started++;
    return weir_count(weir_lines(weir_fd_reader(pipes->ends[i][0], "pipe"), 100));
}
typedef weir_stream *stream_pointer;
WEIR_MAP_FN(count_fn, count_pipe, int64_t, stream_pointer, .to = &weir_type_stream)

/* Until all of them wait in the driver. */
static weir_poll until_they_wait(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct pipes *pipes = arg;
    static unsigned turns;
    (void)demand;
    turns = started < pipes->n ? 0 : turns + 1;
    if (turns < 20)
        return weir_wait_turn(cx);
    *(char *)out = 0;
    return (weir_poll){1, WEIR_END};
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void drop_with_reads_in_flight(const char *driver, struct pipes *pipes, bool stop)
{
    started = 0;
    weir_rt *rt = rig_rt(driver);
    weir_stream *counts = weir_map(weir_range(0, (int64_t)pipes->n), &count_fn, pipes);
    weir_stream *set = weir_buffer_unordered(counts, &weir_type_u64, pipes->n);
    assert_true(weir_rt_spawn(rt, weir_count(set)));
    weir_stream *wait = weir_future_fn(&weir_type_unit, until_they_wait, pipes);
    assert_int_equal(weir_rt_run(rt, wait, NULL, NULL), WEIR_READY);
    if (stop)
        weir_rt_stop(rt);
    uint64_t before = now_ms();
    weir_rt_drop(rt);
    assert_in_range(now_ms() - before, 0, 3000); /* not a timeout for each */
}

static void test_dropped_in_flight(void **state)
{
    (void)state;
    for (size_t d = 0; d < rig_drivers_n; d++)
        for (int stop = 0; stop < 2; stop++) {
            char byte;
            struct pipes pipes;
            pipes_open(&pipes, 1500);
            drop_with_reads_in_flight(rig_drivers[d], &pipes, stop);
            for (size_t i = 0; i < pipes.n; i += 97) {
                assert_int_equal(write(pipes.ends[i][1], "x", 1), 1);
                assert_int_equal(read(pipes.ends[i][0], &byte, 1), 1);
            }
            pipes_close_all(&pipes);
        }
}

int proofs_p15d(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_dropped_in_flight)};
    return cmocka_run_group_tests_name("p15d", tests, rig_setup, rig_teardown);
}
