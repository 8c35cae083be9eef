/* poll_fn: a user's function is the poll, and the wrapper is around it. */

#include "stages.h"

static weir_poll every_third_waits(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int64_t k = ++*(int64_t *)arg;
    (void)demand;
    if (k > 5)
        return (weir_poll){0, WEIR_END};
    if (k % 3 == 0)
        return weir_wait_turn(cx);
    if (k == 4)
        return (weir_poll){0, WEIR_READY}; /* nothing this time: called again */
    *(int64_t *)out = k;
    return (weir_poll){1, WEIR_READY};
}

static void test_items(void **state)
{
    (void)state;
    int64_t calls = 0;
    assert_string_equal(trace(weir_poll_fn(&weir_type_i64, every_third_waits, &calls), 1),
                        "1 2 P 5 $");
    assert_int_equal(calls, 6);
}

/* A future that can fail, and says that more would come. */
static weir_poll fails(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)out, (void)demand;
    ++*(int64_t *)arg;
    weir_poll got = weir_fail(cx, WEIR_E_USER, "failed");
    cx->error.fatal = false;
    return got;
}

/* It is not asked again behind its error, whatever stands above it. */
static void test_future(void **state)
{
    (void)state;
    int64_t calls = 0;
    weir_stream *future = weir_future_fn(&weir_type_i64, fails, &calls);
    assert_string_equal(trace(weir_skip_errors(future, 9, NULL), 1), "$");
    assert_int_equal(calls, 1);
}

int stage_poll_fn(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_future)};
    return cmocka_run_group_tests_name("poll_fn", tests, NULL, NULL);
}
