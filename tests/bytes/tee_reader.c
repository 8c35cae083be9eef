/* tee_reader: the writer gets what passes, sets the pace, and is closed or given up. */

#include <stdlib.h>
#include <string.h>

#include "one_cx.h"

static void both_get_it_all(void **state)
{
    (void)state;
    for (size_t piece = 1; piece < 12; piece++)
        for (size_t at_most = 0; at_most < 4; at_most++) {
            struct sink sink = {.at_most = at_most, .pending = piece % 2};
            weir_reader *source = waiting_reader("0123456789", 10, piece, piece % 3);
            struct bytes all = reader_bytes(weir_tee_reader(source, sink_writer(&sink)), NULL);
            assert_int_equal(all.state, WEIR_END);
            assert_int_equal(all.n, 10);
            assert_memory_equal(all.data, "0123456789", 10);
            assert_int_equal(sink.n, 10);
            assert_memory_equal(sink.data, "0123456789", 10);
            assert_int_equal(sink.closes, 1);
            assert_false(sink.gave_up);
            free(all.data);
            sink_fini(&sink);
        }
}

/* What the writer has not taken is not seen. */
static void the_writer_sets_the_pace(void **state)
{
    struct sink sink = {.at_most = 2, .pending_held = true};
    weir_reader *reader = weir_tee_reader(weir_memory_reader("abcde", 5), sink_writer(&sink));
    (void)state;
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_PENDING, 0);
    assert_true(sink_wake(&sink));
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 2);
    weir_consume(reader, 1);
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_PENDING, 0);
    assert_true(sink_wake(&sink));
    expect(weir_poll_fill(reader, &test.cx, 2), WEIR_READY, 3);
    size_t n;
    assert_memory_equal(weir_peek(reader, &n), "bcd", 3);
    weir_drop(reader);
    assert_int_equal(sink.n, 4);
    assert_int_equal(sink.closes, 0);
    assert_true(sink.gave_up);
    assert_int_equal(sink.finis, 1);
    sink_fini(&sink);
}

/* A source that lends from another block at each fill, and brings nothing more after the first. */
struct restless {
    weir_reader reader;
    unsigned char blocks[2][4];
    unsigned polls;
    bool fails;
};

static weir_poll restless_fill(weir_reader *reader, weir_cx *cx, size_t min)
{
    struct restless *self = WEIR_CONTAINER(reader, struct restless, reader);
    (void)min;
    reader->base = memcpy(self->blocks[self->polls % 2], "abc", 3);
    reader->end = 3;
    if (!self->polls++)
        return (weir_poll){0, WEIR_READY};
    memset(self->blocks[self->polls % 2], 0, 3);
    return self->fails ? weir_fail(cx, WEIR_E_SYSTEM, "no way") : weir_wait_never(cx);
}

static const weir_reader_ops restless_ops = {
    .size = sizeof restless_ops, .name = "restless", .poll_fill = restless_fill};

static void what_is_lent_follows_the_source(void **state)
{
    (void)state;
    for (unsigned fails = 0; fails < 2; fails++) {
        struct sink sink = {0};
        weir_reader *source = weir_reader_new(sizeof(struct restless), &restless_ops);
        WEIR_CONTAINER(source, struct restless, reader)->fails = fails;
        weir_reader *reader = weir_tee_reader(source, sink_writer(&sink));
        expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 3);
        weir_poll got = weir_poll_fill(reader, &test.cx, 4);
        assert_int_equal(got.state, fails ? WEIR_ERROR : WEIR_PENDING);
        size_t n;
        assert_memory_equal(weir_peek(reader, &n), "abc", 3);
        weir_drop(reader);
        sink_fini(&sink);
    }
}

static void it_is_flushed_when_the_source_stalls(void **state)
{
    struct script script = {0};
    struct sink sink = {0};
    weir_reader *reader =
        weir_tee_reader(script_reader(&script, "\"ab\" P P \"c\" $"), sink_writer(&sink));
    (void)state;
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_READY, 2);
    assert_int_equal(sink.flushes, 0);
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_PENDING, 0);
    assert_int_equal(sink.flushes, 1);
    assert_int_equal(sink.flushed_n, 2);
    doubles_wake_one();
    expect(weir_poll_fill(reader, &test.cx, 3), WEIR_PENDING, 0);
    assert_int_equal(sink.flushes, 1); /* nothing came since */
    doubles_wake_one();
    expect(weir_poll_fill(reader, &test.cx, 4), WEIR_END, 3);
    assert_int_equal(sink.closes, 1);
    weir_drop(reader);
    sink_fini(&sink);
}

static void errors_of_the_writer(void **state)
{
    static const struct sink sinks[] = {{.fail_write = 1, .at_most = 2},
                                        {.fail_write = 2, .at_most = 2},
                                        {.fail_flush = 1},
                                        {.fail_close = 1}};
    static const size_t passed[] = {0, 2, 4, 6};
    (void)state;
    for (size_t i = 0; i < sizeof sinks / sizeof sinks[0]; i++) {
        struct sink sink = sinks[i];
        struct script script = {0};
        weir_error error;
        weir_reader *source = script_reader(&script, "\"abcd\" P* \"ef\" $");
        struct bytes all = reader_bytes(weir_tee_reader(source, sink_writer(&sink)), &error);
        assert_int_equal(all.state, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_SYSTEM);
        assert_int_equal(all.n, passed[i]);
        free(all.data);
        sink_fini(&sink);
    }
}

static void an_error_of_the_source_gives_the_writer_up(void **state)
{
    struct sink sink = {0};
    weir_error error;
    (void)state;
    weir_reader *reader = weir_tee_reader(failing_reader("abc", 3), sink_writer(&sink));
    struct bytes all = reader_bytes(reader, &error);
    assert_int_equal(all.state, WEIR_ERROR);
    assert_int_equal(all.n, 3);
    assert_int_equal(sink.n, 3);
    assert_int_equal(sink.closes, 0);
    assert_true(sink.gave_up);
    free(all.data);
    sink_fini(&sink);
}

static void one_of_both_failed(void **state)
{
    struct sink sink = {0};
    struct script script = {0};
    (void)state;
    weir_writer *writer = weir_writer_refused(WEIR_E_ARGUMENT, NULL, "no", NULL, NULL, 0);
    weir_reader *reader = weir_tee_reader(script_reader(&script, "$"), writer);
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    assert_int_equal(script.finis, 1);
    weir_drop(reader);
    reader = weir_reader_refused(WEIR_E_TYPE, NULL, "no", NULL, NULL, 0);
    reader = weir_tee_reader(reader, sink_writer(&sink));
    expect(weir_poll_fill(reader, &test.cx, 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_TYPE);
    assert_int_equal(sink.finis, 1);
    weir_drop(reader);
    sink_fini(&sink);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int bytes_tee_reader(void)
{
    static const struct CMUnitTest tests[] = {
        TEST(both_get_it_all),
        TEST(the_writer_sets_the_pace),
        TEST(what_is_lent_follows_the_source),
        TEST(it_is_flushed_when_the_source_stalls),
        TEST(errors_of_the_writer),
        TEST(an_error_of_the_source_gives_the_writer_up),
        TEST(one_of_both_failed),
    };
    return cmocka_run_group_tests_name("tee_reader", tests, NULL, NULL);
}
