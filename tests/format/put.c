/* put: a field of another value, in its place or behind the last. */

#include <stdlib.h>

#include "rows.h"

#include "weir/json.h"

static weir_stream *with_more(weir_stream *a, weir_stream *b)
{
    (void)b;
    return shown(weir_put(rows_of(a), "more", weir_value_word("7")));
}

static void test_tables(void **state)
{
    (void)state;
    static const struct stage_case cases[] = {
        {{"3 P !7 1"},
         "number=3,word=three,in={},more=7 P !7 number=1,word=one,in={},more=7 $",
         {5},
         {2},
         false},
        {{"!!8"}, "!!8 $", {1}, {0}, false},
    };
    check_table(cases, with_more);
}

static void test_places(void **state)
{
    (void)state;
    expect_trace(shown(weir_put(rows_of(source("1")), "word", weir_value_word("x"))),
                 "number=1,word=x,in={} $");
    expect_trace(shown(weir_put_from(rows_of(source("1")), "word", "in.half")),
                 "number=1,word=0,in={} $");
    expect_trace(shown(weir_put_from(rows_of(source("3 4")), "copy", "number")),
                 "number=3,word=three,in={},copy=3 number={},word=four,in={} $");
}

/* A walk, a look and a copy say the same, also one put over another. */
static void test_found(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "word", "number"};
    weir_stream *put = weir_put(weir_put(rows_of(source("1")), "a", weir_value_word("1")), "b",
                                weir_value_word("2"));
    put = weir_put_from(weir_put(put, "a", weir_value_word("3")), "word", "a");
    expect_trace(shown(weir_pick(put, names, 4)), "a=3,b=2,word=3,number=1 $");
}

#ifdef WEIR_HAVE_YYJSON
/* A field in a list or a number would be no list and no number any more. */
static void test_no_object(void **state)
{
    (void)state;
    static const char text[] = "{}\n5\n[1]\n{\"a\":1}\n";
    weir_stream *put = weir_put(weir_ndjson(weir_memory_reader(text, sizeof text - 1), NULL), "b",
                                weir_value_word("x"));
    expect_trace(shown(put), "b=x !CORRUPT !CORRUPT a=1,b=x $");
}

/* What it refused stands until the next poll, as it came. */
static void test_rejected(void **state)
{
    (void)state;
    static const char text[] = "{}\n 5 \n[1]\n{\"a\":1}\n";
    static const char *const wanted[] = {"", "5", "[1]", ""};
    static struct test_cx test;
    weir_stream *put = weir_put(weir_ndjson(weir_memory_reader(text, sizeof text - 1), NULL), "b",
                                weir_value_word("x"));
    put = weir_put(put, "c", weir_value_word("y"));
    char *item = malloc(put->type->size);
    assert_non_null(item);
    test_cx_init(&test);
    for (size_t i = 0; i < 4; i++) {
        weir_line bad = {"", 0};
        test_cx_turn(&test);
        weir_poll got = weir_poll_next(put, &test.cx, item, 1);
        assert_int_equal(got.n, !*wanted[i]);
        assert_int_equal(weir_rejected(put, &bad), got.state == WEIR_ERROR);
        assert_int_equal(bad.size, strlen(wanted[i]));
        assert_memory_equal(bad.data, wanted[i], bad.size);
    }
    weir_drop(put);
    free(item);
    test_cx_fini(&test);
}
#endif

static void test_hint(void **state)
{
    (void)state;
    weir_stream *stream = weir_put(rows_of(source("1 2 3")), "x", weir_value_word(""));
    check_hint(stream, 0, 3);
    weir_drop(stream);
}

int format_put(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tables),    cmocka_unit_test(test_places),
        cmocka_unit_test(test_found),
#ifdef WEIR_HAVE_YYJSON
        cmocka_unit_test(test_no_object), cmocka_unit_test(test_rejected),
#endif
        cmocka_unit_test(test_hint),
    };
    return cmocka_run_group_tests_name("put", tests, NULL, NULL);
}
