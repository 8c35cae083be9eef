/* chain: the second is not polled before the first ended. */

#include "stages.h"

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1", "2"}, "1 2 $", {2, 2}, {1, 1}, false},
        {{"", ""}, "$", {1, 1}, {0, 0}, false},
        {{"1 P 2", "P 3"}, "1 P 2 P 3 $", {4, 3}, {2, 1}, false},
        {{"P~", "#"}, "P STUCK", {1, 0}, {0, 0}, true},
        {{"1 !7 2", "3 !8"}, "1 !7 2 3 !8 $", {4, 3}, {2, 1}, false},
        {{"1 !!7", "3"}, "1 !7 3 $", {2, 2}, {1, 1}, false}, /* fatal to the first alone */
        {{"1", "!!8 #"}, "1 !!8 $", {2, 1}, {1, 0}, false},
    };
    check_table(rows, weir_chain);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_chain(source("1 2"), source("3"));
    check_hint(stream, 3, 3);
    weir_drop(stream);
    int64_t seven = 7;
    stream = weir_chain(weir_range(0, 3), weir_repeat(&weir_type_i64, &seven));
    check_hint(stream, SIZE_MAX, WEIR_HINT_UNKNOWN);
    weir_drop(stream);
}

int stage_chain(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
