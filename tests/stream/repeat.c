/* repeat: the same item for ever. */

#include "stages.h"

static void test_items(void **state)
{
    (void)state;
    int64_t seven = 7;
    for (size_t demand = 1; demand <= 64; demand *= 4)
        assert_string_equal(trace(weir_take(weir_repeat(&weir_type_i64, &seven), 5), demand),
                            "7 7 7 7 7 $");
    weir_stream *stream = weir_repeat(&weir_type_i64, &seven);
    check_hint(stream, SIZE_MAX, WEIR_HINT_UNKNOWN);
    weir_drop(stream);
}

/* Every number of odd-sized copies, whatever the doubling leaves. */
static void test_fill(void **state)
{
    (void)state;
    static const weir_type three = {.name = "three", .size = 3, .align = 1};
    char out[50 * 3];
    struct test_cx test;
    test_cx_init(&test);
    weir_stream *stream = weir_repeat(&three, "abc");
    for (size_t n = 1; n <= 50; n++) {
        memset(out, 0, sizeof out);
        assert_int_equal(weir_poll_next(stream, &test.cx, out, n).n, n);
        for (size_t i = 0; i < sizeof out; i++)
            assert_int_equal(out[i], i < n * 3 ? "abc"[i % 3] : 0);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

static void test_owning(void **state)
{
    (void)state;
    struct tracked item = {0};
    assert_string_equal(trace(weir_repeat(&tracked_type, &item), 1), "!!TYPE $");
}

int stage_repeat(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_fill),
                                       cmocka_unit_test(test_owning)};
    return cmocka_run_group_tests_name("repeat", tests, NULL, NULL);
}
