/* word_count: counts as wc does, and changes nothing. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "doubles.h"

static const struct {
    const char *text;
    uint64_t words;
    uint64_t lines;
} rows[] = {
    {"", 0, 0},
    {"\n", 0, 1},
    {"a", 1, 0},
    {"one two  three\n", 3, 1},
    {" \t\v\f\r\n ", 0, 1},
    {"a\tb\vc\fd\re\n", 5, 1},
    {"\001", 0, 0}, /* no word without a character that is printed */
    {"a\001b \001 c\n", 2, 1},
    {"\303\244 x \303\244y\n\n", 2, 2},
    {"a\x7f b ~ !\n", 4, 1},
};

static void each_row_and_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        for (size_t piece = 1; piece < 8; piece++) {
            size_t n = strlen(rows[i].text);
            weir_word_counts counts = {7, 7, 7};
            weir_error error;
            memory_begin(0, false);
            weir_reader *source = piece == 1   ? one_byte_reader(rows[i].text, n, true)
                                  : piece == 7 ? weir_memory_reader(rows[i].text, n)
                                               : pieces_reader(rows[i].text, n, piece);
            struct bytes got = reader_bytes(weir_word_count(source, &counts), &error);
            assert_int_equal(got.state, WEIR_END);
            assert_int_equal(got.n, n);
            if (n)
                assert_memory_equal(got.data, rows[i].text, n);
            assert_int_equal(counts.bytes, n);
            assert_int_equal(counts.words, rows[i].words);
            assert_int_equal(counts.lines, rows[i].lines);
            free(got.data);
            assert_int_equal(memory_end(), 0);
        }
}

/* Bytes of every kind, against the rule said byte by byte. */
static void any_bytes(void **state)
{
    enum { N = 20000 };
    unsigned char *bytes = malloc(N);
    uint64_t seed = 1, words = 0, lines = 0;
    bool in_word = false;
    (void)state;
    for (size_t i = 0; i < N; i++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        unsigned drawn = (unsigned)(seed >> 33);
        bytes[i] = (unsigned char)(drawn >> 8);
        if (drawn % 3 == 0)
            bytes[i] = (unsigned char)" \n\ta"[drawn >> 8 & 3];
        lines += bytes[i] == '\n';
        if (bytes[i] == ' ' || (bytes[i] >= '\t' && bytes[i] <= '\r'))
            in_word = false;
        else if (bytes[i] > ' ' && bytes[i] < 0x7f) {
            words += !in_word;
            in_word = true;
        }
    }
    for (size_t piece = 1; piece < N; piece = piece * 7 + 1) {
        weir_word_counts counts;
        uint64_t n = 0;
        weir_reader *reader = weir_word_count(pieces_reader(bytes, N, piece), &counts);
        assert_int_equal(await(weir_copy(reader, weir_null_writer()), &n, NULL), WEIR_READY);
        assert_int_equal(n, N);
        assert_int_equal(counts.bytes, N);
        assert_int_equal(counts.words, words);
        assert_int_equal(counts.lines, lines);
    }
    free(bytes);
}

/* What stands in hand is counted once, however often more is asked for. */
static void counted_once(void **state)
{
    struct script script = {0};
    weir_word_counts counts;
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_reader *source = script_reader(&script, "\"a b\" \" c\" \"d\\n\" $");
    weir_reader *reader = weir_word_count(source, &counts);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).n, 3);
    assert_int_equal(counts.words, 2);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 4).n, 5);
    assert_int_equal(counts.words, 3);
    weir_consume(reader, 4);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 2).n, 3);
    assert_int_equal(counts.words, 3);
    assert_int_equal(counts.bytes, 7);
    assert_int_equal(counts.lines, 1);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 4).state, WEIR_END);
    weir_drop(reader);
    assert_int_equal(counts.bytes, 7);
    test_cx_fini(&test);
}

static void errors_pass(void **state)
{
    weir_word_counts counts;
    weir_error error;
    (void)state;
    weir_reader *reader = weir_word_count(failing_reader("ab c", 4), &counts);
    assert_int_equal(await(weir_copy(reader, weir_null_writer()), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_SYSTEM);
    assert_int_equal(counts.words, 2);
    reader = weir_word_count(weir_reader_refused(WEIR_E_USER, NULL, "no", NULL, NULL, 0), &counts);
    assert_int_equal(await(weir_copy(reader, weir_null_writer()), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_USER);
    assert_int_equal(counts.bytes, 0);
}

static void hints_and_limits_are_the_sources(void **state)
{
    weir_word_counts counts;
    struct test_cx test;
    (void)state;
    test_cx_init(&test);
    weir_reader *reader = weir_word_count(weir_memory_reader("abc", 3), &counts);
    for (size_t left = 3; left; left--) {
        weir_hint hint = weir_reader_size_hint(reader);
        assert_int_equal(hint.lower, left);
        assert_int_equal(hint.upper, left);
        weir_ignore(weir_poll_fill(reader, &test.cx, 1));
        weir_consume(reader, 1);
    }
    weir_drop(reader);
    reader = weir_word_count(pieces_reader("abc", 3, 1), &counts);
    assert_true(weir_reader_reserve(reader, 1 << 20));
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1 << 20).n, 3);
    weir_drop(reader);
    test_cx_fini(&test);
}

int bytes_word_count(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_and_cut),
        cmocka_unit_test(any_bytes),
        cmocka_unit_test(counted_once),
        cmocka_unit_test(errors_pass),
        cmocka_unit_test(hints_and_limits_are_the_sources),
    };
    return cmocka_run_group_tests_name("word_count", tests, NULL, NULL);
}
