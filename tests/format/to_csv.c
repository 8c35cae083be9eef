/* to_csv: records as lines; what was read is written the same. */

#include <stdlib.h>

#include "../stream/stages.h"
#include "corpus.h"
#include "csv_run.h"
#include "weir/fields.h"

/* Its bytes, and each error where it stands. */
static char *written(weir_stream *records, const weir_to_csv_options *options)
{
    struct story story = {0};
    story_write(&story, weir_to_csv(records, options));
    return story.text;
}

static void assert_written(weir_stream *records, const weir_to_csv_options *options,
                           const char *wanted)
{
    char *got = written(records, options);
    assert_string_equal(got, wanted);
    free(got);
}

static weir_stream *rows_in(const char *text, const weir_csv_options *options)
{
    return weir_csv(weir_memory_reader(text, strlen(text)), options);
}

/* Of their own: fields without the text that they came from. */
static weir_stream *plain_rows(const char *text)
{
    static const char *const names[] = {"a", "b", "c", "_3"};
    return weir_pick(rows_in(text, NULL), names, 4);
}

static void test_as_it_came(void **state)
{
    static const char *const same[] = {
        "",
        "a,b\n1,2\n",
        "a,b\n\"1\",\"2\"\n\"x,\r\ny\",\"\"\"\"\n",
        "\"a\",\"\"\"b\"\"\"\n1,2\n",
        "a,a\n1,2\n",
        "a\n\"\"\n1\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        /* The header is written anew: with quotes where it needs them. */
        const char *wanted = i == 3 ? "a,\"\"\"b\"\"\"\n1,2\n" : same[i];
        assert_written(rows_in(same[i], NULL), NULL, wanted);
        assert_written(weir_own(rows_in(same[i], NULL)), NULL, wanted);
    }
    assert_written(rows_in("a,b\r\n1,\"2\"\r\n\r\n", NULL), NULL, "a,b\n1,\"2\"\n");
    assert_written(rows_in("a\n1\n\n2\n", NULL), NULL, "a\n1\n\"\"\n2\n");
}

static void test_anew(void **state)
{
    (void)state;
    assert_written(rows_in("a,b\nx\"y,\"1\"\n", &WEIR_CSV_OPTIONS(.lazy_quotes = true)), NULL,
                   "a,b\n\"x\"\"y\",1\n");
    assert_written(rows_in("a;b\n\"1\";2,3\n", &WEIR_CSV_OPTIONS(.separator = ';')), NULL,
                   "a,b\n1,\"2,3\"\n");
    assert_written(rows_in("a;b\n\"1\";2,3\n", &WEIR_CSV_OPTIONS(.separator = ';')),
                   &WEIR_TO_CSV_OPTIONS(.separator = ';'), "a;b\n\"1\";2,3\n");
    assert_written(rows_in("a,b\n1,\"2'\"\"\r\n\"\n", NULL), &WEIR_TO_CSV_OPTIONS(.quote = '\''),
                   "a,b\n1,'2''\"\r\n'\n");
    assert_written(rows_in("a,b\n1,\"2,3\"\n4,\"5\"\n", NULL),
                   &WEIR_TO_CSV_OPTIONS(.separator = '\t', .no_quotes = true),
                   "a\tb\n1\t2,3\n4\t5\n");
    assert_written(plain_rows("a,b,c\n\"1\",\"2,3\",\"\r\"\n,\"\"\"\",\"\n\"\n"), NULL,
                   "a,b,c\n1,\"2,3\",\"\r\"\n,\"\"\"\",\"\n\"\n");
}

static void test_columns(void **state)
{
    static const char *const names[] = {"c", "a"};
    const weir_to_csv_options chosen = WEIR_TO_CSV_OPTIONS(.header = names, .header_n = 2);
    (void)state;
    /* What is missing is empty, what is more an error, and the next one follows. */
    assert_written(rows_in("a,b\n1,2\n3\n4,5,6\n7,8\n", NULL), NULL,
                   "a,b\n1,2\n3,\n!CORRUPT #37,8\n$");
    assert_written(plain_rows("a,b,c\n1,2,3\n4\n5,6,7,8\n9,,\n"), NULL,
                   "a,b,c\n1,2,3\n4,,\n!CORRUPT #39,,\n$");
    /* Two files, the columns of the first. */
    assert_written(weir_chain(rows_in("a,b\n1,2\n", NULL), rows_in("b,a\n3,4\n", NULL)), NULL,
                   "a,b\n1,2\n4,3\n");
    assert_written(weir_chain(rows_in("a,b\n1,2\n", NULL), rows_in("a,c\n3,4\n5\n", NULL)), NULL,
                   "a,b\n1,2\n!CORRUPT #25,\n$");
    assert_written(rows_in("a,b,c\n1,2,3\n4\n5,6,7,8\n", NULL), &chosen, "c,a\n3,1\n,4\n7,5\n");
    assert_written(rows_in("a,b\n", NULL), &chosen, "c,a\n");
    assert_written(rows_in("c,a\n1,\"2\"\n", NULL), &chosen, "c,a\n1,\"2\"\n");
    assert_written(rows_in("a,b\n1,2\n", NULL), &WEIR_TO_CSV_OPTIONS(.no_header = true), "1,2\n");
}

static void test_escapes(void **state)
{
    const weir_to_csv_options tsv = WEIR_TO_CSV_OPTIONS(.separator = '\t', .escapes = true);
    const weir_csv_options in = WEIR_TSV_OPTIONS(.escapes = true);
    (void)state;
    assert_written(plain_rows("a,b,c\n\"x\ty\",\"\"\"\n\r\",\\t\n,\"1,2\",\n"), &tsv,
                   "a\tb\tc\nx\\ty\t\"\\n\\r\t\\\\t\n\t1,2\t\n");
    /* As it came, also with what nobody escapes. */
    assert_written(rows_in("a\\t\tb\n\\x\t\\\\\n", &in), &tsv, "a\\t\tb\n\\x\t\\\\\n");
    assert_written(rows_in("a\\t\tb\n1\t\\\\\n", &in), NULL, "a\t,b\n1,\\\n");
    assert_written(rows_in("a,b\n\"1\",\"\n\"\n", NULL), &WEIR_TO_CSV_OPTIONS(.escapes = true),
                   "a,b\n1,\\n\n");
    assert_written(rows_in("a;b\n1,;2\n", &WEIR_CSV_OPTIONS(.separator = ';')),
                   &WEIR_TO_CSV_OPTIONS(.escapes = true), "!CORRUPT #1a,b\n$");
}

/* Columns that were numbered are the file's own. */
static void test_numbered(void **state)
{
    const weir_csv_options numbered = WEIR_CSV_OPTIONS(.number_doubled = true);
    (void)state;
    assert_written(rows_in("a,a\n\"1\",2\n", &numbered), NULL, "a,a_2\n\"1\",2\n");
    assert_written(weir_own(rows_in("a,a\n\"1\",2\n", &numbered)), NULL, "a,a_2\n\"1\",2\n");
}

/* The header does not lose what its first row lacks. */
static void test_short_first_row(void **state)
{
    (void)state;
    assert_written(rows_in("a,b,c\n1,2\n3,4,5\n", NULL), NULL, "a,b,c\n1,2,\n3,4,5\n");
    assert_written(rows_in("a,b,b\n1\n3,4,5\n", NULL), NULL, "a,b,b\n1,,\n3,4,5\n");
    assert_written(rows_in("a,b\n1\n", NULL), &WEIR_TO_CSV_OPTIONS(.columns_max = 1), "!LIMIT #1$");
}

/* No field is written twice, or in the place of another. */
static void test_columns_of_one_name(void **state)
{
    static const char *const names[] = {"b", "a", "b"};
    (void)state;
    assert_written(rows_in("a,b,b\n1,2,3\n4,5\n6\n", NULL), NULL, "a,b,b\n1,2,3\n4,5,\n6,,\n");
    assert_written(rows_in("a,b,b,c\n1,2,3,4\n5,6,7\n", NULL), NULL, "a,b,b,c\n1,2,3,4\n5,6,7,\n");
    assert_written(weir_chain(rows_in("a,b,b\n1,2,3\n", NULL), rows_in("b,a\n4,5\n", NULL)), NULL,
                   "a,b,b\n1,2,3\n5,4,\n");
    assert_written(weir_chain(rows_in("a,b,b\n1,2,3\n", NULL), rows_in("a,b,c\n4,5,6\n", NULL)),
                   NULL, "a,b,b\n1,2,3\n!CORRUPT #2$");
    assert_written(rows_in("a,b\n1,2\n", NULL),
                   &WEIR_TO_CSV_OPTIONS(.header = names, .header_n = 3), "b,a,b\n2,1,\n");
}

/* ---- structs ---- */

struct home {
    weir_text city;
    int64_t floor;
};
WEIR_RECORD(home_record, struct home, WEIR_MEMBER(struct home, city, 1),
            WEIR_MEMBER(struct home, floor, 2))

struct pet {
    weir_text name;
    int64_t age;
    double weight;
    bool tame;
    struct home home;
};
WEIR_RECORD(pet_record, struct pet, WEIR_MEMBER(struct pet, name, 1),
            WEIR_MEMBER(struct pet, age, 2), WEIR_MEMBER(struct pet, weight, 3),
            WEIR_MEMBER(struct pet, tame, 4), WEIR_NESTED(struct pet, home, 5, &home_record))

static weir_text text_of(const char *text)
{
    return (weir_text){text, strlen(text)};
}

static void test_structs(void **state)
{
    struct pet pets[] = {
        {text_of("Rex"), 7, 12.5, true, {text_of("Ulm"), 2}},
        {text_of("a, b"), -1, 0, false, {text_of("\""), 0}},
    };
    (void)state;
    assert_written(weir_iter(&pet_record.type, pets, 2), NULL,
                   "name,age,weight,tame,home\n"
                   "Rex,7,12.5,true,\"{\"\"city\"\":\"\"Ulm\"\",\"\"floor\"\":2}\"\n"
                   "\"a, b\",-1,0,false,\"{\"\"city\"\":\"\"\\\"\"\"\",\"\"floor\"\":0}\"\n");
}

struct name_and_age {
    weir_text name;
    int64_t age;
    bool has_age;
};
WEIR_RECORD(short_record, struct name_and_age, WEIR_MEMBER(struct name_and_age, name, 1),
            WEIR_MEMBER(struct name_and_age, age, 2, .optional = true,
                        .has = WEIR_HAS(struct name_and_age, has_age)))

static void test_read_as_structs(void **state)
{
    static const char text[] = "age,name,more\n7,Rex,x\nold,Tim,\n\"8\",\"\"\"\"\"\"\n";
    (void)state;
    assert_written(weir_csv_records(weir_memory_reader(text, sizeof text - 1), &short_record, NULL),
                   NULL, "name,age\nRex,7\n!CORRUPT@22 3:1 #2\"\"\"\"\"\",8\n$");
}

/* ---- what can not be written ---- */

static void test_bad(void **state)
{
    static const char *const quoted[] = {"a\n", "b"};
    struct home homes[] = {{{"a\0b", 3}, 1}, {text_of("x\ny"), 2}, {text_of("z"), 3}};
    const weir_to_csv_options refused[] = {
        WEIR_TO_CSV_OPTIONS(.separator = '"'),
        WEIR_TO_CSV_OPTIONS(.separator = '\r'),
        WEIR_TO_CSV_OPTIONS(.record_bytes_max = (size_t)WEIR_MIN_MAX + 1),
        WEIR_TO_CSV_OPTIONS(.columns_max = WEIR_CSV_COLUMNS_MAX + 1),
        WEIR_TO_CSV_OPTIONS(.header = quoted),
        WEIR_TO_CSV_OPTIONS(.header = quoted, .header_n = 2, .columns_max = 1),
    };
    (void)state;
    assert_written(weir_iter(&home_record.type, homes, 3), NULL,
                   "!CORRUPT #1city,floor\n\"x\ny\",2\nz,3\n$");
    assert_written(weir_iter(&home_record.type, homes, 3), &WEIR_TO_CSV_OPTIONS(.no_quotes = true),
                   "!CORRUPT #1!CORRUPT #2city,floor\nz,3\n$");
    assert_written(weir_iter(&home_record.type, homes + 1, 2),
                   &WEIR_TO_CSV_OPTIONS(.record_bytes_max = 5), "!LIMIT #1city,floor\nz,3\n$");
    assert_written(rows_in("a,b\n1,2\n", NULL), &WEIR_TO_CSV_OPTIONS(.columns_max = 1),
                   "!LIMIT #1$");
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_written(rows_in("a,b\n1,2\n", NULL), &refused[i], "!!ARGUMENT$");
    assert_written(rows_in("a,b\n1,2\n", NULL), &WEIR_TO_CSV_OPTIONS(.columns_max = SIZE_MAX),
                   "!!ARGUMENT$");
    assert_written(rows_in("a,b\n1,2\n", NULL),
                   &WEIR_TO_CSV_OPTIONS(.header = quoted, .header_n = 2, .no_quotes = true),
                   "!!CORRUPT$");
    assert_written(weir_range(0, 3), NULL, "!!OTHER$");
}

/* The header and the first record are one item of at most 2 * 16 + 8 bytes; what is refused did not
 * say the names. */
static void test_header_of_a_refused_record(void **state)
{
    static const char text[] = "a_long_name,another_one,more\n1,2,34567890123\n4,5,6\n7,8,9\n";
    static const char *const names[] = {"the names alone are", "more than can be one item"};
    const weir_to_csv_options few = WEIR_TO_CSV_OPTIONS(.record_bytes_max = 16);
    const weir_to_csv_options given =
        WEIR_TO_CSV_OPTIONS(.record_bytes_max = 16, .header = names, .header_n = 2);
    (void)state;
    assert_written(rows_in(text, NULL), &few,
                   "!LIMIT #1a_long_name,another_one,more\n4,5,6\n7,8,9\n$");
    assert_written(rows_in("a_long_name,another_one,more,and_more_names\n1,2,3,4\n5\n", NULL), &few,
                   "!LIMIT #1!LIMIT #2!LIMIT #2$"); /* the last one: of the header at the end */
    assert_written(rows_in("a\n1\n", NULL), &given, "!LIMIT #1!LIMIT #1$");
    assert_written(rows_in("a\n", NULL), &given, "!LIMIT #0$");
}

/* ---- there and back ---- */

static void same_rows(const char *text, const char *wanted, const weir_csv_options *options)
{
    struct story story = {0};
    story_run(&story, rows_in(text, options), 1);
    assert_string_equal(story.text, wanted);
    story_fini(&story);
}

static weir_stream *drawn_rows(const struct corpus_value *in)
{
    return weir_csv(pieces_reader(in->bytes, in->n, 100), NULL);
}

static void drawn_case(const struct corpus_value *test, void *arg)
{
    const struct corpus_value *in = corpus_get(test, "in");
    struct story wanted = {0};
    story_run(&wanted, drawn_rows(in), 1);
    char *rows = written(drawn_rows(in), NULL);
    char *anew = written(weir_rename(drawn_rows(in), "c0", "c0"), NULL);
    char *other = written(drawn_rows(in), &WEIR_TO_CSV_OPTIONS(.separator = 'a', .quote = ';'));
    (void)arg;
    same_rows(rows, wanted.text, NULL);
    same_rows(anew, wanted.text, NULL);
    same_rows(other, wanted.text, &WEIR_CSV_OPTIONS(.separator = 'a', .quote = ';'));
    free(rows);
    free(anew);
    free(other);
    story_fini(&wanted);
}

static void test_there_and_back(void **state)
{
    (void)state;
    corpus_for_each("csv-own.jsonl", drawn_case, NULL);
}

/* ---- memory ---- */

static const char many[] = "a,\"b\"\"\"\n1,\"\"\"2\"\n3\n4,5,6,7\n\"8\"\"\n\",x\"y\n";

static weir_reader *through(weir_reader *reader)
{
    static const char *const names[] = {"a", "_2"};
    weir_stream *rows = weir_csv(reader, &WEIR_CSV_OPTIONS(.lazy_quotes = true));
    return weir_to_csv(rows, &WEIR_TO_CSV_OPTIONS(.header = names, .header_n = 2));
}

static struct pet a_pet = {{"Rex", 3}, 7, 1, true, {{"Ulm", 3}, 2}};

static weir_reader *way_through(unsigned way)
{
    if (way == 0)
        return through(pieces_reader(many, sizeof many - 1, 9));
    if (way == 1)
        return weir_to_csv(weir_iter(&pet_record.type, &a_pet, 1), NULL);
    if (way == 2)
        return weir_to_csv(rows_in("a,b\n1,2\n", &WEIR_CSV_OPTIONS(.strict = true)), NULL);
    const weir_csv_options tabs = WEIR_TSV_OPTIONS(.escapes = true, .number_doubled = true);
    return weir_to_csv(weir_put(rows_in("a\ta\ta\n1\\t\t2\n", &tabs), "b", weir_value_word("3")),
                       NULL);
}

static void test_every_allocation_fails(void **state)
{
    (void)state;
    for (unsigned way = 0; way < 8; way++)
        for (unsigned long at = 1, failed = 1; failed; at++) {
            weir_error error;
            memory_begin(at, way % 2);
            struct bytes got = reader_bytes(way_through(way / 2), &error);
            failed = memory.failed;
            assert_int_equal(memory_end(), 0);
            free(got.data);
            assert_int_equal(got.state, failed ? WEIR_ERROR : WEIR_END);
            if (failed)
                assert_int_equal(error.code, WEIR_E_MEMORY);
        }
}

static void test_dropped_at_each_step(void **state)
{
    (void)state;
    for (unsigned steps = 0; steps < 150; steps++) {
        struct test_cx test;
        memory_begin(0, false);
        test_cx_init(&test);
        weir_reader *reader = through(one_byte_reader(many, sizeof many - 1, true));
        for (unsigned i = 0; i < steps; i++) {
            size_t n;
            test_cx_turn(&test);
            weir_ignore(weir_poll_fill(reader, &test.cx, 1));
            weir_peek(reader, &n);
            weir_consume(reader, n);
            test_cx_woken(&test);
        }
        weir_drop(reader);
        test_cx_fini(&test);
        assert_int_equal(memory_end(), 0);
    }
}

/* What it says is never passed: a record that grows, with doubled quotes and many fields. */
static void test_keeps_its_bound(void **state)
{
    enum { N = 300000 };
    char *text = malloc(N);
    struct test_cx test;
    weir_row row;
    (void)state;
    for (size_t i = 0; i < N; i++)
        text[i] = "\"\"\"\","[i % 5];
    text[3 * N / 5] = '\n';
    memory_begin(0, false);
    test_cx_init(&test);
    weir_stream *rows = weir_csv(
        pieces_reader(text, N, 5000),
        &WEIR_CSV_OPTIONS(.record_bytes_max = 1 << 18, .columns_max = 1 << 17, .no_header = true));
    size_t bound = weir_memory_max(rows);
    for (weir_poll got = {0, WEIR_READY}; got.state != WEIR_END;) {
        test_cx_turn(&test);
        got = weir_poll_next(rows, &test.cx, &row, 1);
        test_cx_woken(&test);
    }
    assert_in_range(memory.peak_bytes, 1 << 18, bound);
    weir_drop(rows);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
    free(text);
}

int format_to_csv(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_as_it_came),
        cmocka_unit_test(test_anew),
        cmocka_unit_test(test_columns),
        cmocka_unit_test(test_escapes),
        cmocka_unit_test(test_numbered),
        cmocka_unit_test(test_short_first_row),
        cmocka_unit_test(test_columns_of_one_name),
        cmocka_unit_test(test_structs),
        cmocka_unit_test(test_read_as_structs),
        cmocka_unit_test(test_bad),
        cmocka_unit_test(test_header_of_a_refused_record),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_every_allocation_fails),
        cmocka_unit_test(test_dropped_at_each_step),
        cmocka_unit_test(test_keeps_its_bound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
