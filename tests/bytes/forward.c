/* forward: the bytes of every line once, gathered; flushes when the source stalls. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "contract.h"
#include "doubles.h"

static const char text[] = "one\n\ntwo\nthree and more\nfour\n";
static const char joined[] = "onetwothree and morefour";
enum { N = sizeof text - 1, JOINED = sizeof joined - 1 };

static void every_source_and_writer(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 36; kind++) {
        memory_begin(0, false);
        weir_reader *reader = kind % 3 == 0   ? weir_memory_reader(text, N)
                              : kind % 3 == 1 ? one_byte_reader(text, N, true)
                                              : pieces_reader(text, N, 7);
        struct sink sink = {.at_most = kind / 3 % 3 * 2, .pending = kind % 2};
        struct check check = {0};
        uint64_t n = 0;
        weir_stream *s = weir_lines(reader, 99);
        s = weir_forward(kind < 18 ? s : weir_own(s), sink_writer(&sink));
        assert_int_equal(await(check_stream(s, &check), &n, NULL), WEIR_READY);
        assert_int_equal(memory_end(), 0);
        if (check.complaints)
            fail_msg("%s", check.first);
        assert_int_equal(n, JOINED);
        assert_int_equal(sink.n, JOINED);
        assert_memory_equal(sink.data, joined, JOINED);
        assert_int_equal(sink.closes, 1);
        assert_int_equal(sink.finis, 1);
        sink_fini(&sink);
    }
}

static void short_lines_are_gathered_long_ones_are_not(void **state)
{
    size_t n = 600000;
    char *bytes = malloc(n);
    uint64_t written = 0;
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        size_t line = kind ? 100000 : 100;
        struct sink sink = {0};
        for (size_t i = 0; i < n; i++)
            bytes[i] = (i + 1) % line ? (char)('a' + i % 26) : '\n';
        weir_stream *s = weir_lines(weir_memory_reader(bytes, n), n);
        assert_int_equal(await(weir_forward(s, sink_writer(&sink)), &written, NULL), WEIR_READY);
        assert_int_equal(written, n - n / line);
        assert_in_range(sink.writes, 1, 12);
        for (size_t i = 0, at = 0; i < n; i++)
            if (bytes[i] != '\n' && sink.data[at++] != (unsigned char)bytes[i])
                fail_msg("byte %zu is different", i);
        sink_fini(&sink);
    }
    free(bytes);
}

static void a_stalled_source_means_flush(void **state)
{
    struct script script = {0};
    struct sink sink = {0};
    static struct test_cx test;
    uint64_t n;
    (void)state;
    test_cx_init(&test);
    weir_stream *s = weir_lines(script_reader(&script, "\"ab\\nc\" P \"d\\n\" P P \"e\" $"), 9);
    s = weir_forward(s, sink_writer(&sink));
    static const size_t flushed[] = {2, 4, 4};
    for (unsigned i = 0; i < 3; i++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(s, &test.cx, &n, 1).state, WEIR_PENDING);
        assert_int_equal(sink.flushed_n, flushed[i]);
        assert_int_equal(doubles_wake_one(), 1);
        assert_int_equal(test.waker->wakes, 1);
    }
    assert_int_equal(sink.flushes, 2);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(s, &test.cx, &n, 1).n, 1);
    assert_int_equal(n, 5);
    weir_drop(s);
    test_cx_fini(&test);
    sink_fini(&sink);
}

/* Whoever waited may wait again: the source, and writers to write, flush and close. */
static void waits_in_a_row(void **state)
{
    (void)state;
    for (unsigned waits = 1; waits <= 3; waits++) {
        struct sink sink = {.at_most = 2, .pending = true, .waits = waits};
        struct check check = {0};
        uint64_t n = 0;
        weir_stream *s = weir_lines(waiting_reader(text, N, 5, 4 - waits), 99);
        s = check_stream(weir_forward(s, sink_writer(&sink)), &check);
        assert_int_equal(await(s, &n, NULL), WEIR_READY);
        if (check.complaints)
            fail_msg("%s", check.first);
        assert_int_equal(n, JOINED);
        assert_memory_equal(sink.data, joined, JOINED);
        sink_fini(&sink);
    }
}

/* A flush that waits is asked for again, although the source still has nothing. */
static void a_waiting_flush_is_asked_again(void **state)
{
    struct script script = {0};
    struct sink sink = {.pending = true, .waits = 2};
    static struct test_cx test;
    uint64_t n;
    (void)state;
    test_cx_init(&test);
    weir_stream *s = weir_lines(script_reader(&script, "\"ab\\n\" P $"), 9);
    s = weir_forward(s, sink_writer(&sink));
    for (unsigned i = 0; i < 4; i++) { /* two for the write, two for the flush */
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(s, &test.cx, &n, 1).state, WEIR_PENDING);
        assert_int_equal(sink.flushes, 0);
        assert_true(test.waker->wakes);
    }
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(s, &test.cx, &n, 1).state, WEIR_PENDING);
    assert_int_equal(sink.flushes, 1);
    assert_int_equal(test.waker->wakes, 0); /* it waits for the source alone now */
    assert_int_equal(doubles_wake_one(), 1);
    assert_int_equal(test.waker->wakes, 1);
    weir_drop(s);
    test_cx_fini(&test);
    sink_fini(&sink);
}

/* What came before an error of the source reaches the sink, is flushed, and then it surfaces, once.
 * What the sink has to say meanwhile comes in its place, and counts it. */
static void lines_before_an_error_are_written(void **state)
{
    static const char *const scripts[] = {"\"a\\nb\\nc\\n\" !!7",
                                          "\"a\\n\" P* \"b\\nc\\n\" P* !7 \"d\"",
                                          "\"a\\nb\\n\" \"c\\nd\" !!7"};
    (void)state;
    for (unsigned i = 0; i < 12; i++) {
        struct script script = {.at_most = i / 3 % 2};
        struct sink sink = {.at_most = 1, .pending = i % 2, .waits = 2};
        weir_error error;
        weir_stream *s = weir_lines(script_reader(&script, scripts[i % 3]), 9);
        s = i < 6 ? s : weir_lines(weir_to_lines(s), 9);
        assert_int_equal(await(weir_forward(s, sink_writer(&sink)), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, 7);
        assert_int_equal(error.more, 0);
        assert_int_equal(sink.n, 3);
        assert_memory_equal(sink.data, "abc", 3);
        assert_int_equal(sink.flushed_n, 3);
        assert_int_equal(sink.closes, 0);
        sink_fini(&sink);
    }
}

static void an_error_of_the_writer_counts_the_other(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct script script = {0};
        struct sink sink = {.at_most = 2,
                            .fail_write = i == 0   ? 1
                                          : i == 1 ? 2
                                                   : 0,
                            .fail_flush = i == 2};
        weir_error error;
        weir_stream *s = weir_lines(script_reader(&script, "\"a\\nb\\nc\\n\" !!7"), 9);
        assert_int_equal(await(weir_forward(s, sink_writer(&sink)), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, EIO);
        assert_int_equal(error.more, 1);
        assert_int_equal(error.byte, i == 0 ? 0 : i == 1 ? 2 : 3);
        sink_fini(&sink);
    }
}

static void errors(void **state)
{
    weir_error error;
    (void)state;
    struct sink sink = {.full = true, .room = 5};
    weir_stream *s = weir_own(weir_lines(weir_memory_reader(text, N), 99));
    assert_int_equal(await(weir_forward(s, sink_writer(&sink)), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, ENOSPC);
    assert_int_equal(error.byte, 5);
    sink_fini(&sink);
    sink = (struct sink){0};
    s = weir_lines(weir_memory_reader(text, N), 4);
    assert_int_equal(await(weir_forward(s, sink_writer(&sink)), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_true(error.fatal);
    assert_int_equal(sink.closes, 0);
    sink_fini(&sink);
    sink = (struct sink){0};
    assert_int_equal(await(weir_forward(weir_range(0, 9), sink_writer(&sink)), NULL, &error),
                     WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_int_equal(sink.finis, 1);
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    uint64_t n;
    (void)state;
    for (unsigned steps = 0; steps < 80; steps++) {
        struct sink sink = {.pending = true, .at_most = 2};
        memory_begin(0, false);
        test_cx_init(&test);
        weir_stream *s = weir_own(weir_lines(one_byte_reader(text, N, true), 99));
        s = weir_forward(s, sink_writer(&sink));
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_next(s, &test.cx, &n, 1));
        }
        weir_drop(s);
        test_cx_fini(&test);
        assert_int_equal(sink.finis, 1);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        struct sink sink = {0};
        weir_error error;
        memory_begin(at, true);
        weir_stream *s = weir_own(weir_lines(pieces_reader(text, N, 9), 99));
        weir_state got = await(weir_forward(s, sink_writer(&sink)), NULL, &error);
        bool failed = memory.failed;
        assert_int_equal(got, failed ? WEIR_ERROR : WEIR_READY);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
        if (!failed)
            break;
        assert_int_equal(error.code, WEIR_E_MEMORY);
    }
}

/* send_all: the writer stays open and the caller's. */
static void two_streams_into_one_writer(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct sink sink = {.at_most = kind % 2 * 3, .pending = kind / 2};
        uint64_t n = 0;
        memory_begin(0, false);
        weir_writer *writer = sink_writer(&sink);
        for (unsigned i = 1; i <= 2; i++) {
            weir_stream *lines = weir_lines(pieces_reader(text, N, 7), 99);
            assert_int_equal(await(weir_send_all(lines, writer), &n, NULL), WEIR_READY);
            assert_int_equal(n, JOINED);
            assert_int_equal(sink.n, i * JOINED);
            assert_int_equal(sink.flushed_n, sink.n);
        }
        assert_int_equal(sink.closes, 0);
        assert_int_equal(sink.finis, 0);
        weir_drop(writer);
        assert_int_equal(sink.finis, 1);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

static void send_all_leaves_the_writer_to_its_owner(void **state)
{
    static struct test_cx test;
    uint64_t n;
    (void)state;
    for (unsigned steps = 0; steps < 60; steps++) {
        struct sink sink = {.pending = true, .at_most = 2};
        test_cx_init(&test);
        memory_begin(0, false);
        weir_writer *writer = sink_writer(&sink);
        weir_stream *s = weir_own(weir_lines(one_byte_reader(text, N, true), 99));
        s = weir_send_all(s, writer);
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_next(s, &test.cx, &n, 1));
        }
        weir_drop(s);
        assert_int_equal(sink.finis, 0);
        weir_drop(writer);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

static void send_all_passes_the_errors_of_both(void **state)
{
    struct script script = {0};
    struct sink sink = {.fail_write = 1};
    weir_error error;
    (void)state;
    weir_writer *writer = sink_writer(&sink);
    weir_stream *lines = weir_lines(script_reader(&script, "\"ab\\n\" $"), 9);
    assert_int_equal(await(weir_send_all(lines, writer), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
    weir_drop(writer);
    sink_fini(&sink);
    writer = weir_writer_refused(WEIR_E_USER, NULL, "refused", NULL, NULL, 0);
    lines = weir_lines(weir_memory_reader(text, N), 99);
    assert_int_equal(await(weir_send_all(lines, writer), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_USER);
    weir_drop(writer);
    sink = (struct sink){0};
    writer = sink_writer(&sink);
    lines = weir_stream_refused(WEIR_E_USER, NULL, "refused", NULL, NULL, 0);
    assert_int_equal(await(weir_send_all(lines, writer), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_USER);
    weir_drop(writer);
    sink_fini(&sink);
}

int bytes_forward(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_source_and_writer),
        cmocka_unit_test(short_lines_are_gathered_long_ones_are_not),
        cmocka_unit_test(a_stalled_source_means_flush),
        cmocka_unit_test(waits_in_a_row),
        cmocka_unit_test(a_waiting_flush_is_asked_again),
        cmocka_unit_test(lines_before_an_error_are_written),
        cmocka_unit_test(an_error_of_the_writer_counts_the_other),
        cmocka_unit_test(errors),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(two_streams_into_one_writer),
        cmocka_unit_test(send_all_leaves_the_writer_to_its_owner),
        cmocka_unit_test(send_all_passes_the_errors_of_both),
    };
    return cmocka_run_group_tests_name("forward", tests, NULL, NULL);
}
