/* sliding: windows that overlap, meet, or leave items out. */

#include "stages.h"

static int64_t number(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value;
}
WEIR_MAP_FN(number_fn, number, struct tracked, int64_t, FROM_TRACKED)

static size_t n, step;

static weir_stream *windows(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_sliding(step < n ? weir_map(a, &number_fn, NULL) : a, n, step);
}

static void check(size_t width, size_t steps, const char *in, const char *out)
{
    n = width;
    step = steps;
    for (size_t demand = 1; demand <= 64; demand *= 8)
        assert_string_equal(trace_items(windows(source(in), NULL), demand), out);
    assert_int_equal(tracked_live, 0);
}

static void test_windows(void **state)
{
    (void)state;
    check(3, 1, "1 2 3 4 5", "[1 2 3] [2 3 4] [3 4 5] $");
    check(3, 2, "1 2 3 4 5", "[1 2 3] [3 4 5] $");
    check(3, 2, "1 2 3 4", "[1 2 3] [3 4] $");
    check(3, 2, "1 2 3", "[1 2 3] $"); /* nothing in the next one would be new */
    check(3, 1, "1 2", "[1 2] $");
    check(3, 3, "1 2 3 4", "[1 2 3] [4] $");
    check(1, 3, "1 2 3 4 5", "[1] [4] $");
    check(2, 5, "1 2 3 4 5", "[1 2] $");
    check(2, 5, "1 2 3 4 5 6", "[1 2] [6] $");
    check(3, 1, "", "$");
}

/* A recoverable error cuts no window; before a fatal one comes what was there. */
static void test_errors(void **state)
{
    (void)state;
    check(3, 1, "1 2 !7 3 P 4", "!7 [1 2 3] [2 3 4] $");
    check(3, 2, "1 2 3 4 !!7 #", "[1 2 3] [3 4] !!7 $");
    check(3, 2, "1 2 3 !!7 #", "[1 2 3] !!7 $");
    check(2, 3, "1 2 !7 3 4 !8 5", "[1 2] !7 !8 [4 5] $");
}

static void test_polls(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 3 4"}, "P [1 2 3] [3 4] $", {6}, {4}, false},
        {{"1 2 3 4 5"}, "[1 2 3] [3 4 5] $", {6}, {5}, false},
    };
    n = 3;
    step = 2;
    check_table(rows, windows);
}

static void hint(size_t width, size_t steps, const char *in, size_t many)
{
    n = width;
    step = steps;
    weir_stream *stream = windows(source(in), NULL);
    check_hint(stream, many, many);
    weir_drop(stream);
}

static void test_hint(void **state)
{
    (void)state;
    hint(3, 1, "1 2 3 4 5", 3);
    hint(3, 2, "1 2 3 4", 2);
    hint(2, 5, "1 2 3 4 5", 1);
    hint(2, 5, "1 2 3 4 5 6", 2);
    hint(3, 1, "1", 1);
    hint(3, 1, "", 0);
}

int stage_sliding(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_windows),
                                       cmocka_unit_test(test_errors), cmocka_unit_test(test_polls),
                                       cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("sliding", tests, NULL, NULL);
}
