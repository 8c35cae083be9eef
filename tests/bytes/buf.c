/* buf: a byte vector that is written at its end and read from its front. */

#include <string.h>

#include "one_cx.h"

static void write_text(weir_writer *writer, const char *text)
{
    uint32_t n = (uint32_t)strlen(text);
    expect(weir_poll_write(writer, &test.cx, text, n), WEIR_READY, n);
}

static void expect_hand(weir_reader *reader, const char *wanted)
{
    size_t n;
    const unsigned char *bytes = weir_peek(reader, &n);
    assert_int_equal(n, strlen(wanted));
    assert_memory_equal(bytes, wanted, n);
    weir_consume(reader, n);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_duplex buf = weir_buf(1 << 20), again;
    assert_true(weir_reunite(buf.reader, buf.writer, &again));
    write_text(buf.writer, "hello ");
    write_text(buf.writer, "planet");
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_READY, 12);
    assert_non_null(buf.reader->block); /* may be kept */
    write_text(buf.writer, "more");     /* moves nothing that was lent */
    expect_hand(buf.reader, "hello planet");
    expect(weir_poll_fill(buf.reader, &test.cx, 4), WEIR_READY, 4);
    expect_hand(buf.reader, "more");
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_PENDING, 0);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_ITEM);
    write_text(buf.writer, "x");
    assert_int_equal(test.waker->wakes, 1);
    expect(weir_poll_fill(buf.reader, &test.cx, 2), WEIR_PENDING, 0);
    write_text(buf.writer, "y");
    expect(weir_poll_fill(buf.reader, &test.cx, 2), WEIR_READY, 2);
    expect_hand(buf.reader, "xy");
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_PENDING, 0);
    expect(weir_poll_close(buf.writer, &test.cx), WEIR_END, 0);
    assert_int_equal(test.waker->wakes, 3);
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_END, 0);
    weir_duplex_drop(buf);
    assert_int_equal(memory_end(), 0);
}

static void what_is_lent_stands_still(void **state)
{
    static char bytes[10000];
    (void)state;
    weir_duplex buf = weir_buf(1 << 20);
    write_text(buf.writer, "abc");
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_READY, 3);
    size_t n;
    const unsigned char *lent = weir_peek(buf.reader, &n);
    for (int i = 0; i < 10; i++)
        expect(weir_poll_write(buf.writer, &test.cx, bytes, sizeof bytes), WEIR_READY,
               sizeof bytes);
    assert_memory_equal(lent, "abc", 3);
    expect(weir_poll_fill(buf.reader, &test.cx, 4), WEIR_READY, 3 + 10 * sizeof bytes);
    assert_memory_equal(weir_peek(buf.reader, &n), "abc\0", 4);
    weir_duplex_drop(buf);
}

/* More than is joined at once. */
static void much_behind_a_little(void **state)
{
    static unsigned char bytes[WEIR_BLOCK_BYTES + 5000];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 / 3);
    weir_duplex buf = weir_buf(1 << 20);
    expect(weir_poll_write(buf.writer, &test.cx, bytes, 1), WEIR_READY, 1);
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_READY, 1);
    expect(weir_poll_write(buf.writer, &test.cx, bytes + 1, sizeof bytes - 1), WEIR_READY,
           sizeof bytes - 1);
    for (size_t at = 0, n; at < sizeof bytes; at += n) {
        assert_int_equal(weir_poll_fill(buf.reader, &test.cx, at ? 1 : 2).state, WEIR_READY);
        const unsigned char *got = weir_peek(buf.reader, &n);
        assert_in_range(n, 1, sizeof bytes - at);
        assert_memory_equal(got, bytes + at, n);
        weir_consume(buf.reader, n);
    }
    weir_duplex_drop(buf);
}

static void a_full_one_is_an_error(void **state)
{
    (void)state;
    weir_duplex buf = weir_buf(8);
    write_text(buf.writer, "12345");
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_READY, 5);
    weir_consume(buf.reader, 2);
    expect(weir_poll_write(buf.writer, &test.cx, "6789abcdef", 10), WEIR_READY, 8);
    expect(weir_poll_write(buf.writer, &test.cx, "e", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    weir_drop(buf.writer);
    expect(weir_poll_fill(buf.reader, &test.cx, 8), WEIR_READY, 11);
    expect_hand(buf.reader, "3456789abcd");
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_ERROR, 0); /* not whole */
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_END, 0);
    weir_drop(buf.reader);
}

/* What was read through another reader counts no more, though this one is not told yet. */
static void what_was_read_makes_room(void **state)
{
    char bytes[8];
    (void)state;
    weir_duplex buf = weir_buf(8);
    weir_reader *reader = weir_read_timeout(buf.reader, 1000);
    for (int i = 0; i < 3; i++) {
        write_text(buf.writer, "12345678");
        expect(weir_poll_read(reader, &test.cx, bytes, 8), WEIR_READY, 8);
    }
    weir_drop(reader);
    weir_drop(buf.writer);
}

static void nobody_reads(void **state)
{
    (void)state;
    weir_duplex buf = weir_buf(8);
    write_text(buf.writer, "1");
    weir_drop(buf.reader);
    expect(weir_poll_write(buf.writer, &test.cx, "2", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    weir_drop(buf.writer);
}

static void dropped_while_it_waits(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        weir_duplex buf = weir_buf(8);
        expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_PENDING, 0);
        if (first)
            weir_drop(buf.reader);
        weir_drop(buf.writer);
        if (!first)
            weir_drop(buf.reader);
        assert_int_equal(test_waker_others(test.waker), 0);
    }
}

/* A whole stream, gathered by a copy and read then. */
static void gathers_a_stream(void **state)
{
    weir_vec all = {0};
    uint64_t n;
    (void)state;
    memory_begin(0, false);
    weir_duplex buf = weir_buf(1000);
    weir_reader *source = waiting_reader("0123456789", 10, 3, 1);
    assert_int_equal(await(weir_copy(source, buf.writer), &n, NULL), WEIR_READY);
    assert_int_equal(await(weir_read_to_string(buf.reader, &all, 100), &n, NULL), WEIR_READY);
    assert_string_equal(all.items, "0123456789");
    weir_drop(buf.reader);
    weir_vec_drop(&all);
    assert_int_equal(memory_end(), 0);
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned long k = 1; k < 20; k++) {
        memory_begin(k, true);
        weir_duplex buf = weir_buf(1000);
        weir_poll wrote = weir_poll_write(buf.writer, &test.cx, "abc", 3);
        weir_poll got = weir_poll_fill(buf.reader, &test.cx, 1);
        bool failed = memory.failed;
        assert_true(failed ? wrote.state == WEIR_ERROR : wrote.n == 3 && got.n == 3);
        weir_duplex_drop(buf);
        assert_int_equal(memory_end(), 0);
        if (!failed)
            break;
    }
    weir_duplex buf = weir_buf(0);
    expect(weir_poll_fill(buf.reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    weir_duplex_drop(buf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int bytes_buf(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(what_is_written_is_read), TEST(what_is_lent_stands_still), TEST(much_behind_a_little),
        TEST(a_full_one_is_an_error),  TEST(what_was_read_makes_room),  TEST(nobody_reads),
        TEST(dropped_while_it_waits),  TEST(gathers_a_stream),          TEST(without_memory),
    };
    return cmocka_run_group_tests_name("buf", tests, NULL, NULL);
}
