/* The compressors of weir/compress.h within their limits: little that becomes much, windows,
 * memory, allocations that fail, what is dropped, and what is flushed. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "compressor_rows.h"

#define EACH(row)                                                                                  \
    const struct compressor *row = compressors;                                                    \
    row->name;                                                                                     \
    row++

static const char text[] = "some text, some text, some more text; and 0123456789";
enum { TEXT = sizeof text - 1 };

/* Reads all of it and keeps nothing. */
static weir_poll drain(weir_reader *reader, weir_error *error, uint64_t *n)
{
    static struct test_cx test;
    test_cx_init(&test);
    weir_poll got;
    for (;;) {
        test_cx_turn(&test);
        got = weir_poll_fill(reader, &test.cx, 1);
        if (got.state == WEIR_ERROR || (got.state == WEIR_END && !got.n))
            break;
        if (got.state == WEIR_PENDING)
            assert_true(test_cx_woken(&test));
        weir_consume(reader, got.n);
    }
    *error = test.cx.error;
    *n = reader->offset;
    test_cx_fini(&test);
    return got;
}

/* ---- bombs ---- */

enum { ZEROS = 8 << 20 };

static struct bytes zeros(const struct compressor *row)
{
    unsigned char *bytes = calloc(1, ZEROS);
    assert_non_null(bytes);
    struct bytes packed = pack(row, row->levels[LEVEL_QUICK], bytes, ZEROS);
    free(bytes);
    return packed;
}

static void little_that_becomes_much(void **state)
{
    weir_error error;
    uint64_t n;
    (void)state;
    for (EACH(row)) {
        struct bytes packed = zeros(row);
        uint64_t ratio = ZEROS / packed.n;
        /* Nobody said anything, and no peer sent it. */
        weir_reader *reader = row->unpacked(weir_memory_reader(packed.data, packed.n), NULL);
        assert_int_equal(drain(reader, &error, &n).state, WEIR_END);
        assert_int_equal(n, ZEROS);
        weir_drop(reader);
        /* A limit that it passes, and what is held until then. */
        memory_begin(0, false);
        reader = row->unpacked(weir_memory_reader(packed.data, packed.n),
                               &WEIR_DECOMPRESS_OPTIONS(.ratio_max = 50));
        assert_int_equal(drain(reader, &error, &n).state, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_LIMIT);
        assert_non_null(strstr(error.message, "more than 50 out of each"));
        assert_in_range(n, 1 << 20, (1 << 20) + packed.n * 50 + (1 << 20));
        assert_in_range(memory.peak_bytes, 0, weir_memory_max(reader));
        weir_drop(reader);
        assert_int_equal(memory_end(), 0);
        /* From a peer. */
        reader = row->unpacked(remote_reader(packed.data, packed.n), NULL);
        weir_poll got = drain(reader, &error, &n);
        if (ratio > 1100)
            assert_int_equal(error.code, WEIR_E_LIMIT);
        else if (ratio < 900)
            assert_int_equal(got.state, WEIR_END);
        weir_drop(reader);
        reader = row->unpacked(remote_reader(packed.data, packed.n),
                               &WEIR_DECOMPRESS_OPTIONS(.ratio_max = WEIR_RATIO_ANY));
        assert_int_equal(drain(reader, &error, &n).state, WEIR_END);
        weir_drop(reader);
        free(packed.data);
    }
}

/* What stands between keeps whose bytes they are. */
static void through_other_stages(void **state)
{
    weir_error error;
    uint64_t n;
    (void)state;
    unsigned char *bytes = calloc(1, ZEROS);
    assert_non_null(bytes);
    size_t packed_n, twice_n;
    unsigned char *packed = reference_gzip(bytes, ZEROS, 9, &packed_n);
    unsigned char *twice = reference_gzip(packed, packed_n, 9, &twice_n);
    /* 1020 out of each, by zlib: more than a thousand. */
    weir_reader *source =
        weir_chain_reader(weir_memory_reader("", 0), remote_reader(packed, packed_n));
    weir_reader *reader = weir_gunzip(weir_take_reader(source, UINT64_MAX));
    assert_int_equal(drain(reader, &error, &n).state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    weir_drop(reader);
    reader = weir_gunzip(weir_gunzip(remote_reader(twice, twice_n)));
    assert_int_equal(drain(reader, &error, &n).state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    weir_drop(reader);
    reader = weir_gunzip(weir_memory_reader(packed, packed_n));
    assert_int_equal(drain(reader, &error, &n).state, WEIR_END);
    weir_drop(reader);
    free(twice);
    free(packed);
    free(bytes);
}

/* ---- memory ---- */

enum { INPUT = 3 << 20 };

static void keeps_its_bound(const char *name,
                            weir_reader *(*build)(const struct compressor *, weir_reader *, int),
                            const struct compressor *row, int level, const struct bytes *input)
{
    weir_error error;
    uint64_t n;
    memory_begin(0, false);
    weir_reader *reader = build(row, weir_memory_reader(input->data, input->n), level);
    size_t bound = weir_memory_max(reader);
    weir_poll got = drain(reader, &error, &n);
    weir_drop(reader);
    assert_int_equal(memory_end(), 0);
    if (got.state != WEIR_END)
        fail_msg("%s of %s, level %d: %s", name, row->name, level, error.message);
    if (memory.peak_bytes > bound)
        fail_msg("%s of %s, level %d: %zu bytes were held, the bound is %zu", name, row->name,
                 level, memory.peak_bytes, bound);
    if (getenv("WEIR_SAY_MEMORY"))
        print_message("%s of %s, level %d: %zu of %zu\n", name, row->name, level, memory.peak_bytes,
                      bound);
}

static weir_reader *packing(const struct compressor *row, weir_reader *source, int level)
{
    return row->packed(source, level);
}

static weir_reader *unpacking(const struct compressor *row, weir_reader *source, int level)
{
    (void)level;
    return row->unpacked(source, NULL);
}

static void readers_keep_their_bounds(void **state)
{
    static const unsigned levels[] = {LEVEL_LOWEST, LEVEL_QUICK, LEVEL_DEFAULT};
    struct bytes input = {malloc(INPUT), INPUT, WEIR_END};
    uint64_t seed = 51;
    (void)state;
    assert_non_null(input.data);
    for (size_t i = 0; i < INPUT; i++)
        input.data[i] = (unsigned char)"0123456789abcdef\n"[draw_below(&seed, 17)];
    for (EACH(row)) {
        for (unsigned i = 0; i < 3; i++) {
            int level = row->levels[levels[i]];
            if (i == 2 && row->slow)
                continue;
            keeps_its_bound("packing", packing, row, level, &input);
            struct bytes packed = pack(row, level, input.data, input.n);
            keeps_its_bound("unpacking", unpacking, row, level, &packed);
            free(packed.data);
        }
    }
    free(input.data);
}

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    (void)state;
    for (EACH(row)) {
        int level = row->levels[LEVEL_QUICK];
        struct bytes packed = pack(row, level, text, TEXT);
        for (unsigned way = 0; way < 4; way++) {
            for (unsigned long at = 1;; at++) {
                const void *in = way % 2 ? (const void *)packed.data : text;
                size_t n = way % 2 ? packed.n : TEXT;
                memory_begin(at, way / 2);
                weir_reader *source = pieces_reader(in, n, 9);
                struct bytes got = reader_bytes(
                    way % 2 ? row->unpacked(source, NULL) : row->packed(source, level), &error);
                bool failed = memory.failed;
                assert_int_equal(memory_end(), 0);
                free(got.data);
                if (got.state != (failed ? WEIR_ERROR : WEIR_END))
                    fail_msg("%s, way %u, allocation %lu: state %d", row->name, way, at, got.state);
                if (!failed)
                    break;
                if (error.code != WEIR_E_MEMORY)
                    fail_msg("%s, way %u, allocation %lu: %s", row->name, way, at, error.message);
            }
        }
        free(packed.data);
    }
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    (void)state;
    for (EACH(row)) {
        int level = row->levels[LEVEL_QUICK];
        struct bytes packed = pack(row, level, text, TEXT);
        for (unsigned steps = 0; steps < 60; steps++) {
            bool back = steps % 2;
            memory_begin(0, false);
            test_cx_init(&test);
            weir_reader *source =
                ragged_reader(back ? packed.data : (const void *)text, back ? packed.n : TEXT,
                              (struct ragged){4, 2, false}, steps);
            weir_reader *reader = back           ? row->unpacked(source, NULL)
                                  : row->flushed ? row->flushed(source)
                                                 : row->packed(source, level);
            for (unsigned i = 0; i < steps / 2; i++) {
                test_cx_turn(&test);
                weir_consume(reader, weir_poll_fill(reader, &test.cx, 1).n);
            }
            weir_drop(reader);
            test_cx_fini(&test);
            assert_int_equal(memory_end(), 0);
        }
        free(packed.data);
    }
}

/* ---- flushing ---- */

/* A decompressor behind a compressor that flushes has all that came before each wait. */
static void nothing_is_kept_back_at_a_wait(void **state)
{
    static struct test_cx test;
    uint64_t seed = 53;
    (void)state;
    for (EACH(row)) {
        for (unsigned round = 0; row->flushed && round < 20; round++) {
            size_t n = round % 10 ? draw_below(&seed, 3000) : 300000;
            unsigned char *bytes = draw_bytes(&seed, n);
            test_cx_init(&test);
            weir_reader *source = ragged_reader(
                bytes, n, (struct ragged){round % 10 ? 900 : 70000, 2, false}, draw(&seed));
            weir_reader *reader = row->unpacked(row->flushed(source), NULL);
            for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END;) {
                test_cx_turn(&test);
                got = weir_poll_fill(reader, &test.cx, 1);
                if (got.state == WEIR_ERROR)
                    fail_msg("%s: %s", row->name, test.cx.error.message);
                if (got.state == WEIR_PENDING && test.cx.wait_for != WEIR_WAIT_TURN &&
                    reader->offset != source->offset)
                    fail_msg("%s: %llu of %llu bytes at a wait", row->name,
                             (unsigned long long)reader->offset,
                             (unsigned long long)source->offset);
                if (got.n)
                    assert_memory_equal(weir_peek(reader, &(size_t){0}), bytes + reader->offset,
                                        got.n);
                weir_consume(reader, got.n);
            }
            assert_int_equal(reader->offset, n);
            weir_drop(reader);
            test_cx_fini(&test);
            free(bytes);
        }
    }
}

/* ---- what is a library's own ---- */

#ifdef WEIR_HAVE_ZSTD
static const struct compressor *row_of(const char *name)
{
    const struct compressor *row = compressors;
    while (strcmp(row->name, name))
        row++;
    return row;
}

static void zstd_looks_back_so_far_and_no_further(void **state)
{
    weir_error error;
    (void)state;
    struct bytes packed = reader_bytes(
        weir_zstd(weir_memory_reader(text, TEXT), &WEIR_ZSTD_OPTIONS(.window_log = 24)), NULL);
    struct bytes got =
        reader_bytes(weir_unzstd(remote_reader(packed.data, packed.n), NULL), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_string_equal(error.message,
                        "a frame looks back 16777216 bytes, where 8388608 are allowed");
    assert_int_equal(error.byte, 0);
    free(got.data);
    got = unpack(row_of("zstd"), packed.data, packed.n,
                 &WEIR_DECOMPRESS_OPTIONS(.window_max = (1 << 24) - 1), &error);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    free(got.data);
    got = unpack(row_of("zstd"), packed.data, packed.n,
                 &WEIR_DECOMPRESS_OPTIONS(.window_max = 1 << 24), &error);
    assert_int_equal(got.state, WEIR_END);
    free(got.data);
    free(packed.data);
}

static void zstd_has_limits_of_its_own(void **state)
{
    static const weir_zstd_options wrong[] = {{.size = sizeof(weir_zstd_options), .window_log = 9},
                                              {.size = sizeof(weir_zstd_options), .window_log = 32},
                                              {.size = sizeof(weir_zstd_options), .threads = 257}};
    weir_error error;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        struct bytes got =
            reader_bytes(weir_zstd(weir_memory_reader(text, TEXT), &wrong[i]), &error);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
    }
    /* A frame that wants dictionary 7. */
    struct bytes got =
        unpack(row_of("zstd"), "\x28\xb5\x2f\xfd\x01\x00\x07\x01\x00\x00", 10, NULL, &error);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
    assert_string_equal(error.message, "a frame wants dictionary 7, and there are none here");
    free(got.data);
    /* What is skipped, on both sides of a frame, and counted as none of those wanted. */
    struct bytes packed = pack(row_of("zstd"), 1, text, TEXT);
    unsigned char file[300] = "\x5e\x2a\x4d\x18\3\0\0\0abc";
    memcpy(file + 11, packed.data, packed.n);
    memcpy(file + 11 + packed.n, "\x50\x2a\x4d\x18\0\0\0\0", 8);
    for (int one = 0; one < 2; one++) {
        got = unpack(row_of("zstd"), file, 11 + packed.n + 8, &WEIR_DECOMPRESS_OPTIONS(.one = one),
                     &error);
        assert_int_equal(got.state, WEIR_END);
        assert_int_equal(got.n, TEXT);
        free(got.data);
    }
    free(packed.data);
}

/* The same bytes for any number of threads. */
static void zstd_on_threads(void **state)
{
    enum { LONG = 9 << 20 };
    struct bytes first = {0};
    uint64_t seed = 54;
    unsigned char *bytes = malloc(LONG);
    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (unsigned char)"abcdefgh"[draw_below(&seed, 8)];
    for (uint32_t threads = 1; threads < 4; threads++) {
        weir_reader *source = pieces_reader(bytes, LONG, threads * 70001);
        struct bytes got = reader_bytes(
            weir_zstd(source, &WEIR_ZSTD_OPTIONS(.level = 1, .threads = threads)), NULL);
        assert_int_equal(got.state, WEIR_END);
        if (threads == 1) {
            first = got;
            continue;
        }
        assert_int_equal(got.n, first.n);
        assert_memory_equal(got.data, first.data, first.n);
        free(got.data);
    }
    struct bytes back = unpack(row_of("zstd"), first.data, first.n, NULL, NULL);
    assert_int_equal(back.n, LONG);
    assert_memory_equal(back.data, bytes, LONG);
    free(back.data);
    free(first.data);
    free(bytes);
}
#endif

#ifdef WEIR_HAVE_LZ4
static void lz4_has_limits_of_its_own(void **state)
{
    static const uint32_t blocks[] = {64 << 10, 256 << 10, 1 << 20, 4 << 20, 1, 128 << 10};
    weir_error error;
    (void)state;
    for (unsigned i = 0; i < 6; i++) {
        weir_reader *packed =
            weir_lz4(weir_memory_reader(text, TEXT), &WEIR_LZ4_OPTIONS(.block_bytes = blocks[i]));
        struct bytes got = reader_bytes(weir_unlz4(packed, NULL), &error);
        assert_int_equal(got.state, i < 4 ? WEIR_END : WEIR_ERROR);
        if (i >= 4)
            assert_int_equal(error.code, WEIR_E_ARGUMENT);
        free(got.data);
    }
    struct bytes got =
        reader_bytes(weir_unlz4(weir_memory_reader("\x02\x21\x4c\x18\x10\0\0\0", 8), NULL), &error);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
    assert_string_equal(error.message, "this is lz4 data of the legacy format");
    free(got.data);
    got = reader_bytes(weir_unlz4(weir_memory_reader("\x5e\x2a\x4d\x18\3\0\0\0abc", 11), NULL),
                       &error);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, 0);
    free(got.data);
}
#endif

#ifdef WEIR_HAVE_LZMA
static struct bytes unxz(const void *bytes, size_t n, uint64_t memory_max, weir_error *error)
{
    return reader_bytes(
        weir_unxz(weir_memory_reader(bytes, n), &WEIR_DECOMPRESS_OPTIONS(.memory_max = memory_max)),
        error);
}

static void xz_keeps_to_its_memory(void **state)
{
    weir_error error;
    (void)state;
    struct bytes packed =
        reader_bytes(weir_xz(weir_memory_reader(text, TEXT), &WEIR_XZ_OPTIONS(.level = 3)), NULL);
    struct bytes got = unxz(packed.data, packed.n, 1 << 20, &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_non_null(strstr(error.message, "a stream asks for "));
    assert_non_null(strstr(error.message, ", where 1048576 are allowed"));
    free(got.data);
    got = unxz(packed.data, packed.n, 8 << 20, &error);
    assert_int_equal(got.state, WEIR_END);
    free(got.data);
    /* Zeros behind it: in fours. */
    unsigned char file[500] = {0};
    memcpy(file, packed.data, packed.n);
    for (unsigned zeros = 0; zeros < 9; zeros++) {
        memcpy(file + packed.n + zeros, packed.data, packed.n);
        for (unsigned twice = 0; twice < 2; twice++) {
            got = unxz(file, packed.n + zeros + twice * packed.n, 0, &error);
            assert_int_equal(got.state, zeros % 4 ? WEIR_ERROR : WEIR_END);
            assert_int_equal(got.n, zeros % 4 ? TEXT : TEXT + twice * TEXT);
            if (zeros % 4)
                assert_int_equal(error.code, WEIR_E_CORRUPT);
            free(got.data);
        }
        memset(file + packed.n, 0, zeros + packed.n);
    }
    free(packed.data);
}

static void what_is_taken_for_xz_is_named(void **state)
{
    weir_error error;
    (void)state;
    struct bytes got = unxz("\x5d\0\0\x80\0\xff\xff\xff\xff\xff", 10, 0, &error);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
    assert_string_equal(error.message, "this is lzma-alone (.lzma) data, and no xz data");
    assert_non_null(error.cure);
    free(got.data);
    got = unxz("LZIP\1", 5, 0, &error);
    assert_string_equal(error.message, "this is lzip (.lz) data, and no xz data");
    free(got.data);
    weir_reader *reader = weir_xz(weir_memory_reader(text, TEXT),
                                  &WEIR_XZ_OPTIONS(.threads = 2, .flush_when_idle = true));
    got = reader_bytes(reader, &error);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    free(got.data);
    got = reader_bytes(weir_unxz(weir_xz(weir_memory_reader(text, TEXT),
                                         &WEIR_XZ_OPTIONS(.level = WEIR_LEVEL_0, .threads = 2)),
                                 NULL),
                       &error);
    assert_int_equal(got.n, TEXT);
    free(got.data);
}
#endif

int codec_compressor_limits(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(little_that_becomes_much),
        cmocka_unit_test(through_other_stages),
        cmocka_unit_test(readers_keep_their_bounds),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(nothing_is_kept_back_at_a_wait),
#ifdef WEIR_HAVE_ZSTD
        cmocka_unit_test(zstd_looks_back_so_far_and_no_further),
        cmocka_unit_test(zstd_has_limits_of_its_own),
        cmocka_unit_test(zstd_on_threads),
#endif
#ifdef WEIR_HAVE_LZ4
        cmocka_unit_test(lz4_has_limits_of_its_own),
#endif
#ifdef WEIR_HAVE_LZMA
        cmocka_unit_test(xz_keeps_to_its_memory),
        cmocka_unit_test(what_is_taken_for_xz_is_named),
#endif
    };
    return cmocka_run_group_tests_name("compressor_limits", tests, NULL, NULL);
}
