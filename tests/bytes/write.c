/* write, writev, flush and close as futures. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "doubles.h"

static char ab[] = "ab", cde[] = "cde";
static const struct iovec pieces[] = {{NULL, 0}, {ab, 2}, {cde, 3}};

static void one_write(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        struct sink sink = {.at_most = i % 2 ? 4 : 0, .vectored = i / 2 % 2, .pending = i / 4};
        uint64_t n = 0;
        weir_writer *writer = sink_writer(&sink);
        assert_int_equal(weir_is_write_vectored(writer), sink.vectored);
        assert_int_equal(await(weir_write(writer, "abcde", 5), &n, NULL), WEIR_READY);
        assert_int_equal(n, i % 2 ? 4 : 5);
        assert_int_equal(await(weir_writev(writer, pieces, 3), &n, NULL), WEIR_READY);
        assert_int_equal(n, !sink.vectored ? 2 : i % 2 ? 4 : 5);
        assert_int_equal(await(weir_write(writer, NULL, 0), &n, NULL), WEIR_READY);
        assert_int_equal(n, 0);
        assert_int_equal(await(weir_writev(writer, pieces, 1), &n, NULL), WEIR_READY);
        assert_int_equal(n, 0);
        assert_int_equal(sink.writes, 2);
        weir_drop(writer);
        sink_fini(&sink);
    }
}

/* Given up while it waits, it took nothing: another one may be written. */
static void given_up_it_took_nothing(void **state)
{
    struct sink sink = {.pending_held = true};
    struct test_cx test;
    uint64_t n;
    (void)state;
    test_cx_init(&test);
    weir_writer *writer = sink_writer(&sink);
    weir_stream *write = weir_write(writer, "ab", 2);
    assert_int_equal(weir_poll_next(write, &test.cx, &n, 1).state, WEIR_PENDING);
    weir_drop(write);
    assert_int_equal(sink.n, 0);
    assert_true(sink_wake(&sink));
    assert_int_equal(await(weir_write(writer, "c", 1), &n, NULL), WEIR_READY);
    assert_memory_equal(sink.data, "c", sink.n);
    weir_drop(writer);
    test_cx_fini(&test);
    sink_fini(&sink);
}

static void flushed_and_closed(void **state)
{
    (void)state;
    for (unsigned waits = 0; waits < 3; waits++) {
        struct sink sink = {.pending = waits, .waits = waits};
        weir_error error;
        memory_begin(0, false);
        weir_writer *writer = weir_buf_writer(sink_writer(&sink), 100);
        assert_int_equal(await(weir_write(writer, "ab", 2), NULL, NULL), WEIR_READY);
        assert_int_equal(await(weir_flush(writer), NULL, NULL), WEIR_READY);
        assert_int_equal(sink.flushed_n, 2);
        assert_int_equal(await(weir_write(writer, "c", 1), NULL, NULL), WEIR_READY);
        assert_int_equal(await(weir_close(writer), NULL, NULL), WEIR_READY);
        assert_int_equal(await(weir_close(writer), NULL, NULL), WEIR_READY);
        assert_string_equal(sink.log, "w2 f w1 c");
        assert_int_equal(await(weir_write(writer, "d", 1), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CLOSED);
        assert_int_equal(await(weir_flush(writer), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CLOSED);
        assert_int_equal(sink.finis, 0);
        weir_drop(writer);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

static void errors_pass(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        struct sink sink = {
            .fail_write = kind < 2, .fail_flush = kind == 2, .fail_close = kind == 3};
        weir_error error;
        weir_writer *writer = sink_writer(&sink);
        weir_stream *future = kind == 0   ? weir_write(writer, "a", 1)
                              : kind == 1 ? weir_writev(writer, pieces, 3)
                              : kind == 2 ? weir_flush(writer)
                                          : weir_close(writer);
        assert_int_equal(await(future, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_SYSTEM);
        assert_true(error.fatal);
        weir_drop(writer);
        sink_fini(&sink);
    }
}

/* The reason of a writer that could not be built is that of what is written to it. */
static void a_failed_writer(void **state)
{
    weir_error error;
    (void)state;
    weir_writer *writer = weir_writer_refused(WEIR_E_USER, NULL, "no such thing", NULL, NULL, 0);
    assert_int_equal(await(weir_write(writer, "a", 1), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_USER);
    weir_drop(writer);
}

/* A writer has no way to its reader: closing one half of a pair leaves the other one alone. */
static void closing_never_reads(void **state)
{
    struct script script = {0};
    struct sink sink = {0};
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_duplex both = {script_reader(&script, "\"ab\" $"), sink_writer(&sink)};
    assert_int_equal(await(weir_close(both.writer), NULL, NULL), WEIR_READY);
    assert_int_equal(script.polls, 0);
    assert_int_equal(weir_poll_fill(both.reader, &test.cx, 2).n, 2);
    weir_duplex_drop(both);
    test_cx_fini(&test);
    sink_fini(&sink);
}

/* Stages as one: what is written at one end is read, made of by them, at the other. */
static void composed(void **state)
{
    weir_word_counts counts;
    uint64_t n = 0;
    (void)state;
    memory_begin(0, false);
    weir_duplex pipe = weir_byte_pipe(16);
    weir_reader *through = weir_word_count(weir_take_reader(pipe.reader, 7), &counts);
    assert_int_equal(await(weir_write_all(pipe.writer, "one two three", 13, NULL), &n, NULL),
                     WEIR_READY);
    assert_int_equal(await(weir_close(pipe.writer), NULL, NULL), WEIR_READY);
    struct bytes got = reader_bytes(through, NULL);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, 7);
    assert_memory_equal(got.data, "one two", 7);
    assert_int_equal(counts.words, 2);
    free(got.data);
    weir_drop(pipe.writer);
    assert_int_equal(memory_end(), 0);
}

/* An error of a stage at the one end is an error at the other. */
static void composed_and_failed(void **state)
{
    weir_error error;
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_duplex pipe = weir_byte_pipe(16);
    weir_reader *through = weir_limit_reader(pipe.reader, 3);
    assert_int_equal(await(weir_write(pipe.writer, "abcd", 4), NULL, NULL), WEIR_READY);
    assert_int_equal(await(weir_copy(through, weir_null_writer()), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(weir_poll_write(pipe.writer, &test.cx, "e", 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    weir_drop(pipe.writer);
    test_cx_fini(&test);
}

/* Writes as items, in order. */
static void what_is_written_comes_out_as_items(void **state)
{
    static const char *const wanted[] = {"ab", "c"};
    struct test_cx test;
    weir_piece piece;
    (void)state;
    memory_begin(0, false);
    test_cx_init(&test);
    weir_duplex pipe = weir_byte_pipe(16);
    weir_stream *items = weir_reader_chunks(pipe.reader);
    for (unsigned i = 0; i < 2; i++) {
        size_t n = strlen(wanted[i]);
        assert_int_equal(weir_poll_next(items, &test.cx, &piece, 1).state, WEIR_PENDING);
        assert_int_equal(weir_poll_write(pipe.writer, &test.cx, wanted[i], n).n, n);
        assert_int_equal(weir_poll_next(items, &test.cx, &piece, 1).n, 1);
        assert_int_equal(piece.size, n);
        assert_memory_equal(piece.data, wanted[i], n);
        weir_piece_drop(&piece);
    }
    assert_int_equal(weir_poll_close(pipe.writer, &test.cx).state, WEIR_END);
    assert_int_equal(weir_poll_next(items, &test.cx, &piece, 1).state, WEIR_END);
    weir_drop(items);
    weir_drop(pipe.writer);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
}

int bytes_write(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_write),
        cmocka_unit_test(given_up_it_took_nothing),
        cmocka_unit_test(flushed_and_closed),
        cmocka_unit_test(errors_pass),
        cmocka_unit_test(a_failed_writer),
        cmocka_unit_test(closing_never_reads),
        cmocka_unit_test(composed),
        cmocka_unit_test(composed_and_failed),
        cmocka_unit_test(what_is_written_comes_out_as_items),
    };
    return cmocka_run_group_tests_name("write", tests, NULL, NULL);
}
