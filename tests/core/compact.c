/* weir_compact() and the kernels of fn.h, at every width this processor has. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

enum { N_MAX = 70, SIZE_MAX_TRIED = 40 };

static uint64_t random_state = 88172645463325252u;

static uint64_t draw(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}

static size_t compact_slowly(unsigned char *items, size_t size, const int64_t *keep, size_t n)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++)
        if (keep[i])
            memmove(items + kept++ * size, items + i * size, size);
    return kept;
}

/* In blocks of exactly the right size, so that the sanitizer sees a step too far. */
static void compare(size_t size, size_t n, uint64_t density)
{
    unsigned char *items = malloc(n * size + 1), *wanted = malloc(n * size + 1);
    int64_t *keep = malloc((n ? n : 1) * sizeof *keep);
    for (size_t i = 0; i < n * size; i++)
        items[i] = (unsigned char)draw();
    memcpy(wanted, items, n * size);
    for (size_t i = 0; i < n; i++)
        keep[i] = draw() % 4 < density ? -1 : 0;
    size_t kept = compact_slowly(wanted, size, keep, n);
    assert_int_equal(weir_compact(items, size, keep, n), kept);
    assert_memory_equal(items, wanted, kept * size);
    free(items);
    free(wanted);
    free(keep);
}

static void all_sizes(void **state)
{
    (void)state;
    for (size_t size = 1; size <= SIZE_MAX_TRIED; size++)
        for (size_t n = 0; n <= N_MAX; n++)
            for (uint64_t density = 0; density <= 4; density++)
                compare(size, n, density);
}

static void eight_bytes_exactly(void **state)
{
    (void)state;
    for (size_t n = 1; n <= N_MAX; n++)
        for (uint64_t density = 0; density <= 4; density++) {
            uint64_t *items = malloc(n * 8), *wanted = malloc(n * 8);
            int64_t *keep = malloc(n * 8);
            for (size_t i = 0; i < n; i++) {
                wanted[i] = items[i] = draw();
                keep[i] = draw() % 4 < density ? -1 : 0;
            }
            size_t kept = compact_slowly((void *)wanted, 8, keep, n);
            assert_int_equal(weir_compact(items, 8, keep, n), kept);
            if (kept)
                assert_memory_equal(items, wanted, kept * 8);
            free(items);
            free(wanted);
            free(keep);
        }
}

static void unaligned_items(void **state)
{
    (void)state;
    unsigned char block[8 * N_MAX + 1];
    int64_t keep[N_MAX];
    for (size_t i = 0; i < N_MAX; i++)
        keep[i] = i % 3 ? -1 : 0;
    for (size_t i = 0; i < sizeof block; i++)
        block[i] = (unsigned char)(i / 8);
    unsigned char wanted[sizeof block];
    memcpy(wanted, block, sizeof block);
    size_t kept = compact_slowly(wanted + 1, 8, keep, N_MAX);
    assert_int_equal(weir_compact(block + 1, 8, keep, N_MAX), kept);
    assert_memory_equal(block, wanted, 1 + 8 * kept);
}

static int64_t triple(int64_t x, void *arg)
{
    (void)arg;
    return 3 * x + 1;
}
WEIR_MAP_FN(triple_fn, triple, int64_t, int64_t)

static bool third(int64_t x, void *arg)
{
    (void)arg;
    return x % 3 == 0;
}
WEIR_FILTER_FN(third_fn, third, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static void kernels_agree_at_every_level(void **state)
{
    (void)state;
    int64_t in[N_MAX], out[N_MAX], keep[N_MAX];
    for (int level = 0; level <= weir_cpu_level(); level++)
        for (size_t n = 1; n <= N_MAX; n++) {
            int64_t sum = 5, wanted = 5;
            for (size_t i = 0; i < n; i++)
                in[i] = (int64_t)draw() >> 8;
            memcpy(out, in, sizeof out);
            triple_fn.batch[level](out, out, n,
                                   NULL); /* in place, as items of one size are mapped */
            third_fn.batch[level](keep, in, n, NULL);
            add_fn.batch[level](&sum, in, n, NULL);
            for (size_t i = 0; i < n; i++) {
                int64_t one;
                triple_fn.one(&one, &in[i], NULL);
                wanted += in[i];
                assert_int_equal(out[i], one);
                assert_int_equal(keep[i], third_fn.one(&in[i], NULL) ? -1 : 0);
            }
            assert_int_equal(sum, wanted);
        }
}

int core_compact(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_sizes),
        cmocka_unit_test(eight_bytes_exactly),
        cmocka_unit_test(unaligned_items),
        cmocka_unit_test(kernels_agree_at_every_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
