/* gzip: zlib and gunzip restore what it makes, which is the same however the input comes. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "codec/deflate.h"
#include "codec_run.h"

/* What weir_gzip() makes of a level. */
static const weir_gzip_options *options(int level)
{
    static weir_gzip_options made;
    made = WEIR_GZIP_OPTIONS(.level = level ? level : WEIR_GZIP_LEVEL_STORED);
    return &made;
}

static const struct cut cuts[] = {
    {0, 0, false, true},      {0, 0, false, false},     {1, 70000, false, true},
    {999, 1000, true, false}, {200000, 50, true, true}, {99, 1, false, true},
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
            struct outcome got = codec_run(&weir_codec_gzip, options(level), bytes, sizes[i],
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
            codec_run(&weir_codec_gzip, options(level), bytes, n, cuts[round % CUTS], n * 2 + 4096);
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

/* Memory far from that of the time before, so that no two states have an address in common. */
static uint64_t place_seed;

static void *place(void *self, size_t size, size_t align)
{
    uintptr_t wish = (uintptr_t)(draw(&place_seed) << 12) & (UINTPTR_MAX >> 18);
    void *block =
        mmap((void *)wish, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    (void)self, (void)align;
    return block == MAP_FAILED ? NULL : block;
}

static void leave(void *self, void *block, size_t size)
{
    (void)self;
    if (block)
        munmap(block, size);
}

static void *move(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    void *moved = place(self, size, align);
    if (moved && block)
        memcpy(moved, block, old_size < size ? old_size : size);
    if (moved)
        leave(self, block, old_size);
    return moved;
}

static void the_same_bytes_wherever_its_state_lies(void **state)
{
    static const char text[] = "some text, some text, some more text; more text, more some";
    static const size_t sizes[] = {20, 37, sizeof text - 1, 288, 289, 290, 2000};
    static const weir_alloc hooks = {sizeof hooks, place, move, leave, NULL};
    const weir_alloc *before = weir_alloc_get();
    unsigned char bytes[2000];
    (void)state;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)text[(i * i / 57 + i) % (sizeof text - 1)];
    memcpy(bytes, text, sizeof text - 1);
    place_seed = 7;
    for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct bytes first = through(weir_memory_reader(bytes, sizes[i]), -1);
        weir_alloc_set(&hooks);
        for (int k = 0; k < 400; k++) {
            struct bytes other = through(weir_memory_reader(bytes, sizes[i]), -1);
            assert_int_equal(first.n, other.n);
            assert_memory_equal(first.data, other.data, first.n);
            free(other.data);
        }
        weir_alloc_set(before);
        restored(first.data, first.n, bytes, sizes[i]);
        free(first.data);
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

static void refused(weir_reader *reader)
{
    weir_error error;
    struct bytes got = reader_bytes(reader, &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.trail[0], "gzip");
}

static void there_is_no_level_10(void **state)
{
    static const int levels[] = {10, -3, INT_MAX, INT_MIN};
    (void)state;
    refused(weir_gzip(weir_memory_reader("a", 1), WEIR_GZIP_LEVEL_STORED));
    for (unsigned i = 0; i < 4; i++) {
        weir_gzip_options wrong = WEIR_GZIP_OPTIONS(.level = levels[i]);
        refused(weir_gzip(weir_memory_reader("a", 1), levels[i]));
        refused(weir_gzip_with(weir_memory_reader("a", 1), &wrong));
        refused(weir_codec_reader(
            weir_memory_reader("a", 1), &weir_codec_gzip,
            &WEIR_CODEC_OPTIONS(.for_codec = &wrong, .for_codec_size = sizeof wrong)));
    }
}

static bool equal(struct bytes a, struct bytes b)
{
    bool same = a.n == b.n && memcmp(a.data, b.data, a.n) == 0;
    free(a.data);
    free(b.data);
    return same;
}

static struct bytes with(weir_gzip_options options)
{
    static const char text[] = "some text, some text, some more text";
    return reader_bytes(weir_gzip_with(weir_memory_reader(text, sizeof text), &options), NULL);
}

static void zero_is_the_default_in_options(void **state)
{
    static const char text[] = "some text, some text, some more text";
    const int standard = WEIR_GZIP_LEVEL_DEFAULT;
    (void)state;
    weir_reader *plain = weir_gzip_with(weir_memory_reader(text, sizeof text), NULL);
    assert_true(equal(reader_bytes(plain, NULL), with(WEIR_GZIP_OPTIONS(.level = standard))));
    assert_true(equal(through(weir_memory_reader(text, sizeof text), standard),
                      with(WEIR_GZIP_OPTIONS(.level = 0))));
    assert_true(equal(through(weir_memory_reader(text, sizeof text), 0),
                      with(WEIR_GZIP_OPTIONS(.level = WEIR_GZIP_LEVEL_STORED))));
    weir_gzip_options unsized = {.level = 9};
    assert_true(equal(through(weir_memory_reader(text, sizeof text), 9), with(unsized)));
    /* Of a program for which there was nothing behind the level: that is not looked at. */
    weir_gzip_options older = {
        .size = offsetof(weir_gzip_options, flush_when_idle), .level = 9, .flush_when_idle = true};
    assert_true(equal(
        through(one_byte_reader(text, sizeof text, true), 9),
        reader_bytes(weir_gzip_with(one_byte_reader(text, sizeof text, true), &older), NULL)));
}

/* ---- flushing ---- */

/* What a gunzip at the other end makes of the bytes so far, of which no end is seen yet. */
static void readable(const struct bytes *packed, const char *wanted, weir_state end)
{
    weir_error error;
    for (unsigned kind = 0; kind < 2; kind++) {
        weir_reader *source = weir_memory_reader(packed->data, packed->n);
        struct bytes got = reader_bytes(
            kind ? weir_codec_reader(source, &weir_codec_gunzip_zlib, NULL) : weir_gunzip(source),
            &error);
        assert_int_equal(got.state, end);
        if (end == WEIR_ERROR)
            assert_int_equal(error.code, WEIR_E_TRUNCATED);
        assert_int_equal(got.n, strlen(wanted));
        assert_memory_equal(got.data, wanted, got.n);
        free(got.data);
    }
}

/* Polls until it waits or is over, and keeps what came. */
static weir_state take_all(weir_reader *reader, struct test_cx *test, struct bytes *all)
{
    weir_poll got;
    test_cx_turn(test);
    while ((got = weir_poll_fill(reader, &test->cx, 1)).state == WEIR_READY) {
        size_t n;
        const unsigned char *at = weir_peek(reader, &n);
        all->data = realloc(all->data, all->n + n);
        assert_non_null(all->data);
        memcpy(all->data + all->n, at, n);
        all->n += n;
        weir_consume(reader, n);
    }
    return got.state;
}

static void what_came_before_a_wait_can_be_read(void **state)
{
    static struct test_cx test;
    (void)state;
    for (int level = -2; level < 10; level++) {
        struct script script = {0};
        struct bytes all = {0};
        test_cx_init(&test);
        weir_reader *source = script_reader(&script, "P \"hello, \" P P \"world\" P $");
        weir_reader *reader =
            weir_gzip_with(source, &WEIR_GZIP_OPTIONS(.level = level, .flush_when_idle = true));
        static const char *const seen[] = {"", "hello, ", "hello, ", "hello, world"};
        for (unsigned i = 0; i < 4; i++) {
            assert_int_equal(take_all(reader, &test, &all), WEIR_PENDING);
            if (i)
                readable(&all, seen[i], WEIR_ERROR);
            assert_int_equal(i ? 1 : all.n == 0, 1);
            assert_int_equal(doubles_wake_one(), 1);
        }
        assert_int_equal(take_all(reader, &test, &all), WEIR_END);
        readable(&all, "hello, world", WEIR_END);
        weir_drop(reader);
        test_cx_fini(&test);
        free(all.data);
    }
}

/* A second wait with nothing new makes nothing. */
static void a_flush_is_made_once(void **state)
{
    static struct test_cx test;
    struct script script = {0};
    struct bytes all = {0};
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_gzip_with(script_reader(&script, "\"abc\" P P P $"),
                                         &WEIR_GZIP_OPTIONS(.flush_when_idle = true));
    take_all(reader, &test, &all);
    size_t n = all.n;
    for (unsigned i = 0; i < 2; i++) {
        doubles_wake_one();
        assert_int_equal(take_all(reader, &test, &all), WEIR_PENDING);
        assert_int_equal(all.n, n);
    }
    weir_drop(reader);
    test_cx_fini(&test);
    free(all.data);
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    (void)state;
    for (unsigned steps = 0; steps < 30; steps++) {
        memory_begin(0, false);
        test_cx_init(&test);
        weir_reader *source = ragged_reader("hello", 5, (struct ragged){2, 2, false}, steps);
        weir_reader *reader = weir_gzip_with(source, &WEIR_GZIP_OPTIONS(.flush_when_idle = true));
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_consume(reader, weir_poll_fill(reader, &test.cx, 1).n);
        }
        weir_drop(reader);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

/* ---- deflaters that do not do what they should ---- */

static void *double_start(int level, weir_wrap wrap)
{
    static int nothing;
    (void)level, (void)wrap;
    return &nothing;
}

static void double_stop(void *state)
{
    (void)state;
}

static weir_codec_state does_nothing(void *state, weir_span *span, weir_input input)
{
    (void)state, (void)span, (void)input;
    return WEIR_CODEC_MORE;
}

static weir_codec_state fails(void *state, weir_span *span, weir_input input)
{
    (void)state, (void)span, (void)input;
    return WEIR_CODEC_BAD;
}

static weir_codec_state takes_only(void *state, weir_span *span, weir_input input)
{
    (void)state, (void)input;
    span->in += span->in_n;
    span->in_n = 0;
    return WEIR_CODEC_MORE;
}

static const weir_deflater *deflate_double;

static bool double_init(void *state, const void *given, weir_error *error)
{
    (void)given;
    return weir_gzip_begin(state, deflate_double, 6, error);
}

static void a_deflater_that_stands_still_is_an_error(void **state)
{
    static const weir_deflater doubles[] = {{double_start, double_stop, does_nothing, 0},
                                            {double_start, double_stop, fails, 0},
                                            {double_start, double_stop, takes_only, 0}};
    static const size_t sizes[] = {0, 100, 256 << 10, 600 << 10};
    static unsigned char bytes[600 << 10];
    weir_codec codec = weir_codec_gzip;
    weir_error error;
    (void)state;
    codec.init = double_init;
    for (unsigned i = 0; i < 3; i++) {
        deflate_double = &doubles[i];
        for (unsigned k = 0; k < 4; k++) {
            weir_reader *source =
                k % 2 ? pieces_reader(bytes, sizes[k], 70000) : weir_memory_reader(bytes, sizes[k]);
            struct bytes got = reader_bytes(weir_codec_reader(source, &codec, NULL), &error);
            assert_int_equal(got.state, WEIR_ERROR);
            assert_int_equal(error.code, WEIR_E_CORRUPT);
            assert_string_equal(error.message, "the deflater can not go on");
            free(got.data);
        }
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

int codec_gzip(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(zlib_restores_every_level),
        cmocka_unit_test(any_cut_is_restored),
        cmocka_unit_test(the_same_bytes_however_the_input_comes),
        cmocka_unit_test(the_same_bytes_wherever_its_state_lies),
        cmocka_unit_test(no_name_and_no_time),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(there_is_no_level_10),
        cmocka_unit_test(zero_is_the_default_in_options),
        cmocka_unit_test(what_came_before_a_wait_can_be_read),
        cmocka_unit_test(a_flush_is_made_once),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(a_deflater_that_stands_still_is_an_error),
        cmocka_unit_test(every_allocation_fails_once),
    };
    return cmocka_run_group_tests_name("gzip", tests, NULL, NULL);
}
