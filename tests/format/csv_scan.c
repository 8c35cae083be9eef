/* The scanner of CSV at every level of processor, its bytes cut anywhere, against the machine that
 * goes byte by byte. */

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../codec/codec_run.h"
#include "format/csv_machine.h"
#include "format/csv_scan.h"
#include "weir/fn.h"

enum { ROUNDS = 4000, BYTES_MAX = 700, ROOM = BYTES_MAX + 2 * WEIR_CSV_STEP };

static const weir_csv_dialect usual = {.separator = ',', .quote = '"', .quotes = true};

/* What is found of records up to the first that is odd. */
struct fields {
    uint32_t ends[ROOM];
    uint32_t records[ROOM];
    size_t ends_n, records_n;
    bool odd;
};

static weir_csv_machine at_record(const weir_csv_dialect *by, const unsigned char *bytes, size_t n,
                                  struct fields *out)
{
    weir_csv_machine machine = {0};
    uint32_t *ends = out->ends + out->ends_n;
    weir_csv_run got = weir_csv_machine_run(&machine, by, bytes, n, true, ends, ROOM);
    out->odd = got == WEIR_CSV_LOST || machine.wrong || machine.at == WEIR_CSV_COMMENT;
    return machine;
}

static void by_machine(const weir_csv_dialect *by, const unsigned char *bytes, size_t n,
                       struct fields *out)
{
    memset(out, 0, sizeof *out);
    for (size_t begin = 0; begin < n;) {
        weir_csv_machine machine = at_record(by, bytes + begin, n - begin, out);
        bool whole = machine.n && bytes[begin + machine.n - 1] == '\n';
        if (out->odd || !whole)
            return;
        for (size_t i = 0; i < machine.fields; i++)
            out->ends[out->ends_n++] += (uint32_t)begin;
        out->records[out->records_n++] = (uint32_t)out->ends_n - 1;
        begin += machine.n;
    }
}

/* piece 0: all at once. */
static weir_csv_scan by_scanner(int level, const weir_csv_dialect *by, const unsigned char *bytes,
                                size_t n, size_t piece, struct fields *out)
{
    weir_csv_scan scan = {
        .ends = out->ends, .records = out->records, .room = ROOM, .before = WEIR_CSV_AT_RECORD};
    while (scan.scanned < n && !scan.odd) {
        size_t to = piece && scan.scanned + piece < n ? scan.scanned + piece : n;
        weir_csv_scanner_at(level)(&scan, by, bytes, to);
    }
    out->ends_n = scan.records_n ? out->records[scan.records_n - 1] + 1 : 0;
    out->records_n = scan.records_n;
    /* Of what the end decides only its reader can tell. */
    out->odd = scan.odd || scan.before.inside || scan.before.cr;
    return scan;
}

static void assert_same(const struct fields *a, const struct fields *b)
{
    assert_int_equal(a->records_n, b->records_n);
    assert_int_equal(a->ends_n, b->ends_n);
    assert_memory_equal(a->ends, b->ends, a->ends_n * sizeof *a->ends);
    assert_memory_equal(a->records, b->records, a->records_n * sizeof *a->records);
    assert_int_equal(a->odd, b->odd);
}

static void at_every_level(const weir_csv_dialect *by, const unsigned char *bytes, size_t n,
                           size_t piece)
{
    static struct fields wanted, got;
    by_machine(by, bytes, n, &wanted);
    for (int level = 0; level <= weir_cpu_level(); level++) {
        by_scanner(level, by, bytes, n, piece, &got);
        assert_same(&wanted, &got);
    }
}

/* A block of exactly n bytes, so that a read past them is seen by the sanitizer. */
static unsigned char *words(uint64_t *seed, size_t n, const char *const *of, size_t of_n)
{
    unsigned char *bytes = malloc(n ? n : 1);
    for (size_t i = 0; i < n;) {
        const char *word = of[draw_below(seed, of_n)];
        for (; *word && i < n; word++)
            bytes[i++] = (unsigned char)*word;
    }
    return bytes;
}

static void as_the_machine_says(void **state)
{
    static const char *const good[] = {"abc",     ",",         "\n",    "\r\n", ",\"a,b\",",
                                       "\n\"\n,", "\"\"x\"\"", "\",\n", "1",    "longer than that"};
    static const char *const odd[] = {"a", "\"", ",", "\n", "\r", "\"\"", "\r\n", "#"};
    static const weir_csv_dialect others[] = {
        {.separator = ',', .quote = '"', .quotes = true},
        {.separator = 'a', .quote = ',', .quotes = true},
        {.separator = ',', .quote = '"'},
        {.separator = ',', .quote = '"', .quotes = true, .comment = '#', .comments = true}};
    uint64_t seed = 3;
    (void)state;
    for (unsigned round = 0; round < ROUNDS; round++) {
        size_t n = draw_below(&seed, round % 3 ? 40 : BYTES_MAX);
        unsigned char *bytes = round % 2 ? words(&seed, n, good, 10) : words(&seed, n, odd, 8);
        size_t piece = draw_below(&seed, 3) ? draw_below(&seed, 90) : 0;
        at_every_level(&others[round / 2 % 4], bytes, n, piece);
        free(bytes);
    }
}

static void a_table(void **state)
{
    static const struct {
        const char *text;
        size_t records, ends;
        bool odd, doubled;
    } table[] = {
        {"a,b\n1,2\n", 2, 4, false, false},       {"a,b\r\n\"1\",\"2\"\r\n", 2, 4, false, false},
        {"\"a\n,\"\n", 1, 1, false, false},       {"\"a\"\"\"\n", 1, 1, false, true},
        {"\"\"\"\"\n", 1, 1, false, true},        {"\"\"\n", 1, 1, false, false},
        {"a\na\"b\nc\n", 1, 1, true, false},      {"a\n\"b\"c\nc\n", 1, 1, true, false},
        {"a\n\"\"b\"\"\nc\n", 1, 1, true, false}, {"a\rb\n", 0, 0, true, false},
        {"\"a\rb\"\n", 1, 1, false, false},       {"a\r\r\n", 0, 0, true, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        for (int level = 0; level <= weir_cpu_level(); level++)
            for (size_t piece = 0; piece < 10; piece++) {
                static struct fields got;
                const unsigned char *bytes = (const unsigned char *)table[i].text;
                size_t n = strlen(table[i].text);
                weir_csv_scan scan = by_scanner(level, &usual, bytes, n, piece, &got);
                assert_int_equal(got.records_n, table[i].records);
                assert_int_equal(got.ends_n, table[i].ends);
                assert_int_equal(scan.odd, table[i].odd);
                assert_int_equal(scan.doubled != 0, table[i].doubled);
            }
}

/* It takes no more than fits, and goes on when there is room again. */
static void without_room(void **state)
{
    static unsigned char bytes[1000];
    static uint32_t ends[100], records[100];
    size_t found = 0;
    (void)state;
    memset(bytes, '\n', sizeof bytes);
    weir_csv_scan scan = {
        .ends = ends, .records = records, .room = 100, .before = WEIR_CSV_AT_RECORD};
    while (scan.scanned < sizeof bytes) {
        weir_csv_scanner_at(weir_cpu_level())(&scan, &usual, bytes, sizeof bytes);
        assert_in_range(scan.ends_n, 1, 100);
        found += scan.records_n;
        scan.ends_n = scan.records_n = 0;
    }
    assert_int_equal(found, sizeof bytes);
}

/* A NUL is odd wherever it stands. */
static void a_nul(void **state)
{
    static const unsigned char outside[] = "a\nb,\0\n", inside[] = "a\n\"\0\"\n";
    (void)state;
    at_every_level(&usual, outside, sizeof outside - 1, 0);
    at_every_level(&usual, inside, sizeof inside - 1, 0);
    static struct fields got;
    for (int level = 0; level <= weir_cpu_level(); level++) {
        by_scanner(level, &usual, inside, sizeof inside - 1, 0, &got);
        assert_true(got.odd);
        assert_int_equal(got.records_n, 1);
    }
}

int format_csv_scan(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_machine_says),
        cmocka_unit_test(a_table),
        cmocka_unit_test(without_room),
        cmocka_unit_test(a_nul),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
