/* into_stream: a stream of what a value holds. */

#include "stages.h"

static void test_arrays(void **state)
{
    (void)state;
    static const int64_t i64[] = {1, -2, 3};
    uint64_t u64[2] = {1, 2};
    int i32[] = {4, -5};
    const unsigned char bytes[3] = {1, 2, 200};
    static const bool bools[] = {true, false};
    assert_string_equal(trace(weir_into_stream(i64), 1), "1 -2 3 $");
    assert_string_equal(trace(weir_into_stream(u64), 64), "1 2 $");
    assert_string_equal(trace(weir_into_stream(i32), 1), "4 -5 $");
    assert_string_equal(trace(weir_into_stream(bools), 1), "true false $");
    assert_string_equal(trace(weir_count(weir_into_stream(bytes)), 1), "3 $");
    assert_string_equal(trace(weir_into_stream(((int64_t[]){7, 8})), 1), "7 8 $");
}

static void test_numbers(void **state)
{
    (void)state;
    double doubles[] = {0.5, 1}, out;
    float floats[] = {1};
    short shorts[] = {1};
    unsigned short ushorts[] = {1};
    signed char chars[] = {1};
    unsigned ints[] = {1};
    long longs[] = {1};
    unsigned long long ulls[] = {1};
    assert_int_equal(await(weir_sum(weir_into_stream(doubles)), &out, NULL), WEIR_READY);
    assert_true(out == 1.5);
    const struct {
        weir_stream *stream;
        const char *name;
    } rows[] = {{weir_into_stream(floats), "float"},     {weir_into_stream(shorts), "int16_t"},
                {weir_into_stream(ushorts), "uint16_t"}, {weir_into_stream(chars), "int8_t"},
                {weir_into_stream(ints), "uint32_t"},    {weir_into_stream(longs), "int64_t"},
                {weir_into_stream(ulls), "uint64_t"},    {weir_into_stream(doubles), "double"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (i != 5 || sizeof(long) == 8)
            assert_string_equal(rows[i].stream->type->name, rows[i].name);
        weir_drop(rows[i].stream);
    }
}

/* Bytes, as char, without the NUL. */
static void test_strings(void **state)
{
    (void)state;
    const char *text = "hello";
    char array[] = "abc";
    char full[3] = {'a', 'b', 'c'}; /* no NUL behind it */
    weir_line line = {"xyz", 2};
    assert_string_equal(trace(weir_collect_string(weir_into_stream(full), 9), 1), "'abc' $");
    assert_string_equal(trace(weir_collect_string(weir_into_stream(text), 9), 1), "'hello' $");
    assert_string_equal(trace(weir_collect_string(weir_into_stream("ab"), 9), 1), "'ab' $");
    assert_string_equal(trace(weir_collect_string(weir_into_stream(array), 9), 1), "'abc' $");
    assert_string_equal(trace(weir_collect_string(weir_into_stream(&line), 9), 1), "'xy' $");
    assert_string_equal(trace(weir_into_stream(""), 1), "$");
    assert_string_equal(
        trace(weir_eq(weir_into_stream("ab"), weir_into_stream("ab"), NULL, NULL), 1), "true $");
}

/* S(3) yields 0 1 2. */
static void test_bounds(void **state)
{
    (void)state;
    weir_bounds bounds = {0, 3};
    assert_string_equal(trace(weir_into_stream(&bounds), 1), "0 1 2 $");
    assert_string_equal(trace(weir_into_stream(&(const weir_bounds){-1, 1}), 1), "-1 0 $");
}

static void test_vec(void **state)
{
    (void)state;
    weir_vec vec;
    assert_int_equal(await(weir_collect(source("1 2"), 9), &vec, NULL), WEIR_READY);
    assert_string_equal(trace(weir_into_stream(&vec), 1), "1 2 $");
    assert_null(vec.items);
    assert_int_equal(tracked_live, 0);
}

/* Every stream converts to itself. */
static void test_stream(void **state)
{
    (void)state;
    weir_stream *stream = weir_range(0, 2);
    assert_ptr_equal(weir_into_stream(stream), stream);
    weir_drop(stream);
    assert_string_equal(trace(weir_into_stream_from("", 1, (weir_into)99), 1), "!!ARGUMENT $");
}

int stage_into_stream(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays),  cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_strings), cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_vec),     cmocka_unit_test(test_stream)};
    return cmocka_run_group_tests_name("into_stream", tests, NULL, NULL);
}
