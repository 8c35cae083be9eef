/* hex and back: all bytes, what is wrong with its place, however the input is cut. What it shares
 * with base64 is tested there. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "codec_run.h"
#include "weir/encoding.h"

static const struct cut cuts[] = {{0, 0, false, true}, {1, 0, false, true}, {1, 1, false, false},
                                  {3, 7, true, true},  {0, 1, false, true}, {3, 2, false, false}};
enum { CUTS = sizeof cuts / sizeof *cuts, OUT_MAX = 4096 };

/* The outcome, which is the same for every cut. */
static struct outcome run(const weir_codec *codec, const void *options, const void *in, size_t n)
{
    struct outcome first = codec_run(codec, options, in, n, cuts[0], OUT_MAX);
    for (size_t i = 1; i < CUTS; i++) {
        struct outcome other = codec_run(codec, options, in, n, cuts[i], OUT_MAX);
        assert_same_outcome(&first, &other);
        outcome_fini(&other);
    }
    return first;
}

static void gives(const weir_codec *codec, const void *options, const void *in, size_t n,
                  const void *wanted, size_t wanted_n)
{
    struct outcome got = run(codec, options, in, n);
    assert_int_equal(got.state, WEIR_CODEC_DONE);
    assert_int_equal(got.n, wanted_n);
    assert_memory_equal(got.data, wanted, wanted_n);
    outcome_fini(&got);
}

static void all_bytes_there_and_back(void **state)
{
    unsigned char bytes[256];
    char lower[513], upper[513];
    weir_hex_options up = WEIR_HEX_OPTIONS(.upper = true);
    (void)state;
    for (unsigned i = 0; i < 256; i++) {
        bytes[i] = (unsigned char)i;
        snprintf(lower + 2 * i, 3, "%02x", i);
        snprintf(upper + 2 * i, 3, "%02X", i);
    }
    gives(&weir_codec_hex, NULL, bytes, 256, lower, 512);
    gives(&weir_codec_hex, &up, bytes, 256, upper, 512);
    gives(&weir_codec_unhex, NULL, lower, 512, bytes, 256);
    gives(&weir_codec_unhex, NULL, upper, 512, bytes, 256);
    gives(&weir_codec_hex, NULL, "", 0, "", 0);
    gives(&weir_codec_unhex, NULL, "", 0, "", 0);
}

static void lines_and_blanks(void **state)
{
    weir_hex_options four = WEIR_HEX_OPTIONS(.line_bytes = 4);
    weir_unhex_options blanks = WEIR_UNHEX_OPTIONS(.blanks = true);
    (void)state;
    gives(&weir_codec_hex, &four, "abcde", 5, "6162\n6364\n65\n", 13);
    gives(&weir_codec_hex, &four, "abcd", 4, "6162\n6364\n", 10);
    gives(&weir_codec_unhex, &blanks, " 6\n1 62\r\n6\t3\n", 13, "abc", 3);
}

static void what_is_wrong_is_told_with_its_place(void **state)
{
    static const struct wrong {
        const char *in;
        weir_code code;
        uint64_t byte;
        const char *before, *message;
    } wrongs[] = {
        {"616g", WEIR_E_CORRUPT, 3, "a", "'g' is no character of hex"},
        {"61g2", WEIR_E_CORRUPT, 2, "a", "'g' is no character of hex"},
        {"61 62", WEIR_E_CORRUPT, 2, "a", "byte 0x20 is no character of hex"},
        {"61=", WEIR_E_CORRUPT, 2, "a", "'=' is no character of hex"},
        {"616", WEIR_E_TRUNCATED, 3, "a", "the input ends behind 1 of 2 characters"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof wrongs / sizeof *wrongs; i++) {
        struct outcome got = run(&weir_codec_unhex, NULL, wrongs[i].in, strlen(wrongs[i].in));
        assert_int_equal(got.state, WEIR_CODEC_BAD);
        assert_string_equal(got.error.message, wrongs[i].message);
        assert_int_equal(got.error.code, wrongs[i].code);
        assert_int_equal(got.error.byte, wrongs[i].byte);
        assert_int_equal(got.n, strlen(wrongs[i].before));
        assert_memory_equal(got.data, wrongs[i].before, got.n);
        outcome_fini(&got);
    }
}

static void as_readers(void **state)
{
    uint64_t seed = 33;
    size_t n = 300000;
    weir_error error;
    (void)state;
    unsigned char *bytes = draw_bytes(&seed, n);
    weir_reader *source = ragged_reader(bytes, n, (struct ragged){5000, 1, false}, 7);
    struct bytes got = reader_bytes(weir_unhex(weir_hex(source, NULL), NULL), NULL);
    assert_int_equal(got.n, n);
    assert_memory_equal(got.data, bytes, n);
    free(got.data);
    free(bytes);
    weir_hex_options odd = WEIR_HEX_OPTIONS(.line_bytes = 5);
    got = reader_bytes(weir_hex(weir_memory_reader("a", 1), &odd), &error);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_string_equal(error.message, "hex: a line of 5 characters ends inside of a group");
    assert_string_equal(error.cure, "a multiple of 4 in base64, of 2 in hex");
    free(got.data);
}

int codec_hex(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_bytes_there_and_back),
        cmocka_unit_test(lines_and_blanks),
        cmocka_unit_test(what_is_wrong_is_told_with_its_place),
        cmocka_unit_test(as_readers),
    };
    return cmocka_run_group_tests_name("hex", tests, NULL, NULL);
}
