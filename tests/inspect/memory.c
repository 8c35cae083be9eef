/* Without memory for the inspector everything runs as before; there are fewer rows. */

#include <pthread.h>

#include "doubles.h"
#include "rows.h"

static int64_t works(int64_t n, void *arg)
{
    (void)arg;
    weir_sim_work(50 * US);
    return n;
}
WEIR_MAP_FN(works_fn, works, int64_t, int64_t)

/* A note, slots, rows, service times. */
static weir_stream *chain(void)
{
    weir_stream *both = weir_merge(
        (weir_stream *[]){weir_map(weir_range(0, 10000), &works_fn, NULL), weir_range(0, 3)}, 2);
    return weir_count(weir_ahead(both, 5));
}

static weir_rt *new_rt(void)
{
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .workers = 1), NULL);
    assert_non_null(rt);
    return rt;
}

/* How many allocations a run without an inspector makes: they come in the same order with one. */
static unsigned long calls_alone(void)
{
    memory_begin(0, false);
    weir_rt *rt = new_rt();
    assert_int_equal(weir_rt_run(rt, chain(), NULL, NULL), WEIR_READY);
    unsigned long calls = memory.calls;
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    return calls;
}

/* From the kth on, or that one alone. True: it came to that. */
static bool fail_at(unsigned long k, bool after)
{
    static struct rows rows;
    weir_service service;
    weir_error error = {0};
    memory_begin(0, false);
    weir_rt *rt = new_rt();
    weir_stream *all = chain();
    memory.fail_at = memory.calls + k;
    memory.fail_after = after;
    bool started = weir_inspect_start(rt, &error);
    assert_true(started || error.code == WEIR_E_MEMORY);
    weir_inspect_attach(rt, true);
    weir_state ran = weir_rt_run(rt, all, NULL, &error);
    assert_true(ran == WEIR_READY || error.code == WEIR_E_MEMORY);
    rows_read(rt, &rows);
    weir_inspect_service(rt, NULL, "map", 0, &service, 1);
    weir_inspect_running(rt, NULL, 0);
    weir_rt_drop(rt);
    bool failed = memory.failed;
    assert_int_equal(memory_end(), 0);
    return failed;
}

static void each_allocation_may_fail(void **state)
{
    (void)state;
    unsigned long alone = calls_alone();
    for (int after = 0; after < 2; after++) {
        unsigned long k = 1;
        while (fail_at(k, after))
            assert_true(++k < alone + 100);
        assert_true(k > 5);
    }
}

/* On a thread whose stack is less than all rows would be. */
static void *read_one(void *rt)
{
    weir_inspect_row row;
    size_t n = weir_inspect_snapshot(rt, &row, 1);
    return (void *)(uintptr_t)(n > 4 && row.stage);
}

static void few_rows_take_no_stack(void **state)
{
    (void)state;
    pthread_attr_t attr;
    pthread_t thread;
    void *works;
    weir_rt *rt = rows_rt(1, true);
    assert_int_equal(weir_rt_run(rt, chain(), NULL, NULL), WEIR_READY);
    assert_int_equal(pthread_attr_init(&attr), 0);
    assert_int_equal(pthread_attr_setstacksize(&attr, 32 * 1024), 0);
    assert_int_equal(pthread_create(&thread, &attr, read_one, rt), 0);
    pthread_join(thread, &works);
    assert_non_null(works);
    weir_rt_drop(rt);
}

int inspect_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_may_fail),
        cmocka_unit_test(few_rows_take_no_stack),
    };
    return cmocka_run_group_tests(tests, rig_setup, rig_teardown);
}
