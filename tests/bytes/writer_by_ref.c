/* writer_by_ref: copies that leave their writer open. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

#include "doubles.h"
#include "writes.h"

static void copies_one_after_the_other(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct script first = {0}, second = {0};
        struct sink sink = {.pending = i % 2, .at_most = i / 2};
        uint64_t n = 0;
        memory_begin(0, false);
        weir_writer *out = sink_writer(&sink);
        weir_stream *copy =
            weir_copy(script_reader(&first, "\"ab\" P \"c\" $"), weir_writer_by_ref(out));
        assert_int_equal(await(copy, &n, NULL), WEIR_READY);
        assert_int_equal(n, 3);
        assert_int_equal(sink.flushed_n, 3); /* nobody else would do so */
        assert_int_equal(sink.closes + sink.finis, 0);
        writes_run(out, "--");
        copy = weir_copy(script_reader(&second, "\"de\" $"), weir_writer_by_ref(out));
        assert_int_equal(await(copy, &n, NULL), WEIR_READY);
        assert_int_equal(n, 2);
        writes_run(out, "x");
        assert_int_equal(sink.closes, 1);
        weir_drop(out);
        assert_memory_equal(sink.data, "abc--de", 7);
        assert_false(sink.gave_up);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

/* What went wrong with a reader is nothing that the writer did. */
static void a_readers_error_leaves_it_open(void **state)
{
    struct script script = {0};
    struct sink sink = {0};
    weir_error error;
    (void)state;
    weir_writer *out = sink_writer(&sink);
    weir_stream *copy = weir_copy(script_reader(&script, "\"ab\" !!7"), weir_writer_by_ref(out));
    assert_int_equal(await(copy, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.byte, 2);
    writes_run(out, "! x");
    assert_memory_equal(sink.data, "ab!", 3);
    weir_drop(out);
    assert_false(sink.gave_up);
    sink_fini(&sink);
}

static void a_writers_error_is_both(void **state)
{
    struct script script = {0};
    struct sink sink = {.fail_write = 2};
    weir_error error;
    (void)state;
    weir_writer *out = sink_writer(&sink);
    weir_stream *copy =
        weir_copy(script_reader(&script, "\"ab\" \"cd\" $"), weir_writer_by_ref(out));
    assert_int_equal(await(copy, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.byte, 2);
    assert_string_equal(error.trail[0], "sink");
    assert_string_equal(error.trail[1], "by_ref");
    assert_int_equal(writes_try(out, "e"), WEIR_E_CLOSED);
    weir_drop(out);
    assert_true(sink.gave_up);
    sink_fini(&sink);
}

static void dropped_at_each_step(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 20; steps++) {
        struct script script = {0};
        struct sink sink = {.pending = true};
        struct test_cx test;
        uint64_t n;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_writer *out = sink_writer(&sink);
        weir_stream *copy =
            weir_copy(script_reader(&script, "\"ab\" P* \"cd\" $"), weir_writer_by_ref(out));
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_next(copy, &test.cx, &n, 1));
        }
        uint64_t copied = weir_copied(copy);
        weir_drop(copy);
        assert_int_equal(sink.n, copied);
        writes_run(out, "- x");
        assert_int_equal(sink.n, copied + 1);
        weir_drop(out);
        assert_false(sink.gave_up);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
    }
}

/* Both ends lent: a copy that is given up after any step has lost nothing, and the next one goes
 * on. */
static void given_up_and_resumed(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 24; steps++) {
        struct script script = {0};
        struct sink sink = {.at_most = steps % 3, .pending = true};
        struct test_cx test;
        uint64_t n;
        test_cx_init(&test);
        weir_reader *from = script_reader(&script, "\"abc\" P* \"de\" P* \"fghij\" $");
        weir_writer *to = sink_writer(&sink);
        weir_stream *copy = weir_copy(weir_reader_by_ref(from), weir_writer_by_ref(to));
        for (unsigned i = 0; i < steps && !weir_is_done(copy); i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_next(copy, &test.cx, &n, 1));
        }
        uint64_t copied = weir_copied(copy);
        weir_drop(copy);
        assert_int_equal(sink.n, copied);
        copy = weir_copy(weir_reader_by_ref(from), weir_writer_by_ref(to));
        assert_int_equal(await(copy, &n, NULL), WEIR_READY);
        assert_int_equal(n, 10 - copied);
        assert_memory_equal(sink.data, "abcdefghij", 10);
        weir_drop(from);
        weir_drop(to);
        test_cx_fini(&test);
        sink_fini(&sink);
    }
}

static void memory_fails(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        struct sink sink = {0};
        weir_error error;
        memory_begin(at, false);
        weir_writer *out = sink_writer(&sink);
        weir_stream *copy = weir_copy(weir_memory_reader("abc", 3), weir_writer_by_ref(out));
        bool failed = await(copy, NULL, &error) == WEIR_ERROR;
        assert_int_equal(failed, memory.failed > 0);
        if (failed)
            assert_int_equal(error.code, WEIR_E_MEMORY);
        weir_drop(out);
        assert_int_equal(memory_end(), 0);
        sink_fini(&sink);
        if (!failed)
            break;
    }
}

/* Who closes it later knows that not all came. */
static void a_cut_copy_is_told(void **state)
{
    struct sink sink = {0};
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_writer *out = weir_buf_writer(sink_writer(&sink), 4), *by_ref = weir_writer_by_ref(out);
    by_ref->stage.cut = true;
    assert_int_equal(weir_poll_close(by_ref, &test.cx).state, WEIR_END);
    weir_drop(by_ref);
    assert_true(weir_stage_was_cut(&out->stage));
    assert_int_equal(weir_poll_close(out, &test.cx).state, WEIR_END);
    assert_true(weir_stage_was_cut(&weir_writer_below(out)->stage));
    weir_drop(out);
    test_cx_fini(&test);
    sink_fini(&sink);
}

int bytes_writer_by_ref(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(copies_one_after_the_other),
        cmocka_unit_test(a_readers_error_leaves_it_open),
        cmocka_unit_test(a_writers_error_is_both),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(given_up_and_resumed),
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(a_cut_copy_is_told),
    };
    return cmocka_run_group_tests_name("writer_by_ref", tests, NULL, NULL);
}
