/* gunzip: members, headers and errors by table; however the input is cut, and against zlib. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "codec/deflate.h"
#include "codec_run.h"

/* ---- files made by hand ---- */

struct file {
    unsigned char bytes[250000];
    size_t n;
};

static struct file file;

static void add(const void *bytes, size_t n)
{
    if (n > sizeof file.bytes - file.n)
        test_abort("the file is too large");
    memcpy(file.bytes + file.n, bytes, n);
    file.n += n;
}

static void add_number(uint32_t number, unsigned n)
{
    for (; n; n--, number >>= 8)
        add(&(unsigned char){(unsigned char)number}, 1);
}

enum { HCRC = 2, EXTRA = 4, NAME = 8, COMMENT = 16 };

static void add_header(unsigned flags, size_t name_n)
{
    size_t begin = file.n;
    static char name[70000];
    memset(name, 'n', sizeof name);
    add("\x1f\x8b\x08", 3);
    add_number(flags, 1);
    add("\1\2\3\4\0\3", 6);
    if (flags & EXTRA) {
        add_number(5, 2);
        add("ex\0ra", 5);
    }
    if (flags & NAME) {
        add(name, name_n);
        add("", 1);
    }
    if (flags & COMMENT)
        add("a comment", 10);
    if (flags & HCRC)
        add_number((uint32_t)crc32(0, file.bytes + begin, (unsigned)(file.n - begin)), 2);
}

/* One stored block. */
static void add_member(unsigned flags, const char *text)
{
    size_t n = strlen(text);
    add_header(flags, 4);
    add_number(1, 1);
    add_number((uint32_t)n, 2);
    add_number(~(uint32_t)n, 2);
    add(text, n);
    add_number((uint32_t)crc32(0, (const unsigned char *)text, (unsigned)n), 4);
    add_number((uint32_t)n, 4);
}

static const struct cut cuts[] = {
    {0, 0, false, true}, {0, 0, false, false}, {1, 0, false, true},  {1, 1, false, false},
    {3, 7, true, true},  {0, 1, false, true},  {60, 9, true, false}, {5000, 5000, true, true},
};
enum { CUTS = sizeof cuts / sizeof *cuts };

/* The same outcome for each cut, and each library. */
static struct outcome gunzip(size_t out_max)
{
    struct outcome first =
        codec_run(&weir_codec_gunzip, NULL, file.bytes, file.n, cuts[0], out_max);
    for (unsigned i = 0; i < 2 * CUTS; i++) {
        const weir_codec *codec = i % 2 ? &weir_codec_gunzip : &weir_codec_gunzip_zlib;
        struct outcome other = codec_run(codec, NULL, file.bytes, file.n, cuts[i / 2], out_max);
        assert_same_outcome(&first, &other);
        outcome_fini(&other);
    }
    return first;
}

static void expect_bytes(const char *wanted)
{
    struct outcome got = gunzip(10000);
    assert_int_equal(got.state, WEIR_CODEC_DONE);
    assert_int_equal(got.n, strlen(wanted));
    assert_memory_equal(got.data, wanted, got.n);
    outcome_fini(&got);
    file.n = 0;
}

static void expect_error(const char *before, weir_code code, uint64_t byte, const char *message)
{
    struct outcome got = gunzip(10000);
    assert_int_equal(got.state, WEIR_CODEC_BAD);
    assert_int_equal(got.n, strlen(before));
    assert_memory_equal(got.data, before, got.n);
    assert_int_equal(got.error.code, code);
    assert_int_equal(got.error.byte, byte);
    assert_string_equal(got.error.message, message);
    outcome_fini(&got);
    file.n = 0;
}

static void all_members_and_padding(void **state)
{
    (void)state;
    add_member(0, "one");
    expect_bytes("one");
    add_member(0, "one ");
    add_member(0, "");
    add_member(0, "two");
    expect_bytes("one two");
    add_member(0, "padded");
    add("\0\0\0\0\0\0\0", 7);
    expect_bytes("padded");
}

static void every_header_field(void **state)
{
    (void)state;
    for (unsigned flags = 0; flags < 32; flags++) {
        add_member(flags, "text");
        add_member(flags ^ HCRC, " and more");
        expect_bytes("text and more");
    }
}

static void header_errors(void **state)
{
    (void)state;
    expect_error("", WEIR_E_TRUNCATED, 0, "the input is empty, and no gzip data");
    add("PK\3\4", 4);
    expect_error("", WEIR_E_CORRUPT, 0, "this is no gzip data: it does not begin with 1f 8b");
    add("\x1f\x8c", 2);
    expect_error("", WEIR_E_CORRUPT, 0, "this is no gzip data: it does not begin with 1f 8b");
    add("\0", 1);
    expect_error("", WEIR_E_CORRUPT, 0, "this is no gzip data: it does not begin with 1f 8b");
    add("\x1f\x8b\x07", 3);
    expect_error("", WEIR_E_CORRUPT, 2, "compression method 7, where only 8 is known");
    add("\x1f\x8b\x08\x24", 4);
    expect_error("", WEIR_E_CORRUPT, 3, "header flags 24 hold reserved bits");
    add_header(HCRC, 0);
    file.bytes[10] ^= 1;
    add("x", 1);
    struct outcome got = gunzip(100);
    assert_int_equal(got.error.code, WEIR_E_CORRUPT);
    assert_int_equal(got.error.byte, 10);
    outcome_fini(&got);
    file.n = 0;
    add_header(NAME, 65537);
    expect_error("", WEIR_E_LIMIT, 10 + 65536, "a name in the header is longer than 65536 bytes");
    add_header(NAME, 65536);
    expect_error("", WEIR_E_TRUNCATED, 10 + 65537,
                 "the input ends inside a member, which begins at byte 0");
}

static void trailer_errors(void **state)
{
    (void)state;
    add_member(0, "abc");
    file.bytes[file.n - 1] ^= 1;
    expect_error("abc", WEIR_E_CORRUPT, 22, "length 16777219 is stored, 3 was found");
    add_member(0, "abc");
    file.bytes[file.n - 8] ^= 1;
    expect_error("abc", WEIR_E_CORRUPT, 18, "checksum 352441c3 is stored, 352441c2 was found");
    add_member(0, "abc");
    add("garbage!!!", 10);
    expect_error("abc", WEIR_E_CORRUPT, 26, "garbage behind the last member");
    add_member(0, "abc");
    add("\0\0\x1f\x8b", 4);
    expect_error("abc", WEIR_E_CORRUPT, 28, "garbage behind the last member");
    add_member(0, "abc");
    add("\x1f garbage", 9);
    expect_error("abc", WEIR_E_CORRUPT, 26, "garbage behind the last member");
    add_member(0, "abc");
    add("\x1f", 1);
    expect_error("abc", WEIR_E_TRUNCATED, 27,
                 "the input ends inside a member, which begins at byte 26");
    add_header(0, 0);
    add("\7", 1); /* a block of type 3 */
    expect_error("", WEIR_E_CORRUPT, 11, "bad deflate data");
}

static void cut_off_anywhere(void **state)
{
    char message[80];
    (void)state;
    for (size_t cut = 1; cut < 60; cut++) {
        add_member(NAME | HCRC, "abc");
        size_t first = file.n;
        add_member(EXTRA, "def");
        if (cut >= file.n)
            break;
        file.n = cut;
        snprintf(message, sizeof message, "the input ends inside a member, which begins at byte %d",
                 cut < first ? 0 : (int)first);
        struct outcome got = gunzip(100);
        if (cut == first)
            assert_int_equal(got.state, WEIR_CODEC_DONE);
        else
            assert_string_equal(got.error.message, message);
        if (cut != first)
            assert_int_equal(got.error.byte, cut);
        outcome_fini(&got);
        file.n = 0;
    }
    file.n = 0;
}

/* A day of logs, one member a minute: nearly all are empty. */
static void any_number_of_members_may_be_empty(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 5000; i++)
        add_member(0, i == 2500 ? "one line\n" : "");
    expect_bytes("one line\n");
}

/* ---- random ---- */

static struct cut draw_cut(uint64_t *seed)
{
    static const size_t pieces[] = {0, 1, 3, 70, 900, 40000};
    struct cut cut = {pieces[draw_below(seed, 6)], pieces[draw_below(seed, 6)], draw_below(seed, 2),
                      draw_below(seed, 2)};
    return cut;
}

static void what_zlib_made_comes_back(void **state)
{
    uint64_t seed = 5;
    (void)state;
    for (unsigned round = 0; round < 60; round++) {
        size_t n = draw_below(&seed, round % 10 ? 20000 : 300000), packed_n;
        unsigned char *bytes = draw_bytes(&seed, n);
        unsigned char *packed = reference_gzip(bytes, n, (int)draw_below(&seed, 10), &packed_n);
        struct outcome got =
            codec_run(&weir_codec_gunzip, NULL, packed, packed_n, draw_cut(&seed), n + 1);
        assert_int_equal(got.state, WEIR_CODEC_DONE);
        assert_int_equal(got.n, n);
        assert_memory_equal(got.data, bytes, n);
        outcome_fini(&got);
        free(bytes);
        free(packed);
    }
}

/* Where the input is cut off, ISA-L may keep back the last bytes that could be decoded. */
static void assert_same_but_for_a_cut(struct outcome *a, struct outcome *b)
{
    if (a->state == WEIR_CODEC_BAD && a->error.code == WEIR_E_TRUNCATED) {
        size_t least = a->n < b->n ? a->n : b->n;
        assert_in_range(a->n, least, least + 3);
        assert_in_range(b->n, least, least + 3);
        a->n = b->n = least;
    }
    assert_same_outcome(a, b);
}

static void damage(uint64_t *seed, unsigned char *bytes, size_t *n)
{
    for (size_t flips = draw_below(seed, 4); flips; flips--)
        bytes[draw_below(seed, *n)] ^= (unsigned char)(1 << draw_below(seed, 8));
    if (!draw_below(seed, 4))
        *n = draw_below(seed, *n + 1);
}

/* Never a crash, always an end, the same however it is cut; what zlib takes is taken. */
static void damaged_files(void **state)
{
    uint64_t seed = 6;
    (void)state;
    for (unsigned round = 0; round < 600; round++) {
        size_t n = draw_below(&seed, 1 + draw_below(&seed, 9000)), packed_n, reference_n;
        unsigned char *bytes = draw_bytes(&seed, n);
        unsigned char *packed = reference_gzip(bytes, n, (int)draw_below(&seed, 10), &packed_n);
        damage(&seed, packed, &packed_n);
        size_t out_max = packed_n * 1100 + 1000;
        struct outcome whole =
            codec_run(&weir_codec_gunzip, NULL, packed, packed_n, cuts[0], out_max);
        for (unsigned i = 0; i < 2; i++) {
            struct outcome other =
                codec_run(&weir_codec_gunzip, NULL, packed, packed_n, draw_cut(&seed), out_max);
            assert_same_but_for_a_cut(&whole, &other);
            outcome_fini(&other);
        }
        unsigned char *reference = reference_gunzip(packed, packed_n, out_max, &reference_n);
        if (reference) {
            assert_int_equal(whole.state, WEIR_CODEC_DONE);
            assert_int_equal(whole.n, reference_n);
            assert_memory_equal(whole.data, reference, reference_n);
        }
        outcome_fini(&whole);
        free(reference);
        free(bytes);
        free(packed);
    }
}

/* ---- as a reader ---- */

static void an_error_comes_behind_the_bytes_with_its_place(void **state)
{
    weir_error error;
    (void)state;
    add_member(0, "abc");
    add("garbage", 7);
    weir_reader *source = weir_memory_reader(file.bytes, file.n);
    struct bytes got = reader_bytes(weir_gunzip(source), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(got.n, 3);
    assert_int_equal(error.byte, 26);
    assert_true(error.fatal);
    assert_string_equal(error.trail[0], "gunzip");
    free(got.data);
    file.n = 0;
}

static void a_reader_that_waits(void **state)
{
    weir_error error;
    (void)state;
    add_member(NAME, "hello ");
    add_member(0, "world");
    struct bytes got = reader_bytes(weir_gunzip(one_byte_reader(file.bytes, file.n, true)), &error);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, 11);
    assert_memory_equal(got.data, "hello world", 11);
    free(got.data);
    got = reader_bytes(weir_gunzip(failing_reader(file.bytes, file.n)), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
    assert_int_equal(got.n, 11);
    free(got.data);
    file.n = 0;
}

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    size_t packed_n;
    uint64_t seed = 8;
    unsigned char *bytes = draw_bytes(&seed, 5000);
    unsigned char *packed = reference_gzip(bytes, 5000, 6, &packed_n);
    (void)state;
    for (unsigned kind = 0; kind < 2; kind++) {
        for (unsigned long at = 1;; at++) {
            memory_begin(at, false);
            weir_reader *source = pieces_reader(packed, packed_n, 700);
            struct bytes got =
                reader_bytes(kind ? weir_codec_reader(source, &weir_codec_gunzip_zlib, NULL)
                                  : weir_gunzip(source),
                             &error);
            bool failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            free(got.data);
            assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
            if (!failed)
                break;
            assert_int_equal(error.code, WEIR_E_MEMORY);
        }
    }
    free(bytes);
    free(packed);
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    (void)state;
    add_member(NAME, "hello");
    for (unsigned steps = 0; steps < 70; steps++) {
        memory_begin(0, false);
        test_cx_init(&test);
        weir_reader *reader = weir_gunzip(one_byte_reader(file.bytes, file.n, true));
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_ignore(weir_poll_fill(reader, &test.cx, 1));
        }
        weir_drop(reader);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
    file.n = 0;
}

/* One poll of a bomb does a bounded amount of work and keeps a bounded number of bytes. */
static void a_bomb_is_taken_a_step_at_a_time(void **state)
{
    static struct test_cx test;
    size_t n = 64 << 20, packed_n;
    unsigned char *zeros = calloc(1, n);
    unsigned char *packed = reference_gzip(zeros, n, 9, &packed_n);
    (void)state;
    free(zeros);
    memory_begin(0, false);
    test_cx_init(&test);
    weir_reader *reader = weir_gunzip(weir_memory_reader(packed, packed_n));
    for (size_t left = n; left;) {
        test_cx_turn(&test);
        weir_poll got = weir_poll_fill(reader, &test.cx, 1);
        assert_int_equal(got.state, WEIR_READY);
        assert_in_range(got.n, 1, WEIR_BLOCK_BYTES);
        weir_consume(reader, got.n);
        left -= got.n;
    }
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_END);
    assert_true(memory.peak_bytes < 1 << 20);
    weir_drop(reader);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
    free(packed);
}

enum { EMPTY_MEMBERS = 8000 };

/* A member costs more than its bytes, so a turn ends after a number of members: each step that
 * makes nothing takes one poll of the budget and looks at some. */
static void a_turn_looks_at_a_bounded_number_of_members(void **state)
{
    static struct test_cx test;
    enum { MEMBERS_PER_TURN = 40 * (WEIR_BUDGET + 1) };
    (void)state;
    for (unsigned i = 0; i < EMPTY_MEMBERS; i++)
        add_member(0, "");
    size_t member_bytes = file.n / EMPTY_MEMBERS;
    test_cx_init(&test);
    weir_reader *source = weir_memory_reader(file.bytes, file.n);
    weir_reader *reader = weir_gunzip(source);
    unsigned turns = 0;
    for (weir_poll got = {0, WEIR_PENDING}; got.state != WEIR_END; turns++) {
        uint64_t before = source->offset;
        test_cx_turn(&test);
        got = weir_poll_fill(reader, &test.cx, 1);
        assert_true(got.state == WEIR_PENDING || got.state == WEIR_END);
        assert_in_range(source->offset - before, 0, MEMBERS_PER_TURN * member_bytes);
    }
    assert_true(turns > 1);
    weir_drop(reader);
    test_cx_fini(&test);
    file.n = 0;
}

/* What follows the first member stays in the source. */
static void one_member_and_no_more(void **state)
{
    static struct test_cx test;
    (void)state;
    add_member(0, "abc");
    add_member(0, "def");
    for (size_t piece = 1; piece <= file.n; piece += file.n - 1) {
        weir_reader *source = pieces_reader(file.bytes, file.n, piece);
        weir_reader *first =
            weir_gunzip_with(weir_reader_by_ref(source), &WEIR_DECOMPRESS_OPTIONS(.one = true));
        struct bytes got = reader_bytes(first, NULL);
        assert_int_equal(got.state, WEIR_END);
        assert_int_equal(got.n, 3);
        assert_memory_equal(got.data, "abc", 3);
        free(got.data);
        test_cx_init(&test);
        test_cx_turn(&test);
        assert_int_equal(weir_poll_fill(source, &test.cx, 4).state, WEIR_READY);
        assert_memory_equal(weir_peek(source, &(size_t){0}), "\x1f\x8b\x08\0", 4);
        assert_int_equal(source->offset, file.n / 2);
        weir_drop(source);
        test_cx_fini(&test);
    }
    file.n = 0;
}

int codec_gunzip(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_members_and_padding),
        cmocka_unit_test(every_header_field),
        cmocka_unit_test(header_errors),
        cmocka_unit_test(trailer_errors),
        cmocka_unit_test(cut_off_anywhere),
        cmocka_unit_test(any_number_of_members_may_be_empty),
        cmocka_unit_test(what_zlib_made_comes_back),
        cmocka_unit_test(damaged_files),
        cmocka_unit_test(an_error_comes_behind_the_bytes_with_its_place),
        cmocka_unit_test(a_reader_that_waits),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
        cmocka_unit_test(a_bomb_is_taken_a_step_at_a_time),
        cmocka_unit_test(a_turn_looks_at_a_bounded_number_of_members),
        cmocka_unit_test(one_member_and_no_more),
    };
    return cmocka_run_group_tests_name("gunzip", tests, NULL, NULL);
}
