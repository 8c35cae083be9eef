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

static void test_types(void)
{
    expect_refusal(weir_flat_map_unordered(numbers(), &stream_fn, NULL, 2), WEIR_E_TYPE,
                   "flat_map_unordered '", "tracked', but 'range' yields 'int64_t'", NULL);
    expect_refusal(weir_flatten_unordered(numbers(), &weir_type_i64, 2), WEIR_E_TYPE,
                   "weir_stream *", "int64_t", NULL);
}

static void test_lent(void)
{
    expect_refusal(weir_flat_map_unordered(lines(), &line_fn, NULL, 2), WEIR_E_TYPE,
                   "flat_map_unordered", "weir_line", "weir_own()");
}

static void test_limits(void)
{
    expect_refusal(weir_flatten_unordered(weir_empty(&weir_type_stream), &weir_type_i64, 0),
                   WEIR_E_ARGUMENT, "flatten_unordered", "0", NULL);
    expect_refusal(weir_flat_map_unordered(weir_empty(&tracked_type), &stream_fn, NULL, 0),
                   WEIR_E_ARGUMENT, "flatten_unordered", "0", NULL);
}

static void test_failed_sources(void)
{
    passes_refused(weir_flatten_unordered(failed(), &weir_type_i64, 2));
    passes_refused(weir_flat_map_unordered(failed(), &stream_fn, NULL, 0));
}

void test_refusals_sets(void **state)
{
    (void)state;
    test_types();
    test_lent();
    test_limits();
    test_failed_sources();
}
