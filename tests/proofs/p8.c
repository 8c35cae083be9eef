/* Items stand where their type's alignment wants them, in every stage that holds some, also where
 * it is more than malloc's. */

#include "proofs.h"

#define ALIGNED(N)                                                                                 \
    typedef struct __attribute__((aligned(N))) vector_##N {                                        \
        double d[4];                                                                               \
    } vector_##N;                                                                                  \
    static vector_##N make_##N(int64_t x, void *arg)                                               \
    {                                                                                              \
        double d = (double)x;                                                                      \
        (void)arg;                                                                                 \
        return (vector_##N){{d, d, d, d}};                                                         \
    }                                                                                              \
    WEIR_MAP_FN(make_##N##_fn, make_##N, int64_t, vector_##N)                                      \
    static bool keep_##N(vector_##N in, vector_##N *out, void *arg)                                \
    {                                                                                              \
        (void)arg;                                                                                 \
        *out = in;                                                                                 \
        return true;                                                                               \
    }                                                                                              \
    WEIR_FILTER_MAP_FN(keep_##N##_fn, keep_##N, vector_##N, vector_##N)                            \
    static void sum_##N(vector_##N *acc, vector_##N in, void *arg)                                 \
    {                                                                                              \
        (void)arg;                                                                                 \
        for (int i = 0; i < 4; i++)                                                                \
            acc->d[i] += in.d[i];                                                                  \
    }                                                                                              \
    WEIR_FOLD_FN(sum_##N##_fn, sum_##N, vector_##N, vector_##N)                                    \
    static bool running_##N(vector_##N *acc, vector_##N in, vector_##N *out)                       \
    {                                                                                              \
        sum_##N(acc, in, NULL);                                                                    \
        *out = *acc;                                                                               \
        return true;                                                                               \
    }                                                                                              \
    WEIR_SCAN_FN(running_##N##_fn, running_##N, vector_##N, vector_##N, vector_##N)                \
    static bool next_##N(vector_##N *state, vector_##N *out)                                       \
    {                                                                                              \
        state->d[0] += 1;                                                                          \
        *out = *state;                                                                             \
        return state->d[0] < 100;                                                                  \
    }                                                                                              \
    WEIR_UNFOLD_FN(next_##N##_fn, next_##N, vector_##N, vector_##N)                                \
    static void start_##N(vector_##N *state, vector_##N in, void *arg)                             \
    {                                                                                              \
        (void)arg;                                                                                 \
        *state = in;                                                                               \
    }                                                                                              \
    static weir_poll finish_##N(vector_##N *state, weir_cx *cx, vector_##N *out)                   \
    {                                                                                              \
        (void)cx;                                                                                  \
        *out = *state;                                                                             \
        return (weir_poll){1, WEIR_END};                                                           \
    }                                                                                              \
    WEIR_ASYNC_FN(machine_##N##_fn, start_##N, finish_##N, vector_##N, vector_##N, vector_##N)     \
    static weir_stream *source_##N(void)                                                           \
    {                                                                                              \
        return weir_map(weir_range(0, 100), &make_##N##_fn, NULL);                                 \
    }                                                                                              \
    static void test_##N(void **state)                                                             \
    {                                                                                              \
        vector_##N zero = {{0, 0, 0, 0}}, sum = zero;                                              \
        (void)state;                                                                               \
        stands(weir_collect(source_##N(), 1000), N);                                               \
        stands(weir_collect(weir_filter_map(source_##N(), &keep_##N##_fn, NULL), 1000), N);        \
        stands(weir_collect(weir_scan(source_##N(), &running_##N##_fn, &zero), 1000), N);          \
        stands(weir_collect(weir_unfold(&next_##N##_fn, &zero), 1000), N);                         \
        stands(weir_collect(weir_ahead(source_##N(), 7), 1000), N);                                \
        stands(weir_collect(weir_peekable(source_##N()), 1000), N);                                \
        stands(weir_collect(weir_chain(weir_once(&make_##N##_fn_to, &zero), source_##N()), 1000),  \
               N);                                                                                 \
        stands(weir_collect(weir_zip(source_##N(), weir_range(0, 50)), 1000), N);                  \
        stands(weir_collect(weir_enumerate(source_##N()), 1000), N);                               \
        stands(weir_collect(weir_results(source_##N()), 1000), N);                                 \
        stands(weir_collect(weir_map_async(source_##N(), &machine_##N##_fn, NULL, 5), 1000), N);   \
        stands(                                                                                    \
            weir_collect(weir_map_async_ordered(source_##N(), &machine_##N##_fn, NULL, 5), 1000),  \
            N);                                                                                    \
        stands(weir_collect(weir_then_async(source_##N(), &machine_##N##_fn, NULL), 1000), N);     \
        chunks_stand(weir_collect(weir_chunks(source_##N(), 7), 1000), N);                         \
        assert_int_equal(                                                                          \
            weir_run(weir_fold(source_##N(), &sum_##N##_fn, &zero, NULL), &sum, NULL),             \
            WEIR_READY);                                                                           \
        assert_true(sum.d[3] == 4950);                                                             \
    }

/* The allocator's blocks fall differently each time. */
static void stands(weir_stream *collect, size_t align)
{
    static unsigned round;
    void *junk = malloc(16 * (round++ % 7) + 8);
    weir_vec vec;
    weir_error error;
    if (weir_run(collect, &vec, &error) != WEIR_READY)
        fail_msg("%s", WEIR_ERROR_TEXT(&error));
    assert_true(vec.of->align >= align || vec.of->of[0]);
    assert_int_equal((uintptr_t)vec.items % vec.of->align, 0);
    assert_true(vec.n >= 50);
    weir_vec_drop(&vec);
    free(junk);
}

static void chunks_stand(weir_stream *collect, size_t align)
{
    weir_vec vec;
    assert_int_equal(weir_run(collect, &vec, NULL), WEIR_READY);
    for (size_t i = 0; i < vec.n; i++)
        assert_int_equal((uintptr_t)((weir_vec *)vec.items)[i].items % align, 0);
    weir_vec_drop(&vec);
}

ALIGNED(16)
ALIGNED(32)
ALIGNED(64)
ALIGNED(256)

int proofs_p8(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_16), cmocka_unit_test(test_32),
                                       cmocka_unit_test(test_64), cmocka_unit_test(test_256)};
    return cmocka_run_group_tests_name("p8", tests, NULL, NULL);
}
