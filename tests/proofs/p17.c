/* A descriptor that is not for the function's own type is refused when the chain is built, in every
 * kind of function and each of its places: it would have the stages write past their memory. */

#include "proofs.h"

typedef struct wide {
    int64_t a, b;
} wide;

/* One that is too small, one that is too large, and one for the smaller type. */
static const weir_type small_wide = {.name = "wide", .size = 8, .align = 8};
static const weir_type large_wide = {.name = "wide", .size = 24, .align = 8};
static const weir_type large_number = {.name = "int64_t", .size = 16, .align = 8};

static wide widen(int64_t x, void *arg)
{
    (void)arg;
    return (wide){x, x};
}
static int64_t narrow(wide x, void *arg)
{
    (void)arg;
    return x.a;
}
static bool try_widen(int64_t x, wide *out, void *arg, weir_error *error)
{
    (void)error;
    *out = widen(x, arg);
    return true;
}
static void update(wide *x, void *arg)
{
    (void)arg;
    x->b++;
}
static bool is_even(wide x, void *arg)
{
    (void)arg;
    return x.a % 2;
}
static bool some_wide(int64_t x, wide *out, void *arg)
{
    *out = widen(x, arg);
    return true;
}
static bool scan_wide(wide *state, int64_t x, wide *out)
{
    state->a += x;
    *out = *state;
    return true;
}
static void fold_wide(wide *acc, wide x, void *arg)
{
    (void)arg;
    acc->b += x.b;
}
static bool unfold_wide(wide *state, wide *out)
{
    *out = *state;
    return state->a++ < 16;
}
static void each_wide(wide x, void *arg)
{
    (void)x;
    (void)arg;
}
static weir_stream *then_wide(wide x, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &x.a);
}
static void start_wide(wide *state, wide x, void *arg)
{
    (void)arg;
    *state = x;
}
static weir_poll poll_wide(wide *state, weir_cx *cx, wide *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}

WEIR_MAP_FN(widen_fn, widen, int64_t, wide)

/* Each function with each of its descriptors wrong, in both directions. */
#define WITH(SIZE)                                                                                 \
    WEIR_MAP_FN(SIZE##_map_to, widen, int64_t, wide, .to = &SIZE##_wide)                           \
    WEIR_MAP_FN(SIZE##_map_from, narrow, wide, int64_t, .from = &SIZE##_wide)                      \
    WEIR_TRY_MAP_FN(SIZE##_try_to, try_widen, int64_t, wide, .to = &SIZE##_wide)                   \
    WEIR_UPDATE_FN(SIZE##_update, update, wide, .from = &SIZE##_wide, .to = &SIZE##_wide)          \
    WEIR_FILTER_FN(SIZE##_filter, is_even, wide, .of = &SIZE##_wide)                               \
    WEIR_FILTER_MAP_FN(SIZE##_some_to, some_wide, int64_t, wide, .to = &SIZE##_wide)               \
    WEIR_SCAN_FN(SIZE##_scan_state, scan_wide, wide, int64_t, wide, .state = &SIZE##_wide)         \
    WEIR_SCAN_FN(SIZE##_scan_to, scan_wide, wide, int64_t, wide, .to = &SIZE##_wide)               \
    WEIR_FOLD_FN(SIZE##_fold_acc, fold_wide, wide, wide, .acc = &SIZE##_wide)                      \
    WEIR_FOLD_FN(SIZE##_fold_of, fold_wide, wide, wide, .of = &SIZE##_wide)                        \
    WEIR_UNFOLD_FN(SIZE##_unfold_state, unfold_wide, wide, wide, .state = &SIZE##_wide)            \
    WEIR_UNFOLD_FN(SIZE##_unfold_of, unfold_wide, wide, wide, .of = &SIZE##_wide)                  \
    WEIR_EACH_FN(SIZE##_each, each_wide, wide, .of = &SIZE##_wide)                                 \
    WEIR_THEN_FN(SIZE##_then, then_wide, wide, int64_t, .from = &SIZE##_wide)                      \
    WEIR_ASYNC_FN(SIZE##_async_from, start_wide, poll_wide, wide, wide, wide,                      \
                  .from = &SIZE##_wide)                                                            \
    WEIR_ASYNC_FN(SIZE##_async_to, start_wide, poll_wide, wide, wide, wide, .to = &SIZE##_wide)

WITH(small)
WITH(large)

static weir_stream *numbers(void)
{
    return weir_range(0, 16);
}

/* Items of a type of that name and size: they fit the wrong descriptor. */
static weir_stream *wides(const weir_type *type)
{
    static const wide items[48];
    return weir_iter(type, items, 16);
}

static void is_refused(weir_stream *stream)
{
    assert_true(weir_stage_failed(&stream->stage));
    proof_fails(weir_count(stream), WEIR_E_TYPE, "bytes");
}

#define CHECK(SIZE)                                                                                \
    do {                                                                                           \
        const weir_type *type = &SIZE##_wide;                                                      \
        const wide zero = {0, 0};                                                                  \
        is_refused(weir_map(numbers(), &SIZE##_map_to, NULL));                                     \
        is_refused(weir_map(wides(type), &SIZE##_map_from, NULL));                                 \
        is_refused(weir_map(numbers(), &SIZE##_try_to, NULL));                                     \
        is_refused(weir_map(wides(type), &SIZE##_update, NULL));                                   \
        is_refused(weir_filter(wides(type), &SIZE##_filter, NULL));                                \
        is_refused(weir_take_while(wides(type), &SIZE##_filter, NULL));                            \
        is_refused(weir_skip_while(wides(type), &SIZE##_filter, NULL));                            \
        is_refused(weir_any(wides(type), &SIZE##_filter, NULL));                                   \
        is_refused(weir_all(wides(type), &SIZE##_filter, NULL));                                   \
        is_refused(weir_filter_map(numbers(), &SIZE##_some_to, NULL));                             \
        is_refused(weir_scan(numbers(), &SIZE##_scan_to, &zero));                                  \
        is_refused(weir_scan(numbers(), &SIZE##_scan_state, &zero));                               \
        is_refused(                                                                                \
            weir_fold(weir_map(numbers(), &widen_fn, NULL), &SIZE##_fold_acc, &zero, NULL));       \
        is_refused(weir_fold(wides(type), &SIZE##_fold_of, &zero, NULL));                          \
        is_refused(weir_unfold(&SIZE##_unfold_of, &zero));                                         \
        is_refused(weir_unfold(&SIZE##_unfold_state, &zero));                                      \
        is_refused(weir_inspect(wides(type), &SIZE##_each, NULL));                                 \
        is_refused(weir_for_each(wides(type), &SIZE##_each, NULL));                                \
        is_refused(weir_then(wides(type), &SIZE##_then, NULL));                                    \
        is_refused(weir_flat_map(wides(type), &SIZE##_then, NULL));                                \
        is_refused(weir_map_async(wides(type), &SIZE##_async_from, NULL, 2));                      \
        is_refused(weir_map_async_ordered(wides(type), &SIZE##_async_from, NULL, 2));              \
        is_refused(weir_then_async(wides(type), &SIZE##_async_from, NULL));                        \
        weir_stream *fitting = weir_map(numbers(), &widen_fn, NULL);                               \
        is_refused(weir_map_async(fitting, &SIZE##_async_to, NULL, 2));                            \
        fitting = weir_map(numbers(), &widen_fn, NULL);                                            \
        is_refused(weir_then_async(fitting, &SIZE##_async_to, NULL));                              \
    } while (0)

static void test_too_small(void **state)
{
    (void)state;
    CHECK(small);
}

static void test_too_large(void **state)
{
    (void)state;
    CHECK(large);
}

/* A number under its own name, of another size. */
static int64_t same(int64_t x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(wrong_number_fn, same, int64_t, int64_t, .to = &large_number)

static void test_numbers(void **state)
{
    (void)state;
    is_refused(weir_map(numbers(), &wrong_number_fn, NULL));
}

int proofs_p17(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_too_small),
                                       cmocka_unit_test(test_too_large),
                                       cmocka_unit_test(test_numbers)};
    return cmocka_run_group_tests_name("p17", tests, NULL, NULL);
}
