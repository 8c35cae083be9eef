/* A chain of stages over large records has the scratch it needs before it is polled, or is refused
 * when it is built: it never runs out in the middle. */

#include "proofs.h"

#define RECORD(BYTES)                                                                              \
    typedef struct record_##BYTES {                                                                \
        char bytes[BYTES];                                                                         \
    } record_##BYTES;                                                                              \
    static record_##BYTES make_##BYTES(int64_t x, void *arg)                                       \
    {                                                                                              \
        (void)arg;                                                                                 \
        record_##BYTES made = {{0}};                                                               \
        made.bytes[0] = (char)x;                                                                   \
        made.bytes[BYTES - 1] = (char)x;                                                           \
        return made;                                                                               \
    }                                                                                              \
    WEIR_MAP_FN(make_##BYTES##_fn, make_##BYTES, int64_t, record_##BYTES)                          \
    static bool pass_##BYTES(record_##BYTES in, record_##BYTES *out, void *arg)                    \
    {                                                                                              \
        (void)arg;                                                                                 \
        *out = in;                                                                                 \
        return in.bytes[0] == in.bytes[BYTES - 1];                                                 \
    }                                                                                              \
    WEIR_FILTER_MAP_FN(pass_##BYTES##_fn, pass_##BYTES, record_##BYTES, record_##BYTES)            \
    static bool step_##BYTES(int64_t *n, record_##BYTES in, record_##BYTES *out)                   \
    {                                                                                              \
        *out = in;                                                                                 \
        return ++*n < 1000;                                                                        \
    }                                                                                              \
    WEIR_SCAN_FN(step_##BYTES##_fn, step_##BYTES, int64_t, record_##BYTES, record_##BYTES)         \
    static void see_##BYTES(record_##BYTES in, void *arg)                                          \
    {                                                                                              \
        *(int64_t *)arg += in.bytes[0] == in.bytes[BYTES - 1];                                     \
    }                                                                                              \
    WEIR_EACH_FN(see_##BYTES##_fn, see_##BYTES, record_##BYTES)                                    \
    static weir_stream *chain_##BYTES(unsigned stages, bool scans)                                 \
    {                                                                                              \
        const int64_t zero = 0;                                                                    \
        weir_stream *s = weir_map(weir_range(0, 100), &make_##BYTES##_fn, NULL);                   \
        while (stages--)                                                                           \
            s = scans && stages % 2 ? weir_scan(s, &step_##BYTES##_fn, &zero)                      \
                                    : weir_filter_map(s, &pass_##BYTES##_fn, NULL);                \
        return s;                                                                                  \
    }                                                                                              \
    static void check_##BYTES(unsigned stages)                                                     \
    {                                                                                              \
        for (int scans = 0; scans < 2; scans++) {                                                  \
            int64_t seen = 0;                                                                      \
            proof_counts(weir_count(chain_##BYTES(stages, scans)), 100);                           \
            assert_int_equal(                                                                      \
                weir_run(weir_for_each(chain_##BYTES(stages, scans), &see_##BYTES##_fn, &seen),    \
                         NULL, NULL),                                                              \
                WEIR_READY);                                                                       \
            assert_int_equal(seen, 100);                                                           \
        }                                                                                          \
    }

RECORD(1024)
RECORD(4096)
RECORD(20000)
RECORD(100000)

static void test_records(void **state)
{
    (void)state;
    for (unsigned stages = 1; stages <= 12; stages++) {
        check_1024(stages);
        check_4096(stages);
    }
    check_20000(7);
    check_100000(3); /* each larger than a worker's scratch is at first */
    check_1024(100);
    check_4096(60);
}

/* Inside of a stream that runs already it cannot grow: that is said, and by whom it is needed. */
static weir_stream *inner(int64_t x, void *arg)
{
    (void)x;
    return weir_count(chain_4096(*(unsigned *)arg, false));
}
WEIR_THEN_FN(inner_fn, inner, int64_t, uint64_t)

static void test_inner_streams(void **state)
{
    (void)state;
    unsigned stages = 5;
    weir_thread_end(); /* whose scratch grew for the chains above */
    proof_counts(weir_count(weir_then(weir_range(0, 3), &inner_fn, &stages)), 3);
    stages = 60;
    proof_fails(weir_count(weir_then(weir_range(0, 3), &inner_fn, &stages)), WEIR_E_LIMIT,
                "bytes of scratch");
}

/* A need beyond all reason is refused when the chain is built. */
static void test_refused(void **state)
{
    (void)state;
    weir_stream *stream = chain_100000(900, false);
    assert_true(weir_stage_failed(&stream->stage));
    proof_fails(weir_count(stream), WEIR_E_LIMIT, "scratch");
}

int proofs_p6b(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_records),
                                       cmocka_unit_test(test_inner_streams),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("p6b", tests, NULL, NULL);
}
