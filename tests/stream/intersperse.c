/* intersperse: what stands before, between and behind. */

#include "stages.h"

static int64_t number(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value;
}
WEIR_MAP_FN(number_fn, number, struct tracked, int64_t, FROM_TRACKED)

static const int64_t start = -1, separator = 0, stop = -2;

static weir_stream *all(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_intersperse(weir_map(a, &number_fn, NULL), &start, &separator, &stop);
}

static weir_stream *between(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_intersperse(weir_map(a, &number_fn, NULL), NULL, &separator, NULL);
}

static weir_stream *ends(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_intersperse(weir_map(a, &number_fn, NULL), &start, NULL, &stop);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3"}, "-1 1 0 2 0 3 -2 $", {4}, {3}, false},
        {{"1"}, "-1 1 -2 $", {2}, {1}, false},
        {{"$"}, "-1 -2 $", {1}, {0}, false}, /* also where there is no item */
        {{"P 1 P 2 P"}, "-1 P 1 P 0 2 P -2 $", {6}, {2}, false},
        {{"1 !7 2 !!8 #"}, "-1 1 !7 0 2 !!8 $", {4}, {2}, false},
    };
    static const struct stage_case rows_between[] = {
        {{"1 2 3"}, "1 0 2 0 3 $", {4}, {3}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    static const struct stage_case rows_ends[] = {
        {{"1 2 3"}, "-1 1 2 3 -2 $", {4}, {3}, false},
        {{"$"}, "-1 -2 $", {1}, {0}, false},
    };
    check_table(rows, all);
    check_table(rows_between, between);
    check_table(rows_ends, ends);
}

/* Items that own something are made, one for each place. */
static struct tracked make(void *arg)
{
    return tracked_make((*(int64_t *)arg)++);
}
WEIR_MAKE_FN(make_fn, make, struct tracked, OF_TRACKED)

static void test_made(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        int64_t next = 100;
        weir_stream *stream =
            weir_intersperse_with(source("1 2 3"), &make_fn, &make_fn, &make_fn, &next);
        const char *got = trace(stream, demand);
        assert_int_equal(next, 104);
        if (demand == 1)
            assert_string_equal(got, "100 1 101 2 102 3 103 $");
        assert_int_equal(tracked_live, 0);
    }
}

/* A separator comes when the item behind it is there, which is dropped with the chain. */
static void test_half_way(void **state)
{
    (void)state;
    int64_t next = 100;
    weir_stream *stream = weir_intersperse_with(source("1 2 3"), NULL, &make_fn, NULL, &next);
    assert_string_equal(trace(weir_take(stream, 2), 1), "1 100 $"); /* 2 is in hand */
    assert_int_equal(tracked_live, 0);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = all(source("1 2 3"), NULL);
    check_hint(stream, 6, 7); /* a fatal error takes the last one away */
    weir_drop(stream);
    stream = between(source(""), NULL);
    check_hint(stream, 0, 0);
    weir_drop(stream);
}

int stage_intersperse(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_made),
                                       cmocka_unit_test(test_half_way),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("intersperse", tests, NULL, NULL);
}
