/* rate_bytes: bytes come no faster than tokens do, and none of the time is lost. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

#define SECOND 1000000000ull

static unsigned char bytes[100000];

/* Each fill with what it brought and when: 10@0 5@500. Times in the unit that is given. */
static const char *fills(weir_reader *reader, size_t min, uint64_t unit_ns)
{
    static char text[4096];
    static struct test_cx test;
    size_t at = 0;
    weir_poll got = {0, WEIR_READY};
    test_clock_begin();
    test_cx_init(&test);
    for (int polls = 0; got.state == WEIR_READY || got.state == WEIR_PENDING; polls++) {
        if (polls == 400)
            test_abort("it has no end");
        test_cx_turn(&test);
        got = weir_poll_fill(reader, &test.cx, min);
        if (got.state == WEIR_PENDING && !test_cx_woken(&test))
            test_abort("it is stuck");
        if (got.state == WEIR_PENDING)
            continue;
        const char *what = got.state == WEIR_READY ? "" : got.state == WEIR_END ? "$" : "!";
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%u%s@%llu", at ? " " : "", got.n,
                               what, (unsigned long long)(test_clock_ns() / unit_ns));
        weir_consume(reader, got.n);
    }
    weir_drop(reader);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
    return text;
}

static void a_full_bucket_then_the_rate(void **state)
{
    static const struct {
        size_t n;
        uint64_t per_s, burst;
        size_t min;
        uint64_t unit_ns;
        const char *wanted;
    } rows[] = {
        {0, 1, 1, 1, 1, "0$@0"},
        {10, 5, 100, 1, SECOND, "10@0 0$@0"},
        {5, 1, 1, 1, SECOND, "1@0 1@1 1@2 1@3 1@4 0$@4"},
        {5, 1, 3, 1, SECOND, "3@0 1@1 1@2 0$@2"},
        {3, 3, 1, 1, 1, "1@0 1@333333334 1@666666667 0$@666666667"},
        {9, 2, 4, 3, SECOND / 2, "4@0 3@3 2$@5"},
        /* More at once than the bucket holds. */
        {9, 1, 2, 6, SECOND, "6@4 3$@7"},
        /* What a millisecond brings, or what there is. */
        {6500, 2000000, 3000, 1, SECOND / 1000, "3000@0 2000@1 1500@1 0$@1"},
        {6500, 2000000, 50, 1, 1, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *got = fills(
            weir_rate_bytes(weir_memory_reader(bytes, rows[i].n), rows[i].per_s, rows[i].burst),
            rows[i].min, rows[i].unit_ns);
        if (rows[i].wanted)
            assert_string_equal(got, rows[i].wanted);
    }
}

/* A source that has less than the rate allows fills the bucket meanwhile, and no further. */
static void a_bucket_holds_its_burst(void **state)
{
    (void)state;
    struct script script = {0};
    weir_reader *source = script_reader(&script, "\"ab\" @5000000000 \"cdefgh\"");
    assert_string_equal(fills(weir_rate_bytes(source, 1, 3), 1, SECOND),
                        "2@0 3@5 1@6 1@7 1@8 0$@8");
}

/* In any time no more than burst + rate * time, and all of that where somebody always asks. */
static void nothing_is_lost_to_rounding(void **state)
{
    static const uint64_t rates[] = {1, 3, 7, 999, 1000, 1001, 123457, 1000003};
    static struct test_cx test;
    (void)state;
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++) {
        test_clock_begin();
        test_cx_init(&test);
        weir_reader *reader = weir_rate_bytes(weir_memory_reader(bytes, sizeof bytes), rates[i], 5);
        uint64_t all = 0;
        for (int polls = 0; polls < 2000 && all < sizeof bytes; polls++) {
            test_cx_turn(&test);
            weir_poll got = weir_poll_fill(reader, &test.cx, 1);
            assert_true(got.state == WEIR_READY || got.state == WEIR_PENDING);
            weir_consume(reader, got.n);
            all += got.n;
            uint64_t now = test_clock_ns();
            uint64_t allowed = 5 + now / SECOND * rates[i] + now % SECOND * rates[i] / SECOND;
            assert_in_range(all, 0, allowed);
            if (got.state == WEIR_READY)
                assert_in_range(all, allowed < 5 ? 0 : allowed - 5, allowed);
            if (got.state == WEIR_PENDING)
                assert_true(test_cx_woken(&test));
        }
        weir_drop(reader);
        test_cx_fini(&test);
    }
}

static void an_error_comes_behind_its_bytes(void **state)
{
    (void)state;
    assert_string_equal(fills(weir_rate_bytes(failing_reader("abc", 3), 1, 1), 1, SECOND),
                        "1@0 1@1 1@2 0!@2");
}

static void what_is_no_rate_is_refused(void **state)
{
    static const struct {
        uint64_t per_s, burst;
        const char *message;
    } rows[] = {
        {0, 1, "rate_bytes: the limit 'bytes_per_s' is 0"},
        {1, 0, "rate_bytes: the limit 'burst' is 0"},
        {18446744074, 1, "rate_bytes: so many bytes a second are no limit"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error;
        struct bytes all = reader_bytes(
            weir_rate_bytes(weir_memory_reader(bytes, 9), rows[i].per_s, rows[i].burst), &error);
        assert_int_equal(all.state, WEIR_ERROR);
        assert_string_equal(error.message, rows[i].message);
    }
}

static void it_needs_a_clock_and_passes_failures_on(void **state)
{
    static struct test_cx test;
    (void)state;
    test_cx_init(&test);
    test.cx.timers = NULL;
    weir_reader *reader = weir_rate_bytes(weir_memory_reader(bytes, 9), 1, 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "rate_bytes needs a runtime");
    weir_drop(reader);
    test_cx_fini(&test);
    weir_error error;
    struct bytes all = reader_bytes(
        weir_rate_bytes(weir_chain_reader(weir_memory_reader("a", 1), failing_reader("b", 1)), 9,
                        9),
        &error);
    assert_int_equal(all.n, 2);
    assert_int_equal(all.state, WEIR_ERROR);
    free(all.data);
}

/* Dropped while it waits; every allocation failed. */
static void it_leaves_nothing(void **state)
{
    static struct test_cx test;
    (void)state;
    for (unsigned long fail = 0; fail < 4; fail++) {
        memory_begin(fail, false);
        test_clock_begin();
        test_cx_init(&test);
        weir_reader *reader = weir_rate_bytes(weir_memory_reader(bytes, 9), 1, 1);
        weir_poll got = weir_poll_fill(reader, &test.cx, 2);
        assert_true(got.state == (memory.failed ? WEIR_ERROR : WEIR_PENDING));
        weir_drop(reader);
        assert_true(test_clock_idle());
        assert_int_equal(test_waker_others(test.waker), 0);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

/* What others see through it: the place, the hint, a longer line. */
static void it_passes_on_what_is_asked_of_it(void **state)
{
    static struct test_cx test;
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    weir_reader *reader = weir_rate_bytes(weir_memory_reader(bytes, 9000), 10, 10);
    assert_true(weir_reader_reserve(reader, 8000));
    assert_int_equal(weir_reader_size_hint(reader).upper, 9000);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 10);
    weir_consume(reader, 4);
    weir_hint hint = weir_reader_size_hint(reader);
    assert_int_equal(hint.lower, 8996);
    assert_int_equal(hint.upper, 8996);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 7000).state, WEIR_PENDING);
    assert_int_equal(
        weir_memory_max(reader),
        weir_memory_max(reader->stage.source ? (weir_reader *)reader->stage.source : reader));
    weir_drop(reader);
    test_cx_fini(&test);
}

int bytes_rate_bytes(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_bucket_then_the_rate),
        cmocka_unit_test(a_bucket_holds_its_burst),
        cmocka_unit_test(nothing_is_lost_to_rounding),
        cmocka_unit_test(an_error_comes_behind_its_bytes),
        cmocka_unit_test(what_is_no_rate_is_refused),
        cmocka_unit_test(it_needs_a_clock_and_passes_failures_on),
        cmocka_unit_test(it_leaves_nothing),
        cmocka_unit_test(it_passes_on_what_is_asked_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
