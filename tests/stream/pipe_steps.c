/* pipe: the same chain from left to right, and no error is lost on the way. */

#include "stages.h"

#include "weir/typed.h"

static struct tracked tenfold(struct tracked item, void *arg)
{
    (void)arg;
    item.value *= 10;
    return item;
}
WEIR_MAP_FN(tenfold_fn, tenfold, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static bool is_large(struct tracked item, void *arg)
{
    return item.value > *(int64_t *)arg;
}
WEIR_FILTER_FN(is_large_fn, is_large, struct tracked, OF_TRACKED)

static weir_stream *itself(struct tracked item, void *arg)
{
    (void)arg;
    return weir_once(&tracked_type, &item);
}
WEIR_THEN_FN(itself_fn, itself, struct tracked, struct tracked, FROM_TRACKED, TO_TRACKED)

static int64_t fifteen = 15;

/* A stage of one's own: its source and nothing else. */
static weir_stream *own_stage(weir_stream *source)
{
    return weir_skip(source, 1);
}

static weir_stream *piped(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_pipe(a, (weir_map, &tenfold_fn, NULL), (weir_filter, &is_large_fn, &fifteen),
                     (own_stage), (weir_take, 2));
}

/* ---- the same, made while the program runs ---- */

static unsigned made;

static weir_stream *map_step(weir_stream *source, void *arg)
{
    made++;
    return weir_map(source, &tenfold_fn, arg);
}

static weir_stream *filter_step(weir_stream *source, void *arg)
{
    made++;
    return weir_filter(source, &is_large_fn, arg);
}

static weir_stream *skip_step(weir_stream *source, void *arg)
{
    (void)arg;
    return own_stage(source);
}

static weir_stream *take_step(weir_stream *source, void *arg)
{
    return weir_take(source, *(uint64_t *)arg);
}

static weir_stream *in_steps(weir_stream *a, weir_stream *b)
{
    static uint64_t two = 2;
    const weir_step steps[] = {
        {map_step, NULL}, {filter_step, &fifteen}, {skip_step, NULL}, {take_step, &two}};
    (void)b;
    return weir_pipe_steps(a, steps, 4);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3 P 4 #"}, "30 P 40 $", {5}, {4}, false},
        {{"1 2 3 $ #"}, "30 $", {4}, {3}, false},
        {{"1 !7 2 3 !8 4 #"}, "!7 30 !8 40 $", {6}, {4}, false}, /* errors are forwarded */
        {{"1 2 3 !!7 #"}, "30 !!7 $", {4}, {3}, false},
    };
    check_table(rows, piped);
    check_table(rows, in_steps);
}

/* and_then: fn runs for what went well; errors pass untouched and in order, and end nothing. */
static void test_and_then(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_pipe(source("1 !7 2 $"), (weir_map, &tenfold_fn, NULL),
                                        (weir_then, &itself_fn, NULL)),
                              1),
                        "10 !7 20 $");
}

/* Source, stage and consumer may fail, each at its place: what comes out says which. */
static void test_forwards(void **state)
{
    (void)state;
    weir_error error;
    weir_vec all;
    weir_stream *chain = weir_pipe(source("1 2 !!7 $"), (weir_map, &tenfold_fn, NULL),
                                   (weir_chunks, 3), (weir_collect, 9));
    assert_int_equal(await(chain, &all, &error), WEIR_ERROR);
    assert_int_equal(error.number, 7);
    chain = weir_pipe(source("1"), (weir_chunks, 0), (weir_take, 1), (weir_collect, 9));
    assert_int_equal(await(chain, &all, &error), WEIR_ERROR);
    assert_string_equal(error.message, "chunks: the limit 'n' is 0");
}

static weir_stream *failing_step(weir_stream *source, void *arg)
{
    (void)arg;
    return weir_stream_refuse(&source->stage, WEIR_E_USER, NULL, "it rains", NULL, NULL, 0);
}

static weir_stream *null_step(weir_stream *source, void *arg)
{
    (void)arg;
    weir_drop(source);
    return NULL;
}

/* The step behind one that failed is not called. */
static void expect_failure(const weir_step *step, const char *message)
{
    const weir_step steps[] = {*step, {map_step, NULL}};
    weir_error error;
    made = 0;
    assert_int_equal(await(weir_pipe_steps(source("1"), steps, 2), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, message);
    assert_int_equal(made, 0);
    assert_int_equal(tracked_live, 0);
}

static void test_failed_steps(void **state)
{
    (void)state;
    expect_failure(&(weir_step){failing_step, NULL}, "it rains");
    expect_failure(&(weir_step){null_step, NULL}, "pipe: step 1 gave no stream");
    expect_failure(&(weir_step){NULL, NULL}, "pipe: step 1 has no function");
    assert_string_equal(trace(weir_pipe_steps(source("1 2"), NULL, 0), 1), "1 2 $");
}

/* Sixteen steps, pipes in pipes, and typed ones. */
#define ONE (weir_skip, 1)
static int64_t negate(int64_t x, void *arg)
{
    (void)arg;
    return -x;
}
WEIR_MAP_FN(negate_fn, negate, int64_t, int64_t)

static void test_forms(void **state)
{
    (void)state;
    weir_stream *sixteen = weir_pipe(weir_range(0, 18), ONE, ONE, ONE, ONE, ONE, ONE, ONE, ONE, ONE,
                                     ONE, ONE, ONE, ONE, ONE, ONE, ONE);
    assert_string_equal(trace(sixteen, 1), "16 17 $");
    assert_string_equal(trace(weir_pipe(weir_range(0, 2),
                                        (weir_chain, weir_pipe(weir_range(5, 9), (weir_take, 2)))),
                              1),
                        "0 1 5 6 $");
    assert_string_equal(
        trace(weir_pipe(WEIR_RANGE(0, 4), (WEIR_MAP, negate_fn, NULL), (WEIR_SKIP, 2), (WEIR_COUNT))
                  .stream,
              1),
        "2 $");
}

int stage_pipe_steps(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table), cmocka_unit_test(test_and_then),
        cmocka_unit_test(test_forwards), cmocka_unit_test(test_failed_steps),
        cmocka_unit_test(test_forms)};
    return cmocka_run_group_tests_name("pipe_steps", tests, NULL, NULL);
}
