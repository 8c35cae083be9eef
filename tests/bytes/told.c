/* What readers and writers tell of themselves: how much may come, how much they hold at most, where
 * their bytes are from, and whether there is room. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"
#include "weir/ready.h"

static struct test_cx test;

static int setup(void **state)
{
    (void)state;
    test_clock_begin();
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return 0;
}

static void take(weir_reader *reader, size_t n)
{
    weir_poll got = weir_poll_fill(reader, &test.cx, n);
    assert_true(got.n >= n);
    weir_consume(reader, n);
}

/* ---- how much may come ---- */

static void expect_hint(const weir_reader *reader, size_t lower, size_t upper)
{
    weir_hint got = weir_reader_size_hint(reader);
    if (got.lower != lower || got.upper != upper)
        fail_msg("%zu to %zu, %zu to %zu are expected", got.lower, got.upper, lower, upper);
}

static weir_reader *letters(void)
{
    return weir_memory_reader("abcdef", 6);
}

static void a_length_that_is_known(void **state)
{
    (void)state;
    weir_reader *lender = letters();
    weir_block *block = weir_block_new(0, 6);
    memcpy(block->data, "abcdef", 6);
    weir_reader *readers[] = {weir_reader_by_ref(lender), weir_buffer_bytes(letters(), 100),
                              weir_block_reader(block, 0, 6)};
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++) {
        expect_hint(readers[i], 6, 6);
        take(readers[i], 2);
        expect_hint(readers[i], 4, 4);
        weir_drop(readers[i]);
    }
    weir_drop(lender);
}

/* Of what has no length before its source is read, and of what never ends. */
static void a_length_that_is_not(void **state)
{
    (void)state;
    weir_reader *section = weir_section_reader(letters(), 1, 3);
    expect_hint(section, 0, 3);
    take(section, 1);
    expect_hint(section, 2, 2);
    weir_drop(section);
    section = weir_section_reader(letters(), 4, UINT64_MAX);
    expect_hint(section, 0, WEIR_HINT_UNKNOWN);
    weir_drop(section);
    weir_reader *ever = weir_repeat_reader('x');
    expect_hint(ever, SIZE_MAX, WEIR_HINT_UNKNOWN);
    take(ever, 1);
    expect_hint(ever, SIZE_MAX, WEIR_HINT_UNKNOWN);
    weir_drop(ever);
    ever = weir_chain_reader(weir_repeat_reader('x'), weir_repeat_reader('y'));
    expect_hint(ever, SIZE_MAX, WEIR_HINT_UNKNOWN);
    weir_drop(ever);
    ever = weir_buffer_bytes(weir_repeat_reader('x'), 10);
    expect_hint(ever, SIZE_MAX, WEIR_HINT_UNKNOWN);
    weir_drop(ever);
}

static void what_was_written_is_known(void **state)
{
    (void)state;
    weir_duplex ends[2], pipes[2];
    weir_duplex_pair(10, ends);
    pipes[0] = weir_byte_pipe(10);
    pipes[1] = (weir_duplex){ends[1].reader, ends[0].writer};
    for (int i = 0; i < 2; i++) {
        expect_hint(pipes[i].reader, 0, WEIR_HINT_UNKNOWN);
        assert_int_equal(weir_poll_write(pipes[i].writer, &test.cx, "abc", 3).n, 3);
        expect_hint(pipes[i].reader, 3, WEIR_HINT_UNKNOWN);
        assert_int_equal(weir_poll_close(pipes[i].writer, &test.cx).state, WEIR_END);
        expect_hint(pipes[i].reader, 3, 3);
    }
    weir_duplex_drop(pipes[0]);
    weir_duplex_drop(ends[0]);
    weir_duplex_drop(ends[1]);
}

/* ---- how much is held ---- */

static void no_more_is_held_than_is_told(void **state)
{
    (void)state;
    weir_vec vec = {0};
    memory_begin(0, false);
    weir_duplex pipe = weir_byte_pipe(1000), cursor = weir_cursor(&vec, 1000);
    weir_reader *lender = letters();
    weir_reader *readers[] = {pipe.reader,
                              cursor.reader,
                              lender,
                              weir_reader_by_ref(lender),
                              weir_buffer_bytes(letters(), 1000),
                              weir_section_reader(letters(), 1, 3),
                              weir_repeat_reader('x'),
                              weir_block_reader(weir_block_new(0, 100), 0, 100),
                              weir_chain_reader(letters(), letters()),
                              weir_chunks_reader(weir_reader_chunks(letters()))};
    weir_writer *writers[] = {pipe.writer, cursor.writer, weir_memory_writer(&vec, 100),
                              weir_null_writer()};
    static char bytes[100];
    size_t told = 0;
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        told += weir_memory_max(readers[i]);
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        told += weir_memory_max(writers[i]);
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        assert_int_equal(weir_poll_write(writers[i], &test.cx, bytes, 100).n, 100);
    for (size_t i = 0; i < sizeof readers / sizeof *readers; i++)
        weir_ignore(weir_poll_fill(readers[i], &test.cx, 3));
    if (memory.peak_bytes > told)
        fail_msg("%zu bytes, %zu were told", memory.peak_bytes, told);
    for (size_t i = sizeof readers / sizeof *readers; i--;)
        weir_drop(readers[i]);
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        weir_drop(writers[i]);
    weir_vec_drop(&vec);
    assert_int_equal(memory_end(), 0);
}

static void a_bound_that_is_none_is_told(void **state)
{
    (void)state;
    weir_vec vec = {0};
    /* weir-lint: allow(unbounded) that it is told is what is looked at */
    weir_writer *writer = weir_memory_writer(&vec, SIZE_MAX);
    assert_int_equal(weir_memory_max(writer), SIZE_MAX);
    weir_drop(writer);
    weir_duplex cursor = weir_cursor(&vec, SIZE_MAX);
    assert_int_equal(weir_memory_max(cursor.writer), SIZE_MAX);
    weir_duplex_drop(cursor);
    weir_vec_drop(&vec);
}

/* ---- whether there is room ---- */

static void see_nothing(void *arg, const void *bytes, size_t n)
{
    (void)bytes, (void)n, (void)arg;
}

static weir_writer *many_over(weir_writer *below)
{
    return weir_multi_writer((weir_writer *[]){below, weir_null_writer()}, 2);
}

static weir_writer *timed_over(weir_writer *below)
{
    return weir_write_timeout(below, 1000);
}

static weir_writer *seen_over(weir_writer *below)
{
    return weir_inspect_writer(below, see_nothing, NULL);
}

static weir_writer *lent_over(weir_writer *below)
{
    return weir_writer_by_ref(below);
}

static weir_writer *(*const over[])(weir_writer *below) = {many_over, timed_over, seen_over,
                                                           lent_over};

/* It is asked of the writer below, also when it has some again. */
static void room_is_that_of_the_writer_below(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof over / sizeof *over; i++) {
        weir_duplex pipe = weir_byte_pipe(4);
        weir_writer *writer = over[i](pipe.writer);
        assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_READY);
        assert_int_equal(weir_poll_write(writer, &test.cx, "abcd", 4).n, 4);
        test_cx_turn(&test);
        assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_PENDING);
        assert_int_equal(test.waker->wakes, 0);
        take(pipe.reader, 4);
        assert_int_equal(test.waker->wakes, 1);
        assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_READY);
        weir_drop(writer);
        if (over[i] == lent_over)
            weir_drop(pipe.writer);
        weir_drop(pipe.reader);
    }
}

/* Where one of several is behind, the others wait for it. */
static void room_is_that_of_the_slowest(void **state)
{
    (void)state;
    weir_duplex wide = weir_byte_pipe(100), narrow = weir_byte_pipe(4);
    weir_writer *writer = weir_multi_writer((weir_writer *[]){wide.writer, narrow.writer}, 2);
    assert_int_equal(weir_poll_write(writer, &test.cx, "abcdef", 6).n, 6);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_PENDING);
    take(narrow.reader, 4);
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_READY);
    take(narrow.reader, 2);
    weir_drop(narrow.reader);
    weir_drop(wide.reader);
    weir_drop(writer);
    writer = weir_multi_writer(NULL, 0);
    assert_int_equal(weir_poll_room(writer, &test.cx).state, WEIR_READY);
    weir_drop(writer);
}

static void a_reserve_goes_to_who_has_the_bytes(void **state)
{
    (void)state;
    weir_reader *lender = pieces_reader("abcdefgh", 8, 1);
    weir_reader *reader = weir_reader_by_ref(lender);
    assert_true(weir_reader_reserve(reader, 8));
    take(reader, 8);
    weir_drop(reader);
    weir_drop(lender);
    reader = weir_section_reader(letters(), 1, 4);
    assert_true(weir_reader_reserve(reader, 4));
    take(reader, 4);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    weir_drop(reader);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int bytes_told(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_length_that_is_known),       TEST(a_length_that_is_not),
        TEST(what_was_written_is_known),    TEST(no_more_is_held_than_is_told),
        TEST(a_bound_that_is_none_is_told), TEST(room_is_that_of_the_writer_below),
        TEST(room_is_that_of_the_slowest),  TEST(a_reserve_goes_to_who_has_the_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
