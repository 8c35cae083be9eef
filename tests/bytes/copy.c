/* copy: every byte once, flushes when the reader stalls, closes at the end, gives up on errors. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "contract.h"
#include "doubles.h"

static const char text[] = "the quick brown fox jumps over the lazy dog";
enum { N = sizeof text - 1 };

static void expect_sink(const struct sink *sink, const char *wanted)
{
    assert_int_equal(sink->n, strlen(wanted));
    assert_memory_equal(sink->data, wanted, sink->n);
}

static void every_reader_and_writer(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 24; kind++) {
        memory_begin(0, false);
        weir_reader *reader = kind % 4 == 0   ? weir_memory_reader(text, N)
                              : kind % 4 == 1 ? one_byte_reader(text, N, true)
                              : kind % 4 == 2 ? pieces_reader(text, N, 7)
                                              : one_byte_reader(text, N, false);
        struct sink sink = {.at_most = kind / 4 % 3 * 3, .pending = kind >= 12};
        struct check check = {0};
        uint64_t n = 0;
        weir_error error;
        weir_state got =
            await(check_stream(weir_copy(reader, sink_writer(&sink)), &check), &n, &error);
        assert_int_equal(memory_end(), 0);
        if (check.complaints)
            fail_msg("%s", check.first);
        assert_int_equal(got, WEIR_READY);
        assert_int_equal(n, N);
        expect_sink(&sink, text);
        assert_int_equal(sink.closes, 1);
        assert_int_equal(sink.finis, 1);
        sink_fini(&sink);
    }
}

/* The bytes go on before the reader is waited for: the other side may answer to them. */
static void a_stalled_reader_means_flush(void **state)
{
    struct script script = {0};
    struct sink sink = {0};
    static struct test_cx test;
    uint64_t n;
    (void)state;
    test_cx_init(&test);
    weir_stream *copy =
        weir_copy(script_reader(&script, "\"ab\" P \"c\" P P \"d\" $"), sink_writer(&sink));
    static const size_t flushed[] = {2, 3, 3};
    static const unsigned flushes[] = {1, 2, 2};
    for (unsigned i = 0; i < 3; i++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
        assert_int_equal(sink.flushed_n, flushed[i]);
        assert_int_equal(sink.flushes, flushes[i]); /* nothing new: nothing to flush */
        assert_int_equal(doubles_wake_one(), 1);
        assert_int_equal(test.waker->wakes, 1);
    }
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).n, 1);
    assert_int_equal(n, 4);
    assert_int_equal(sink.closes, 1);
    weir_drop(copy);
    test_cx_fini(&test);
    sink_fini(&sink);
}

/* Whoever waited may wait again: readers to fill, writers to write, flush and close. */
static void waits_in_a_row(void **state)
{
    (void)state;
    for (unsigned waits = 1; waits <= 3; waits++)
        for (unsigned at_most = 0; at_most <= 7; at_most += 7) {
            struct sink sink = {.at_most = at_most, .pending = true, .waits = waits};
            struct check check = {0};
            uint64_t n = 0;
            weir_stream *copy =
                weir_copy(waiting_reader(text, N, 5, 4 - waits), sink_writer(&sink));
            assert_int_equal(await(check_stream(copy, &check), &n, NULL), WEIR_READY);
            if (check.complaints)
                fail_msg("%s", check.first);
            assert_int_equal(n, N);
            expect_sink(&sink, text);
            assert_int_equal(sink.closes, 1);
            sink_fini(&sink);
        }
}

/* A flush that waits is asked for again, although the reader still has nothing. */
static void a_waiting_flush_is_asked_again(void **state)
{
    struct script script = {0};
    struct sink sink = {.pending = true, .waits = 2};
    static struct test_cx test;
    uint64_t n;
    (void)state;
    test_cx_init(&test);
    weir_stream *copy = weir_copy(script_reader(&script, "\"ab\" P $"), sink_writer(&sink));
    for (unsigned i = 0; i < 4; i++) { /* two for the write, two for the flush */
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
        assert_int_equal(sink.flushes, 0);
        assert_true(test.waker->wakes);
    }
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
    assert_int_equal(sink.flushes, 1);
    assert_int_equal(test.waker->wakes, 0); /* it waits for the reader alone now */
    assert_int_equal(doubles_wake_one(), 1);
    assert_int_equal(test.waker->wakes, 1);
    weir_drop(copy);
    test_cx_fini(&test);
    sink_fini(&sink);
}

/* What came before an error of the reader is written, however it was read. */
static void bytes_before_an_error_are_written(void **state)
{
    static const char *const scripts[] = {"\"ab\" \"c\" !!7", "\"abc\" P* !7 \"d\"",
                                          "\"a\" P* \"bc\" P* P* !!7"};
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        struct script script = {.at_most = i < 3 ? 0 : 1};
        struct sink sink = {.at_most = 2, .pending = i % 2};
        weir_error error;
        weir_reader *reader = script_reader(&script, scripts[i % 3]);
        assert_int_equal(await(weir_copy(reader, sink_writer(&sink)), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, 7);
        assert_int_equal(error.byte, 3);
        assert_int_equal(error.more, 0);
        expect_sink(&sink, "abc");
        assert_int_equal(sink.closes, 0);
        sink_fini(&sink);
    }
}

/* A write that waits is made again with the same bytes, and nobody fills meanwhile. */
struct stubborn {
    weir_writer writer;
    const void *bytes;
    size_t n;
    unsigned polls;
    weir_waker_slot slot;
};

static weir_poll stubborn_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct stubborn *self = (struct stubborn *)writer;
    if (self->polls++ % 3 == 0) {
        self->bytes = bytes;
        self->n = n;
    }
    assert_ptr_equal(bytes, self->bytes);
    assert_int_equal(n, self->n);
    if (self->polls % 3 == 0)
        return (weir_poll){1, WEIR_READY};
    weir_waker_wake(cx->waker);
    return weir_wait(cx, &self->slot, WEIR_WAIT_IO);
}

static void stubborn_fini(weir_writer *writer)
{
    weir_waker_slot_clear(&((struct stubborn *)writer)->slot);
}

static void a_waiting_write_gets_the_same_bytes(void **state)
{
    static const weir_writer_ops ops = {.size = sizeof ops,
                                        .name = "stubborn",
                                        .poll_write = stubborn_poll_write,
                                        .fini = stubborn_fini};
    uint64_t n = 0;
    (void)state;
    weir_writer *writer = weir_writer_new(sizeof(struct stubborn), &ops);
    assert_int_equal(await(weir_copy(pieces_reader(text, N, 5), writer), &n, NULL), WEIR_READY);
    assert_int_equal(n, N);
}

static void errors_of_either_side(void **state)
{
    weir_error error;
    uint64_t n;
    (void)state;
    struct sink sink = {.at_most = 4, .fail_write = 3};
    assert_int_equal(await(weir_copy(weir_memory_reader(text, N), sink_writer(&sink)), &n, &error),
                     WEIR_ERROR);
    assert_int_equal(error.number, EIO);
    assert_int_equal(error.byte, 8);
    assert_string_equal(error.trail[1], "copy");
    assert_int_equal(sink.closes, 0);
    assert_int_equal(sink.finis, 1);
    sink_fini(&sink);

    sink = (struct sink){.full = true, .room = 10};
    assert_int_equal(
        await(weir_copy(one_byte_reader(text, N, true), sink_writer(&sink)), &n, &error),
        WEIR_ERROR);
    assert_int_equal(error.number, ENOSPC);
    assert_int_equal(error.byte, 10);
    sink_fini(&sink);

    sink = (struct sink){0};
    assert_int_equal(await(weir_copy(failing_reader(text, N), sink_writer(&sink)), &n, &error),
                     WEIR_ERROR);
    assert_int_equal(error.byte, N);
    expect_sink(&sink, text);
    assert_int_equal(sink.closes, 0);
    sink_fini(&sink);

    sink = (struct sink){.fail_close = 1};
    assert_int_equal(await(weir_copy(weir_memory_reader(text, N), sink_writer(&sink)), &n, &error),
                     WEIR_ERROR);
    assert_int_equal(error.byte, N);
    sink_fini(&sink);

    sink = (struct sink){.fail_flush = 1};
    assert_int_equal(
        await(weir_copy(one_byte_reader(text, N, true), sink_writer(&sink)), &n, &error),
        WEIR_ERROR);
    assert_int_equal(error.byte, 1);
    sink_fini(&sink);
}

/* A reader's error, an abort or a drop: what is behind the writer must not take it for whole. */
static void not_closed_is_given_up(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 5; kind++) {
        struct script script = {0};
        struct sink sink = {0};
        static struct test_cx test;
        uint64_t n;
        weir_error error;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_abort_handle *handle = weir_abort_handle_new();
        weir_stream *copy = weir_copy(
            script_reader(&script, kind ? "\"ab\" P \"c\" $" : "\"ab\" !!7"), sink_writer(&sink));
        copy = weir_abortable(copy, handle);
        weir_poll got = weir_poll_next(copy, &test.cx, &n, 1);
        assert_int_equal(got.state, kind ? WEIR_PENDING : WEIR_ERROR);
        if (kind == 1 || kind == 2) { /* Node's AbortSignal: an error in its place */
            if (kind == 1)
                weir_abort(handle);
            else
                weir_abort_with(handle, weir_error_set(&error, WEIR_E_CANCELLED, "not wanted"));
            assert_int_equal(test.waker->wakes, 1);
            got = weir_poll_next(copy, &test.cx, &n, 1);
            assert_int_equal(got.state, WEIR_ERROR);
            assert_int_equal(test.cx.error.code, WEIR_E_CANCELLED);
        }
        if (kind == 3) {
            doubles_wake_all();
            test_cx_turn(&test);
            assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).n, 1);
        }
        weir_drop(copy);
        weir_abort_handle_unref(handle);
        assert_int_equal(sink.gave_up, kind != 3);
        assert_int_equal(sink.closes, kind == 3);
        assert_int_equal(sink.finis + script.finis, 2);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

/* What was written so far can be asked for at any time, and comes with an error too. */
static void count_and_error_both(void **state)
{
    struct script script = {0};
    struct sink sink = {.at_most = 3, .fail_write = 3};
    static struct test_cx test;
    uint64_t n;
    (void)state;
    test_cx_init(&test);
    weir_stream *copy =
        weir_copy(script_reader(&script, "\"ab\" P \"cdefgh\" $"), sink_writer(&sink));
    assert_int_equal(weir_copied(copy), 0);
    assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
    assert_int_equal(weir_copied(copy), 2);
    doubles_wake_all();
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.byte, 5);
    assert_int_equal(weir_copied(copy), 5);
    weir_drop(copy);
    weir_stream *other = weir_once(&weir_type_u64, &n);
    assert_int_equal(weir_copied(other), 0);
    weir_drop(other);
    test_cx_fini(&test);
    sink_fini(&sink);
}

/* A stream of pieces goes straight to the writer: their blocks, not their bytes. */
static void a_stream_of_pieces_is_not_copied(void **state)
{
    struct sink sink = {.blocks = true};
    static struct test_cx test;
    uint64_t n = 0;
    (void)state;
    memory_begin(0, false);
    test_cx_init(&test);
    weir_block *block = weir_block_new(0, N);
    memcpy(block->data, text, N);
    weir_piece piece = {(const char *)block->data, N, weir_block_ref(block)};
    weir_stream *pieces = weir_once(&weir_type_piece, &piece);
    weir_stream *copy = weir_copy(weir_chunks_reader(pieces), sink_writer(&sink));
    assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).n, 1);
    assert_int_equal(n, N);
    assert_ptr_equal(sink.block, block);
    expect_sink(&sink, text);
    weir_drop(copy);
    assert_int_equal(block->refs, 1);
    weir_block_unref(block);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
    sink_fini(&sink);
}

static void failed_ends(void **state)
{
    weir_error error;
    weir_vec out;
    struct sink sink = {0};
    (void)state;
    memory_begin(0, false);
    weir_reader *reader = weir_memory_reader(text, N);
    reader = weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, NULL, "bad reader", NULL, NULL, 0);
    assert_int_equal(await(weir_copy(reader, sink_writer(&sink)), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "bad reader");
    assert_int_equal(sink.finis, 1);
    assert_int_equal(
        await(weir_copy(weir_memory_reader(text, N), weir_memory_writer(&out, 0)), NULL, &error),
        WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_int_equal(memory_end(), 0);
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    uint64_t n;
    (void)state;
    for (unsigned steps = 0; steps < 60; steps++) {
        struct sink sink = {.pending = true};
        memory_begin(0, false);
        test_cx_init(&test);
        weir_stream *copy = weir_copy(one_byte_reader(text, 9, true), sink_writer(&sink));
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_next(copy, &test.cx, &n, 1));
        }
        assert_memory_equal(sink.data ? sink.data : (const unsigned char *)"", text, sink.n);
        weir_drop(copy);
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
        weir_vec out;
        weir_error error;
        memory_begin(at, false);
        weir_state got = await(weir_copy(pieces_reader(text, N, 9), weir_memory_writer(&out, 1000)),
                               NULL, &error);
        bool failed = memory.failed;
        assert_int_equal(got, failed ? WEIR_ERROR : WEIR_READY);
        if (got == WEIR_READY)
            assert_memory_equal(out.items, text, N);
        weir_vec_drop(&out);
        assert_int_equal(memory_end(), 0);
        if (!failed)
            break;
        assert_int_equal(error.code, WEIR_E_MEMORY);
    }
}

static void others_have_their_turn(void **state)
{
    static struct test_cx test;
    uint64_t n;
    char bytes[1000] = {0};
    (void)state;
    struct sink sink = {.at_most = 1};
    test_cx_init(&test);
    weir_stream *copy = weir_copy(weir_memory_reader(bytes, sizeof bytes), sink_writer(&sink));
    assert_int_equal(weir_poll_next(copy, &test.cx, &n, 1).state, WEIR_PENDING);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
    assert_int_equal(test.waker->wakes, 1);
    assert_in_range(sink.writes, 1, WEIR_BUDGET);
    weir_drop(copy);
    test_cx_fini(&test);
    sink_fini(&sink);
}

int bytes_copy(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_reader_and_writer),
        cmocka_unit_test(a_stalled_reader_means_flush),
        cmocka_unit_test(waits_in_a_row),
        cmocka_unit_test(a_waiting_flush_is_asked_again),
        cmocka_unit_test(bytes_before_an_error_are_written),
        cmocka_unit_test(a_waiting_write_gets_the_same_bytes),
        cmocka_unit_test(errors_of_either_side),
        cmocka_unit_test(not_closed_is_given_up),
        cmocka_unit_test(count_and_error_both),
        cmocka_unit_test(a_stream_of_pieces_is_not_copied),
        cmocka_unit_test(failed_ends),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(others_have_their_turn),
    };
    return cmocka_run_group_tests_name("copy", tests, NULL, NULL);
}
