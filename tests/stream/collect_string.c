/* collect_string: all bytes in one string, of bytes and of lines. */

#include "stages.h"

static const weir_line lines[] = {{"ab", 2}, {"", 0}, {"cde", 3}};

static weir_stream *lent(void)
{
    return weir_iter(&weir_type_line, lines, 3);
}

static void test_lines(void **state)
{
    (void)state;
    weir_owned_line out;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        memory_begin(0, false);
        assert_string_equal(trace(weir_collect_string(lent(), 5), demand), "'abcde' $");
        assert_string_equal(trace(weir_collect_string(weir_own(lent()), 9), demand), "'abcde' $");
        assert_string_equal(trace(weir_collect_string(weir_empty(&weir_type_line), 9), demand),
                            "'' $");
        assert_int_equal(memory_end(), 0);
    }
    assert_int_equal(await(weir_collect_string(lent(), 5), &out, NULL), WEIR_READY);
    assert_string_equal(out.data, "abcde"); /* with a NUL behind it */
    weir_owned_line_drop(&out);
}

static void test_bytes(void **state)
{
    (void)state;
    static const weir_type char_type = WEIR_TYPE(char), byte_type = WEIR_TYPE(unsigned char);
    assert_string_equal(trace(weir_collect_string(weir_iter(&char_type, "hello", 5), 5), 1),
                        "'hello' $");
    assert_string_equal(trace(weir_collect_string(weir_iter(&byte_type, "hello", 5), 5), 1),
                        "'hello' $");
}

static void test_long(void **state)
{
    (void)state;
    static const weir_type char_type = WEIR_TYPE(char);
    weir_owned_line out;
    memory_begin(0, false);
    weir_stream *many = weir_take(weir_repeat(&char_type, "x"), 100000);
    assert_int_equal(await(weir_collect_string(many, 100000), &out, NULL), WEIR_READY);
    assert_int_equal(out.size, 100000);
    for (size_t i = 0; i < out.size; i++)
        assert_int_equal(out.data[i], 'x');
    weir_owned_line_drop(&out);
    assert_int_equal(memory_end(), 0);
}

static void test_limit(void **state)
{
    (void)state;
    weir_error error;
    memory_begin(0, false);
    assert_int_equal(await(weir_collect_string(weir_own(lent()), 4), NULL, &error), WEIR_ERROR);
    assert_string_equal(error.message, "more than 4 bytes to collect");
    assert_int_equal(memory_end(), 0);
    /* weir-lint: allow(unbounded) the source is short */
    assert_string_equal(trace(weir_collect_string(lent(), SIZE_MAX), 1), "'abcde' $");
    assert_string_equal(trace(weir_collect_string(lent(), 0), 1), "!!ARGUMENT $");
}

static void test_other_types(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_collect_string(weir_range(0, 3), 9), 1), "!!TYPE $");
    assert_string_equal(trace(weir_collect_string(weir_empty(&weir_type_bool), 9), 1), "!!TYPE $");
}

int stage_collect_string(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_lines), cmocka_unit_test(test_bytes),
                                       cmocka_unit_test(test_long), cmocka_unit_test(test_limit),
                                       cmocka_unit_test(test_other_types)};
    return cmocka_run_group_tests_name("collect_string", tests, NULL, NULL);
}
