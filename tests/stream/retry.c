/* retry, restart: sources that are made anew. */

#include "stages.h"

#include <stdio.h>

/* What each try gives; the function gives up at a NULL. */
static const char *tries[8];
static unsigned made;
static struct script scripts[8];
static int64_t told[8];

static weir_stream *next_try(void *arg, uint32_t restarts, const weir_error *why)
{
    (void)arg, (void)restarts;
    told[made] = why ? why->number : 0;
    if (!tries[made])
        return NULL;
    scripts[made] = (struct script){.type = &tracked_type};
    weir_stream *source = script_stream(&scripts[made], tries[made]);
    made++;
    return source;
}

static const weir_backoff backoff = {.restarts_max = 4, .min_ns = 100, .max_ns = 300};

#define TRIES(...) set_tries((const char *[8]){__VA_ARGS__})
static void *set_tries(const char *const *texts)
{
    made = 0;
    memcpy(tries, texts, sizeof tries);
    return NULL;
}

static weir_stream *retried(void *none)
{
    (void)none;
    return weir_retry(&tracked_type, next_try, NULL, &backoff);
}

static weir_stream *restarted(void *none)
{
    (void)none;
    return weir_restart(&tracked_type, next_try, NULL, &backoff);
}

/* Those are not seen, others are. */
static void after_fatal_errors(void **state)
{
    (void)state;
    assert_string_equal(timeline(retried(TRIES("1 2 !!7", "3 !8 !!9", "4")), 1),
                        "1@0 2@0 3@100 !8@100 4@300 $@300");
    assert_int_equal(told[1], 7);
    assert_int_equal(told[2], 9);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(scripts[i].finis, 1);
}

/* 100, 200, 300, 300 and no further try: the last error is. */
static void longer_each_time(void **state)
{
    (void)state;
    assert_string_equal(timeline(retried(TRIES("!!1", "!!2", "!!3", "!!4", "!!5", "#")), 1),
                        "!!5@900 $@900");
    assert_int_equal(made, 5);
}

/* A longest wait that was not said, or is shorter than the first, makes no wait shorter. */
static void never_shorter_than_the_first(void **state)
{
    (void)state;
    weir_backoff even = backoff;
    for (even.max_ns = 0; even.max_ns <= 50; even.max_ns += 50) {
        TRIES("!!1", "!!2", "3");
        assert_string_equal(timeline(weir_retry(&tracked_type, next_try, NULL, &even), 1),
                            "3@200 $@200");
    }
}

static void the_function_gives_up(void **state)
{
    (void)state;
    assert_string_equal(timeline(retried(TRIES("1 !!7", "!!8", NULL)), 1), "1@0 !!8@300 $@300");
    assert_string_equal(timeline(retried(TRIES(NULL)), 1), "$@0");
}

static void after_an_end_too(void **state)
{
    (void)state;
    assert_string_equal(timeline(restarted(TRIES("1", "2 !!7", "3", "", "4")), 1),
                        "1@0 2@100 3@300 4@900 $@900");
    assert_int_equal(told[1], 0);
    assert_int_equal(told[2], 7);
}

/* A source that lasted is counted anew. */
static void calm(void **state)
{
    (void)state;
    weir_backoff calm = backoff;
    calm.restarts_max = 1;
    calm.calm_ns = 500;
    TRIES("!!1", "@700 1 !!2", "@900 2 !!3", "#");
    assert_string_equal(timeline(weir_retry(&tracked_type, next_try, NULL, &calm), 1),
                        "1@700 2@900 !!3@900 $@900");
}

/* Drawn from the seed, and never more than was said. */
static void jitter(void **state)
{
    (void)state;
    weir_backoff drawn = {
        .restarts_max = 7, .min_ns = 1000, .max_ns = 1000, .jitter_percent = 50, .seed = 3};
    char first[256];
    for (int i = 0; i < 2; i++) {
        TRIES("1 !!1", "2 !!2", "3 !!3", "4");
        const char *got = timeline(weir_retry(&tracked_type, next_try, NULL, &drawn), 1);
        if (i)
            assert_string_equal(got, first);
        strcpy(first, got);
    }
    unsigned at[3];
    assert_int_equal(sscanf(first, "1@0 2@%u 3@%u 4@%u", &at[0], &at[1], &at[2]), 3);
    assert_in_range(at[0], 1000, 1500);
    assert_in_range(at[1] - at[0], 1000, 1500);
    assert_in_range(at[2] - at[1], 1000, 1500);
    assert_true(at[0] % 1000 || at[1] % 1000 || at[2] % 1000);
}

static weir_stream *numbers(void *arg, uint32_t restarts, const weir_error *why)
{
    (void)arg, (void)restarts, (void)why;
    return weir_range(0, 3);
}

static void refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_retry(&tracked_type, numbers, NULL, &backoff), 1), "!!TYPE $");
    assert_string_equal(trace(weir_retry(&tracked_type, numbers, NULL, &(weir_backoff){0}), 1),
                        "!!ARGUMENT $");
}

/* Nobody waits for another try when all is to end. */
static void told_to_stop(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    test_cx_init(&test);
    weir_stream *stream = retried(TRIES("1 !!7", "#"));
    trace_poll(&trace, stream, &test, 1);
    trace_poll(&trace, stream, &test, 1);
    test.cx.stopping = true;
    trace_poll(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "1 P $");
    assert_true(weir_stage_was_cut(&stream->stage));
    weir_drop(stream);
    test_cx_fini(&test);
}

/* What waits needs a clock. */
static void no_clock(void **state)
{
    (void)state;
    static struct test_cx test;
    struct trace trace = {0};
    weir_stream *stream = retried(TRIES("1"));
    test_cx_init(&test);
    test.cx.timers = NULL;
    trace_run(&trace, stream, &test, 1);
    assert_string_equal(trace.text, "!!ARGUMENT $");
    assert_string_equal(trace.error.message, "retry needs a runtime");
    weir_drop(stream);
    test_cx_fini(&test);
}

int stage_retry(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(after_fatal_errors),
                                       cmocka_unit_test(longer_each_time),
                                       cmocka_unit_test(never_shorter_than_the_first),
                                       cmocka_unit_test(the_function_gives_up),
                                       cmocka_unit_test(after_an_end_too),
                                       cmocka_unit_test(calm),
                                       cmocka_unit_test(jitter),
                                       cmocka_unit_test(refused),
                                       cmocka_unit_test(told_to_stop),
                                       cmocka_unit_test(no_clock)};
    return cmocka_run_group_tests_name("retry", tests, NULL, NULL);
}
