/* base64 and back: what RFC 4648 says by table, what is wrong with its place, however the input is
 * cut, and against a slow one that reads bit by bit. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"
#include "weir/encoding.h"

enum { OUT_MAX = 4096 };

static const struct cut cuts[] = {
    {0, 0, false, true}, {0, 0, false, false}, {1, 0, false, true}, {1, 1, false, false},
    {2, 3, false, true}, {3, 7, true, true},   {0, 1, false, true}, {5, 2, true, false},
};
enum { CUTS = sizeof cuts / sizeof *cuts };

/* The outcome, which is the same for every cut. */
static struct outcome run(const weir_codec *codec, const void *options, const void *in, size_t n)
{
    struct outcome first = codec_run(codec, options, in, n, cuts[0], 2 * n + OUT_MAX);
    for (size_t i = 1; i < CUTS; i++) {
        struct outcome other = codec_run(codec, options, in, n, cuts[i], 2 * n + OUT_MAX);
        assert_same_outcome(&first, &other);
        outcome_fini(&other);
    }
    return first;
}

static void gives(const weir_codec *codec, const void *options, const char *in, const char *wanted)
{
    struct outcome got = run(codec, options, in, strlen(in));
    if (got.state != WEIR_CODEC_DONE || got.n != strlen(wanted) ||
        memcmp(got.data, wanted, got.n) != 0)
        fail_msg("'%s' is '%.*s', not '%s'", in, (int)got.n, (char *)got.data, wanted);
    outcome_fini(&got);
}

/* ---- what it says ---- */

static void as_the_rfc_has_it(void **state)
{
    static const struct pair {
        const char *plain, *text, *unpadded;
    } pairs[] = {
        {"", "", ""},
        {"f", "Zg==", "Zg"},
        {"fo", "Zm8=", "Zm8"},
        {"foo", "Zm9v", "Zm9v"},
        {"foob", "Zm9vYg==", "Zm9vYg"},
        {"fooba", "Zm9vYmE=", "Zm9vYmE"},
        {"foobar", "Zm9vYmFy", "Zm9vYmFy"},
        {"\xff\xfe\xfb\xef", "//777w==", "//777w"},
    };
    weir_base64_options bare = WEIR_BASE64_OPTIONS(.unpadded = true);
    weir_unbase64_options read_bare = WEIR_UNBASE64_OPTIONS(.unpadded = true);
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        gives(&weir_codec_base64, NULL, pairs[i].plain, pairs[i].text);
        gives(&weir_codec_unbase64, NULL, pairs[i].text, pairs[i].plain);
        gives(&weir_codec_base64, &bare, pairs[i].plain, pairs[i].unpadded);
        gives(&weir_codec_unbase64, &read_bare, pairs[i].unpadded, pairs[i].plain);
    }
}

static void the_alphabet_of_urls(void **state)
{
    weir_base64_options url = WEIR_BASE64_OPTIONS(.url = true);
    weir_unbase64_options read_url = WEIR_UNBASE64_OPTIONS(.url = true);
    (void)state;
    gives(&weir_codec_base64, &url, "\xfb\xff\xbf", "-_-_");
    gives(&weir_codec_unbase64, &read_url, "-_-_", "\xfb\xff\xbf");
    gives(&weir_codec_base64, NULL, "\xfb\xff\xbf", "+/+/");
}

static void lines_end_behind_so_many_characters(void **state)
{
    weir_base64_options eight = WEIR_BASE64_OPTIONS(.line_bytes = 8);
    weir_base64_options four = WEIR_BASE64_OPTIONS(.line_bytes = 4, .unpadded = true);
    (void)state;
    gives(&weir_codec_base64, &eight, "", "");
    gives(&weir_codec_base64, &eight, "foo", "Zm9v\n");
    gives(&weir_codec_base64, &eight, "foobar", "Zm9vYmFy\n");
    gives(&weir_codec_base64, &eight, "foobarf", "Zm9vYmFy\nZg==\n");
    gives(&weir_codec_base64, &four, "foobarf", "Zm9v\nYmFy\nZg\n");
}

static void blanks_stand_anywhere(void **state)
{
    weir_unbase64_options blanks = WEIR_UNBASE64_OPTIONS(.blanks = true);
    (void)state;
    gives(&weir_codec_unbase64, &blanks, " Z\tm9v\r\nY\ng\n=\n=\n", "foob");
    gives(&weir_codec_unbase64, &blanks, "\n", "");
}

/* ---- what is wrong ---- */

static void what_is_wrong_is_told_with_its_place(void **state)
{
    static const struct wrong {
        const char *in;
        bool url, unpadded, blanks;
        const char *before;
        weir_code code;
        uint64_t byte;
        const char *message;
    } wrongs[] = {
        {"Zm9vYm!y", 0, 0, 0, "foo", WEIR_E_CORRUPT, 6, "'!' is no character of base64"},
        {"Zm9v\n", 0, 0, 0, "foo", WEIR_E_CORRUPT, 4, "byte 0xa is no character of base64"},
        {"Zm9v\xc3", 0, 0, 1, "foo", WEIR_E_CORRUPT, 4, "byte 0xc3 is no character of base64"},
        {"Zm9-", 0, 0, 0, "", WEIR_E_CORRUPT, 3, "'-' is no character of base64"},
        {"Zm9+", 1, 0, 0, "", WEIR_E_CORRUPT, 3, "'+' is no character of base64url"},
        {"Zg=", 0, 0, 0, "", WEIR_E_TRUNCATED, 3, "the input ends behind 3 of 4 characters"},
        {"Zg", 0, 0, 0, "", WEIR_E_TRUNCATED, 2, "the input ends behind 2 of 4 characters"},
        {"Zm9vZ", 0, 1, 0, "foo", WEIR_E_TRUNCATED, 5, "the input ends behind 1 of 4 characters"},
        {"Zg==", 0, 1, 0, "", WEIR_E_CORRUPT, 2, "'=' is no character of base64"},
        {"Z===", 0, 0, 0, "", WEIR_E_CORRUPT, 1, "a '=' stands behind 1 of 4 characters"},
        {"Zm9v=", 0, 0, 0, "foo", WEIR_E_CORRUPT, 4, "a '=' stands behind 0 of 4 characters"},
        {"Zg=v", 0, 0, 0, "", WEIR_E_CORRUPT, 3, "a character stands behind a '='"},
        {"Zg==Zg==", 0, 0, 0, "f", WEIR_E_CORRUPT, 4, "something stands behind the last '='"},
        {"Zg==\n", 0, 0, 0, "f", WEIR_E_CORRUPT, 4, "something stands behind the last '='"},
        {"Zg==\n=", 0, 0, 1, "f", WEIR_E_CORRUPT, 5, "something stands behind the last '='"},
        {"Zh==", 0, 0, 0, "", WEIR_E_CORRUPT, 1, "bits behind the last byte are not 0"},
        {"Zm9vZm8 ==", 0, 0, 1, "foofo", WEIR_E_CORRUPT, 9, "something stands behind the last '='"},
        {"Zm9 =", 0, 0, 1, "", WEIR_E_CORRUPT, 2, "bits behind the last byte are not 0"},
        {"Zm9", 0, 1, 0, "", WEIR_E_CORRUPT, 2, "bits behind the last byte are not 0"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        const struct wrong *wrong = &wrongs[i];
        weir_unbase64_options options =
            WEIR_UNBASE64_OPTIONS(.url = wrong->url, .unpadded = wrong->unpadded,
                                  .blanks = wrong->blanks);
        struct outcome got = run(&weir_codec_unbase64, &options, wrong->in, strlen(wrong->in));
        assert_int_equal(got.state, WEIR_CODEC_BAD);
        assert_string_equal(got.error.message, wrong->message);
        assert_int_equal(got.error.code, wrong->code);
        assert_int_equal(got.error.byte, wrong->byte);
        assert_int_equal(got.n, strlen(wrong->before));
        assert_memory_equal(got.data, wrong->before, got.n);
        outcome_fini(&got);
    }
}

static void a_cure_where_one_is_known(void **state)
{
    weir_error error;
    (void)state;
    free(reader_bytes(weir_unbase64(weir_memory_reader("Zm9v\n", 5), NULL), &error).data);
    assert_string_equal(error.cure, "blanks, where lines are meant to be there");
    assert_true(error.fatal);
    free(reader_bytes(weir_unbase64(weir_memory_reader("Zg", 2), NULL), &error).data);
    assert_string_equal(error.cure, "unpadded, if there is meant to be no '='");
}

static void a_line_holds_whole_groups(void **state)
{
    weir_error error;
    weir_base64_options six = WEIR_BASE64_OPTIONS(.line_bytes = 6);
    (void)state;
    struct bytes got = reader_bytes(weir_base64(weir_memory_reader("a", 1), &six), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_string_equal(error.message, "base64: a line of 6 characters ends inside of a group");
    free(got.data);
    weir_reader *by_hand =
        weir_codec_reader(weir_memory_reader("a", 1), &weir_codec_base64,
                          &WEIR_CODEC_OPTIONS(.for_codec = &six, .for_codec_size = sizeof six));
    got = reader_bytes(by_hand, &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_string_equal(error.message, "a line of 6 characters ends inside of a group");
    free(got.data);
}

/* ---- against a slow one ---- */

static size_t slow_base64(const unsigned char *in, size_t n, bool url, size_t line, char *out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    size_t made = 0, column = 0;
    for (size_t bit = 0; bit < (n + 2) / 3 * 24; bit += 6) {
        unsigned value = 0;
        for (size_t i = bit; i < bit + 6; i++)
            value = value << 1 | (i < 8 * n ? in[i / 8] >> (7 - i % 8) & 1u : 0);
        char letter = value < 62 ? letters[value] : (url ? "-_" : "+/")[value - 62];
        out[made++] = bit < 8 * n ? letter : '=';
        if (line && ++column == line)
            out[made++] = '\n', column = 0;
    }
    if (column)
        out[made++] = '\n';
    return made;
}

static void one_drawn(uint64_t *seed, size_t n)
{
    unsigned char *bytes = draw_bytes(seed, n);
    char *wanted = malloc(n * 2 + 64);
    bool url = draw_below(seed, 2);
    size_t line = 4 * draw_below(seed, 30);
    size_t wanted_n = slow_base64(bytes, n, url, line, wanted);
    weir_base64_options to = WEIR_BASE64_OPTIONS(.url = url, .line_bytes = line);
    weir_unbase64_options from = WEIR_UNBASE64_OPTIONS(.url = url, .blanks = line);
    struct outcome text = run(&weir_codec_base64, &to, bytes, n);
    assert_int_equal(text.n, wanted_n);
    assert_memory_equal(text.data, wanted, wanted_n);
    struct outcome back = run(&weir_codec_unbase64, &from, text.data, text.n);
    assert_int_equal(back.state, WEIR_CODEC_DONE);
    assert_int_equal(back.n, n);
    assert_memory_equal(back.data, bytes, n);
    outcome_fini(&text);
    outcome_fini(&back);
    free(wanted);
    free(bytes);
}

static void the_same_as_a_slow_one(void **state)
{
    uint64_t seed = 31;
    (void)state;
    for (size_t n = 0; n < 200; n++)
        one_drawn(&seed, n);
    for (unsigned round = 0; round < 10; round++)
        one_drawn(&seed, draw_below(&seed, 20000));
}

/* ---- as readers ---- */

static void there_and_back(void **state)
{
    uint64_t seed = 32;
    size_t n = 300000;
    (void)state;
    unsigned char *bytes = draw_bytes(&seed, n);
    weir_base64_options to = WEIR_BASE64_OPTIONS(.line_bytes = 76);
    weir_unbase64_options from = WEIR_UNBASE64_OPTIONS(.blanks = true);
    for (size_t piece = 70000; piece > 10; piece /= 40) {
        weir_reader *source = ragged_reader(bytes, n, (struct ragged){piece, 1, false}, 7);
        struct bytes got = reader_bytes(weir_unbase64(weir_base64(source, &to), &from), NULL);
        assert_int_equal(got.n, n);
        assert_memory_equal(got.data, bytes, n);
        free(got.data);
    }
    free(bytes);
}

static weir_reader *both_ways(void)
{
    weir_base64_options to = WEIR_BASE64_OPTIONS(.line_bytes = 8);
    weir_unbase64_options from = WEIR_UNBASE64_OPTIONS(.blanks = true);
    weir_reader *source = one_byte_reader("abcdefghijklmnop", 16, true);
    return weir_unbase64(weir_base64(source, &to), &from);
}

static void every_allocation_fails_once(void **state)
{
    weir_error error;
    (void)state;
    for (unsigned long at = 1;; at++) {
        memory_begin(at, false);
        struct bytes got = reader_bytes(both_ways(), &error);
        bool failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        free(got.data);
        assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
        if (!failed)
            break;
        assert_int_equal(error.code, WEIR_E_MEMORY);
    }
}

static void dropped_at_each_step(void **state)
{
    static struct test_cx test;
    (void)state;
    for (unsigned steps = 0; steps < 60; steps++) {
        memory_begin(0, false);
        test_cx_init(&test);
        weir_reader *reader = both_ways();
        for (unsigned i = 0; i < steps; i++) {
            test_cx_turn(&test);
            weir_poll got = weir_poll_fill(reader, &test.cx, 1);
            weir_consume(reader, got.n);
        }
        weir_drop(reader);
        doubles_wake_all();
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

int codec_base64(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_rfc_has_it),
        cmocka_unit_test(the_alphabet_of_urls),
        cmocka_unit_test(lines_end_behind_so_many_characters),
        cmocka_unit_test(blanks_stand_anywhere),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(a_cure_where_one_is_known),
        cmocka_unit_test(a_line_holds_whole_groups),
        cmocka_unit_test(the_same_as_a_slow_one),
        cmocka_unit_test(there_and_back),
        cmocka_unit_test(every_allocation_fails_once),
        cmocka_unit_test(dropped_at_each_step),
    };
    return cmocka_run_group_tests_name("base64", tests, NULL, NULL);
}
