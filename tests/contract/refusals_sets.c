/* What weir/set.h refuses. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "laws.h"

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

static weir_stream *one(void)
{
    return weir_once(&weir_type_i64, &(int64_t){7});
}

static weir_stream *stream_of(struct tracked item, void *arg)
{
    (void)arg;
    tracked_drop(item);
    return weir_empty(&tracked_type);
}
WEIR_THEN_FN(stream_fn, stream_of, struct tracked, struct tracked, .from = &tracked_type,
             .to = &tracked_type)

static weir_stream *stream_of_line(weir_line line, void *arg)
{
    (void)line, (void)arg;
    return weir_empty(&tracked_type);
}
WEIR_THEN_FN(line_fn, stream_of_line, weir_line, struct tracked, .to = &tracked_type)

static weir_stream *of_two(weir_stream *(*build)(weir_stream *const *futures, size_t n),
                           weir_stream *a, weir_stream *b)
{
    weir_stream *both[] = {a, b};
    return build(both, 2);
}

static weir_stream *all_of(weir_stream *const *futures, size_t n)
{
    return weir_join_all(&weir_type_i64, futures, n);
}

static void test_types(void)
{
    expect_refusal(weir_flat_map_unordered(numbers(), &stream_fn, NULL, 2), WEIR_E_TYPE,
                   "flat_map_unordered '", "tracked', but 'range' yields 'int64_t'", NULL);
    expect_refusal(weir_flatten_unordered(numbers(), &weir_type_i64, 2), WEIR_E_TYPE,
                   "weir_stream *", "int64_t", NULL);
    expect_refusal(of_two(all_of, one(), weir_take(weir_empty(&tracked_type), 1)), WEIR_E_TYPE,
                   "join_all", "tracked", NULL);
    expect_refusal(of_two(weir_race, one(), weir_take(weir_empty(&tracked_type), 1)), WEIR_E_TYPE,
                   "race", "tracked", NULL);
}

static void test_futures(void)
{
    const char *words = "takes futures, but 'range'";
    expect_refusal(weir_join(numbers(), one()), WEIR_E_TYPE, "join", words, "weir_nth(it, 0)");
    expect_refusal(weir_join(one(), numbers()), WEIR_E_TYPE, "join", words, "weir_nth(it, 0)");
    expect_refusal(of_two(all_of, one(), numbers()), WEIR_E_TYPE, "join_all", words, NULL);
    expect_refusal(of_two(weir_race, numbers(), one()), WEIR_E_TYPE, "race", words, NULL);
    expect_refusal(of_two(weir_race_ok, one(), numbers()), WEIR_E_TYPE, "race_ok", words, NULL);
}

static void test_lent(void)
{
    weir_set *set;
    expect_refusal(weir_flat_map_unordered(lines(), &line_fn, NULL, 2), WEIR_E_TYPE,
                   "flat_map_unordered", "weir_line", "weir_own()");
    expect_refusal(weir_futures_unordered(&weir_type_line, 2, &set), WEIR_E_TYPE,
                   "futures_unordered", "is lent", "weir_own()");
    expect_refusal(weir_futures_ordered(&weir_type_line, 2, &set), WEIR_E_TYPE, "futures_ordered",
                   "is lent", "weir_own()");
    expect_refusal(weir_join(weir_take(lines(), 1), one()), WEIR_E_TYPE, "join", "weir_line",
                   "weir_own()");
    expect_refusal(
        of_two(weir_race, weir_take(lines(), 1), weir_take(weir_empty(&weir_type_line), 1)),
        WEIR_E_TYPE, "race", "weir_line", "weir_own()");
}

static void test_limits(void)
{
    weir_set *set;
    weir_keyed *map;
    static weir_stream *many[WEIR_JOIN_MAX + 1];
    expect_refusal(weir_flatten_unordered(weir_empty(&weir_type_stream), &weir_type_i64, 0),
                   WEIR_E_ARGUMENT, "flatten_unordered", "0", NULL);
    expect_refusal(weir_flat_map_unordered(weir_empty(&tracked_type), &stream_fn, NULL, 0),
                   WEIR_E_ARGUMENT, "flat_map_unordered", "0", NULL);
    expect_refusal(weir_select_all(&weir_type_i64, 0, &set), WEIR_E_ARGUMENT, "select_all", "0",
                   NULL);
    expect_refusal(weir_futures_unordered(&weir_type_i64, 0, &set), WEIR_E_ARGUMENT,
                   "futures_unordered", "0", NULL);
    expect_refusal(weir_futures_ordered(&weir_type_i64, 0, &set), WEIR_E_ARGUMENT,
                   "futures_ordered", "0", NULL);
    expect_refusal(weir_stream_map(&weir_type_i64, 0, &map), WEIR_E_ARGUMENT, "stream_map", "0",
                   NULL);
    expect_refusal(weir_race(NULL, 0), WEIR_E_ARGUMENT, "race", "0", NULL);
    expect_refusal(weir_race_ok(NULL, 0), WEIR_E_ARGUMENT, "race_ok", "0", NULL);
    for (size_t i = 0; i <= WEIR_JOIN_MAX; i++)
        many[i] = one();
    expect_refusal(weir_join_all(&weir_type_i64, many, WEIR_JOIN_MAX + 1), WEIR_E_ARGUMENT,
                   "join_all", "4096", NULL);
    for (size_t i = 0; i <= WEIR_JOIN_MAX; i++)
        many[i] = one();
    expect_refusal(weir_race(many, WEIR_JOIN_MAX + 1), WEIR_E_ARGUMENT, "race", "4096", NULL);
}

static void test_failed_sources(void)
{
    passes_refused(weir_flatten_unordered(failed(), &weir_type_i64, 2));
    passes_refused(weir_flat_map_unordered(failed(), &stream_fn, NULL, 0));
    passes_refused(weir_join(failed(), one()));
    passes_refused(weir_join(one(), failed()));
    passes_refused(of_two(all_of, one(), failed()));
    passes_refused(of_two(weir_race, failed(), one()));
    passes_refused(of_two(weir_race, numbers(), failed()));
    passes_refused(of_two(weir_race_ok, one(), failed()));
}

/* Nothing can be pushed to a set that could not be built. */
static void test_failed_sets(void)
{
    weir_set *set;
    weir_keyed *map;
    weir_stream *stream = weir_select_all(&weir_type_i64, 0, &set);
    weir_stream *other = weir_stream_map(&weir_type_i64, 0, &map), *number = one();
    assert_false(weir_set_push(set, number));
    assert_false(weir_stream_map_insert(map, 1, number, NULL));
    assert_int_equal(weir_set_len(set) + weir_stream_map_len(map), 0);
    assert_null(weir_set_take(set));
    assert_null(weir_set_member(set, 0));
    assert_null(weir_stream_map_remove(map, 1));
    assert_false(weir_stream_map_contains(map, 1));
    weir_set_clear(set);
    weir_drop(number);
    weir_drop(stream);
    weir_drop(other);
}

void test_refusals_sets(void **state)
{
    (void)state;
    test_types();
    test_futures();
    test_lent();
    test_limits();
    test_failed_sources();
    test_failed_sets();
}
