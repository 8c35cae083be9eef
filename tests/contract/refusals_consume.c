/* What consumers refuse: sources that failed, types that do not fit, lent items, limits of 0. */

#include <stdio.h>

#include "given.h"

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

static int by_value(struct tracked a, struct tracked b, void *arg)
{
    (void)arg;
    return (int)(a.value - b.value);
}
WEIR_COMPARE_FN(by_value_fn, by_value, struct tracked, OF_TRACKED)

static int64_t value(struct tracked item, void *arg)
{
    (void)arg;
    return item.value;
}
WEIR_KEY_FN(value_fn, value, struct tracked, int64_t, OF_TRACKED)

static int by_size(weir_line a, weir_line b, void *arg)
{
    (void)arg;
    return a.size < b.size ? -1 : a.size > b.size;
}
WEIR_COMPARE_FN(by_size_fn, by_size, weir_line)

static bool take_any(void *into, void *item, weir_error *error)
{
    (void)into, (void)item, (void)error;
    return true;
}
static const weir_into_ops tracked_into = {
    .size = sizeof tracked_into, .name = "any", .of = &tracked_type, .add = take_any};
static const weir_into_ops lines_into = {
    .size = sizeof lines_into, .name = "any", .of = &weir_type_line, .add = take_any};

static bool is_long(weir_line line, void *arg)
{
    (void)arg;
    return line.size > 1;
}
WEIR_FILTER_FN(long_line_fn, is_long, weir_line)

static weir_stream *line_future(weir_line line, void *arg)
{
    (void)arg;
    return weir_range(0, (int64_t)line.size);
}
WEIR_THEN_FN(line_future_fn, line_future, weir_line, int64_t)

static weir_vec vec; /* stays empty */

/* A source that failed already passes through, and keeps its own words. */
static void test_failed_sources(void)
{
    passes_refused(weir_find(failed(), &is_even_fn, NULL));
    passes_refused(weir_find_map(failed(), &even_tenfold_fn, NULL));
    passes_refused(weir_position(failed(), &is_even_fn, NULL));
    passes_refused(weir_nth(failed(), 3));
    passes_refused(weir_last(failed()));
    passes_refused(weir_drain(failed()));
    passes_refused(weir_reduce(failed(), &add_fn, NULL));
    passes_refused(weir_min(failed()));
    passes_refused(weir_max(failed()));
    passes_refused(weir_min_by(failed(), &by_value_fn, NULL));
    passes_refused(weir_max_by(failed(), &by_value_fn, NULL));
    passes_refused(weir_min_by_key(failed(), &value_fn, NULL));
    passes_refused(weir_max_by_key(failed(), &value_fn, NULL));
    passes_refused(weir_sum(failed()));
    passes_refused(weir_product(failed()));
    passes_refused(weir_cmp(failed(), numbers(), NULL, NULL));
    passes_refused(weir_partial_cmp(failed(), numbers(), NULL, NULL));
    passes_refused(weir_eq(failed(), numbers(), NULL, NULL));
    passes_refused(weir_ne(failed(), numbers(), NULL, NULL));
    passes_refused(weir_lt(failed(), numbers(), NULL, NULL));
    passes_refused(weir_le(failed(), numbers(), NULL, NULL));
    passes_refused(weir_gt(failed(), numbers(), NULL, NULL));
    passes_refused(weir_ge(failed(), numbers(), NULL, NULL));
    passes_refused(weir_cmp(numbers(), failed(), NULL, NULL));
    passes_refused(weir_partial_cmp(numbers(), failed(), NULL, NULL));
    passes_refused(weir_eq(numbers(), failed(), NULL, NULL));
    passes_refused(weir_ne(numbers(), failed(), NULL, NULL));
    passes_refused(weir_lt(numbers(), failed(), NULL, NULL));
    passes_refused(weir_le(numbers(), failed(), NULL, NULL));
    passes_refused(weir_gt(numbers(), failed(), NULL, NULL));
    passes_refused(weir_ge(numbers(), failed(), NULL, NULL));
    passes_refused(weir_cmp(failed(), failed(), NULL, NULL));
    passes_refused(weir_unzip(failed(), 0));
    passes_refused(weir_partition(failed(), &is_even_fn, NULL, 0));
    passes_refused(weir_concat(failed(), 0));
    passes_refused(weir_collect_string(failed(), 0));
    passes_refused(weir_collect_into(failed(), &tracked_into, NULL, 0));
    passes_refused(weir_first(failed(), 0));
    passes_refused(weir_for_each_concurrent(failed(), &future_fn, NULL, 0));
    passes_refused(weir_extend(failed(), &vec, 0));
    passes_refused(weir_rev(failed()));
    passes_refused(weir_nth_back(failed(), 1));
    passes_refused(weir_rfind(failed(), &is_even_fn, NULL));
}

/* Both types are named, and who takes the one of them. */
static void mismatch(weir_stream *stream, const char *taker)
{
    char words[64];
    snprintf(words, sizeof words, "%s '", taker);
    expect_refusal(stream, WEIR_E_TYPE, words, "tracked', but 'range' yields 'int64_t'", NULL);
}

static void test_types(void)
{
    mismatch(weir_find(numbers(), &is_even_fn, NULL), "find");
    mismatch(weir_find_map(numbers(), &even_tenfold_fn, NULL), "find_map");
    mismatch(weir_position(numbers(), &is_even_fn, NULL), "position");
    mismatch(weir_reduce(numbers(), &add_fn, NULL), "reduce");
    mismatch(weir_min_by(numbers(), &by_value_fn, NULL), "min_by");
    mismatch(weir_max_by(numbers(), &by_value_fn, NULL), "max_by");
    mismatch(weir_min_by_key(numbers(), &value_fn, NULL), "min_by_key");
    mismatch(weir_max_by_key(numbers(), &value_fn, NULL), "max_by_key");
    mismatch(weir_cmp(numbers(), numbers(), &by_value_fn, NULL), "cmp");
    mismatch(weir_partial_cmp(numbers(), numbers(), &by_value_fn, NULL), "partial_cmp");
    mismatch(weir_eq(numbers(), numbers(), &by_value_fn, NULL), "eq");
    mismatch(weir_ne(numbers(), numbers(), &by_value_fn, NULL), "ne");
    mismatch(weir_lt(numbers(), numbers(), &by_value_fn, NULL), "lt");
    mismatch(weir_le(numbers(), numbers(), &by_value_fn, NULL), "le");
    mismatch(weir_gt(numbers(), numbers(), &by_value_fn, NULL), "gt");
    mismatch(weir_ge(numbers(), numbers(), &by_value_fn, NULL), "ge");
    expect_refusal(weir_eq(numbers(), weir_empty(&tracked_type), NULL, NULL), WEIR_E_TYPE,
                   "int64_t", "tracked", NULL);
    expect_refusal(weir_min(weir_empty(&tracked_type)), WEIR_E_TYPE, "min: no order is known of",
                   "tracked", "WEIR_COMPARE_FN");
    expect_refusal(weir_lt(lines(), lines(), NULL, NULL), WEIR_E_TYPE, "lt: no order is known of",
                   "weir_line", "WEIR_COMPARE_FN");
    expect_refusal(weir_sum(weir_empty(&tracked_type)), WEIR_E_TYPE, "sum takes", "tracked", "map");
    mismatch(weir_partition(numbers(), &is_even_fn, NULL, 9), "partition");
    mismatch(weir_collect_into(numbers(), &tracked_into, NULL, 9), "collect_into");
    mismatch(weir_for_each_concurrent(numbers(), &future_fn, NULL, 9), "for_each_concurrent");
}

static void join_lines(weir_line *all, weir_line line, void *arg)
{
    (void)arg;
    *all = line;
}
WEIR_FOLD_FN(join_lines_fn, join_lines, weir_line, weir_line)

static void test_lent(void)
{
    const char *cure = "weir_own()";
    expect_refusal(weir_last(lines()), WEIR_E_TYPE, "last holds items", "weir_line", cure);
    expect_refusal(weir_reduce(lines(), &join_lines_fn, NULL), WEIR_E_TYPE, "reduce holds items",
                   "weir_line", cure);
    expect_refusal(weir_min_by(lines(), &by_size_fn, NULL), WEIR_E_TYPE, "min_by holds items",
                   "weir_line", cure);
    expect_refusal(weir_extend(lines(), &vec, 9), WEIR_E_TYPE, "extend holds items", "weir_line",
                   cure);
    expect_refusal(weir_unzip(weir_results(lines()), 9), WEIR_E_TYPE, "unzip holds items", "result",
                   NULL);
    expect_refusal(weir_partition(lines(), &long_line_fn, NULL, 9), WEIR_E_TYPE,
                   "partition holds items", "weir_line", cure);
    expect_refusal(weir_collect_into(lines(), &lines_into, NULL, 9), WEIR_E_TYPE,
                   "collect_into holds items", "weir_line", cure);
    expect_refusal(weir_first(lines(), 9), WEIR_E_TYPE, "first holds items", "weir_line", cure);
    expect_refusal(weir_for_each_concurrent(lines(), &line_future_fn, NULL, 9), WEIR_E_TYPE,
                   "for_each_concurrent holds items", "weir_line", cure);
}

static void test_limits(void)
{
    expect_refusal(weir_unzip(numbers(), 0), WEIR_E_ARGUMENT, "unzip", "0", NULL);
    expect_refusal(weir_partition(weir_empty(&tracked_type), &is_even_fn, NULL, 0), WEIR_E_ARGUMENT,
                   "partition", "0", NULL);
    expect_refusal(weir_concat(numbers(), 0), WEIR_E_ARGUMENT, "concat", "0", NULL);
    expect_refusal(weir_collect_string(numbers(), 0), WEIR_E_ARGUMENT, "collect_string", "0", NULL);
    expect_refusal(weir_collect_into(weir_empty(&tracked_type), &tracked_into, NULL, 0),
                   WEIR_E_ARGUMENT, "collect_into", "0", NULL);
    expect_refusal(weir_first(numbers(), 0), WEIR_E_ARGUMENT, "first", "0", NULL);
    expect_refusal(weir_for_each_concurrent(weir_empty(&tracked_type), &future_fn, NULL, 0),
                   WEIR_E_ARGUMENT, "for_each_concurrent", "0", NULL);
    expect_refusal(weir_extend(numbers(), &vec, 0), WEIR_E_ARGUMENT, "extend", "0", NULL);
}

static void test_no_other_end(void)
{
    const char *words = "has no other end";
    expect_refusal(weir_rev(weir_take(numbers(), 2)), WEIR_E_TYPE, "rev: 'take'", words, NULL);
    expect_refusal(weir_nth_back(lines(), 2), WEIR_E_TYPE, "rev: 'lender'", words, NULL);
    weir_stream *kept = failed();
    passes_refused(weir_next_back(kept));
    weir_drop(kept);
    struct tracked value = tracked_make(1);
    passes_refused(weir_rfold(failed(), &add_fn, &value, NULL));
}

void test_refusals_consume(void **state)
{
    (void)state;
    test_failed_sources();
    test_types();
    test_lent();
    test_no_other_end();
    test_limits();
}
