/* Readers over readers that pass their bytes on as they stand, and readers from nowhere. */

#include <stdlib.h>
#include <string.h>

#include "one_cx.h"

static void expect_hand(const weir_reader *reader, const char *wanted)
{
    size_t n;
    const unsigned char *bytes = weir_peek(reader, &n);
    assert_int_equal(n, strlen(wanted));
    assert_memory_equal(bytes, wanted, n);
}

/* All that it gives, and how it ends. */
static void expect_all(weir_reader *reader, const char *wanted, weir_state end, weir_code code)
{
    weir_error error;
    struct bytes all = reader_bytes(reader, &error);
    assert_int_equal(all.n, strlen(wanted));
    if (all.n)
        assert_memory_equal(all.data, wanted, all.n);
    assert_int_equal(all.state, end);
    if (end == WEIR_ERROR)
        assert_int_equal(error.code, code);
    free(all.data);
}

/* ---- take ---- */

static void take_ends_without_asking(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader = weir_take_reader(script_reader(&script, "#"), 0);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    weir_drop(reader);
    script = (struct script){0};
    reader = weir_take_reader(script_reader(&script, "\"hello world\" #"), 4);
    assert_int_equal(weir_reader_size_hint(reader).upper, 4);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_READY, 4);
    expect(weir_poll_fill(reader, &test.cx, 6), WEIR_END, 4);
    expect_hand(reader, "hell");
    weir_consume(reader, 4);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_END, 0);
    weir_drop(reader);
}

static void take_of_any_cut(void **state)
{
    static const char bytes[] = "0123456789";
    (void)state;
    for (size_t piece = 1; piece < 12; piece++)
        for (size_t n = 0; n < 12; n++) {
            char wanted[12] = "";
            memcpy(wanted, bytes, n < 10 ? n : 10);
            weir_reader *source = waiting_reader(bytes, 10, piece, n % 3);
            expect_all(weir_take_reader(source, n), wanted, WEIR_END, WEIR_OK);
        }
    expect_all(weir_take_reader(weir_memory_reader(bytes, 10), UINT64_MAX), bytes, WEIR_END,
               WEIR_OK);
}

static void take_passes_an_error_and_goes_on(void **state)
{
    struct script script = {0};
    (void)state;
    weir_reader *reader = weir_take_reader(script_reader(&script, "\"ab\" !7 P* \"cdef\" #"), 5);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.number, 7);
    expect_hand(reader, "ab");
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_PENDING, 0);
    expect(weir_poll_fill(reader, &test.cx, 6), WEIR_END, 5);
    expect_hand(reader, "abcde");
    weir_drop(reader);
}

/* ---- limit ---- */

static void limit_is_an_error_beyond(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 8; piece++) {
        expect_all(weir_limit_reader(pieces_reader("abcdef", 6, piece), 6), "abcdef", WEIR_END,
                   WEIR_OK);
        expect_all(weir_limit_reader(pieces_reader("abcdef", 6, piece), 5), "abcde", WEIR_ERROR,
                   WEIR_E_LIMIT);
        expect_all(weir_limit_reader(pieces_reader("abcdef", 6, piece), 0), "", WEIR_ERROR,
                   WEIR_E_LIMIT);
    }
    expect_all(weir_limit_reader(weir_memory_reader("a", 1), UINT64_MAX), "a", WEIR_END, WEIR_OK);
}

static void limit_says_where(void **state)
{
    (void)state;
    weir_reader *reader = weir_limit_reader(weir_memory_reader("abcdef", 6), 4);
    expect(weir_poll_fill(reader, &test.cx, 5), WEIR_ERROR, 0);
    assert_string_equal(test.cx.error.message, "more than bytes_max = 4 bytes");
    assert_int_equal(test.cx.error.byte, 4);
    expect(weir_poll_fill(reader, &test.cx, 5), WEIR_END, 4); /* these are still to be had */
    weir_drop(reader);
}

/* ---- by_ref ---- */

static void by_ref_leaves_the_rest(void **state)
{
    struct script script = {0};
    weir_reader *reader = script_reader(&script, "\"abcdef\" P* \"gh\" $");
    (void)state;
    weir_reader *some = weir_take_reader(weir_reader_by_ref(reader), 3);
    expect(weir_poll_fill(some, &test.cx, 1), WEIR_READY, 3);
    weir_consume(some, 2); /* the third was seen, not used */
    weir_drop(some);
    assert_int_equal(script.finis, 0);
    assert_int_equal(reader->offset, 2);
    expect_hand(reader, "cdef");
    some = weir_reader_by_ref(reader);
    expect(weir_poll_fill(some, &test.cx, 5), WEIR_PENDING, 0);
    weir_drop(some);
    expect(weir_poll_fill(reader, &test.cx, 5), WEIR_READY, 6);
    some = weir_reader_by_ref(reader);
    expect(weir_poll_fill(some, &test.cx, 9), WEIR_END, 6);
    assert_int_equal(some->offset, 2);
    weir_drop(some);
    expect_all(reader, "cdefgh", WEIR_END, WEIR_OK);
}

static void lines_of_a_part(void **state)
{
    weir_line line;
    weir_reader *reader = weir_memory_reader("a\nbc\nrest", 9);
    (void)state;
    weir_stream *lines = weir_take(weir_lines(weir_reader_by_ref(reader), 99), 2);
    for (int i = 0; i < 2; i++)
        assert_int_equal(weir_poll_next(lines, &test.cx, &line, 1).n, 1);
    weir_drop(lines);
    expect_hand(reader, "rest");
    weir_drop(reader);
}

static weir_reader *timed(weir_reader *source)
{
    return weir_read_timeout(source, 1000);
}

static weir_reader *slowed(weir_reader *source)
{
    return weir_rate_bytes(source, 1000, 1000);
}

static void ignore(void *arg, const weir_metered *metered)
{
    (void)arg;
    (void)metered;
}

static weir_reader *metered(weir_reader *source)
{
    return weir_meter(source, ignore, NULL, 1000);
}

/* What was read over it is not read again. */
static void by_ref_goes_on_behind_what_was_read(void **state)
{
    static weir_reader *(*const overs[])(weir_reader * source) = {timed, slowed, metered};
    (void)state;
    for (size_t i = 0; i < sizeof overs / sizeof *overs; i++) {
        char bytes[3];
        weir_reader *reader = weir_memory_reader("abcdef", 6);
        weir_reader *over = overs[i](weir_reader_by_ref(reader));
        test_clock_begin();
        expect(weir_poll_read(over, &test.cx, bytes, 3), WEIR_READY, 3);
        assert_memory_equal(bytes, "abc", 3);
        weir_drop(over);
        expect(weir_poll_read(reader, &test.cx, bytes, 3), WEIR_READY, 3);
        assert_memory_equal(bytes, "def", 3);
        weir_drop(reader);
    }
}

static void by_ref_of_a_failed_one(void **state)
{
    weir_reader *reader = weir_reader_refused(WEIR_E_ARGUMENT, NULL, "no", NULL, NULL, 0);
    (void)state;
    expect_all(weir_reader_by_ref(reader), "", WEIR_ERROR, WEIR_E_ARGUMENT);
    weir_drop(reader);
}

/* ---- inspect ---- */

struct seen {
    char bytes[64];
    size_t n;
    unsigned calls;
};

static void see(void *arg, const void *bytes, size_t n)
{
    struct seen *seen = arg;
    assert_true(n > 0);
    memcpy(seen->bytes + seen->n, bytes, n);
    seen->n += n;
    seen->calls++;
}

static void each_byte_is_seen_once(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 12; piece++) {
        struct seen seen = {0};
        weir_reader *source = waiting_reader("0123456789", 10, piece, 1);
        expect_all(weir_inspect_reader(source, see, &seen), "0123456789", WEIR_END, WEIR_OK);
        assert_int_equal(seen.n, 10);
        assert_memory_equal(seen.bytes, "0123456789", 10);
        assert_int_equal(seen.calls, (10 + piece - 1) / piece);
    }
    struct seen seen = {0};
    weir_reader *reader = weir_inspect_reader(pieces_reader("abcdef", 6, 2), see, &seen);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 2);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_READY, 4);
    weir_consume(reader, 1);
    expect(weir_poll_fill(reader, &test.cx, 4), WEIR_READY, 5);
    assert_memory_equal(seen.bytes, "abcdef", 6);
    assert_int_equal(seen.n, 6);
    weir_drop(reader);
}

/* ---- several, none, one byte, a block ---- */

static void several_one_after_the_other(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 9; n++) {
        weir_reader *readers[9];
        struct script scripts[9] = {0};
        for (size_t i = 0; i < n; i++) {
            char text[] = "\"a0\" P* \"-\" $";
            text[1] = (char)('a' + i);
            readers[i] = script_reader(&scripts[i], text);
        }
        char wanted[40] = "";
        for (size_t i = 0; i < n; i++)
            memcpy(wanted + 3 * i, (char[]){(char)('a' + i), '0', '-'}, 3);
        expect_all(weir_multi_reader(readers, n), wanted, WEIR_END, WEIR_OK);
        for (size_t i = 0; i < n; i++)
            assert_int_equal(scripts[i].finis, 1);
    }
}

/* A thousand of them are ten deep. */
static void many_are_not_deep(void **state)
{
    enum { MANY = 1024 };
    static weir_reader *readers[MANY];
    (void)state;
    for (size_t i = 0; i < MANY; i++)
        readers[i] = weir_memory_reader("x", 1);
    weir_reader *all = weir_multi_reader(readers, MANY);
    assert_in_range(all->stage.depth, 1, 12);
    weir_error error;
    struct bytes bytes = reader_bytes(all, &error);
    assert_int_equal(bytes.n, MANY);
    free(bytes.data);
}

static void one_failed_of_several(void **state)
{
    weir_reader *readers[3];
    struct script script = {0};
    (void)state;
    readers[0] = script_reader(&script, "\"a\" $");
    readers[1] = weir_reader_refused(WEIR_E_ARGUMENT, NULL, "no", NULL, NULL, 0);
    readers[2] = weir_memory_reader("b", 1);
    expect_all(weir_multi_reader(readers, 3), "", WEIR_ERROR, WEIR_E_ARGUMENT);
    assert_int_equal(script.finis, 1);
}

static void nothing_and_for_ever(void **state)
{
    (void)state;
    expect_all(weir_empty_reader(), "", WEIR_END, WEIR_OK);
    expect_all(weir_take_reader(weir_repeat_reader('y'), 10), "yyyyyyyyyy", WEIR_END, WEIR_OK);
    weir_reader *reader = weir_repeat_reader('y');
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_READY);
    weir_consume(reader, 100);
    assert_true(weir_reader_reserve(reader, 100000));
    assert_int_equal(weir_poll_fill(reader, &test.cx, 100000).state, WEIR_READY);
    size_t n;
    const unsigned char *bytes = weir_peek(reader, &n);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(bytes[i], 'y');
    assert_true(weir_memory_max(reader) >= n);
    weir_drop(reader);
}

static weir_block *block_of(const char *text)
{
    weir_block *block = weir_block_new(0, strlen(text));
    memcpy(block->data, text, strlen(text));
    return block;
}

static void a_range_of_a_block(void **state)
{
    (void)state;
    memory_begin(0, false);
    expect_all(weir_block_reader(block_of("abcdef"), 2, 3), "cde", WEIR_END, WEIR_OK);
    expect_all(weir_block_reader(block_of("abcdef"), 6, 0), "", WEIR_END, WEIR_OK);
    expect_all(weir_block_reader(block_of("abcdef"), 6, 1), "", WEIR_ERROR, WEIR_E_ARGUMENT);
    expect_all(weir_block_reader(block_of("abcdef"), 7, 0), "", WEIR_ERROR, WEIR_E_ARGUMENT);
    expect_all(weir_block_reader(block_of("abcdef"), SIZE_MAX, SIZE_MAX), "", WEIR_ERROR,
               WEIR_E_ARGUMENT);
    weir_block *block = block_of("abcdef");
    weir_reader *reader = weir_block_reader(weir_block_ref(block), 0, 6);
    assert_ptr_equal(reader->block, block);
    expect(weir_poll_fill(reader, &test.cx, 7), WEIR_END, 6);
    weir_consume(reader, 6);
    weir_drop(reader);
    assert_int_equal(block->refs, 1);
    weir_block_unref(block);
    assert_int_equal(memory_end(), 0);
}

/* ---- each of them ---- */

static weir_reader *take(weir_reader *source)
{
    return weir_take_reader(source, 6);
}

static weir_reader *limit(weir_reader *source)
{
    return weir_limit_reader(source, 6);
}

static struct seen ignored;

static weir_reader *inspect(weir_reader *source)
{
    ignored.n = 0;
    return weir_inspect_reader(source, see, &ignored);
}

static weir_reader *tee(weir_reader *source)
{
    return weir_tee_reader(source, weir_null_writer());
}

static weir_reader *chunks(weir_reader *source)
{
    return weir_chunks_reader(weir_reader_chunks(source));
}

static const struct {
    weir_reader *(*over)(weir_reader *source);
    bool lends; /* the source's own bytes */
} over[] = {{take, true}, {limit, true}, {inspect, true}, {tee, true}, {chunks, false}};

enum { OVER = sizeof over / sizeof over[0] };

static void each_passes_what_it_gets(void **state)
{
    (void)state;
    for (size_t i = 0; i < OVER; i++)
        for (size_t piece = 1; piece < 8; piece++) {
            expect_all(over[i].over(waiting_reader("abcdef", 6, piece, piece % 3)), "abcdef",
                       WEIR_END, WEIR_OK);
            expect_all(over[i].over(weir_reader_refused(WEIR_E_LIMIT, NULL, "", NULL, NULL, 0)), "",
                       WEIR_ERROR, WEIR_E_LIMIT);
        }
}

static void each_is_asked_for_more_than_one_fill_brings(void **state)
{
    (void)state;
    for (size_t i = 0; i < OVER; i++)
        for (uint32_t min = 1; min <= 6; min++) {
            weir_reader *reader = over[i].over(pieces_reader("abcdef", 6, 1));
            test_cx_turn(&test);
            weir_poll got = weir_poll_fill(reader, &test.cx, min);
            expect(got, WEIR_READY, min);
            expect_hand(reader,
                        (const char *[]){"a", "ab", "abc", "abcd", "abcde", "abcdef"}[min - 1]);
            expect(weir_poll_fill(reader, &test.cx, 7), WEIR_END, 6);
            expect_hand(reader, "abcdef");
            weir_drop(reader);
        }
}

static void each_without_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < OVER; i++)
        for (unsigned long k = 1; k < 30; k++) {
            weir_error error;
            memory_begin(k, true);
            struct bytes all = reader_bytes(over[i].over(pieces_reader("abcdef", 6, 2)), &error);
            bool failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            free(all.data);
            assert_int_equal(all.state, failed ? WEIR_ERROR : WEIR_END);
            if (failed)
                assert_int_equal(error.code, WEIR_E_MEMORY);
            else
                break;
        }
}

static void each_is_dropped_while_it_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < OVER; i++) {
        struct script script = {0};
        weir_reader *reader = over[i].over(script_reader(&script, "\"ab\" P~"));
        expect(weir_poll_fill(reader, &test.cx, 3), WEIR_PENDING, 0);
        test_cx_turn(&test);
        expect(weir_poll_fill(reader, &test.cx, 3), WEIR_PENDING, 0);
        weir_drop(reader);
        assert_int_equal(script.finis, 1);
        assert_int_equal(test_waker_others(test.waker), 0);
    }
}

static void each_tells_what_is_reserved_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < OVER; i++) {
        weir_reader *source = pieces_reader("abcdef", 6, 1);
        weir_reader *reader = over[i].over(source);
        assert_true(weir_reader_reserve(reader, 100000));
        if (over[i].lends)
            assert_int_equal(source->reserve, 100000);
        assert_int_equal(weir_poll_fill(reader, &test.cx, 50000).state, WEIR_END);
        weir_drop(reader);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int bytes_readers(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(take_ends_without_asking),
        TEST(take_of_any_cut),
        TEST(take_passes_an_error_and_goes_on),
        TEST(limit_is_an_error_beyond),
        TEST(limit_says_where),
        TEST(by_ref_leaves_the_rest),
        TEST(lines_of_a_part),
        TEST(by_ref_goes_on_behind_what_was_read),
        TEST(by_ref_of_a_failed_one),
        TEST(each_byte_is_seen_once),
        TEST(several_one_after_the_other),
        TEST(many_are_not_deep),
        TEST(one_failed_of_several),
        TEST(nothing_and_for_ever),
        TEST(a_range_of_a_block),
        TEST(each_passes_what_it_gets),
        TEST(each_is_asked_for_more_than_one_fill_brings),
        TEST(each_without_memory),
        TEST(each_is_dropped_while_it_waits),
        TEST(each_tells_what_is_reserved_and_where),
    };
    return cmocka_run_group_tests_name("readers", tests, NULL, NULL);
}
