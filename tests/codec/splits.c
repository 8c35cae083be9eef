/* However its bytes come, in pieces of any size and with any number of waits between them, a
 * source gives the same through gunzip, gzip and lines. The seeds are fixed. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/deflate.h"
#include "codec_run.h"

enum { ROUNDS = 60 };

static struct ragged draw_ragged(uint64_t *seed)
{
    static const size_t pieces[] = {1, 2, 7, 64, 1000, 70000};
    return (struct ragged){pieces[draw_below(seed, 6)], draw_below(seed, 4), draw_below(seed, 2)};
}

static size_t draw_size(uint64_t *seed)
{
    static const size_t sizes[] = {1, 30, 1000, 20000};
    return draw_below(seed, sizes[draw_below(seed, 4)]);
}

static void assert_same(const struct bytes *a, const weir_error *of_a, const struct bytes *b,
                        const weir_error *of_b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->n, b->n);
    if (a->n)
        assert_memory_equal(a->data, b->data, a->n);
    if (a->state == WEIR_END)
        return;
    assert_int_equal(of_a->code, of_b->code);
    assert_int_equal(of_a->byte, of_b->byte);
    assert_string_equal(of_a->message, of_b->message);
}

/* ---- gzip ---- */

static void gzip_gives_the_same_bytes(void **state)
{
    uint64_t seed = 21;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t n = round % 15 ? draw_size(&seed) : 300000 + draw_below(&seed, 300000);
        int level = (int)draw_below(&seed, 11) - 1;
        unsigned char *bytes = draw_bytes(&seed, n);
        weir_error errors[2];
        struct bytes whole = reader_bytes(weir_gzip(weir_memory_reader(bytes, n), level), errors);
        struct ragged how = draw_ragged(&seed);
        how.piece_max = n > 20000 ? 70000 : how.piece_max;
        struct bytes split =
            reader_bytes(weir_gzip(ragged_reader(bytes, n, how, draw(&seed)), level), errors + 1);
        assert_same(&whole, errors, &split, errors + 1);
        free(whole.data);
        free(split.data);
        free(bytes);
    }
}

/* With flushes the bytes differ, and what they hold does not. */
static void flushed_gzip_is_restored(void **state)
{
    uint64_t seed = 22;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t n = round % 15 ? draw_size(&seed) : 300000 + draw_below(&seed, 300000);
        struct ragged how = draw_ragged(&seed);
        how.piece_max = n > 20000 ? 70000 : how.piece_max;
        unsigned char *bytes = draw_bytes(&seed, n);
        weir_reader *packed = weir_gzip_with(
            ragged_reader(bytes, n, how, draw(&seed)),
            &WEIR_GZIP_OPTIONS(.level = (int)draw_below(&seed, 12) - 2, .flush_when_idle = true));
        struct bytes got = reader_bytes(packed, NULL);
        size_t back_n;
        unsigned char *back = reference_gunzip(got.data, got.n, n + 1, &back_n);
        assert_non_null(back);
        assert_int_equal(back_n, n);
        assert_memory_equal(back, bytes, n);
        free(back);
        free(got.data);
        free(bytes);
    }
}

/* A gunzip behind a flushing gzip has all that came before each wait. */
static void nothing_is_kept_back_at_a_wait(void **state)
{
    static struct test_cx test;
    uint64_t seed = 23;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t n = draw_size(&seed);
        unsigned char *bytes = draw_bytes(&seed, n);
        test_cx_init(&test);
        weir_reader *source = ragged_reader(bytes, n, (struct ragged){900, 2, false}, draw(&seed));
        weir_reader *reader = weir_gunzip(
            weir_gzip_with(source, &WEIR_GZIP_OPTIONS(.level = (int)draw_below(&seed, 12) - 2,
                                                      .flush_when_idle = true)));
        for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END;) {
            test_cx_turn(&test);
            got = weir_poll_fill(reader, &test.cx, 1);
            assert_int_not_equal(got.state, WEIR_ERROR);
            if (got.state == WEIR_PENDING)
                assert_int_equal(reader->offset, source->offset);
            if (got.n)
                assert_memory_equal(weir_peek(reader, &(size_t){0}), bytes + reader->offset, got.n);
            weir_consume(reader, got.n);
        }
        assert_int_equal(reader->offset, n);
        weir_drop(reader);
        test_cx_fini(&test);
        free(bytes);
    }
}

/* ---- gunzip ---- */

/* Members of any size, padding, garbage, damage and cuts, as they fall. malloc memory. */
static unsigned char *draw_file(uint64_t *seed, size_t *n)
{
    unsigned char *file = malloc(400000);
    *n = 0;
    for (size_t members = 1 + draw_below(seed, 6); members; members--) {
        size_t plain_n = draw_size(seed), packed_n;
        unsigned char *plain = draw_bytes(seed, plain_n);
        unsigned char *packed =
            reference_gzip(plain, plain_n, (int)draw_below(seed, 10), &packed_n);
        memcpy(file + *n, packed, packed_n);
        *n += packed_n;
        free(plain);
        free(packed);
    }
    if (!draw_below(seed, 4))
        for (size_t zeros = draw_below(seed, 50); zeros; zeros--)
            file[(*n)++] = 0;
    if (!draw_below(seed, 4))
        file[(*n)++] = (unsigned char)draw(seed);
    if (!draw_below(seed, 2))
        file[draw_below(seed, *n)] ^= (unsigned char)(1 << draw_below(seed, 8));
    if (!draw_below(seed, 4))
        *n = draw_below(seed, *n + 1);
    return file;
}

/* ISA-L may keep back the last bytes that could be decoded before a cut. */
static void forgive_a_cut(struct bytes *a, struct bytes *b, const weir_error *error)
{
    if (a->state != WEIR_ERROR || error->code != WEIR_E_TRUNCATED)
        return;
    size_t least = a->n < b->n ? a->n : b->n;
    assert_in_range(a->n, least, least + 3);
    assert_in_range(b->n, least, least + 3);
    a->n = b->n = least;
}

static void gunzip_gives_the_same_outcome(void **state)
{
    uint64_t seed = 24;
    (void)state;
    for (unsigned round = 0; round < 4 * ROUNDS; round++) {
        const weir_codec *codec = round % 2 ? &weir_codec_gunzip : &weir_codec_gunzip_zlib;
        size_t n;
        unsigned char *file = draw_file(&seed, &n);
        weir_error errors[2];
        struct bytes whole =
            reader_bytes(weir_codec_reader(weir_memory_reader(file, n), codec, NULL), errors);
        weir_reader *source = ragged_reader(file, n, draw_ragged(&seed), draw(&seed));
        struct bytes split = reader_bytes(
            weir_codec_reader(source, codec, &WEIR_CODEC_OPTIONS(.flush_when_idle = round % 3)),
            errors + 1);
        forgive_a_cut(&whole, &split, errors);
        assert_same(&whole, errors, &split, errors + 1);
        free(whole.data);
        free(split.data);
        free(file);
    }
}

/* ---- lines ---- */

static void draw_lines(uint64_t *seed, char *text, size_t n)
{
    static const char letters[] = "abcdefgh\r\n";
    bool dense = draw_below(seed, 2);
    for (size_t i = 0; i < n; i++)
        text[i] = letters[draw_below(seed, dense || !draw_below(seed, 30) ? 10 : 8)];
}

static weir_stream *lines_of(weir_reader *source, size_t max, unsigned kind)
{
    return kind ? weir_lines_matching(source, max, "ab", 2) : weir_lines(source, max);
}

static void lines_gives_the_same_lines(void **state)
{
    static struct trace whole, split;
    static struct test_cx test;
    uint64_t seed = 25;
    (void)state;
    for (unsigned round = 0; round < 4 * ROUNDS; round++) {
        char text[900];
        size_t n = draw_below(&seed, sizeof text + 1);
        size_t max = 1 + draw_below(&seed, 60);
        draw_lines(&seed, text, n);
        whole = (struct trace){.no_pending = true};
        split = (struct trace){.no_pending = true, .polls_max = 4 * sizeof text};
        test_cx_init(&test);
        weir_stream *stream = lines_of(weir_memory_reader(text, n), max, round % 2);
        trace_run(&whole, stream, &test, 64);
        weir_drop(stream);
        weir_reader *source = ragged_reader(text, n, draw_ragged(&seed), draw(&seed));
        stream = lines_of(source, max, round % 2);
        trace_run(&split, stream, &test, 1 + draw_below(&seed, 64));
        weir_drop(stream);
        test_cx_fini(&test);
        assert_string_equal(whole.text, split.text);
    }
}

int codec_splits(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gzip_gives_the_same_bytes),
        cmocka_unit_test(flushed_gzip_is_restored),
        cmocka_unit_test(nothing_is_kept_back_at_a_wait),
        cmocka_unit_test(gunzip_gives_the_same_outcome),
        cmocka_unit_test(lines_gives_the_same_lines),
    };
    return cmocka_run_group_tests_name("splits", tests, NULL, NULL);
}
