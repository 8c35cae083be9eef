/* Values: numbers out of text, text out of numbers, and which comes first. */

#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../stream/stages.h"
#include "weir/record.h"

static weir_value word(const char *text)
{
    return (weir_value){WEIR_VALUE_WORD, {.text = {text, strlen(text)}}};
}

static void test_whole_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fits;
        int64_t number;
    } cases[] = {
        {"0", true, 0},
        {"-0", true, 0},
        {"+7", true, 7},
        {"007", true, 7},
        {"1e3", true, 1000},
        {"1.0", true, 1},
        {"1.5", false, 0},
        {"", false, 0},
        {"-", false, 0},
        {".", false, 0},
        {"1e", false, 0},
        {"1e+", false, 0},
        {" 1", false, 0},
        {"1 ", false, 0},
        {"0x10", false, 0},
        {"inf", false, 0},
        {"nan", false, 0},
        {"1_000", false, 0},
        {"1,5", false, 0},
        {"1e999999999", false, 0},
        {"--1", false, 0},
        {"1.2.3", false, 0},
        {"1e1e1", false, 0},
        {"5.", true, 5},
        {"9223372036854775807", true, INT64_MAX},
        {"-9223372036854775808", true, INT64_MIN},
        {"9223372036854775808", false, 0},
        {"-9223372036854775809", false, 0},
        {"18446744073709551616", false, 0},
        {"99999999999999999999999", false, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_value value = word(cases[i].text);
        int64_t number = 0;
        bool fits = weir_value_i64(&value, &number);
        if (fits != cases[i].fits || (fits && number != cases[i].number))
            fail_msg("'%s': %d, %lld", cases[i].text, fits, (long long)number);
    }
}

static void test_without_a_sign(void **state)
{
    (void)state;
    uint64_t number;
    weir_value most = word("18446744073709551615"), more = word("18446744073709551616"),
               less = word("-1"), round = word("1e15"), rough = word("1e19");
    assert_true(weir_value_u64(&most, &number) && number == UINT64_MAX);
    assert_false(weir_value_u64(&more, &number));
    assert_false(weir_value_u64(&less, &number));
    assert_true(weir_value_u64(&round, &number) && number == 1000000000000000u);
    assert_false(weir_value_u64(&rough, &number)); /* its neighbours are the same double */
}

/* Each is what the C library says, near all limits of the short way too. */
static void test_doubles(void **state)
{
    (void)state;
    static const char *const cases[] = {"0.1",
                                        "1e22",
                                        "1e23",
                                        "1e-22",
                                        "1e-23",
                                        "9007199254740993",
                                        "123456789012345678901",
                                        "1e308",
                                        "1e309",
                                        "-1e309",
                                        "5e-324",
                                        "2e-324",
                                        "0.000001",
                                        "3.141592653589793",
                                        "-12.5e-3",
                                        "9007199254740992e22",
                                        "2.2250738585072014e-308",
                                        "00000000000000000000000001"};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_value value = word(cases[i]);
        double number, wanted = strtod(cases[i], NULL);
        assert_true(weir_value_f64(&value, &number));
        if (memcmp(&number, &wanted, sizeof number) != 0)
            fail_msg("'%s': %.17g, not %.17g", cases[i], number, wanted);
    }
}

static void test_texts_are_no_numbers(void **state)
{
    (void)state;
    weir_value value = {WEIR_VALUE_TEXT, {.text = {"1", 1}}};
    int64_t number;
    bool truth;
    assert_false(weir_value_i64(&value, &number));
    value.is.text = (weir_text){"true", 4};
    assert_false(weir_value_bool(&value, &truth));
    value.kind = WEIR_VALUE_WORD;
    assert_true(weir_value_bool(&value, &truth) && truth);
}

static void assert_says(weir_value value, const char *wanted)
{
    char scratch[WEIR_VALUE_TEXT_BYTES];
    weir_text text;
    assert_true(weir_value_text(&value, scratch, &text));
    if (text.size != strlen(wanted) || memcmp(text.data, wanted, text.size) != 0)
        fail_msg("'%.*s', not '%s'", (int)text.size, text.data, wanted);
}

static void test_text(void **state)
{
    (void)state;
    assert_says((weir_value){WEIR_VALUE_I64, {.i64 = INT64_MIN}}, "-9223372036854775808");
    assert_says((weir_value){WEIR_VALUE_U64, {.u64 = UINT64_MAX}}, "18446744073709551615");
    assert_says((weir_value){WEIR_VALUE_F64, {.f64 = 0.1}}, "0.1");
    assert_says((weir_value){WEIR_VALUE_F64, {.f64 = 1.0 / 3}}, "0.3333333333333333");
    assert_says((weir_value){WEIR_VALUE_F64, {.f64 = -2}}, "-2");
    assert_says((weir_value){WEIR_VALUE_F64, {.f64 = -0.0}}, "-0");
    assert_says((weir_value){WEIR_VALUE_F64, {.f64 = DBL_MAX}}, "1.7976931348623157e+308");
    assert_says((weir_value){WEIR_VALUE_F64, {.f64 = INFINITY}}, "inf");
    assert_says((weir_value){WEIR_VALUE_BOOL, {.boolean = true}}, "true");
    assert_says((weir_value){WEIR_VALUE_NULL, {0}}, "null");
    assert_says((weir_value){WEIR_VALUE_NUMBER, {.text = {"1.10", 4}}}, "1.10");
}

/* The point is a point, whatever the program's locale writes. */
static void test_locale(void **state)
{
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8"))
        skip();
    double number;
    weir_value value = word("123456789012345678901.5");
    assert_true(weir_value_f64(&value, &number) && number == 123456789012345678901.5);
    assert_says((weir_value){WEIR_VALUE_F64, {.f64 = 0.5}}, "0.5");
    setlocale(LC_NUMERIC, "C");
}

static int sign(int order)
{
    return (order > 0) - (order < 0);
}

static void test_order(void **state)
{
    (void)state;
    const weir_value none = {WEIR_VALUE_NONE, {0}};
    const struct {
        weir_value a, b;
        int order;
    } cases[] = {
        {word("9"), word("10"), -1},
        {word("9"), word("10x"), 1},
        {word("1.0"), word("1"), 0},
        {word("a"), word("b"), -1},
        {word("a"), word("ab"), -1},
        {word(""), word(""), 0},
        {word("9007199254740993"), word("9007199254740992"), 1},
        {word("18446744073709551615"), word("-1"), 1},
        {word("9007199254740993"), word("9007199254740992.0"), 1},
        {word("9223372036854775807"), word("9223372036854775808.0"), -1},
        {word("18446744073709551615"), word("18446744073709551616.0"), -1},
        {word("123456789012345678901"), word("123456789012345678902"), -1},
        {word("-123456789012345678901"), word("-123456789012345678902"), 1},
        {word("00123456789012345678901"), word("123456789012345678901"), 0},
        {{WEIR_VALUE_TEXT, {.text = {"30", 2}}}, {WEIR_VALUE_I64, {.i64 = 4}}, 1},
        {{WEIR_VALUE_BOOL, {.boolean = true}}, word("true"), 0},
        {none, word(""), -1},
        {none, none, 0},
        {{WEIR_VALUE_F64, {.f64 = (double)NAN}}, word("-1e300"), -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        assert_int_equal(sign(weir_value_compare(&cases[i].a, &cases[i].b)), cases[i].order);
        assert_int_equal(sign(weir_value_compare(&cases[i].b, &cases[i].a)), -cases[i].order);
    }
}

int format_value(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whole_numbers),
        cmocka_unit_test(test_without_a_sign),
        cmocka_unit_test(test_doubles),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_texts_are_no_numbers),
        cmocka_unit_test(test_locale),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests_name("value", tests, NULL, NULL);
}
