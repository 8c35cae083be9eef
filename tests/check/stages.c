/* weir_contract_check over the library's own stages: it finds nothing. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "weir.h"

static int64_t tenfold(int64_t n, void *arg)
{
    (void)arg;
    return 10 * n;
}
WEIR_MAP_FN(tenfold_fn, tenfold, int64_t, int64_t)

static bool is_even(int64_t n, void *arg)
{
    (void)arg;
    return n % 2 == 0;
}
WEIR_FILTER_FN(is_even_fn, is_even, int64_t)

static bool below_four(int64_t n, void *arg)
{
    (void)arg;
    return n < 4;
}
WEIR_FILTER_FN(below_four_fn, below_four, int64_t)

static bool running(int64_t *sum, int64_t n, int64_t *out)
{
    *out = *sum += n;
    return true;
}
WEIR_SCAN_FN(running_fn, running, int64_t, int64_t, int64_t)

static void add(int64_t *sum, int64_t n, void *arg)
{
    (void)arg;
    *sum += n;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

static weir_stream *up_to(int64_t n, void *arg)
{
    (void)arg;
    return weir_range(0, n);
}
WEIR_THEN_FN(up_to_fn, up_to, int64_t, int64_t)

static weir_stream *itself(int64_t n, void *arg)
{
    (void)arg;
    return weir_once(&weir_type_i64, &n);
}
WEIR_MAP_FN(to_future_fn, itself, int64_t, weir_stream *)

static const int64_t zero;

#define STAGE(name, expression)                                                                    \
    static weir_stream *over_##name(weir_stream *s, void *arg)                                     \
    {                                                                                              \
        (void)arg;                                                                                 \
        return expression;                                                                         \
    }
#define JOIN(name, expression)                                                                     \
    static weir_stream *over_##name(weir_stream *const *in, void *arg)                             \
    {                                                                                              \
        (void)arg;                                                                                 \
        return expression;                                                                         \
    }
STAGE(map, weir_map(s, &tenfold_fn, NULL))
STAGE(filter, weir_filter(s, &is_even_fn, NULL))
STAGE(take, weir_take(s, 3))
STAGE(take_while, weir_take_while(s, &below_four_fn, NULL))
STAGE(skipped, weir_skip(s, 2))
STAGE(scan, weir_scan(s, &running_fn, &zero))
STAGE(chunks, weir_chunks(s, 3))
STAGE(enumerate, weir_enumerate(s))
STAGE(peekable, weir_peekable(s))
STAGE(flat_map, weir_flat_map(s, &up_to_fn, NULL))
STAGE(buffered, weir_buffered(weir_map(s, &to_future_fn, NULL), &weir_type_i64, 2))
STAGE(chunks_default, weir_chunks(weir_default_if_empty(s, &weir_type_i64, &zero), 2))
STAGE(intersperse, weir_intersperse(s, &zero, &zero, &zero))
STAGE(fold, weir_fold(s, &add_fn, &zero, NULL))
STAGE(collect, weir_collect(s, 9))
STAGE(first, weir_first(s, 2))
STAGE(dedup, weir_dedup(s))
STAGE(any, weir_any(s, &is_even_fn, NULL))
JOIN(zip, weir_zip(in[0], in[1]))
JOIN(chain, weir_chain(in[0], in[1]))
JOIN(zip_rest, weir_zip_rest(in[0], in[1]))
JOIN(combine_latest, weir_combine_latest(in[0], in[1]))
JOIN(with_latest_from, weir_with_latest_from(in[0], in[1]))
JOIN(select, weir_select(in[0], in[1]))
JOIN(merge, weir_merge(in, 3))

static char report[WEIR_REPORT_BYTES];

static void expect_right(const weir_contract *contract)
{
    if (!weir_contract_check(contract, report, sizeof report))
        fail_msg("%s", report);
}

static void one(weir_stream *(*build)(weir_stream *source, void *arg), const char *gives)
{
    expect_right(
        &WEIR_CONTRACT(.build = build, .inputs = {{.items = "1 2 3 4 5"}}, .gives = gives));
    expect_right(&WEIR_CONTRACT(.build = build, .inputs = {{.items = ""}}));
}

static void test_one_input(void **state)
{
    (void)state;
    one(over_map, "10 20 30 40 50");
    one(over_filter, "2 4");
    one(over_take_while, "1 2 3");
    one(over_skipped, "3 4 5");
    one(over_scan, "1 3 6 10 15");
    one(over_chunks, "[1 2 3] [4 5]");
    one(over_enumerate, "0:1 1:2 2:3 3:4 4:5");
    one(over_peekable, "1 2 3 4 5");
    one(over_flat_map, "0 0 1 0 1 2 0 1 2 3 0 1 2 3 4");
    one(over_buffered, "1 2 3 4 5");
    one(over_chunks_default, NULL);
    one(over_intersperse, NULL);
    expect_right(&WEIR_CONTRACT(.build = over_take,
                                .inputs = {{.items = "1 2 3 4 5", .takes_max = 3}},
                                .gives = "1 2 3"));
}

static void test_consumers(void **state)
{
    (void)state;
    one(over_fold, "15");
    one(over_collect, "[1 2 3 4 5]");
    one(over_any, "true");
    one(over_first, "([1 2],<input>)"); /* a stream has a name, and stands anywhere */
}

static void make_line(void *out, int64_t number, void *arg)
{
    char digit = (char)('0' + number);
    (void)arg;
    *(weir_owned_line *)out = weir_owned_line_new(&digit, 1);
}

/* Memory for the inputs' own items is there: only the stage's own may fail. */
static void test_owning_items(void **state)
{
    (void)state;
    expect_right(&WEIR_CONTRACT(.build = over_skipped,
                                .inputs = {{.items = "1 2 3",
                                            .type = &weir_type_owned_line,
                                            .make = make_line}},
                                .gives = "'3'"));
    expect_right(&WEIR_CONTRACT(.build = over_dedup,
                                .inputs = {{.items = "1 1 2",
                                            .type = &weir_type_owned_line,
                                            .make = make_line}},
                                .gives = "'1' '2'"));
}

static void two(weir_stream *(*build)(weir_stream *const *inputs, void *arg), const char *gives,
                weir_check_order order)
{
    expect_right(&WEIR_CONTRACT(.build_over = build,
                                .inputs = {{.items = "1 2 3"}, {.items = "4 5"}}, .gives = gives,
                                .order = order));
}

static void test_several_inputs(void **state)
{
    (void)state;
    two(over_zip, "(1,4) (2,5)", WEIR_CHECK_IN_ORDER);
    two(over_zip_rest, NULL, WEIR_CHECK_IN_ORDER);
    two(over_combine_latest, NULL, WEIR_CHECK_ANY_ITEMS);
    two(over_with_latest_from, NULL, WEIR_CHECK_ANY_ITEMS);
    /* one side ended, and many marks and errors of the other come */
    expect_right(&WEIR_CONTRACT(.build_over = over_zip,
                                .inputs = {{.items = "1"}, {.items = "4 5 6"}}, .gives = "(1,4)"));
    two(over_chain, "1 2 3 4 5", WEIR_CHECK_IN_ORDER);
    two(over_select, "1 4 2 5 3", WEIR_CHECK_ANY_ORDER);
    expect_right(&WEIR_CONTRACT(.build_over = over_merge,
                                .inputs = {{.items = "1 2"}, {.items = "3 4"}, {.items = "5"}},
                                .order = WEIR_CHECK_ANY_ORDER));
}

int check_stages(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_input), cmocka_unit_test(test_consumers),
        cmocka_unit_test(test_owning_items), cmocka_unit_test(test_several_inputs)};
    return cmocka_run_group_tests_name("stages", tests, NULL, NULL);
}
