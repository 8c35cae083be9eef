/* A chain of a few stages is one allocation, of no more bytes than its stages are worth. */

#include "proofs.h"

static int64_t increment(int64_t x, void *arg)
{
    (void)arg;
    return x + 1;
}
WEIR_MAP_FN(increment_fn, increment, int64_t, int64_t)

static bool yes(int64_t x, void *arg)
{
    (void)arg;
    return x >= 0;
}
WEIR_FILTER_FN(yes_fn, yes, int64_t)

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static const int64_t zero;

static weir_stream *once(void)
{
    return weir_once(&weir_type_i64, &zero);
}
static weir_stream *mapped(void)
{
    return weir_map(weir_range(0, 9), &increment_fn, NULL);
}
static weir_stream *counted(void)
{
    return weir_count(weir_filter(weir_range(0, 9), &yes_fn, NULL));
}
static weir_stream *folded(void)
{
    weir_stream *stream = weir_filter(mapped(), &yes_fn, NULL);
    return weir_fold(weir_map(stream, &increment_fn, NULL), &add_fn, &zero, NULL);
}
static weir_stream *peekable(void)
{
    return weir_peekable(weir_range(0, 9));
}
static weir_stream *idle_connection(void)
{
    return weir_count(weir_lines(weir_fd_reader(0, "connection"), 1000));
}

static void test_built(void **state)
{
    static const struct {
        const char *name;
        weir_stream *(*make)(void);
        unsigned long allocations;
        size_t bytes;
    } rows[] = {{"once", once, 1, 1024},     {"map", mapped, 1, 1024},
                {"count", counted, 1, 1024}, {"peekable", peekable, 1, 2048},
                {"fold", folded, 1, 1600},   {"connection", idle_connection, 3, 2048}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        memory_begin(0, false);
        weir_stream *stream = rows[i].make();
        if (memory.calls > rows[i].allocations || memory.live_bytes > rows[i].bytes)
            fail_msg("%s: %lu allocations, %zu bytes", rows[i].name, memory.calls,
                     memory.live_bytes);
        weir_drop(stream);
        assert_int_equal(memory_end(), 0);
    }
}

/* And nothing more while it runs, an item or a million. */
static void test_run(void **state)
{
    (void)state;
    struct test_cx test;
    test_cx_init(&test);
    memory_begin(0, false);
    weir_stream *stream = weir_map(weir_range(0, 100000), &increment_fn, NULL);
    unsigned long built = memory.calls;
    int64_t items[64];
    while (weir_poll_next(stream, &test.cx, items, 64).state != WEIR_END)
        test.cx.budget = WEIR_BUDGET;
    assert_int_equal(memory.calls, built);
    weir_drop(stream);
    assert_int_equal(memory_end(), 0);
    test_cx_fini(&test);
}

int proofs_p16(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_built), cmocka_unit_test(test_run)};
    return cmocka_run_group_tests_name("p16", tests, NULL, NULL);
}
