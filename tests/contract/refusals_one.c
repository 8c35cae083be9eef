/* What cannot be built of the stages of rows_one.c. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

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

static weir_stream *owning(void)
{
    return weir_empty(&tracked_type);
}

static bool pass(struct tracked item, struct tracked *out, void *arg)
{
    (void)arg;
    *out = item;
    return true;
}
WEIR_FILTER_MAP_FN(wrong_filter_map, pass, struct tracked, struct tracked, .to = &tracked_type)

static bool step(struct tracked *state, struct tracked item, struct tracked *out)
{
    *state = *out = item;
    return true;
}
WEIR_SCAN_FN(wrong_scan, step, struct tracked, struct tracked, struct tracked,
             .state = &tracked_type)

static bool number_step(struct tracked *state, int64_t item, struct tracked *out)
{
    (void)item;
    *out = *state;
    return true;
}
WEIR_SCAN_FN(number_scan, number_step, struct tracked, int64_t, struct tracked,
             .state = &tracked_type)

static bool no_more(int64_t *state, int64_t *out)
{
    (void)state, (void)out;
    return false;
}
WEIR_UNFOLD_FN(other_unfold, no_more, int64_t, int64_t)

static uint64_t weigh(struct tracked item, void *arg)
{
    (void)item, (void)arg;
    return 1;
}
WEIR_KEY_FN(wrong_weight, weigh, struct tracked, uint64_t)

static bool weigh_number(int64_t item, void *arg)
{
    (void)arg;
    return item > 0;
}
WEIR_KEY_FN(bool_weight, weigh_number, int64_t, bool)

static int order(struct tracked a, struct tracked b, void *arg)
{
    (void)a, (void)b, (void)arg;
    return 0;
}
WEIR_COMPARE_FN(wrong_compare, order, struct tracked)

static int64_t make(void *arg)
{
    (void)arg;
    return 0;
}
WEIR_MAKE_FN(make_number, make, int64_t)

static bool change(int64_t item, struct tracked *out, void *arg)
{
    (void)item, (void)arg;
    *out = tracked_make(0);
    return true;
}
WEIR_FILTER_MAP_FN(changes_type, change, int64_t, struct tracked, .to = &tracked_type)

static weir_stream *make_lines(void *arg)
{
    (void)arg;
    return lines();
}

static weir_stream *lines_of(const weir_error *error, void *arg)
{
    (void)error, (void)arg;
    return lines();
}

static void rename_it(weir_error *error, void *arg)
{
    (void)error, (void)arg;
}

static void see_it(const weir_error *error, void *arg)
{
    (void)error, (void)arg;
}

static unsigned told;

static void tell(weir_done how, const weir_error *error, void *arg)
{
    (void)how, (void)error, (void)arg;
    told++;
}

static void mismatch(weir_stream *stream, const char *taker)
{
    char words[64];
    snprintf(words, sizeof words, "%s '", taker);
    expect_refusal(stream, WEIR_E_TYPE, words, "tracked', but 'range' yields 'int64_t'", NULL);
}

static void test_types(void)
{
    mismatch(weir_map_while(numbers(), &wrong_filter_map, NULL), "map_while");
    mismatch(weir_limit_weighted(numbers(), &wrong_weight, NULL, 3), "limit");
    mismatch(weir_dedup_by(numbers(), &wrong_compare, NULL), "dedup");
    struct tracked value = tracked_make(1);
    mismatch(weir_stateful_map(numbers(), &wrong_scan, NULL, &value), "stateful_map");
    value = tracked_make(1);
    expect_refusal(weir_stateful_map(numbers(), &number_scan, &other_unfold, &value), WEIR_E_TYPE,
                   "stateful_map", "other states or items", "one State");
    value = tracked_make(1);
    expect_refusal(weir_successors(&changes_type, &value, NULL), WEIR_E_TYPE,
                   "successors 'change' takes 'int64_t'", "tracked", NULL);
    expect_refusal(weir_limit_weighted(numbers(), &bool_weight, NULL, 3), WEIR_E_TYPE,
                   "limit 'weigh_number' weighs in", "bool", "uint64_t");
    expect_refusal(weir_intersperse_with(owning(), NULL, &make_number, NULL, NULL), WEIR_E_TYPE,
                   "intersperse 'make' takes 'int64_t'", "tracked", NULL);
    expect_refusal(weir_flatten_vecs(numbers(), &weir_type_i64), WEIR_E_TYPE,
                   "flatten_vecs 'of vecs' takes 'weir_vec'", "int64_t", NULL);
}

/* What is made while it runs. */
static void test_made(void)
{
    expect_refusal(weir_lazy(&weir_type_i64, make_lines, NULL), WEIR_E_TYPE,
                   "lazy expects streams of 'int64_t'", "weir_line", NULL);
    expect_refusal(weir_cycle(&weir_type_i64, make_lines, NULL), WEIR_E_TYPE,
                   "cycle expects streams of 'int64_t'", "weir_line", NULL);
    expect_refusal(weir_flatten_vecs(weir_chunks(numbers(), 2), &tracked_type), WEIR_E_TYPE,
                   "flatten_vecs expects vecs of 'tracked'", "int64_t", NULL);
    weir_stream *stream = weir_or_else(weir_stop_on_error(failed()), lines_of, NULL);
    assert_string_equal(trace(stream, 1), "!!USER $"); /* it was never there to have an error */
    struct script script = {0};
    stream = weir_or_else(script_stream(&script, "1 !7 2"), lines_of, NULL);
    assert_string_equal(trace(stream, 1), "1 !TYPE 2 $");
}

static weir_stream *make_none(void *arg)
{
    (void)arg;
    return NULL;
}

static weir_stream *none_of(int64_t item, void *arg)
{
    (void)item, (void)arg;
    return NULL;
}
WEIR_THEN_FN(none_fn, none_of, int64_t, int64_t)

/* A user's function that gives NULL, as one may for want of memory: told, and no crash. */
static void test_missing(void)
{
    const char *words = "expects streams of 'int64_t', but was given NULL", *cure = "weir_empty()";
    const weir_type *type = &weir_type_i64;
    weir_stream *const streams[] = {
        weir_lazy(type, make_none, NULL),
        weir_cycle(type, make_none, NULL),
        weir_then(numbers(), &none_fn, NULL),
        weir_flat_map(numbers(), &none_fn, NULL),
        weir_flat_map_unordered(numbers(), &none_fn, NULL, 2),
        weir_switch_map(numbers(), &none_fn, NULL),
        weir_for_each_concurrent(numbers(), &none_fn, NULL, 2),
    };
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++)
        expect_refusal(streams[i], WEIR_E_ARGUMENT, words, "", cure);
}

static void test_limits(void)
{
    expect_refusal(weir_ready_chunks(numbers(), 0), WEIR_E_ARGUMENT, "ready_chunks", "0", NULL);
    expect_refusal(weir_sliding(numbers(), 0, 1), WEIR_E_ARGUMENT, "sliding", "'n' is 0", NULL);
    expect_refusal(weir_sliding(numbers(), 1, 0), WEIR_E_ARGUMENT, "sliding", "'step' is 0", NULL);
    expect_refusal(weir_step_by(numbers(), 0), WEIR_E_ARGUMENT, "step_by", "0", NULL);
    expect_refusal(weir_limit(numbers(), 0), WEIR_E_ARGUMENT, "limit", "0", NULL);
    expect_refusal(weir_skip_errors(numbers(), 0, NULL), WEIR_E_ARGUMENT, "skip_errors", "0", NULL);
    expect_refusal(weir_sliding(numbers(), SIZE_MAX / 2, 1), WEIR_E_MEMORY, "sliding", "", NULL);
    expect_refusal(weir_ready_chunks(numbers(), SIZE_MAX / 2), WEIR_E_MEMORY, "chunk", "", NULL);
}

static void test_owning(void)
{
    const int64_t zero = 0;
    expect_refusal(weir_sliding(owning(), 3, 2), WEIR_E_TYPE, "sliding copies", "tracked", NULL);
    expect_refusal(weir_intersperse(owning(), &zero, NULL, NULL), WEIR_E_TYPE, "intersperse copies",
                   "tracked", NULL);
    expect_refusal(weir_dedup(owning()), WEIR_E_TYPE, "dedup cannot copy", "tracked", ".clone");
}

static void test_lent(void)
{
    weir_line line = {"", 0};
    expect_refusal(weir_ready_chunks(lines(), 2), WEIR_E_TYPE, "ready_chunks", "weir_line",
                   "weir_own()");
    expect_refusal(weir_sliding(lines(), 2, 1), WEIR_E_TYPE, "sliding", "weir_line", "weir_own()");
    expect_refusal(weir_dedup(lines()), WEIR_E_TYPE, "dedup", "weir_line", "weir_own()");
    expect_refusal(weir_intersperse(lines(), &line, NULL, NULL), WEIR_E_TYPE, "intersperse",
                   "weir_line", "weir_own()");
    expect_refusal(weir_intersperse_with(lines(), NULL, NULL, NULL, NULL), WEIR_E_TYPE,
                   "intersperse", "weir_line", "weir_own()");
    expect_refusal(weir_flatten_vecs(weir_empty(&weir_type_vec), &weir_type_line), WEIR_E_TYPE,
                   "flatten_vecs", "weir_line", "owned");
}

static void test_failed_sources(void)
{
    passes_refused(weir_ready_chunks(failed(), 0));
    passes_refused(weir_sliding(failed(), 0, 0));
    passes_refused(weir_flatten_vecs(failed(), &weir_type_i64));
    passes_refused(weir_step_by(failed(), 0));
    passes_refused(weir_map_while(failed(), &wrong_filter_map, NULL));
    passes_refused(weir_limit(failed(), 0));
    passes_refused(weir_limit_weighted(failed(), &bool_weight, NULL, 0));
    passes_refused(weir_dedup(failed()));
    passes_refused(weir_dedup_by(failed(), &wrong_compare, NULL));
    passes_refused(weir_intersperse(failed(), NULL, NULL, NULL));
    passes_refused(weir_intersperse_with(failed(), &make_number, NULL, NULL, NULL));
    passes_refused(weir_notify_close(failed()));
    passes_refused(weir_map_err(failed(), rename_it, NULL));
    passes_refused(weir_inspect_err(failed(), see_it, NULL));
    passes_refused(weir_or_else(failed(), lines_of, NULL));
    passes_refused(weir_skip_errors(failed(), 0, NULL));
    passes_refused(weir_stop_on_error(failed()));
    passes_refused(weir_on_done(failed(), tell, NULL));
    assert_int_equal(told, 0);
    struct tracked value = tracked_make(1);
    passes_refused(weir_stateful_map(failed(), &number_scan, &other_unfold, &value));
}

void test_refusals_one(void **state)
{
    (void)state;
    test_types();
    test_made();
    test_missing();
    test_limits();
    test_owning();
    test_lent();
    test_failed_sources();
}
