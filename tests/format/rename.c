/* rename: another name, in the same place. */

#include "rows.h"

#include <stdlib.h>

#include "weir/csv.h"
#include "weir/json.h"

static weir_stream *renamed(weir_stream *a, weir_stream *b)
{
    static const char *const names[] = {"number", "word"};
    (void)b;
    return shown(weir_rename(weir_pick(rows_of(a), names, 2), "word", "name"));
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case cases[] = {
        {{"3 P !7 4"}, "number=3,name=three P !7 name=four $", {5}, {2}, false},
        {{"!!8"}, "!!8 $", {1}, {0}, false},
    };
    check_table(cases, renamed);
}

static void test_names(void **state)
{
    (void)state;
    expect_trace(shown(weir_rename(rows_of(source("1")), "nowhere", "word")),
                 "number=1,word=one,in={} $");
    expect_trace(shown(weir_rename(rows_of(source("1")), "in", "number")), "word=one,number={} $");
    expect_trace(shown(weir_rename(rows_of(source("1")), "number", "in")), "in=1,word=one $");
    expect_trace(weir_map(weir_own(weir_rename(
                              weir_put(rows_of(source("1")), "x", weir_value_word("")), "x", "x")),
                          &show_fn, NULL),
                 "number=1,word=one,in={},x= $");
}

static void test_found(void **state)
{
    (void)state;
    static const char *const names[] = {"word", "name", "number"};
    expect_trace(shown(weir_pick(weir_rename(rows_of(source("1")), "word", "name"), names, 3)),
                 "name=one,number=1 $");
    expect_trace(shown(weir_pick(weir_rename(rows_of(source("1")), "word", "number"), names, 3)),
                 "number=one $");
    expect_trace(shown(weir_pick(weir_rename(rows_of(source("1")), "x", "word"), names, 3)),
                 "word=one,number=1 $");
}

/* What is passed over is counted by nobody: neither a walk over what stands on top of it nor a copy
 * ends too early, or promises more. */
static void test_passed_over(void **state)
{
    (void)state;
    weir_stream *over = weir_rename(rows_of(source("1")), "word", "number");
    over = weir_put(over, "d", weir_value_word("1"));
    expect_trace(shown(weir_put(over, "e", weir_value_word("2"))), "number=one,in={},d=1,e=2 $");
    over = weir_put(rows_of(source("1")), "d", weir_value_word("1"));
    expect_trace(shown(weir_put(weir_rename(over, "d", "word"), "word", weir_value_word("x"))),
                 "number=1,in={},word=x $");
}

/* A name that stands there twice: both are gone, or both are called anew. */
static void test_twice(void **state)
{
    (void)state;
    weir_stream *twice = weir_csv(weir_memory_reader("a,b,b\nx,2,3\n", 12), NULL);
    expect_trace(shown(weir_rename(twice, "a", "b")), "b=x $");
    twice = weir_csv(weir_memory_reader("a,b,b\nx,2,3\n", 12), NULL);
    twice = weir_put(weir_rename(twice, "b", "c"), "d", weir_value_word("4"));
    expect_trace(shown(twice), "a=x,c=2,c=3,d=4 $");
}

/* The names are known before the first record where those of the source are. */
static void test_known_names(void **state)
{
    (void)state;
    static const char *const names[] = {"number", "word"}, *const wanted[] = {"number", "name"};
    weir_stream *stream = weir_rename(weir_pick(rows_of(source("1")), names, 2), "word", "name");
    weir_record_view view;
    weir_record_iter iter = {0};
    weir_text name;
    weir_value value;
    assert_true(weir_record_names(stream, &view));
    assert_int_equal(weir_record_count(view), 2);
    for (size_t i = 0; i < 2; i++) {
        assert_true(weir_record_next(view, &iter, &name, &value));
        assert_int_equal(name.size, strlen(wanted[i]));
        assert_memory_equal(name.data, wanted[i], name.size);
    }
    assert_false(weir_record_next(view, &iter, &name, &value));
    weir_drop(stream);
    stream = weir_rename(weir_csv(weir_memory_reader("a\n1\n", 4), NULL), "a", "b");
    assert_false(weir_record_names(stream, &view)); /* they stand in the first line */
    weir_drop(stream);
}

#ifdef WEIR_HAVE_YYJSON
/* What has no such field goes on as the text that it came as. */
static void test_text(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":  1}\n{\"b\":  2}\n";
    weir_error error;
    weir_stream *records = weir_ndjson(weir_memory_reader(text, strlen(text)), NULL);
    struct bytes got = reader_bytes(weir_to_ndjson(weir_rename(records, "b", "c"), NULL), &error);
    assert_int_equal(got.state, WEIR_END);
    assert_int_equal(got.n, 18);
    assert_memory_equal(got.data, "{\"a\":  1}\n{\"c\":2}\n", got.n);
    free(got.data);
}
#endif

static void test_memory(void **state)
{
    (void)state;
    bool failed = true;
    for (unsigned long k = 1; failed; k++) {
        memory_begin(k, false);
        const char *got = trace_items(shown(weir_rename(rows_of(source("1")), "word", "name")), 1);
        failed = memory.failed;
        assert_int_equal(memory_end(), 0);
        if (failed)
            assert_non_null(strstr(got, "MEMORY"));
        else
            assert_string_equal(got, "number=1,name=one,in={} $");
    }
}

int format_rename(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables), cmocka_unit_test(test_names),
        cmocka_unit_test(test_found),  cmocka_unit_test(test_passed_over),
        cmocka_unit_test(test_twice),  cmocka_unit_test(test_known_names),
#ifdef WEIR_HAVE_YYJSON
        cmocka_unit_test(test_text),
#endif
        cmocka_unit_test(test_memory),
    };
    return cmocka_run_group_tests_name("rename", tests, NULL, NULL);
}
