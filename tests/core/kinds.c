/* Functions of every kind over items of many sizes: what the macros make, and a constant that was
 * written by hand with nothing but `one`, give the same, whatever the demand. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

struct odd {
    unsigned char all[3];
};
struct usual {
    int64_t all[3];
};
struct wide {
    _Alignas(64) int32_t all[16];
};
struct large { /* too large for the stack of a poll */
    int64_t all[50];
};

/* What an item is worth, and one of a worth. */
#define FIRST(T, x) (*(const T *)(const void *)&(x))

/* All functions over one type; first: of what its members are. */
#define KINDS(name, T, first)                                                                      \
    static int64_t worth_##name(T x)                                                               \
    {                                                                                              \
        return (int64_t)FIRST(first, x);                                                           \
    }                                                                                              \
    static T make_##name(int64_t x, void *arg)                                                     \
    {                                                                                              \
        T item;                                                                                    \
        (void)arg;                                                                                 \
        memset(&item, 0, sizeof item);                                                             \
        for (size_t i = 0; i < sizeof item / sizeof(first); i++)                                   \
            ((first *)(void *)&item)[i] = (first)x;                                                \
        return item;                                                                               \
    }                                                                                              \
    WEIR_MAP_FN(make_##name##_fn, make_##name, int64_t, T)                                         \
    static int64_t measure_##name(T x, void *arg)                                                  \
    {                                                                                              \
        return worth_##name(x) + *(int64_t *)arg;                                                  \
    }                                                                                              \
    WEIR_MAP_FN(measure_##name##_fn, measure_##name, T, int64_t)                                   \
    static T same_##name(T x, void *arg)                                                           \
    {                                                                                              \
        (void)arg;                                                                                 \
        return x;                                                                                  \
    }                                                                                              \
    WEIR_MAP_FN(same_##name##_fn, same_##name, T, T)                                               \
    static bool odd_##name(T x, void *arg)                                                         \
    {                                                                                              \
        return (worth_##name(x) + *(int64_t *)arg) % 2;                                            \
    }                                                                                              \
    WEIR_FILTER_FN(odd_##name##_fn, odd_##name, T)                                                 \
    static bool third_##name(T x, T *out, void *arg)                                               \
    {                                                                                              \
        (void)arg;                                                                                 \
        *out = x; /* also where the answer is no */                                                \
        return worth_##name(x) % 3;                                                                \
    }                                                                                              \
    WEIR_FILTER_MAP_FN(third_##name##_fn, third_##name, T, T)                                      \
    static bool running_##name(int64_t *sum, T x, T *out)                                          \
    {                                                                                              \
        *sum += worth_##name(x);                                                                   \
        *out = x;                                                                                  \
        return *sum < 3000;                                                                        \
    }                                                                                              \
    WEIR_SCAN_FN(running_##name##_fn, running_##name, int64_t, T, T)                               \
    static void look_##name(T x, void *arg)                                                        \
    {                                                                                              \
        *(int64_t *)arg += worth_##name(x);                                                        \
    }                                                                                              \
    WEIR_EACH_FN(look_##name##_fn, look_##name, T)                                                 \
    static void last_##name(T *acc, T x, void *arg)                                                \
    {                                                                                              \
        *(int64_t *)arg += worth_##name(x) * 3;                                                    \
        *acc = x;                                                                                  \
    }                                                                                              \
    WEIR_FOLD_FN(last_##name##_fn, last_##name, T, T)                                              \
    static void count_##name(T *x, void *arg)                                                      \
    {                                                                                              \
        (void)arg;                                                                                 \
        ++*(first *)(void *)x;                                                                     \
    }                                                                                              \
    WEIR_UPDATE_FN(count_##name##_fn, count_##name, T)

KINDS(byte, uint8_t, uint8_t)
KINDS(odd, struct odd, unsigned char)
KINDS(number, int32_t, int32_t)
KINDS(real, double, double)
KINDS(usual, struct usual, int64_t)
KINDS(wide, struct wide, int32_t)
KINDS(large, struct large, int64_t)

/* The functions of one type. */
struct kinds {
    const char *name;
    const weir_map_fn *make, *measure, *same, *count;
    const weir_filter_fn *odd;
    const weir_filter_map_fn *third;
    const weir_scan_fn *running;
    const weir_each_fn *look;
    const weir_fold_fn *last;
};

#define ROW(name)                                                                                  \
    {                                                                                              \
#name, &make_##name##_fn, &measure_##name##_fn, &same_##name##_fn, &count_##name##_fn,     \
            &odd_##name##_fn, &third_##name##_fn, &running_##name##_fn, &look_##name##_fn,         \
            &last_##name##_fn                                                                      \
    }

static const struct kinds all[] = {ROW(byte),  ROW(odd),  ROW(number), ROW(real),
                                   ROW(usual), ROW(wide), ROW(large)};
enum { ALL = sizeof all / sizeof *all };

/* The same by hand: no poll, no kernels, and nothing known but the descriptors. */
struct by_hand {
    struct kinds kinds;
    weir_map_fn make, measure, same, count;
    weir_filter_fn odd;
    weir_filter_map_fn third;
    weir_scan_fn running;
    weir_each_fn look;
    weir_fold_fn last;
};

static weir_map_fn map_by_hand(const weir_map_fn *fn)
{
    return (weir_map_fn){
        .size = fn->size, .name = fn->name, .from = fn->from, .to = fn->to, .one = fn->one};
}

static const struct kinds *kinds_by_hand(struct by_hand *hand, const struct kinds *made)
{
    hand->make = map_by_hand(made->make);
    hand->measure = map_by_hand(made->measure);
    hand->same = map_by_hand(made->same);
    hand->count = map_by_hand(made->count);
    hand->odd = (weir_filter_fn){
        .size = sizeof hand->odd, .name = "odd", .of = made->odd->of, .one = made->odd->one};
    hand->third = (weir_filter_map_fn){.size = sizeof hand->third,
                                       .name = "third",
                                       .from = made->third->from,
                                       .to = made->third->to,
                                       .one = made->third->one};
    hand->running = (weir_scan_fn){.size = sizeof hand->running,
                                   .name = "running",
                                   .state = made->running->state,
                                   .from = made->running->from,
                                   .to = made->running->to,
                                   .one = made->running->one};
    hand->look = (weir_each_fn){
        .size = sizeof hand->look, .name = "look", .of = made->look->of, .one = made->look->one};
    hand->last = (weir_fold_fn){.size = sizeof hand->last,
                                .name = "last",
                                .acc = made->last->acc,
                                .of = made->last->of,
                                .one = made->last->one};
    hand->kinds =
        (struct kinds){made->name, &hand->make,  &hand->measure, &hand->same, &hand->count,
                       &hand->odd, &hand->third, &hand->running, &hand->look, &hand->last};
    return &hand->kinds;
}

static int64_t seen, one = 1;

static weir_stream *chain_of(const struct kinds *kinds, int64_t n)
{
    static const int64_t zero;
    weir_stream *stream = weir_map(weir_range(0, n), kinds->make, NULL);
    stream = weir_filter(weir_map(stream, kinds->same, NULL), kinds->odd, &one);
    stream = weir_filter_map(weir_map(stream, kinds->count, NULL), kinds->third, NULL);
    stream = weir_scan(weir_inspect(stream, kinds->look, &seen), kinds->running, &zero);
    return stream;
}

/* The items, and what was seen on the way. The demand decides how much a scan that stops had
 * taken, so only its end is told. */
static uint64_t items_of(const struct kinds *kinds, int64_t n, size_t demand)
{
    static struct test_cx test;
    int64_t out[64];
    uint64_t sum = 0;
    weir_stream *stream = weir_map(chain_of(kinds, n), kinds->measure, &one);
    test_cx_init(&test);
    for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END;) {
        test_cx_turn(&test);
        got = weir_poll_next(stream, &test.cx, out, demand);
        assert_int_not_equal(got.state, WEIR_ERROR);
        for (uint32_t i = 0; i < got.n; i++)
            sum = sum * 31 + (uint64_t)out[i];
    }
    weir_drop(stream);
    test_cx_fini(&test);
    return sum;
}

static uint64_t fold_of(const struct kinds *kinds, int64_t n)
{
    _Alignas(64) unsigned char acc[512] = {0};
    int64_t seen_there = 0;
    weir_stream *stream = weir_map(weir_range(0, n), kinds->make, NULL);
    stream = weir_fold(stream, kinds->last, acc, &seen_there);
    assert_int_equal(await(stream, acc, NULL), WEIR_READY);
    uint64_t sum = (uint64_t)seen_there;
    for (size_t i = 0; i < kinds->last->acc->size; i++)
        sum = sum * 31 + acc[i];
    return sum;
}

static void macros_and_hands_agree(void **state)
{
    static struct by_hand hand;
    (void)state;
    for (size_t i = 0; i < ALL; i++) {
        for (int64_t n = 0; n <= 130; n += n < 10 ? 1 : 17) {
            const struct kinds *by_hand = kinds_by_hand(&hand, &all[i]);
            uint64_t wanted = items_of(&all[i], n, 1);
            for (size_t demand = 1; demand <= 64; demand = demand * 2 + 1) {
                uint64_t made = items_of(&all[i], n, demand);
                if (made != wanted || items_of(by_hand, n, demand) != wanted)
                    fail_msg("%s: %d items, demand %zu", all[i].name, (int)n, demand);
            }
            if (fold_of(&all[i], n) != fold_of(by_hand, n))
                fail_msg("%s: the fold of %d items", all[i].name, (int)n);
        }
    }
}

/* What a processor of another level would run. */
static void kernels_agree_at_every_level(void **state)
{
    (void)state;
    enum { N = 70, SIZE = 512 };
    static _Alignas(64) unsigned char in[N * SIZE], wanted[N * SIZE], got[N * SIZE];
    for (size_t i = 0; i < ALL; i++) {
        const struct kinds *kinds = &all[i];
        size_t size = kinds->same->from->size;
        for (int64_t x = 0; x < N; x++)
            kinds->make->one(in + (size_t)x * size, &x, NULL);
        for (size_t n = 0; n <= N; n++) {
            int64_t keep[N], sums[N], sum;
            for (int level = 0; level <= weir_cpu_level(); level++) {
                memcpy(got, in, n * size);
                memcpy(wanted, in, n * size);
                for (size_t k = 0; k < n; k++)
                    kinds->count->one(wanted + k * size, wanted + k * size, NULL);
                kinds->count->batch[level](got, got, n, NULL); /* in place */
                assert_memory_equal(got, wanted, n * size);
                kinds->odd->batch[level](keep, in, n, &one);
                if (size != sizeof sum)
                    kinds->measure->batch[level](sums, in, n, &one);
                for (size_t k = 0; k < n; k++) {
                    kinds->measure->one(&sum, in + k * size, &one);
                    assert_true(size == sizeof sum || sums[k] == sum);
                    assert_int_equal(keep[k], kinds->odd->one(in + k * size, &one) ? -1 : 0);
                }
            }
        }
    }
}

int core_kinds(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(macros_and_hands_agree),
        cmocka_unit_test(kernels_agree_at_every_level),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
