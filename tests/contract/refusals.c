/* What cannot be built says so at the first poll, once, and gives everything back. */

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

weir_stream *failed(void)
{
    return weir_stream_refused(WEIR_E_USER, "try this", "refused on purpose by %s", "a test", NULL,
                               0);
}

static struct tracked same(struct tracked item, void *arg)
{
    (void)arg;
    return item;
}
WEIR_MAP_FN(wrong_map, same, struct tracked, struct tracked)
static bool yes(struct tracked item, void *arg)
{
    (void)arg;
    (void)item;
    return true;
}
WEIR_FILTER_FN(wrong_filter, yes, struct tracked)
static bool make(struct tracked item, struct tracked *out, void *arg)
{
    (void)arg;
    *out = item;
    return true;
}
WEIR_FILTER_MAP_FN(wrong_filter_map, make, struct tracked, struct tracked)
static bool step(struct tracked *state, struct tracked item, struct tracked *out)
{
    *state = *out = item;
    return true;
}
WEIR_SCAN_FN(wrong_scan, step, struct tracked, struct tracked, struct tracked,
             .state = &tracked_type)
static void add(struct tracked *acc, struct tracked item, void *arg)
{
    (void)acc;
    (void)arg;
    (void)item;
}
WEIR_FOLD_FN(wrong_fold, add, struct tracked, struct tracked, .acc = &tracked_type)
static void see(struct tracked item, void *arg)
{
    (void)arg;
    (void)item;
}
WEIR_EACH_FN(wrong_each, see, struct tracked)
static weir_stream *wait_for(struct tracked item, void *arg)
{
    (void)arg;
    (void)item;
    return weir_empty(&tracked_type);
}
WEIR_THEN_FN(wrong_then, wait_for, struct tracked, struct tracked)
static void begin(struct tracked *state, struct tracked item, void *arg)
{
    (void)arg;
    *state = item;
}
static weir_poll go_on(struct tracked *state, weir_cx *cx, struct tracked *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(wrong_async, begin, go_on, struct tracked, struct tracked, struct tracked)
WEIR_ASYNC_FN(tracked_async, begin, go_on, struct tracked, struct tracked, struct tracked,
              .from = &tracked_type, .to = &tracked_type)
static void begin_line(weir_line *state, weir_line item, void *arg)
{
    (void)arg;
    *state = item;
}
static weir_poll go_on_line(weir_line *state, weir_cx *cx, weir_line *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(line_async, begin_line, go_on_line, weir_line, weir_line, weir_line)

static void begin_number(weir_line *state, int64_t x, void *arg)
{
    (void)x, (void)arg;
    *state = (weir_line){NULL, 0};
}
WEIR_ASYNC_FN(gives_line_async, begin_number, go_on_line, weir_line, int64_t, weir_line)

/* Polls until END; the error must come exactly once, and fit. */
void expect_refusal(weir_stream *stream, weir_code code, const char *part, const char *other_part,
                    const char *cure)
{
    static struct test_cx test;
    struct trace trace = {0};
    test_cx_init(&test);
    trace_run(&trace, stream, &test, 4);
    weir_drop(stream);
    test_cx_fini(&test);
    if (trace.errors != 1 || trace.items || trace.text[trace.n - 1] != '$')
        fail_msg("wanted one error and END, got: %s", trace.text);
    assert_int_equal(trace.error.code, code);
    assert_true(trace.error.fatal);
    if (!strstr(trace.error.message, part))
        fail_msg("'%s' is missing in: %s", part, trace.error.message);
    if (!strstr(trace.error.message, other_part))
        fail_msg("'%s' is missing in: %s", other_part, trace.error.message);
    if (cure && (!trace.error.cure || !strstr(trace.error.cure, cure)))
        fail_msg("the cure '%s' is missing in: %s", cure,
                 trace.error.cure ? trace.error.cure : "(none)");
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test_wakers_live, 0);
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
    mismatch(weir_map(numbers(), &wrong_map, NULL), "map");
    mismatch(weir_filter(numbers(), &wrong_filter, NULL), "filter");
    mismatch(weir_filter_map(numbers(), &wrong_filter_map, NULL), "filter_map");
    mismatch(weir_take_while(numbers(), &wrong_filter, NULL), "take_while");
    mismatch(weir_skip_while(numbers(), &wrong_filter, NULL), "skip_while");
    mismatch(weir_inspect(numbers(), &wrong_each, NULL), "inspect");
    mismatch(weir_then(numbers(), &wrong_then, NULL), "then");
    mismatch(weir_then_async(numbers(), &wrong_async, NULL), "then_async");
    mismatch(weir_map_async(numbers(), &wrong_async, NULL, 2), "map_async");
    mismatch(weir_map_async_ordered(numbers(), &wrong_async, NULL, 2), "map_async_ordered");
    mismatch(weir_flat_map(numbers(), &wrong_then, NULL), "flat_map");
    mismatch(weir_for_each(numbers(), &wrong_each, NULL), "for_each");
    mismatch(weir_any(numbers(), &wrong_filter, NULL), "any");
    mismatch(weir_all(numbers(), &wrong_filter, NULL), "all");
    struct tracked value = tracked_make(1); /* taken, and dropped, by those that fail too */
    mismatch(weir_scan(numbers(), &wrong_scan, &value), "scan");
    value = tracked_make(1);
    mismatch(weir_fold(numbers(), &wrong_fold, &value, NULL), "fold");
}

static void test_joins(void)
{
    weir_stream *both[] = {weir_range(0, 3), weir_empty(&tracked_type)};
    const char *items = "tracked";
    expect_refusal(weir_chain(weir_range(0, 3), weir_empty(&tracked_type)), WEIR_E_TYPE, items,
                   "int64_t", NULL);
    expect_refusal(weir_select(weir_range(0, 3), weir_empty(&tracked_type)), WEIR_E_TYPE, items,
                   "int64_t", NULL);
    expect_refusal(weir_merge(both, 2), WEIR_E_TYPE, items, "int64_t", NULL);
    expect_refusal(weir_flatten(numbers(), &weir_type_i64), WEIR_E_TYPE, "weir_stream *", "int64_t",
                   NULL);
    expect_refusal(weir_buffered(numbers(), &weir_type_i64, 2), WEIR_E_TYPE, "weir_stream *",
                   "int64_t", NULL);
    expect_refusal(weir_buffer_unordered(numbers(), &weir_type_i64, 2), WEIR_E_TYPE,
                   "weir_stream *", "int64_t", NULL);
    expect_refusal(weir_errors(numbers()), WEIR_E_TYPE, "errors", "int64_t", NULL);
}

/* Of one name, and not of one owner: what one gives up the other would keep, or release twice. */
static void test_owners(void)
{
    const char *words = "must own or lend";
    expect_refusal(weir_chain(weir_own(lines()), lines()), WEIR_E_TYPE, words, "weir_line",
                   "weir_own()");
    expect_refusal(weir_select(lines(), weir_own(lines())), WEIR_E_TYPE, words, "weir_line", NULL);
    weir_stream *both[] = {weir_own(lines()), lines()};
    expect_refusal(weir_merge(both, 2), WEIR_E_TYPE, words, "weir_line", NULL);

    weir_stream *inner = lines();
    expect_refusal(weir_flatten(weir_once(&weir_type_stream, &inner), &weir_type_owned_line),
                   WEIR_E_TYPE, "flatten expects streams of 'weir_owned_line'", "somebody else",
                   "weir_own()");
    inner = lines();
    expect_refusal(weir_buffered(weir_once(&weir_type_stream, &inner), &weir_type_owned_line, 2),
                   WEIR_E_TYPE, "buffered expects streams of 'weir_owned_line'", "somebody else",
                   "weir_own()");
}

#define NOT_WHOLE "the type has no size, or its alignment is no power of two"

static void test_wholes(void)
{
    static const weir_type empty = {.name = "nil", .align = 1}, packed = {.name = "bit", .size = 1};
    static char items[2];
    weir_map_fn fn = wrong_map;
    fn.from = &tracked_type;
    expect_refusal(weir_collect(weir_iter(&empty, items, 2), 2), WEIR_E_TYPE, "iter of 'nil'",
                   NOT_WHOLE, "WEIR_TYPE()");
    expect_refusal(weir_enumerate(weir_empty(&packed)), WEIR_E_TYPE, "empty of 'bit'", NOT_WHOLE,
                   NULL);
    fn.to = &empty;
    fn.to_size = 0; /* written by hand: the compiler was not asked */
    expect_refusal(weir_map(weir_empty(&tracked_type), &fn, NULL), WEIR_E_TYPE, "map of 'nil'",
                   NOT_WHOLE, NULL);
}

static void test_limits(void)
{
    expect_refusal(weir_chunks(numbers(), 0), WEIR_E_ARGUMENT, "chunks", "0", NULL);
    expect_refusal(weir_collect(numbers(), 0), WEIR_E_ARGUMENT, "collect", "0", NULL);
    expect_refusal(weir_ahead(numbers(), 0), WEIR_E_ARGUMENT, "ahead", "0", NULL);
    expect_refusal(weir_ahead(numbers(), WEIR_AHEAD_MAX + 1), WEIR_E_ARGUMENT, "65536", "65537",
                   "a smaller n");
    expect_refusal(weir_map_async(weir_empty(&tracked_type), &tracked_async, NULL, 0),
                   WEIR_E_ARGUMENT, "map_async", "0", NULL);
    expect_refusal(weir_map_async_ordered(weir_empty(&tracked_type), &tracked_async, NULL, 0),
                   WEIR_E_ARGUMENT, "map_async", "0", NULL);
    expect_refusal(weir_buffered(weir_empty(&weir_type_stream), &weir_type_i64, 0), WEIR_E_ARGUMENT,
                   "buffered", "0", NULL);
    expect_refusal(weir_buffer_unordered(weir_empty(&weir_type_stream), &weir_type_i64, 0),
                   WEIR_E_ARGUMENT, "buffer_unordered", "0", NULL);
    expect_refusal(weir_merge(NULL, 0), WEIR_E_ARGUMENT, "merge", "0", NULL);

    static weir_stream *many[WEIR_MERGE_MAX + 1];
    for (size_t i = 0; i <= WEIR_MERGE_MAX; i++)
        many[i] = weir_empty(&weir_type_i64);
    expect_refusal(weir_merge(many, WEIR_MERGE_MAX + 1), WEIR_E_ARGUMENT, "merge", "4096", NULL);
}

static void test_owning(void)
{
    struct tracked item = {1, 1};
    expect_refusal(weir_iter(&tracked_type, &item, 1), WEIR_E_TYPE, "iter", "tracked", NULL);
    expect_refusal(weir_repeat(&tracked_type, &item), WEIR_E_TYPE, "repeat", "tracked", NULL);
}

static void test_lent(void)
{
    expect_refusal(weir_chunks(lines(), 2), WEIR_E_TYPE, "chunks", "weir_line", "weir_own()");
    expect_refusal(weir_ahead(lines(), 2), WEIR_E_TYPE, "ahead", "weir_line", "weir_own()");
    expect_refusal(weir_map_async(lines(), &line_async, NULL, 2), WEIR_E_TYPE, "map_async",
                   "weir_line", "weir_own()");
    expect_refusal(weir_map_async_ordered(lines(), &line_async, NULL, 2), WEIR_E_TYPE, "map_async",
                   "weir_line", "weir_own()");
    expect_refusal(weir_map_async(numbers(), &gives_line_async, NULL, 2), WEIR_E_TYPE, "map_async",
                   "would outlive its future", "weir_own()");
    expect_refusal(weir_map_async_ordered(numbers(), &gives_line_async, NULL, 2), WEIR_E_TYPE,
                   "map_async_ordered", "would outlive its future", "weir_own()");
    expect_refusal(weir_then_async(numbers(), &gives_line_async, NULL), WEIR_E_TYPE, "then_async",
                   "would outlive its future", "weir_own()");
    expect_refusal(weir_peekable(lines()), WEIR_E_TYPE, "peekable", "weir_line", "weir_own()");
    expect_refusal(weir_collect(lines(), 9), WEIR_E_TYPE, "collect", "weir_line", "weir_own()");
    expect_refusal(weir_zip(lines(), numbers()), WEIR_E_TYPE, "zip", "weir_line", "weir_own()");
    expect_refusal(weir_zip(numbers(), lines()), WEIR_E_TYPE, "zip", "weir_line", "weir_own()");
}

/* A source that failed already passes through, and keeps its own words. */
void passes_refused(weir_stream *stream)
{
    expect_refusal(stream, WEIR_E_USER, "refused on purpose", "a test", "try this");
}

static void test_failed_sources(void)
{
    weir_stream *first[] = {failed(), numbers()};
    weir_stream *last[] = {numbers(), numbers(), failed()};
    passes_refused(weir_map(failed(), &wrong_map, NULL));
    passes_refused(weir_filter(failed(), &wrong_filter, NULL));
    passes_refused(weir_filter_map(failed(), &wrong_filter_map, NULL));
    passes_refused(weir_take(failed(), 3));
    passes_refused(weir_take_while(failed(), &wrong_filter, NULL));
    passes_refused(weir_skip(failed(), 3));
    passes_refused(weir_skip_while(failed(), &wrong_filter, NULL));
    passes_refused(weir_enumerate(failed()));
    passes_refused(weir_inspect(failed(), &wrong_each, NULL));
    passes_refused(weir_chunks(failed(), 0));
    passes_refused(weir_peekable(failed()));
    passes_refused(weir_then(failed(), &wrong_then, NULL));
    passes_refused(weir_then_async(failed(), &wrong_async, NULL));
    passes_refused(weir_ahead(failed(), 0));
    passes_refused(weir_settle_here(failed()));
    passes_refused(weir_map_async(failed(), &wrong_async, NULL, 0));
    passes_refused(weir_map_async_ordered(failed(), &wrong_async, NULL, 2));
    passes_refused(weir_flatten(failed(), &weir_type_i64));
    passes_refused(weir_flat_map(failed(), &wrong_then, NULL));
    passes_refused(weir_buffered(failed(), &weir_type_i64, 0));
    passes_refused(weir_buffer_unordered(failed(), &weir_type_i64, 2));
    passes_refused(weir_own(failed()));
    passes_refused(weir_errors(failed()));
    passes_refused(weir_chain(failed(), numbers()));
    passes_refused(weir_chain(numbers(), failed()));
    passes_refused(weir_zip(failed(), numbers()));
    passes_refused(weir_zip(numbers(), failed()));
    passes_refused(weir_select(failed(), numbers()));
    passes_refused(weir_select(numbers(), failed()));
    passes_refused(weir_select(failed(), failed()));
    passes_refused(weir_merge(first, 2));
    passes_refused(weir_merge(last, 3));
    passes_refused(weir_for_each(failed(), &wrong_each, NULL));
    passes_refused(weir_count(failed()));
    passes_refused(weir_collect(failed(), 0));
    passes_refused(weir_any(failed(), &wrong_filter, NULL));
    passes_refused(weir_all(failed(), &wrong_filter, NULL));
}

static void test_failed_with_values(void)
{
    struct tracked value = tracked_make(1);
    passes_refused(weir_scan(failed(), &wrong_scan, &value));
    value = tracked_make(1);
    passes_refused(weir_fold(failed(), &wrong_fold, &value, NULL));
}

static void test_failed_borrowed(void)
{
    weir_stream *kept = failed();
    passes_refused(weir_by_ref(kept));
    weir_drop(kept);
    kept = failed();
    passes_refused(weir_next(kept));
    weir_drop(kept);
    assert_string_equal(trace(weir_results(failed()), 1), "!!USER $");
}

/* A stage of the user's that says nothing of marks. */
static weir_poll mute_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    return weir_poll_next(weir_source(stream), cx, out, demand);
}

static weir_stream *mute(weir_stream *source, weir_marks marks)
{
    static weir_stream_ops ops = {.size = sizeof ops, .name = "mute", .poll_next = mute_poll_next};
    ops.marks = marks;
    return weir_stream_new(source, sizeof(weir_stream), &ops, source->type);
}

static void test_marks(void)
{
    struct script script = {0};
    weir_stream *source = script_stream(&script, "1 | 2");
    expect_refusal(mute(source, WEIR_MARKS_UNSAID), WEIR_E_ARGUMENT,
                   "'mute' does not say what it does with marks", "'script' gives some",
                   "WEIR_MARKS_PASS");
    assert_int_equal(script.polls, 0);
    source = weir_settle_here(script_stream(&script, "1 | 2"));
    assert_string_equal(trace(mute(source, WEIR_MARKS_UNSAID), 1), "1 2 $");
    source = script_stream(&script, "1 | 2");
    assert_string_equal(trace(mute(source, WEIR_MARKS_PASS), 1), "1 | 2 $");
    assert_int_equal(script.marks_kept, 1);
}

void test_refusals(void **state)
{
    (void)state;
    test_types();
    test_joins();
    test_owners();
    test_wholes();
    test_limits();
    test_owning();
    test_lent();
    test_marks();
    test_failed_sources();
    test_failed_with_values();
    test_failed_borrowed();
}
