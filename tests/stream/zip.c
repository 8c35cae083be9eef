/* zip: both sides are polled each time; what one side gave waits for the other. */

#include "stages.h"

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3", "7 8"}, "(1,7) (2,8) $", {3, 3}, {3, 2}, false}, /* 3 is lost */
        {{"1", "7 8 9"}, "(1,7) $", {2, 2}, {1, 2}, false},
        {{"P 1", "7"}, "P (1,7) $", {3, 2}, {1, 1}, false}, /* 7 is kept over the P */
        {{"1 P 2", "7 P 8 9"}, "(1,7) P P (2,8) $", {4, 5}, {2, 3}, false},
        {{"1 !5 2", "7 !6 8"}, "(1,7) !5 !6 (2,8) $", {4, 4}, {2, 2}, false},
        {{"1 2", "!!6"}, "!!6 $", {1, 1}, {1, 0}, false},
        {{"", "P~"}, "$", {1, 1}, {0, 0}, false},
        {{"1 2", "P~"}, "P STUCK", {1, 1}, {1, 0}, true},
    };
    check_table(rows, weir_zip);
}

/* A larger demand never asks a side for more than the other one has. */
static void test_demand(void **state)
{
    (void)state;
    struct script a = {.type = &tracked_type, .at_most = 3}, b = {.type = &tracked_type};
    weir_stream *stream = weir_zip(script_stream(&a, "1 2 3 4"), script_stream(&b, "5 6 7 8 9 10"));
    assert_string_equal(trace(stream, 64), "(1,5) (2,6) (3,7) (4,8) $");
    assert_int_equal(b.given, 5);
    assert_int_equal(b.demand_max, 3);
    assert_int_equal(tracked_live, 0);
}

/* Rows of every size stand as the C struct has them. */
struct byte_and_number {
    char first;
    int64_t second;
};

static void test_layout(void **state)
{
    (void)state;
    static const weir_type byte = WEIR_TYPE(char);
    struct byte_and_number out[8];
    struct test_cx test;
    test_cx_init(&test);
    weir_stream *stream = weir_zip(weir_iter(&byte, "abcdefgh", 8), weir_range(10, 18));
    check_hint(stream, 8, 8);
    assert_int_equal(stream->type->size, sizeof *out);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 8).n, 8);
    for (int i = 0; i < 8; i++) {
        assert_int_equal(out[i].first, "abcdefgh"[i]);
        assert_int_equal(out[i].second, 10 + i);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

/* B33: what was read of the longer side and has no partner is dropped once. */
static void test_b33_the_longer_side(void **state)
{
    (void)state;
    unsigned drops = tracked_drops;
    assert_string_equal(trace(weir_zip(source("1 P 2 $"), source("11 12 P 13 $")), 1),
                        "(1,11) P (2,12) $");
    assert_int_equal(tracked_live, 0);
    assert_int_equal(tracked_drops, drops + 4); /* 13 was not read: the first ended before */
    drops = tracked_drops;
    assert_string_equal(trace(weir_zip(source("11 12 13 $"), source("1 2 $")), 1),
                        "(11,1) (12,2) $");
    assert_int_equal(tracked_drops, drops + 5);
}

/* How many were lost can be told, at any demand. */
static void test_lost_is_counted(void **state)
{
    (void)state;
    struct test_cx test;
    for (size_t demand = 1; demand <= 64; demand *= 4) {
        struct trace seen = {0};
        struct script longer = {.type = &tracked_type};
        test_cx_init(&test);
        weir_stream *stream = weir_zip(script_stream(&longer, "1 2 3 4 5"), source("7 8"));
        assert_int_equal(weir_zip_lost(stream), 0);
        trace_run(&seen, stream, &test, demand);
        assert_string_equal(seen.text, "(1,7) (2,8) $");
        assert_int_equal(weir_zip_lost(stream), longer.given - 2);
        weir_drop(stream);
        test_cx_fini(&test);
    }
    weir_stream *other = weir_range(0, 3);
    assert_int_equal(weir_zip_lost(other), 0);
    weir_drop(other);
}

int stage_zip(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_demand), cmocka_unit_test(test_layout),
        cmocka_unit_test(test_b33_the_longer_side), cmocka_unit_test(test_lost_is_counted)};
    return cmocka_run_group_tests_name("zip", tests, NULL, NULL);
}
