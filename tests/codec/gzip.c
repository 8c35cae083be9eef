/* gzip: zlib and gunzip restore what it makes, which is the same however the input comes. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"

static const struct cut cuts[] = {
    {0, 0, false, true},      {0, 0, false, false},     {1, 70000, false, true},
    {999, 1000, true, false}, {200000, 50, true, true},
};
enum { CUTS = sizeof cuts / sizeof *cuts };

static void restored(const unsigned char *packed, size_t packed_n, const unsigned char *bytes,
                     size_t n)
{
    size_t back_n = 0;
    unsigned char *back = reference_gunzip(packed, packed_n, n + 1, &back_n);
    assert_non_null(back);
    assert_int_equal(back_n, n);
    assert_memory_equal(back, bytes, n);
    free(back);
}

static void zlib_restores_every_level(void **state)
{
    static const size_t sizes[] = {0, 1, 6, 1000, 65536, 128 << 10, 300000};
    uint64_t seed = 1;
    (void)state;
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *bytes = draw_bytes(&seed, sizes[i]);
        for (int level = -1; level <= 9; level++) {
            struct outcome got = codec_run(&weir_codec_gzip, level, bytes, sizes[i],
                                           cuts[draw_below(&seed, 2)], sizes[i] * 2 + 4096);
            assert_int_equal(got.state, WEIR_CODEC_DONE);
            assert_int_equal(got.used, sizes[i]);
            restored(got.data, got.n, bytes, sizes[i]);
            outcome_fini(&got);
        }
        free(bytes);
    }
}

static void any_cut_is_restored(void **state)
{
    uint64_t seed = 2;
    (void)state;
    for (unsigned round = 0; round < 30; round++) {
        size_t n = draw_below(&seed, 400000);
        unsigned char *bytes = draw_bytes(&seed, n);
        int level = (int)draw_below(&seed, 11) - 1;
        struct outcome got =
            codec_run(&weir_codec_gzip, level, bytes, n, cuts[round % CUTS], n * 2 + 4096);
        restored(got.data, got.n, bytes, n);
        outcome_fini(&got);
        free(bytes);
    }
}

static struct bytes through(weir_reader *source, int level)
{
    weir_error error;
    struct bytes got = reader_bytes(weir_gzip(source, level), &error);
    assert_int_equal(got.state, WEIR_END);
    return got;
}

static void the_same_bytes_however_the_input_comes(void **state)
{
    static const size_t sizes[] = {0, 100, (128 << 10) - 1, 128 << 10, (128 << 10) + 1, 400000};
    static const size_t pieces[] = {1, 777, 65536, 131072, 250000};
    uint64_t seed = 3;
    (void)state;
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *bytes = draw_bytes(&seed, sizes[i]);
        for (int level = -1; level < 7; level += level < 0 ? 1 : 3) {
            struct bytes first = through(weir_memory_reader(bytes, sizes[i]), level);
            for (unsigned k = i > 2; k < sizeof pieces / sizeof *pieces; k++) {
                struct bytes other = through(pieces_reader(bytes, sizes[i], pieces[k]), level);
                assert_int_equal(first.n, other.n);
                assert_memory_equal(first.data, other.data, first.n);
                free(other.data);
            }
            restored(first.data, first.n, bytes, sizes[i]);
            free(first.data);
        }
        free(bytes);
    }
}

static void no_name_and_no_time(void **state)
{
    (void)state;
    for (int level = -1; level < 10; level++) {
        struct bytes got = through(weir_memory_reader("abc", 3), level);
        assert_memory_equal(got.data, "\x1f\x8b\x08\0\0\0\0\0", 8);
        free(got.data);
    }
}

static void there_and_back(void **state)
{
    uint64_t seed = 4;
    (void)state;
    for (int level = -1; level < 10; level++) {
        unsigned char *bytes = draw_bytes(&seed, 200000);
        weir_reader *reader = weir_gunzip(weir_gzip(one_byte_reader(bytes, 3000, true), level));
        struct bytes got = reader_bytes(reader, NULL);
        assert_int_equal(got.n, 3000);
        assert_memory_equal(got.data, bytes, 3000);
        free(got.data);
        got = reader_bytes(weir_gunzip(weir_gzip(weir_memory_reader(bytes, 200000), level)), NULL);
        assert_int_equal(got.n, 200000);
        assert_memory_equal(got.data, bytes, got.n);
        free(got.data);
        free(bytes);
    }
}

static void there_is_no_level_10(void **state)
{
    static const int levels[] = {10, -2, INT_MAX, INT_MIN};
    weir_error error;
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        struct bytes got = reader_bytes(weir_gzip(weir_memory_reader("a", 1), levels[i]), &error);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        got = reader_bytes(
            weir_codec_reader(weir_memory_reader("a", 1), &weir_codec_gzip, levels[i]), &error);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
    }
}

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    (void)state;
    for (int level = -1; level < 7; level += 6) {
        for (unsigned long at = 1;; at++) {
            memory_begin(at, false);
            struct bytes got =
                reader_bytes(weir_gzip(pieces_reader("hello world", 11, 4), level), &error);
            bool failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            free(got.data);
            assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
            if (!failed)
                break;
            assert_int_equal(error.code, WEIR_E_MEMORY);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zlib_restores_every_level),
        cmocka_unit_test(any_cut_is_restored),
        cmocka_unit_test(the_same_bytes_however_the_input_comes),
        cmocka_unit_test(no_name_and_no_time),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(there_is_no_level_10),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
