/* printf: what the C library formats, written whole, and what is kept of it. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

static void formatted_and_written(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct sink sink = {.at_most = i % 3, .pending = i / 3};
        uint64_t n = 0;
        memory_begin(0, false);
        weir_writer *writer = sink_writer(&sink);
        char name[] = "ducks";
        weir_stream *text = weir_printf(writer, "%5.2f %-6s|%03d\n", 1.5, name, 7);
        memset(name, '?', sizeof name - 1); /* it was formatted already */
        assert_int_equal(await(text, &n, NULL), WEIR_READY);
        assert_int_equal(n, 17);
        assert_int_equal(sink.n, 17);
        assert_memory_equal(sink.data, " 1.50 ducks |007\n", 17);
        assert_int_equal(await(weir_printf(writer, "%s", ""), &n, NULL), WEIR_READY);
        assert_int_equal(n, 0);
        assert_int_equal(sink.n, 17);
        weir_drop(writer);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

/* Around the room of the first try, and the limit. */
static void long_texts(void **state)
{
    static const int sizes[] = {254, 255, 256, 257, 5000, WEIR_PRINTF_BYTES_MAX};
    (void)state;
    for (unsigned i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct sink sink = {0};
        uint64_t n = 0;
        weir_error error;
        weir_writer *writer = sink_writer(&sink);
        assert_int_equal(await(weir_printf(writer, "%*d", sizes[i], 7), &n, NULL), WEIR_READY);
        assert_int_equal(n, sizes[i]);
        assert_int_equal(sink.n, sizes[i]);
        assert_int_equal(sink.data[0], ' ');
        assert_int_equal(sink.data[sink.n - 1], '7');
        weir_stream *longer = weir_printf(writer, "%*d", WEIR_PRINTF_BYTES_MAX + 1, 7);
        assert_int_equal(await(longer, &n, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_LIMIT);
        assert_int_equal(sink.n, sizes[i]);
        weir_drop(writer);
        sink_fini(&sink);
    }
}

/* The poll form formats in its first call alone; given up, the number says what is written. */
static void polled_and_given_up(void **state)
{
    (void)state;
    for (unsigned polls = 0; polls < 12; polls++) {
        struct sink sink = {.at_most = 1, .pending = true};
        struct test_cx test;
        weir_printed printed = {0};
        weir_poll got = {0};
        memory_begin(0, false);
        test_cx_init(&test);
        weir_writer *writer = sink_writer(&sink);
        for (unsigned i = 0; i < polls && got.state == WEIR_READY; i++) {
            test_cx_turn(&test);
            got = weir_poll_printf(writer, &test.cx, &printed, "%d:%s", i ? 9 : 4, "abc");
            assert_int_equal(printed.written, sink.n);
            if (got.state != WEIR_PENDING)
                break;
            got.state = WEIR_READY;
        }
        assert_memory_equal(sink.data ? sink.data : (const unsigned char *)"", "4:abc", sink.n);
        assert_int_equal(sink.n, polls ? (polls - 1 < 5 ? polls - 1 : 5) : 0);
        assert_int_equal(printed.bytes == NULL, polls == 0 || polls > 5);
        weir_printed_drop(&printed);
        weir_drop(writer);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

static void errors_pass(void **state)
{
    struct sink sink = {.at_most = 2, .fail_write = 2};
    weir_error error;
    (void)state;
    memory_begin(0, false);
    weir_writer *writer = sink_writer(&sink);
    assert_int_equal(await(weir_printf(writer, "%s", "abc"), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.byte, 2);
    assert_string_equal(error.trail[1], "printf");
    weir_drop(writer);
    assert_int_equal(memory_end(), 0);
    sink_fini(&sink);
}

static void memory_fails(void **state)
{
    (void)state;
    for (unsigned form = 0; form < 2; form++)
        for (unsigned long at = 1;; at++) {
            struct test_cx test;
            weir_printed printed = {0};
            uint64_t n;
            memory_begin(at, true);
            test_cx_init(&test);
            weir_writer *writer = weir_null_writer();
            weir_stream *text = form ? NULL : weir_printf(writer, "%400s", "a");
            weir_poll got = form ? weir_poll_printf(writer, &test.cx, &printed, "%400s", "a")
                                 : weir_poll_next(text, &test.cx, &n, 1);
            bool failed = got.state == WEIR_ERROR;
            assert_int_equal(failed, memory.failed > 0);
            if (failed)
                assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
            weir_drop(text);
            weir_printed_drop(&printed);
            weir_drop(writer);
            test_cx_fini(&test);
            assert_int_equal(memory_end(), 0);
            if (!failed)
                break;
        }
}

static void memory_is_told(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_writer *writer = weir_null_writer();
    size_t before = memory.live_bytes;
    weir_stream *text = weir_printf(writer, "%9000s", "a");
    assert_true(memory.peak_bytes - before <= weir_memory_max(text));
    weir_drop(text);
    weir_drop(writer);
    assert_int_equal(memory_end(), 0);
}

int io_printf(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(formatted_and_written), cmocka_unit_test(long_texts),
        cmocka_unit_test(polled_and_given_up),   cmocka_unit_test(errors_pass),
        cmocka_unit_test(memory_fails),          cmocka_unit_test(memory_is_told),
    };
    return cmocka_run_group_tests_name("printf", tests, NULL, NULL);
}
