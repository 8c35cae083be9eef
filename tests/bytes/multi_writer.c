/* multi_writer: all have the same, the slowest sets the pace, the first that fails ends it. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "doubles.h"
#include "writes.h"

enum { WRITERS_MAX = 3 };

static weir_writer *multi(struct sink *sinks, size_t n)
{
    weir_writer *writers[WRITERS_MAX];
    for (size_t i = 0; i < n; i++)
        writers[i] = sink_writer(&sinks[i]);
    return weir_multi_writer(writers, n);
}

static void expect_all(struct sink *sinks, size_t n, const char *wanted)
{
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(sinks[i].n, strlen(wanted));
        assert_memory_equal(sinks[i].data, wanted, sinks[i].n);
    }
}

/* Each takes so many at once, waits so often, or takes blocks. */
static void every_pace(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 3 * 4 * 4 * 4; kind++) {
        struct sink sinks[WRITERS_MAX] = {0};
        size_t n = 1 + kind % 3;
        for (size_t i = 0; i < n; i++) {
            unsigned pace = kind / 3 >> 2 * i & 3;
            sinks[i] = (struct sink){.at_most = pace == 3 ? 0 : pace,
                                     .pending = pace == 2,
                                     .waits = (unsigned)i + 1,
                                     .blocks = pace == 3};
        }
        memory_begin(0, false);
        weir_writer *writer = multi(sinks, n);
        writes_run(writer, "hello wor f ld x x");
        assert_int_equal(weir_unsent(writer), 0);
        assert_int_equal(weir_stage_n(&writer->stage), 10);
        weir_drop(writer);
        expect_all(sinks, n, "helloworld");
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(sinks[i].closes, 1);
            assert_int_equal(sinks[i].finis, 1);
            sink_fini(&sinks[i]);
        }
        assert_int_equal(memory_end(), 0);
    }
}

/* Who is behind is waited for before anybody is offered more; what it lacks is told. */
static void the_slowest_sets_the_pace(void **state)
{
    struct sink sinks[2] = {{0}, {.pending_held = true}};
    struct test_cx test;
    (void)state;
    memory_begin(0, false);
    test_cx_init(&test);
    weir_writer *writer = multi(sinks, 2);
    char bytes[] = "abc";
    assert_int_equal(weir_poll_write(writer, &test.cx, bytes, 3).n, 3);
    memset(bytes, '?', 3); /* they were the caller's */
    assert_int_equal(sinks[1].n, 0);
    assert_int_equal(weir_unsent(writer), 3);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_write(writer, &test.cx, "d", 1).state, WEIR_PENDING);
    assert_int_equal(weir_poll_flush(writer, &test.cx).state, WEIR_PENDING);
    assert_int_equal(sinks[0].n, 3);
    assert_int_equal(sinks[0].flushes, 0);
    assert_true(sink_wake(&sinks[1]));
    assert_int_equal(test.waker->wakes, 1);
    test_cx_turn(&test);
    assert_int_equal(weir_poll_write(writer, &test.cx, "d", 1).n, 1);
    assert_memory_equal(sinks[1].data, "abc", sinks[1].n);
    assert_int_equal(weir_unsent(writer), 1);
    weir_drop(writer); /* one of them lacks something: none is whole */
    assert_true(sinks[0].gave_up && sinks[1].gave_up);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
    sink_fini(&sinks[0]);
    sink_fini(&sinks[1]);
}

static void the_first_that_fails_ends_it(void **state)
{
    (void)state;
    for (unsigned kind = 0; kind < 9; kind++) {
        unsigned bad = kind % 3;
        struct sink sinks[3] = {0};
        char wanted[64];
        struct test_cx test;
        sinks[bad] = (struct sink){
            .fail_write = kind / 3 == 0, .fail_flush = kind / 3 == 1, .fail_close = kind / 3 == 2};
        test_cx_init(&test);
        weir_writer *writer = multi(sinks, 3);
        weir_poll got = weir_poll_write(writer, &test.cx, "ab", 2);
        if (kind / 3 == 1)
            got = weir_poll_flush(writer, &test.cx);
        if (kind / 3 == 2)
            got = weir_poll_close(writer, &test.cx);
        assert_int_equal(got.state, WEIR_ERROR);
        static const char *const what[] = {"write", "flush", "close"};
        snprintf(wanted, sizeof wanted, "writer %u of 3: sink: %s failed", bad + 1, what[kind / 3]);
        assert_string_equal(test.cx.error.message, wanted);
        assert_string_equal(test.cx.error.trail[1], "multi_writer");
        assert_int_equal(weir_poll_write(writer, &test.cx, "c", 1).state, WEIR_ERROR);
        weir_drop(writer);
        for (unsigned i = 0; i < 3; i++) {
            assert_int_equal(sinks[i].closes, kind / 3 == 2 && i <= bad);
            assert_int_equal(sinks[i].n, kind / 3 == 0 && i >= bad ? 0 : 2);
            assert_int_equal(sinks[i].gave_up, kind / 3 < 2 || i >= bad);
            sink_fini(&sinks[i]);
        }
        test_cx_fini(&test);
    }
}

/* An error that comes while it is behind. */
static void the_one_behind_fails(void **state)
{
    struct sink sinks[2] = {{0}, {.at_most = 1, .fail_write = 2}};
    (void)state;
    weir_writer *writer = multi(sinks, 2);
    assert_int_equal(writes_try(writer, "abc d"), WEIR_E_SYSTEM);
    assert_int_equal(sinks[0].n, 3);
    assert_int_equal(sinks[1].n, 1);
    weir_drop(writer);
    sink_fini(&sinks[0]);
    sink_fini(&sinks[1]);
}

static void none_at_all(void **state)
{
    (void)state;
    weir_writer *writer = weir_multi_writer(NULL, 0);
    writes_run(writer, "abc f x");
    assert_int_equal(weir_stage_n(&writer->stage), 3);
    weir_drop(writer);
}

static void one_that_could_not_be_built(void **state)
{
    struct sink sinks[2] = {{0}, {0}};
    (void)state;
    memory_begin(0, false);
    weir_writer *writers[] = {sink_writer(&sinks[0]),
                              weir_writer_refused(WEIR_E_USER, NULL, "no", NULL, NULL, 0),
                              sink_writer(&sinks[1])};
    weir_writer *writer = weir_multi_writer(writers, 3);
    assert_int_equal(writes_try(writer, "a"), WEIR_E_USER);
    weir_drop(writer);
    assert_int_equal(sinks[0].finis + sinks[1].finis, 2);
    assert_int_equal(memory_end(), 0);
}

static void memory_fails(void **state)
{
    (void)state;
    for (unsigned long at = 1;; at++) {
        struct sink sinks[3] = {{0}, {.at_most = 1, .pending = true}, {0}};
        memory_begin(at, false);
        weir_writer *writer = multi(sinks, 3);
        bool failed = writes_try(writer, "hello x") != WEIR_OK;
        assert_int_equal(failed, memory.failed > 0);
        weir_drop(writer);
        for (unsigned i = 0; i < 3; i++)
            sink_fini(&sinks[i]);
        assert_int_equal(memory_end(), 0);
        if (!failed)
            break;
    }
}

static void memory_is_told(void **state)
{
    static char bytes[200 << 10];
    struct sink sinks[2] = {{0}, {.pending_held = true}};
    struct test_cx test;
    (void)state;
    memory_begin(0, false);
    test_cx_init(&test);
    unsigned long before = memory.live_bytes;
    weir_writer *writer = multi(sinks, 2);
    weir_poll got = weir_poll_write(writer, &test.cx, bytes, sizeof bytes);
    assert_int_equal(got.n, 64 << 10); /* no more is taken than is held */
    assert_true(memory.peak_bytes - before <= weir_memory_max(writer));
    weir_drop(writer);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
    sink_fini(&sinks[0]);
    sink_fini(&sinks[1]);
}

static void a_copy_into_several(void **state)
{
    struct script script = {0};
    struct sink sinks[2] = {{.at_most = 1}, {.pending = true}};
    uint64_t n = 0;
    (void)state;
    weir_stream *copy = weir_copy(script_reader(&script, "\"ab\" P \"cde\" $"), multi(sinks, 2));
    assert_int_equal(await(copy, &n, NULL), WEIR_READY);
    assert_int_equal(n, 5);
    expect_all(sinks, 2, "abcde");
    sink_fini(&sinks[0]);
    sink_fini(&sinks[1]);
}

int bytes_multi_writer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pace),
        cmocka_unit_test(the_slowest_sets_the_pace),
        cmocka_unit_test(the_first_that_fails_ends_it),
        cmocka_unit_test(the_one_behind_fails),
        cmocka_unit_test(none_at_all),
        cmocka_unit_test(one_that_could_not_be_built),
        cmocka_unit_test(memory_fails),
        cmocka_unit_test(memory_is_told),
        cmocka_unit_test(a_copy_into_several),
    };
    return cmocka_run_group_tests_name("multi_writer", tests, NULL, NULL);
}
