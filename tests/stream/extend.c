/* extend: appends to a vec that stays the caller's. */

#include "stages.h"

static weir_vec vec;

static void check_vec(const char *wanted)
{
    char text[128];
    weir_item_text(text, sizeof text, &weir_type_vec, &vec);
    assert_string_equal(text, wanted);
}

static void test_appends(void **state)
{
    (void)state;
    vec = (weir_vec){0};
    assert_string_equal(trace(weir_extend(source("1 P 2"), &vec, 9), 1), "P () $");
    check_vec("[1 2]");
    assert_string_equal(trace(weir_extend(source("3 4"), &vec, 9), 64), "() $");
    assert_string_equal(trace(weir_extend(source(""), &vec, 9), 64), "() $");
    check_vec("[1 2 3 4]");
    weir_vec_drop(&vec);
    assert_int_equal(tracked_live, 0);
}

/* What came before an error is there. */
static void test_error(void **state)
{
    (void)state;
    vec = (weir_vec){0};
    assert_int_equal(await(weir_extend(source("1 2 !7 3"), &vec, 9), NULL, NULL), WEIR_ERROR);
    check_vec("[1 2]");
    weir_vec_drop(&vec);
    assert_int_equal(tracked_live, 0);
}

static void test_limit(void **state)
{
    (void)state;
    weir_error error;
    vec = (weir_vec){0};
    assert_int_equal(await(weir_extend(source("1 2"), &vec, 3), NULL, NULL), WEIR_READY);
    assert_int_equal(await(weir_extend(source("3 4"), &vec, 3), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    check_vec("[1 2 3]");
    assert_int_equal(await(weir_extend(source("4"), &vec, 2), NULL, &error), WEIR_ERROR);
    assert_int_equal(await(weir_extend(source(""), &vec, 2), NULL, &error), WEIR_READY);
    check_vec("[1 2 3]");
    weir_vec_drop(&vec);
    assert_int_equal(tracked_live, 0);
}

/* After collect, with what it gave. */
static void test_collected(void **state)
{
    (void)state;
    assert_int_equal(await(weir_collect(weir_range(0, 20), 99), &vec, NULL), WEIR_READY);
    assert_int_equal(await(weir_extend(weir_range(20, 50), &vec, 99), NULL, NULL), WEIR_READY);
    for (int64_t i = 0; i < 50; i++)
        assert_int_equal(((int64_t *)vec.items)[i], i);
    weir_error error;
    assert_int_equal(await(weir_extend(source("1"), &vec, 99), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "extend: a vec of 'int64_t' takes no 'tracked'");
    weir_vec_drop(&vec);
}

int stage_extend(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_appends), cmocka_unit_test(test_error),
                                       cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_collected)};
    return cmocka_run_group_tests_name("extend", tests, NULL, NULL);
}
