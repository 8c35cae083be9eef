/* write_timeout: a peer that takes nothing for too long is given up. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>

#include "doubles.h"

static struct test_cx test;

static int setup(void **state)
{
    (void)state;
    memory_begin(0, false);
    test_clock_begin();
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    assert_true(test_clock_idle());
    return memory_end() != 0;
}

static void expect(weir_poll got, weir_state wanted, uint32_t n)
{
    assert_int_equal(got.state, wanted);
    assert_int_equal(got.n, n);
}

/* ---- one that queues what it takes, as a socket does ---- */

struct queued {
    size_t unsent;
    size_t room;
    unsigned closes, resets;
    weir_waker_slot slot;
};

struct queue_writer {
    weir_writer writer;
    struct queued *queued;
};

static struct queued *queued_of(const weir_writer *writer)
{
    return ((const struct queue_writer *)writer)->queued;
}

static weir_poll queue_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    struct queued *queued = queued_of(writer);
    (void)bytes;
    if (queued->unsent + n > queued->room)
        return weir_wait(cx, &queued->slot, WEIR_WAIT_IO);
    queued->unsent += n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static weir_poll queue_close(weir_writer *writer, weir_cx *cx)
{
    struct queued *queued = queued_of(writer);
    if (queued->unsent)
        return weir_wait(cx, &queued->slot, WEIR_WAIT_IO);
    queued->closes++;
    return (weir_poll){0, WEIR_END};
}

static weir_poll queue_room(weir_writer *writer, weir_cx *cx)
{
    struct queued *queued = queued_of(writer);
    return queued->unsent < queued->room ? (weir_poll){0, WEIR_READY}
                                         : weir_wait(cx, &queued->slot, WEIR_WAIT_IO);
}

static size_t queue_unsent(const weir_writer *writer)
{
    return queued_of(writer)->unsent;
}

static void queue_fini(weir_writer *writer)
{
    queued_of(writer)->resets += writer->stage.ending;
    weir_waker_slot_clear(&queued_of(writer)->slot);
}

static const weir_writer_ops queue_ops = {.size = sizeof queue_ops,
                                          .name = "queue",
                                          .poll_write = queue_write,
                                          .poll_close = queue_close,
                                          .fini = queue_fini,
                                          .poll_room = queue_room,
                                          .unsent = queue_unsent};

static weir_writer *queue(struct queued *queued)
{
    weir_writer *writer = weir_writer_new(sizeof(struct queue_writer), &queue_ops);
    ((struct queue_writer *)writer)->queued = queued;
    return writer;
}

/* ---- */

/* Whatever it is that waits: the error, its place, and the reset. */
static void whoever_waits_is_told(void **state)
{
    enum { WRITE, WRITEV, FLUSH_IS_READY, CLOSE, ROOM, ALL };
    char ab[] = "ab";
    (void)state;
    for (int what = WRITE; what < ALL; what++) {
        struct queued queued = {.room = 4};
        const struct iovec pieces[] = {{ab, 2}, {ab, 2}};
        test_cx_turn(&test);
        test_clock_begin();
        weir_writer *writer = weir_write_timeout(queue(&queued), 100);
        expect(weir_poll_write(writer, &test.cx, "abcd", 4), WEIR_READY, 4);
        queued.unsent = 3;
        for (int late = 0; late < 2; late++) {
            if (what == ROOM)
                queued.unsent = 4;
            weir_poll got = what == WRITE    ? weir_poll_write(writer, &test.cx, "ef", 2)
                            : what == WRITEV ? weir_poll_writev(writer, &test.cx, pieces, 2)
                            : what == CLOSE  ? weir_poll_close(writer, &test.cx)
                            : what == ROOM   ? weir_poll_room(writer, &test.cx)
                                             : weir_poll_flush(writer, &test.cx);
            if (what == FLUSH_IS_READY) {
                expect(got, WEIR_READY, 0);
                continue;
            }
            if (what == ROOM && late) {
                expect(got, WEIR_READY, 0);
                assert_int_equal(weir_try_write(writer, "e", 1), -1);
                got = weir_poll_write(writer, &test.cx, "e", 1);
            }
            expect(got, late ? WEIR_ERROR : WEIR_PENDING, 0);
            test_clock_to(late ? 100 : 99);
            assert_int_equal(test.waker->wakes, late);
            if (!late)
                test_clock_to(100);
        }
        if (what != FLUSH_IS_READY) {
            assert_int_equal(test.cx.error.code, WEIR_E_TIMEOUT);
            assert_string_equal(test.cx.error.message,
                                what == ROOM ? "nothing was taken for 100 ns, 4 bytes are unsent"
                                             : "nothing was taken for 100 ns, 3 bytes are unsent");
            assert_int_equal(test.cx.error.byte, what == ROOM ? 0 : 1);
        }
        weir_drop(writer);
        assert_int_equal(queued.resets, what != FLUSH_IS_READY);
    }
}

/* Bytes that go on while a write waits begin the time anew; so does a write that was taken. */
static void what_goes_on_is_no_silence(void **state)
{
    struct queued queued = {.room = 4};
    (void)state;
    weir_writer *writer = weir_write_timeout(queue(&queued), 100);
    expect(weir_poll_write(writer, &test.cx, "abcd", 4), WEIR_READY, 4);
    expect(weir_poll_write(writer, &test.cx, "ef", 2), WEIR_PENDING, 0);
    test_clock_to(60);
    queued.unsent = 3;
    expect(weir_poll_write(writer, &test.cx, "ef", 2), WEIR_PENDING, 0);
    test_clock_to(159);
    expect(weir_poll_write(writer, &test.cx, "ef", 2), WEIR_PENDING, 0);
    queued.unsent = 2;
    expect(weir_poll_write(writer, &test.cx, "ef", 2), WEIR_READY, 2);
    test_clock_to(500);
    expect(weir_poll_write(writer, &test.cx, "gh", 2), WEIR_PENDING, 0);
    test_clock_to(599);
    expect(weir_poll_write(writer, &test.cx, "gh", 2), WEIR_PENDING, 0);
    queued.unsent = 0;
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    weir_drop(writer);
    assert_int_equal(queued.closes, 1);
    assert_int_equal(queued.resets, 0);
}

/* The other side of a pair sees a reset; given up for another reason, too. */
static void giving_up_goes_through(void **state)
{
    (void)state;
    for (int aborted = 0; aborted < 2; aborted++) {
        weir_duplex pipe = weir_byte_pipe(2);
        weir_writer *writer = weir_write_timeout(pipe.writer, 100);
        expect(weir_poll_write(writer, &test.cx, "ab", 2), WEIR_READY, 2);
        if (aborted) {
            weir_duplex_abort((weir_duplex){.writer = writer});
        } else {
            expect(weir_poll_write(writer, &test.cx, "c", 1), WEIR_PENDING, 0);
            test_clock_to(100);
            expect(weir_poll_write(writer, &test.cx, "c", 1), WEIR_ERROR, 0);
            weir_drop(writer);
        }
        expect(weir_poll_fill(pipe.reader, &test.cx, 1), WEIR_READY, 2);
        weir_consume(pipe.reader, 2);
        expect(weir_poll_fill(pipe.reader, &test.cx, 1), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
        weir_drop(pipe.reader);
        test_clock_begin();
    }
}

static void the_rest_is_as_below(void **state)
{
    struct sink sink = {0};
    weir_vec out;
    uint64_t n;
    (void)state;
    weir_writer *writer = weir_write_timeout(weir_memory_writer(&out, 100), 100);
    assert_int_equal(weir_try_write(writer, "abc", 3), 3);
    assert_int_equal(await(weir_copy(weir_memory_reader("defg", 4), writer), &n, NULL), WEIR_READY);
    assert_int_equal(n, 4);
    assert_memory_equal(out.items, "abcdefg", 7);
    weir_vec_drop(&out);
    writer = weir_write_timeout(sink_writer(&sink), 100);
    weir_drop(writer);
    assert_int_equal(sink.finis, 1);
    sink_fini(&sink);
}

/* It stands where the one below stands: there is no allocation that could fail. */
static void it_takes_no_memory(void **state)
{
    (void)state;
    weir_writer *below = weir_null_writer();
    unsigned long calls = memory.calls;
    weir_writer *writer = weir_write_timeout(below, 1);
    assert_int_equal(memory.calls, calls);
    weir_drop(writer);
}

static void no_time_and_no_clock(void **state)
{
    struct sink sink = {0};
    (void)state;
    weir_writer *writer = weir_write_timeout(sink_writer(&sink), 0);
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_ERROR, 0);
    assert_string_equal(test.cx.error.message, "write_timeout: the limit 'timeout_ns' is 0");
    weir_drop(writer);
    writer = weir_write_timeout(sink_writer(&sink), 1);
    test.cx.timers = NULL;
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_ERROR, 0);
    assert_string_equal(test.cx.error.message, "write_timeout needs a runtime");
    test.cx.timers = &test_clock;
    weir_drop(writer);
    assert_int_equal(sink.finis, 2);
    writer = weir_write_timeout(weir_memory_writer(&(weir_vec){0}, 0), 1);
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    weir_drop(writer);
    sink_fini(&sink);
}

int bytes_write_timeout(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(whoever_waits_is_told), TEST(what_goes_on_is_no_silence), TEST(giving_up_goes_through),
        TEST(the_rest_is_as_below),  TEST(it_takes_no_memory),         TEST(no_time_and_no_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
