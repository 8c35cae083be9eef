/* write_all, write_all_vectored: what is written, how far it came, and that it can be resumed. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <sys/uio.h>

#include "contract.h"
#include "doubles.h"

static char hello[] = "hello", world[] = "world", none[] = "";
static const struct iovec pieces[] = {{none, 0}, {hello, 5}, {NULL, 0}, {world, 5}, {none, 0}};
enum { PIECES = sizeof pieces / sizeof pieces[0], N = 10 };

static weir_stream *all_of(weir_writer *writer, bool vectored, size_t *written)
{
    return vectored ? weir_write_all_vectored(writer, pieces, PIECES, written)
                    : weir_write_all(writer, "helloworld", N, written);
}

static const struct {
    size_t at_most;
    bool vectored; /* the writer */
    bool pieces;
    const char *log;
} rows[] = {
    {0, false, false, "w10"},       {4, false, false, "w4 w4 w2"},   {4, true, true, "v4 v4 w2"},
    {0, true, true, "v10"},         {4, false, true, "w4 w1 w4 w1"}, {0, false, true, "w5 w5"},
    {3, true, true, "v3 v3 w3 w1"}, {7, true, true, "v7 w3"},
};

static void each_row(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4 * sizeof rows / sizeof rows[0]; i++) {
        struct sink sink = {.at_most = rows[i / 4].at_most,
                            .vectored = rows[i / 4].vectored,
                            .pending = i % 4 > 0,
                            .waits = i % 4};
        struct check check = {0};
        uint64_t n = 0;
        size_t written = 0;
        memory_begin(0, false);
        weir_writer *writer = sink_writer(&sink);
        weir_stream *all = all_of(writer, rows[i / 4].pieces, i % 2 ? &written : NULL);
        assert_int_equal(await(check_stream(all, &check), &n, NULL), WEIR_READY);
        if (check.complaints)
            fail_msg("%s", check.first);
        assert_int_equal(n, N);
        assert_int_equal(written, i % 2 ? N : 0);
        assert_string_equal(sink.log, rows[i / 4].log);
        assert_memory_equal(sink.data, "helloworld", N);
        assert_int_equal(sink.finis + sink.closes + sink.flushes, 0);
        weir_drop(writer);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

/* Given up after so many polls, the number says which prefix is written; the rest follows. */
static void given_up_and_resumed(void **state)
{
    (void)state;
    for (unsigned polls = 0; polls < 12; polls++)
        for (unsigned vectored = 0; vectored < 2; vectored++) {
            struct sink sink = {.at_most = 3, .pending = true, .vectored = polls % 2};
            struct test_cx test;
            size_t written = 0;
            uint64_t n;
            test_cx_init(&test);
            weir_writer *writer = sink_writer(&sink);
            weir_stream *all = all_of(writer, vectored, &written);
            for (unsigned i = 0; i < polls; i++) {
                test_cx_turn(&test);
                weir_ignore(weir_poll_next(all, &test.cx, &n, 1));
            }
            weir_drop(all);
            assert_int_equal(written, sink.n);
            assert_int_equal(await(all_of(writer, vectored, &written), &n, NULL), WEIR_READY);
            assert_int_equal(sink.n, N);
            assert_memory_equal(sink.data, "helloworld", N);
            weir_drop(writer);
            test_cx_fini(&test);
            sink_fini(&sink);
        }
}

static void errors_say_how_much_was_written(void **state)
{
    (void)state;
    for (unsigned vectored = 0; vectored < 2; vectored++) {
        struct sink sink = {.at_most = 4, .fail_write = 2};
        size_t written = 0;
        weir_error error;
        weir_writer *writer = sink_writer(&sink);
        assert_int_equal(await(all_of(writer, vectored, &written), NULL, &error), WEIR_ERROR);
        assert_int_equal(written, 4);
        assert_int_equal(error.byte, 4);
        assert_true(error.fatal);
        assert_string_equal(error.trail[1], vectored ? "write_all_vectored" : "write_all");
        weir_drop(writer);
        sink_fini(&sink);
    }
}

static weir_poll stuck_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    (void)n;
    return (weir_poll){0, WEIR_READY};
}

static void a_write_of_nothing_is_an_error(void **state)
{
    static const weir_writer_ops ops = {
        .size = sizeof ops, .name = "stuck", .poll_write = stuck_poll_write};
    (void)state;
    for (unsigned vectored = 0; vectored < 2; vectored++) {
        weir_error error;
        weir_writer *writer = weir_writer_new(sizeof(weir_writer), &ops);
        assert_int_equal(await(all_of(writer, vectored, NULL), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CLOSED);
        weir_drop(writer);
    }
}

static void empty_input_calls_nobody(void **state)
{
    struct sink sink = {.fail_write = 1};
    uint64_t n = 7;
    (void)state;
    weir_writer *writer = sink_writer(&sink);
    assert_int_equal(await(weir_write_all(writer, NULL, 0, NULL), &n, NULL), WEIR_READY);
    assert_int_equal(n, 0);
    assert_int_equal(await(weir_write_all_vectored(writer, NULL, 0, NULL), &n, NULL), WEIR_READY);
    assert_int_equal(await(weir_write_all_vectored(writer, pieces, 1, NULL), &n, NULL), WEIR_READY);
    assert_int_equal(sink.writes, 0);
    weir_drop(writer);
    sink_fini(&sink);
}

/* More pieces than are offered at once, and each poll tells what it moved. */
static void many_pieces(void **state)
{
    static char digits[] = "0123456789";
    enum { MANY = 100 };
    struct iovec many[MANY];
    struct sink sink = {.vectored = true, .pending = true, .at_most = 7};
    struct test_cx test;
    size_t written = 0, moved = 0;
    weir_poll got;
    (void)state;
    for (unsigned i = 0; i < MANY; i++)
        many[i] = (struct iovec){digits + i % 10, 1};
    test_cx_init(&test);
    weir_writer *writer = sink_writer(&sink);
    do {
        size_t before = written;
        test_cx_turn(&test);
        got = weir_poll_write_all_vectored(writer, &test.cx, many, MANY, &written);
        moved = written - before;
    } while (got.state == WEIR_PENDING);
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(got.n, moved);
    assert_int_equal(sink.n, MANY);
    for (unsigned i = 0; i < MANY; i++)
        assert_int_equal(sink.data[i], '0' + i % 10);
    weir_drop(writer);
    test_cx_fini(&test);
    sink_fini(&sink);
}

static void others_have_their_turn(void **state)
{
    static char bytes[1000];
    const struct iovec piece = {bytes, sizeof bytes};
    (void)state;
    for (unsigned vectored = 0; vectored < 2; vectored++) {
        struct sink sink = {.at_most = 1};
        struct test_cx test;
        uint64_t n;
        test_cx_init(&test);
        weir_writer *writer = sink_writer(&sink);
        weir_stream *all = vectored ? weir_write_all_vectored(writer, &piece, 1, NULL)
                                    : weir_write_all(writer, bytes, sizeof bytes, NULL);
        assert_int_equal(weir_poll_next(all, &test.cx, &n, 1).state, WEIR_PENDING);
        assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
        assert_in_range(sink.writes, 1, WEIR_BUDGET);
        weir_drop(all);
        weir_drop(writer);
        test_cx_fini(&test);
        sink_fini(&sink);
    }
}

static void memory_fails(void **state)
{
    (void)state;
    for (unsigned long at = 1; at < 3; at++) {
        weir_error error;
        memory_begin(at, false);
        weir_writer *writer = weir_null_writer();
        assert_int_equal(await(weir_write_all(writer, "a", 1, NULL), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_MEMORY);
        weir_drop(writer);
        assert_int_equal(memory_end(), 0);
    }
}

int bytes_write_all(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
        cmocka_unit_test(given_up_and_resumed),
        cmocka_unit_test(errors_say_how_much_was_written),
        cmocka_unit_test(a_write_of_nothing_is_an_error),
        cmocka_unit_test(empty_input_calls_nobody),
        cmocka_unit_test(many_pieces),
        cmocka_unit_test(others_have_their_turn),
        cmocka_unit_test(memory_fails),
    };
    return cmocka_run_group_tests_name("write_all", tests, NULL, NULL);
}
