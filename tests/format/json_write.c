/* Values as JSON text: what is escaped, which words are numbers, what is refused, and room that is
 * kept. */

#include <math.h>
#include <string.h>

#include "../stream/stages.h"
#include "format/json_write.h"

#define TEXT(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }

/* The error's message, or what was written. */
static const char *written(const weir_value *value)
{
    static unsigned char out[2048];
    static weir_error error;
    size_t n = weir_json_write(value, out, sizeof out - 1, &error);
    assert_true(n < sizeof out);
    out[n] = '\0';
    return n ? (char *)out : error.message;
}

static void expect(const weir_value *value, const char *wanted)
{
    const char *got = written(value);
    if (strcmp(got, wanted) != 0)
        fail_msg("%s, not %s", got, wanted);
}

static void test_text(void **state)
{
    (void)state;
    static const struct {
        weir_text text;
        const char *wanted;
    } cases[] = {
        {TEXT(""), "\"\""},
        {TEXT("a"), "\"a\""},
        {TEXT("say \"hi\""), "\"say \\\"hi\\\"\""},
        {TEXT("C:\\dir"), "\"C:\\\\dir\""},
        {TEXT("\b\f\n\r\t"), "\"\\b\\f\\n\\r\\t\""},
        {TEXT("\0\x01\x1f\x7f"), "\"\\u0000\\u0001\\u001f\x7f\""},
        {TEXT("</script>"), "\"</script>\""},
        {TEXT("Käse, 日本, \xf0\x9f\x98\x80"), "\"Käse, 日本, \xf0\x9f\x98\x80\""},
        {TEXT("caf\xe9"), "the field '' is not UTF-8, as JSON has to be, from its byte 4 on"},
        {TEXT("\xed\xa0\x80"), "the field '' is not UTF-8, as JSON has to be, from its byte 1 on"},
        {TEXT("12345678\xc0\x80"),
         "the field '' is not UTF-8, as JSON has to be, from its byte 9 on"},
        {TEXT("\xe2\x82"), "the field '' is not UTF-8, as JSON has to be, from its byte 1 on"},
        {TEXT("1.10"), "\"1.10\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_value value = {WEIR_VALUE_TEXT, {.text = cases[i].text}};
        expect(&value, cases[i].wanted);
    }
}

/* What wants a look is seen at every place of every length: one escape makes it longer. */
static void test_each_byte(void **state)
{
    (void)state;
    unsigned char out[512];
    weir_error error;
    for (unsigned byte = 0; byte < 0x80; byte++)
        for (size_t size = 1; size < 40; size++)
            for (size_t at = 0; at < size; at++) {
                char text[40];
                memset(text, at % 2 ? 'x' : '~', sizeof text);
                text[at] = (char)byte;
                weir_value value = {WEIR_VALUE_TEXT, {.text = {text, size}}};
                size_t n = weir_json_write(&value, out, sizeof out, &error);
                size_t escape = strchr("\"\\\b\f\n\r\t", (int)byte) && byte ? 2
                                : byte < ' '                                ? 6
                                                                            : 1;
                assert_int_equal(n, size + 1 + escape);
                assert_true(escape == 1 ? out[1 + at] == byte : out[1 + at] == '\\');
            }
}

static void test_words(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        bool bare;
    } cases[] = {
        {"0", true},     {"-0", true},    {"24", true},     {"-1.50", true}, {"1e5", true},
        {"1E-05", true}, {"0.0", true},   {"1.5e+3", true}, {"", false},     {"-", false},
        {"007", false},  {"-01", false},  {"+1", false},    {".5", false},   {"5.", false},
        {"1e", false},   {"1e+", false},  {"0x10", false},  {"1_0", false},  {"NaN", false},
        {"inf", false},  {"true", false}, {"null", false},  {"1 ", false},   {"1.2.3", false},
        {"12a", false},  {"1,5", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        weir_text text = {cases[i].word, strlen(cases[i].word)};
        weir_value word = {WEIR_VALUE_WORD, {.text = text}};
        weir_value number = {WEIR_VALUE_NUMBER, {.text = text}};
        bool bare = written(&word)[0] != '"';
        if (bare != cases[i].bare)
            fail_msg("'%s' %s", cases[i].word, bare ? "is bare" : "stands in quotes");
        expect(&number, bare ? cases[i].word : "the field '' is no number as JSON writes them");
    }
}

static void test_bare(void **state)
{
    (void)state;
    static const struct {
        weir_value value;
        const char *wanted;
    } cases[] = {
        {{WEIR_VALUE_NONE, {0}}, "null"},
        {{WEIR_VALUE_NULL, {0}}, "null"},
        {{WEIR_VALUE_BOOL, {.boolean = true}}, "true"},
        {{WEIR_VALUE_BOOL, {.boolean = false}}, "false"},
        {{WEIR_VALUE_I64, {.i64 = INT64_MIN}}, "-9223372036854775808"},
        {{WEIR_VALUE_U64, {.u64 = UINT64_MAX}}, "18446744073709551615"},
        {{WEIR_VALUE_F64, {.f64 = 0.1}}, "0.1"},
        {{WEIR_VALUE_F64, {.f64 = 1e300}}, "1e+300"},
        {{WEIR_VALUE_F64, {.f64 = INFINITY}},
         "the field '' is infinite or no number: JSON has no such"},
        {{WEIR_VALUE_F64, {.f64 = NAN}}, "the field '' is infinite or no number: JSON has no such"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect(&cases[i].value, cases[i].wanted);
}

/* ---- nested ---- */

static weir_value text_value(const char *text)
{
    return (weir_value){WEIR_VALUE_TEXT, {.text = {text, strlen(text)}}};
}

static weir_value nested(weir_value_kind kind, const weir_fields *fields)
{
    return (weir_value){kind, {.record = {&weir_type_fields, fields}}};
}

static void test_nested(void **state)
{
    (void)state;
    const weir_field inside[] = {{{"", 0}, {WEIR_VALUE_I64, {.i64 = 1}}},
                                 {{"", 0}, {WEIR_VALUE_NONE, {0}}},
                                 {{"", 0}, text_value("x")}};
    const weir_fields list = {.fields = inside, .n = 3}, empty = {0};
    const weir_field fields[] = {{TEXT("missing"), {WEIR_VALUE_NONE, {0}}},
                                 {TEXT("a \"name\""), nested(WEIR_VALUE_LIST, &list)},
                                 {TEXT("b"), nested(WEIR_VALUE_RECORD, &empty)},
                                 {TEXT("c"), nested(WEIR_VALUE_LIST, &empty)},
                                 {TEXT("d"), {WEIR_VALUE_NULL, {0}}}};
    const weir_fields all = {.fields = fields, .n = 5};
    weir_value value = nested(WEIR_VALUE_RECORD, &all);
    expect(&value, "{\"a \\\"name\\\"\":[1,null,\"x\"],\"b\":{},\"c\":[],\"d\":null}");
}

static void test_names(void **state)
{
    (void)state;
    const weir_field fields[] = {{TEXT("n\xff"), {WEIR_VALUE_NULL, {0}}}};
    const weir_field texts[] = {{TEXT("name"), text_value("\xff")}};
    const weir_fields bad_name = {.fields = fields, .n = 1}, bad_text = {.fields = texts, .n = 1};
    weir_value value = nested(WEIR_VALUE_RECORD, &bad_name);
    expect(&value, "a field's name is not UTF-8, from its byte 2 on");
    value = nested(WEIR_VALUE_RECORD, &bad_text);
    expect(&value, "the field 'name' is not UTF-8, as JSON has to be, from its byte 1 on");
}

static void test_depth(void **state)
{
    (void)state;
    enum { DEEP = WEIR_RECORD_DEPTH_MAX + 1 };
    weir_fields lists[DEEP] = {{0}};
    weir_field fields[DEEP];
    for (size_t i = 1; i < DEEP; i++) {
        fields[i] = (weir_field){TEXT("l"), nested(WEIR_VALUE_LIST, &lists[i - 1])};
        lists[i] = (weir_fields){.fields = &fields[i], .n = 1};
    }
    weir_value fits = nested(WEIR_VALUE_LIST, &lists[DEEP - 2]);
    assert_int_equal(strspn(written(&fits), "["), WEIR_RECORD_DEPTH_MAX);
    weir_value over = nested(WEIR_VALUE_LIST, &lists[DEEP - 1]);
    expect(&over, "the field '' is nested deeper than 128");
}

/* ---- room, and what came as JSON ---- */

/* With any room the same number of bytes is asked for, and none is written behind it. */
static void test_room(void **state)
{
    (void)state;
    const weir_field fields[] = {{TEXT("name"), text_value("a\nb\"c")},
                                 {TEXT("long name of a field"), text_value("plain text, long")},
                                 {TEXT("n"), {WEIR_VALUE_NUMBER, {.text = TEXT("1.10")}}}};
    const weir_fields all = {.fields = fields, .n = 3};
    weir_value value = nested(WEIR_VALUE_RECORD, &all);
    unsigned char out[128];
    weir_error error;
    size_t need = weir_json_write(&value, NULL, 0, &error);
    for (size_t size = 0; size <= need; size++) {
        memset(out, '#', sizeof out);
        assert_int_equal(weir_json_write(&value, out, size, &error), need);
        for (size_t i = size; i < sizeof out; i++)
            assert_int_equal(out[i], '#');
    }
    out[need] = '\0';
    assert_string_equal((char *)out, "{\"name\":\"a\\nb\\\"c\",\"long name of a field\":\"plain "
                                     "text, long\",\"n\":1.10}");
}

static void test_as_it_came(void **state)
{
    (void)state;
    static const struct {
        weir_text text;
        const char *wanted;
    } cases[] = {
        {TEXT("{ \"a\" : 1.10 }"), "{ \"a\" : 1.10 }"},
        {TEXT("{\n\t\"a\": [ 1,\r\n 2 ],\n \"b c\\\" \\\\\": \"\\n \" }\n"),
         "{\"a\":[1,2],\"b c\\\" \\\\\":\"\\n \"}"},
        {TEXT("-1e5"), "-1e5"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned char out[64] = {0};
        weir_error error;
        weir_fields fields = {.text = cases[i].text, .form = WEIR_FORM_JSON};
        weir_record_view view = {&weir_type_fields, &fields};
        size_t n = weir_json_write_record(view, out, sizeof out, &error);
        assert_string_equal((char *)out, cases[i].wanted);
        assert_int_equal(n, strlen(cases[i].wanted));
    }
}

int format_json_write(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_text),       cmocka_unit_test(test_each_byte),
        cmocka_unit_test(test_words),      cmocka_unit_test(test_bare),
        cmocka_unit_test(test_nested),     cmocka_unit_test(test_names),
        cmocka_unit_test(test_depth),      cmocka_unit_test(test_room),
        cmocka_unit_test(test_as_it_came),
    };
    return cmocka_run_group_tests_name("json_write", tests, NULL, NULL);
}
