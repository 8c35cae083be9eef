/* What functions make of lent items: a struct that could hold views is lent itself, and whoever
 * holds items, or a state between them, refuses it with the cure. Numbers, what owns what it holds,
 * and what says that it is detached may be held. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "laws.h"

/* ---- a line cut into fields: plain, said to be a view, or said to be detached ---- */

struct fields {
    weir_line first;
    weir_line rest;
};

static const weir_type fields_view = WEIR_TYPE_VIEW(struct fields);

static struct fields cut(weir_line line, void *arg)
{
    (void)arg;
    return (struct fields){{line.data, 1}, {line.data + 1, line.size - 1}};
}
WEIR_MAP_FN(cut_fn, cut, weir_line, struct fields)
WEIR_MAP_FN(cut_view_fn, cut, weir_line, struct fields, .to = &fields_view)
WEIR_MAP_FN(cut_detached_fn, cut, weir_line, struct fields, .detached = true)

static bool try_cut(weir_line line, struct fields *out, void *arg, weir_error *error)
{
    (void)error;
    *out = cut(line, arg);
    return true;
}
WEIR_TRY_MAP_FN(try_cut_fn, try_cut, weir_line, struct fields)

static bool pick_cut(weir_line line, struct fields *out, void *arg)
{
    *out = cut(line, arg);
    return true;
}
WEIR_FILTER_MAP_FN(pick_cut_fn, pick_cut, weir_line, struct fields)
WEIR_FILTER_MAP_FN(pick_detached_fn, pick_cut, weir_line, struct fields, .detached = true)

static bool step_cut(int64_t *n, weir_line line, struct fields *out)
{
    *out = cut(line, NULL);
    return ++*n;
}
WEIR_SCAN_FN(step_cut_fn, step_cut, int64_t, weir_line, struct fields)

static void start_cut(struct fields *state, weir_line line, void *arg)
{
    *state = cut(line, arg);
}

static weir_poll poll_cut(struct fields *state, weir_cx *cx, struct fields *out)
{
    (void)cx;
    *out = *state;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(cut_async_fn, start_cut, poll_cut, struct fields, weir_line, struct fields)
WEIR_ASYNC_FN(cut_async_detached_fn, start_cut, poll_cut, struct fields, weir_line, struct fields,
              .detached = true)

static int64_t length(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(length_fn, length, weir_line, int64_t)

static int64_t length_of_rest(struct fields fields, void *arg)
{
    (void)arg;
    return (int64_t)fields.rest.size;
}
WEIR_MAP_FN(rest_fn, length_of_rest, struct fields, int64_t)

static weir_owned_line copy(weir_line line, void *arg)
{
    (void)arg;
    return weir_owned_line_new(line.data, line.size);
}
WEIR_MAP_FN(copy_fn, copy, weir_line, weir_owned_line)

static weir_stream *lines(void)
{
    static struct script scripts[4];
    static unsigned turn;
    struct script *script = &scripts[turn++ % 4];
    *script = (struct script){0};
    return lender_stream(script, "10 200 3000");
}

/* ---- who makes something lent of them ---- */

static int64_t zero;

static weir_stream *by_map(void)
{
    return weir_map(lines(), &cut_fn, NULL);
}
static weir_stream *by_map_view(void)
{
    return weir_map(lines(), &cut_view_fn, NULL);
}
static weir_stream *by_try_map(void)
{
    return weir_map(lines(), &try_cut_fn, NULL);
}
static weir_stream *by_filter_map(void)
{
    return weir_filter_map(lines(), &pick_cut_fn, NULL);
}
static weir_stream *by_scan(void)
{
    return weir_scan(lines(), &step_cut_fn, &zero);
}
static weir_stream *by_then_async(void)
{
    return weir_then_async(lines(), &cut_async_fn, NULL);
}
static weir_stream *by_enumerate(void)
{
    return weir_enumerate(lines());
}
static weir_stream *by_results(void)
{
    return weir_results(by_map());
}

static weir_stream *(*const makers[])(void) = {by_map,  by_map_view,   by_try_map,   by_filter_map,
                                               by_scan, by_then_async, by_enumerate, by_results};
enum { MAKERS = sizeof makers / sizeof *makers };

/* ---- who holds items ---- */

static weir_stream *chunked(weir_stream *source)
{
    return weir_chunks(source, 2);
}
static weir_stream *collected(weir_stream *source)
{
    return weir_collect(source, 9);
}
static weir_stream *zipped(weir_stream *source)
{
    return weir_zip(source, weir_range(0, 9));
}
static weir_stream *zipped_behind(weir_stream *source)
{
    return weir_zip(weir_range(0, 9), source);
}
static weir_stream *peeked(weir_stream *source)
{
    return weir_peekable(source);
}
static weir_stream *taken_ahead(weir_stream *source)
{
    return weir_ahead(source, 2);
}

static weir_stream *(*const holders[])(weir_stream *source) = {
    chunked, collected, zipped, zipped_behind, peeked, taken_ahead};
enum { HOLDERS = sizeof holders / sizeof *holders };

/* ---- refused, or not ---- */

static weir_state run_error(weir_stream *stream, weir_error *error)
{
    static struct test_cx test;
    struct trace trace = {0};
    test_cx_init(&test);
    trace_run(&trace, stream, &test, 4);
    *error = trace.error;
    weir_drop(stream);
    test_cx_fini(&test);
    return trace.errors ? WEIR_ERROR : WEIR_END;
}

static void refused(weir_stream *stream, const char *words, const char *cure)
{
    weir_error error;
    assert_int_equal(run_error(stream, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    if (!strstr(error.message, words))
        fail_msg("'%s' is missing in: %s", words, error.message);
    if (!error.cure || !strstr(error.cure, cure))
        fail_msg("the cure '%s' is missing in: %s", cure, error.cure ? error.cure : "(none)");
}

static void passes(weir_stream *stream)
{
    weir_error error;
    if (run_error(stream, &error) != WEIR_END)
        fail_msg("it is refused: %s", error.message);
}

static void test_views_are_not_held(void)
{
    for (size_t i = 0; i < MAKERS; i++) {
        weir_stream *stream = makers[i]();
        assert_true(stream->type->lent);
        weir_drop(stream);
        for (size_t j = 0; j < HOLDERS; j++)
            refused(holders[j](makers[i]()), "only lends its", "weir_own()");
    }
    refused(chunked(by_map()), "'map' only lends its 'struct fields'", ".detached = true");
    refused(weir_map_async(lines(), &cut_async_fn, NULL, 2), "map_async", "weir_own()");
    refused(weir_map_async_ordered(lines(), &cut_async_fn, NULL, 2), "map_async", "weir_own()");
    refused(weir_own(by_map()), "own: no way is known to copy", ".detached = true");
}

static void test_what_holds_no_view_is_held(void)
{
    for (size_t j = 0; j < HOLDERS; j++) {
        passes(holders[j](weir_map(lines(), &cut_detached_fn, NULL)));
        passes(holders[j](weir_filter_map(lines(), &pick_detached_fn, NULL)));
        passes(holders[j](weir_then_async(lines(), &cut_async_detached_fn, NULL)));
        passes(holders[j](weir_map_async(lines(), &cut_async_detached_fn, NULL, 2)));
        passes(holders[j](weir_map(lines(), &length_fn, NULL)));
        passes(holders[j](weir_map(lines(), &copy_fn, NULL)));
        passes(holders[j](weir_map(by_map(), &rest_fn, NULL)));
        passes(holders[j](weir_own(lines())));
    }
}

/* Of items that stay where they are nothing is lent: a view into them is the function's affair. */
static void test_views_of_owned_items(void)
{
    static const struct fields some[2];
    weir_stream *stream = weir_iter(&fields_view, some, 2);
    assert_false(stream->type->lent);
    passes(chunked(stream));
}

/* ---- futures and inner streams that lend ---- */

static weir_stream *lines_of(int64_t x, void *arg)
{
    (void)x, (void)arg;
    return weir_take(lines(), 1);
}
WEIR_THEN_FN(lines_fn, lines_of, int64_t, weir_line)
WEIR_MAP_FN(to_lines_fn, lines_of, int64_t, weir_stream *)

static void test_inner(void)
{
    weir_stream *source = weir_map(weir_range(0, 2), &to_lines_fn, NULL);
    refused(weir_buffered(source, &weir_type_line, 2), "buffered holds results", "weir_own()");
    source = weir_map(weir_range(0, 2), &to_lines_fn, NULL);
    refused(weir_buffer_unordered(source, &weir_type_line, 2), "holds results", "weir_own()");
    refused(weir_then(weir_range(0, 2), &lines_fn, NULL), "would outlive its future", "weir_own()");
    passes(weir_flat_map(weir_range(0, 2), &lines_fn, NULL));
    refused(chunked(weir_flat_map(weir_range(0, 2), &lines_fn, NULL)), "only lends", "weir_own()");
}

/* Futures and inner streams that are made of lent items: what they hold, and what they give. */
static weir_stream *cut_later(weir_line line, void *arg)
{
    struct fields fields = {line, line};
    (void)arg;
    return weir_once(&fields_view, &fields);
}
WEIR_THEN_FN(cut_later_fn, cut_later, weir_line, struct fields, .to = &fields_view)
WEIR_THEN_FN(cut_later_detached_fn, cut_later, weir_line, struct fields, .to = &fields_view,
             .detached = true)
WEIR_MAP_FN(to_future_fn, cut_later, weir_line, weir_stream *)
WEIR_MAP_FN(to_future_detached_fn, cut_later, weir_line, weir_stream *, .detached = true)

static void test_futures_of_lent_items(void)
{
    for (size_t j = 0; j < HOLDERS; j++) {
        refused(holders[j](weir_then(lines(), &cut_later_fn, NULL)), "only lends", "weir_own()");
        refused(holders[j](weir_flat_map(lines(), &cut_later_fn, NULL)), "only lends", "own()");
        passes(holders[j](weir_then(lines(), &cut_later_detached_fn, NULL)));
        passes(holders[j](weir_flat_map(lines(), &cut_later_detached_fn, NULL)));
    }
    refused(weir_map(weir_own(lines()), &cut_fn, NULL), "but 'own' yields", "the owned type");
    passes(weir_then(lines(), &cut_later_fn, NULL));
    passes(weir_flat_map(lines(), &cut_later_fn, NULL));
    passes(weir_flatten(weir_map(lines(), &to_future_fn, NULL), &fields_view));
    refused(weir_buffered(weir_map(lines(), &to_future_fn, NULL), &fields_view, 2),
            "buffered holds items", "weir_own()");
    refused(weir_buffer_unordered(weir_map(lines(), &to_future_fn, NULL), &fields_view, 2),
            "buffer_unordered holds items", "weir_own()");
    passes(weir_buffered(weir_map(lines(), &to_future_detached_fn, NULL), &fields_view, 2));
}

/* ---- states ---- */

static bool keep(struct fields *state, weir_line line, int64_t *out)
{
    *state = (struct fields){{NULL, 0}, {NULL, 0}};
    *out = (int64_t)line.size;
    return true;
}
WEIR_SCAN_FN(keep_fn, keep, struct fields, weir_line, int64_t)
WEIR_SCAN_FN(keep_detached_fn, keep, struct fields, weir_line, int64_t, .detached = true)

static void gather(struct fields *acc, weir_line line, void *arg)
{
    (void)line, (void)arg;
    *acc = (struct fields){{NULL, 0}, {NULL, 0}};
}
WEIR_FOLD_FN(gather_fn, gather, struct fields, weir_line)
WEIR_FOLD_FN(gather_detached_fn, gather, struct fields, weir_line, .detached = true)

static void longest(weir_owned_line *acc, weir_line line, void *arg)
{
    (void)arg;
    if (line.size <= acc->size)
        return;
    weir_owned_line_drop(acc);
    *acc = weir_owned_line_new(line.data, line.size);
}
WEIR_FOLD_FN(longest_fn, longest, weir_owned_line, weir_line)

static void add(int64_t *acc, weir_line line, void *arg)
{
    (void)arg;
    *acc += (int64_t)line.size;
}
WEIR_FOLD_FN(add_fn, add, int64_t, weir_line)

static bool last(weir_owned_line *state, weir_line line, int64_t *out)
{
    weir_owned_line_drop(state);
    *state = weir_owned_line_new(line.data, line.size);
    *out = (int64_t)state->size;
    return true;
}
WEIR_SCAN_FN(last_fn, last, weir_owned_line, weir_line, int64_t)

static void test_states(void)
{
    struct fields none = {{NULL, 0}, {NULL, 0}};
    weir_owned_line empty = {NULL, 0};
    refused(weir_scan(lines(), &keep_fn, &none), "keeps a 'struct fields' between items",
            ".detached = true");
    refused(weir_fold(lines(), &gather_fn, &none, NULL), "keeps a 'struct fields' between items",
            "weir_own()");
    passes(weir_scan(lines(), &keep_detached_fn, &none));
    passes(weir_fold(lines(), &gather_detached_fn, &none, NULL));
    passes(weir_fold(lines(), &longest_fn, &empty, NULL));
    passes(weir_fold(lines(), &add_fn, &zero, NULL));
    passes(weir_scan(lines(), &last_fn, &empty));
    passes(weir_scan(lines(), &step_cut_fn, &zero));
}

void test_lent_views(void **state)
{
    (void)state;
    memory_begin(0, false);
    test_views_are_not_held();
    test_what_holds_no_view_is_held();
    test_views_of_owned_items();
    test_inner();
    test_futures_of_lent_items();
    test_states();
    memory_end();
}
