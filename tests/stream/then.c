/* then: one future at a time, in order. */

#include "stages.h"

static unsigned running, running_max;

static weir_poll wait_once(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int64_t *left = arg;
    (void)demand;
    if (*left < 0) {
        *left = -*left;
        running_max = ++running > running_max ? running : running_max;
        return weir_wait_turn(cx);
    }
    running--;
    *(int64_t *)out = *left * 10;
    return (weir_poll){1, WEIR_END};
}

static weir_stream *wait_for(struct tracked item, void *arg)
{
    static int64_t values[8];
    static unsigned turn;
    int64_t *value = &values[turn++ % 8];
    (void)arg;
    *value = -item.value;
    tracked_drop(item);
    return weir_future_fn(&weir_type_i64, wait_once, value);
}
WEIR_THEN_FN(wait_fn, wait_for, struct tracked, int64_t, FROM_TRACKED)

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_then(a, &wait_fn, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2"}, "P 10 P 20 $", {3}, {2}, false},
        {{"1 P !7 2"}, "P 10 P !7 P 20 $", {5}, {2}, false},
    };
    check_table(rows, build);
    assert_int_equal(running_max, 1);
}

/* What fn gives may be of another type, fail, or be empty. */
static weir_stream *odd_ones(struct tracked item, void *arg)
{
    static struct script script = {.one = true};
    (void)arg;
    int64_t value = item.value;
    tracked_drop(item);
    if (value == 1)
        return weir_range(0, 0); /* no item: the next one's turn */
    if (value == 2)
        return script_stream(&script, "!!9");
    return value == 3 ? weir_range(8, 9) : weir_empty(&tracked_type);
}
WEIR_THEN_FN(odd_ones_fn, odd_ones, struct tracked, int64_t, FROM_TRACKED)

static void test_odd_ones(void **state)
{
    (void)state;
    weir_stream *stream = weir_then(source("1 2 3 1 3 4 3"), &odd_ones_fn, NULL);
    assert_string_equal(trace(stream, 1), "!9 8 8 !!TYPE $");
    assert_int_equal(tracked_live, 0);
}

int stage_then(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_odd_ones)};
    return cmocka_run_group_tests_name("then", tests, NULL, NULL);
}
