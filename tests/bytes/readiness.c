/* Readiness: waiting apart from moving, and moving without waiting. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
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

/* ---- waiting ---- */

static void bytes_in_hand_are_ready_first(void **state)
{
    (void)state;
    weir_duplex pipe = weir_byte_pipe(8);
    expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_PENDING, 0);
    assert_int_equal(weir_try_write(pipe.writer, "abc", 3), 3);
    assert_int_equal(test.waker->wakes, 1);
    expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_readable_bytes(pipe.reader), 3);
    expect(weir_poll_fill(pipe.reader, &test.cx, 1), WEIR_READY, 3);
    assert_int_equal(weir_try_write(pipe.writer, "de", 2), 2);
    expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_READY, 3);
    assert_int_equal(weir_readable_bytes(pipe.reader), 5);
    weir_duplex_drop(pipe);
}

/* The end and an error are ready too; each is told by the fill. */
static void what_stands_behind_the_bytes_is_ready(void **state)
{
    (void)state;
    for (int gives_up = 0; gives_up < 2; gives_up++) {
        weir_duplex pipe = weir_byte_pipe(8);
        test_cx_turn(&test);
        expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_PENDING, 0);
        if (gives_up)
            weir_duplex_abort((weir_duplex){.writer = pipe.writer});
        else
            weir_drop(pipe.writer);
        assert_int_equal(test.waker->wakes, 1);
        expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_READY, 0);
        char out[4];
        int64_t got = weir_try_read(pipe.reader, out, sizeof out);
        assert_true(gives_up ? got < 0 && got != WEIR_WOULD_BLOCK : got == 0);
        expect(weir_poll_fill(pipe.reader, &test.cx, 1), gives_up ? WEIR_ERROR : WEIR_END, 0);
        expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_READY, 0);
        assert_int_equal(weir_try_read(pipe.reader, out, sizeof out), 0);
        assert_int_equal(weir_readiness_of(pipe.reader), WEIR_READINESS_READ);
        weir_drop(pipe.reader);
    }
}

/* One that knows no other way is filled: memory at once, a script when it has some. */
static void a_reader_without_a_way_is_filled(void **state)
{
    struct script script = {0};
    char out[8];
    (void)state;
    weir_reader *reader = script_reader(&script, "P \"abc\" !!7");
    assert_int_equal(weir_try_read(reader, out, sizeof out), WEIR_WOULD_BLOCK);
    expect(weir_poll_ready(reader, &test.cx), WEIR_PENDING, 0);
    assert_true(script_wake(&script));
    assert_int_equal(test.waker->wakes, 1);
    expect(weir_poll_ready(reader, &test.cx), WEIR_READY, 3);
    assert_int_equal(weir_try_read(reader, out, 2), 2);
    assert_int_equal(weir_try_read(reader, out + 2, 2), 1);
    assert_memory_equal(out, "abc", 3);
    assert_int_equal(reader->offset, 3);
    assert_int_equal(weir_try_read(reader, out, 2), WEIR_WOULD_BLOCK);
    expect(weir_poll_ready(reader, &test.cx), WEIR_ERROR, 0);
    expect(weir_poll_ready(reader, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_try_read(reader, out, 2), 0);
    weir_drop(reader);
    reader = weir_memory_reader("", 0);
    expect(weir_poll_ready(reader, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_try_read(reader, out, 2), 0);
    weir_drop(reader);
}

/* What a reader that lends its source's bytes consumed is not read again below. */
static void over_another_reader(void **state)
{
    char out[8];
    (void)state;
    weir_duplex pipe = weir_byte_pipe(8);
    weir_reader *reader = weir_rate_bytes(pipe.reader, 1000, 1000);
    assert_int_equal(weir_try_write(pipe.writer, "abc", 3), 3);
    expect(weir_poll_ready(reader, &test.cx), WEIR_READY, 3);
    assert_int_equal(weir_try_read(reader, out, 8), 3);
    assert_int_equal(weir_try_read(reader, out, 8), WEIR_WOULD_BLOCK);
    expect(weir_poll_ready(reader, &test.cx), WEIR_PENDING, 0);
    assert_int_equal(weir_try_write(pipe.writer, "de", 2), 2);
    expect(weir_poll_ready(reader, &test.cx), WEIR_READY, 2);
    assert_int_equal(weir_try_read(reader, out, 8), 2);
    assert_memory_equal(out, "de", 2);
    expect(weir_poll_hup(reader, &test.cx), WEIR_PENDING, 0);
    weir_drop(pipe.writer);
    expect(weir_poll_hup(reader, &test.cx), WEIR_READY, 0);
    weir_drop(reader);
}

static void gone_is_the_last_one_of_a_chain(void **state)
{
    char out[2];
    (void)state;
    weir_duplex pipe = weir_byte_pipe(8);
    weir_reader *below = weir_chain_reader(weir_memory_reader("ab", 2), pipe.reader);
    weir_reader *reader = weir_reader_by_ref(below);
    expect(weir_poll_read(reader, &test.cx, out, 2), WEIR_READY, 2);
    expect(weir_poll_read(reader, &test.cx, out, 1), WEIR_PENDING, 0);
    expect(weir_poll_hup(reader, &test.cx), WEIR_PENDING, 0);
    weir_drop(pipe.writer);
    expect(weir_poll_hup(reader, &test.cx), WEIR_READY, 0);
    weir_drop(reader);
    weir_drop(below);
}

static void room_is_there_or_is_waited_for(void **state)
{
    (void)state;
    weir_duplex pipe = weir_byte_pipe(2);
    expect(weir_poll_room(pipe.writer, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_try_write(pipe.writer, "abc", 3), 2);
    assert_int_equal(weir_try_write(pipe.writer, "c", 1), WEIR_WOULD_BLOCK);
    assert_int_equal(weir_stage_n(&pipe.writer->stage), 2);
    expect(weir_poll_room(pipe.writer, &test.cx), WEIR_PENDING, 0);
    char out;
    assert_int_equal(weir_try_read(pipe.reader, &out, 1), 1);
    assert_int_equal(test.waker->wakes, 1);
    expect(weir_poll_room(pipe.writer, &test.cx), WEIR_READY, 0);
    weir_drop(pipe.reader);
    assert_int_equal(weir_try_write(pipe.writer, "c", 1), -1);
    expect(weir_poll_room(pipe.writer, &test.cx), WEIR_READY, 0);
    expect(weir_poll_write(pipe.writer, &test.cx, "c", 1), WEIR_ERROR, 0);
    assert_int_equal(weir_try_write(pipe.writer, "c", 1), -1);
    assert_int_equal(weir_try_flush(pipe.writer), -1);
    expect(weir_poll_room(pipe.writer, &test.cx), WEIR_READY, 0);
    weir_drop(pipe.writer);
}

static void gone_is_told_before_the_bytes_are_read(void **state)
{
    char out[4];
    (void)state;
    weir_duplex pipe = weir_byte_pipe(4);
    assert_int_equal(weir_try_write(pipe.writer, "ab", 2), 2);
    expect(weir_poll_hup(pipe.reader, &test.cx), WEIR_PENDING, 0);
    expect(weir_poll_ready(pipe.reader, &other.cx), WEIR_READY, 0);
    weir_drop(pipe.writer);
    assert_int_equal(test.waker->wakes, 1);
    expect(weir_poll_hup(pipe.reader, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_try_read(pipe.reader, out, 4), 2);
    weir_drop(pipe.reader);
    weir_reader *bytes = weir_memory_reader("", 0);
    expect(weir_poll_hup(bytes, &test.cx), WEIR_PENDING, 0);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_NEVER);
    expect(weir_poll_fill(bytes, &test.cx, 1), WEIR_END, 0);
    expect(weir_poll_hup(bytes, &test.cx), WEIR_READY, 0);
    weir_drop(bytes);
}

/* ---- the future ---- */

/* What a pair's end is ready for, by what was done to it. */
static void any_interest_is_enough(void **state)
{
    static const struct {
        bool full, sent, left;
        weir_interest interest;
        const char *ready; /* NULL: it waits */
    } rows[] = {
        {true, false, false, WEIR_INTEREST_READ_WRITE, NULL},
        {false, false, false, WEIR_INTEREST_READ_WRITE, "write"},
        {true, true, false, WEIR_INTEREST_READ_WRITE, "read"},
        {false, true, false, WEIR_INTEREST_READ_WRITE, "read|write"},
        {false, false, false, WEIR_INTEREST_READ, NULL},
        {false, true, false, WEIR_INTEREST_WRITE, "write"},
        {true, true, false, WEIR_INTEREST_WRITE, NULL},
        {true, true, false, WEIR_INTEREST_HUP, NULL},
        {true, true, true, WEIR_INTEREST_HUP, "hup"},
        {true, true, true, WEIR_INTEREST_READ | WEIR_INTEREST_HUP, "read|hup"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_duplex ends[2];
        weir_duplex_pair(1, ends);
        if (rows[i].full)
            assert_int_equal(weir_try_write(ends[0].writer, "a", 1), 1);
        if (rows[i].sent)
            assert_int_equal(weir_try_write(ends[1].writer, "b", 1), 1);
        if (rows[i].left)
            assert_int_equal(weir_poll_close(ends[1].writer, &other.cx).state, WEIR_END);
        weir_stream *ready = weir_ready(ends[0], rows[i].interest);
        weir_readiness readiness;
        char text[40];
        weir_poll got = weir_poll_next(ready, &test.cx, &readiness, 1);
        assert_int_equal(got.state, rows[i].ready ? WEIR_END : WEIR_PENDING);
        if (rows[i].ready) {
            weir_type_readiness.format(&weir_type_readiness, &readiness, text, sizeof text);
            assert_string_equal(text, rows[i].ready);
        }
        weir_drop(ready);
        weir_duplex_drop(ends[0]);
        weir_duplex_drop(ends[1]);
    }
}

/* Both wakers are kept: whichever comes first. */
static void each_direction_wakes(void **state)
{
    (void)state;
    for (int reads = 0; reads < 2; reads++) {
        weir_duplex ends[2];
        char out;
        weir_readiness readiness;
        weir_duplex_pair(1, ends);
        assert_int_equal(weir_try_write(ends[0].writer, "a", 1), 1);
        weir_stream *ready = weir_ready(ends[0], WEIR_INTEREST_READ_WRITE);
        test_cx_turn(&test);
        expect(weir_poll_next(ready, &test.cx, &readiness, 1), WEIR_PENDING, 0);
        assert_int_equal(weir_stage_polls(&ends[0].reader->stage), 1);
        if (reads)
            assert_int_equal(weir_try_write(ends[1].writer, "b", 1), 1);
        else
            assert_int_equal(weir_try_read(ends[1].reader, &out, 1), 1);
        assert_int_equal(test.waker->wakes, 1);
        expect(weir_poll_next(ready, &test.cx, &readiness, 1), WEIR_END, 1);
        assert_int_equal(readiness, reads ? WEIR_READINESS_READ : WEIR_READINESS_WRITE);
        weir_drop(ready);
        weir_duplex_drop(ends[0]);
        weir_duplex_drop(ends[1]);
    }
}

/* Dropped at any time: nothing was taken, and nobody is kept. */
static void a_wait_that_is_dropped_lost_nothing(void **state)
{
    (void)state;
    for (int when = 0; when < 3; when++) {
        weir_duplex ends[2];
        weir_readiness readiness;
        weir_duplex_pair(4, ends);
        weir_stream *ready = weir_ready(ends[0], WEIR_INTEREST_READ | WEIR_INTEREST_HUP);
        if (when)
            expect(weir_poll_next(ready, &test.cx, &readiness, 1), WEIR_PENDING, 0);
        assert_int_equal(weir_try_write(ends[1].writer, "abc", 3), 3);
        if (when == 2)
            expect(weir_poll_next(ready, &test.cx, &readiness, 1), WEIR_END, 1);
        weir_drop(ready);
        expect(weir_poll_fill(ends[0].reader, &test.cx, 3), WEIR_READY, 3);
        assert_memory_equal(ends[0].reader->base + ends[0].reader->begin, "abc", 3);
        weir_duplex_drop(ends[0]);
        weir_duplex_drop(ends[1]);
        assert_int_equal(test_waker_others(test.waker), 0);
    }
}

/* Halves that are dropped while somebody waits for each of the three, in both orders. */
static void halves_are_dropped_while_they_wait(void **state)
{
    (void)state;
    for (int reader_first = 0; reader_first < 2; reader_first++) {
        weir_duplex ends[2];
        weir_duplex_pair(1, ends);
        assert_int_equal(weir_try_write(ends[0].writer, "a", 1), 1);
        expect(weir_poll_ready(ends[0].reader, &test.cx), WEIR_PENDING, 0);
        expect(weir_poll_hup(ends[0].reader, &test.cx), WEIR_PENDING, 0);
        expect(weir_poll_room(ends[0].writer, &test.cx), WEIR_PENDING, 0);
        assert_int_equal(test_waker_others(test.waker), 3);
        if (reader_first)
            weir_drop(ends[0].reader);
        weir_drop(ends[0].writer);
        if (!reader_first)
            weir_drop(ends[0].reader);
        assert_int_equal(test_waker_others(test.waker), 0);
        weir_duplex_drop(ends[1]);
    }
}

static void what_cannot_be_waited_for_is_refused(void **state)
{
    (void)state;
    weir_reader *reader = weir_memory_reader("", 0);
    weir_writer *writer = weir_null_writer();
    const struct {
        weir_duplex duplex;
        unsigned interest;
        bool fine;
    } rows[] = {
        {{reader, writer}, 0, false}, {{reader, writer}, 8, false}, {{reader, NULL}, 2, false},
        {{NULL, writer}, 1, false},   {{NULL, writer}, 4, false},   {{reader, NULL}, 1, true},
        {{NULL, writer}, 2, true},    {{reader, writer}, 7, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_readiness readiness;
        weir_error error;
        weir_state got = await(weir_ready(rows[i].duplex, rows[i].interest), &readiness, &error);
        assert_int_equal(got, rows[i].fine ? WEIR_READY : WEIR_ERROR);
        if (!rows[i].fine)
            assert_int_equal(error.code, WEIR_E_ARGUMENT);
    }
    memory.fail_at = memory.calls + 1;
    weir_error error;
    assert_int_equal(
        await(weir_ready((weir_duplex){reader, writer}, WEIR_INTEREST_READ), NULL, &error),
        WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_MEMORY);
    memory.fail_at = 0;
    weir_drop(reader);
    weir_drop(writer);
}

/* Whoever says the type of the variable says this one. */
static void its_type_is_that_of_the_variable(void **state)
{
    static const weir_type said = WEIR_TYPE(weir_readiness);
    (void)state;
    assert_string_equal(weir_type_readiness.name, said.name);
    assert_int_equal(weir_type_readiness.size, said.size);
}

static void bits_are_printed(void **state)
{
    static const struct {
        unsigned bits;
        const char *text;
    } rows[] = {{0, "none"},
                {1, "read"},
                {2, "write"},
                {3, "read|write"},
                {6, "write|hup"},
                {8 | 16, "pri|error"},
                {31, "read|write|hup|pri|error"}};
    char text[40], few[5];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(weir_interest_text(rows[i].bits, text, sizeof text), strlen(rows[i].text));
        assert_string_equal(text, rows[i].text);
        weir_readiness_text(rows[i].bits, text, sizeof text);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(weir_readiness_text(rows[i].bits, few, sizeof few), strlen(rows[i].text));
        assert_int_equal(strncmp(few, rows[i].text, 4), 0);
    }
}

/* ---- moving ---- */

static void pieces_are_filled_in_order(void **state)
{
    char ab[] = "ab", cde[] = "cde", a[2], b[3], c[4];
    struct iovec from[] = {{ab, 2}, {NULL, 0}, {cde, 3}};
    struct iovec into[] = {{a, 2}, {NULL, 0}, {b, 2}, {c, 4}};
    (void)state;
    weir_duplex pipe = weir_byte_pipe(4);
    assert_int_equal(weir_try_readv(pipe.reader, into, 4), WEIR_WOULD_BLOCK);
    assert_int_equal(weir_try_writev(pipe.writer, from, 3), 4);
    assert_int_equal(weir_try_writev(pipe.writer, from, 3), WEIR_WOULD_BLOCK);
    assert_int_equal(weir_try_readv(pipe.reader, into, 4), 4);
    assert_memory_equal(a, "ab", 2);
    assert_memory_equal(b, "cd", 2);
    assert_int_equal(weir_try_writev(pipe.writer, from + 2, 1), 3);
    assert_int_equal(weir_try_readv(pipe.reader, into, 4), 3);
    assert_int_equal(pipe.reader->offset, 7);
    assert_int_equal(weir_stage_n(&pipe.reader->stage), 7);
    assert_int_equal(weir_try_writev(pipe.writer, NULL, 0), 0);
    assert_int_equal(weir_poll_close(pipe.writer, &test.cx).state, WEIR_END);
    assert_int_equal(weir_try_readv(pipe.reader, into, 4), 0);
    weir_duplex_drop(pipe);
}

static void what_is_held_is_flushed_by_a_poll(void **state)
{
    (void)state;
    weir_duplex pipe = weir_byte_pipe(8);
    weir_writer *writer = weir_write_timeout(weir_buf_writer(pipe.writer, 8), 1000);
    expect(weir_poll_write(writer, &test.cx, "ab", 2), WEIR_READY, 2);
    assert_int_equal(weir_try_flush(writer), WEIR_CANNOT_TRY);
    expect(weir_poll_flush(writer, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_try_flush(writer), 0);
    weir_drop(writer);
    weir_drop(pipe.reader);
}

static void writers_in_memory_take_at_once(void **state)
{
    weir_vec out;
    struct sink sink = {0};
    (void)state;
    weir_writer *null = weir_null_writer(), *memory_writer = weir_memory_writer(&out, 4);
    weir_writer *plain = sink_writer(&sink);
    assert_int_equal(weir_try_write(null, "abc", 3), 3);
    assert_int_equal(weir_try_flush(null), 0);
    assert_int_equal(weir_try_write(memory_writer, "abc", 3), 3);
    assert_int_equal(weir_try_write(memory_writer, "abc", 0), 0);
    assert_int_equal(weir_try_write(memory_writer, "def", 3), 1);
    assert_int_equal(weir_try_write(memory_writer, "ef", 2), -1);
    expect(weir_poll_write(memory_writer, &test.cx, "ef", 2), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    assert_int_equal(weir_try_write(plain, "abc", 3), WEIR_CANNOT_TRY);
    assert_int_equal(weir_try_flush(plain), WEIR_CANNOT_TRY);
    expect(weir_poll_room(plain, &test.cx), WEIR_READY, 0);
    weir_drop(null);
    weir_drop(memory_writer);
    weir_drop(plain);
    sink_fini(&sink);
}

/* Constructors that failed: the error comes, and no loop goes on for ever. */
static void what_could_not_be_made_says_so(void **state)
{
    char out;
    (void)state;
    weir_duplex pipe = weir_byte_pipe(0);
    assert_int_equal(weir_try_read(pipe.reader, &out, 1), WEIR_WOULD_BLOCK);
    expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_ERROR, 0);
    expect(weir_poll_ready(pipe.reader, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_try_read(pipe.reader, &out, 1), -1);
    expect(weir_poll_room(pipe.writer, &test.cx), WEIR_READY, 0);
    assert_int_equal(weir_try_write(pipe.writer, &out, 1), WEIR_CANNOT_TRY);
    weir_duplex_drop(pipe);
}

/* ---- the path for those who must not have a buffer while they wait ---- */

enum { CONNECTIONS = 1000 };

/* One round of the loop that weir/ready.h shows: how many bytes came. */
static int64_t serve(weir_reader *reader, weir_cx *cx, unsigned char *shared, size_t n, int *blocks)
{
    int64_t got;
    for (;;) {
        if (weir_poll_ready(reader, cx).state != WEIR_READY)
            return WEIR_WOULD_BLOCK;
        ++*blocks;
        WEIR_CONTINUE_ON_BLOCK(got, weir_try_read(reader, shared, n));
        --*blocks;
        return got;
    }
}

/* So many wait, and one buffer serves them all: nothing is held beside what they are made of, and
 * no more at any time than the bytes that are under way. */
static void one_buffer_serves_them_all(void **state)
{
    static weir_duplex pipes[CONNECTIONS];
    static unsigned char shared[512];
    int blocks = 0;
    (void)state;
    for (size_t i = 0; i < CONNECTIONS; i++)
        pipes[i] = weir_byte_pipe(sizeof shared);
    size_t idle = memory.live_bytes;
    unsigned long live = memory.live;
    assert_int_equal(live, CONNECTIONS);
    for (size_t i = 0; i < CONNECTIONS; i++)
        assert_int_equal(serve(pipes[i].reader, &test.cx, shared, sizeof shared, &blocks),
                         WEIR_WOULD_BLOCK);
    assert_int_equal(memory.live_bytes, idle);
    memory.peak_bytes = idle;
    for (size_t i = 0; i < CONNECTIONS; i++) {
        weir_reader *reader = pipes[i].reader;
        assert_int_equal(weir_try_write(pipes[i].writer, &i, sizeof i), sizeof i);
        assert_int_equal(serve(reader, &test.cx, shared, sizeof shared, &blocks), sizeof i);
        assert_memory_equal(shared, &i, sizeof i);
        assert_int_equal(serve(reader, &test.cx, shared, sizeof shared, &blocks), WEIR_WOULD_BLOCK);
    }
    assert_int_equal(memory.live_bytes, idle);
    assert_in_range(memory.peak_bytes - idle, 1, 2 * sizeof shared);
    assert_int_equal(blocks, 0);
    for (size_t i = 0; i < CONNECTIONS; i++)
        weir_duplex_drop(pipes[i]);
}

int bytes_readiness(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(bytes_in_hand_are_ready_first),
        TEST(what_stands_behind_the_bytes_is_ready),
        TEST(a_reader_without_a_way_is_filled),
        TEST(over_another_reader),
        TEST(gone_is_the_last_one_of_a_chain),
        TEST(room_is_there_or_is_waited_for),
        TEST(gone_is_told_before_the_bytes_are_read),
        TEST(any_interest_is_enough),
        TEST(each_direction_wakes),
        TEST(a_wait_that_is_dropped_lost_nothing),
        TEST(halves_are_dropped_while_they_wait),
        TEST(what_cannot_be_waited_for_is_refused),
        TEST(its_type_is_that_of_the_variable),
        TEST(bits_are_printed),
        TEST(pieces_are_filled_in_order),
        TEST(what_is_held_is_flushed_by_a_poll),
        TEST(writers_in_memory_take_at_once),
        TEST(what_could_not_be_made_says_so),
        TEST(one_buffer_serves_them_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
