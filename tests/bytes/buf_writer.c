/* buf_writer: what goes on when, what is told to be unsent, and what is lost with it. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <sys/uio.h>

#include "doubles.h"
#include "writes.h"

/* Writes each word of digits, or does what a letter says; waits are gone through. */
static const struct {
    size_t capacity;
    size_t at_most;
    const char *steps;
    const char *log; /* of the writer below */
    const char *written;
    size_t unsent;
} rows[] = {
    {2, 0, "01 2 3 f 4 5 6 78 9ab", "w2 w2 f w2 w1 w2 w3", "0123456789ab", 0},
    {4, 0, "ab cde f", "w2 w3 f", "abcde", 0},
    {4, 0, "ab cdefgh", "w2 w6", "abcdefgh", 0},
    {4, 0, "ab c", "", "", 3},
    {4, 3, "abcd f", "w3 w1 f", "abcd", 0},
    {4, 1, "ab cd efgh", "w1 w1 w1 w1 w1", "abcde", 3},
    {4, 0, "f f", "f f", "", 0},
    {4, 0, "ab x", "w2 c", "ab", 0},
    {4, 0, "x x", "c", "", 0},
    {1, 0, "a b", "w1 w1", "ab", 0},
};

static void each_row(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3 * sizeof rows / sizeof rows[0]; i++) {
        struct sink sink = {.at_most = rows[i / 3].at_most, .pending = i % 3, .waits = i % 3};
        memory_begin(0, false);
        weir_writer *writer = weir_buf_writer(sink_writer(&sink), rows[i / 3].capacity);
        writes_run(writer, rows[i / 3].steps);
        assert_string_equal(sink.log, rows[i / 3].log);
        assert_int_equal(weir_unsent(writer), rows[i / 3].unsent);
        weir_drop(writer);
        assert_int_equal(sink.n, strlen(rows[i / 3].written));
        assert_memory_equal(sink.data ? sink.data : (const unsigned char *)"", rows[i / 3].written,
                            sink.n);
        assert_int_equal(sink.gave_up, rows[i / 3].unsent > 0);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

static void pieces_are_gathered_or_go_past(void **state)
{
    static char a[] = "ab", b[] = "cde";
    const struct iovec two[] = {{a, 2}, {NULL, 0}, {b, 3}};
    struct sink sink = {.vectored = true};
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_writer *writer = weir_buf_writer(sink_writer(&sink), 8);
    assert_int_equal(weir_poll_writev(writer, &test.cx, two, 3).n, 5);
    assert_int_equal(weir_unsent(writer), 5);
    assert_int_equal(weir_poll_flush(writer, &test.cx).state, WEIR_READY);
    assert_string_equal(sink.log, "w5 f");
    weir_drop(writer);
    sink_fini(&sink);
    sink = (struct sink){.vectored = true};
    writer = weir_buf_writer(sink_writer(&sink), 5);
    assert_int_equal(weir_poll_writev(writer, &test.cx, two, 3).n, 5);
    assert_string_equal(sink.log, "v5");
    assert_int_equal(weir_unsent(writer), 0);
    weir_drop(writer);
    sink_fini(&sink);
    test_cx_fini(&test);
}

/* What is held goes on without a copy, and stands still as long as somebody sends from it. */
static void blocks_go_by_reference(void **state)
{
    struct sink sink = {.blocks = true};
    struct test_cx test;
    (void)state;
    memory_begin(0, false);
    test_cx_init(&test);
    weir_writer *writer = weir_buf_writer(sink_writer(&sink), 4);
    writes_run(writer, "abc de");
    assert_string_equal(sink.log, "g3");
    weir_block *sent = sink.block;
    assert_non_null(sent);
    assert_memory_equal(sent->data, "abc", 3);
    assert_int_equal(weir_unsent(writer), 2);
    writes_run(writer, "f");
    assert_string_equal(sink.log, "g3 g2 f");
    weir_block *block = weir_block_new(0, 6);
    memcpy(block->data, "012345", 6);
    assert_int_equal(weir_poll_give(writer, &test.cx, block, block->data, 6).n, 6);
    assert_ptr_equal(sink.block, block); /* a large one goes past the buffer as it is */
    assert_int_equal(weir_poll_give(writer, &test.cx, block, block->data, 2).n, 2);
    assert_int_equal(weir_unsent(writer), 2);
    weir_block_unref(block);
    weir_drop(writer);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
    sink_fini(&sink);
}

/* An idle writer holds no block. */
static void flushed_it_holds_nothing(void **state)
{
    struct sink sink = {0};
    (void)state;
    memory_begin(0, false);
    weir_writer *writer = weir_buf_writer(sink_writer(&sink), 4);
    unsigned long before = memory.live;
    writes_run(writer, "ab");
    assert_int_equal(memory.live, before + 1);
    writes_run(writer, "f");
    assert_int_equal(memory.live, before);
    weir_drop(writer);
    assert_int_equal(memory_end(), 0);
    sink_fini(&sink);
}

static void pending_takes_nothing(void **state)
{
    struct sink sink = {.pending_held = true};
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_writer *writer = weir_buf_writer(sink_writer(&sink), 4);
    assert_int_equal(weir_poll_write(writer, &test.cx, "abc", 3).n, 3);
    assert_int_equal(weir_poll_write(writer, &test.cx, "de", 2).state, WEIR_PENDING);
    assert_int_equal(weir_unsent(writer), 3);
    assert_true(sink_wake(&sink));
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(weir_poll_write(writer, &test.cx, "XY", 2).n, 2); /* others may come now */
    assert_int_equal(weir_unsent(writer), 2);
    assert_memory_equal(sink.data, "abc", sink.n);
    weir_drop(writer);
    test_cx_fini(&test);
    sink_fini(&sink);
}

/* Room is waited for with what is held, and what is tried goes on without waiting. */
static void room_and_tries(void **state)
{
    struct sink sink = {.pending_held = true};
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_writer *writer = weir_buf_writer(sink_writer(&sink), 4);
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_READY);
    assert_int_equal(weir_try_write(writer, "abcdef", 6), 4);
    assert_int_equal(weir_try_write(writer, "ef", 2), WEIR_CANNOT_TRY); /* nor can the one below */
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_PENDING);
    assert_true(sink_wake(&sink));
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_READY);
    assert_memory_equal(sink.data, "abcd", sink.n);
    assert_int_equal(weir_try_write(writer, "ef", 2), 2);
    weir_drop(writer);
    sink_fini(&sink);
    sink = (struct sink){0};
    writer = weir_buf_writer(weir_buf_writer(sink_writer(&sink), 8), 4);
    assert_int_equal(weir_try_write(writer, "abcd", 4), 4);
    assert_int_equal(weir_try_write(writer, "efgh", 4), 4); /* the one below takes what is held */
    assert_int_equal(weir_try_write(writer, "ijkl", 4), 4);
    assert_int_equal(weir_try_write(writer, "m", 1), WEIR_CANNOT_TRY);
    assert_int_equal(weir_unsent(writer), 12);
    assert_int_equal(weir_poll_close(writer, &test.cx).state, WEIR_END);
    assert_memory_equal(sink.data, "abcdefghijkl", 12);
    weir_drop(writer);
    sink_fini(&sink);
    test_cx_fini(&test);
}

static void errors_end_it(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3; kind++) {
        struct sink sink = {
            .fail_write = kind == 0, .fail_flush = kind == 1, .fail_close = kind == 2};
        struct test_cx test;
        test_cx_init(&test);
        weir_writer *writer = weir_buf_writer(sink_writer(&sink), 4);
        assert_int_equal(weir_poll_write(writer, &test.cx, "ab", 2).n, 2);
        weir_poll got =
            kind == 2 ? weir_poll_close(writer, &test.cx) : weir_poll_flush(writer, &test.cx);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_string_equal(test.cx.error.trail[0], "sink");
        assert_string_equal(test.cx.error.trail[1], "buf_writer");
        assert_int_equal(weir_poll_write(writer, &test.cx, "c", 1).state, WEIR_ERROR);
        assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
        weir_drop(writer);
        assert_true(sink.gave_up);
        test_cx_fini(&test);
        sink_fini(&sink);
    }
}

/* Also where the kernel could have moved the bytes: what is held goes first. */
static void a_copy_through_it(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct script script = {.at_most = i % 3};
        struct sink sink = {.pending = i > 2};
        uint64_t n = 0;
        weir_reader *reader = script_reader(&script, "\"ab\" \"cdefg\" P \"h\" $");
        weir_stream *copy = weir_copy(reader, weir_buf_writer(sink_writer(&sink), 4));
        assert_int_equal(weir_copied(copy), 0);
        assert_int_equal(await(copy, &n, NULL), WEIR_READY);
        assert_int_equal(n, 8);
        assert_memory_equal(sink.data, "abcdefgh", 8);
        assert_int_equal(sink.closes, 1);
        assert_int_equal(sink.flushes, 1); /* when the reader stalls */
        sink_fini(&sink);
    }
}

static void memory_fails(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        struct sink sink = {0};
        struct test_cx test;
        memory_begin(at, false);
        test_cx_init(&test);
        weir_writer *writer = weir_buf_writer(sink_writer(&sink), 1 << 20);
        weir_poll got = weir_poll_write(writer, &test.cx, "ab", 2);
        bool failed = memory.failed;
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_READY);
        if (failed)
            assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
        weir_drop(writer);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
        if (!failed)
            break;
    }
}

static void refused(void **state)
{
    static const size_t capacities[] = {0, (size_t)WEIR_MIN_MAX + 1};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct sink sink = {0};
        struct test_cx test;
        test_cx_init(&test);
        weir_writer *below = i < 2 ? sink_writer(&sink)
                                   : weir_writer_refused(WEIR_E_USER, NULL, "no", NULL, NULL, 0);
        weir_writer *writer = weir_buf_writer(below, i < 2 ? capacities[i] : 4);
        assert_int_equal(weir_poll_write(writer, &test.cx, "a", 1).state, WEIR_ERROR);
        assert_int_equal(test.cx.error.code, i < 2 ? WEIR_E_ARGUMENT : WEIR_E_USER);
        weir_drop(writer);
        assert_int_equal(sink.finis, i < 2);
        test_cx_fini(&test);
        sink_fini(&sink);
    }
}

static void memory_is_told(void **state)
{
    struct sink sink = {0};
    (void)state;
    memory_begin(0, false);
    weir_writer *writer = weir_buf_writer(sink_writer(&sink), 1000);
    writes_run(writer, "ab");
    assert_in_range(memory.peak_bytes, 1000, weir_memory_max(writer));
    weir_drop(writer);
    assert_int_equal(memory_end(), 0);
    sink_fini(&sink);
}

int bytes_buf_writer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row),
        cmocka_unit_test(pieces_are_gathered_or_go_past),
        cmocka_unit_test(blocks_go_by_reference),
        cmocka_unit_test(flushed_it_holds_nothing),
        cmocka_unit_test(pending_takes_nothing),
        cmocka_unit_test(room_and_tries),
        cmocka_unit_test(errors_end_it),
        cmocka_unit_test(a_copy_through_it),
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(refused),
        cmocka_unit_test(memory_is_told),
    };
    return cmocka_run_group_tests_name("buf_writer", tests, NULL, NULL);
}
