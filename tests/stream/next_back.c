/* next_back: the last item of a stream that stays the caller's. */

#include "stages.h"

static void test_items(void **state)
{
    (void)state;
    static const int64_t items[] = {1, 2, 3};
    weir_stream *stream = weir_iter(&weir_type_i64, items, 3);
    weir_stream *future = weir_next_back(stream);
    assert_true(future->stage.one);
    assert_string_equal(trace(future, 64), "3 $");
    assert_string_equal(trace(weir_next(stream), 1), "1 $");
    assert_string_equal(trace(weir_next_back(stream), 1), "2 $");
    assert_string_equal(trace(weir_next_back(stream), 1), "$");
    assert_string_equal(trace(weir_next(stream), 1), "$"); /* the ends have met */
    weir_drop(stream);
}

static void test_no_other_end(void **state)
{
    (void)state;
    weir_error error;
    weir_stream *stream = source("1 2");
    assert_int_equal(await(weir_next_back(stream), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "next_back: 'script' has no other end to read from");
    assert_string_equal(trace(stream, 1), "1 2 $");
}

int stage_next_back(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items),
                                       cmocka_unit_test(test_no_other_end)};
    return cmocka_run_group_tests_name("next_back", tests, NULL, NULL);
}
