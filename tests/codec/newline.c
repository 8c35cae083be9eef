/* Newlines: every level of processor against a plain loop. */

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

/* Where lines are long the search takes wide steps. */
static void a_newline_that_is_far(void **state)
{
    enum { FAR_MAX = 2000 };
    (void)state;
    for (size_t n = 1; n < FAR_MAX; n += n < 700 ? 1 : 13) {
        unsigned char *bytes = malloc(n);
        memset(bytes, 'a', n);
        for (int level = 0; level <= weir_cpu_level(); level++)
            assert_int_equal(weir_newline_at(level)->find(bytes, n), n);
        bytes[n - 1] = '\n';
        for (int level = 0; level <= weir_cpu_level(); level++)
            assert_int_equal(weir_newline_at(level)->find(bytes, n), n - 1);
        free(bytes);
    }
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

int codec_newline(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(newlines_at_every_level),
        cmocka_unit_test(a_newline_that_is_far),
    };
    return cmocka_run_group_tests_name("newline", tests, NULL, NULL);
}
