/* or_else: other items stand where an error stood. */

#include "stages.h"

/* 7 becomes one item after a wait, 8 two and an error of its own, 9 nothing; others pass. */
static struct script inner;

static weir_stream *replace(const weir_error *error, void *arg)
{
    static const char *const texts[] = {"P* 70 $", "80 P* 81 !88 82", "$", "!!100"};
    (void)arg;
    if (error->number < 7 || error->number > 10)
        return NULL;
    inner = (struct script){.type = &tracked_type};
    return script_stream(&inner, texts[error->number - 7]);
}

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_or_else(a, replace, NULL);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 !7 2"}, "1 P 70 2 $", {4}, {2}, false},
        {{"1 !8 2"}, "1 80 P 81 !88 82 2 $", {4}, {2}, false},
        {{"1 !9 2"}, "1 2 $", {4}, {2}, false},
        {{"1 !5 2"}, "1 !5 2 $", {4}, {2}, false}, /* it was not its */
        {{"1 !10 2"}, "1 !100 2 $", {4}, {2}, false},
        {{"1 !!7 #"}, "1 P 70 $", {2}, {1}, false}, /* the source is over */
        {{"1 !!5 #"}, "1 !!5 $", {2}, {1}, false},
        {{"!7 !7 P !7"}, "P 70 P 70 P P 70 $", {5}, {0}, false},
    };
    check_table(rows, build);
}

/* ok 1, an error, ok 2: the error is replaced, and it goes on. */
static weir_stream *nine(const weir_error *error, void *arg)
{
    struct tracked item = tracked_make(9);
    (void)error, (void)arg;
    return weir_once(&tracked_type, &item);
}

static weir_stream *build_nine(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_or_else(a, nine, NULL);
}

static void test_replaced_by_a_future(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {{{"1 !7 2"}, "1 9 2 $", {4}, {2}, false}};
    check_table(rows, build_nine);
}

static void test_half_way(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = build(source("!8"), NULL);
    trace_poll(&seen, stream, &test, 1);
    assert_ptr_equal(weir_stage_input(&stream->stage, 2), NULL);
    assert_non_null(weir_stage_input(&stream->stage, 1));
    weir_drop(stream);
    test_cx_fini(&test);
    assert_string_equal(seen.text, "80");
    assert_int_equal(inner.finis, 1);
    assert_int_equal(tracked_live, 0);
}

int stage_or_else(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_table),
                                       cmocka_unit_test(test_replaced_by_a_future),
                                       cmocka_unit_test(test_half_way)};
    return cmocka_run_group_tests_name("or_else", tests, NULL, NULL);
}
