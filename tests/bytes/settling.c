/* What a sink does with marks: they are settled in groups, when what came before them is safe. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marked.h"
#include "weir/codec_writer.h"
#include "weir/compress.h"
#include "weir/stream.h"
#include "weir/write.h"

/* ---- a writer that knows what is safe ---- */

static struct safe {
    weir_strength strength;
    bool waits;
    bool packed;      /* nobody can read what comes */
    unsigned fail_at; /* this settling fails; 0: none */
    unsigned settles;
    char bytes[4096];
    size_t n;
    bool waited;
    weir_waker_slot slot;
} safe;

static struct marked source;

static weir_poll safe_poll_write(weir_writer *writer, weir_cx *cx, const void *bytes, size_t n)
{
    (void)writer;
    (void)cx;
    assert_true(n <= sizeof safe.bytes - safe.n);
    memcpy(safe.bytes + safe.n, bytes, n);
    safe.n += n;
    return (weir_poll){(uint32_t)n, WEIR_READY};
}

static void note_lines(void)
{
    for (char *at = safe.bytes, *end; !safe.packed && at < safe.bytes + safe.n; at = end + 1) {
        marked_note(&source, strtoll(at, &end, 10));
        assert_int_equal(*end, '\n');
    }
}

static weir_poll safe_poll_settle(weir_writer *writer, weir_cx *cx, weir_strength strength)
{
    (void)writer;
    assert_true(strength <= safe.strength);
    safe.waited = safe.waits && !safe.waited;
    if (safe.waited) {
        weir_waker_wake(cx->waker);
        return weir_wait(cx, &safe.slot, WEIR_WAIT_PEER);
    }
    if (++safe.settles == safe.fail_at)
        return weir_fail(cx, WEIR_E_USER, "the disk is gone");
    note_lines();
    return (weir_poll){0, WEIR_READY};
}

static weir_poll safe_poll_close(weir_writer *writer, weir_cx *cx)
{
    (void)writer;
    (void)cx;
    note_lines();
    return (weir_poll){0, WEIR_END};
}

static void safe_fini(weir_writer *writer)
{
    (void)writer;
    weir_waker_slot_clear(&safe.slot);
}

static weir_strength safe_strength(const weir_writer *writer)
{
    (void)writer;
    return safe.strength;
}

static const weir_writer_ops safe_ops = {.size = sizeof safe_ops,
                                         .name = "safe",
                                         .poll_write = safe_poll_write,
                                         .poll_close = safe_poll_close,
                                         .fini = safe_fini,
                                         .strength = safe_strength,
                                         .poll_settle = safe_poll_settle};

static weir_writer *safe_writer(weir_strength strength)
{
    safe = (struct safe){.strength = strength};
    return weir_writer_new(sizeof(weir_writer), &safe_ops);
}

/* ---- lines of numbers, with marks between ---- */

static weir_line line_of(int64_t item, void *arg)
{
    static char texts[MARKED_ITEMS_MAX + 1][8];
    (void)arg;
    int n = snprintf(texts[item], sizeof texts[item], "%d\n", (int)item);
    return (weir_line){texts[item], (size_t)n};
}
WEIR_MAP_FN(line_fn, line_of, int64_t, weir_line)

static weir_stream *lines(uint64_t seed)
{
    weir_stream *stream = marked_stream(&source, seed, 1, 200);
    source.fails = false;
    return weir_map(stream, &line_fn, NULL);
}

static void expect_settled(bool all)
{
    assert_int_equal(source.early, 0);
    assert_int_equal(source.given, source.kept + source.lost);
    assert_true(!all || !source.lost);
}

static void each_is_kept_in_groups(void **state)
{
    uint64_t n;
    (void)state;
    for (uint64_t seed = 1; seed < 60; seed++)
        for (unsigned kind = 0; kind < 4; kind++) {
            weir_writer *writer = safe_writer(WEIR_STRENGTH_DURABLE);
            safe.waits = seed % 2;
            weir_stream *s = kind == 0   ? weir_forward(lines(seed), writer)
                             : kind == 1 ? weir_forward(lines(seed), weir_buf_writer(writer, 100))
                             : kind == 2 ? weir_forward(lines(seed), weir_line_writer(writer, 99))
                                         : weir_send_all(lines(seed), writer);
            assert_int_equal(await(s, &n, NULL), WEIR_READY);
            assert_int_equal(n, safe.n);
            expect_settled(true);
            assert_true(source.given > 5);
            assert_true(safe.settles < source.given);
            if (kind == 3)
                weir_drop(writer);
        }
}

static void so_many_or_so_long(void **state)
{
    uint64_t n;
    (void)state;
    weir_stream *s = lines(3); /* it never waits */
    s = weir_forward_with(s, safe_writer(WEIR_STRENGTH_DURABLE),
                          &WEIR_FORWARD_OPTIONS(.marks_max = 1));
    assert_int_equal(await(s, &n, NULL), WEIR_READY);
    unsigned ones = safe.settles;
    expect_settled(true);
    s = weir_forward_with(lines(3), safe_writer(WEIR_STRENGTH_DURABLE),
                          &WEIR_FORWARD_OPTIONS(.marks_max = 1000));
    assert_int_equal(await(s, &n, NULL), WEIR_READY);
    expect_settled(true);
    assert_true(safe.settles < ones / 4);
}

static void nothing_is_kept_behind_a_failure(void **state)
{
    uint64_t n;
    weir_error error;
    (void)state;
    for (uint64_t seed = 1; seed < 60; seed++) {
        weir_writer *writer = safe_writer(WEIR_STRENGTH_DURABLE);
        safe.fail_at = 1 + (unsigned)(seed % 3);
        assert_int_equal(await(weir_forward(lines(seed), writer), &n, &error), WEIR_ERROR);
        assert_string_equal(error.message, "the disk is gone");
        assert_int_equal(safe.settles, safe.fail_at); /* it is not tried again */
        expect_settled(false);
        assert_true(source.lost > 0);
    }
}

static void dropped_half_way(void **state)
{
    static struct test_cx test;
    uint64_t n;
    (void)state;
    for (unsigned polls = 0; polls < 60; polls++) {
        test_cx_init(&test);
        weir_stream *s = weir_forward(lines(4), safe_writer(WEIR_STRENGTH_DURABLE));
        safe.waits = true;
        for (unsigned i = 0; i < polls && !weir_is_done(s); i++) {
            test_cx_turn(&test);
            if (weir_poll_next(s, &test.cx, &n, 1).state == WEIR_PENDING)
                assert_true(test_cx_woken(&test));
        }
        weir_drop(s);
        test_cx_fini(&test);
        expect_settled(false);
    }
}

/* ---- writers that promise less ---- */

static void expect_refused(weir_stream *s, const char *part, const char *cure)
{
    weir_error error;
    uint64_t n;
    assert_int_equal(await(s, &n, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    if (!strstr(error.message, part) || !error.cure || !strstr(error.cure, cure))
        fail_msg("%s (%s)", error.message, error.cure ? error.cure : "no cure");
    assert_int_equal(source.given, 0);
}

static void weak_writers_are_refused(void **state)
{
    uint64_t n;
    weir_vec out;
    (void)state;
    expect_refused(weir_forward(lines(1), weir_null_writer()),
                   "'null' promises that what it took is sent, and not that it is durable",
                   ".strength");
    expect_refused(weir_forward(lines(1), weir_memory_writer(&out, 9999)),
                   "'memory' makes nothing safe before it is closed", "append");
    expect_refused(
        weir_forward(lines(1), weir_codec_writer(weir_null_writer(), &weir_codec_zlib, NULL)),
        "'zlib' makes nothing safe before", "append");
    expect_refused(weir_forward(lines(1), weir_gzip_writer(weir_null_writer(), NULL)),
                   "'gzip' promises that what it took is sent", ".strength");
    weir_writer *lent = weir_memory_writer(&out, 9999);
    expect_refused(weir_send_all(lines(1), lent), "makes nothing safe before", "append");
    expect_refused(weir_forward(lines(1), weir_writer_by_ref(lent)), "makes nothing safe",
                   "append");
    weir_drop(lent);
    weir_stream *s = weir_forward_with(lines(1), weir_null_writer(),
                                       &WEIR_FORWARD_OPTIONS(.strength = WEIR_STRENGTH_SENT));
    assert_int_equal(await(s, &n, NULL), WEIR_READY);
    assert_int_equal(source.kept, source.given);
}

/* Those that pass it on: each asks the one below when all that it held is there. */
static void writers_over_others(void **state)
{
    uint64_t n;
    (void)state;
    for (unsigned kind = 0; kind < 4; kind++) {
        weir_writer *both[2] = {safe_writer(WEIR_STRENGTH_DURABLE), weir_null_writer()};
        weir_writer *writer = both[0];
        const weir_gzip_options *when_idle = &WEIR_GZIP_OPTIONS(.flush_when_idle = true);
        weir_forward_options how = WEIR_FORWARD_OPTIONS(.marks_max = 2);
        if (kind == 0)
            writer = weir_gzip_writer(weir_buf_writer(writer, 100), when_idle);
        if (kind == 1)
            writer = weir_write_timeout(writer, UINT64_MAX);
        if (kind == 3)
            how.strength = WEIR_STRENGTH_SENT; /* the weakest of them */
        if (kind == 3)
            writer = weir_multi_writer(both, 2);
        else
            weir_drop(both[1]);
        safe.packed = kind == 0;
        assert_int_equal(await(weir_forward_with(lines(7), writer, &how), &n, NULL), WEIR_READY);
        assert_true(safe.settles > 1);
        assert_int_equal(source.kept, source.given);
        assert_int_equal(kind ? source.early : 0, 0);
    }
    weir_writer *both[2] = {safe_writer(WEIR_STRENGTH_DURABLE), weir_null_writer()};
    expect_refused(weir_forward(lines(1), weir_multi_writer(both, 2)), "'multi_writer' promises",
                   ".strength");
}

/* What is known to end may wait for that. */
static void an_end_that_is_known(void **state)
{
    uint64_t n;
    (void)state;
    weir_stream *s = weir_take(lines(2), 50);
    s = weir_forward(s, safe_writer(WEIR_STRENGTH_AT_CLOSE));
    assert_int_equal(await(s, &n, NULL), WEIR_READY);
    assert_int_equal(safe.settles, 0);
    expect_settled(true);
    assert_true(source.kept > 0);
}

static void asked_by_hand(void **state)
{
    static struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_writer *writer = weir_null_writer();
    assert_int_equal(weir_writer_strength(writer), WEIR_STRENGTH_SENT);
    assert_int_equal(weir_writer_settle(writer, &test.cx, WEIR_STRENGTH_SENT).state, WEIR_READY);
    assert_int_equal(weir_writer_settle(writer, &test.cx, WEIR_STRENGTH_DURABLE).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message,
                        "'null' does not promise that what it took is durable");
    weir_drop(writer);
    test_cx_fini(&test);
}

int bytes_settling(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_kept_in_groups),
        cmocka_unit_test(so_many_or_so_long),
        cmocka_unit_test(nothing_is_kept_behind_a_failure),
        cmocka_unit_test(dropped_half_way),
        cmocka_unit_test(weak_writers_are_refused),
        cmocka_unit_test(writers_over_others),
        cmocka_unit_test(an_end_that_is_known),
        cmocka_unit_test(asked_by_hand),
    };
    return cmocka_run_group_tests_name("settling", tests, NULL, NULL);
}
