/* ndjson, json_doc: JSONTestSuite's verdicts, places, limits, numbers as they came, paths, and what
 * memory that fails and early drops do. */

#include <stdlib.h>
#include <string.h>

#include "core/draw.h"
#include "corpus.h"
#include "json_answer.h"

static struct json_answer answer;

#ifdef WEIR_HAVE_YYJSON
/* ---- JSONTestSuite ---- */

struct verdicts {
    json_over *over;
    unsigned n;
};

/* The bytes of a case: some are one text many times, and a tail. */
static char *case_bytes(const struct corpus_value *test, size_t *n)
{
    const struct corpus_value *in = corpus_get(test, "in"), *repeat = corpus_get(test, "repeat");
    const struct corpus_value *tail = corpus_get(test, "tail");
    const struct corpus_value *text = repeat ? &repeat->parts[0] : in;
    size_t times = repeat ? (size_t)repeat->parts[1].whole : 1, at = 0;
    char *bytes = malloc(times * text->n + (tail ? tail->n : 0) + 1);
    for (; times; times--, at += text->n)
        memcpy(bytes + at, text->bytes, text->n);
    if (tail)
        memcpy(bytes + at, tail->bytes, tail->n);
    *n = at + (tail ? tail->n : 0);
    return bytes;
}

static void check_verdict(const struct corpus_value *test, void *arg)
{
    struct verdicts *verdicts = arg;
    size_t n;
    char *bytes = case_bytes(test, &n);
    char expect = corpus_get(test, "expect")->bytes[0];
    if (verdicts->over == json_whole || !memchr(bytes, '\n', n)) {
        json_answer_any_way(verdicts->over, bytes, n, &answer);
        bool taken = answer.values == 1 && !answer.error.code;
        if ((expect == 'y' && !taken) || (expect == 'n' && answer.values))
            fail_msg("%s: %s %s", corpus_get(test, "id")->bytes, answer.text, answer.error.message);
        verdicts->n++;
    }
    free(bytes);
}

static void test_suite(void **state)
{
    (void)state;
    struct verdicts lines = {json_lines, 0}, whole = {json_whole, 0};
    corpus_for_each("json.jsonl", check_verdict, &whole);
    corpus_for_each("json.jsonl", check_verdict, &lines);
    assert_int_equal(whole.n, 206);
    assert_true(lines.n > 190);
}

/* ---- places ---- */

struct place_case {
    const char *in;
    const char *answer;
    const char *message;
};

static void check_places(json_over *over, const struct place_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_answer_any_way(over, cases[i].in, strlen(cases[i].in), &answer);
        assert_string_equal(answer.text, cases[i].answer);
        assert_string_equal(answer.error.message, cases[i].message);
    }
}

static void test_lines(void **state)
{
    (void)state;
    static const struct place_case cases[] = {
        {"", "", ""},
        {"\n \r\n\t\n", "", ""},
        {"1.10\n", "1.10=1.10 ", ""},
        {" {\"a\" : 1.10 } \r\n[1e5, -0]", "{\"a\" : 1.10 }={\"a\":1.10} [1e5, -0]=[1e5,-0] ", ""},
        {"\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n", "{}={} !6 byte 6 record 2 at 2:1 ",
         "not JSON: byte order mark (BOM) is not supported"},
        {"1\n\n  {\"a\": x}\n2\n", "1=1 !6 byte 11 record 2 at 3:9 2=2 ",
         "not JSON: unexpected character, expected a valid JSON value"},
        {"[1,\n2]\n", "!6 byte 3 record 1 at 1:4 !6 byte 5 record 2 at 2:2 ",
         "not JSON: unexpected content after document"},
        {"{\"a\":\"b\n", "!6 byte 7 record 1 at 1:8 ", "JSON that ends inside of a value"},
        {"\"\\u00e9 \\n\"\nnull\ntrue\n\"\"",
         "\"\\u00e9 \\n\"=\"é \\n\" null=null true=true \"\"=\"\" ", ""},
        {"\"caf\xe9\"\n7", "!6 byte 4 record 1 at 1:5 7=7 ",
         "not JSON: invalid UTF-8 encoding in string"},
    };
    check_places(json_lines, cases, sizeof cases / sizeof *cases);
}

static void test_whole(void **state)
{
    (void)state;
    static const struct place_case cases[] = {
        {"", "!7 byte 0 record -1 at 1:1 fatal ", "no JSON: the input is empty"},
        {"\n\n  ", "!7 byte 4 record -1 at 3:3 fatal ", "no JSON: the input is empty"},
        {"\n[1,\n 2]\n", "[1,\n 2]=[1,2] ", ""},
        {"\xef\xbb\xbf{}", "{}={} ", ""},
        {"{\n \"a\": 1,\n \"b\" 2\n}\n", "!6 byte 16 record -1 at 3:6 fatal ",
         "not JSON: unexpected character, expected a colon after object key"},
        {"{\n \"a\": [", "!7 byte 9 record -1 at 2:8 fatal ", "JSON that ends inside of a value"},
        {"1\n2\n", "!6 byte 2 record -1 at 2:1 fatal ",
         "not JSON: unexpected content after document"},
    };
    check_places(json_whole, cases, sizeof cases / sizeof *cases);
}

/* What a line was refused for stands until the next poll, as it came. */
static void test_rejected(void **state)
{
    (void)state;
    static const char bad[] = "1\n\t{\"a\": x} \r\n2\n";
    json_answer_any_way(json_lines, bad, sizeof bad - 1, &answer);
    assert_string_equal(answer.rejected, "\t{\"a\": x} ");
}

/* ---- limits ---- */

static weir_stream *short_lines(weir_reader *reader)
{
    return weir_ndjson(reader, &WEIR_JSON_OPTIONS(.line_bytes_max = 4));
}

static weir_stream *short_whole(weir_reader *reader)
{
    return weir_json_doc(reader, 4);
}

static void test_lengths(void **state)
{
    (void)state;
    static const struct place_case lines[] = {
        {"1\n\n\"long\"\n[1]\n22222",
         "1=1 !5 byte 3 record 2 at 3:1 [1]=[1] "
         "!5 byte 14 record 4 at 5:1 ",
         "a line is longer than line_bytes_max = 4 bytes"},
    };
    static const struct place_case whole[] = {
        {"[12]", "[12]=[12] ", ""},
        {"[12]\n", "!5 byte 4 record -1 at 1:5 fatal ", "a text longer than bytes_max = 4"},
    };
    check_places(short_lines, lines, 1);
    check_places(short_whole, whole, 2);
}

/* `depth` lists, or a number of `digits`, and a line behind it. */
static size_t deep(char *out, size_t depth, size_t digits)
{
    memset(out, '[', depth);
    memset(out + depth, '7', digits);
    memset(out + depth + digits, ']', depth);
    memcpy(out + 2 * depth + digits, "\n7\n", 3);
    return 2 * depth + digits + 3;
}

static void test_depth_and_digits(void **state)
{
    (void)state;
    char text[2000];
    json_answer_any_way(json_lines, text, deep(text, 128, 2), &answer);
    assert_int_equal(answer.values, 2);
    json_answer_any_way(json_lines, text, deep(text, 129, 2), &answer);
    assert_string_equal(answer.text, "!5 byte 128 record 1 at 1:129 7=7 ");
    assert_string_equal(answer.error.message, "more than 128 lists and objects in each other");
    json_answer_any_way(json_lines, text, deep(text, 0, 1000), &answer);
    assert_int_equal(answer.values, 2);
    json_answer_any_way(json_lines, text, deep(text, 1, 1001), &answer);
    assert_string_equal(answer.text, "!5 byte 1 record 1 at 1:2 7=7 ");
    assert_string_equal(answer.error.message, "a number of 1001 bytes; at most 1000 are read");
}

/* Brackets in strings are none; those of the next object begin anew. */
static void test_shallow(void **state)
{
    (void)state;
    char text[3000] = "[\"";
    memset(text + 2, '[', 500);
    strcpy(text + 502, "\\\"[[\"");
    for (size_t i = 0; i < 300; i++)
        strcat(text, ",{\"\":[]}");
    strcat(text, "]");
    json_answer_any_way(json_lines, text, strlen(text), &answer);
    assert_int_equal(answer.values, 1);
}

/* A mebibyte of brackets would take 13: it is refused with its limit kept, and the next follows. */
static void test_hostile(void **state)
{
    (void)state;
    enum { N = (1 << 20) - 1 };
    char *text = malloc(N + 3);
    for (unsigned closed = 0; closed < 2; closed++) {
        memset(text, '[', N);
        if (closed)
            memset(text + N / 2 + 1, ']', N / 2);
        memcpy(text + N, "\n7\n", 3);
        memory_begin(0, false);
        weir_stream *stream = weir_ndjson(weir_memory_reader(text, N + 3), NULL);
        size_t max = weir_memory_max(stream);
        json_answer_of(stream, 64, &answer);
        assert_true(memory.peak_bytes <= max + 4096);
        assert_true(max < (size_t)6 << 20);
        assert_int_equal(memory_end(), 0);
        assert_int_equal(answer.error.code, WEIR_E_LIMIT);
        assert_string_equal(answer.text + answer.n - 5, " 7=7 ");
    }
    free(text);
}

/* ---- many at once ---- */

/* Lines of all sizes: batches end where the pool does, and nothing lent is lost. */
static void test_batches(void **state)
{
    (void)state;
    static char text[600000];
    static struct json_answer other;
    size_t n = 0;
    uint64_t seed = 5;
    while (n < sizeof text - 40000) {
        size_t items = weir_draw(&seed) % (weir_draw(&seed) % 20 ? 30 : 18000);
        text[n++] = '[';
        for (size_t i = 0; i < items; i++, n += 2)
            memcpy(text + n, "7,", 2);
        memcpy(text + n, weir_draw(&seed) % 9 ? "0]\n" : "x]\n", 3);
        n += 3;
    }
    json_answer_of(json_lines(weir_memory_reader(text, n)), 1, &answer);
    assert_true(answer.values > 100);
    for (size_t demand = 2; demand <= 64; demand *= 2) {
        json_answer_of(json_lines(pieces_reader(text, n, 10007)), demand, &other);
        assert_string_equal(other.text, answer.text);
    }
}

/* ---- values ---- */

/* The first value of a text, kept until the stream is dropped. */
static weir_stream *first_of(const char *text, weir_json *json)
{
    struct test_cx test;
    weir_stream *stream = weir_ndjson(weir_memory_reader(text, strlen(text)), NULL);
    test_cx_init(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, json, 1).n, 1);
    test_cx_fini(&test);
    return stream;
}

static void test_paths(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *text; /* NULL: there is none */
    } cases[] = {
        {"a", "1.10"},     {"b.0", "x"},     {"b.1.c", "true"}, {"b.2", NULL},      {"b.x", NULL},
        {"b.1.c.d", NULL}, {"", "empty"},    {"e", "null"},     {"z", NULL},        {"b.-1", NULL},
        {"b.0.0", NULL},   {"twice", "one"}, {"b.1", NULL},     {"b.01.c", "true"},
    };
    weir_json json;
    weir_stream *stream = first_of("{\"a\":1.10,\"b\":[\"x\",{\"c\":true}],\"\":\"empty\","
                                   "\"e\":null,\"twice\":\"one\",\"twice\":\"two\"}",
                                   &json);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char scratch[WEIR_VALUE_TEXT_BYTES];
        weir_text text = {NULL, 0};
        weir_value value;
        bool found = weir_json_get(&json, cases[i].path, &value);
        assert_int_equal(found, value.kind != WEIR_VALUE_NONE);
        bool has = weir_value_text(&value, scratch, &text);
        if (has != !!cases[i].text || (has && (text.size != strlen(cases[i].text) ||
                                               memcmp(text.data, cases[i].text, text.size))))
            fail_msg("'%s' is '%.*s'", cases[i].path, (int)text.size, text.data);
    }
    weir_drop(stream);
}

static void test_as_record(void **state)
{
    (void)state;
    weir_json json;
    weir_stream *stream = first_of("{\"a\":1,\"b\":[2,3],\"c\":{\"d\":4}}", &json);
    weir_record_view view = {&weir_type_json, &json};
    weir_text name;
    weir_value value;
    char names[16] = "";
    assert_int_equal(weir_record_count(view), 3);
    for (weir_record_iter at = {0}; weir_record_next(view, &at, &name, &value);)
        strncat(names, name.data, name.size);
    assert_string_equal(names, "abc");
    weir_name wanted = WEIR_NAME("c");
    assert_true(weir_record_find(view, &wanted, &value));
    assert_int_equal(weir_record_count(value.is.record), 1);
    weir_name unknown = WEIR_NAME("x");
    assert_false(weir_record_find(view, &unknown, &value));
    weir_drop(stream);
    stream = first_of("[1,2]", &json);
    assert_int_equal(weir_record_count(view), 2);
    assert_false(weir_record_find(view, &unknown, &value));
    weir_drop(stream);
    stream = first_of("7", &json);
    assert_int_equal(weir_record_count(view), 0);
    weir_drop(stream);
}

/* ---- memory and drops ---- */

static const char some[] = "{\"a\":[1,2,3]}\n\nx\n{\"b\":{\"c\":\"d\"}}\n";

/* Each allocation fails once, or from then on: what comes is a beginning, and an error. */
static void test_memory(void **state)
{
    (void)state;
    json_over *overs[] = {json_lines, json_whole};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned after = 0; after < 2; after++)
            for (unsigned long at = 1, failed = 1; failed; at++) {
                memory_begin(at, after);
                json_answer_of(overs[i](one_byte_reader(some, sizeof some - 1, false)), 2, &answer);
                failed = memory.failed;
                assert_int_equal(memory_end(), 0);
                if (failed)
                    assert_int_equal(answer.error.code, WEIR_E_MEMORY);
            }
}

static void test_drops(void **state)
{
    (void)state;
    json_over *overs[] = {json_lines, json_whole};
    for (unsigned i = 0; i < 2; i++)
        for (unsigned steps = 0; steps < 80; steps++) {
            struct test_cx test;
            weir_json values[2];
            memory_begin(0, false);
            weir_stream *stream = overs[i](one_byte_reader(some, sizeof some - 1, true));
            test_cx_init(&test);
            for (unsigned step = 0; step < steps && !weir_is_done(stream); step++) {
                test_cx_turn(&test);
                weir_ignore(weir_poll_next(stream, &test.cx, values, 2));
            }
            weir_drop(stream);
            test_cx_fini(&test);
            assert_int_equal(memory_end(), 0);
        }
}

/* While it waits it holds no values. */
static void test_idle(void **state)
{
    (void)state;
    struct test_cx test;
    struct script script = {0};
    weir_json json;
    memory_begin(0, false);
    weir_stream *stream = weir_ndjson(script_reader(&script, "\"1\n\" P~"), NULL);
    test_cx_init(&test);
    size_t before = memory.live_bytes;
    assert_int_equal(weir_poll_next(stream, &test.cx, &json, 1).n, 1);
    assert_true(memory.live_bytes >= before + (64 << 10));
    assert_int_equal(weir_poll_next(stream, &test.cx, &json, 1).state, WEIR_PENDING);
    assert_true(memory.live_bytes < before + (32 << 10));
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
}

/* ---- structs ---- */

struct pet {
    weir_text name;
    int64_t age;
};
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2, .optional = true))

static int64_t pet_number(struct pet pet, void *arg)
{
    (void)arg;
    return pet.age + (int64_t)pet.name.size * 100;
}
WEIR_MAP_FN(pet_number_fn, pet_number, struct pet, int64_t, .from = &pet_record.type)

static void test_structs(void **state)
{
    (void)state;
    static const char text[] = "{\"age\":7,\"x\":[],\"name\":\"Rex\"}\n{\"name\":\"Bo\"}\n"
                               "{\"age\":1}\n{\"name\":\"A\",\"age\":\"old\"}\n[1]\nx\n"
                               "{\"name\":\"A\",\"age\":1e1}\n{\"name\":\"A\",\"age\":1.5}\n";
    weir_reader *reader = weir_memory_reader(text, sizeof text - 1);
    weir_stream *pets = weir_ndjson_records(reader, &pet_record, NULL);
    assert_string_equal(trace(weir_map(pets, &pet_number_fn, NULL), 4),
                        "307 200 !CORRUPT !CORRUPT !CORRUPT !CORRUPT 110 !CORRUPT $");
}
#else
/* Without yyjson every constructor says what the library lacks. */
static void test_missing(void **state)
{
    (void)state;
    static const char words[] = "no JSON: built without yyjson";
    json_answer_of(json_lines(weir_memory_reader("1", 1)), 1, &answer);
    assert_string_equal(answer.error.message, words);
    assert_non_null(strstr(answer.error.cure, "-Djson=enabled"));
    json_answer_of(json_whole(weir_memory_reader("1", 1)), 1, &answer);
    assert_string_equal(answer.error.message, words);
}
#endif

static void test_refused(void **state)
{
    (void)state;
    weir_reader *failed = weir_reader_refused(WEIR_E_USER, NULL, "its own words", NULL, NULL, 0);
    json_answer_of(json_lines(failed), 1, &answer);
    assert_string_equal(answer.error.message, "its own words");
    failed = weir_reader_refused(WEIR_E_USER, NULL, "its own words", NULL, NULL, 0);
    json_answer_of(json_whole(failed), 1, &answer);
    assert_string_equal(answer.error.message, "its own words");
#ifdef WEIR_HAVE_YYJSON
    weir_reader *reader = weir_memory_reader("1", 1);
    json_answer_of(weir_json_doc(reader, 0), 1, &answer);
    assert_string_equal(answer.error.message, "json_doc: the limit 'bytes_max' is 0 bytes");
    reader = weir_memory_reader("1", 1);
    json_answer_of(weir_json_doc(reader, (size_t)WEIR_MIN_MAX + 1), 1, &answer);
    assert_int_equal(answer.error.code, WEIR_E_ARGUMENT);
    reader = weir_memory_reader("1", 1);
    json_answer_of(weir_ndjson(reader, &WEIR_JSON_OPTIONS(.line_bytes_max = SIZE_MAX)), 1, &answer);
    assert_int_equal(answer.error.code, WEIR_E_ARGUMENT);
#endif
}

int format_ndjson(void)
{
    const struct CMUnitTest tests[] = {
#ifdef WEIR_HAVE_YYJSON
        cmocka_unit_test(test_suite),    cmocka_unit_test(test_lines),
        cmocka_unit_test(test_whole),    cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_shallow),  cmocka_unit_test(test_depth_and_digits),
        cmocka_unit_test(test_hostile),  cmocka_unit_test(test_batches),
        cmocka_unit_test(test_paths),    cmocka_unit_test(test_as_record),
        cmocka_unit_test(test_memory),   cmocka_unit_test(test_drops),
        cmocka_unit_test(test_rejected), cmocka_unit_test(test_idle),
        cmocka_unit_test(test_structs),
#else
        cmocka_unit_test(test_missing),
#endif
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("ndjson", tests, NULL, NULL);
}
