/* Substrings: every level of processor against a plain loop, and the work of the worst cases. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "codec/substring.h"
#include "codec_run.h"
#include "contract.h"

static size_t plain_find(const unsigned char *bytes, size_t n, const unsigned char *pattern,
                         size_t pattern_n)
{
    for (size_t i = 0; i + pattern_n <= n; i++)
        if (memcmp(bytes + i, pattern, pattern_n) == 0)
            return i;
    return n;
}

/* A block of exactly n bytes, so that a read past them is seen by the sanitizer. */
static unsigned char *letters(uint64_t *seed, size_t n, const char *alphabet)
{
    unsigned char *bytes = malloc(n ? n : 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (unsigned char)alphabet[draw_below(seed, strlen(alphabet))];
    return bytes;
}

/* As plain_find() says, at every level. */
static void check(const unsigned char *bytes, size_t n, const unsigned char *pattern,
                  size_t pattern_n)
{
    size_t wanted = plain_find(bytes, n, pattern, pattern_n);
    for (int level = 0; level <= weir_cpu_level(); level++) {
        weir_substring search;
        weir_substring_init(&search, pattern, pattern_n, level);
        size_t got = search.find(&search, bytes, n);
        if (got != wanted)
            fail_msg("level %d: '%.*s' is at %zu of '%.*s', not at %zu", level, (int)pattern_n,
                     (const char *)pattern, wanted, (int)n, (const char *)bytes, got);
    }
}

static const char *const alphabets[] = {"ab", "abc", "aaaaab", "Exyz \r", "ERO", "a"};

enum { ALPHABETS = sizeof alphabets / sizeof *alphabets };

static void random_bytes(void **state)
{
    enum { ROUNDS = 12000, BYTES_MAX = 700 };
    uint64_t seed = 2;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const char *alphabet = alphabets[round % ALPHABETS];
        size_t n = draw_below(&seed, round % 5 ? BYTES_MAX / 4 : BYTES_MAX);
        size_t pattern_n = 1 + draw_below(&seed, round % 7 ? 20 : 90);
        unsigned char *bytes = letters(&seed, n, alphabet);
        unsigned char *pattern = letters(&seed, pattern_n, alphabet);
        if (n > pattern_n && round % 2)
            memcpy(bytes + draw_below(&seed, n - pattern_n + 1), pattern, pattern_n);
        check(bytes, n, pattern, pattern_n);
        free(bytes);
        free(pattern);
    }
}

/* Repeats the first `period` bytes, then changes one of them, or none. */
static void repeat(uint64_t *seed, unsigned char *bytes, size_t n, size_t period)
{
    for (size_t i = period; i < n; i++)
        bytes[i] = bytes[i - period];
    if (draw_below(seed, 3))
        bytes[draw_below(seed, n)] = 'a';
}

/* Bytes and pattern repeat the same few, with a mistake now and then. */
static void periodic_bytes(void **state)
{
    enum { ROUNDS = 12000 };
    uint64_t seed = 3;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t period = 1 + draw_below(&seed, 12);
        size_t pattern_n = period + draw_below(&seed, 60);
        size_t n = pattern_n + draw_below(&seed, 200);
        unsigned char *bytes = letters(&seed, n, "ab");
        unsigned char *pattern = malloc(pattern_n);
        repeat(&seed, bytes, n, period);
        memcpy(pattern, bytes + draw_below(&seed, n - pattern_n + 1), pattern_n);
        repeat(&seed, pattern, pattern_n, period);
        if (round % 3 == 0)
            repeat(&seed, bytes, n, period);
        check(bytes, n, pattern, pattern_n);
        free(bytes);
        free(pattern);
    }
}

/* Each of the two bytes, seldom enough that wide steps are taken by the one or the other. */
static void sparse_bytes(void **state)
{
    enum { ROUNDS = 600, BYTES_MAX = 9000 };
    static const char *const patterns[] = {"Q", "QZ", "QyyyyZ", "QyyyyyyyyyyyyyyyyyyyyyyyyZ"};
    uint64_t seed = 4;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const char *pattern = patterns[round % 4];
        size_t pattern_n = strlen(pattern);
        size_t n = draw_below(&seed, BYTES_MAX);
        unsigned char *bytes = letters(&seed, n, "y");
        for (size_t i = 0; n && i < n >> draw_below(&seed, 14); i++)
            bytes[draw_below(&seed, n)] = "QZQZZQ"[i % (round % 6 + 1)];
        if (n > pattern_n && round % 2)
            memcpy(bytes + draw_below(&seed, n - pattern_n + 1), pattern, pattern_n);
        check(bytes, n, (const unsigned char *)pattern, pattern_n);
        free(bytes);
    }
}

/* The only one is the last place, after as many bytes as there can be. */
static void a_pattern_that_is_far(void **state)
{
    static const size_t sizes[] = {1, 2, 7, 8, 9, 63, 64, 65, 200};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        for (size_t n = sizes[i]; n < 1400; n += n < 800 ? 3 : 17) {
            unsigned char *bytes = malloc(n);
            unsigned char *pattern = malloc(sizes[i]);
            memset(bytes, 'a', n);
            memset(pattern, 'b', sizes[i]);
            check(bytes, n, pattern, sizes[i]);
            memcpy(bytes + n - sizes[i], pattern, sizes[i]);
            check(bytes, n, pattern, sizes[i]);
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

/* ---- work: the search as it was built to count, see tests/meson.build ---- */

void counted_weir_substring_init(weir_substring *self, const void *pattern, size_t n,
                                 int cpu_level);
weir_stream *counted_weir_lines_matching(weir_reader *source, size_t line_bytes_max,
                                         const void *pattern, size_t n);
void __sanitizer_cov_trace_pc(void);
int counted_memcmp(const void *a, const void *b, size_t n);

static uint64_t work;

void __sanitizer_cov_trace_pc(void)
{
    work++;
}

int counted_memcmp(const void *a, const void *b, size_t n)
{
    const unsigned char *left = a, *right = b;
    size_t at = 0;
    while (at < n && left[at] == right[at])
        at++;
    work += at + 1;
    return at < n ? left[at] - right[at] : 0;
}

/* A text that repeats `unit`, which is spelled as letters and how often each stands there, and a
 * pattern that is spelled so. */
struct worst {
    const char *unit;
    const char *pattern;
    unsigned times; /* the pattern, one after another */
};

static const struct worst worst[] = {
    {"a3999 b1 \n1", "a4000", 1},
    {"019 11 015 \n1", "020", 1},
    {"019 11 015 \n1", "015", 1},
    {"a63999 b1 \n1", "a64000", 1},
    {"a63999 \r1 \n1", "a1000 \r1", 1},
    {"a63999 b1 \n1", "a30000 c1 a30000", 1},
    {"a999 b1 a998 b1 \n1", "a999 b1", 2},
    {"a5000 b1 a5000 \n1", "b1 a4999", 2},
    {"a5000 b1 a5000 \n1", "a5000 b1 a5000", 1},
    {"a1 b1 a1 b1 a1 b1 a1 b1 c1", "a1 b1", 2000},
    {"a1 b1 a1 b1 b1 a1 b1 a1", "a1 b1 a1 b1 b1 a1 b1 a1 a1 b1", 200},
    {"a1 b1", "a1 b1", 32000},
    {"b1 a1", "b1 b1 a1", 3},
    {"a1 b1 a1 a1 b1", "a1 a1 b1 a1 a1 b1 a1 b1", 1000},
    {"e1 x1 e1 e1 x1", "x1 e1 x1 e1 e1 x1 x1", 1},
    {"a3 b1 \n1", "a2 b1", 1},
};

enum { WORST = sizeof worst / sizeof *worst };

static size_t spell(const char *notation, unsigned char *out)
{
    size_t n = 0;
    while (*notation) {
        char *end;
        unsigned char letter = (unsigned char)*notation;
        size_t times = strtoul(notation + 1, &end, 10);
        memset(out + n, letter, times);
        n += times;
        notation = *end ? end + 1 : end;
    }
    return n;
}

enum { TEXT_BYTES = 256000, UNIT_MAX = 64 << 10 };

static void fill(unsigned char *out, size_t n, const char *notation)
{
    unsigned char *unit = malloc(UNIT_MAX);
    size_t unit_n = spell(notation, unit);
    for (size_t i = 0; i < n; i++)
        out[i] = unit[i % unit_n];
    free(unit);
}

static unsigned char *pattern_of(const struct worst *row, size_t *n)
{
    unsigned char *once = malloc(UNIT_MAX);
    *n = spell(row->pattern, once) * row->times;
    unsigned char *pattern = malloc(*n);
    fill(pattern, *n, row->pattern);
    free(once);
    return pattern;
}

/* What a search may cost: so much for each byte of the text and of the pattern. It is 1 to 13, more
 * where a mask is made byte by byte; a search that compares again and again has hundreds. */
static void check_work(const struct worst *row, size_t bytes)
{
    enum { WORK_A_BYTE = 96 };
    if (work > WORK_A_BYTE * bytes)
        fail_msg("'%s' in '%s': %zu steps for %zu bytes", row->pattern, row->unit, (size_t)work,
                 bytes);
}

static void no_search_is_more_than_linear(void **state)
{
    unsigned char *text = malloc(TEXT_BYTES);
    (void)state;
    for (const struct worst *row = worst; row < worst + WORST; row++) {
        size_t n;
        unsigned char *pattern = pattern_of(row, &n);
        fill(text, TEXT_BYTES, row->unit);
        for (int level = 0; level <= weir_cpu_level(); level++) {
            weir_substring search;
            work = 0;
            counted_weir_substring_init(&search, pattern, n, level);
            for (size_t at = 0; at + n < TEXT_BYTES; at += n)
                at += search.find(&search, text + at, TEXT_BYTES - at);
            check_work(row, TEXT_BYTES + n);
        }
        free(pattern);
    }
    free(text);
}

static uint64_t plain_count(const unsigned char *text, const unsigned char *pattern, size_t n)
{
    uint64_t count = 0;
    for (size_t at = 0; at < TEXT_BYTES;) {
        const unsigned char *newline = memchr(text + at, '\n', TEXT_BYTES - at);
        size_t end = newline ? (size_t)(newline - text) : TEXT_BYTES;
        size_t whole = newline && end > at && text[end - 1] == '\r' ? end - 1 : end;
        count += memmem(text + at, whole - at, pattern, n) != NULL;
        at = end + 1;
    }
    return count;
}

static void no_lines_are_more_than_linear(void **state)
{
    unsigned char *text = malloc(TEXT_BYTES);
    (void)state;
    for (const struct worst *row = worst; row < worst + WORST; row++) {
        size_t n;
        unsigned char *pattern = pattern_of(row, &n);
        fill(text, TEXT_BYTES, row->unit);
        weir_reader *reader = weir_memory_reader(text, TEXT_BYTES);
        uint64_t count;
        work = 0;
        weir_stream *lines = counted_weir_lines_matching(reader, TEXT_BYTES, pattern, n);
        assert_int_equal(weir_run(weir_count(lines), &count, NULL), WEIR_READY);
        assert_int_equal(count, plain_count(text, pattern, n));
        check_work(row, TEXT_BYTES + n);
        free(pattern);
    }
    free(text);
}

/* The work of a search that finds nothing. */
static uint64_t work_of(const char *pattern, const unsigned char *text, int level)
{
    weir_substring search;
    counted_weir_substring_init(&search, pattern, strlen(pattern), level);
    work = 0;
    assert_int_equal(search.find(&search, text, TEXT_BYTES), TEXT_BYTES);
    return work;
}

/* Steps are counted where the compiler put them. gcc makes the same loop of a search for one byte,
 * whoever asks for it; clang need not, nor where 64 bytes take one step: then the work for both is
 * what it is held to. */
#ifdef __clang__
enum { same_loops = false };
#else
enum { same_loops = true };
#endif

/* Where one of the two bytes is frequent and the other is nowhere, that one alone is looked for. */
static void the_absent_one_of_two_is_passed_by(void **state)
{
    unsigned char *text = malloc(TEXT_BYTES);
    (void)state;
    fill(text, TEXT_BYTES, "y89 Z1");
    for (int level = 0; level <= weir_cpu_level(); level++) {
        uint64_t both = work_of("ZZ", text, level), alone = work_of("#", text, level);
        bool tight = same_loops && level < WEIR_CPU_AVX512;
        uint64_t most = tight ? alone + alone / 5 : both - both / 20;
        assert_true(alone < both);
        assert_in_range(work_of("ZQ", text, level), 1, most);
        assert_in_range(work_of("QZ", text, level), 1, most);
    }
    free(text);
}

int codec_substring(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_bytes),
        cmocka_unit_test(periodic_bytes),
        cmocka_unit_test(sparse_bytes),
        cmocka_unit_test(a_pattern_that_is_far),
        cmocka_unit_test(a_pattern_is_searched_by_its_rarest_bytes),
        cmocka_unit_test(no_search_is_more_than_linear),
        cmocka_unit_test(no_lines_are_more_than_linear),
        cmocka_unit_test(the_absent_one_of_two_is_passed_by),
    };
    return cmocka_run_group_tests_name("substring", tests, NULL, NULL);
}
