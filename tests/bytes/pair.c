/* Ends in memory: pairs and pipes. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>

#include "doubles.h"

static struct test_cx test, other;

static int setup(void **state)
{
    (void)state;
    memory_begin(0, false);
    test_cx_init(&test);
    test_cx_init(&other);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    test_cx_fini(&other);
    return memory_end() != 0;
}

static void expect(weir_poll got, weir_state wanted, uint32_t n)
{
    assert_int_equal(got.state, wanted);
    assert_int_equal(got.n, n);
}

static void writes(weir_writer *writer, const char *text, uint32_t taken)
{
    expect(weir_poll_write(writer, &test.cx, text, strlen(text)), WEIR_READY, taken);
}

/* One fill, whose bytes are consumed. */
static void reads(weir_reader *reader, const char *text)
{
    size_t n;
    expect(weir_poll_fill(reader, &other.cx, 1), WEIR_READY, (uint32_t)strlen(text));
    assert_memory_equal(weir_peek(reader, &n), text, strlen(text));
    weir_consume(reader, n);
}

static void both_directions_carry(void **state)
{
    weir_duplex ends[2];
    (void)state;
    weir_duplex_pair(8, ends);
    writes(ends[0].writer, "ask", 3);
    writes(ends[1].writer, "answer", 6);
    reads(ends[1].reader, "ask");
    reads(ends[0].reader, "answer");
    weir_duplex_drop(ends[0]);
    weir_duplex_drop(ends[1]);
}

static void a_full_direction_waits_for_a_fill(void **state)
{
    (void)state;
    weir_duplex pipe = weir_byte_pipe(4);
    writes(pipe.writer, "abcdef", 4);
    expect(weir_poll_write(pipe.writer, &test.cx, "ef", 2), WEIR_PENDING, 0);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_ROOM);
    assert_int_equal(test.waker->wakes, 0);
    expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_READY, 4);
    assert_int_equal(test.waker->wakes, 1);
    writes(pipe.writer, "ef", 2);
    reads(pipe.reader, "abcd");
    reads(pipe.reader, "ef");
    weir_duplex_drop(pipe);
}

static void an_empty_direction_waits_for_a_write(void **state)
{
    (void)state;
    weir_duplex pipe = weir_byte_pipe(4);
    expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_PENDING, 0);
    assert_int_equal(other.cx.wait_for, WEIR_WAIT_ITEM);
    writes(pipe.writer, "ab", 2);
    assert_int_equal(other.waker->wakes, 1);
    reads(pipe.reader, "ab");
    weir_duplex_drop(pipe);
}

/* A wait may be asked again, by somebody else too: the latest alone is woken, and once. */
static void the_latest_waker_is_woken(void **state)
{
    (void)state;
    weir_duplex pipe = weir_byte_pipe(1);
    expect(weir_poll_fill(pipe.reader, &test.cx, 1), WEIR_PENDING, 0);
    expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_PENDING, 0);
    expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_PENDING, 0);
    writes(pipe.writer, "a", 1);
    expect(weir_poll_write(pipe.writer, &other.cx, "b", 1), WEIR_PENDING, 0);
    expect(weir_poll_write(pipe.writer, &test.cx, "b", 1), WEIR_PENDING, 0);
    assert_int_equal(other.waker->wakes, 1);
    assert_int_equal(test.waker->wakes, 0);
    expect(weir_poll_fill(pipe.reader, &test.cx, 1), WEIR_READY, 1);
    expect(weir_poll_fill(pipe.reader, &test.cx, 1), WEIR_READY, 1);
    assert_int_equal(other.waker->wakes, 1);
    assert_int_equal(test.waker->wakes, 1);
    weir_duplex_drop(pipe);
}

/* More at once than the road has room for: it comes in parts. */
static void a_long_piece_is_put_together(void **state)
{
    (void)state;
    size_t n;
    weir_duplex pipe = weir_byte_pipe(3);
    writes(pipe.writer, "abcd", 3);
    expect(weir_poll_fill(pipe.reader, &other.cx, 5), WEIR_PENDING, 0);
    writes(pipe.writer, "defg", 3);
    expect(weir_poll_fill(pipe.reader, &other.cx, 5), WEIR_READY, 6);
    assert_memory_equal(weir_peek(pipe.reader, &n), "abcdef", 6);
    weir_consume(pipe.reader, 2);
    writes(pipe.writer, "ghi", 3);
    expect(weir_poll_fill(pipe.reader, &other.cx, 6), WEIR_READY, 7);
    assert_memory_equal(weir_peek(pipe.reader, &n), "cdefghi", 7);
    weir_duplex_drop(pipe);
}

/* What the reader has in hand takes no room, and stands still. */
static void bytes_in_hand_stand_still(void **state)
{
    (void)state;
    size_t n;
    weir_duplex pipe = weir_byte_pipe(4);
    writes(pipe.writer, "abcd", 4);
    expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_READY, 4);
    const unsigned char *bytes = weir_peek(pipe.reader, &n);
    writes(pipe.writer, "efgh", 4);
    assert_memory_equal(bytes, "abcd", 4);
    weir_consume(pipe.reader, 4);
    reads(pipe.reader, "efgh");
    weir_duplex_drop(pipe);
}

/* A reader that keeps the block of what it passed on. */
static void a_block_may_be_kept(void **state)
{
    (void)state;
    size_t n;
    weir_duplex pipe = weir_byte_pipe(4);
    writes(pipe.writer, "abcd", 4);
    expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_READY, 4);
    weir_block *kept = weir_block_ref(pipe.reader->block);
    const unsigned char *bytes = weir_peek(pipe.reader, &n);
    weir_consume(pipe.reader, n);
    writes(pipe.writer, "efgh", 4);
    reads(pipe.reader, "efgh");
    assert_memory_equal(bytes, "abcd", 4);
    weir_duplex_drop(pipe);
    assert_memory_equal(bytes, "abcd", 4);
    weir_block_unref(kept);
}

static void pieces_fill_it_in_order(void **state)
{
    (void)state;
    char ab[] = "ab", cde[] = "cde", fg[] = "fg";
    const struct iovec pieces[] = {{ab, 2}, {NULL, 0}, {cde, 3}, {fg, 2}};
    weir_duplex pipe = weir_byte_pipe(6);
    expect(weir_poll_writev(pipe.writer, &test.cx, pieces, 4), WEIR_READY, 6);
    reads(pipe.reader, "abcdef");
    weir_duplex_drop(pipe);
}

static void an_idle_one_holds_no_memory(void **state)
{
    (void)state;
    weir_duplex ends[2];
    weir_duplex_pair(1 << 20, ends);
    unsigned long live = memory.live;
    assert_int_equal(live, 1);
    writes(ends[0].writer, "a", 1);
    reads(ends[1].reader, "a");
    expect(weir_poll_fill(ends[1].reader, &other.cx, 1), WEIR_PENDING, 0);
    assert_int_equal(memory.live, live);
    weir_duplex_drop(ends[0]);
    weir_duplex_drop(ends[1]);
}

/* ---- ends ---- */

typedef void leave(weir_writer *writer);

static void close_and_drop(weir_writer *writer)
{
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    weir_drop(writer);
}

static void just_drop(weir_writer *writer)
{
    weir_drop(writer);
}

static void give_up(weir_writer *writer)
{
    weir_duplex_abort((weir_duplex){.writer = writer});
}

static void give_up_with(weir_writer *writer)
{
    weir_error error;
    weir_error_set(&error, WEIR_E_USER, "the cat was faster");
    error.number = 7;
    weir_close_with_error(writer, &error);
}

static void close_and_give_up(weir_writer *writer)
{
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    give_up_with(writer);
}

/* The reader waits, or has bytes left, when the writer leaves. */
static void leaving_is_told_behind_all_bytes(void **state)
{
    static const struct {
        leave *leave;
        weir_state last;
        weir_code code;
        const char *message;
    } rows[] = {
        {close_and_drop, WEIR_END, WEIR_OK, NULL},
        {just_drop, WEIR_END, WEIR_OK, NULL},
        {give_up, WEIR_ERROR, WEIR_E_CLOSED, "the other side gave up after it had written 2 bytes"},
        {give_up_with, WEIR_ERROR, WEIR_E_USER, "the cat was faster"},
        {close_and_give_up, WEIR_END, WEIR_OK, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        for (int waits = 0; waits < 2; waits++) {
            weir_duplex pipe = weir_byte_pipe(4);
            test_cx_turn(&other);
            writes(pipe.writer, "ab", 2);
            if (waits) {
                reads(pipe.reader, "ab");
                expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_PENDING, 0);
            }
            rows[i].leave(pipe.writer);
            assert_int_equal(other.waker->wakes, waits);
            if (!waits)
                reads(pipe.reader, "ab");
            expect(weir_poll_fill(pipe.reader, &other.cx, 1), rows[i].last, 0);
            if (rows[i].message) {
                assert_int_equal(other.cx.error.code, rows[i].code);
                assert_string_equal(other.cx.error.message, rows[i].message);
            }
            expect(weir_poll_fill(pipe.reader, &other.cx, 1), WEIR_END, 0);
            weir_drop(pipe.reader);
        }
    }
}

/* A writer after an error of its own. */
static void an_error_that_passed_is_a_reset(void **state)
{
    (void)state;
    weir_duplex ends[2];
    weir_duplex_pair(4, ends);
    memory.fail_at = memory.calls + 1;
    expect(weir_poll_write(ends[0].writer, &test.cx, "a", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
    weir_duplex_drop(ends[0]);
    expect(weir_poll_fill(ends[1].reader, &other.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(other.cx.error.code, WEIR_E_CLOSED);
    weir_duplex_drop(ends[1]);
}

static void one_direction_may_end_alone(void **state)
{
    (void)state;
    weir_duplex ends[2];
    weir_duplex_pair(4, ends);
    expect(weir_poll_close(ends[0].writer, &test.cx), WEIR_END, 0);
    expect(weir_poll_fill(ends[1].reader, &other.cx, 1), WEIR_END, 0);
    writes(ends[1].writer, "ab", 2);
    reads(ends[0].reader, "ab");
    weir_duplex_drop(ends[0]);
    weir_duplex_drop(ends[1]);
}

static void a_writer_without_a_reader_is_told(void **state)
{
    (void)state;
    for (int full = 0; full < 2; full++) {
        test_cx_turn(&test);
        weir_duplex pipe = weir_byte_pipe(2);
        writes(pipe.writer, full ? "ab" : "a", full ? 2 : 1);
        if (full)
            expect(weir_poll_write(pipe.writer, &test.cx, "c", 1), WEIR_PENDING, 0);
        weir_drop(pipe.reader);
        assert_int_equal(test.waker->wakes, full);
        expect(weir_poll_write(pipe.writer, &test.cx, "c", 1), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
        weir_drop(pipe.writer);
    }
}

static void halves_know_each_other(void **state)
{
    (void)state;
    weir_duplex ends[2], pipe = weir_byte_pipe(1), out;
    weir_duplex_pair(4, ends);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(weir_reunite(ends[i / 2].reader, ends[i % 2].writer, &out),
                         i / 2 == i % 2);
    assert_false(weir_reunite(pipe.reader, pipe.writer, &out));
    weir_duplex_drop(pipe);
    weir_duplex_drop(ends[0]);
    weir_duplex_drop(ends[1]);
}

/* Whoever waits and is dropped keeps nobody's waker; in every order. */
static void halves_are_dropped_while_they_wait(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        weir_duplex full = weir_byte_pipe(1), idle = weir_byte_pipe(1);
        writes(full.writer, "a", 1);
        expect(weir_poll_write(full.writer, &test.cx, "b", 1), WEIR_PENDING, 0);
        expect(weir_poll_fill(idle.reader, &other.cx, 1), WEIR_PENDING, 0);
        if (first)
            weir_drop(full.reader), weir_drop(full.writer);
        else
            weir_drop(full.writer), weir_drop(full.reader);
        if (first)
            weir_drop(idle.reader), weir_drop(idle.writer);
        else
            weir_drop(idle.writer), weir_drop(idle.reader);
        assert_int_equal(test_waker_others(test.waker), 0);
        assert_int_equal(test_waker_others(other.waker), 0);
    }
}

/* ---- limits and memory ---- */

static void a_limit_that_is_none_is_refused(void **state)
{
    static const size_t limits[] = {0, (size_t)WEIR_MIN_MAX + 1, SIZE_MAX};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        weir_duplex ends[2], pipe = weir_byte_pipe(limits[i]);
        weir_duplex_pair(limits[i], ends);
        expect(weir_poll_fill(pipe.reader, &test.cx, 1), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
        expect(weir_poll_write(ends[1].writer, &test.cx, "a", 1), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
        assert_non_null(strstr(test.cx.error.message, "duplex_pair: the limit 'bytes_max' is "));
        weir_duplex_drop(pipe);
        weir_duplex_drop(ends[0]);
        weir_duplex_drop(ends[1]);
    }
}

static void without_memory_all_halves_say_so(void **state)
{
    (void)state;
    weir_duplex ends[2];
    memory.fail_at = memory.calls + 1;
    weir_duplex_pair(4, ends);
    for (size_t i = 0; i < 2; i++) {
        expect(weir_poll_fill(ends[i].reader, &test.cx, 1), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
        expect(weir_poll_write(ends[i].writer, &test.cx, "a", 1), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
        weir_duplex_drop(ends[i]);
    }
}

/* Each of its allocations fails once: an error, or the reason is lost. */
static bool carries(unsigned long fail)
{
    weir_duplex pipe = weir_byte_pipe(3);
    unsigned long failed = memory.failed;
    memory.fail_at = memory.calls + fail;
    weir_poll got = weir_poll_write(pipe.writer, &test.cx, "abc", 3);
    if (got.state == WEIR_READY)
        got = weir_poll_fill(pipe.reader, &other.cx, 4);
    if (got.state == WEIR_PENDING)
        got = weir_poll_write(pipe.writer, &test.cx, "d", 1);
    if (got.state == WEIR_READY)
        got = weir_poll_fill(pipe.reader, &other.cx, 4);
    give_up_with(pipe.writer);
    if (got.state == WEIR_READY)
        expect(weir_poll_fill(pipe.reader, &other.cx, 5), WEIR_ERROR, 0);
    weir_drop(pipe.reader);
    memory.fail_at = 0;
    return memory.failed == failed;
}

static void every_allocation_may_fail(void **state)
{
    unsigned long fail = 1;
    (void)state;
    while (fail < 50 && !carries(fail))
        fail++;
    assert_in_range(fail, 3, 10);
}

/* ---- a copy through it ---- */

/* Random sizes on both sides, each polled only when it was woken. */
static void bytes_come_whole_and_in_order(void **state)
{
    static unsigned char sent[5000];
    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (unsigned char)(i * 7 + i / 256);
    for (uint32_t seed = 1; seed < 40; seed++) {
        uint32_t random = seed * 2654435761u;
        weir_duplex pipe = weir_byte_pipe(1 + random % 37);
        size_t written = 0, read = 0;
        bool write_waits = false, read_waits = false;
        weir_state last = WEIR_READY;
        while (last != WEIR_END) {
            random = random * 1664525 + 1013904223;
            bool turn = random >> 31;
            size_t n = 1 + (random >> 20) % 60;
            assert_false(write_waits && read_waits);
            if (turn && !write_waits && written <= sizeof sent) {
                test_cx_turn(&test);
                n = n < sizeof sent - written ? n : sizeof sent - written;
                weir_poll got = n ? weir_poll_write(pipe.writer, &test.cx, sent + written, n)
                                  : weir_poll_close(pipe.writer, &test.cx);
                written += got.n + (got.state == WEIR_END);
                write_waits = got.state == WEIR_PENDING;
            } else if (!turn && !read_waits) {
                test_cx_turn(&other);
                last = weir_poll_fill(pipe.reader, &other.cx, n).state;
                read_waits = last == WEIR_PENDING;
                size_t have;
                const unsigned char *bytes = weir_peek(pipe.reader, &have);
                have = read_waits ? 0 : have < n ? have : n;
                assert_memory_equal(bytes, sent + read, have);
                weir_consume(pipe.reader, have);
                read += have;
            }
            write_waits = write_waits && !test.waker->wakes;
            read_waits = read_waits && !other.waker->wakes;
        }
        assert_int_equal(read, sizeof sent);
        weir_duplex_drop(pipe);
    }
}

/* It never holds more than it says. */
static void memory_max_is_true(void **state)
{
    (void)state;
    for (size_t bytes_max = 1; bytes_max <= 300000; bytes_max = bytes_max * 6 + 1) {
        static unsigned char bytes[300000];
        size_t before = memory.live_bytes;
        memory.peak_bytes = before;
        weir_duplex pipe = weir_byte_pipe(bytes_max);
        for (size_t i = 0; i < 8; i++) {
            weir_ignore(weir_poll_write(pipe.writer, &test.cx, bytes, bytes_max));
            weir_poll got = weir_poll_fill(pipe.reader, &other.cx, 3000);
            weir_consume(pipe.reader, got.state == WEIR_READY && i % 2 ? got.n - got.n / 3 : 0);
        }
        size_t most = weir_memory_max(pipe.reader) + weir_memory_max(pipe.writer);
        give_up_with(pipe.writer);
        assert_in_range(memory.peak_bytes - before, 1, most);
        weir_drop(pipe.reader);
    }
}

int bytes_pair(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(both_directions_carry, setup, teardown),
        cmocka_unit_test_setup_teardown(a_full_direction_waits_for_a_fill, setup, teardown),
        cmocka_unit_test_setup_teardown(an_empty_direction_waits_for_a_write, setup, teardown),
        cmocka_unit_test_setup_teardown(the_latest_waker_is_woken, setup, teardown),
        cmocka_unit_test_setup_teardown(a_long_piece_is_put_together, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_in_hand_stand_still, setup, teardown),
        cmocka_unit_test_setup_teardown(a_block_may_be_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(pieces_fill_it_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(an_idle_one_holds_no_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(leaving_is_told_behind_all_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(an_error_that_passed_is_a_reset, setup, teardown),
        cmocka_unit_test_setup_teardown(one_direction_may_end_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(a_writer_without_a_reader_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(halves_know_each_other, setup, teardown),
        cmocka_unit_test_setup_teardown(halves_are_dropped_while_they_wait, setup, teardown),
        cmocka_unit_test_setup_teardown(a_limit_that_is_none_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(without_memory_all_halves_say_so, setup, teardown),
        cmocka_unit_test_setup_teardown(every_allocation_may_fail, setup, teardown),
        cmocka_unit_test_setup_teardown(bytes_come_whole_and_in_order, setup, teardown),
        cmocka_unit_test_setup_teardown(memory_max_is_true, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
