/* The writer wrapper, the memory writer and the null writer. */

#include <string.h>

#include "one_cx.h"

static void writes_are_counted(void **state)
{
    struct sink sink = {.at_most = 4};
    weir_writer *writer = sink_writer(&sink);
    (void)state;
    expect(weir_poll_write(writer, &test.cx, "hello", 5), WEIR_READY, 4);
    expect(weir_poll_write(writer, &test.cx, "o", 1), WEIR_READY, 1);
    expect(weir_poll_write(writer, &test.cx, "", 0), WEIR_READY, 0);
    assert_int_equal(sink.writes, 2);
    assert_int_equal(weir_stage_n(&writer->stage), 5);
    assert_memory_equal(sink.data, "hello", 5);
    weir_drop(writer);
    assert_int_equal(sink.finis, 1);
    sink_fini(&sink);
}

static void closed_is_closed(void **state)
{
    struct sink sink = {0};
    weir_writer *writer = sink_writer(&sink);
    (void)state;
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_READY, 1);
    expect(weir_poll_flush(writer, &test.cx), WEIR_READY, 0);
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    assert_int_equal(sink.closes, 1);
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    expect(weir_poll_flush(writer, &test.cx), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    weir_drop(writer);
    sink_fini(&sink);
}

static void after_an_error_nothing_more(void **state)
{
    struct sink sink = {.fail_write = 2};
    weir_writer *writer = sink_writer(&sink);
    (void)state;
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_READY, 1);
    expect(weir_poll_write(writer, &test.cx, "b", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_SYSTEM);
    assert_string_equal(test.cx.error.trail[0], "sink");
    expect(weir_poll_write(writer, &test.cx, "b", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    expect(weir_poll_flush(writer, &test.cx), WEIR_ERROR, 0);
    expect(weir_poll_close(writer, &test.cx), WEIR_ERROR, 0);
    assert_int_equal(sink.closes, 0);
    assert_int_equal(weir_stage_n(&writer->stage), 1);
    weir_drop(writer);
    sink_fini(&sink);
}

static void pending_takes_nothing(void **state)
{
    struct sink sink = {.pending_held = true};
    weir_writer *writer = sink_writer(&sink);
    (void)state;
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_PENDING, 0);
    assert_int_equal(weir_stage_waits(&writer->stage), 1);
    assert_true(sink_wake(&sink));
    assert_int_equal(test.waker->wakes, 1);
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_READY, 1);
    weir_drop(writer);
    sink_fini(&sink);
}

static weir_poll stuck_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    (void)n;
    return (weir_poll){0, WEIR_READY};
}

static void a_write_of_nothing_is_an_error(void **state)
{
    static const weir_writer_ops ops = {
        .size = sizeof ops, .name = "stuck", .poll_write = stuck_poll_write};
    weir_writer *writer = weir_writer_new(sizeof(weir_writer), &ops);
    (void)state;
    expect(weir_poll_write(writer, &test.cx, "a", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    weir_drop(writer);
}

static void memory_grows_to_its_limit(void **state)
{
    weir_vec out;
    (void)state;
    memory_begin(0, false);
    weir_writer *writer = weir_memory_writer(&out, 7);
    assert_null(out.items);
    expect(weir_poll_write(writer, &test.cx, "abc", 3), WEIR_READY, 3);
    expect(weir_poll_write(writer, &test.cx, "defghi", 6), WEIR_READY, 4);
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    weir_drop(writer);
    assert_int_equal(out.n, 7);
    assert_memory_equal(out.items, "abcdefg", 7);
    weir_vec_drop(&out);
    writer = weir_memory_writer(&out, 3);
    expect(weir_poll_write(writer, &test.cx, "abc", 3), WEIR_READY, 3);
    expect(weir_poll_write(writer, &test.cx, "d", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    weir_drop(writer);
    assert_null(out.items);
    writer = weir_memory_writer(&out, 0);
    expect(weir_poll_write(writer, &test.cx, "d", 1), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_ARGUMENT);
    weir_drop(writer);
    assert_int_equal(memory_end(), 0);
}

static void memory_fails(void **state)
{
    weir_vec out;
    (void)state;
    for (unsigned long at = 1; at < 3; at++) {
        memory_begin(at, true);
        weir_writer *writer = weir_memory_writer(&out, 100);
        expect(weir_poll_write(writer, &test.cx, "abc", 3), WEIR_ERROR, 0);
        assert_int_equal(test.cx.error.code, WEIR_E_MEMORY);
        weir_drop(writer);
        assert_int_equal(memory_end(), 0);
    }
}

static void null_takes_everything(void **state)
{
    weir_writer *writer = weir_null_writer();
    (void)state;
    expect(weir_poll_write(writer, &test.cx, "abc", 3), WEIR_READY, 3);
    expect(weir_poll_flush(writer, &test.cx), WEIR_READY, 0);
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    weir_drop(writer);
}

/* ---- opening ---- */

/* Waits so often, then is open, or fails. */
static struct opening {
    unsigned waits, opens, writes;
    bool fails;
} opening;

static weir_poll opening_poll_open(weir_writer *writer, weir_cx *cx)
{
    (void)writer;
    opening.opens++;
    if (opening.waits) {
        opening.waits--;
        weir_waker_wake(cx->waker);
        return weir_wait_turn(cx);
    }
    if (opening.fails)
        return weir_fail(cx, WEIR_E_SYSTEM, "it cannot be opened");
    return (weir_poll){0, WEIR_READY};
}

static weir_poll opening_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    (void)bytes;
    opening.writes++;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static const weir_writer_ops opening_ops = {.size = sizeof opening_ops,
                                            .name = "opening",
                                            .poll_write = opening_poll_write,
                                            .poll_open = opening_poll_open};

static weir_writer *opening_writer(unsigned waits, bool fails)
{
    opening = (struct opening){.waits = waits, .fails = fails};
    return weir_writer_new(sizeof(weir_writer), &opening_ops);
}

static void opening_is_asked_before_the_source(void **state)
{
    uint64_t n = 0;
    (void)state;
    for (unsigned lines = 0; lines < 2; lines++)
        for (unsigned fails = 0; fails < 2; fails++) {
            struct script bytes = {0}, items = {.type = &weir_type_line};
            weir_writer *writer = opening_writer(3, fails);
            weir_stream *moved =
                lines ? weir_forward(script_stream(&items, fails ? "#" : "$"), writer)
                      : weir_copy(script_reader(&bytes, fails ? "#" : "\"ab\" $"), writer);
            weir_state got = WEIR_PENDING;
            for (unsigned turns = 0; turns < 3; turns++) {
                test_cx_turn(&test);
                got = weir_poll_next(moved, &test.cx, &n, 1).state;
                assert_int_equal(got, WEIR_PENDING);
                assert_int_equal(opening.writes, 0);
            }
            test_cx_turn(&test);
            got = weir_poll_next(moved, &test.cx, &n, 1).state;
            assert_int_equal(got, fails ? WEIR_ERROR : WEIR_END);
            assert_int_equal(opening.opens, 4);
            assert_int_equal(opening.writes, !fails && !lines);
            weir_drop(moved);
        }
}

static void opened_again_and_not_at_all(void **state)
{
    (void)state;
    weir_writer *writer = opening_writer(0, false);
    expect(weir_poll_open(writer, &test.cx), WEIR_READY, 0);
    expect(weir_poll_open(writer, &test.cx), WEIR_READY, 0);
    assert_int_equal(opening.opens, 2);
    expect(weir_poll_close(writer, &test.cx), WEIR_END, 0);
    expect(weir_poll_open(writer, &test.cx), WEIR_ERROR, 0);
    assert_int_equal(test.cx.error.code, WEIR_E_CLOSED);
    weir_drop(writer);
    writer = weir_null_writer();
    expect(weir_poll_open(writer, &test.cx), WEIR_READY, 0);
    weir_drop(writer);
}

/* The ops of a program that was compiled before end in front of poll_open. */
static void older_ops_have_no_opening(void **state)
{
    (void)state;
    weir_writer_ops older = opening_ops;
    older.size = offsetof(weir_writer_ops, poll_open);
    opening = (struct opening){.fails = true};
    weir_writer *writer = weir_writer_new(sizeof(weir_writer), &older);
    expect(weir_poll_open(writer, &test.cx), WEIR_READY, 0);
    assert_int_equal(opening.opens, 0);
    weir_drop(writer);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int bytes_writer(void)
{
    const struct CMUnitTest tests[] = {
        TEST(writes_are_counted),
        TEST(closed_is_closed),
        TEST(after_an_error_nothing_more),
        TEST(pending_takes_nothing),
        TEST(a_write_of_nothing_is_an_error),
        TEST(memory_grows_to_its_limit),
        TEST(memory_fails),
        TEST(null_takes_everything),
        TEST(opening_is_asked_before_the_source),
        TEST(opened_again_and_not_at_all),
        TEST(older_ops_have_no_opening),
    };
    return cmocka_run_group_tests_name("writer", tests, NULL, NULL);
}
