/* Newlines and substrings: every level of processor against a plain loop. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/newline.h"
#include "codec_run.h"

enum { ROUNDS = 3000, BYTES_MAX = 700 };

/* A block of exactly n bytes, so that a read past them is seen by the sanitizer. */
static unsigned char *letters(uint64_t *seed, size_t n, const char *alphabet)
{
    unsigned char *bytes = malloc(n ? n : 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)alphabet[draw_below(seed, strlen(alphabet))];
    return bytes;
}

static void check_newlines(const weir_newline_ops *ops, const unsigned char *bytes, size_t n,
                           size_t ends_max)
{
    size_t first = n, last = 0, count = 0, ends[BYTES_MAX], got[BYTES_MAX];
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] != '\n')
            continue;
        first = count ? first : i;
        last = i + 1;
        ends[count++] = i;
    }
    assert_int_equal(ops->find(bytes, n), first);
    assert_int_equal(ops->last(bytes, n), last);
    assert_int_equal(ops->count(bytes, n), count);
    size_t wanted = count < ends_max ? count : ends_max;
    assert_int_equal(ops->ends(bytes, n, got, ends_max), wanted);
    assert_memory_equal(got, ends, wanted * sizeof *got);
}

static void newlines_at_every_level(void **state)
{
    static const char *const alphabets[] = {"a\n", "aaaaaaaaaaaa\n", "abc", "\n", "\x0b\x8a\n\x0a"};
    uint64_t seed = 1;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t n = draw_below(&seed, BYTES_MAX);
        unsigned char *bytes = letters(&seed, n, alphabets[round % 5]);
        size_t ends_max = 1 + draw_below(&seed, 70);
        for (int level = 0; level <= weir_cpu_level(); level++)
            check_newlines(weir_newline_at(level), bytes, n, ends_max);
        free(bytes);
    }
}

static size_t plain_find(const unsigned char *bytes, size_t n, const unsigned char *pattern,
                         size_t pattern_n)
{
    for (size_t i = 0; i + pattern_n <= n; i++)
        if (memcmp(bytes + i, pattern, pattern_n) == 0)
            return i;
    return n;
}

static void substrings_at_every_level(void **state)
{
    static const char *const alphabets[] = {"ab", "abc", "aaaaab", "Exyz \r", "ERO"};
    uint64_t seed = 2;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t n = draw_below(&seed, BYTES_MAX);
        size_t pattern_n = 1 + draw_below(&seed, round % 7 ? 6 : 90);
        unsigned char *bytes = letters(&seed, n, alphabets[round % 5]);
        unsigned char *pattern = letters(&seed, pattern_n, alphabets[round % 5]);
        if (n > pattern_n && round % 2)
            memcpy(bytes + draw_below(&seed, n - pattern_n), pattern, pattern_n);
        for (int level = 0; level <= weir_cpu_level(); level++) {
            weir_substring search;
            weir_substring_init(&search, pattern, pattern_n, level);
            assert_int_equal(search.find(&search, bytes, n),
                             plain_find(bytes, n, pattern, pattern_n));
        }
        free(bytes);
        free(pattern);
    }
}

static void a_pattern_is_searched_by_its_rarest_bytes(void **state)
{
    weir_substring search;
    (void)state;
    weir_substring_init(&search, "the Zebra", 9, WEIR_CPU_BASE);
    assert_int_equal(search.at[0], 4);
    assert_int_not_equal(search.at[0], search.at[1]);
    weir_substring_init(&search, "x", 1, WEIR_CPU_BASE);
    assert_int_equal(search.at[0], 0);
    assert_int_equal(search.at[1], 0);
}

int codec_newline(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newlines_at_every_level),
        cmocka_unit_test(substrings_at_every_level),
        cmocka_unit_test(a_pattern_is_searched_by_its_rarest_bytes),
    };
    return cmocka_run_group_tests_name("newline", tests, NULL, NULL);
}
