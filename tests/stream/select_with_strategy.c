/* select_with_strategy: a function says who is asked first. */

#include "stages.h"

/* The k-th letter at its k-th call, as in the conformance vectors. */
struct pattern {
    const char *letters;
    unsigned calls;
};

static weir_side by_pattern(void *arg)
{
    struct pattern *pattern = arg;
    char letter = pattern->letters[pattern->calls++ % strlen(pattern->letters)];
    return letter == 'R' ? WEIR_SIDE_SECOND : WEIR_SIDE_FIRST;
}

static struct pattern pattern;

static weir_stream *first_only(weir_stream *a, weir_stream *b)
{
    pattern = (struct pattern){"L", 0};
    return weir_select_with_strategy(a, b, by_pattern, &pattern);
}

static weir_stream *two_to_one(weir_stream *a, weir_stream *b)
{
    pattern = (struct pattern){"LLR", 0};
    return weir_select_with_strategy(a, b, by_pattern, &pattern);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case priority[] = {
        {{"1 2 3", "4 5 6"}, "1 2 3 4 5 6 $", {4, 4}, {3, 3}, false},
        {{"1 P 2", "4 5"}, "1 4 5 P 2 $", {6, 3}, {2, 2}, true},
        {{"P~", "4"}, "4 P STUCK", {2, 2}, {0, 1}, true},
        {{"1 !!7 2", "4 !8 5"}, "1 !7 4 !8 5 $", {2, 4}, {1, 2}, false},
        {{"", ""}, "$", {1, 1}, {0, 0}, false},
    };
    static const struct stage_case weighted[] = {
        {{"1 2 3 4", "5 6 7"}, "1 2 5 3 4 6 7 $", {5, 4}, {4, 3}, false},
        {{"", "4 5"}, "4 5 $", {1, 3}, {0, 2}, false},
    };
    check_table(priority, first_only);
    check_table(weighted, two_to_one);
}

/* It is called for each item, at every demand, and no more when one side has ended. */
static void test_calls(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        assert_string_equal(trace(two_to_one(source("1 2"), source("5 6 7")), demand),
                            "1 2 5 6 7 $");
        assert_int_equal(pattern.calls, 4);
    }
}

int stage_select_with_strategy(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_calls)};
    return cmocka_run_group_tests_name("select_with_strategy", tests, NULL, NULL);
}
