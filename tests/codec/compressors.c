/* The compressors of weir/compress.h: what one way makes the other restores, however the bytes
 * come; frames one after the other; input that is cut off, damaged or something else. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compressor_rows.h"

#define EACH(row)                                                                                  \
    const struct compressor *row = compressors;                                                    \
    row->name;                                                                                     \
    row++

static const struct cut cuts[] = {
    {0, 0, false, true},      {0, 0, false, false},    {1, 0, false, true}, {1, 1, false, false},
    {999, 1000, true, false}, {70000, 50, true, true}, {3, 7, true, true},
};
enum { CUTS = sizeof cuts / sizeof *cuts };

static void assert_bytes(const char *what, const void *got, size_t got_n, const void *wanted,
                         size_t n)
{
    if (got_n != n || (n && memcmp(got, wanted, n)))
        fail_msg("%s: %zu bytes became %zu, or others", what, n, got_n);
}

static void restores(const struct compressor *row, const struct bytes *packed, const void *bytes,
                     size_t n)
{
    weir_error error;
    struct bytes got = unpack(row, packed->data, packed->n, NULL, &error);
    if (got.state != WEIR_END)
        fail_msg("%s: %s", row->name, error.message);
    assert_bytes(row->name, got.data, got.n, bytes, n);
    free(got.data);
}

static void every_level_is_restored(void **state)
{
    static const size_t sizes[] = {0, 1, 6, 1000, 262144, 700000};
    uint64_t seed = 41;
    (void)state;
    for (EACH(row)) {
        for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
            unsigned char *bytes = draw_bytes(&seed, sizes[i]);
            for (unsigned k = 0; k < 3; k++) {
                if (k == LEVEL_DEFAULT && row->slow && sizes[i] > 262144)
                    continue;
                if (k == LEVEL_HIGHEST && sizes[i] != 1000 && !getenv("CHECK"))
                    continue; /* slow, and in up to 700 MB */
                struct bytes packed = pack(row, row->levels[k], bytes, sizes[i]);
                restores(row, &packed, bytes, sizes[i]);
                free(packed.data);
            }
            free(bytes);
        }
    }
}

static void other_levels_are_refused(void **state)
{
    weir_error error;
    char message[80];
    (void)state;
    for (EACH(row)) {
        for (unsigned i = 0; i < 3; i++) {
            weir_reader *reader = row->packed(weir_memory_reader("a", 1), row->refused[i]);
            struct bytes got = reader_bytes(reader, &error);
            assert_int_equal(got.state, WEIR_ERROR);
            assert_int_equal(error.code, WEIR_E_ARGUMENT);
            weir_format(message, sizeof message, "%s has no level %d", row->name, row->refused[i]);
            assert_string_equal(error.message, message);
            assert_non_null(error.cure);
            assert_string_equal(error.trail[0], row->name);
        }
    }
}

static void the_same_bytes_however_the_input_comes(void **state)
{
    static const size_t pieces[] = {1, 777, 65536, 131072, 250000};
    static const size_t sizes[] = {0, 1000, 300000};
    uint64_t seed = 42;
    (void)state;
    for (EACH(row)) {
        for (unsigned i = 0; i < 3; i++) {
            unsigned char *bytes = draw_bytes(&seed, sizes[i]);
            for (unsigned level = LEVEL_LOWEST; level <= LEVEL_DEFAULT; level++) {
                if (level == LEVEL_DEFAULT && row->slow && i == 2)
                    continue;
                struct bytes first = pack(row, row->levels[level], bytes, sizes[i]);
                for (unsigned k = sizes[i] > 1000; k < sizeof pieces / sizeof *pieces; k++) {
                    weir_reader *source = pieces_reader(bytes, sizes[i], pieces[k]);
                    struct bytes other =
                        reader_bytes(row->packed(source, row->levels[level]), NULL);
                    assert_bytes(row->name, other.data, other.n, first.data, first.n);
                    free(other.data);
                }
                free(first.data);
            }
            free(bytes);
        }
    }
}

/* The codecs by hand: a piece in, a piece out. */
static void however_it_is_cut(void **state)
{
    uint64_t seed = 43;
    (void)state;
    for (EACH(row)) {
        for (unsigned i = 0; i < (row->slow ? 4 : CUTS); i++) {
            size_t n = i < 4 ? 500 : 60000;
            unsigned char *bytes = draw_bytes(&seed, n);
            struct outcome packed = codec_run(row->pack, NULL, bytes, n, cuts[i], 2 * n + 4096);
            assert_int_equal(packed.state, WEIR_CODEC_DONE);
            for (unsigned k = 0; k < CUTS; k++) {
                struct outcome got =
                    codec_run(row->unpack, NULL, packed.data, packed.n, cuts[k], n + 1);
                assert_int_equal(got.state, WEIR_CODEC_DONE);
                assert_int_equal(got.used, packed.n);
                assert_bytes(row->name, got.data, got.n, bytes, n);
                outcome_fini(&got);
            }
            outcome_fini(&packed);
            free(bytes);
        }
    }
}

static const char small_text[] = "some text, some text, some more text; and 0123456789";
enum { SMALL = sizeof small_text - 1 };

static void at_every_split(void **state)
{
    (void)state;
    for (EACH(row)) {
        struct bytes packed = pack(row, row->levels[LEVEL_QUICK], small_text, SMALL);
        for (size_t at = 0; at <= packed.n; at++) {
            weir_reader *source =
                weir_chain_reader(weir_memory_reader(packed.data, at),
                                  weir_memory_reader(packed.data + at, packed.n - at));
            struct bytes got = reader_bytes(row->unpacked(source, NULL), NULL);
            assert_int_equal(got.state, WEIR_END);
            assert_bytes(row->name, got.data, got.n, small_text, SMALL);
            free(got.data);
        }
        free(packed.data);
    }
}

/* ---- what is wrong ---- */

static void cut_off_anywhere(void **state)
{
    char message[120];
    weir_error error;
    uint64_t seed = 44;
    (void)state;
    for (EACH(row)) {
        enum { LONG = 2000 };
        unsigned char *bytes = draw_bytes(&seed, LONG);
        struct bytes packed = pack(row, row->levels[LEVEL_QUICK], bytes, LONG);
        for (size_t n = 0; n < packed.n; n++) {
            struct bytes got = unpack(row, packed.data, n, NULL, &error);
            assert_int_equal(got.state, WEIR_ERROR);
            if (error.code != WEIR_E_TRUNCATED || error.byte != n)
                fail_msg("%s, cut at %zu: %s, at %llu", row->name, n, error.message,
                         (unsigned long long)error.byte);
            if (n)
                weir_format(message, sizeof message,
                            "the input ends inside a %s, which begins at byte 0", row->frame);
            else
                weir_format(message, sizeof message, "the input is empty, and no %s data",
                            row->name);
            assert_string_equal(error.message, message);
            assert_in_range(got.n, 0, LONG);
            if (got.n)
                assert_memory_equal(got.data, bytes, got.n);
            free(got.data);
        }
        free(packed.data);
        free(bytes);
    }
}

/* The outcome, which is the same for each cut. */
static struct outcome outcome_of_any_cut(const struct compressor *row, const struct bytes *packed)
{
    enum { OUT_MAX = 1 << 24 };
    struct outcome first = codec_run(row->unpack, NULL, packed->data, packed->n, cuts[0], OUT_MAX);
    for (unsigned i = 1; i < CUTS; i++) {
        struct outcome got =
            codec_run(row->unpack, NULL, packed->data, packed->n, cuts[i], OUT_MAX);
        assert_int_equal(got.state, first.state);
        if (!row->vague)
            assert_same_outcome(&first, &got);
        else if (got.state == WEIR_CODEC_BAD)
            assert_int_equal(got.error.code, first.error.code);
        outcome_fini(&got);
    }
    return first;
}

/* A bit is another one. Where the format has a checksum nothing else passes as whole. */
static void damaged_anywhere(void **state)
{
    (void)state;
    for (EACH(row)) {
        struct bytes packed = pack(row, row->levels[LEVEL_QUICK], small_text, SMALL);
        for (size_t at = 0; at < packed.n; at++) {
            for (unsigned bit = 0; bit < 8; bit++) {
                packed.data[at] ^= (unsigned char)(1 << bit);
                struct outcome got = outcome_of_any_cut(row, &packed);
                if (row->checked && got.state == WEIR_CODEC_DONE)
                    assert_bytes(row->name, got.data, got.n, small_text, SMALL);
                outcome_fini(&got);
                packed.data[at] ^= (unsigned char)(1 << bit);
            }
        }
        free(packed.data);
    }
}

static void something_else(void **state)
{
    static const char *const others[] = {"PK\3\4 and what follows", "hello, world, hello",
                                         "\x1f\x8b\x08 gzip, but not here"};
    weir_error error;
    (void)state;
    for (EACH(row)) {
        if (!row->several)
            continue; /* it begins with nothing that would tell */
        for (unsigned i = 0; i < 3; i++) {
            struct bytes got = unpack(row, others[i], strlen(others[i]), NULL, &error);
            assert_int_equal(got.state, WEIR_ERROR);
            assert_int_equal(error.code, WEIR_E_CORRUPT);
            assert_int_equal(error.byte, 0);
            assert_non_null(strstr(error.message, "this is no "));
            free(got.data);
        }
    }
}

/* ---- several frames ---- */

static struct bytes joined(const struct bytes *a, const void *b, size_t b_n)
{
    struct bytes all = {malloc(a->n + b_n + 1), a->n + b_n, WEIR_END};
    assert_non_null(all.data);
    memcpy(all.data, a->data, a->n);
    memcpy(all.data + a->n, b, b_n);
    return all;
}

static void frames_follow_each_other(void **state)
{
    enum { EMPTY = 200 };
    weir_error error;
    (void)state;
    for (EACH(row)) {
        if (!row->several)
            continue;
        struct bytes packed = pack(row, row->levels[LEVEL_QUICK], small_text, SMALL);
        struct bytes empty = pack(row, row->levels[LEVEL_QUICK], "", 0);
        struct bytes all = joined(&packed, empty.data, empty.n);
        for (unsigned i = 1; i < EMPTY; i++) {
            struct bytes more = joined(&all, empty.data, empty.n);
            free(all.data);
            all = more;
        }
        struct bytes both = joined(&all, packed.data, packed.n);
        for (unsigned i = 0; i < CUTS; i++) {
            struct outcome got = codec_run(row->unpack, NULL, both.data, both.n, cuts[i], 4096);
            assert_int_equal(got.state, WEIR_CODEC_DONE);
            assert_int_equal(got.n, 2 * SMALL);
            assert_memory_equal(got.data, small_text, SMALL);
            assert_memory_equal(got.data + SMALL, small_text, SMALL);
            outcome_fini(&got);
        }
        /* The second frame is cut off: its place is told. */
        char message[120];
        struct bytes got = unpack(row, both.data, both.n - 1, NULL, &error);
        weir_format(message, sizeof message, "the input ends inside a %s, which begins at byte %zu",
                    row->frame, all.n);
        assert_int_equal(error.code, WEIR_E_TRUNCATED);
        assert_string_equal(error.message, message);
        free(got.data);
        free(both.data);
        free(all.data);
        free(empty.data);
        free(packed.data);
    }
}

static void garbage_behind_the_last(void **state)
{
    weir_error error;
    char message[60];
    (void)state;
    for (EACH(row)) {
        struct bytes packed = pack(row, row->levels[LEVEL_QUICK], small_text, SMALL);
        struct bytes all = joined(&packed, "\7\10\11\12", 4);
        struct bytes got = unpack(row, all.data, all.n, NULL, &error);
        assert_int_equal(got.state, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CORRUPT);
        assert_int_equal(error.byte, packed.n);
        weir_format(message, sizeof message, "garbage behind the last %s", row->frame);
        assert_string_equal(error.message, message);
        assert_bytes(row->name, got.data, got.n, small_text, SMALL);
        free(got.data);
        free(all.data);
        free(packed.data);
    }
}

/* What follows the first frame stays in the source, byte for byte. */
static void one_frame_and_no_more(void **state)
{
    static struct test_cx test;
    (void)state;
    for (EACH(row)) {
        struct bytes packed = pack(row, row->levels[LEVEL_QUICK], small_text, SMALL);
        struct bytes all = joined(&packed, "\7\10\11\12", 4);
        for (size_t piece = 1; piece <= all.n; piece += all.n - 1) {
            weir_reader *source = pieces_reader(all.data, all.n, piece);
            struct bytes got = reader_bytes(
                row->unpacked(weir_reader_by_ref(source), &WEIR_DECOMPRESS_OPTIONS(.one = true)),
                NULL);
            assert_int_equal(got.state, WEIR_END);
            assert_bytes(row->name, got.data, got.n, small_text, SMALL);
            free(got.data);
            test_cx_init(&test);
            test_cx_turn(&test);
            assert_int_equal(weir_poll_fill(source, &test.cx, 4).state, WEIR_READY);
            assert_memory_equal(weir_peek(source, &(size_t){0}), "\7\10\11\12", 4);
            weir_drop(source);
            test_cx_fini(&test);
        }
        free(all.data);
        free(packed.data);
    }
}

int codec_compressors(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_level_is_restored),
        cmocka_unit_test(other_levels_are_refused),
        cmocka_unit_test(the_same_bytes_however_the_input_comes),
        cmocka_unit_test(however_it_is_cut),
        cmocka_unit_test(at_every_split),
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(damaged_anywhere),
        cmocka_unit_test(something_else),
        cmocka_unit_test(frames_follow_each_other),
        cmocka_unit_test(garbage_behind_the_last),
        cmocka_unit_test(one_frame_and_no_more),
    };
    return cmocka_run_group_tests_name("compressors", tests, NULL, NULL);
}
