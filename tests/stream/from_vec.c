/* from_vec: the items of a vec, each of them once. */

#include "stages.h"

static weir_vec vec_of(const char *text)
{
    weir_vec vec;
    assert_int_equal(await(weir_collect(source(text), 99), &vec, NULL), WEIR_READY);
    return vec;
}

static void test_items(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 8; demand++) {
        weir_vec vec = vec_of("1 2 3 4 5");
        weir_stream *stream = weir_from_vec(&vec);
        assert_null(vec.items);
        check_hint(stream, 5, 5);
        assert_string_equal(trace(stream, demand), "1 2 3 4 5 $");
        assert_int_equal(tracked_live, 0);
    }
}

/* Those that nobody took are let go with it. */
static void test_dropped(void **state)
{
    (void)state;
    weir_vec vec = vec_of("1 2 3 4 5");
    weir_stream *stream = weir_from_vec(&vec);
    assert_string_equal(trace(weir_next(stream), 1), "1 $");
    assert_string_equal(trace(weir_next_back(stream), 1), "5 $");
    assert_int_equal(tracked_live, 3);
    weir_drop(stream);
    assert_int_equal(tracked_live, 0);
}

static void test_empty(void **state)
{
    (void)state;
    weir_vec vec = vec_of("");
    weir_stream *stream = weir_from_vec(&vec);
    assert_true(stream->stage.one);
    assert_string_equal(trace(stream, 1), "$");
    weir_vec none = {0};
    assert_string_equal(trace(weir_from_vec(&none), 1), "!!ARGUMENT $");
}

/* There and back again. */
static void test_way_back(void **state)
{
    (void)state;
    weir_vec vec = vec_of("3 1 2");
    assert_string_equal(trace(weir_collect(weir_from_vec(&vec), 9), 1), "[3 1 2] $");
    assert_int_equal(tracked_live, 0);
}

int stage_from_vec(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_items), cmocka_unit_test(test_dropped),
                                       cmocka_unit_test(test_empty),
                                       cmocka_unit_test(test_way_back)};
    return cmocka_run_group_tests_name("from_vec", tests, NULL, NULL);
}
