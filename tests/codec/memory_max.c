/* What weir_memory_max() says is never passed, and no more than about twice what is used. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>

#include "codec/deflate.h"
#include "codec_run.h"

enum { INPUT_BYTES = 3 << 20, LINE_BYTES = 900 << 10 };

static const unsigned char *input; /* noise, with a newline now and then */
static unsigned char *packed;
static size_t packed_n;

static weir_reader *text(void)
{
    return weir_memory_reader(input, INPUT_BYTES);
}

static weir_reader *gzip_fastest(void)
{
    return weir_gzip(text(), WEIR_GZIP_LEVEL_DEFAULT);
}

static weir_reader *gzip_1(void)
{
    return weir_gzip(text(), 1);
}

static weir_reader *gzip_9(void)
{
    return weir_gzip(text(), 9);
}

static weir_reader *gunzip(void)
{
    return weir_gunzip(weir_memory_reader(packed, packed_n));
}

static weir_reader *gunzip_by_zlib(void)
{
    return weir_codec_reader(weir_memory_reader(packed, packed_n), &weir_codec_gunzip_zlib, NULL);
}

static weir_reader *gzip_and_gunzip(void)
{
    return weir_gunzip(gzip_fastest());
}

static weir_reader *base64(void)
{
    return weir_base64(text(), &WEIR_BASE64_OPTIONS(.line_bytes = 76));
}

static weir_reader *base64_and_back(void)
{
    return weir_unbase64(base64(), &WEIR_UNBASE64_OPTIONS(.blanks = true));
}

static weir_reader *hex_and_back(void)
{
    return weir_unhex(weir_hex(text(), NULL), NULL);
}

static weir_reader *long_lines(void)
{
    return weir_to_lines(weir_lines(gunzip(), LINE_BYTES));
}

static weir_reader *short_lines(void)
{
    return weir_to_lines(weir_lines(text(), LINE_BYTES));
}

static weir_reader *two_after_each_other(void)
{
    return weir_chain_reader(gzip_fastest(), gunzip());
}

/* Reads all of it, one fill after the other. */
static void drain(weir_reader *reader)
{
    static struct test_cx test;
    test_cx_init(&test);
    for (;;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_fill(reader, &test.cx, 1);
        if (got.state == WEIR_END && !got.n)
            break;
        assert_int_not_equal(got.state, WEIR_ERROR);
        if (got.state == WEIR_PENDING)
            assert_true(test_cx_woken(&test));
        weir_consume(reader, got.n);
    }
    test_cx_fini(&test);
}

static void check(const char *name, weir_reader *(*build)(void))
{
    memory_begin(0, false);
    weir_reader *reader = build();
    size_t bound = weir_memory_max(reader);
    drain(reader);
    weir_drop(reader);
    assert_int_equal(memory_end(), 0);
    if (memory.peak_bytes > bound || bound > memory.peak_bytes * 2)
        fail_msg("%s: %zu bytes were held, the bound is %zu", name, memory.peak_bytes, bound);
}

static void readers_keep_their_bounds(void **state)
{
    (void)state;
    check("gzip", gzip_fastest);
    check("gzip, level 1", gzip_1);
    check("gzip, level 9", gzip_9);
    check("gunzip", gunzip);
    check("gunzip by zlib", gunzip_by_zlib);
    check("gzip and gunzip", gzip_and_gunzip);
    check("base64", base64);
    check("base64 and back", base64_and_back);
    check("hex and back", hex_and_back);
    check("long lines", long_lines);
    check("to_lines", short_lines);
    check("two after each other", two_after_each_other);
}

/* Sources that let go of everything take turns with one block; others are added up. */
static void one_after_the_other(void **state)
{
    (void)state;
    weir_reader *readers[8];
    for (size_t i = 0; i < 8; i++)
        readers[i] = text();
    size_t one = weir_memory_max(readers[0]);
    for (size_t n = 4; n; n /= 2)
        for (size_t i = 0; i < n; i++)
            readers[i] = weir_chain_reader(readers[i], readers[i + n]);
    size_t joint = WEIR_RESERVE_BYTES + WEIR_BLOCK_BYTES + WEIR_PADDING_BYTES;
    assert_int_equal(weir_memory_max(readers[0]), 8 * one + 3 * joint);
    weir_drop(readers[0]);

    weir_reader *first = gunzip(), *second = gunzip();
    size_t both = weir_memory_max(first) + weir_memory_max(second);
    weir_reader *reader = weir_chain_reader(first, second);
    assert_int_equal(weir_memory_max(reader), both + joint);
    weir_drop(reader);
}

static int make_input(void **state)
{
    static unsigned char noise[INPUT_BYTES];
    uint64_t seed = 12;
    (void)state;
    for (size_t i = 0; i < INPUT_BYTES; i++)
        noise[i] = "0123456789abcdef"[draw_below(&seed, 16)];
    for (size_t i = 0; i < INPUT_BYTES; i += i < INPUT_BYTES / 4 ? 100 : LINE_BYTES)
        noise[i] = '\n';
    input = noise;
    packed = reference_gzip(input, INPUT_BYTES, 6, &packed_n);
    return 0;
}

static int free_input(void **state)
{
    (void)state;
    free(packed);
    return 0;
}

int codec_memory_max(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_keep_their_bounds),
        cmocka_unit_test(one_after_the_other),
    };
    return cmocka_run_group_tests_name("memory_max", tests, make_input, free_input);
}
