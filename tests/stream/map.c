/* map: one out for one in; one that may fail goes on behind its error. */

#include "stages.h"

static int64_t to_number(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value * 10;
}
WEIR_MAP_FN(to_number_fn, to_number, struct tracked, int64_t, FROM_TRACKED)

static bool not_four(struct tracked item, struct tracked *out, void *arg, weir_error *error)
{
    (void)arg;
    if (item.value == 4) {
        weir_error_set(error, WEIR_E_USER, "it is four")->number = 4;
        tracked_drop(item);
        return false;
    }
    *out = item;
    return true;
}
WEIR_TRY_MAP_FN(not_four_fn, not_four, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static weir_stream *map(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map(a, &to_number_fn, NULL);
}

static weir_stream *try_map(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map(a, &not_four_fn, NULL);
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case plain[] = {
        {{"1 P 2 !7 3"}, "10 P 20 !7 30 $", {6}, {3}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    static const struct stage_case failing[] = {
        {{"1 4 2"}, "1 !4 2 $", {4}, {3}, false},
        {{"4 4 P 4"}, "!4 !4 P !4 $", {5}, {3}, false},
        {{"1 2 !7 4"}, "1 2 !7 !4 $", {5}, {3}, false},
    };
    check_table(plain, map);
    check_table(failing, try_map);
}

static void test_drop(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = try_map(source("1 4 2 3"), NULL);
    trace_poll(&seen, stream, &test, 64);
    weir_drop(stream); /* with an error and two items in hand */
    test_cx_fini(&test);
    assert_string_equal(seen.text, "1");
    assert_int_equal(tracked_live, 0);
}

static weir_line tail(weir_line line, void *arg)
{
    (void)arg;
    return (weir_line){line.data + 1, line.size - 1};
}
WEIR_MAP_FN(tail_fn, tail, weir_line, weir_line)

static int64_t size_of(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(size_of_fn, size_of, weir_line, int64_t)

/* A part of a lent line may be held as little as the line; a number may. */
static void test_views_stay_lent(void **state)
{
    static const weir_line lines[] = {{"one", 3}, {"three", 5}};
    weir_vec vec;
    weir_error error;
    (void)state;
    weir_stream *parts = weir_map(weir_iter(&weir_type_line, lines, 2), &tail_fn, NULL);
    assert_int_equal(await(weir_collect(parts, 9), &vec, &error), WEIR_ERROR);
    assert_string_equal(error.cure, "put weir_own() between them");

    parts = weir_map(weir_iter(&weir_type_line, lines, 2), &tail_fn, NULL);
    assert_int_equal(await(weir_collect(weir_own(parts), 9), &vec, &error), WEIR_READY);
    assert_string_equal(((weir_line *)vec.items)[1].data, "hree");
    weir_vec_drop(&vec);

    weir_stream *sizes = weir_map(weir_iter(&weir_type_line, lines, 2), &size_of_fn, NULL);
    assert_int_equal(await(weir_collect(sizes, 9), &vec, &error), WEIR_READY);
    assert_int_equal(((int64_t *)vec.items)[1], 5);
    weir_vec_drop(&vec);
}

static bool is_odd(int64_t x, void *arg)
{
    (void)arg;
    return x % 2 != 0;
}
WEIR_MAP_FN(is_odd_fn, is_odd, int64_t, bool)

static int64_t to_int(bool x, void *arg)
{
    (void)arg;
    return x;
}
WEIR_MAP_FN(to_int_fn, to_int, bool, int64_t)

/* bool is a macro; it has one name all the same, also in a descriptor of the library's. */
static void test_bool_is_bool(void **state)
{
    static const bool yes = true;
    int64_t out = 0;
    weir_error error;
    (void)state;
    weir_stream *odd = weir_map(weir_range(3, 4), &is_odd_fn, NULL);
    assert_int_equal(await(weir_map(odd, &to_int_fn, NULL), &out, &error), WEIR_READY);
    assert_int_equal(out, 1);
    weir_stream *once = weir_once(&weir_type_bool, &yes);
    assert_int_equal(await(weir_map(once, &to_int_fn, NULL), &out, &error), WEIR_READY);
}

int stage_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables), cmocka_unit_test(test_drop),
                                       cmocka_unit_test(test_views_stay_lent),
                                       cmocka_unit_test(test_bool_is_bool)};
    return cmocka_run_group_tests_name("map", tests, NULL, NULL);
}
