/* codec_writer: what is written comes out below as the codec has it; the trailer with the close,
 * flushes where they are asked for, errors behind what was made before them. */

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"

enum { INPUT_BYTES = 300000 };

static unsigned char *text;

/* Writes n bytes, `piece` at a time, with a flush behind each where `flush`; then closes, unless
 * something failed. */
static weir_state write_and_close(weir_writer *writer, const unsigned char *bytes, size_t n,
                                  size_t piece, bool flush, weir_error *error)
{
    static struct test_cx test;
    size_t at = 0;
    weir_poll got = {0, WEIR_READY};
    test_cx_init(&test);
    for (bool flushes = false; got.state != WEIR_END && got.state != WEIR_ERROR;) {
        test_cx_turn(&test);
        if (flushes)
            got = weir_poll_flush(writer, &test.cx);
        else if (at < n)
            got = weir_poll_write(writer, &test.cx, bytes + at, n - at < piece ? n - at : piece);
        else
            got = weir_poll_close(writer, &test.cx);
        if (got.state == WEIR_PENDING)
            assert_true(test_cx_woken(&test));
        else if (got.state == WEIR_READY)
            flushes = flush && !flushes;
        at += got.state == WEIR_READY ? got.n : 0;
    }
    if (error)
        *error = test.cx.error;
    weir_drop(writer);
    test_cx_fini(&test);
    return got.state;
}

/* The same bytes as the reader's, whatever it is cut into. */
static void gzip_is_the_readers(void **state)
{
    static const size_t pieces[] = {1, 1000, 70000, INPUT_BYTES};
    static const size_t sizes[] = {0, 1, 3000, INPUT_BYTES};
    static const int levels[] = {0, WEIR_GZIP_LEVEL_STORED, 1, 9};
    (void)state;
    for (unsigned i = 0; i < 4 * 4 * 4; i++) {
        struct sink sink = {.at_most = i % 3 ? 0 : 999, .pending = i % 2};
        size_t n = sizes[i / 4 % 4], piece = pieces[i % 4];
        if (piece == 1 && n > 3000)
            continue;
        weir_gzip_options options = WEIR_GZIP_OPTIONS(.level = levels[i / 16]);
        struct bytes wanted =
            reader_bytes(weir_gzip_with(weir_memory_reader(text, n), &options), NULL);
        weir_writer *writer = weir_gzip_writer(sink_writer(&sink), &options);
        assert_int_equal(write_and_close(writer, text, n, piece, i % 5 == 0, NULL), WEIR_END);
        assert_true(sink.closed);
        assert_int_equal(sink.n, wanted.n);
        assert_memory_equal(sink.data, wanted.data, wanted.n);
        free(wanted.data);
        sink_fini(&sink);
    }
}

/* What was written before a flush can be read below, if that was asked for. */
static void a_flush_makes_it_readable(void **state)
{
    (void)state;
    for (unsigned flushes = 0; flushes < 2; flushes++) {
        struct sink sink = {.pending = true};
        weir_reader *back;
        struct test_cx test;
        test_cx_init(&test);
        weir_writer *writer =
            weir_gzip_writer(sink_writer(&sink), &WEIR_GZIP_OPTIONS(.flush_when_idle = flushes));
        assert_int_equal(weir_poll_write(writer, &test.cx, "hello", 5).n, 5);
        while (weir_poll_flush(writer, &test.cx).state == WEIR_PENDING)
            test_cx_turn(&test);
        size_t flushed = sink.n;
        while (weir_poll_flush(writer, &test.cx).state == WEIR_PENDING)
            test_cx_turn(&test);
        assert_int_equal(sink.n, flushed); /* nothing came since */
        assert_int_equal(weir_unsent(writer), 0);
        back = weir_gunzip(weir_memory_reader(sink.data ? (char *)sink.data : "", sink.n));
        struct bytes got = reader_bytes(back, NULL);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_int_equal(got.n, flushes ? 5 : 0);
        free(got.data);
        weir_drop(writer);
        test_cx_fini(&test);
        assert_false(sink.closed);
        sink_fini(&sink);
    }
}

static void gunzip_writes_what_was_packed(void **state)
{
    size_t n;
    unsigned char *packed = reference_gzip(text, INPUT_BYTES, 6, &n);
    (void)state;
    for (size_t piece = 1; piece <= n; piece = piece * 7 + 1) {
        struct sink sink = {.at_most = 70001, .pending = piece % 2};
        weir_writer *writer = weir_gunzip_writer(sink_writer(&sink));
        assert_int_equal(write_and_close(writer, packed, n, piece, false, NULL), WEIR_END);
        assert_int_equal(sink.n, INPUT_BYTES);
        assert_memory_equal(sink.data, text, INPUT_BYTES);
        sink_fini(&sink);
    }
    free(packed);
}

/* What was made before an error is below before it is told. */
static void errors_come_behind_what_was_made(void **state)
{
    size_t n;
    unsigned char *packed = reference_gzip("hello, hello", 12, 6, &n);
    (void)state;
    for (unsigned cut = 0; cut < 3; cut++)
        for (unsigned pending = 0; pending < 2; pending++) {
            struct sink sink = {.pending = pending, .at_most = 5};
            weir_error error;
            weir_writer *writer = weir_gunzip_writer(sink_writer(&sink));
            packed[n - 3] ^= cut == 1; /* of the length */
            size_t given = cut == 2 ? n - 4 : n;
            weir_state got = write_and_close(writer, packed, given, 99, false, &error);
            packed[n - 3] ^= cut == 1;
            assert_int_equal(got, cut ? WEIR_ERROR : WEIR_END);
            if (cut)
                assert_int_equal(error.code, cut == 1 ? WEIR_E_CORRUPT : WEIR_E_TRUNCATED);
            assert_int_equal(sink.n, 12);
            assert_memory_equal(sink.data, "hello, hello", 12);
            assert_int_equal(sink.closed, !cut);
            assert_int_equal(sink.gave_up, !!cut);
            sink_fini(&sink);
        }
    free(packed);
}

static void a_bomb_is_stopped(void **state)
{
    enum { ZEROS = 8 << 20 };
    size_t n;
    unsigned char *zeros = calloc(1, ZEROS), *packed = reference_gzip(zeros, ZEROS, 9, &n);
    struct sink sink = {0};
    weir_error error;
    (void)state;
    weir_writer *writer = weir_codec_writer(sink_writer(&sink), &weir_codec_gunzip,
                                            &WEIR_CODEC_OPTIONS(.ratio_max = 100));
    assert_int_equal(write_and_close(writer, packed, n, 500, false, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_in_range(sink.n, 1 << 20, 2 << 20);
    sink_fini(&sink);
    free(packed);
    free(zeros);
}

/* ---- a codec that ends, and others that break their contract ---- */

static bool begins(void *state, const void *options, weir_error *error)
{
    (void)state;
    if (!options)
        return true;
    weir_error_set(error, WEIR_E_USER, "it was told %d", *(const int *)options);
    return false;
}

/* Copies up to a dot, which is its end. */
static weir_codec_state until_dot(void *state, weir_span *span, weir_input input, weir_error *error)
{
    (void)state, (void)error;
    for (; span->in_n && span->out_n; span->in++, span->in_n--) {
        if (*span->in == '.') {
            span->in++, span->in_n--;
            return WEIR_CODEC_DONE;
        }
        *span->out++ = *span->in;
        span->out_n--;
    }
    return input == WEIR_INPUT_LAST ? WEIR_CODEC_DONE : WEIR_CODEC_MORE;
}

static const weir_codec dotted = {
    .name = "dotted", .state_size = 1, .init = begins, .step = until_dot};

static void nothing_comes_behind_the_end(void **state)
{
    struct sink sink = {.pending = true};
    weir_error error;
    (void)state;
    weir_writer *writer = weir_codec_writer(sink_writer(&sink), &dotted, NULL);
    weir_state got =
        write_and_close(writer, (const unsigned char *)"abc.def", 7, 99, false, &error);
    assert_int_equal(got, WEIR_ERROR);
    assert_string_equal(error.message, "the format ended, and 3 bytes more are written");
    assert_int_equal(error.byte, 4);
    sink_fini(&sink);
    sink = (struct sink){0};
    writer = weir_codec_writer(sink_writer(&sink), &dotted, NULL);
    got = write_and_close(writer, (const unsigned char *)"abc.", 4, 1, true, &error);
    assert_int_equal(got, WEIR_END);
    assert_memory_equal(sink.data, "abc", 3);
    sink_fini(&sink);
}

static void what_init_says_is_told(void **state)
{
    struct sink sink = {0};
    weir_error error;
    int seven = 7;
    (void)state;
    weir_writer *writer =
        weir_codec_writer(sink_writer(&sink), &dotted,
                          &WEIR_CODEC_OPTIONS(.for_codec = &seven, .for_codec_size = sizeof seven));
    seven = 8; /* it was copied */
    assert_int_equal(write_and_close(writer, text, 9, 9, false, &error), WEIR_ERROR);
    assert_string_equal(error.message, "it was told 7");
    sink_fini(&sink);
    writer = weir_gzip_writer(weir_null_writer(), &WEIR_GZIP_OPTIONS(.threads = 2));
    assert_int_equal(write_and_close(writer, text, 9, 9, false, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
}

static weir_codec_state stands_still(void *state, weir_span *span, weir_input input,
                                     weir_error *error)
{
    (void)state, (void)span, (void)input, (void)error;
    return WEIR_CODEC_MORE;
}

static void a_codec_that_stands_still_is_ended(void **state)
{
    static const weir_codec still = {
        .name = "still", .state_size = 1, .init = begins, .step = stands_still};
    weir_error error;
    (void)state;
#if !defined(WEIR_CHECKS) || !WEIR_CHECKS
    weir_writer *writer = weir_codec_writer(weir_null_writer(), &still, NULL);
    assert_int_equal(write_and_close(writer, text, 9, 9, false, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
#else
    (void)still, (void)error;
#endif
}

/* ---- memory and failing sinks ---- */

static void every_failure_of_the_sink_is_told(void **state)
{
    (void)state;
    for (unsigned i = 1; i < 12; i++) {
        struct sink sink = {.at_most = 20000,
                            .fail_write = i < 10 ? i : 0,
                            .fail_flush = i == 10,
                            .fail_close = i == 11};
        weir_error error;
        weir_writer *writer = weir_gzip_writer(sink_writer(&sink),
                                               &WEIR_GZIP_OPTIONS(.level = WEIR_GZIP_LEVEL_STORED));
        weir_state got = write_and_close(writer, text, INPUT_BYTES, 50000, true, &error);
        assert_int_equal(got, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_SYSTEM);
        assert_true(sink.gave_up || i == 11);
        sink_fini(&sink);
    }
}

static void every_allocation_fails_once(void **state)
{
    (void)state;
    for (unsigned long at = 1, failed = 1; failed; at++) {
        struct sink sink = {0};
        weir_error error;
        memory_begin(at, true);
        weir_writer *writer = weir_gzip_writer(sink_writer(&sink), &WEIR_GZIP_OPTIONS(.level = 1));
        weir_state got = write_and_close(writer, text, 3000, 999, true, &error);
        failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        assert_int_equal(got, failed ? WEIR_ERROR : WEIR_END);
        if (failed)
            assert_int_equal(error.code, WEIR_E_MEMORY);
        sink_fini(&sink);
    }
}

static void dropped_at_each_step(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 30; steps++) {
        struct sink sink = {.at_most = 7000, .pending = true};
        struct test_cx test;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_writer *writer = weir_gzip_writer(sink_writer(&sink), NULL);
        size_t bound = weir_memory_max(writer);
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            if (i % 7 == 5)
                weir_ignore(weir_poll_flush(writer, &test.cx));
            else
                weir_ignore(weir_poll_write(writer, &test.cx, text, 30000));
        }
        weir_drop(writer);
        test_cx_fini(&test);
        assert_in_range(memory.peak_bytes, 0, bound + sizeof test);
        assert_int_equal(memory_end(), 0);
        assert_false(sink.closed);
        sink_fini(&sink);
    }
}

static int make_input(void **state)
{
    uint64_t seed = 5;
    (void)state;
    text = malloc(INPUT_BYTES);
    for (size_t i = 0; i < INPUT_BYTES; i++)
        text[i] = (unsigned char)"abcdefgh\n0123456789"[draw_below(&seed, 19)];
    return 0;
}

static int free_input(void **state)
{
    (void)state;
    free(text);
    return 0;
}

int codec_codec_writer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_is_the_readers),
        cmocka_unit_test(a_flush_makes_it_readable),
        cmocka_unit_test(gunzip_writes_what_was_packed),
        cmocka_unit_test(errors_come_behind_what_was_made),
        cmocka_unit_test(a_bomb_is_stopped),
        cmocka_unit_test(nothing_comes_behind_the_end),
        cmocka_unit_test(what_init_says_is_told),
        cmocka_unit_test(a_codec_that_stands_still_is_ended),
        cmocka_unit_test(every_failure_of_the_sink_is_told),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
    };
    return cmocka_run_group_tests_name("codec_writer", tests, make_input, free_input);
}
