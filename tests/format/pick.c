/* pick: the fields that are named, in that order. */

#include "rows.h"

static weir_stream *picked(weir_stream *a, weir_stream *b)
{
    static const char *const names[] = {"word", "in.half", "nowhere", "number"};
    (void)b;
    return shown(weir_pick(rows_of(a), names, 4));
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case cases[] = {
        {{"3 P 4 !7"}, "word=three,in.half=1,number=3 P word=four,in.half=2 !7 $", {5}, {2}, false},
        {{"!!8"}, "!!8 $", {1}, {0}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    check_table(cases, picked);
}

static void test_nothing_there(void **state)
{
    (void)state;
    static const char *const names[] = {"x", "y"};
    expect_trace(shown(weir_pick(rows_of(source("1 2")), names, 2)), "- - $");
}

/* More names than fields stand at once: records come one by one. */
static void test_many_names(void **state)
{
    (void)state;
    static char names[WEIR_PICK_MAX][8];
    const char *pointers[WEIR_PICK_MAX];
    for (size_t i = 0; i < WEIR_PICK_MAX; i++) {
        snprintf(names[i], sizeof names[i], "n%zu", i);
        pointers[i] = names[i];
    }
    pointers[WEIR_PICK_MAX - 1] = "number";
    expect_trace(shown(weir_pick(rows_of(source("1 2 3 5")), pointers, WEIR_PICK_MAX)),
                 "number=1 number=2 number=3 number=5 $");
    for (size_t n = 30; n < 70; n++)
        expect_trace(shown(weir_pick(rows_of(source("1 2 3 5")), pointers + WEIR_PICK_MAX - n, n)),
                     "number=1 number=2 number=3 number=5 $");
}

static void test_hint(void **state)
{
    (void)state;
    static const char *const names[] = {"x"};
    weir_stream *stream = weir_pick(rows_of(source("1 2 3")), names, 1);
    check_hint(stream, 0, 3);
    weir_drop(stream);
}

int format_pick(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_nothing_there),
        cmocka_unit_test(test_many_names),
        cmocka_unit_test(test_hint),
    };
    return cmocka_run_group_tests_name("pick", tests, NULL, NULL);
}
