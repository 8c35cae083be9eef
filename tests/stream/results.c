/* results: errors become items, which other stages count like any. */

#include "stages.h"

static weir_stream *build(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_results(a);
}

static weir_stream *take_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_take(weir_results(a), 2);
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case all[] = {
        {{"1 !7 P 2"}, "1 !7 P 2 $", {5}, {2}, false},
        {{"1 !!7 #"}, "1 !!7 $", {2}, {1}, false}, /* a fatal one is the last item */
    };
    static const struct stage_case two[] = {{{"1 !7 #"}, "1 !7 $", {2}, {1}, false}};
    check_table(all, build);
    check_table(two, take_2);
}

static void test_text(void **state)
{
    (void)state;
    struct test_cx test;
    struct {
        weir_error *error;
        struct tracked item;
    } result;
    test_cx_init(&test);
    weir_stream *stream = weir_results(source("!7 3"));
    assert_int_equal(stream->type->size, sizeof result);
    assert_int_equal(weir_poll_next(stream, &test.cx, &result, 1).n, 1);
    assert_string_equal(result.error->message, "scripted error 7");
    assert_string_equal(result.error->trail[0], "script");
    weir_type_drop_items(stream->type, &result, 1);
    assert_int_equal(weir_poll_next(stream, &test.cx, &result, 1).n, 1);
    assert_null(result.error);
    assert_int_equal(result.item.value, 3);
    weir_type_drop_items(stream->type, &result, 1);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(tracked_live, 0);
}

/* With no memory for it the error is not lost: it stays an ERROR. */
static void test_no_memory(void **state)
{
    (void)state;
    weir_stream *stream = weir_results(source("1 !7 2"));
    memory_begin(1, true);
    struct trace seen = {0};
    struct test_cx test;
    test_cx_init(&test);
    trace_run(&seen, stream, &test, 1);
    test_cx_fini(&test);
    memory_end();
    weir_drop(stream);
    assert_string_equal(seen.text, "1 !7 2 $");
    assert_int_equal(seen.errors, 1);
}

int stage_results(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tables), cmocka_unit_test(test_text),
                                       cmocka_unit_test(test_no_memory)};
    return cmocka_run_group_tests_name("results", tests, NULL, NULL);
}
