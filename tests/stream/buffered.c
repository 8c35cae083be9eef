/* buffered: up to `limit` futures at once, results in the order of the source. */

#include "futures.h"

struct script futures[FUTURES_MAX];
struct script futures_source;
static const char *const *future_texts;

static void make_future(void *out, int64_t value, void *arg)
{
    (void)arg;
    assert_true(value < FUTURES_MAX);
    futures[value] = (struct script){.type = &tracked_type, .one = true};
    weir_stream *future = script_stream(&futures[value], future_texts[value]);
    memcpy(out, &future, sizeof future);
}

weir_stream *futures_stream(const char *source_text, const char *const *texts)
{
    future_texts = texts;
    futures_source = (struct script){.type = &weir_type_stream, .make = make_future};
    return script_stream(&futures_source, source_text);
}

static const char *run(const char *source_text, const char *const *texts, size_t limit,
                       size_t demand)
{
    weir_stream *stream = weir_buffered(futures_stream(source_text, texts), &tracked_type, limit);
    const char *got = trace_items(stream, demand);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
    return got;
}

static void test_order(void **state)
{
    (void)state;
    static const char *const slow_first[] = {"P P P 10", "11", "P 12", "!5", "P !!6", "", "16"};
    for (size_t demand = 1; demand <= 64; demand *= 8)
        for (size_t limit = 1; limit <= 8; limit++) {
            assert_string_equal(run("0 1 2", slow_first, limit, demand), "10 11 12 $");
            /* An error has its place too; one without a result has none. */
            assert_string_equal(run("0 3 1 4 5 6", slow_first, limit, demand), "10 !5 11 !6 16 $");
        }
}

/* Results that are held back count: the third is not taken before the first was given. */
static void test_limit(void **state)
{
    (void)state;
    static const char *const texts[] = {"P 10", "11", "12"};
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = weir_buffered(futures_stream("0 1 2", texts), &tracked_type, 2);
    for (int i = 0; i < 4; i++)
        trace_poll(&seen, stream, &test, 1);
    assert_string_equal(seen.text, "P P P P");
    assert_int_equal(futures_source.given, 2);
    assert_int_equal(futures[0].polls, 1);
    assert_int_equal(futures[1].finis, 1); /* done, and its result is held */
    assert_true(script_wake(&futures[0]));
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(futures_source.given, 2);
    trace_poll(&seen, stream, &test, 1);
    assert_int_equal(futures_source.given, 3);
    assert_string_equal(seen.text, "P P P P 10 11");
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

/* An error of the source comes at once; what runs is not lost. */
static void test_source_error(void **state)
{
    (void)state;
    static const char *const texts[] = {"P 10", "P 11"};
    assert_string_equal(run("0 !7 1", texts, 4, 1), "!7 10 11 $");
    assert_string_equal(run("0 !!7 #", texts, 4, 1), "!7 10 $");
    assert_string_equal(run("!!7 #", texts, 4, 1), "!!7 $");
}

static void test_type(void **state)
{
    (void)state;
    static const char *const texts[] = {"10"};
    weir_stream *stream = weir_buffered(futures_stream("0 0", texts), &weir_type_u64, 4);
    assert_string_equal(trace(stream, 1), "!!TYPE $");
    weir_stream *none = weir_buffered(futures_stream("0", texts), &tracked_type, 0);
    assert_string_equal(trace(none, 1), "!!ARGUMENT $");
}

int stage_buffered(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_order), cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_source_error),
                                       cmocka_unit_test(test_type)};
    return cmocka_run_group_tests_name("buffered", tests, NULL, NULL);
}
