/* zip_rest: pairs, then what is left of the longer side. */

#include "stages.h"

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8"}, "(1,7) (2,8) (3,none) $", {4, 3}, {3, 2}, false},
        {{"1", "7 8 9"}, "(1,7) (none,8) (none,9) $", {2, 4}, {1, 3}, false},
        {{"P 1", "7"}, "P (1,7) $", {3, 2}, {1, 1}, false},
        {{"1 P", "7 P 8"}, "(1,7) P P (none,8) $", {3, 5}, {1, 2}, true},
        {{"1 !5 2", "7 !6 8"}, "(1,7) !5 !6 (2,8) $", {4, 4}, {2, 2}, false},
        {{"1 !!5", "7 8"}, "(1,7) !5 (none,8) $", {2, 3}, {1, 2}, false},
        {{"", ""}, "$", {1, 1}, {0, 0}, false},
    };
    check_table(rows, weir_zip_rest);
}

/* What a function takes such a pair as. */
WEIR_OPTION(int64_t, number)
WEIR_OPTION(char, letter)
struct either {
    struct number first;
    struct letter second;
};

static int64_t code_of(struct either pair, void *arg)
{
    (void)arg;
    return (pair.first.some ? 100 * pair.first.item : 0) +
           (pair.second.some ? pair.second.item : 0);
}
WEIR_MAP_FN(code_fn, code_of, struct either, int64_t)

static void test_layout(void **state)
{
    (void)state;
    static const weir_type letter = WEIR_TYPE(char);
    weir_stream *stream = weir_zip_rest(weir_range(1, 4), weir_iter(&letter, "AB", 2));
    check_hint(stream, 3, 3);
    assert_true(weir_type_fits(stream->type->of[0], &number_type));
    assert_false(weir_type_fits(stream->type->of[1], &number_type));
    assert_string_equal(trace(weir_map(stream, &code_fn, NULL), 2), "165 266 300 $");
}

static void test_marks(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_zip_rest(source("| 1 | 2 3 |"), source("7 |")), 1),
                        "| (1,7) | | (2,none) (3,none) | $");
}

int stage_zip_rest(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_marks), cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_layout)};
    return cmocka_run_group_tests_name("zip_rest", tests, NULL, NULL);
}
