/* to_ndjson, to_json: records as lines and as a list, what came as JSON, errors in between, and
 * memory that fails. */

#include <string.h>

#include "../stream/stages.h"
#include "weir/json.h"
#include "weir/read.h"

typedef weir_reader *to_json_of(weir_stream *source WEIR_TAKES);

static weir_reader *to_lines(weir_stream *source)
{
    return weir_to_ndjson(source, NULL);
}

static weir_reader *to_list(weir_stream *source)
{
    return weir_to_json(source, NULL);
}

/* All bytes of a reader, and !CODE for each error. */
static const char *text_of(weir_reader *reader)
{
    static char text[1 << 16];
    struct test_cx test;
    weir_poll got;
    size_t at = 0;
    test_cx_init(&test);
    do {
        test_cx_turn(&test);
        got = weir_poll_fill(reader, &test.cx, 1);
        size_t n;
        const unsigned char *bytes = weir_peek(reader, &n);
        assert_true(at + n + 32 < sizeof text);
        memcpy(text + at, bytes, n);
        at += n;
        weir_consume(reader, n);
        if (got.state == WEIR_ERROR)
            at += weir_format(text + at, 32, "!%d record %lld\n", (int)test.cx.error.code,
                              (long long)test.cx.error.record);
        if (got.state == WEIR_PENDING)
            assert_true(test_cx_woken(&test));
    } while (got.state != WEIR_END);
    text[at] = '\0';
    weir_drop(reader);
    test_cx_fini(&test);
    return text;
}

/* ---- structs; of four the text is no UTF-8, of five it is missing ---- */

struct row {
    int64_t number;
    weir_text text;
    bool has_text;
};
WEIR_RECORD(row_record, struct row, WEIR_MEMBER(struct row, number, 1),
            WEIR_MEMBER(struct row, text, 2, .has = WEIR_HAS(struct row, has_text)))

static struct row to_row(int64_t number, void *arg)
{
    (void)arg;
    const char *text = number == 4 ? "\xff" : number == 1 ? "a \"b\"\n" : "x";
    return (struct row){number, {text, strlen(text)}, number != 5};
}
WEIR_MAP_FN(to_row_fn, to_row, int64_t, struct row, .to = &row_record.type)

static weir_stream *rows(struct script *script, const char *text)
{
    return weir_map(script_stream(script, text), &to_row_fn, NULL);
}

static void test_structs(void **state)
{
    (void)state;
    static const struct {
        const char *script, *lines, *list;
    } cases[] = {
        {"1 P 2 5",
         "{\"number\":1,\"text\":\"a "
         "\\\"b\\\"\\n\"}\n{\"number\":2,\"text\":\"x\"}\n{\"number\":5}\n",
         "[\n{\"number\":1,\"text\":\"a "
         "\\\"b\\\"\\n\"},\n{\"number\":2,\"text\":\"x\"},\n{\"number\":5}\n]\n"},
        {"$", "", "[]\n"},
        {"5 4 5", "{\"number\":5}\n!6 record 2\n{\"number\":5}\n",
         "[\n{\"number\":5}!6 record 2\n,\n{\"number\":5}\n]\n"},
        {"4 5", "!6 record 1\n{\"number\":5}\n", "!6 record 1\n[\n{\"number\":5}\n]\n"},
        {"5 !7 5", "{\"number\":5}\n!10 record -1\n{\"number\":5}\n",
         "[\n{\"number\":5}!10 record -1\n,\n{\"number\":5}\n]\n"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script one = {0}, two = {0};
        assert_string_equal(text_of(to_lines(rows(&one, cases[i].script))), cases[i].lines);
        assert_string_equal(text_of(to_list(rows(&two, cases[i].script))), cases[i].list);
    }
}

static void test_limit(void **state)
{
    (void)state;
    struct script script = {0};
    weir_to_json_options options = WEIR_TO_JSON_OPTIONS(.record_bytes_max = 13);
    assert_string_equal(text_of(weir_to_ndjson(rows(&script, "5 2 5"), &options)),
                        "{\"number\":5}\n!5 record 2\n{\"number\":5}\n");
}

/* A first record that is refused does not begin the list. */
static void test_limit_of_the_first(void **state)
{
    (void)state;
    static const struct {
        const char *script, *wanted;
    } cases[] = {
        {"1 5 5", "!5 record 1\n[\n{\"number\":5},\n{\"number\":5}\n]\n"},
        {"1", "!5 record 1\n[]\n"},
        {"5 1 5", "[\n{\"number\":5}!5 record 2\n,\n{\"number\":5}\n]\n"},
    };
    weir_to_json_options options = WEIR_TO_JSON_OPTIONS(.record_bytes_max = 20);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct script script = {0};
        assert_string_equal(text_of(weir_to_json(rows(&script, cases[i].script), &options)),
                            cases[i].wanted);
    }
}

static void test_refused(void **state)
{
    (void)state;
    struct script script = {0};
    weir_reader *reader = to_lines(script_stream(&script, "1"));
    struct test_cx test;
    test_cx_init(&test);
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "to_ndjson: items of 'int64_t' have no fields");
    weir_drop(reader);
    reader = to_list(weir_stream_refused(WEIR_E_USER, NULL, "its own words", NULL, NULL, 0));
    assert_int_equal(weir_poll_fill(reader, &test.cx, 1).state, WEIR_ERROR);
    assert_string_equal(test.cx.error.message, "its own words");
    weir_drop(reader);
    test_cx_fini(&test);
}

static void test_memory(void **state)
{
    (void)state;
    to_json_of *ways[] = {to_lines, to_list};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned long at = 1, failed = 1; failed; at++) {
            struct script script = {0};
            memory_begin(at, true);
            const char *text = text_of(ways[i](rows(&script, "1 P 2 5")));
            failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            assert_int_equal(strstr(text, "!2 ") != NULL, failed != 0);
        }
}

#ifdef WEIR_HAVE_YYJSON
static const char in[] = "{\"a\" : 1.10, \"b\":[ {} ]}\n[1, 2]\n\"\\u00e9\"\n";

static void test_as_it_came(void **state)
{
    (void)state;
    weir_reader *reader = weir_memory_reader(in, sizeof in - 1);
    assert_string_equal(text_of(to_lines(weir_ndjson(reader, NULL))), in);
    reader = weir_memory_reader(in, sizeof in - 1);
    assert_string_equal(text_of(to_lines(weir_own(weir_ndjson(reader, NULL)))), in);
    reader = weir_memory_reader(in, sizeof in - 1);
    assert_string_equal(text_of(to_list(weir_ndjson(reader, NULL))),
                        "[\n{\"a\" : 1.10, \"b\":[ {} ]},\n[1, 2],\n\"\\u00e9\"\n]\n");
}

/* A text over several lines leaves on one. */
static void test_one_line(void **state)
{
    (void)state;
    static const char many[] = "[\n  1.10,\r\n\t\"a  \\\" b\"\n]\n";
    for (unsigned own = 0; own < 2; own++) {
        weir_stream *doc = weir_json_doc(weir_memory_reader(many, sizeof many - 1), 100);
        assert_string_equal(text_of(to_lines(own ? weir_own(doc) : doc)), "[1.10,\"a  \\\" b\"]\n");
    }
}
#endif

int format_to_json(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_structs),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_limit_of_the_first),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_memory),
#ifdef WEIR_HAVE_YYJSON
        cmocka_unit_test(test_as_it_came),
        cmocka_unit_test(test_one_line),
#endif
    };
    return cmocka_run_group_tests_name("to_json", tests, NULL, NULL);
}
