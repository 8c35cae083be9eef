/* keep_alive: an item of its own in each gap, as long as it lasts. */

#include "stages.h"

static weir_stream *beaten(const char *text, uint64_t ns)
{
    static struct script script;
    script = (struct script){0};
    return weir_keep_alive(script_stream(&script, text), ns, &(int64_t){0});
}

/* No errors; a beat begins the next gap. */
static void in_gaps(void **state)
{
    (void)state;
    assert_string_equal(timeline(beaten("1 @250 2 @340 3", 100), 1),
                        "1@0 0@100 0@200 2@250 3@340 $@340");
    assert_string_equal(timeline(beaten("@150 !7 @251 $", 100), 1), "0@100 !7@150 0@250 $@251");
    assert_string_equal(timeline(beaten("1 2 @50 3", 100), 64), "1 2@0 3@50 $@50");
}

static void refused(void **state)
{
    (void)state;
    assert_string_equal(trace(beaten("1", 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_keep_alive(source("1"), 9, NULL), 1), "!!TYPE $");
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = beaten("1 P 2", 100);
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "1 !!ARGUMENT $");
    assert_string_equal(trace.error.message, "keep_alive needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_keep_alive(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(in_gaps), cmocka_unit_test(refused),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("keep_alive", tests, NULL, NULL);
}
