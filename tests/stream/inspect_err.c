/* inspect_err: errors are shown, and pass. */

#include "stages.h"

static int64_t sum;
static unsigned calls;

static void see(const weir_error *error, void *arg)
{
    assert_ptr_equal(arg, &sum);
    calls++;
    sum += error->number + (error->fatal ? 1000 : 0);
}

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_inspect_err(a, see, &sum);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 !7 P 2 !8 3"}, "1 !7 P 2 !8 3 $", {7}, {3}, false},
        {{"1 2"}, "1 2 $", {3}, {2}, false},
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
    };
    check_table(rows, build);
}

static void test_calls(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        sum = calls = 0;
        assert_string_equal(trace_items(build(source("1 !7 P 2 !8 3 !!9"), NULL), demand),
                            "1 !7 2 !8 3 !!9 $");
        assert_int_equal(calls, 3);
        assert_int_equal(sum, 1024);
    }
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = build(source("1 2 3"), NULL);
    check_hint(stream, 3, 3);
    weir_drop(stream);
}

int stage_inspect_err(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_calls),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("inspect_err", tests, NULL, NULL);
}
