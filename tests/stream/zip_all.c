/* zip_all: the shorter side is filled up. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    struct tracked first = tracked_make(-1), second = tracked_make(-2);
    return weir_zip_all(a, &tracked_type, &first, b, &tracked_type, &second);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8"}, "(1,7) (2,8) (3,-2) $", {4, 3}, {3, 2}, false},
        {{"1", "7 8 9"}, "(1,7) (-1,8) (-1,9) $", {2, 4}, {1, 3}, false},
        {{"P 1", "7"}, "P (1,7) $", {3, 2}, {1, 1}, false}, /* 7 is kept over the P */
        {{"1 P", "7 8"}, "(1,7) P (-1,8) $", {3, 3}, {1, 2}, false},
        {{"1 !5 2", "7 !6 8"}, "(1,7) !5 !6 (2,8) $", {4, 4}, {2, 2}, false},
        {{"1 !!5", "7 8"}, "(1,7) !5 (-1,8) $", {2, 3}, {1, 2}, false}, /* that side is over */
        {{"", ""}, "$", {1, 1}, {0, 0}, false},
    };
    check_table(rows, build);
}

static void test_plain(void **state)
{
    (void)state;
    bool yes = true;
    int64_t none = -5;
    weir_stream *stream =
        weir_zip_all(weir_range(0, 3), &weir_type_i64, &none,
                     weir_once(&weir_type_bool, &(bool){false}), &weir_type_bool, &yes);
    check_hint(stream, 3, 3);
    assert_string_equal(trace(stream, 4), "(0,false) (1,true) (2,true) $");
}

static void test_marks(void **state)
{
    (void)state;
    assert_string_equal(trace(build(source("| 1 | 2 3 |"), source("7 |")), 1),
                        "| (1,7) | | (2,-2) (3,-2) | $");
}

int stage_zip_all(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks), cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_plain)};
    return cmocka_run_group_tests_name("zip_all", tests, NULL, NULL);
}
