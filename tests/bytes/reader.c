/* The reader wrapper, its buffer, and the memory reader. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

static struct test_cx test;

static int setup(void **state)
{
    (void)state;
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return 0;
}

static void expect(weir_poll got, weir_state wanted, uint32_t n)
{
    assert_int_equal(got.state, wanted);
    assert_int_equal(got.n, n);
}

static void fill_gives_what_is_in_hand(void **state)
{
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"ab\" P \"cde\" $ #");
    (void)state;
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 2);
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_READY, 2);
    assert_int_equal(script.polls, 1);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_PENDING, 0);
    assert_int_equal(reader->stage.waits, 1);
    assert_int_equal(doubles_wake_one(), 1);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_READY, 5);
    weir_consume(reader, 1);
    assert_int_equal(reader->offset, 1);
    assert_int_equal(reader->stage.n, 1);
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
    *room = (unsigned char)reader->stage.polls;
    reader->end++;
    return (weir_poll){0, WEIR_READY};
}

static void it_is_called_again_within_the_budget(void **state)
{
    static const weir_reader_ops ops = {.name = "lazy", .poll_fill = lazy_poll_fill};
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
    static const weir_reader_ops ops = {.name = "lazy", .poll_fill = lazy_poll_fill};
    weir_reader *reader = weir_reader_new(sizeof(weir_reader), &ops);
    size_t limit = WEIR_RESERVE_BYTES + WEIR_BLOCK_BYTES;
    (void)state;
    assert_false(reader->owns_base);
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
        .name = "placed", .poll_fill = lazy_poll_fill, .place = somewhere};
    static const weir_reader_ops over = {.name = "over", .poll_fill = lazy_poll_fill};
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
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
        TEST(no_memory_at_all),
    };
    return cmocka_run_group_tests_name("reader", tests, NULL, NULL);
}
