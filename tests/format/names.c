/* names: what records will be called, before there is one. */

#include "rows.h"

#include <stdio.h>

#include "weir/csv.h"
#include "weir/fields.h"
#include "weir/sort.h"

static weir_reader *reader_of(const char *text)
{
    return weir_memory_reader(text, strlen(text));
}

static weir_stream *none_of(weir_stream *stream)
{
    return weir_where(stream, "a", WEIR_WHERE_GT, weir_value_word("900"));
}

static weir_stream *table(const char *text)
{
    return none_of(weir_csv(reader_of(text), NULL));
}

static weir_stream *picked(weir_stream *stream, const char *one, const char *other)
{
    const char *names[] = {one, other};
    return weir_pick(stream, names, 2);
}

static void drain(weir_stream *stream)
{
    _Alignas(16) char item[512];
    struct test_cx test;
    test_cx_init(&test);
    while (weir_poll_next(stream, &test.cx, item, 1).state != WEIR_END)
        test_cx_turn(&test);
    test_cx_fini(&test);
}

/* Reads to the end, and says the names. */
static const char *names_of(weir_stream *stream)
{
    static char out[128];
    weir_record_view names;
    weir_text name;
    weir_value value;
    size_t n = 0;
    drain(stream);
    out[0] = '\0';
    if (!weir_record_names(stream, &names))
        strcpy(out, "?");
    else
        for (weir_record_iter at = {0}; weir_record_next(names, &at, &name, &value);)
            n += (size_t)snprintf(out + n, sizeof out - n, "%s%.*s", n ? "," : "", (int)name.size,
                                  name.data);
    weir_drop(stream);
    return out;
}

static void test_stages(void **state)
{
    (void)state;
    const weir_sort_key by = {.field = "a"};
    assert_string_equal(names_of(table("a,b\n1,2\n")), "a,b");
    assert_string_equal(names_of(table("a,b\n")), "a,b");
    assert_string_equal(names_of(table("")), "?");
    assert_string_equal(names_of(weir_skip(weir_take(table("a,b\n1,2\n"), 3), 1)), "a,b");
    assert_string_equal(names_of(picked(table("a,b\n1,2\n"), "b", "none")), "b");
    assert_string_equal(names_of(none_of(picked(table("a,b\n1,2\n"), "b", "a"))), "b,a");
    assert_string_equal(names_of(weir_put(table("a,b\n1,2\n"), "c", weir_value_word("1"))),
                        "a,b,c");
    assert_string_equal(names_of(weir_put(table("a,b\n1,2\n"), "a", weir_value_word("1"))), "a,b");
    assert_string_equal(names_of(weir_put_from(table("a,b\n1,2\n"), "c", "b")), "a,b,c");
    assert_string_equal(names_of(weir_put_from(table("a,b\n1,2\n"), "c", "none")), "a,b");
    assert_string_equal(names_of(weir_rename(table("a,b\n1,2\n"), "a", "c")), "c,b");
    assert_string_equal(names_of(weir_rename(table("a,b\n1,2\n"), "a", "b")), "b");
    assert_string_equal(
        names_of(weir_sort(table("a,b\n1,2\n"), &WEIR_SORT_OPTIONS(.keys = &by, .keys_n = 1))),
        "a,b");
    assert_string_equal(names_of(weir_stats(table("a,b\n1,2\n"))),
                        "field,count,missing,min,max,mean,deviation,distinct");
    static const char *const given[] = {"x", "y"};
    weir_stream *named =
        weir_csv(reader_of("1,2\n"), &WEIR_CSV_OPTIONS(.header = given, .header_n = 2));
    assert_string_equal(names_of(named), "x,y");
    named = none_of(weir_csv(reader_of(""), &WEIR_CSV_OPTIONS(.header = given, .header_n = 2)));
    assert_string_equal(names_of(named), "x,y");
    assert_string_equal(
        names_of(none_of(weir_csv(reader_of(""), &WEIR_CSV_OPTIONS(.no_header = true)))), "?");
}

/* Of a struct they are known whatever comes. */
static void test_structs(void **state)
{
    (void)state;
    weir_record_view names;
    weir_name word = WEIR_NAME("word");
    weir_value value;
    weir_stream *stream = weir_take(rows_of(source("")), 1);
    assert_true(weir_record_names(stream, &names));
    assert_true(weir_record_find(names, &word, &value));
    weir_drop(stream);
    stream = weir_lines(reader_of(""), 10);
    assert_false(weir_record_names(stream, &names));
    weir_drop(stream);
}

/* A table of nothing has its header. */
static void test_header(void **state)
{
    (void)state;
    weir_error error;
    weir_vec out = {0};
    uint64_t n;
    weir_reader *csv = weir_to_csv(picked(table("a,b\n1,2\n"), "b", "a"), NULL);
    assert_int_equal(weir_run(weir_copy(csv, weir_memory_writer(&out, 100)), &n, &error),
                     WEIR_READY);
    assert_int_equal(out.n, 4);
    assert_memory_equal(out.items, "b,a\n", 4);
    weir_vec_drop(&out);
    csv = weir_to_csv(table("a\n1\n"), &WEIR_TO_CSV_OPTIONS(.no_header = true));
    assert_int_equal(weir_run(weir_copy(csv, weir_memory_writer(&out, 100)), &n, &error),
                     WEIR_READY);
    assert_int_equal(out.n, 0);
    weir_vec_drop(&out);
}

int format_names(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_stages),
                                       cmocka_unit_test(test_structs),
                                       cmocka_unit_test(test_header)};
    return cmocka_run_group_tests_name("names", tests, NULL, NULL);
}
