/* inspect_writer: sees what was taken, once, in order, however it is written. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>
#include <sys/uio.h>

#include "doubles.h"
#include "writes.h"

struct seen {
    char bytes[64];
    size_t n;
    unsigned calls;
};

static void see(void *arg, const void *bytes, size_t n)
{
    struct seen *seen = arg;
    assert_true(n > 0 && seen->n + n <= sizeof seen->bytes);
    memcpy(seen->bytes + seen->n, bytes, n);
    seen->n += n;
    seen->calls++;
}

static void expect_same(const struct seen *seen, const struct sink *sink)
{
    assert_int_equal(seen->n, sink->n);
    assert_memory_equal(seen->bytes, sink->data, sink->n);
}

static void what_was_taken(void **state)
{
    static char ab[] = "ab", cde[] = "cde";
    const struct iovec pieces[] = {{ab, 2}, {NULL, 0}, {cde, 3}};
    (void)state;
    for (unsigned i = 0; i < 16; i++) {
        struct sink sink = {
            .at_most = i % 4, .pending = i / 4 % 2, .vectored = i / 8, .blocks = i / 8};
        struct seen seen = {0};
        weir_writer *writer = weir_inspect_writer(sink_writer(&sink), see, &seen);
        writes_run(writer, "hello f");
        expect_same(&seen, &sink);
        assert_int_equal(await(weir_write_all_vectored(writer, pieces, 3, NULL), NULL, NULL),
                         WEIR_READY);
        expect_same(&seen, &sink);
        assert_int_equal(sink.n, 10);
        assert_int_equal(weir_stage_n(&writer->stage), 10);
        writes_run(writer, "x");
        assert_int_equal(sink.closes, 1);
        weir_drop(writer);
        sink_fini(&sink);
    }
}

static void progress_of_a_copy(void **state)
{
    struct script script = {0};
    struct sink sink = {.blocks = true};
    struct seen seen = {0};
    uint64_t n = 0;
    (void)state;
    weir_reader *reader = script_reader(&script, "\"ab\" \"cde\" P \"f\" $");
    weir_writer *writer = weir_inspect_writer(sink_writer(&sink), see, &seen);
    assert_int_equal(await(weir_copy(reader, writer), &n, NULL), WEIR_READY);
    assert_int_equal(n, 6);
    assert_int_equal(seen.calls, 3);
    expect_same(&seen, &sink);
    sink_fini(&sink);
}

static void what_failed_is_not_seen(void **state)
{
    struct sink sink = {.fail_write = 2};
    struct seen seen = {0};
    (void)state;
    weir_writer *writer = weir_inspect_writer(sink_writer(&sink), see, &seen);
    assert_int_equal(writes_try(writer, "ab cd"), WEIR_E_SYSTEM);
    assert_int_equal(seen.n, 2);
    weir_drop(writer);
    assert_true(sink.gave_up);
    sink_fini(&sink);
}

/* Given up above, given up below: what was cut must not look whole. */
static void giving_up_goes_down(void **state)
{
    struct sink sink = {0};
    struct seen seen = {0};
    (void)state;
    weir_writer *writer = weir_inspect_writer(sink_writer(&sink), see, &seen);
    writes_run(writer, "ab");
    weir_duplex_abort((weir_duplex){NULL, writer});
    assert_true(sink.gave_up);
    assert_int_equal(sink.closes, 0);
    sink_fini(&sink);
}

/* Tried without waiting, past it, a lent one and what gathers below. */
static void what_was_tried(void **state)
{
    struct sink sink = {0};
    struct seen seen = {0};
    (void)state;
    weir_writer *below = weir_buf_writer(sink_writer(&sink), 4);
    weir_writer *writer = weir_inspect_writer(weir_writer_by_ref(below), see, &seen);
    assert_int_equal(weir_try_write(writer, "abcdef", 6), 4);
    assert_int_equal(weir_try_write(writer, "ef", 2), WEIR_CANNOT_TRY);
    assert_int_equal(seen.n, 4);
    assert_int_equal(weir_unsent(writer), 4);
    writes_run(writer, "x");
    expect_same(&seen, &sink);
    assert_string_equal(sink.log, "w4 f");
    weir_drop(writer);
    weir_drop(below);
    sink_fini(&sink);
}

static void memory_fails(void **state)
{
    struct seen seen = {0};
    (void)state;
    for (unsigned deep = 1; deep < 40; deep += 13) { /* the arena grows, at last */
        for (unsigned long at = 1;; at++) {
            struct sink sink = {0};
            memory_begin(at, false);
            weir_writer *writer = sink_writer(&sink);
            for (unsigned i = 0; i < deep; i++)
                writer = weir_inspect_writer(writer, see, &seen);
            seen.n = 0;
            bool failed = writes_try(writer, "a") == WEIR_E_MEMORY;
            assert_int_equal(failed, memory.failed > 0);
            weir_drop(writer);
            assert_int_equal(memory_end(), 0);
            sink_fini(&sink);
            if (!failed)
                break;
        }
    }
}

static void too_deep(void **state)
{
    struct seen seen = {0};
    weir_error error;
    (void)state;
    memory_begin(0, false);
    weir_writer *writer = weir_null_writer();
    for (unsigned i = 0; i < WEIR_DEPTH_MAX; i++)
        writer = weir_inspect_writer(writer, see, &seen);
    assert_int_equal(await(weir_write(writer, "a", 1), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    weir_drop(writer);
    assert_int_equal(memory_end(), 0);
}

int bytes_inspect_writer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_taken),
        cmocka_unit_test(progress_of_a_copy),
        cmocka_unit_test(what_failed_is_not_seen),
        cmocka_unit_test(giving_up_goes_down),
        cmocka_unit_test(what_was_tried),
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(too_deep),
    };
    return cmocka_run_group_tests_name("inspect_writer", tests, NULL, NULL);
}
