/* line_writer: whole lines go on at once, the beginning of the next is held. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <sys/uio.h>

#include "doubles.h"
#include "writes.h"

static const struct {
    size_t capacity;
    size_t at_most;
    const char *steps;
    const char *log; /* of the writer below */
    const char *written;
    size_t unsent;
} rows[] = {
    {16, 0, "0 1", "", "", 2},
    {16, 0, "0 1 f 0\\n1\\n2 f 3\\n", "w2 f w4 w1 f w2", "010\n1\n23\n", 0},
    {16, 0, "ab\\ncd e \\n", "w3 w3 w1", "ab\ncde\n", 0},
    {16, 0, "ab\\ncd x", "w3 w2 c", "ab\ncd", 0},
    {16, 2, "abc\\n", "w2 w2", "abc\n", 0}, /* no part of a finished line is held */
    {16, 2, "abc\\n d", "w2 w2", "abc\n", 1},
    {16, 2, "abc\\n f", "w2 w2 f", "abc\n", 0},
    {2, 1, "a\\nbc\\n", "w1 w1 w1 w1 w1", "a\nbc\n", 0},
    {3, 0, "abcdef gh", "w6", "abcdef", 2},
    {3, 0, "ab\\ncdefg", "w3 w3", "ab\ncde", 2},
};

static void each_row(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        struct sink sink = {.at_most = rows[i / 2].at_most, .pending = i % 2};
        memory_begin(0, false);
        weir_writer *writer = weir_line_writer(sink_writer(&sink), rows[i / 2].capacity);
        writes_run(writer, rows[i / 2].steps);
        assert_string_equal(sink.log, rows[i / 2].log);
        assert_int_equal(weir_unsent(writer), rows[i / 2].unsent);
        weir_drop(writer);
        assert_int_equal(sink.n, strlen(rows[i / 2].written));
        assert_memory_equal(sink.data ? sink.data : (const unsigned char *)"", rows[i / 2].written,
                            sink.n);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

/* Whatever it is cut into, what is below is all through the last newline, and what is not is held.
 */
static void any_cut(void **state)
{
    static const char text[] = "a\nbcd\n\nefghij\nk";
    enum { N = sizeof text - 1, LAST = N - 1 };
    (void)state;
    for (size_t cut = 1; cut <= N; cut++)
        for (size_t capacity = 1; capacity <= N + 1; capacity++) {
            struct sink sink = {.pending = cut % 2};
            struct test_cx test;
            test_cx_init(&test);
            weir_writer *writer = weir_line_writer(sink_writer(&sink), capacity);
            for (size_t at = 0, turns = 0; at < N && turns < 500; turns++) {
                test_cx_turn(&test);
                size_t n = N - at < cut ? N - at : cut;
                at += weir_poll_write(writer, &test.cx, text + at, n).n;
            }
            assert_true(sink.n >= LAST); /* a tiny buffer lets the rest go by */
            assert_memory_equal(sink.data, text, sink.n);
            assert_int_equal(weir_unsent(writer), N - sink.n);
            weir_drop(writer);
            test_cx_fini(&test);
            sink_fini(&sink);
        }
}

static void pieces(void **state)
{
    static char a[] = "ab", b[] = "c\nd", c[] = "ef", d[] = "ghi";
    const struct iovec lines[] = {{a, 2}, {b, 3}, {c, 2}, {d, 3}}, none[] = {{a, 2}, {c, 2}};
    (void)state;
    for (unsigned vectored = 0; vectored < 2; vectored++) {
        struct sink sink = {.vectored = vectored};
        struct test_cx test;
        test_cx_init(&test);
        weir_writer *writer = weir_line_writer(sink_writer(&sink), 4);
        assert_int_equal(weir_poll_writev(writer, &test.cx, lines, 4).n, vectored ? 9 : 2);
        assert_string_equal(sink.log, vectored ? "v5" : "w2");
        assert_int_equal(weir_unsent(writer), vectored ? 4 : 0);
        assert_int_equal(weir_poll_flush(writer, &test.cx).state, WEIR_READY);
        assert_int_equal(weir_poll_writev(writer, &test.cx, none, 2).n, vectored ? 4 : 2);
        weir_drop(writer);
        test_cx_fini(&test);
        sink_fini(&sink);
    }
}

/* What is reported taken of a finished line stands below. */
static void a_finished_line_is_not_held(void **state)
{
    struct sink sink = {.at_most = 1};
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_writer *writer = weir_line_writer(sink_writer(&sink), 4);
    assert_int_equal(weir_poll_write(writer, &test.cx, "ab\nc", 4).n, 1);
    assert_int_equal(weir_poll_write(writer, &test.cx, "b\nc", 3).n, 1);
    assert_int_equal(weir_unsent(writer), 0);
    assert_int_equal(weir_poll_write(writer, &test.cx, "\nc", 2).n, 2);
    assert_memory_equal(sink.data, "ab\n", 3);
    assert_int_equal(weir_unsent(writer), 1);
    weir_drop(writer);
    test_cx_fini(&test);
    sink_fini(&sink);
}

static void memory_fails(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        struct sink sink = {0};
        memory_begin(at, true);
        weir_writer *writer = weir_line_writer(sink_writer(&sink), 1 << 20);
        weir_code code = writes_try(writer, "ab\\ncd");
        bool failed = memory.failed;
        assert_int_equal(code, failed ? WEIR_E_MEMORY : WEIR_OK);
        weir_drop(writer);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
        if (!failed)
            break;
    }
}

int bytes_line_writer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),     cmocka_unit_test(any_cut),
        cmocka_unit_test(pieces),       cmocka_unit_test(a_finished_line_is_not_held),
        cmocka_unit_test(memory_fails),
    };
    return cmocka_run_group_tests_name("line_writer", tests, NULL, NULL);
}
