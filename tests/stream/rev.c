/* rev: from the last item to the first, over streams with two ends. */

#include "stages.h"

static bool odd(int64_t x, void *arg)
{
    (void)arg;
    return x % 2 != 0;
}
WEIR_FILTER_FN(odd_fn, odd, int64_t)

static int64_t tenfold(int64_t x, void *arg)
{
    (void)arg;
    return 10 * x;
}
WEIR_MAP_FN(tenfold_fn, tenfold, int64_t, int64_t)

static int32_t narrow(int64_t x, void *arg)
{
    (void)arg;
    return (int32_t)x;
}
WEIR_MAP_FN(narrow_fn, narrow, int64_t, int32_t)

static void poly(int64_t *acc, int64_t x, void *arg)
{
    (void)arg;
    *acc = *acc * 10 + x;
}
WEIR_FOLD_FN(poly_fn, poly, int64_t, int64_t)

static bool poly_below(int64_t *acc, int64_t x, void *arg, weir_error *error)
{
    poly(acc, x, arg);
    if (x == 2)
        weir_error_set(error, WEIR_E_USER, "it is 2")->number = 2;
    return x != 2;
}
WEIR_TRY_FOLD_FN(poly_below_fn, poly_below, int64_t, int64_t)

static unsigned shown;
static void show(int64_t x, void *arg)
{
    (void)x, (void)arg;
    shown++;
}
WEIR_EACH_FN(show_fn, show, int64_t)

static weir_stream *numbers(void)
{
    return weir_range(1, 6);
}

static weir_stream *make(int which)
{
    static const int64_t items[] = {1, 2, 3, 4, 5};
    switch (which) {
    case 0:
        return weir_iter(&weir_type_i64, items, 5);
    case 1:
        return numbers();
    case 2:
        return weir_map(numbers(), &tenfold_fn, NULL);
    case 3:
        return weir_map(numbers(), &narrow_fn, NULL);
    case 4:
        return weir_filter(numbers(), &odd_fn, NULL);
    case 5:
        return weir_inspect(numbers(), &show_fn, NULL);
    case 6:
        return weir_enumerate(numbers());
    case 7:
        return weir_chain(weir_range(1, 3), weir_range(3, 6));
    case 8:
        return weir_rev(weir_rev(numbers()));
    case 9:
        return weir_once(&weir_type_i64, items);
    default:
        return weir_empty(&weir_type_i64);
    }
}
enum { STREAMS = 11 };

static void test_each(void **state)
{
    (void)state;
    static const char *const wanted[STREAMS] = {"5 4 3 2 1 $",
                                                "5 4 3 2 1 $",
                                                "50 40 30 20 10 $",
                                                "5 4 3 2 1 $",
                                                "5 3 1 $",
                                                "5 4 3 2 1 $",
                                                "4:5 3:4 2:3 1:2 0:1 $",
                                                "5 4 3 2 1 $",
                                                "5 4 3 2 1 $",
                                                "1 $",
                                                "$"};
    for (int i = 0; i < STREAMS; i++)
        for (size_t demand = 1; demand <= 64; demand *= 2)
            assert_string_equal(trace(weir_rev(make(i)), demand), wanted[i]);
    assert_int_equal(shown, 5 * 7);
}

/* Whatever is taken from either end, and how many at once: each item comes once, the ones from
 * the front in order, those from the other end the other way round. */
static void take_ends(int which, unsigned ends, size_t demand)
{
    static struct test_cx test;
    struct trace front = {0}, back = {0}, all = {0};
    char text[64] = "", *from[16];
    test_cx_init(&test);
    weir_stream *stream = make(which);
    for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END; ends = ends >> 1 | ends << 9) {
        size_t before = back.n;
        test_cx_turn(&test);
        if (ends & 1) {
            got = trace_poll(&front, stream, &test, demand);
            continue;
        }
        weir_stream *other = weir_rev(weir_by_ref(stream));
        got = trace_poll(&back, other, &test, demand);
        weir_drop(other);
        assert_true(back.n > before);
    }
    assert_int_equal(trace_poll(&front, stream, &test, demand).state, WEIR_END);
    weir_drop(stream);
    weir_stream *whole = make(which);
    trace_run(&all, whole, &test, 1);
    weir_drop(whole);
    test_cx_fini(&test);
    size_t n = 0;
    for (char *word = strtok(back.text, " "); word; word = strtok(NULL, " "))
        from[n++] = word;
    for (char *word = strtok(front.text, " "); word; word = strtok(NULL, " "))
        if (word[0] != '$')
            strcat(strcat(text, word), " ");
    while (n-- > 0)
        if (from[n][0] != '$')
            strcat(strcat(text, from[n]), " ");
    assert_string_equal(strcat(text, "$"), all.text);
}

static void test_front_and_back_never_overlap(void **state)
{
    (void)state;
    for (int i = 0; i < STREAMS; i++)
        for (unsigned ends = 0; ends < 1u << 6; ends++)
            for (size_t demand = 1; demand <= 3; demand++)
                take_ends(i, ends, demand);
}

static void test_helpers(void **state)
{
    (void)state;
    int64_t acc = 0;
    assert_string_equal(trace(weir_nth_back(numbers(), 1), 1), "4 $");
    assert_string_equal(trace(weir_nth_back(numbers(), 5), 1), "$");
    assert_string_equal(trace(weir_rfind(weir_range(1, 7), &odd_fn, NULL), 1), "5 $");
    assert_string_equal(trace(weir_rfold(weir_range(1, 5), &poly_fn, &acc, NULL), 1), "4321 $");
    assert_string_equal(trace(weir_rfold(weir_range(1, 5), &poly_below_fn, &acc, NULL), 1),
                        "!!2 $");
}

static void test_no_other_end(void **state)
{
    (void)state;
    weir_error error;
    assert_int_equal(await(weir_rev(source("1 2")), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "rev: 'script' has no other end to read from");
    assert_int_equal(await(weir_rev(weir_take(numbers(), 2)), NULL, &error), WEIR_ERROR);
    weir_stream *deep = weir_map(weir_take(numbers(), 2), &tenfold_fn, NULL);
    assert_int_equal(await(weir_rev(deep), NULL, &error), WEIR_ERROR); /* a stage below has none */
    assert_string_equal(error.message, "rev: 'map' has no other end to read from");
    weir_stream *unknown = weir_enumerate(weir_filter(numbers(), &odd_fn, NULL));
    assert_int_equal(await(weir_rev(unknown), NULL, &error), WEIR_ERROR);
    assert_non_null(strstr(error.message, "it is not known how many items 'filter' has"));
}

/* What owns something is let go once, from whichever end it came. */
static void test_owned(void **state)
{
    (void)state;
    weir_vec vec;
    for (size_t demand = 1; demand <= 4; demand++) {
        assert_int_equal(await(weir_collect(source("1 2 3 4 5"), 9), &vec, NULL), WEIR_READY);
        assert_string_equal(trace(weir_take(weir_rev(weir_from_vec(&vec)), 2), demand), "5 4 $");
        assert_int_equal(tracked_live, 0);
    }
}

static void test_len(void **state)
{
    (void)state;
    size_t n;
    weir_stream *stream = weir_map(numbers(), &tenfold_fn, NULL);
    assert_true(weir_len(stream, &n));
    assert_int_equal(n, 5);
    assert_string_equal(trace(weir_next(stream), 1), "10 $");
    assert_string_equal(trace(weir_next_back(stream), 1), "50 $");
    assert_true(weir_len(stream, &n));
    assert_int_equal(n, 3);
    weir_drop(stream);
    stream = weir_filter(numbers(), &odd_fn, NULL);
    assert_false(weir_len(stream, &n));
    weir_drop(stream);
    stream = weir_repeat(&weir_type_i64, &(int64_t){1});
    assert_false(weir_len(stream, &n));
    weir_drop(stream);
}

int stage_rev(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each),    cmocka_unit_test(test_front_and_back_never_overlap),
        cmocka_unit_test(test_helpers), cmocka_unit_test(test_no_other_end),
        cmocka_unit_test(test_owned),   cmocka_unit_test(test_len)};
    return cmocka_run_group_tests_name("rev", tests, NULL, NULL);
}
