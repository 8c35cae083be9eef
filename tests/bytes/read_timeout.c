/* read_timeout: no byte for too long is an error; bytes begin the time anew. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "doubles.h"

#define MS 1000000ull

/* Each answer that is not PENDING with its time, and each wake from the timer that was for nothing
 * as a w. */
static const char *answers(weir_reader *reader, size_t min)
{
    static char text[1000];
    static struct test_cx test;
    size_t at = 0;
    weir_poll got = {0, WEIR_READY};
    test_clock_begin();
    test_cx_init(&test);
    text[0] = 0;
    for (int polls = 0; got.state == WEIR_READY || got.state == WEIR_PENDING; polls++) {
        if (polls == 100)
            test_abort("it has no end");
        test_cx_turn(&test);
        got = weir_poll_fill(reader, &test.cx, min);
        if (got.state == WEIR_PENDING && !test_cx_woken(&test))
            test_abort("it is stuck");
        if (got.state == WEIR_PENDING)
            continue;
        const char *what = got.state == WEIR_READY ? "" : got.state == WEIR_END ? "$" : "!";
        at += (size_t)snprintf(text + at, sizeof text - at, "%s%u%s@%llu", at ? " " : "", got.n,
                               what, (unsigned long long)test_clock_ns());
        weir_consume(reader, got.n);
    }
    if (got.state == WEIR_ERROR && test.cx.error.code == WEIR_E_TIMEOUT)
        snprintf(text + at, sizeof text - at, " %s at %llu", test.cx.error.message,
                 (unsigned long long)test.cx.error.byte);
    weir_drop(reader);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
    return text;
}

static void a_silence_is_an_error(void **state)
{
    static const struct {
        const char *script;
        size_t min;
        const char *wanted;
    } rows[] = {
        {"", 1, "0$@0"},
        {"\"ab\" \"c\"", 1, "2@0 1@0 0$@0"},
        {"@99 \"ab\" @198 \"c\" @297", 1, "2@99 1@198 0$@297"},
        {"@101 \"ab\"", 1, "0!@100 no byte came for 100 ns at 0"},
        {"@50 \"ab\" @151 \"c\"", 1, "2@50 0!@150 no byte came for 100 ns at 2"},
        {"\"ab\" P~", 1, "2@0 0!@100 no byte came for 100 ns at 2"},
        /* Each byte begins it anew, also those that are too few. */
        {"\"a\" @60 \"b\" @120 \"c\" @180 \"d\"", 4, "4@180 0$@180"},
        {"\"a\" @60 \"b\" P~", 4, "0!@160 no byte came for 100 ns at 0"},
        {"@90 !!7", 1, "0!@90"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script script = {0};
        weir_reader *reader = weir_read_timeout(script_reader(&script, rows[i].script), 100);
        assert_string_equal(answers(reader, rows[i].min), rows[i].wanted);
    }
}

/* The timer of the first wait stands while bytes come, and is moved once when it fires. */
static void a_busy_one_leaves_its_timer_alone(void **state)
{
    static struct test_cx test;
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    weir_duplex pipe = weir_byte_pipe(8);
    weir_reader *reader = weir_read_timeout(pipe.reader, 1000);
    for (unsigned i = 0; i < 90; i++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
        test_clock_to(10 * (i + 1));
        assert_int_equal(test.waker->wakes, 0);
        assert_int_equal(weir_try_write(pipe.writer, "a", 1), 1);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 1);
        weir_consume(reader, 1);
    }
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    test_clock_to(1000);
    assert_int_equal(test.waker->wakes, 1);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    test_clock_to(1899);
    assert_int_equal(test.waker->wakes, 0);
    test_clock_to(1900);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_TIMEOUT);
    assert_true(test.cx.error.fatal);
    weir_drop(reader);
    weir_drop(pipe.writer);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
}

/* Its own time is not counted: it begins when somebody waits. */
static void a_slow_consumer_is_no_silence(void **state)
{
    static struct test_cx test;
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    weir_duplex pipe = weir_byte_pipe(8);
    weir_reader *reader = weir_read_timeout(pipe.reader, 100);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    weir_try_write(pipe.writer, "a", 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 1);
    weir_consume(reader, 1);
    test_clock_to(5000);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    test_clock_to(5099);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    weir_drop(reader);
    weir_drop(pipe.writer);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
}

/* Who was woken by the timer and did not ask was away: the time begins anew when it asks. */
static void who_does_not_ask_does_not_wait(void **state)
{
    static struct test_cx test;
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    weir_duplex pipe = weir_byte_pipe(8);
    weir_reader *reader = weir_read_timeout(pipe.reader, 100 * MS);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    test_clock_to(5000 * MS);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    test_clock_to(5100 * MS - 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
    test_clock_to(5100 * MS);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_TIMEOUT);
    weir_drop(reader);
    weir_drop(pipe.writer);
    test_cx_fini(&test);
    assert_true(test_clock_idle());
}

/* A wake is late by more than a time that is so short: it is over all the same. */
static void a_short_time_is_over_when_its_wake_is_late(void **state)
{
    static const struct {
        uint64_t ns, late_ns;
        weir_state wanted;
    } rows[] = {
        {1, 50, WEIR_ERROR},
        {1, 10 * MS, WEIR_ERROR},
        {1, 10 * MS + 1, WEIR_PENDING},
        {MS, 9 * MS, WEIR_ERROR},
        {20 * MS, 20 * MS, WEIR_ERROR},
        {20 * MS, 20 * MS + 1, WEIR_PENDING},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct test_cx test;
        test_clock_begin();
        test_cx_init(&test);
        weir_duplex pipe = weir_byte_pipe(8);
        weir_reader *reader = weir_read_timeout(pipe.reader, rows[i].ns);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_PENDING);
        test_clock_to(rows[i].ns + rows[i].late_ns);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, rows[i].wanted);
        weir_drop(reader);
        weir_drop(pipe.writer);
        test_cx_fini(&test);
        assert_true(test_clock_idle());
    }
}

/* On a clock that goes on between two looks. */
static void no_time_is_too_short(void **state)
{
    weir_error error;
    (void)state;
    alarm(20);
    for (uint64_t ns = 1; ns < 100000; ns *= 7) {
        weir_duplex pipe = weir_byte_pipe(8);
        weir_stream *all = weir_count(weir_lines(weir_read_timeout(pipe.reader, ns), 10));
        assert_int_equal(weir_run(all, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        weir_drop(pipe.writer);
    }
    alarm(0);
}

static void halves_are_put_together_through_it(void **state)
{
    weir_duplex ends[2], out;
    (void)state;
    weir_duplex_pair(8, ends);
    ends[0].reader = weir_read_timeout(ends[0].reader, 100);
    ends[0].writer = weir_write_timeout(ends[0].writer, 100);
    assert_true(weir_reunite(ends[0].reader, ends[0].writer, &out));
    assert_false(weir_reunite(ends[1].reader, ends[0].writer, &out));
    weir_duplex_drop(ends[0]);
    weir_duplex_drop(ends[1]);
}

static void no_time_and_no_clock(void **state)
{
    static struct test_cx test;
    weir_error error;
    (void)state;
    assert_int_equal(reader_bytes(weir_read_timeout(weir_memory_reader("a", 1), 0), &error).state,
                     WEIR_ERROR);
    assert_string_equal(error.message, "read_timeout: the limit 'timeout_ns' is 0");
    test_cx_init(&test);
    test.cx.timers = NULL;
    weir_reader *reader = weir_read_timeout(weir_memory_reader("a", 1), 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "read_timeout needs a runtime");
    weir_drop(reader);
    test_cx_fini(&test);
}

static void it_leaves_nothing(void **state)
{
    static struct test_cx test;
    (void)state;
    for (unsigned long fail = 0; fail < 4; fail++) {
        memory_begin(fail, false);
        test_clock_begin();
        test_cx_init(&test);
        weir_duplex pipe = weir_byte_pipe(8);
        weir_reader *reader = weir_read_timeout(pipe.reader, 100);
        weir_poll got = weir_poll_fill(reader, &test.cx, 1);
        assert_true(got.state == (memory.failed ? WEIR_ERROR : WEIR_PENDING));
        weir_drop(reader);
        weir_drop(pipe.writer);
        assert_true(test_clock_idle());
        assert_int_equal(test_waker_others(test.waker), 0);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

int bytes_read_timeout(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_silence_is_an_error),
        cmocka_unit_test(a_busy_one_leaves_its_timer_alone),
        cmocka_unit_test(a_slow_consumer_is_no_silence),
        cmocka_unit_test(who_does_not_ask_does_not_wait),
        cmocka_unit_test(a_short_time_is_over_when_its_wake_is_late),
        cmocka_unit_test(no_time_is_too_short),
        cmocka_unit_test(halves_are_put_together_through_it),
        cmocka_unit_test(no_time_and_no_clock),
        cmocka_unit_test(it_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
