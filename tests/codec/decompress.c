/* decompress: what the first bytes and the name say, two layers, and what is not compressed. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"
#include "compressor_rows.h"
#include "weir/codec.h"

/* ---- inputs ---- */

static struct bytes packed(const void *bytes, size_t n, unsigned layers)
{
    struct bytes all = {.data = malloc(n + 1), .n = n};
    memcpy(all.data, bytes, n);
    for (unsigned i = 0; i < layers; i++) {
        size_t made;
        unsigned char *more = reference_gzip(all.data, all.n, 6, &made);
        free(all.data);
        all = (struct bytes){.data = more, .n = made};
    }
    return all;
}

static weir_reader *source_of(const struct bytes *in, unsigned way)
{
    return way == 0   ? weir_memory_reader(in->data, in->n)
           : way == 1 ? one_byte_reader(in->data, in->n, true)
                      : pieces_reader(in->data, in->n, 7);
}
enum { WAYS = 3 };

static void gives(const struct bytes *in, const char *name, const void *wanted, size_t n)
{
    for (unsigned way = 0; way < WAYS; way++) {
        struct bytes got = reader_bytes(weir_decompress(source_of(in, way), name), NULL);
        assert_int_equal(got.state, WEIR_END);
        assert_int_equal(got.n, n);
        assert_memory_equal(n ? (char *)got.data : "", wanted, n);
        free(got.data);
    }
}

static void fails(const struct bytes *in, const char *name, const char *before, weir_code code,
                  uint64_t byte)
{
    for (unsigned way = 0; way < WAYS; way++) {
        weir_error error;
        struct bytes got = reader_bytes(weir_decompress(source_of(in, way), name), &error);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_int_equal(error.code, code);
        assert_int_equal(error.byte, byte);
        assert_int_equal(got.n, strlen(before));
        assert_memory_equal(got.n ? (char *)got.data : "", before, got.n);
        free(got.data);
    }
}

/* ---- what it is ---- */

static void bytes_say_what_they_are(void **state)
{
    static const char *const names[] = {NULL, "a", "a.gz", "a.csv.gz", "a.txt"};
    uint64_t seed = 51;
    (void)state;
    for (size_t n = 0; n < 3000; n = 3 * n + 1) {
        unsigned char *bytes = draw_bytes(&seed, n);
        for (unsigned layers = 1; layers < 3; layers++) {
            struct bytes in = packed(bytes, n, layers);
            for (size_t i = 0; i < 5; i++)
                if (layers < 2 || n)
                    gives(&in, names[i], bytes, n);
            free(in.data);
        }
        free(bytes);
    }
}

/* However much of it comes at once: a memory's whole is more than its sign. */
static void each_sign_is_known_without_a_name(void **state)
{
    static const char text[] = "what it was before, a good deal longer than any sign";
    (void)state;
    for (const struct compressor *row = compressors; row->name; row++) {
        bool has_sign = strcmp(row->name, "deflate") != 0 && strcmp(row->name, "zlib") != 0 &&
                        strcmp(row->name, "brotli") != 0;
        if (!has_sign)
            continue;
        struct bytes in = pack(row, row->levels[LEVEL_QUICK], text, sizeof text);
        struct bytes none = pack(row, row->levels[LEVEL_QUICK], "", 0);
        gives(&in, NULL, text, sizeof text);
        gives(&none, "a", "", 0);
        free(in.data);
        free(none.data);
    }
}

/* What stands in a third one stays as it is: nobody is led on for ever. */
static void two_layers_at_most(void **state)
{
    (void)state;
    struct bytes once = packed("some text", 9, 1), thrice = packed("some text", 9, 3);
    gives(&thrice, "a.gz.gz.gz", once.data, once.n);
    free(once.data);
    free(thrice.data);
}

static void what_is_not_compressed_passes(void **state)
{
    static const char *const texts[] = {"", "a", "BZh91 is no sign", "\x1f\x8b", "name,age\nx,1\n"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        struct bytes in = {.data = (unsigned char *)(uintptr_t)texts[i], .n = strlen(texts[i])};
        gives(&in, NULL, texts[i], in.n);
        gives(&in, "a.csv", texts[i], in.n);
        gives(&in, ".gz", texts[i], in.n); /* a name, and no suffix */
    }
}

#ifdef WEIR_HAVE_LZ4
/* It is compressed, only not as unlz4 knows it. */
static void legacy_lz4_is_refused(void **state)
{
    struct bytes legacy = {.data = (unsigned char *)(uintptr_t) "\x02\x21\x4c\x18\x10\0\0\0",
                           .n = 8};
    (void)state;
    fails(&legacy, NULL, "", WEIR_E_CORRUPT, 0);
}
#endif

static void a_name_that_promises_more_is_an_error(void **state)
{
    struct bytes text = {.data = (unsigned char *)(uintptr_t) "plain text, long enough", .n = 23};
    struct bytes none = {.data = (unsigned char *)(uintptr_t) "", .n = 0};
    (void)state;
    fails(&text, "a.gz", "", WEIR_E_CORRUPT, 0);
    fails(&none, "a.gz", "", WEIR_E_TRUNCATED, 0);
    struct bytes once = packed("plain text", 10, 1);
    fails(&once, "a.gz.gz", "", WEIR_E_CORRUPT, 0);
    free(once.data);
}

/* Bytes that were looked at come before the error behind them. */
static void what_stands_before_damage_comes_first(void **state)
{
    (void)state;
    struct bytes in = packed("0123456", 7, 1);
    in.n -= 4; /* of its trailer */
    fails(&in, NULL, "0123456", WEIR_E_TRUNCATED, in.n);
    free(in.data);
    weir_error error;
    struct bytes got = reader_bytes(weir_decompress(failing_reader("abc", 3), NULL), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
    assert_int_equal(got.n, 3);
    free(got.data);
}

static void names_without_their_suffixes(void **state)
{
    (void)state;
    assert_int_equal(weir_uncompressed_name("logs.csv.gz"), 8);
    assert_int_equal(weir_uncompressed_name("logs.csv"), 8);
    assert_int_equal(weir_uncompressed_name("a.gz.gz.gz"), 4);
    assert_int_equal(weir_uncompressed_name(".gz"), 3);
    assert_int_equal(weir_uncompressed_name(""), 0);
}

/* ---- how it passes ---- */

static void plain_bytes_are_lent(void **state)
{
    static struct test_cx test;
    static const char text[] = "a text that is not compressed";
    size_t n;
    (void)state;
    test_cx_init(&test);
    weir_reader *source = weir_memory_reader(text, sizeof text - 1);
    weir_reader *reader = weir_decompress(source, NULL);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 20).state, WEIR_READY);
    assert_true((const char *)weir_peek(reader, &n) == text);
    weir_consume(reader, 5);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 25).state, WEIR_END);
    assert_int_equal(source->offset, 5);
    assert_int_equal(weir_memory_max(reader), weir_memory_max(source));
    weir_drop(reader);
    test_cx_fini(&test);
}

/* What is asked for at once comes at once, whoever asks when. */
static void lines_over_it(void **state)
{
    static char line[100000];
    (void)state;
    memset(line, 'x', sizeof line);
    struct bytes in = packed(line, sizeof line, 1);
    weir_stream *stream =
        weir_lines(weir_decompress(pieces_reader(in.data, in.n, 1000), NULL), sizeof line);
    uint64_t n = 0;
    assert_int_equal(await(weir_count(stream), &n, NULL), WEIR_READY);
    assert_int_equal(n, 1);
    free(in.data);
}

static void it_keeps_its_bound(void **state)
{
    uint64_t seed = 52;
    (void)state;
    unsigned char *bytes = draw_bytes(&seed, 600000);
    for (unsigned layers = 0; layers < 3; layers++) {
        struct bytes in = packed(bytes, 600000, layers);
        memory_begin(0, false);
        weir_reader *reader = weir_decompress(weir_memory_reader(in.data, in.n), NULL);
        size_t bound = weir_memory_max(reader);
        static struct test_cx test;
        test_cx_init(&test);
        for (weir_poll got = {1, WEIR_READY}; got.state != WEIR_END || got.n;) {
            test_cx_turn(&test);
            got = weir_poll_fill(reader, &test.cx, 1);
            assert_int_not_equal(got.state, WEIR_ERROR);
            weir_consume(reader, got.n);
        }
        test_cx_fini(&test);
        weir_drop(reader);
        assert_int_equal(memory_end(), 0);
        if (memory.peak_bytes > bound)
            fail_msg("%u layers: %zu bytes were held, the bound is %zu", layers, memory.peak_bytes,
                     bound);
        free(in.data);
    }
    free(bytes);
}

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    (void)state;
    struct bytes in = packed("some text", 9, 2);
    for (unsigned long at = 1;; at++) {
        memory_begin(at, false);
        struct bytes got =
            reader_bytes(weir_decompress(weir_memory_reader(in.data, in.n), "a.gz"), &error);
        bool failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        free(got.data);
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
        if (!failed)
            break;
        assert_int_equal(error.code, WEIR_E_MEMORY);
    }
    free(in.data);
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    (void)state;
    struct bytes in = packed("some text, and more of it", 25, 2);
    for (unsigned steps = 0; steps < 200; steps++) {
        memory_begin(0, false);
        test_cx_init(&test);
        weir_reader *reader = weir_decompress(one_byte_reader(in.data, in.n, true), NULL);
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_consume(reader, weir_poll_fill(reader, &test.cx, 1).n);
        }
        weir_drop(reader);
        doubles_wake_all();
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
    free(in.data);
}

int codec_decompress(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_say_what_they_are),
        cmocka_unit_test(each_sign_is_known_without_a_name),
        cmocka_unit_test(two_layers_at_most),
        cmocka_unit_test(what_is_not_compressed_passes),
#ifdef WEIR_HAVE_LZ4
        cmocka_unit_test(legacy_lz4_is_refused),
#endif
        cmocka_unit_test(a_name_that_promises_more_is_an_error),
        cmocka_unit_test(what_stands_before_damage_comes_first),
        cmocka_unit_test(names_without_their_suffixes),
        cmocka_unit_test(plain_bytes_are_lent),
        cmocka_unit_test(lines_over_it),
        cmocka_unit_test(it_keeps_its_bound),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
    };
    return cmocka_run_group_tests_name("decompress", tests, NULL, NULL);
}
