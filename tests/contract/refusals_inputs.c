/* What joins, switches and ends streams and cannot be built says so. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "laws.h"

static weir_stream *numbers(void)
{
    return weir_range(1, 5);
}

static weir_stream *tracked(void)
{
    return weir_empty(&tracked_type);
}

static weir_stream *lines(void)
{
    static struct script script;
    return lender_stream(&script, "1 2 3 4");
}

static weir_stream *future(void)
{
    return weir_pending(&weir_type_unit);
}

/* Items that own something, and do not say how a second one is made. */
static weir_stream *vecs(void)
{
    return weir_empty(&weir_type_vec);
}

static weir_side first(void *arg)
{
    (void)arg;
    return WEIR_SIDE_FIRST;
}

static int64_t add(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return a + b;
}
WEIR_PAIR_FN(add_fn, add, int64_t, int64_t, int64_t)

static int by_value(int64_t a, int64_t b, void *arg)
{
    (void)arg;
    return (a > b) - (a < b);
}
WEIR_COMPARE_FN(by_value_fn, by_value, int64_t)

static weir_stream *inner(int64_t item, void *arg)
{
    (void)arg;
    return weir_range(0, item);
}
WEIR_THEN_FN(inner_fn, inner, int64_t, int64_t)

static weir_stream *inner_of_line(weir_line line, void *arg)
{
    (void)arg;
    return weir_range(0, (int64_t)line.size);
}
WEIR_THEN_FN(inner_of_line_fn, inner_of_line, weir_line, int64_t)

static int64_t seven = 7;

static weir_stream *zip_all(weir_stream *a, weir_stream *b)
{
    return weir_zip_all(a, &weir_type_i64, &seven, b, &weir_type_i64, &seven);
}

static void test_types(void)
{
    const char *items = "tracked";
    expect_refusal(weir_select_with_strategy(numbers(), tracked(), first, NULL), WEIR_E_TYPE, items,
                   "int64_t", NULL);
    expect_refusal(weir_switch_if_empty(numbers(), tracked()), WEIR_E_TYPE, items, "int64_t", NULL);
    expect_refusal(weir_merge_sorted(numbers(), tracked(), &by_value_fn, NULL), WEIR_E_TYPE, items,
                   "int64_t", NULL);
    expect_refusal(weir_merge_sorted(tracked(), numbers(), &by_value_fn, NULL), WEIR_E_TYPE, items,
                   "int64_t", NULL);
    expect_refusal(weir_switch_map(tracked(), &inner_fn, NULL), WEIR_E_TYPE, items, "int64_t",
                   NULL);
    expect_refusal(weir_zip_with(numbers(), tracked(), &add_fn, NULL), WEIR_E_TYPE, "map 'add'",
                   "second member", NULL);
    expect_refusal(zip_all(numbers(), tracked()), WEIR_E_TYPE, "second default", items, NULL);
    expect_refusal(zip_all(tracked(), numbers()), WEIR_E_TYPE, "first default", items, NULL);
    expect_refusal(weir_default_if_empty(tracked(), &weir_type_i64, &seven), WEIR_E_TYPE, "default",
                   items, NULL);
    struct tracked item = tracked_make(1); /* taken, and dropped, by those that fail too */
    expect_refusal(weir_default_if_empty(numbers(), &tracked_type, &item), WEIR_E_TYPE, "default",
                   items, NULL);
    item = tracked_make(1);
    expect_refusal(weir_zip_all(numbers(), &weir_type_i64, &seven, numbers(), &tracked_type, &item),
                   WEIR_E_TYPE, "second default", items, NULL);
}

static void test_owners(void)
{
    const char *words = "must own or lend";
    expect_refusal(weir_select_with_strategy(lines(), weir_own(lines()), first, NULL), WEIR_E_TYPE,
                   words, "weir_line", NULL);
    expect_refusal(weir_switch_if_empty(weir_own(lines()), lines()), WEIR_E_TYPE, words,
                   "weir_line", NULL);
}

/* What asks for a future takes no stream of many. */
static void test_futures(void)
{
    expect_refusal(weir_take_until(numbers(), numbers()), WEIR_E_TYPE, "take_until takes futures",
                   "range", NULL);
    expect_refusal(weir_skip_until(numbers(), numbers()), WEIR_E_TYPE, "skip_until takes futures",
                   "range", NULL);
    expect_refusal(weir_shared(numbers()), WEIR_E_TYPE, "shared takes futures", "range", NULL);
}

static void test_clones(void)
{
    weir_stream *other = weir_once(&weir_type_i64, &seven);
    expect_refusal(weir_shared_clone(other), WEIR_E_ARGUMENT, "cannot clone", "once",
                   "weir_shared()");
    weir_drop(other);
    weir_stream *refused = weir_shared(failed());
    passes_refused(weir_shared_clone(refused));
    weir_drop(refused);
}

static void test_lent(void)
{
    const char *own = "weir_own()";
    weir_line line = {"x", 1};
    expect_refusal(weir_zip_all(lines(), &weir_type_line, &line, numbers(), &weir_type_i64, &seven),
                   WEIR_E_TYPE, "zip_all", "weir_line", own);
    expect_refusal(weir_zip_rest(lines(), numbers()), WEIR_E_TYPE, "zip_rest", "weir_line", own);
    expect_refusal(weir_zip_rest(numbers(), lines()), WEIR_E_TYPE, "zip_rest", "weir_line", own);
    expect_refusal(weir_combine_latest(lines(), numbers()), WEIR_E_TYPE, "combine_latest",
                   "weir_line", own);
    expect_refusal(weir_zip_latest(numbers(), lines()), WEIR_E_TYPE, "zip_latest", "weir_line",
                   own);
    expect_refusal(weir_with_latest_from(lines(), numbers()), WEIR_E_TYPE, "with_latest_from",
                   "weir_line", own);
    expect_refusal(weir_with_latest_from(numbers(), lines()), WEIR_E_TYPE, "with_latest_from",
                   "weir_line", own);
    expect_refusal(weir_default_if_empty(lines(), &weir_type_line, &line), WEIR_E_TYPE,
                   "default_if_empty", "weir_line", own);
    expect_refusal(weir_switch_map(lines(), &inner_of_line_fn, NULL), WEIR_E_TYPE, "switch_map",
                   "weir_line", own);
    expect_refusal(weir_shared(weir_take(lines(), 1)), WEIR_E_TYPE, "shared", "weir_line", own);
}

static void test_copies(void)
{
    weir_vec none = {0};
    expect_refusal(weir_zip_all(vecs(), &weir_type_vec, &none, numbers(), &weir_type_i64, &seven),
                   WEIR_E_TYPE, "zip_all copies items", "weir_vec", "clone");
    expect_refusal(weir_combine_latest(vecs(), numbers()), WEIR_E_TYPE, "combine_latest copies",
                   "weir_vec", "clone");
    expect_refusal(weir_zip_latest(numbers(), vecs()), WEIR_E_TYPE, "zip_latest copies", "weir_vec",
                   "clone");
    expect_refusal(weir_with_latest_from(numbers(), vecs()), WEIR_E_TYPE, "with_latest_from copies",
                   "weir_vec", "clone");
    expect_refusal(weir_shared(vecs()), WEIR_E_TYPE, "shared copies", "weir_vec", "clone");
    weir_drop(weir_with_latest_from(vecs(), numbers())); /* which gives these themselves */
}

/* Either side, and the other one is dropped. */
static void test_failed_sources(void)
{
    weir_stream *first_failed[] = {failed(), numbers()}, *last_failed[] = {numbers(), failed()};
    passes_refused(weir_zip_n(first_failed, 2));
    passes_refused(weir_zip_n(last_failed, 2));
    passes_refused(weir_take_until(failed(), future()));
    passes_refused(weir_take_until(numbers(), failed()));
    passes_refused(weir_skip_until(failed(), future()));
    passes_refused(weir_skip_until(numbers(), failed()));
    passes_refused(weir_shared(failed()));
    passes_refused(weir_select_with_strategy(failed(), numbers(), first, NULL));
    passes_refused(weir_select_with_strategy(numbers(), failed(), first, NULL));
    passes_refused(weir_switch_if_empty(failed(), numbers()));
    passes_refused(weir_switch_if_empty(numbers(), failed()));
    passes_refused(weir_default_if_empty(failed(), &weir_type_i64, &seven));
    passes_refused(weir_switch_map(failed(), &inner_fn, NULL));
    passes_refused(weir_zip_with(failed(), numbers(), &add_fn, NULL));
    passes_refused(weir_zip_with(numbers(), failed(), &add_fn, NULL));
    passes_refused(zip_all(failed(), numbers()));
    passes_refused(zip_all(numbers(), failed()));
    passes_refused(weir_zip_rest(failed(), numbers()));
    passes_refused(weir_zip_rest(numbers(), failed()));
    passes_refused(weir_merge_sorted(failed(), numbers(), &by_value_fn, NULL));
    passes_refused(weir_merge_sorted(numbers(), failed(), &by_value_fn, NULL));
    passes_refused(weir_combine_latest(failed(), numbers()));
    passes_refused(weir_combine_latest(numbers(), failed()));
    passes_refused(weir_zip_latest(failed(), numbers()));
    passes_refused(weir_zip_latest(numbers(), failed()));
    passes_refused(weir_with_latest_from(failed(), numbers()));
    passes_refused(weir_with_latest_from(numbers(), failed()));
    weir_abort_handle *handle = weir_abort_handle_new();
    passes_refused(weir_abortable(failed(), handle));
    weir_abort_handle_unref(handle);
    passes_refused(weir_abortable(failed(), NULL));
    expect_refusal(weir_abortable(numbers(), NULL), WEIR_E_MEMORY, "abortable", "no memory", NULL);
    weir_token *token = weir_token_new(NULL);
    passes_refused(weir_until_cancelled(failed(), token));
    weir_token_drop(token);
    expect_refusal(weir_until_cancelled(numbers(), NULL), WEIR_E_MEMORY, "until_cancelled",
                   "no memory", NULL);
    weir_tracker *tracker = weir_tracker_new();
    passes_refused(weir_tracker_track(tracker, failed()));
    assert_int_equal(weir_tracker_len(tracker), 0);
    weir_tracker_drop(tracker);
    expect_refusal(weir_tracker_track(NULL, numbers()), WEIR_E_MEMORY, "track", "no memory", NULL);
    expect_refusal(weir_tracker_wait(NULL), WEIR_E_MEMORY, "tracker_wait", "no memory", NULL);
    expect_refusal(weir_cancelled(NULL), WEIR_E_MEMORY, "cancelled", "no memory", NULL);
}

void test_refusals_inputs(void **state)
{
    (void)state;
    test_types();
    test_owners();
    test_futures();
    test_clones();
    test_lent();
    test_copies();
    test_failed_sources();
}
