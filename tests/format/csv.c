/* csv: tables, the corpora, limits; the same however the bytes come. */

#include "weir/csv.h"

#include <stdlib.h>

#include "../codec/codec_run.h"
#include "../stream/stages.h"
#include "corpus.h"
#include "csv_run.h"

/* ---- the same in three ways ---- */

static void assert_told(weir_reader *reader, const weir_csv_options *options, size_t demand,
                        const char *wanted)
{
    struct story story = {0};
    story_run(&story, weir_csv(reader, options), demand);
    assert_string_equal(story.text, wanted);
    story_fini(&story);
}

static void told_every_way(const char *bytes, size_t n, const weir_csv_options *options,
                           const char *wanted)
{
    assert_told(weir_memory_reader(bytes, n), options, 1, wanted);
    assert_told(weir_memory_reader(bytes, n), options, 64, wanted);
    assert_told(one_byte_reader(bytes, n, false), options, 3, wanted);
    assert_told(one_byte_reader(bytes, n, true), options, 2, wanted);
    for (size_t at = 0; at <= n; at++)
        assert_told(split_reader(bytes, n, at), options, 1 + at % 64, wanted);
}

struct row {
    const char *text, *wanted;
};

static void check_rows_of(const struct row *rows, size_t n, const weir_csv_options *options)
{
    for (size_t i = 0; i < n; i++)
        told_every_way(rows[i].text, strlen(rows[i].text), options, rows[i].wanted);
}
#define CHECK(rows, ...)                                                                           \
    check_rows_of(rows, sizeof(rows) / sizeof *(rows), &WEIR_CSV_OPTIONS(__VA_ARGS__))

static void test_plain(void **state)
{
    static const struct row rows[] = {
        {"", "$"},
        {"NAME,AGE\nDaffy Duck,24\nBugs Bunny,22\n",
         "NAME=Daffy Duck|AGE=24;NAME=Bugs Bunny|AGE=22;$"},
        {"a,b\n", "$"},
        {"a,b", "$"},
        {"a,b\n1,2", "a=1|b=2;$"},
        {"a,b\r\n1,2\r\n3,4\n5,6", "a=1|b=2;a=3|b=4;a=5|b=6;$"},
        {"a,b\n\"1\",\"2\"\r\n", "a=1|b=2;$"},
        {"a,b\n\"1\"\"\",\"\"\"\"\n", "a=1\"|b=\";$"},
        {"a,b\n\"x,\r\ny\",\"\"\n", "a=x,\r\ny|b=;$"},
        {"\"a\"\"b\",\"c,d\"\n1,2\n", "a\"b=1|c,d=2;$"},
        {"a\n1\n2", "a=1;a=2;$"},
        {"a,b\n,\n", "a=|b=;$"},
        {"\xef\xbb\xbf"
         "a,b\n1,2\n",
         "a=1|b=2;$"},
        {"\xef\xbb\xbf\"a\",b\n1,2\n", "a=1|b=2;$"},
        {"\xef\xbb\xbf", "$"},
        {"\xef\xbb", "$"},
        {"\xef\xbb,b\n1,2\n", "\xef\xbb=1|b=2;$"},
        /* further fields are called by their column, missing ones are not there */
        {"a,b\n1,2,3,4\n5\n6,7\n", "a=1|b=2|_2=3|_3=4;a=5;a=6|b=7;$"},
        {"a,a\n1,2\n", "a=1|a=2;$"},
        {"a,\n1,2\n", "a=1|=2;$"},
    };
    (void)state;
    CHECK(rows, .record_bytes_max = 0);
    told_every_way(rows[1].text, strlen(rows[1].text), NULL, rows[1].wanted);
}

static void test_bad(void **state)
{
    static const struct row rows[] = {
        /* the next record follows */
        {"a,b\n1,x\"y\n3,4\n", "!CORRUPT@7 2:4 #1a=3|b=4;$"},
        {"a,b\n1,\rx\n3,4\n", "!CORRUPT@6 2:3 #1a=3|b=4;$"},
        {"a,b\n1,2\r", "!CORRUPT@7 2:4 #1$"},
        {"a,b\n1,2\r\r\n3,4\n", "!CORRUPT@7 2:4 #1a=3|b=4;$"},
        {"a,b\n0,0\n1\"\n3,4\n\"\n", "a=0|b=0;!CORRUPT@9 3:2 #2a=3|b=4;!!TRUNCATED@15 5:1 #4$"},
        /* blank lines: between records, not at the end, and not where a record has one field */
        {"a,b\n\n\r\n1,2\n\n", "!CORRUPT@4 2:1 #1a=1|b=2;$"},
        {"a,b\n1,2\n\n\"3\n\n", "a=1|b=2;!CORRUPT@8 3:1 #2!!TRUNCATED@9 4:1 #3$"},
        {"\na,b\n1,2\n", "!CORRUPT@0 1:1a=1|b=2;$"},
        {"a\n1\n\n2\n\n", "a=1;a=;a=2;a=;$"},
        /* where a record ends is not known */
        {"a,b\n1,\"x\"y\n3,4\n", "!!CORRUPT@9 2:6 #1$"},
        {"a,b\n\"1\n2\",\"x\"\"\n3,4\n", "!!TRUNCATED@10 3:4 #1$"},
        {"a,b\n1,\"", "!!TRUNCATED@6 2:3 #1$"},
        /* without a header nothing has a name */
        {"a,b\"\n1,2\n", "!!CORRUPT@3 1:4$"},
        {"a,\"b\n1,2\n", "!!TRUNCATED@2 1:3$"},
    };
    (void)state;
    CHECK(rows, .record_bytes_max = 0);
    static const char nul[] = "a,b\n1,\0\n\"\0\",2\n3,4\n";
    told_every_way(nul, sizeof nul - 1, NULL, "!CORRUPT@6 2:3 #1!CORRUPT@9 3:2 #2a=3|b=4;$");
}

static void test_strict(void **state)
{
    static const struct row rows[] = {
        {"a,b\n1,2\n3\n4,5,6\n7,8\n", "a=1|b=2;!CORRUPT@8 3:1 #2!CORRUPT@10 4:1 #3a=7|b=8;$"},
        {"a,a\n1,2\n", "!!CORRUPT@2 1:3$"},
        {"a,\n1,2\n", "!!CORRUPT@2 1:3$"},
        {"\"\",b\n1,2\n", "!!CORRUPT@0 1:1$"},
    };
    (void)state;
    CHECK(rows, .strict = true);
    /* Among many. */
    static const struct row many[] = {
        {"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,bb,aa,a\n", "!!CORRUPT@46 1:47$"},
        {"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q,r,s,t,bb,aa,ab\n", "$"},
    };
    CHECK(many, .strict = true);
}

static void test_lazy_quotes(void **state)
{
    static const struct row rows[] = {
        {"a,b\n1,x\"y\n3,4\n", "a=1|b=x\"y;a=3|b=4;$"},
        {"a,b\n1,\"x\"y\"\n3,4\n", "a=1|b=x\"y;a=3|b=4;$"},
        {"a,b\n1,\"x\"y,\"\"z\"\r\n3,4", "a=1|b=x\"y,\"z;a=3|b=4;$"},
        {"a,b\"\nx\"\",\"y\"\n3,4\n", "a=x\"\"|b\"=y;a=3|b\"=4;$"},
        {"a,b\nx\",1\n\n3\",4\n", "a=x\"|b=1;!CORRUPT@9 3:1 #2a=3\"|b=4;$"},
        {"a,b\n1,\"x\"y\n3,4\n", "!!TRUNCATED@6 2:3 #1$"},
        {"a,b\n1,x\"\ry\n3,4\n", "!CORRUPT@8 2:5 #1a=3|b=4;$"},
    };
    (void)state;
    CHECK(rows, .lazy_quotes = true);
}

static void test_options(void **state)
{
    static const char *const names[] = {"x", "y"};
    static const struct row tabs[] = {{"a\tb\n1,\t\"2\t\"\n", "a=1,|b=2\t;$"}};
    static const struct row bare[] = {{"a,b\n1,\"\n\"2\",3\n", "a=1|b=\";a=\"2\"|b=3;$"}};
    static const struct row named[] = {{"1,2\n3,4,5\n", "x=1|y=2;x=3|y=4|_2=5;$"},
                                       {"\n1,2\n", "!CORRUPT@0 1:1 #1x=1|y=2;$"}};
    static const struct row numbers[] = {
        {"1,2\n3,4,5\n", "0=1|1=2;0=3|1=4|2=5;$"},
        /* more columns than the first record has, and than there is room for: their names move */
        {"a,b\n,,,,,,,,,,,,,,,,z\nc\n",
         "0=a|1=b;0=|1=|2=|3=|4=|5=|6=|7=|8=|9=|10=|11=|12=|13=|14=|15=|16=z;0=c;$"},
        {"1\n\n3\n", "0=1;0=;0=3;$"}};
    static const struct row comments[] = {
        {"#1\n# it's \"\na,b\n#,\n1,#2\n#", "a=1|b=#2;$"},
        {"a,b\n1,2\n\n#\"\n#x\n3,4\n\n#\n", "a=1|b=2;!CORRUPT@8 3:1 #2a=3|b=4;$"},
        {"a,b\n\"#\n#\",2\n", "a=#\n#|b=2;$"}};
    static const struct row others[] = {{"a;b\n'1;''';\"\n", "a=1;'|b=\";$"}};
    (void)state;
    check_rows_of(tabs, 1, &WEIR_TSV_OPTIONS());
    CHECK(bare, .no_quotes = true);
    CHECK(named, .header = names, .header_n = 2);
    CHECK(numbers, .no_header = true);
    CHECK(comments, .comment = '#');
    CHECK(others, .separator = ';', .quote = '\'');
}

/* A backslash and t, n, r or another backslash; any other stands for itself, and so do quotes. */
static void test_escapes(void **state)
{
    static const struct row rows[] = {
        {"a\\tb\tc\n1\\n2\t\\\\t\n", "a\tb=1\n2|c=\\t;$"},
        {"a\n\\x\\\n\"\\r\"\n", "a=\\x\\;a=\"\r\";$"},
        {"a\tb\n1\t\"2\n", "a=1|b=\"2;$"},
    };
    (void)state;
    check_rows_of(rows, 3, &WEIR_TSV_OPTIONS(.escapes = true));
    static const struct row commas[] = {{"a,b\n1\\,2\n", "a=1\\|b=2;$"}};
    CHECK(commas, .escapes = true);
}

/* Each name is another, and none that the file has is taken from it. */
static void test_doubled_names(void **state)
{
    static const char *const names[] = {"x", "x"};
    static const struct row rows[] = {
        {"a,b,a\n1,2,3\n", "a=1|b=2|a_2=3;$"},
        {"a,a,a,a_2,a\n1,2,3,4,5\n", "a=1|a_3=2|a_4=3|a_2=4|a_5=5;$"},
        {"a,a_2,a_2,a\n1,2,3,4\n", "a=1|a_2=2|a_2_2=3|a_3=4;$"},
        {",,\n1,2,3,4\n", "=1|_2=2|_3=3|_3=4;$"},
        {"\"a\",a\n1,2\n", "a=1|a_2=2;$"},
        {"a,b\n1,2,3\n", "a=1|b=2|_2=3;$"},
    };
    static const struct row named[] = {{"1,2\n", "x=1|x_2=2;$"}};
    (void)state;
    CHECK(rows, .number_doubled = true);
    CHECK(named, .header = names, .header_n = 2, .number_doubled = true);
    static const struct row strict[] = {{"a,a\n1,2\n", "!!CORRUPT@2 1:3$"}};
    CHECK(strict, .strict = true, .number_doubled = true);
}

/* As many as there may be, all of one name. */
static void test_many_doubled(void **state)
{
    (void)state;
    enum { N = 10000 };
    static char text[2 * N + 2 * N + 1];
    for (size_t i = 0; i < N; i++) {
        memcpy(text + 2 * i, i + 1 < N ? "a," : "a\n", 2);
        memcpy(text + 2 * N + 2 * i, i + 1 < N ? "1," : "1\n", 2);
    }
    struct story story = {0};
    story_run(&story,
              weir_csv(weir_memory_reader(text, 4 * N), &WEIR_CSV_OPTIONS(.number_doubled = true)),
              1);
    assert_non_null(strstr(story.text, "|a_9999=1|a_10000=1;$"));
    story_fini(&story);
}

/* What was refused, as it stands in the file. */
static void test_rejected(void **state)
{
    static const char text[] = "a,b\n1,x\"y\r\n1,2,3\n\n3,4\n";
    static const char *const wanted[] = {"1,x\"y", "1,2,3", ""};
    static struct test_cx test;
    weir_row row;
    weir_line bad;
    (void)state;
    weir_stream *rows =
        weir_csv(split_reader(text, sizeof text - 1, 9), &WEIR_CSV_OPTIONS(.strict = true));
    test_cx_init(&test);
    for (size_t i = 0; i < 3; i++) {
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(rows, &test.cx, &row, 1).state, WEIR_ERROR);
        assert_true(weir_rejected(rows, &bad));
        assert_int_equal(bad.size, strlen(wanted[i]));
        assert_memory_equal(bad.data, wanted[i], bad.size);
    }
    assert_int_equal(weir_poll_next(rows, &test.cx, &row, 1).n, 1);
    assert_false(weir_rejected(rows, &bad));
    weir_drop(rows);
    test_cx_fini(&test);
}

/* ---- limits ---- */

static void test_limits(void **state)
{
    static const struct row records[] = {
        {"a,b\n12345,67\n1,2\n", "a=12345|b=67;a=1|b=2;$"},
        {"a,b\r\n12345,67\r\n1,2\n", "a=12345|b=67;a=1|b=2;$"},
        {"a,b\n1,2\n12345,678\n1,2\n", "a=1|b=2;!!LIMIT@8 3:1 #2$"},
        {"a,b\n1,2\n12345,678\r\n1,2\n", "a=1|b=2;!!LIMIT@8 3:1 #2$"},
        {"a,b\n1,2\n12345,678", "a=1|b=2;!!LIMIT@8 3:1 #2$"},
        {"a,b\n1,2\n12345,6789abcdef", "a=1|b=2;!!LIMIT@8 3:1 #2$"},
        {"a,b\n1,2\n12345,\"6789abcdef\"\n1,2\n", "a=1|b=2;!!LIMIT@14 3:7 #2$"},
        {"a,b\n1,2\n12345,\"6\n\n\n\n\n\n\n", "a=1|b=2;!!LIMIT@14 3:7 #2$"},
        {"a,b\n1,2\n\"2345,67\"", "a=1|b=2;!!LIMIT@8 3:1 #2$"},
        {"a,b\n1,2\n1\"345,678\n1,2\n", "a=1|b=2;!CORRUPT@9 3:2 #2a=1|b=2;$"},
        {"a,b\n1,2\n1\"345,6789abc\n1,2\n", "a=1|b=2;!!CORRUPT@9 3:2 #2$"},
        {"a,b\n1,2\n12345,6789a\"bc\n1,2\n", "a=1|b=2;!!LIMIT@8 3:1 #2$"},
        {"12345,678\n", "!!LIMIT@0 1:1$"},
    };
    static const struct row columns[] = {
        {"a,b\n1,2,3\n1,2,3,4\n5,6\n", "a=1|b=2|_2=3;!LIMIT@10 3:1 #2a=5|b=6;$"},
        {"a,b,c,d\n1\n", "!!LIMIT@0 1:1$"},
    };
    (void)state;
    CHECK(records, .record_bytes_max = 8);
    CHECK(columns, .columns_max = 3);
}

/* More fields than there is room for ends: the machine counts them. */
static void test_many_columns(void **state)
{
    enum { N = 20000 };
    static char text[2 * N + 64];
    size_t n = 0;
    (void)state;
    memcpy(text, "a\n1\n", 4);
    for (n = 4; n < N; n++)
        text[n] = ',';
    memcpy(text + n, "\n2\n", 3);
    n += 3;
    const char *wanted = "a=1;!LIMIT@4 3:1 #2a=2;$";
    const weir_csv_options all = WEIR_CSV_OPTIONS(.columns_max = 100);
    assert_told(weir_memory_reader(text, n), &all, 1, wanted);
    assert_told(pieces_reader(text, n, 1000), &all, 1, wanted);
    assert_told(pieces_reader(text, n, 7), &all, 1, wanted);
}

/* Counts its fields. */
static void assert_wide(const char *text, size_t n, size_t piece, const weir_csv_options *options,
                        size_t fields)
{
    static struct test_cx test;
    weir_stream *rows = weir_csv(pieces_reader(text, n, piece), options);
    weir_row row;
    weir_poll got;
    test_cx_init(&test);
    do {
        test_cx_turn(&test);
        got = weir_poll_next(rows, &test.cx, &row, 1);
    } while (got.state == WEIR_PENDING);
    assert_int_equal(got.n, 1);
    assert_int_equal(row.n, fields);
    assert_int_equal(weir_row_at(&row, fields - 1).size, 1);
    assert_int_equal(weir_row_at(&row, fields - 2).size, 0);
    weir_drop(rows);
    test_cx_fini(&test);
}

/* There is room for the ends of more fields when a record has them, also for the machine. */
static void test_wide(void **state)
{
    enum { N = 9000 };
    static char text[N + 64];
    (void)state;
    memcpy(text, "a\nx", 3);
    memset(text + 3, ',', N);
    memcpy(text + N, "z\n", 2);
    for (size_t piece = 100; piece < 20000; piece *= 3) {
        text[2] = 'x';
        assert_wide(text, N + 2, piece, NULL, N - 2);
        memcpy(text + 2, "x\"", 2);
        assert_wide(text, N + 2, piece, &WEIR_CSV_OPTIONS(.lazy_quotes = true), N - 3);
        text[3] = ',';
    }
}

static void test_refused(void **state)
{
    static const char *const names[] = {"x"};
    const weir_csv_options refused[] = {
        WEIR_CSV_OPTIONS(.separator = '"'),
        WEIR_CSV_OPTIONS(.separator = '\n'),
        WEIR_CSV_OPTIONS(.quote = '\r'),
        WEIR_CSV_OPTIONS(.comment = ','),
        WEIR_CSV_OPTIONS(.comment = '"'),
        WEIR_CSV_OPTIONS(.comment = '\n'),
        WEIR_CSV_OPTIONS(.record_bytes_max = (size_t)WEIR_MIN_MAX + 1),
        WEIR_CSV_OPTIONS(.columns_max = WEIR_CSV_COLUMNS_MAX + 1),
        WEIR_CSV_OPTIONS(.header = names),
        WEIR_CSV_OPTIONS(.header = names, .header_n = 1, .no_header = true),
    };
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        assert_told(weir_memory_reader("a\n1\n", 4), &refused[i], 1, "!!ARGUMENT$");
}

/* ---- the corpora ---- */

static void put_bytes(struct story *story, const struct corpus_value *bytes)
{
    story_put(story, bytes->bytes, bytes->n);
}

static void put_field(struct story *story, const char *name, const struct corpus_value *value,
                      bool first)
{
    if (!first)
        story_put(story, "|", 1);
    story_put(story, name, strlen(name));
    story_put(story, "=", 1);
    put_bytes(story, value);
}

static void told_as(const struct corpus_value *test, struct story *wanted)
{
    const struct corpus_value *in = corpus_get(test, "in");
    story_put(wanted, "$", 1);
    told_every_way(in->bytes, in->n, NULL, wanted->text);
    story_fini(wanted);
}

/* Rows are objects. */
static void spectrum_case(const struct corpus_value *test, void *arg)
{
    const struct corpus_value *rows = corpus_get(test, "rows");
    struct story wanted = {0};
    if (rows->kind == CORPUS_OBJECT)
        return; /* quotes stand in it as only .lazy_quotes allows: below */
    for (size_t i = 0; i < rows->n; i++) {
        const struct corpus_value *row = &rows->parts[i];
        for (size_t j = 0; j < row->n; j++)
            put_field(&wanted, row->parts[j].name, &row->parts[j], j == 0);
        story_put(&wanted, ";", 1);
    }
    told_as(test, &wanted);
    ++*(size_t *)arg;
}

static void test_spectrum(void **state)
{
    size_t cases = 0;
    (void)state;
    corpus_for_each("csv-spectrum.jsonl", spectrum_case, &cases);
    assert_int_equal(cases, 11);
}

/* One file of csv-spectrum has quotes within a field that has none around it; the bytes of two
 * signs of it were lost before. */
static void test_spectrum_lazy(void **state)
{
    static const char text[] = "Contact Phone Number,Location Coordinates,Cities,Counties\n"
                               "2095257564,37\xef\xbf\xbd"
                               "36'37.8\"N 121\xef\xbf\xbd"
                               "2'17.9\"W,"
                               "Modesto,Stanislaus";
    (void)state;
    told_every_way(text, sizeof text - 1, NULL, "!CORRUPT@81 2:24 #1$");
    told_every_way(text, sizeof text - 1, &WEIR_CSV_OPTIONS(.lazy_quotes = true),
                   "Contact Phone Number=2095257564|Location Coordinates="
                   "37\xef\xbf\xbd"
                   "36'37.8\"N 121\xef\xbf\xbd"
                   "2'17.9\"W|"
                   "Cities=Modesto|Counties=Stanislaus;$");
}

/* Rows as Python's csv module reads them. */
static void drawn_case(const struct corpus_value *test, void *arg)
{
    const struct corpus_value *header = corpus_get(test, "header");
    const struct corpus_value *rows = corpus_get(test, "rows");
    struct story wanted = {0};
    for (size_t i = 0; i < rows->n; i++) {
        const struct corpus_value *row = &rows->parts[i];
        for (size_t j = 0; j < row->n; j++)
            put_field(&wanted, header->parts[j].bytes, &row->parts[j], j == 0);
        story_put(&wanted, ";", 1);
    }
    told_as(test, &wanted);
    ++*(size_t *)arg;
}

static void test_drawn(void **state)
{
    size_t cases = 0;
    (void)state;
    corpus_for_each("csv-own.jsonl", drawn_case, &cases);
    assert_int_equal(cases, 300);
}

static long long number_of(const struct corpus_value *place, const char *name, uint64_t otherwise)
{
    const struct corpus_value *number = corpus_get(place, name);
    return number ? number->whole : (long long)otherwise;
}

/* Bad only when it is strict: what makes records differ. */
static bool is_lenient(const char *name)
{
    return strstr(name, "fields") || strstr(name, "columns");
}

static void bad_case(const struct corpus_value *test, void *arg)
{
    const struct corpus_value *in = corpus_get(test, "in"), *place = corpus_get(test, "place");
    const weir_csv_options all = WEIR_CSV_OPTIONS(.strict = true);
    struct story strict = {0}, usual = {0};
    story_run(&usual, weir_csv(weir_memory_reader(in->bytes, in->n), NULL), 1);
    story_run(&strict, weir_csv(weir_memory_reader(in->bytes, in->n), &all), 1);
    const weir_error *error = &strict.error;
    assert_int_equal(!strchr(usual.text, '!'), is_lenient(corpus_get(test, "name")->bytes));
    assert_non_null(strchr(strict.text, '!'));
    assert_int_equal(error->line, number_of(place, "line", 0));
    assert_int_equal(error->column, number_of(place, "column", error->column));
    assert_int_equal(error->byte, number_of(place, "byte", error->byte));
    told_every_way(in->bytes, in->n, NULL, usual.text);
    told_every_way(in->bytes, in->n, &all, strict.text);
    story_fini(&usual);
    story_fini(&strict);
    ++*(size_t *)arg;
}

static void test_bad_corpus(void **state)
{
    size_t cases = 0;
    (void)state;
    corpus_for_each("csv-bad.jsonl", bad_case, &cases);
    assert_int_equal(cases, 8);
}

int format_csv(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),         cmocka_unit_test(test_bad),
        cmocka_unit_test(test_escapes),       cmocka_unit_test(test_doubled_names),
        cmocka_unit_test(test_many_doubled),  cmocka_unit_test(test_strict),
        cmocka_unit_test(test_lazy_quotes),   cmocka_unit_test(test_options),
        cmocka_unit_test(test_rejected),      cmocka_unit_test(test_limits),
        cmocka_unit_test(test_many_columns),  cmocka_unit_test(test_wide),
        cmocka_unit_test(test_refused),       cmocka_unit_test(test_spectrum),
        cmocka_unit_test(test_spectrum_lazy), cmocka_unit_test(test_drawn),
        cmocka_unit_test(test_bad_corpus),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
