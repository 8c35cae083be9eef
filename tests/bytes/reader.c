/* The reader wrapper, its buffer, and the memory reader. */

#include <stdlib.h>
#include <string.h>

#include "one_cx.h"

static void fill_gives_what_is_in_hand(void **state)
{
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"ab\" P \"cde\" $ #");
    (void)state;
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 2);
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_READY, 2);
    assert_int_equal(script.polls, 1);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_PENDING, 0);
    assert_int_equal(weir_stage_waits(&reader->stage), 1);
    assert_int_equal(doubles_wake_one(), 1);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_READY, 5);
    weir_consume(reader, 1);
    assert_int_equal(reader->offset, 1);
    assert_int_equal(weir_stage_n(&reader->stage), 1);
    expect(weir_poll_fill(reader, &test.cx, 5), WEIR_END, 4);
    expect(weir_poll_fill(reader, &test.cx, 9), WEIR_END, 4);
    expect(weir_poll_fill(reader, &test.cx, 4), WEIR_READY, 4);
    weir_consume(reader, 4);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    assert_int_equal(script.polls, 4);
    weir_drop(reader);
}

static void after_a_fatal_error_only_the_end(void **state)
{
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"ab\" !7 \"c\" !!8 #");
    (void)state;
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 2);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.number, 7);
    assert_string_equal(test.cx.error.trail[0], "script");
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_READY, 3);
    expect(weir_poll_fill(reader, &test.cx, 4), WEIR_ERROR, 0);
    expect(weir_poll_fill(reader, &test.cx, 4), WEIR_END, 3);
    weir_drop(reader);
}

static void more_than_was_reserved(void **state)
{
    weir_reader *reader = one_byte_reader("abc", 3, false);
    (void)state;
    expect(weir_poll_fill(reader, &test.cx, WEIR_RESERVE_BYTES + 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    weir_drop(reader);
    reader = one_byte_reader("abc", 3, false);
    assert_true(weir_reader_reserve(reader, WEIR_RESERVE_BYTES + 1));
    expect(weir_poll_fill(reader, &test.cx, WEIR_RESERVE_BYTES + 1), WEIR_END, 3);
    assert_true(weir_reader_reserve(reader, WEIR_MIN_MAX));
    assert_false(weir_reader_reserve(reader, (size_t)WEIR_MIN_MAX + 3));
    weir_drop(reader);
}

static void reads_copy(void **state)
{
    struct script script = {0};
    char out[9];
    weir_reader *reader = script_reader(&script, "\"567\" P* \"0\" \"1234\" $");
    (void)state;
    expect(weir_poll_read(reader, &test.cx, out, 0), WEIR_READY, 0);
    expect(weir_poll_read(reader, &test.cx, out, 2), WEIR_READY, 2);
    expect(weir_poll_read(reader, &test.cx, out + 2, 2), WEIR_READY, 1);
    expect(weir_poll_read(reader, &test.cx, out, 2), WEIR_PENDING, 0);
    expect(weir_poll_read(reader, &test.cx, out + 3, 2), WEIR_READY, 1);
    expect(weir_poll_read(reader, &test.cx, out + 4, 9), WEIR_READY, 4);
    expect(weir_poll_read(reader, &test.cx, out, 9), WEIR_END, 0);
    assert_memory_equal(out, "56701234", 8);
    weir_drop(reader);
}

/* Its fills say READY whether they brought enough or not. */
static weir_poll lazy_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    unsigned char *room = weir_reader_room(reader, 1);
    (void)cx;
    (void)min;
    *room = (unsigned char)weir_stage_polls(&reader->stage);
    reader->end++;
    return (weir_poll){0, WEIR_READY};
}

static void it_is_called_again_within_the_budget(void **state)
{
    static const weir_reader_ops ops = {
        .size = sizeof ops, .name = "lazy", .poll_fill = lazy_poll_fill};
    weir_reader *reader = weir_reader_new(sizeof(weir_reader), &ops);
    (void)state;
    expect(weir_poll_fill(reader, &test.cx, 100), WEIR_READY, 100);
    test_cx_turn(&test);
    expect(weir_poll_fill(reader, &test.cx, 1000), WEIR_PENDING, 0);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(test.cx.waiting == &reader->stage, true);
    weir_drop(reader);
}

static void the_room_is_bounded(void **state)
{
    static const weir_reader_ops ops = {
        .size = sizeof ops, .name = "lazy", .poll_fill = lazy_poll_fill};
    weir_reader *reader = weir_reader_new(sizeof(weir_reader), &ops);
    size_t limit = WEIR_RESERVE_BYTES + WEIR_BLOCK_BYTES;
    (void)state;
    assert_true(reader->give_back == NULL);
    unsigned char *room = weir_reader_room(reader, 10);
    memcpy(room, "0123456789", 10);
    reader->end += 10;
    weir_consume(reader, 6);
    assert_non_null(weir_reader_room(reader, limit - 4));
    size_t n;
    assert_memory_equal(weir_peek(reader, &n), "6789", 4);
    assert_int_equal(n, 4);
    assert_true(reader->room <= limit);
    assert_null(weir_reader_room(reader, limit - 3));
    assert_null(weir_reader_room(reader, SIZE_MAX));
    reader->end += limit - 4;
    weir_consume(reader, 1000);
    unsigned char *base = reader->base;
    assert_ptr_equal(weir_reader_room(reader, 1000), base + limit - 1000); /* moved, not grown */
    weir_drop(reader);
}

static void a_memory_reader_has_it_all(void **state)
{
    weir_reader *reader = weir_memory_reader("hello", 5);
    (void)state;
    assert_int_equal(weir_reader_size_hint(reader).upper, 5);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 5);
    expect(weir_poll_fill(reader, &test.cx, 6), WEIR_END, 5);
    weir_consume(reader, 5);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    assert_int_equal(weir_reader_size_hint(reader).upper, 0);
    weir_drop(reader);
    reader = weir_memory_reader(NULL, 0);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    weir_drop(reader);
}

static const char *somewhere(const weir_reader *reader, uint64_t *byte)
{
    (void)reader;
    (void)byte;
    return "/etc/somewhere";
}

static void errors_learn_their_place(void **state)
{
    static const weir_reader_ops placed = {
        .size = sizeof placed, .name = "placed", .poll_fill = lazy_poll_fill, .place = somewhere};
    static const weir_reader_ops over = {
        .size = sizeof over, .name = "over", .poll_fill = lazy_poll_fill};
    weir_error error = {0};
    (void)state;
    weir_reader *reader = weir_reader_new(sizeof(weir_reader), &placed);
    weir_reader_place(reader, &error);
    assert_string_equal(error.place, "/etc/somewhere");
    reader = weir_reader_over(reader, sizeof(weir_reader), &over);
    weir_reader_place(reader, &error);
    assert_string_equal(error.place, "/etc/somewhere");
    error.place[0] = '\0';
    weir_reader_place(reader, &error);
    assert_string_equal(error.place, "/etc/somewhere (over)");
    weir_drop(reader);
}

static void refused(void **state)
{
    (void)state;
    memory_begin(0, false);
    weir_reader *reader = one_byte_reader("abc", 3, false);
    reader =
        weir_reader_refuse(&reader->stage, WEIR_E_ARGUMENT, "less", "%s has %zu", "it", NULL, 9);
    assert_true(weir_stage_failed(&reader->stage));
    assert_true(weir_reader_reserve(reader, 1 << 20));
    expect(weir_poll_fill(reader, &test.cx, 1 << 20), WEIR_ERROR, 0);
    assert_string_equal(test.cx.error.message, "it has 9");
    assert_string_equal(test.cx.error.cure, "less");
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    weir_drop(reader);
    assert_int_equal(memory_end(), 0);
}

static void no_memory_at_all(void **state)
{
    (void)state;
    memory_begin(1, true);
    weir_reader *reader = weir_memory_reader("abc", 3);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    weir_drop(reader);
    assert_int_equal(memory_end(), 0);
}

/* ---- for those who write readers ---- */

/* Passes on what its source has, but for what stands behind the first `limit` bytes. */
struct passing {
    weir_reader reader;
    weir_reader *source;
    uint64_t limit;
};

static weir_poll passing_poll_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct passing *self = WEIR_CONTAINER(reader, struct passing, reader);
    weir_reader_lend(reader, self->source);
    weir_poll got = weir_poll_fill(self->source, cx, min);
    weir_reader_lend(reader, self->source);
    uint64_t left = self->limit - reader->offset;
    if (reader->end - reader->begin < left)
        return got;
    reader->end = reader->begin + (size_t)left;
    return got.state == WEIR_READY ? (weir_poll){got.n, WEIR_END} : got;
}

static const weir_reader_ops passing_ops = {
    .size = sizeof passing_ops, .name = "passing", .poll_fill = passing_poll_fill};

static weir_reader *passing(weir_reader *source, uint64_t limit)
{
    weir_reader *reader = weir_reader_over(source, sizeof(struct passing), &passing_ops);
    struct passing *self = WEIR_CONTAINER(reader, struct passing, reader);
    self->source = source;
    self->limit = limit;
    reader->offset = source->offset;
    return reader;
}

/* What is consumed above is consumed below, as soon as it is asked again; nothing is copied. */
static void lent_bytes_are_the_source_s(void **state)
{
    struct script script = {0};
    size_t n, below;
    (void)state;
    weir_reader *source = script_reader(&script, "\"abc\" P \"defg\" !7 \"h\" $");
    weir_reader *reader = passing(source, 99);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 3);
    assert_ptr_equal(weir_peek(reader, &n), weir_peek(source, &below));
    assert_true(n == 3 && below == 3);
    weir_consume(reader, 2);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 1); /* in hand: nobody is asked */
    assert_int_equal(source->offset, 0);
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_PENDING, 0);
    assert_int_equal(source->offset, 2);
    assert_memory_equal(weir_peek(reader, &n), "c", 1); /* it still stands there */
    assert_int_equal(doubles_wake_one(), 1);
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_READY, 5);
    assert_memory_equal(weir_peek(reader, &n), "cdefg", 5);
    weir_consume(reader, 5);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_string_equal(test.cx.error.trail[0], "script");
    assert_string_equal(test.cx.error.trail[1], "passing");
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 1);
    weir_consume(reader, 1);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    assert_int_equal(source->offset, 8);
    assert_int_equal(reader->offset, 8);
    assert_int_equal(weir_stage_n(&source->stage), 8);
    weir_drop(reader);
}

static void lent_bytes_may_be_fewer(void **state)
{
    (void)state;
    for (uint64_t limit = 0; limit <= 9; limit++) {
        for (size_t piece = 1; piece <= 9; piece += 4) {
            weir_error error;
            memory_begin(0, false);
            weir_reader *reader = passing(pieces_reader("abcdefgh", 8, piece), limit);
            struct bytes got = reader_bytes(reader, &error);
            assert_int_equal(got.state, WEIR_END);
            assert_int_equal(got.n, limit < 8 ? limit : 8);
            assert_memory_equal(got.data ? (char *)got.data : "", "abcdefgh", got.n);
            free(got.data);
            assert_int_equal(memory_end(), 0);
        }
    }
}

/* One that begins in the middle counts from there. */
static void lending_begins_anywhere(void **state)
{
    size_t n;
    (void)state;
    weir_reader *source = weir_memory_reader("abcdef", 6);
    weir_consume(source, 2);
    weir_reader *reader = passing(source, 99);
    assert_int_equal(reader->offset, 2);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 4);
    assert_memory_equal(weir_peek(reader, &n), "cdef", 4);
    weir_consume(reader, 3);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 1);
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_END, 1);
    assert_int_equal(source->offset, 5);
    weir_drop(reader);
}

/* Whether bytes behind the end may be read is the source's to say. */
static void padding_is_lent_too(void **state)
{
    (void)state;
    weir_reader *reader = passing(weir_memory_reader("abc", 3), 99);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 3);
    assert_false(reader->stage.padded);
    weir_drop(reader);
    reader = passing(pieces_reader("abc", 3, 3), 99);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 3);
    assert_int_equal(reader->stage.padded, weir_source_reader((weir_stream *)reader)->stage.padded);
    weir_drop(reader);
}

static void failing_says_where(void **state)
{
    static const weir_reader_ops placed = {
        .size = sizeof placed, .name = "placed", .poll_fill = lazy_poll_fill, .place = somewhere};
    static const weir_reader_ops over = {
        .size = sizeof over, .name = "over", .poll_fill = lazy_poll_fill};
    (void)state;
    weir_error *error = &test.cx.error;
    weir_reader *reader = weir_reader_new(sizeof(weir_reader), &placed);
    reader->offset = 42;
    expect(weir_fail_at(&test.cx, reader, WEIR_E_CORRUPT, "%d of %s", 3, "them"), WEIR_ERROR, 0);
    assert_string_equal(error->message, "3 of them");
    assert_string_equal(error->place, "/etc/somewhere");
    assert_int_equal(error->byte, 42);
    assert_int_equal(error->code, WEIR_E_CORRUPT);
    assert_true(error->fatal);
    assert_true(error->record == WEIR_NOWHERE);
    reader = weir_reader_over(reader, sizeof(weir_reader), &over);
    reader->offset = 7; /* of what it makes: no offset in the file */
    weir_fail_at(&test.cx, reader, WEIR_E_TRUNCATED, "again: %s", error->message);
    assert_string_equal(error->message, "again: 3 of them");
    assert_string_equal(error->place, "/etc/somewhere (over)");
    assert_int_equal(error->byte, 7);
    weir_drop(reader);
    reader = weir_memory_reader("abc", 3);
    weir_consume(reader, 1);
    weir_fail_at(&test.cx, reader, WEIR_E_LIMIT, "nowhere");
    assert_string_equal(error->place, "");
    assert_int_equal(error->byte, 1);
    weir_drop(reader);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int bytes_reader(void)
{
    const struct CMUnitTest tests[] = {
        TEST(fill_gives_what_is_in_hand),
        TEST(after_a_fatal_error_only_the_end),
        TEST(more_than_was_reserved),
        TEST(reads_copy),
        TEST(it_is_called_again_within_the_budget),
        TEST(the_room_is_bounded),
        TEST(a_memory_reader_has_it_all),
        TEST(errors_learn_their_place),
        TEST(refused),
        TEST(lent_bytes_are_the_source_s),
        TEST(lent_bytes_may_be_fewer),
        TEST(lending_begins_anywhere),
        TEST(padding_is_lent_too),
        TEST(failing_says_where),
        TEST(no_memory_at_all),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
