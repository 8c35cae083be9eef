/* stateful_map: a state beside the items, and what it gives behind the last one. */

#include "stages.h"

static bool add(struct tracked *sum, struct tracked item, struct tracked *out)
{
    sum->value += item.value;
    *out = item;
    if (item.value != 9)
        return true;
    tracked_drop(item);
    return false;
}
WEIR_SCAN_FN(add_fn, add, struct tracked, struct tracked, struct tracked, .state = &tracked_type,
             FROM_TRACKED, TO_TRACKED)

static unsigned completions;

/* Tens of the sum, then what is left of it. */
static bool give_sum(struct tracked *sum, struct tracked *out)
{
    completions++;
    if (!sum->value)
        return false;
    int64_t part = sum->value > 10 ? 10 : sum->value;
    sum->value -= part;
    *out = tracked_make(part);
    return true;
}
WEIR_UNFOLD_FN(give_sum_fn, give_sum, struct tracked, struct tracked, .state = &tracked_type,
               OF_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    struct tracked state = tracked_make(0);
    (void)b;
    return weir_stateful_map(a, &add_fn, &give_sum_fn, &state);
}

static weir_stream *alone(weir_stream *a, weir_stream *b)
{
    struct tracked state = tracked_make(0);
    (void)b;
    return weir_stateful_map(a, &add_fn, NULL, &state);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 P 2 3"}, "1 P 2 3 6 $", {5}, {3}, false},
        {{"8 7 8"}, "8 7 8 10 10 3 $", {4}, {3}, false}, /* more than one last item */
        {{"1 !7 2"}, "1 !7 2 3 $", {4}, {2}, false},
        {{"1 9 2 #"}, "1 10 $", {2}, {2}, false}, /* fn said that it was the last */
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false},
        {{"$"}, "$", {1}, {0}, false},
    };
    static const struct stage_case without[] = {
        {{"1 2"}, "1 2 $", {3}, {2}, false},
        {{"1 9 2 #"}, "1 $", {2}, {2}, false},
    };
    check_table(rows, build);
    check_table(without, alone);
}

/* Dropped before its end the state is closed, and nothing is made of it. */
static void test_dropped(void **state)
{
    (void)state;
    completions = 0;
    assert_string_equal(trace(weir_take(build(source("1 2 3"), NULL), 2), 1), "1 2 $");
    assert_string_equal(trace(weir_take(build(source("1 2"), NULL), 0), 1), "$");
    assert_int_equal(completions, 0);
    assert_int_equal(tracked_live, 0);
}

/* What the state keeps is not out: a mark behind it would come too early. */
static void test_marks(void **state)
{
    (void)state;
    assert_string_equal(trace(build(source("1 | 2"), NULL), 1), "!!ARGUMENT $");
    assert_string_equal(trace(build(weir_settle_here(source("1 | 2")), NULL), 1), "1 2 3 $");
    assert_int_equal(tracked_live, 0);
}

static void test_memory(void **state)
{
    (void)state;
    for (unsigned long call = 1; call < 4; call++) {
        memory_begin(call, true);
        weir_drop(build(weir_empty(&tracked_type), NULL));
        assert_int_equal(memory_end(), 0);
        assert_int_equal(tracked_live, 0);
    }
}

int stage_stateful_map(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table), cmocka_unit_test(test_dropped),
                                       cmocka_unit_test(test_marks), cmocka_unit_test(test_memory)};
    return cmocka_run_group_tests_name("stateful_map", tests, NULL, NULL);
}
