/* race, race_ok: the first future that is done, or that has a result. */

#include "stages.h"

static struct script scripts[3];
typedef weir_stream *race_build(weir_stream *const *futures, size_t n);

static weir_stream *race(race_build *build, const char *a, const char *b, const char *c)
{
    const char *const texts[] = {a, b, c};
    weir_stream *all[3];
    for (int i = 0; i < 3; i++) {
        scripts[i] = (struct script){.type = &tracked_type, .one = true};
        all[i] = script_stream(&scripts[i], texts[i]);
    }
    return build(all, 3);
}

static void check(weir_stream *stream, const char *wanted)
{
    assert_string_equal(trace_items(stream, 4), wanted);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(scripts[i].finis, 1);
}

static void test_race(void **state)
{
    (void)state;
    check(race(weir_race, "1", "2", "3"), "0:1 $");
    check(race(weir_race, "P P~", "P 2", "P P 3"), "1:2 $");
    check(race(weir_race, "P~", "P~", "3"), "2:3 $");
    check(race(weir_race, "P P 1", "P !7", "P~"), "!7 $");
    check(race(weir_race, "$", "P $", "P P 3"), "2:3 $"); /* nothing is no win */
    check(race(weir_race, "$", "$", "P $"), "$");
}

static void test_race_ok(void **state)
{
    (void)state;
    check(race(weir_race_ok, "!5", "P !!6", "P P 3"), "2:3 $");
    check(race(weir_race_ok, "!5", "2", "P~"), "1:2 $");
    check(race(weir_race_ok, "!5", "P P !6", "P !7"), "!6 $"); /* the last to fail */
    check(race(weir_race_ok, "!5", "$", "P $"), "!5 $");
    check(race(weir_race_ok, "$", "$", "P $"), "$");
}

/* The others are dropped with the poll that the first was done in. */
static void test_losers_are_dropped(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = race(weir_race, "P~ 1", "P 2", "P~ 3");
    do {
        trace_poll(&seen, stream, &test, 1);
    } while (test.waker->wakes);
    assert_true(script_wake(&scripts[1]));
    seen = (struct trace){0};
    trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "1:2 $");
    for (int i = 0; i < 3; i++)
        assert_int_equal(scripts[i].finis, 1);
    assert_int_equal(scripts[0].polls, 1); /* only the one that was woken was polled again */
    weir_drop(stream);
    test_cx_fini(&test);
}

/* Which one failed. */
static void test_record(void **state)
{
    (void)state;
    for (int ok = 0; ok < 2; ok++) {
        struct test_cx test;
        struct trace seen = {.no_pending = true};
        test_cx_init(&test);
        weir_stream *stream =
            race(ok ? weir_race_ok : weir_race, ok ? "!4" : "P~", "P !7", ok ? "!5" : "P~");
        trace_run(&seen, stream, &test, 1);
        assert_string_equal(seen.text, "!7 $");
        assert_int_equal(seen.error.record, 2);
        weir_drop(stream);
        test_cx_fini(&test);
    }
}

/* A loser that is only lent to the race goes on later: nothing of it is lost. */
static void test_borrowed(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {.no_pending = true};
    struct script slow = {.type = &tracked_type};
    test_cx_init(&test);
    weir_stream *stream = script_stream(&slow, "P 1 2");
    weir_stream *two[] = {weir_next(stream), weir_take(source("9"), 1)};
    weir_stream *first = weir_race(two, 2);
    trace_run(&seen, first, &test, 1);
    weir_drop(first);
    trace_run(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "1:9 $ 1 2 $");
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

int stage_race(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_race), cmocka_unit_test(test_race_ok),
                                       cmocka_unit_test(test_losers_are_dropped),
                                       cmocka_unit_test(test_record),
                                       cmocka_unit_test(test_borrowed)};
    return cmocka_run_group_tests_name("race", tests, NULL, NULL);
}
