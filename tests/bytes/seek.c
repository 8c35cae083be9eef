/* Memory that is read here and there, sections, cursors that write too, and byte vectors. */

#include <string.h>

#include "one_cx.h"

/* Seeks, and reads n bytes. */
static void expect_at(weir_reader *reader, weir_whence whence, int64_t offset, uint64_t at,
                      const char *wanted)
{
    char out[32];
    expect(weir_poll_seek(reader, &test.cx, whence, offset), WEIR_READY, 0);
    assert_int_equal(weir_stream_position(reader), at);
    uint32_t n = (uint32_t)strlen(wanted);
    if (!n) {
        expect(weir_poll_read(reader, &test.cx, out, 1), WEIR_END, 0);
        return;
    }
    expect(weir_poll_read(reader, &test.cx, out, n), WEIR_READY, n);
    assert_memory_equal(out, wanted, n);
}

static void in_memory(void **state)
{
    (void)state;
    weir_reader *reader = weir_memory_reader("abcdefgh", 8);
    expect_at(reader, WEIR_SEEK_START, 3, 3, "de");
    expect_at(reader, WEIR_SEEK_CURRENT, 1, 6, "gh");
    expect_at(reader, WEIR_SEEK_CURRENT, 0, 8, "");
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_CURRENT, 0), WEIR_READY, 0);
    assert_false(reader->stage.done);                  /* what stands there is asked for anew */
    expect_at(reader, WEIR_SEEK_CURRENT, -8, 0, "ab"); /* behind its end it goes on */
    expect_at(reader, WEIR_SEEK_END, -1, 7, "h");
    expect_at(reader, WEIR_SEEK_END, 5, 13, "");
    expect_at(reader, WEIR_SEEK_CURRENT, -12, 1, "bcdefgh");
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_CURRENT, -9), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    assert_false(test.cx.error.fatal);
    assert_int_equal(weir_stream_position(reader), 8);
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_START, INT64_MIN), WEIR_ERROR, 0);
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_END, INT64_MAX), WEIR_ERROR, 0);
    uint64_t at = 0;
    assert_int_equal(await(weir_seek(reader, WEIR_SEEK_START, 2), &at, NULL), WEIR_READY);
    assert_int_equal(at, 2);
    weir_drop(reader);
}

static void what_cannot(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader = script_reader(&script, "\"abc\" $");
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 3);
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_CURRENT, 1), WEIR_ERROR, 0);
    assert_string_equal(test.cx.error.message, "a seek of 'script' by 1 bytes: it cannot");
    weir_drop(reader);
    reader = weir_reader_refused(WEIR_E_LIMIT, NULL, "no", NULL, NULL, 0);
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_CURRENT, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    weir_drop(reader);
}

/* A source that waits before it goes anywhere. */
struct slow {
    weir_reader reader;
    unsigned asked;
    bool fails;
};

static weir_poll slow_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    (void)cx;
    (void)min;
    *weir_reader_room(reader, 1) = (unsigned char)reader->offset;
    reader->end++;
    return (weir_poll){0, WEIR_READY};
}

static weir_poll slow_seek(weir_reader *reader, weir_cx *cx, weir_whence whence, int64_t offset)
{
    struct slow *self = WEIR_CONTAINER(reader, struct slow, reader);
    (void)whence;
    if (self->asked++ % 2 == 0)
        return weir_wait_turn(cx);
    if (self->fails)
        return weir_fail(cx, WEIR_E_SYSTEM, "no way");
    weir_reader_release(reader);
    reader->offset = (uint64_t)offset;
    return (weir_poll){0, WEIR_READY};
}

static const weir_reader_ops slow_ops = {
    .size = sizeof slow_ops, .name = "slow", .poll_fill = slow_fill, .poll_seek = slow_seek};

static void sections_wait_for_their_source(void **state)
{
    unsigned char byte;
    (void)state;
    weir_reader *source = weir_reader_new(sizeof(struct slow), &slow_ops);
    weir_reader *reader = weir_section_reader(source, 40, 5);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_PENDING, 0);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_READY, 1);
    assert_int_equal(byte, 40);
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_END, -1), WEIR_PENDING, 0);
    assert_int_equal(weir_stream_position(reader), 1); /* it stands where it stood */
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_END, -1), WEIR_READY, 0);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_READY, 1);
    assert_int_equal(byte, 44);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_END, 0);
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_START, 1), WEIR_PENDING, 0);
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_START, 1), WEIR_READY, 0);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_READY, 1); /* behind its end */
    assert_int_equal(byte, 41);
    weir_drop(reader);
    source = weir_reader_new(sizeof(struct slow), &slow_ops);
    WEIR_CONTAINER(source, struct slow, reader)->fails = true;
    reader = weir_section_reader(source, 40, 5);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_PENDING, 0);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_ERROR, 0);
    expect(weir_poll_read(reader, &test.cx, &byte, 1), WEIR_END, 0);
    weir_drop(reader);
}

static void sections_of_memory(void **state)
{
    char out[9];
    (void)state;
    weir_reader *reader = weir_section_reader(weir_memory_reader("abcdefgh", 8), 2, 4);
    expect(weir_poll_read(reader, &test.cx, out, 9), WEIR_READY, 4);
    assert_memory_equal(out, "cdef", 4);
    expect(weir_poll_read(reader, &test.cx, out, 9), WEIR_END, 0);
    expect_at(reader, WEIR_SEEK_START, 1, 1, "de");
    expect_at(reader, WEIR_SEEK_CURRENT, -2, 1, "def");
    expect_at(reader, WEIR_SEEK_END, 3, 7, "");
    expect(weir_poll_seek(reader, &test.cx, WEIR_SEEK_END, -5), WEIR_ERROR, 0);
    weir_drop(reader);
    reader = weir_section_reader(weir_memory_reader("abcdefgh", 8), 2, 4);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 4);
    weir_consume(reader, 1);
    expect(weir_poll_fill(reader, &test.cx, 4), WEIR_END, 3);
    size_t n;
    assert_memory_equal(weir_peek(reader, &n), "def", 3);
    weir_drop(reader);
    reader = weir_section_reader(weir_memory_reader("abc", 3), 2, 4); /* shorter than it says */
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_END, 1);
    weir_drop(reader);
    reader = weir_section_reader(weir_memory_reader("abc", 3), UINT64_MAX, UINT64_MAX);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    weir_drop(reader);
    struct script script = {0};
    reader = weir_section_reader(script_reader(&script, "$"), 0, 4); /* which cannot seek */
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    weir_drop(reader);
}

/* ---- cursor ---- */

static void expect_vec(const weir_vec *vec, const char *wanted, size_t n)
{
    assert_int_equal(vec->n, n);
    assert_memory_equal(vec->items, wanted, n);
}

static void a_cursor_writes_where_it_reads(void **state)
{
    weir_vec vec = {0};
    (void)state;
    memory_begin(0, false);
    weir_duplex cursor = weir_cursor(&vec, 100);
    expect(weir_poll_write(cursor.writer, &test.cx, "abcdef", 6), WEIR_READY, 6);
    expect_at(cursor.reader, WEIR_SEEK_CURRENT, 0, 6, "");
    expect_at(cursor.reader, WEIR_SEEK_END, -2, 4, "ef");
    expect_at(cursor.reader, WEIR_SEEK_START, 1, 1, "b");
    expect(weir_poll_write(cursor.writer, &test.cx, "XY", 2), WEIR_READY, 2);
    expect_at(cursor.reader, WEIR_SEEK_CURRENT, 0, 4, "e");
    expect_at(cursor.reader, WEIR_SEEK_START, 8, 8, "");
    expect(weir_poll_write(cursor.writer, &test.cx, "!", 1), WEIR_READY, 1);
    expect_vec(&vec, "abXYef\0\0!", 9);
    expect_at(cursor.reader, WEIR_SEEK_START, 5, 5, "f");
    weir_drop(cursor.reader);
    expect(weir_poll_write(cursor.writer, &test.cx, "?", 1), WEIR_READY, 1);
    expect(weir_poll_close(cursor.writer, &test.cx), WEIR_END, 0);
    weir_drop(cursor.writer);
    expect_vec(&vec, "abXYef?\0!", 9);
    weir_vec_drop(&vec);
    assert_int_equal(memory_end(), 0);
}

static void a_cursor_has_a_limit(void **state)
{
    weir_vec vec = {0};
    (void)state;
    weir_duplex cursor = weir_cursor(&vec, 5), again;
    assert_true(weir_reunite(cursor.reader, cursor.writer, &again));
    expect(weir_poll_write(cursor.writer, &test.cx, "abc", 3), WEIR_READY, 3);
    expect(weir_poll_write(cursor.writer, &test.cx, "defg", 4), WEIR_READY, 2);
    expect(weir_poll_write(cursor.writer, &test.cx, "fg", 2), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    expect_vec(&vec, "abcde", 5);
    weir_duplex_drop(cursor);
    cursor = weir_cursor(&vec, 5); /* what is there is read, from its start */
    expect_at(cursor.reader, WEIR_SEEK_CURRENT, 0, 0, "abcde");
    weir_duplex_drop(cursor);
    weir_vec_drop(&vec);
}

static void cursors_without_memory(void **state)
{
    (void)state;
    for (unsigned long k = 1; k < 9; k++) {
        weir_vec vec = {0};
        memory_begin(k, true);
        weir_duplex cursor = weir_cursor(&vec, 5);
        weir_poll wrote = weir_poll_write(cursor.writer, &test.cx, "abc", 3);
        bool failed = memory.failed;
        assert_int_equal(wrote.state, failed ? WEIR_ERROR : WEIR_READY);
        weir_duplex_drop(cursor);
        weir_vec_drop(&vec);
        assert_int_equal(memory_end(), 0);
        if (!failed)
            break;
    }
    static const weir_type number = WEIR_TYPE(int64_t);
    weir_vec numbers = {.of = &number};
    weir_duplex cursor = weir_cursor(&numbers, 5);
    expect(weir_poll_fill(cursor.reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_TYPE);
    weir_duplex_drop(cursor);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int bytes_seek(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(in_memory),
        TEST(what_cannot),
        TEST(sections_wait_for_their_source),
        TEST(sections_of_memory),
        TEST(a_cursor_writes_where_it_reads),
        TEST(a_cursor_has_a_limit),
        TEST(cursors_without_memory),
    };
    return cmocka_run_group_tests_name("seek", tests, NULL, NULL);
}
