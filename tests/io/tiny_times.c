/* Times that nobody meant, of a nanosecond and of all there are, on real clocks: what has them
 * works as well as it can, and a worker with nothing else to do sleeps. */

#include "../driver/rig.h"

#include <time.h>

#define TINY_MS 1000000ull
#define TINY_NEVER UINT64_MAX

enum { TINY_CALM_MS = 100, TINY_BUSY_MS = 20 };

static uint64_t cpu_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
    return (uint64_t)at.tv_sec * 1000 + (uint64_t)at.tv_nsec / 1000000;
}

/* It comes to an error, TIMEOUT, in TINY_CALM_MS. */
static void calm(weir_rt *rt, weir_reader *reader)
{
    weir_error error;
    uint64_t before = cpu_ms();
    weir_stream *all = weir_count(
        weir_lines(weir_read_timeout(reader, TINY_CALM_MS * TINY_MS), WEIR_LINE_MAX_DEFAULT));
    assert_int_equal(weir_rt_run(rt, all, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT);
    assert_in_range(cpu_ms() - before, 0, TINY_BUSY_MS);
}

static void count_beat(void *arg, const weir_metered *metered)
{
    (void)metered;
    ++*(uint64_t *)arg;
}

static void a_meter_of_nothing(weir_rt *rt)
{
    uint64_t beats = 0;
    for (uint64_t ns = 1; ns; ns = ns == 1 ? TINY_NEVER : 0, beats = 0) {
        weir_duplex pipe = weir_byte_pipe(8);
        calm(rt, weir_meter(pipe.reader, count_beat, &beats, ns));
        assert_in_range(beats, ns == 1 ? 3 : 0, ns == 1 ? 2000 : 0);
        weir_drop(pipe.writer);
    }
}

static void a_file_that_does_not_grow(weir_rt *rt)
{
    calm(rt, weir_tail("/etc/hostname", &WEIR_TAIL_OPTIONS(.tick_ns = 1)));
    calm(rt, weir_tail("/etc/hostname", &WEIR_TAIL_OPTIONS(.tick_ns = TINY_NEVER)));
}

/* ---- stages over items ---- */

static weir_stream *slowly(void)
{
    return weir_take(weir_interval(10 * TINY_MS, WEIR_MISSED_DELAY), 6);
}

static void gives(weir_rt *rt, weir_stream *stream, uint64_t wanted)
{
    uint64_t n = 0;
    weir_error error;
    uint64_t before = cpu_ms();
    if (weir_rt_run(rt, weir_count(stream), &n, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(n, wanted);
    assert_in_range(cpu_ms() - before, 0, TINY_BUSY_MS);
}

static void stages_of_a_nanosecond(weir_rt *rt)
{
    gives(rt, weir_sample(slowly(), 1), 6);
    gives(rt, weir_sample(slowly(), 100000), 6);
    gives(rt, weir_debounce(slowly(), 1), 6);
    gives(rt, weir_throttle(slowly(), 1), 6);
    gives(rt, weir_sample_first(slowly(), 1), 6);
    gives(rt, weir_delay(slowly(), 1, 8), 6);
    gives(rt, weir_chunks_timeout(slowly(), 8, 1), 6);
    gives(rt, weir_initial_delay(slowly(), 1), 6);
    gives(rt, weir_skip_errors(weir_timeout(slowly(), 1), 100, NULL), 6);
    gives(rt, weir_take_within(slowly(), 1), 0);
    gives(rt, weir_take(weir_interval(1, WEIR_MISSED_SKIP), 100), 100);
    gives(rt, weir_take(weir_interval(1, WEIR_MISSED_BURST), 100), 100);
}

static void stages_that_wait_for_ever(weir_rt *rt)
{
    gives(rt, weir_sample(slowly(), TINY_NEVER), 1);
    gives(rt, weir_debounce(slowly(), TINY_NEVER), 1);
    gives(rt, weir_take(weir_throttle(slowly(), TINY_NEVER), 1), 1);
    gives(rt, weir_sample_first(slowly(), TINY_NEVER), 1);
    gives(rt, weir_chunks_timeout(slowly(), 8, TINY_NEVER), 1);
    gives(rt, weir_timeout(slowly(), TINY_NEVER), 6);
    gives(rt, weir_initial_timeout(slowly(), TINY_NEVER), 6);
    gives(rt, weir_completion_timeout(slowly(), TINY_NEVER), 6);
    gives(rt, weir_take_within(slowly(), TINY_NEVER), 6);
    gives(rt, weir_drop_within(slowly(), TINY_NEVER), 0);
    gives(rt, weir_take_within(weir_delay(slowly(), TINY_NEVER, 8), 20 * TINY_MS), 0);
    gives(rt, weir_take_within(weir_initial_delay(slowly(), TINY_NEVER), 20 * TINY_MS), 0);
    gives(rt, weir_take(weir_interval(TINY_NEVER, WEIR_MISSED_SKIP), 1), 1);
    gives(rt, weir_take_within(weir_interval_at(TINY_NEVER, 1, WEIR_MISSED_SKIP), 20 * TINY_MS), 0);
}

/* ---- the runtime's own ---- */

static void count_tick(weir_rt *rt, void *arg)
{
    (void)rt;
    ++*(uint64_t *)arg;
}

static void ticks_of_a_runtime(const char *driver)
{
    static const struct {
        uint64_t ns, least, most;
    } rows[] = {{1, 10, 1000}, {500000, 10, 1000}, {TINY_NEVER, 0, 0}, {TINY_NEVER - 1, 0, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        uint64_t ticks = 0;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .tick_ns = rows[i].ns,
                                                   .on_tick = count_tick, .arg = &ticks),
                                  NULL);
        uint64_t before = cpu_ms();
        assert_int_equal(weir_rt_run(rt, weir_sleep(TINY_CALM_MS * TINY_MS), NULL, NULL),
                         WEIR_READY);
        assert_in_range(cpu_ms() - before, 0, TINY_BUSY_MS);
        assert_in_range(ticks, rows[i].least, rows[i].most);
        weir_rt_drop(rt);
    }
}

static void each_works_as_well_as_it_can(void **state)
{
    (void)state;
    alarm(60);
    for (size_t i = 0; i < rig_drivers_n; i++) {
        if (!strcmp(rig_drivers[i], "sim"))
            continue;
        weir_rt *rt = rig_rt(rig_drivers[i]);
        a_meter_of_nothing(rt);
        a_file_that_does_not_grow(rt);
        stages_of_a_nanosecond(rt);
        stages_that_wait_for_ever(rt);
        weir_rt_drop(rt);
        ticks_of_a_runtime(rig_drivers[i]);
    }
    alarm(0);
}

int io_tiny_times(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(each_works_as_well_as_it_can)};
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
