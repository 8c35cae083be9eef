/* conflate and batch: what comes while the consumer is busy is made one. */

#include "busy.h"

#include "weir/buffer.h"

static struct busy busy;

static void add(struct tracked *acc, struct tracked item, void *arg)
{
    (void)arg;
    acc->value += item.value;
    tracked_drop(item);
}
WEIR_FOLD_FN(add_fn, add, struct tracked, struct tracked, .acc = &tracked_type, OF_TRACKED)

static struct tracked negative(struct tracked item, void *arg)
{
    (void)arg;
    item.value = -item.value;
    return item;
}
WEIR_MAP_FN(negative_fn, negative, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static uint64_t cost(struct tracked item, void *arg)
{
    (void)arg;
    return (uint64_t)item.value;
}
WEIR_KEY_FN(cost_fn, cost, struct tracked, uint64_t, OF_TRACKED)

static weir_stream *sum(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_conflate(a, &add_fn, NULL);
}

static weir_stream *sum_from_seed(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_conflate_with_seed(a, &negative_fn, &add_fn, NULL);
}

/* Nobody is busy: each item is one of its own. */
static void test_table(void **state)
{
    (void)state;
    static const struct stage_case plain[] = {
        {{"1 2 3"}, "1 2 3 $", {4}, {3}, false},
        {{"P 1 P 2 $ #"}, "P 1 P 2 $", {5}, {2}, false},
        {{"1 !7 2 !!8 #"}, "1 !7 2 !!8 $", {4}, {2}, false},
    };
    static const struct stage_case seeded[] = {
        {{"1 P 2 !7 3"}, "-1 P -2 !7 -3 $", {6}, {3}, false},
        {{"1 !!8 #"}, "-1 !!8 $", {2}, {1}, false},
    };
    check_table(plain, sum);
    check_table(seeded, sum_from_seed);
}

/* D2, conflate(sum): 1 2 3 while the consumer is busy are 6. */
static void test_conflate_sum(void **state)
{
    (void)state;
    busy_begin(&busy, weir_conflate(source("P 1 2 3 P 4 5 P 6"), &add_fn, NULL));
    busy_says(&busy, 1, "P");
    doubles_wake_all();
    busy_turn(&busy);
    busy_says(&busy, 1, "6");
    busy_turn(&busy); /* it waits, nothing is there */
    busy_says(&busy, 1, "P");
    doubles_wake_all();
    busy_turn(&busy);
    doubles_wake_all();
    busy_turn(&busy);
    busy_turn(&busy);
    busy_says(&busy, 8, "15");
    busy_says(&busy, 8, "$");
    busy_end(&busy);
}

static void test_conflate_with_seed(void **state)
{
    (void)state;
    busy_begin(&busy, weir_conflate_with_seed(source("1 2 3 4"), &negative_fn, &add_fn, NULL));
    busy_says(&busy, 1, "-1");
    busy_turn(&busy);
    busy_says(&busy, 1, "5"); /* -2 + 3 + 4 */
    busy_says(&busy, 1, "$");
    busy_end(&busy);
}

/* An error cuts what is made one in two. */
static void test_errors(void **state)
{
    (void)state;
    busy_begin(&busy, weir_conflate(source("1 2 3 !7 4 5 !!8 #"), &add_fn, NULL));
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    busy_turn(&busy);
    busy_says(&busy, 1, "5");
    busy_says(&busy, 1, "!7");
    busy_turn(&busy);
    busy_says(&busy, 1, "9");
    busy_says(&busy, 1, "!!8");
    busy_says(&busy, 1, "$");
    busy_end(&busy);
}

static void test_marks(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    busy_begin(&busy, weir_conflate(script_stream(&script, "1 2 3 | 4 5 |"), &add_fn, NULL));
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    busy_says(&busy, 1, "5");
    busy_says(&busy, 1, "|");
    busy_turn(&busy);
    busy_end(&busy);
    assert_int_equal(script.marks_kept, 1);
    assert_int_equal(script.marks_lost, 1);
}

/* Up to max items, and one more that is held. */
static void test_batch(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *in = script_stream(&script, "1 2 3 4 5 6 7 8 9");
    busy_begin(&busy, weir_batch(in, 3, NULL, &add_fn, NULL));
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    busy_turn(&busy);
    assert_int_equal(script.given, 5);
    busy_says(&busy, 1, "9"); /* 2 3 4 */
    busy_turn(&busy);
    busy_says(&busy, 1, "18"); /* 5, which was held, 6 7 */
    busy_says(&busy, 1, "8");
    busy_says(&busy, 1, "9");
    busy_says(&busy, 1, "$");
    busy_end(&busy);
}

/* By what they cost; one that costs more than all may goes alone. */
static void test_batch_weighted(void **state)
{
    (void)state;
    weir_stream *in = source("1 2 3 9 1 1 4 2");
    busy_begin(&busy, weir_batch_weighted(in, 5, &cost_fn, NULL, &add_fn, NULL));
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    busy_says(&busy, 1, "5"); /* 2 3 */
    busy_turn(&busy);
    busy_says(&busy, 1, "9");
    busy_turn(&busy);
    busy_says(&busy, 1, "2"); /* 1 1 */
    busy_says(&busy, 1, "4");
    busy_says(&busy, 1, "2");
    busy_says(&busy, 1, "$");
    busy_end(&busy);
}

/* Dropped with an accumulator and an item in hand. */
static void test_drop(void **state)
{
    (void)state;
    busy_begin(&busy, weir_batch(source("1 2 3 4 5"), 2, &negative_fn, &add_fn, NULL));
    busy_says(&busy, 1, "-1");
    busy_turn(&busy);
    assert_int_equal(tracked_live, 2);
    busy_end(&busy);
}

static void test_hint(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type, .hinted = true};
    busy_begin(&busy, weir_batch(script_stream(&script, "1 2 3 4 5"), 2, NULL, &add_fn, NULL));
    check_hint(busy.stream, 1, 5);
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    check_hint(busy.stream, 1, 3);
    busy_end(&busy);
}

/* ---- on a runtime ---- */

static weir_stream *wait_a_while(int64_t item, void *arg)
{
    *(int64_t *)arg = item;
    return weir_sleep(20000);
}
WEIR_THEN_FN(wait_fn, wait_a_while, int64_t, unsigned char, .to = &weir_type_unit)

static void newest(int64_t *acc, int64_t item, void *arg)
{
    (void)arg;
    *acc = item;
}
WEIR_FOLD_FN(newest_fn, newest, int64_t, int64_t)

/* A source that is always ready goes on meanwhile, and starves nobody: the timer comes. */
static void test_beside_a_timer(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .seed = 1), NULL);
    int64_t last = 0;
    uint64_t n = 0;
    weir_stream *stream = weir_conflate(weir_range(0, INT64_MAX), &newest_fn, NULL);
    stream = weir_take(weir_then(stream, &wait_fn, &last), 3);
    assert_int_equal(weir_rt_run(rt, weir_count(stream), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
    assert_true(last > WEIR_BUDGET); /* most were made one with others */
    weir_rt_drop(rt);
}

int stage_conflate(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_conflate_sum),
        cmocka_unit_test(test_conflate_with_seed),
        cmocka_unit_test(test_errors),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_batch),
        cmocka_unit_test(test_batch_weighted),
        cmocka_unit_test(test_beside_a_timer),
        cmocka_unit_test(test_drop),
        cmocka_unit_test(test_hint),
    };
    return cmocka_run_group_tests_name("conflate", tests, NULL, NULL);
}
