/* interval: ticks a period apart, and what becomes of those that nobody took. */

#include "stages.h"

/* At once first, or after a time of its own. */
static void one_a_period(void **state)
{
    (void)state;
    assert_string_equal(timeline(weir_take(weir_interval(100, WEIR_MISSED_BURST), 3), 1),
                        "0@0 1@100 2 $@200");
    assert_string_equal(timeline(weir_take(weir_interval_at(100, 100, WEIR_MISSED_BURST), 3), 1),
                        "0@100 1@200 2 $@300");
    assert_string_equal(timeline(weir_take(weir_interval_at(7, 100, WEIR_MISSED_SKIP), 3), 1),
                        "0@7 1@107 2 $@207");
    assert_string_equal(trace(weir_interval(0, WEIR_MISSED_SKIP), 1), "!!ARGUMENT $");
}

/* The tick of 100 is taken at `late`, and the others as they come. */
static const char *late_by(weir_missed missed, uint64_t late)
{
    static struct test_cx test;
    static struct trace trace;
    trace = (struct trace){.timed = true, .no_pending = true};
    test_clock_begin();
    test_cx_init(&test);
    weir_stream *stream = weir_take(weir_interval(100, missed), 5);
    trace_poll(&trace, stream, &test, 1);
    test_clock_to(late);
    trace_run(&trace, stream, &test, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    return trace.text;
}

static void missed_ticks(void **state)
{
    (void)state;
    assert_string_equal(late_by(WEIR_MISSED_BURST, 350), "0@0 1@350 2@350 3@350 4 $@400");
    assert_string_equal(late_by(WEIR_MISSED_DELAY, 350), "0@0 1@350 2@450 3@550 4 $@650");
    assert_string_equal(late_by(WEIR_MISSED_SKIP, 350), "0@0 1@350 4@400 5@500 6 $@600");
    for (weir_missed missed = WEIR_MISSED_BURST; missed <= WEIR_MISSED_SKIP; missed++)
        assert_string_equal(late_by(missed, 199), "0@0 1@199 2@200 3@300 4 $@400");
}

/* It is a source that touches the outside: it ends when all is to end. */
static void told_to_stop(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_interval(100, WEIR_MISSED_BURST);
    trace_poll(&trace, stream, &test, 1);
    test.cx.stopping = true;
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "0 $");
    assert_true(weir_stage_was_cut(&stream->stage));
    weir_drop(stream);
    test_cx_fini(&test);
}

/* One that is always ready beside it starves nobody: the tick comes in the turn after it is due. */
static int64_t tick(uint64_t number, void *arg)
{
    (void)arg;
    return -1 - (int64_t)number;
}
WEIR_MAP_FN(tick_fn, tick, uint64_t, int64_t)

static weir_stream *beside_a_flood(int how)
{
    weir_stream *flood = weir_repeat(&weir_type_i64, &(int64_t){7});
    weir_stream *ticks = weir_map(weir_interval_at(100, 100, WEIR_MISSED_SKIP), &tick_fn, NULL);
    weir_stream *both[2] = {how & 1 ? ticks : flood, how & 1 ? flood : ticks};
    return how & 2 ? weir_merge(both, 2) : weir_select(both[0], both[1]);
}

static void beside_what_is_always_ready(void **state)
{
    (void)state;
    static struct test_cx test;
    for (int how = 0; how < 4; how++)
        for (size_t demand = 1; demand <= 64; demand *= 8) {
            int64_t items[64];
            unsigned ticks = 0;
            test_clock_begin();
            test_cx_init(&test);
            weir_stream *stream = beside_a_flood(how);
            for (unsigned turn = 0; turn < 100; turn++) {
                test_clock_to(turn * 10);
                test_cx_turn(&test);
                weir_poll got = {0};
                for (int polls = 0; polls < 4 && got.state == WEIR_READY; polls++) {
                    got = weir_poll_next(stream, &test.cx, items, demand);
                    for (uint32_t i = 0; i < got.n; i++)
                        ticks += items[i] < 0;
                }
            }
            assert_int_equal(ticks, 9);
            weir_drop(stream);
            test_cx_fini(&test);
        }
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = weir_interval(9, WEIR_MISSED_BURST);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "interval needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_interval(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_a_period), cmocka_unit_test(missed_ticks),
        cmocka_unit_test(told_to_stop), cmocka_unit_test(beside_what_is_always_ready),
        cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("interval", tests, NULL, NULL);
}
