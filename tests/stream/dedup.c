/* dedup: what equals the item before it is left out. */

#include "stages.h"

static int64_t number(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return item.value;
}
WEIR_MAP_FN(number_fn, number, struct tracked, int64_t, FROM_TRACKED)

static int by_ten(int64_t a, int64_t b, void *arg)
{
    int64_t ten = *(int64_t *)arg;
    return (int)(a / ten - b / ten);
}
WEIR_COMPARE_FN(by_ten_fn, by_ten, int64_t)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_dedup(weir_map(a, &number_fn, NULL));
}

static weir_stream *build_by(weir_stream *a, weir_stream *b)
{
    static int64_t ten = 10;
    (void)b;
    return weir_dedup_by(weir_map(a, &number_fn, NULL), &by_ten_fn, &ten);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 1 2 2 2 1 3"}, "1 2 1 3 $", {8}, {7}, false},
        {{"1 P 1 P 2"}, "1 P P 2 $", {6}, {3}, false},
        {{"1 !7 1 2 !!8 #"}, "1 !7 2 !!8 $", {5}, {3}, false}, /* it parts them not */
        {{"5 5 5 5 5 5 5 5"}, "5 $", {9}, {8}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    static const struct stage_case rows_by[] = {
        {{"11 12 21 22 23 15"}, "11 21 15 $", {7}, {6}, false}};
    check_table(rows, build);
    check_table(rows_by, build_by);
}

/* Lines that own their bytes are compared as text, and copied. */
static void test_lines(void **state)
{
    (void)state;
    static const char *const words[] = {"a", "a", "bc", "bc", "", "", "a"};
    memory_begin(0, false);
    weir_line lines[7];
    for (int i = 0; i < 7; i++)
        lines[i] = (weir_line){words[i], strlen(words[i])};
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        weir_stream *stream = weir_own(weir_iter(&weir_type_line, lines, 7));
        assert_string_equal(trace(weir_dedup(stream), demand), "'a' 'bc' '' 'a' $");
    }
    assert_int_equal(memory_end(), 0);
}

/* No memory for the copy: the item is gone, and it is over. */
static void test_no_copy(void **state)
{
    (void)state;
    weir_line line = {"a", 1};
    unsigned failures = 0;
    for (unsigned long call = 1; call < 6; call++) {
        memory_begin(call, true);
        const char *got = trace(weir_dedup(weir_own(weir_iter(&weir_type_line, &line, 1))), 1);
        failures += strstr(got, "MEMORY") != NULL;
        assert_int_equal(memory_end(), 0);
    }
    assert_true(failures >= 3);
}

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_dedup(weir_range(0, 4));
    check_hint(stream, 1, 4);
    weir_drop(stream);
}

int stage_dedup(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_lines),
                                       cmocka_unit_test(test_no_copy), cmocka_unit_test(test_hint)};
    return cmocka_run_group_tests_name("dedup", tests, NULL, NULL);
}
