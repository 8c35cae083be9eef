/* Readers as streams: of bytes, of what stands between delimiters, of pieces, and back. */

#include <stdlib.h>
#include <string.h>

#include "one_cx.h"

/* ---- bytes ---- */

static void single_bytes(void **state)
{
    struct script script = {0};
    uint8_t out[8];
    weir_stream *bytes = weir_bytes(script_reader(&script, "\"abcde\" P* !7 \"f\" $"));
    (void)state;
    assert_string_equal(bytes->type->name, "uint8_t");
    expect(weir_poll_next(bytes, &test.cx, out, 3), WEIR_READY, 3);
    assert_memory_equal(out, "abc", 3);
    expect(weir_poll_skip(bytes, &test.cx, 1), WEIR_READY, 1);
    expect(weir_poll_next(bytes, &test.cx, out, 8), WEIR_READY, 1);
    assert_int_equal(out[0], 'e');
    expect(weir_poll_next(bytes, &test.cx, out, 8), WEIR_PENDING, 0);
    expect(weir_poll_next(bytes, &test.cx, out, 8), WEIR_ERROR, 0);
    expect(weir_poll_next(bytes, &test.cx, out, 8), WEIR_READY, 1);
    expect(weir_poll_next(bytes, &test.cx, out, 8), WEIR_END, 0);
    weir_drop(bytes);
    bytes = weir_bytes(weir_memory_reader("abc", 3));
    assert_int_equal(weir_size_hint(bytes).lower, 3);
    assert_string_equal(trace(weir_count(bytes), 1), "3 $");
}

/* ---- split ---- */

static void split_text(const char *bytes, size_t piece, char *out)
{
    weir_reader *source = pieces_reader(bytes, strlen(bytes), piece);
    weir_stream *split = weir_split(source, ',', 8);
    weir_line line;
    weir_poll got;
    do {
        test_cx_turn(&test);
        got = weir_poll_next(split, &test.cx, &line, 7);
        if (got.n) {
            memcpy(out, line.data, line.size);
            out += line.size;
            *out++ = '|';
        }
    } while (got.state == WEIR_READY);
    memcpy(out, got.state == WEIR_END ? "$" : "!", 2);
    weir_drop(split);
}

static void between_delimiters(void **state)
{
    static const char *const rows[][2] = {
        {"", "$"},
        {",", "|$"},
        {"a", "a|$"},
        {"a,,b,", "a||b|$"},
        {"a,,b", "a||b|$"},
        {"12345678,x", "12345678|x|$"},
        {"123456789,x", "!"},
        {"a,123456789", "a|!"},
        {"a,12345678", "a|12345678|$"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t piece = 1; piece < 13; piece++) {
            char out[64];
            split_text(rows[i][0], piece, out);
            assert_string_equal(out, rows[i][1]);
        }
}

static void split_waits_and_leaves_the_rest(void **state)
{
    struct script script = {0};
    weir_line line;
    weir_reader *reader = script_reader(&script, "\"ab\" P* \"c,d\" !7 \",e\" $");
    weir_stream *split = weir_split(weir_reader_by_ref(reader), ',', 8);
    (void)state;
    expect(weir_poll_next(split, &test.cx, &line, 1), WEIR_PENDING, 0);
    expect(weir_poll_next(split, &test.cx, &line, 1), WEIR_READY, 1);
    assert_memory_equal(line.data, "abc", 3);
    expect(weir_poll_next(split, &test.cx, &line, 1), WEIR_ERROR, 0);
    expect(weir_poll_next(split, &test.cx, &line, 1), WEIR_READY, 1);
    assert_memory_equal(line.data, "d", 1);
    weir_drop(split);
    size_t n;
    assert_memory_equal(weir_peek(reader, &n), "e", 1);
    assert_int_equal(n, 1);
    weir_drop(reader);
}

static void split_refuses(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_split(weir_memory_reader("a", 1), ',', 0), 1), "!!ARGUMENT $");
    assert_string_equal(trace(weir_split(weir_memory_reader("a", 1), ',', SIZE_MAX - 1), 1),
                        "!!LIMIT $");
    assert_string_equal(
        trace(weir_split(weir_reader_refused(WEIR_E_TYPE, NULL, "", NULL, NULL, 0), ',', 9), 1),
        "!!TYPE $");
}

/* ---- pieces ---- */

static weir_block *block_of(const char *text)
{
    weir_block *block = weir_block_new(0, strlen(text));
    memcpy(block->data, text, strlen(text));
    return block;
}

/* There and back: the block that was read is the block that is lent. */
static void pieces_are_not_copied(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_block *block = block_of("abcdef");
    weir_reader *reader = weir_block_reader(weir_block_ref(block), 1, 4);
    reader = weir_chunks_reader(weir_reader_chunks(reader));
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 4);
    assert_ptr_equal(reader->block, block);
    size_t n;
    assert_ptr_equal(weir_peek(reader, &n), block->data + 1);
    weir_consume(reader, 4);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    assert_int_equal(block->refs, 1); /* nobody holds it behind its last byte */
    weir_block_unref(block);
    weir_drop(reader);
    assert_int_equal(memory_end(), 0);
}

static void a_piece_is_cloned_and_dropped(void **state)
{
    (void)state;
    weir_piece piece = {"", 0, block_of("a")}, copy;
    assert_true(weir_type_piece.clone(&weir_type_piece, &copy, &piece));
    assert_int_equal(piece.block->refs, 2);
    weir_piece_drop(&copy);
    assert_int_equal(piece.block->refs, 1);
    weir_piece_drop(&piece);
    assert_null(piece.block);
    weir_piece_drop(&piece);
}

static void dropped_with_pieces_in_hand(void **state)
{
    weir_vec out;
    (void)state;
    memory_begin(0, false);
    weir_stream *chunks = weir_reader_chunks(pieces_reader("abcdef", 6, 4));
    assert_int_equal(await(weir_collect(chunks, 9), &out, NULL), WEIR_READY);
    assert_int_equal(out.n, 2);
    const weir_piece *pieces = out.items;
    assert_int_equal(pieces[1].size, 2);
    assert_memory_equal(pieces[1].data, "ef", 2);
    weir_vec_drop(&out);
    assert_int_equal(memory_end(), 0);
}

struct texts {
    weir_stream stream;
    const char *const *texts;
};

static weir_poll texts_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct texts *self = WEIR_SELF(struct texts, stream);
    (void)demand;
    const char *text = *self->texts;
    if (!text)
        return (weir_poll){0, WEIR_END};
    self->texts++;
    if (*text == '!')
        return weir_fail(cx, WEIR_E_USER, "scripted");
    weir_block *block = block_of(text);
    *(weir_piece *)out = (weir_piece){(const char *)block->data, strlen(text), block};
    return (weir_poll){1, *self->texts ? WEIR_READY : WEIR_END};
}

static const weir_stream_ops texts_ops = {
    .size = sizeof texts_ops, .name = "texts", .poll_next = texts_poll_next};

static weir_stream *texts(const char *const *list)
{
    weir_stream *stream = weir_source_new(sizeof(struct texts), &texts_ops, &weir_type_piece);
    WEIR_SELF(struct texts, stream)->texts = list;
    return stream;
}

/* Reads of three bytes: pieces are not joined, and empty ones are no end. */
static void empty_pieces_are_left_out(void **state)
{
    static const char *const list[] = {"", "12345", "", "12345", "", NULL};
    static const uint32_t sizes[] = {3, 2, 3, 2, 0};
    char out[3];
    (void)state;
    weir_reader *reader = weir_chunks_reader(texts(list));
    for (size_t i = 0; i < 5; i++)
        expect(weir_poll_read(reader, &test.cx, out, 3), sizes[i] ? WEIR_READY : WEIR_END,
               sizes[i]);
    weir_drop(reader);
}

static void pieces_are_joined_where_more_is_asked_for(void **state)
{
    static const char *const list[] = {"ab", "", "cde", "f", "!", NULL};
    (void)state;
    memory_begin(0, false);
    weir_reader *reader = weir_chunks_reader(texts(list));
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 2);
    weir_consume(reader, 1);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_READY, 4);
    assert_null(reader->block); /* of two blocks */
    size_t n;
    assert_memory_equal(weir_peek(reader, &n), "bcde", 4);
    expect(weir_poll_fill(reader, &test.cx, 6), WEIR_ERROR, 0);
    assert_memory_equal(weir_peek(reader, &n), "bcdef", 5);
    assert_int_equal(n, 5);
    expect(weir_poll_fill(reader, &test.cx, 6), WEIR_END, 5);
    weir_drop(reader);
    assert_int_equal(memory_end(), 0);
}

/* At most 31 bytes a read, 8000 bytes, then an error. */
static void a_reader_that_fails_in_the_end(void **state)
{
    static const char zeros[8000];
    size_t all = 0;
    weir_piece piece;
    weir_stream *chunks = weir_reader_chunks(failing_reader(zeros, sizeof zeros));
    weir_poll got;
    (void)state;
    for (; (got = weir_poll_next(chunks, &test.cx, &piece, 9)).n; test_cx_turn(&test)) {
        all += piece.size;
        weir_piece_drop(&piece);
    }
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(all, 8000);
    expect(weir_poll_next(chunks, &test.cx, &piece, 9), WEIR_END, 0);
    weir_drop(chunks);
}

static void only_pieces(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader = weir_chunks_reader(script_stream(&script, "1 $"));
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_TYPE);
    weir_drop(reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int bytes_pieces(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(single_bytes),
        TEST(between_delimiters),
        TEST(split_waits_and_leaves_the_rest),
        TEST(split_refuses),
        TEST(pieces_are_not_copied),
        TEST(a_piece_is_cloned_and_dropped),
        TEST(dropped_with_pieces_in_hand),
        TEST(empty_pieces_are_left_out),
        TEST(pieces_are_joined_where_more_is_asked_for),
        TEST(a_reader_that_fails_in_the_end),
        TEST(only_pieces),
    };
    return cmocka_run_group_tests_name("pieces", tests, NULL, NULL);
}
