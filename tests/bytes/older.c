/* Readers and writers of programs that were built with older headers: their ops end early, and what
 * stands behind that end is not theirs. All goes on by what they have. */

#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "one_cx.h"
#include "weir/ready.h"

/* ---- the reader: three bytes at each fill, nine in all ---- */

static weir_poll fill_three(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)cx, (void)min;
    if (reader->offset + (reader->end - reader->begin) >= 9)
        return (weir_poll){0, WEIR_END};
    unsigned char *room = weir_reader_room(reader, 3);
    if (!room)
        test_abort("no memory");
    memcpy(room, "abc", 3);
    reader->end += 3;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll never_raw(weir_reader *reader, weir_cx *cx, weir_raw *out)
{
    (void)reader, (void)cx, (void)out;
    test_abort("what is behind the end of the ops was called");
}

static weir_poll never_ready(weir_reader *reader, weir_cx *cx)
{
    return never_raw(reader, cx, NULL);
}

static int64_t never_try_read(weir_reader *reader, void *out, size_t n)
{
    (void)out, (void)n;
    return never_raw(reader, NULL, NULL).n;
}

static const void *never_half(const weir_reader *reader)
{
    (void)reader;
    test_abort("half_of");
}

static weir_poll never_seek(weir_reader *reader, weir_cx *cx, weir_whence whence, int64_t offset)
{
    (void)whence, (void)offset;
    return never_raw(reader, cx, NULL);
}

static size_t never_readable(const weir_reader *reader)
{
    (void)reader;
    test_abort("readable");
}

static weir_raw_kind never_kind(const weir_reader *reader)
{
    (void)reader;
    test_abort("raw_kind");
}

static const weir_reader_ops older_reader_ops = {.size = offsetof(weir_reader_ops, poll_raw),
                                                 .name = "older reader",
                                                 .poll_fill = fill_three,
                                                 .poll_raw = never_raw,
                                                 .poll_ready = never_ready,
                                                 .try_read = never_try_read,
                                                 .poll_hup = never_ready,
                                                 .half_of = never_half,
                                                 .poll_seek = never_seek,
                                                 .readable = never_readable,
                                                 .raw_kind = never_kind};

static weir_reader *older_reader(void)
{
    return weir_reader_new(sizeof(weir_reader), &older_reader_ops);
}

/* ---- the writer: takes two bytes at once ---- */

static char taken[64];
static unsigned flushes;

static weir_poll take_two(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer, (void)cx;
    n = n < 2 ? n : 2;
    strncat(taken, bytes, n);
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll flush_all(weir_writer *writer, weir_cx *cx)
{
    (void)writer, (void)cx;
    flushes++;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll never_open(weir_writer *writer, weir_cx *cx)
{
    (void)writer, (void)cx;
    test_abort("what is behind the end of the ops was called");
}

static weir_poll never_move(weir_writer *writer, weir_cx *cx, const weir_raw *from)
{
    (void)from;
    return never_open(writer, cx);
}

static weir_poll never_give(weir_writer *writer, weir_cx *cx, weir_block *block, const void *bytes,
                            size_t n)
{
    (void)block, (void)bytes, (void)n;
    return never_open(writer, cx);
}

static weir_poll never_writev(weir_writer *writer, weir_cx *cx, const struct iovec *pieces,
                              size_t n)
{
    (void)pieces, (void)n;
    return never_open(writer, cx);
}

static int64_t never_try_write(weir_writer *writer, const void *bytes, size_t n)
{
    (void)bytes, (void)n;
    return never_open(writer, NULL).n;
}

static size_t never_unsent(const weir_writer *writer)
{
    (void)writer;
    test_abort("unsent");
}

static const void *never_half_of_writer(const weir_writer *writer)
{
    (void)writer;
    test_abort("half_of");
}

static const char *never_moves_by(const weir_writer *writer, weir_raw_kind from)
{
    (void)writer, (void)from;
    test_abort("moves_by");
}

static weir_strength flushed_at_most(const weir_writer *writer)
{
    (void)writer;
    return WEIR_STRENGTH_FLUSHED;
}

static weir_poll never_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    (void)strength;
    return never_open(writer, cx);
}

#define OLDER_WRITER_OPS(size_)                                                                    \
    {                                                                                              \
        .size = (size_), .name = "older writer", .poll_write = take_two, .poll_flush = flush_all,  \
        .poll_open = never_open, .poll_move = never_move, .poll_give = never_give,                 \
        .poll_writev = never_writev, .poll_room = never_open, .try_write = never_try_write,        \
        .unsent = never_unsent, .half_of = never_half_of_writer, .moves_by = never_moves_by,       \
        .strength = flushed_at_most, .poll_settle = never_settle                                   \
    }
static const weir_writer_ops older_writer_ops =
    OLDER_WRITER_OPS(offsetof(weir_writer_ops, poll_open));

static weir_writer *older_writer(void)
{
    taken[0] = 0;
    flushes = 0;
    return weir_writer_new(sizeof(weir_writer), &older_writer_ops);
}

/* ---- tests ---- */

static void a_reader_is_filled_for_all(void **state)
{
    (void)state;
    char bytes[8];
    struct iovec pieces[] = {{bytes, 1}, {bytes + 1, 2}};
    weir_reader *reader = older_reader();
    assert_int_equal(weir_readable_bytes(reader), 0);
    assert_int_equal(weir_readiness_of(reader), 0);
    assert_true(weir_try_read(reader, bytes, 8) == WEIR_WOULD_BLOCK);
    assert_int_equal(weir_poll_hup(reader, &test.cx).state, WEIR_PENDING);
    test_cx_turn(&test);
    weir_poll got = weir_poll_ready(reader, &test.cx);
    assert_int_equal(got.state, WEIR_READY);
    assert_int_equal(got.n, 3);
    assert_int_equal(weir_readable_bytes(reader), 3);
    assert_int_equal(weir_readiness_of(reader), WEIR_READINESS_READ);
    assert_int_equal(weir_try_read(reader, bytes, 8), 3);
    assert_int_equal(weir_poll_readv(reader, &test.cx, pieces, 2).n, 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(weir_poll_seek(reader, &test.cx, WEIR_SEEK_START, 0).state, WEIR_ERROR);
    assert_non_null(strstr(test.cx.error.message, "older reader"));
    assert_int_equal(weir_poll_read(reader, &test.cx, bytes, 8).n, 3);
    assert_int_equal(weir_poll_read(reader, &test.cx, bytes, 8).state, WEIR_END);
    weir_drop(reader);
}

static void a_writer_is_written_to_for_all(void **state)
{
    (void)state;
    struct iovec pieces[] = {{(char[]){"ab"}, 2}, {(char[]){"cd"}, 2}};
    weir_block *block = weir_block_new(0, 2);
    memcpy(block->data, "ef", 2);
    weir_writer *writer = older_writer();
    weir_cx *cx = &test.cx;
    assert_int_equal(weir_poll_open(writer, cx).state, WEIR_READY);
    assert_int_equal(weir_poll_room(writer, cx).state, WEIR_READY);
    assert_true(weir_try_write(writer, "x", 1) == WEIR_CANNOT_TRY);
    assert_true(weir_try_flush(writer) == WEIR_CANNOT_TRY);
    assert_int_equal(weir_poll_writev(writer, cx, pieces, 2).n, 2);
    assert_int_equal(weir_poll_give(writer, cx, block, block->data, 2).n, 2);
    assert_string_equal(taken, "abef");
    assert_int_equal(weir_unsent(writer), 0);
    assert_int_equal(weir_writer_strength(writer), WEIR_STRENGTH_SENT);
    assert_int_equal(weir_writer_settle(writer, cx, WEIR_STRENGTH_SENT).state, WEIR_READY);
    assert_int_equal(flushes, 1);
    assert_int_equal(weir_writer_settle(writer, cx, WEIR_STRENGTH_FLUSHED).state, WEIR_ERROR);
    weir_drop(writer);
    weir_block_unref(block);
}

/* It says how safe it is, and has no call of its own for that. */
static void a_writer_that_settles_by_flushing(void **state)
{
    (void)state;
    static const weir_writer_ops ops = OLDER_WRITER_OPS(offsetof(weir_writer_ops, poll_settle));
    static weir_writer_ops own;
    own = ops;
    own.poll_open = NULL;
    flushes = 0;
    weir_writer *writer = weir_writer_new(sizeof(weir_writer), &own);
    assert_int_equal(weir_writer_strength(writer), WEIR_STRENGTH_FLUSHED);
    assert_int_equal(weir_writer_settle(writer, &test.cx, WEIR_STRENGTH_FLUSHED).state, WEIR_READY);
    assert_int_equal(flushes, 1);
    assert_int_equal(weir_writer_settle(writer, &test.cx, WEIR_STRENGTH_DURABLE).state, WEIR_ERROR);
    weir_drop(writer);
}

static void both_are_copied_and_never_one(void **state)
{
    (void)state;
    weir_duplex pair;
    uint64_t n = 0;
    weir_error error;
    weir_reader *reader = older_reader();
    weir_writer *writer = older_writer();
    assert_false(weir_reunite(reader, writer, &pair));
    assert_int_equal(await(weir_copy(reader, writer), &n, &error), WEIR_READY);
    assert_int_equal(n, 9);
    assert_string_equal(taken, "abcabcabc");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int bytes_older(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_reader_is_filled_for_all),
        TEST(a_writer_is_written_to_for_all),
        TEST(a_writer_that_settles_by_flushing),
        TEST(both_are_copied_and_never_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
