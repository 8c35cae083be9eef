/* map_err: errors are changed, items are not. */

#include "stages.h"

static void add_hundred(weir_error *error, void *arg)
{
    (void)arg;
    error->number += 100;
    error->code = WEIR_E_CORRUPT;
}

static void make_fatal(weir_error *error, void *arg)
{
    (void)arg;
    error->fatal = true;
}

static void make_recoverable(weir_error *error, void *arg)
{
    (void)arg;
    error->fatal = false;
}

static void say_anew(weir_error *error, void *arg)
{
    (void)arg;
    weir_error_set(error, WEIR_E_CORRUPT, "in other words");
}

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map_err(a, add_hundred, NULL);
}

static weir_stream *fatal(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map_err(a, make_fatal, NULL);
}

static weir_stream *recoverable(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map_err(a, make_recoverable, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 !7 P 2 !8 3"}, "1 !107 P 2 !108 3 $", {7}, {3}, false},
        {{"1 !!7 #"}, "1 !!107 $", {2}, {1}, false},
    };
    static const struct stage_case rows_fatal[] = {{{"1 !7 #"}, "1 !!7 $", {2}, {1}, false}};
    /* The source is over all the same. */
    static const struct stage_case rows_recoverable[] = {{{"1 !!7 #"}, "1 !7 $", {2}, {1}, false}};
    check_table(rows, build);
    check_table(rows_fatal, fatal);
    check_table(rows_recoverable, recoverable);
}

static void test_trail(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_count(build(source("!7"), NULL)), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_CORRUPT);
    assert_int_equal(error.trail_n, 3);
    assert_string_equal(error.trail[0], "script");
    assert_string_equal(error.trail[1], "map_err");
    weir_stream *anew = weir_map_err(source("!7"), say_anew, NULL);
    assert_int_equal(await(weir_count(anew), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "in other words");
    assert_int_equal(error.trail_n, 3);
    assert_string_equal(error.trail[0], "script");
}

int stage_map_err(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_trail)};
    return cmocka_run_group_tests_name("map_err", tests, NULL, NULL);
}
