/* The parts that look at programs: JSON of a line, lines out of bytes, shares. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "feed.h"
#include "json_line.h"
#include "shares.h"
#include "watch_table.h"

static bool reads(const char *text)
{
    struct json json;
    size_t n = strlen(text);
    char *exact = malloc(n + 1); /* a sanitizer sees what is read behind it */
    memcpy(exact, text, n);
    exact[n] = '}';
    bool good = json_read(&json, exact, n);
    free(exact);
    return good;
}

static void what_is_json(void **state)
{
    static const char *const good[] = {"{}",
                                       " [ ] ",
                                       "0",
                                       "-0.5e+7",
                                       "\"\"",
                                       "null",
                                       "{\"a\":[1,{\"b\":null}],\"c\":\"\\u00e4\\n\"}",
                                       "[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"};
    static const char *const bad[] = {"",
                                      " ",
                                      "{",
                                      "}",
                                      "{]",
                                      "[1,]",
                                      "{\"a\"}",
                                      "{\"a\":}",
                                      "{a:1}",
                                      "01",
                                      "1.",
                                      "-",
                                      ".5",
                                      "1e",
                                      "nul",
                                      "\"",
                                      "\"\\x\"",
                                      "\"\\u12g4\"",
                                      "\"\n\"",
                                      "[1] 2",
                                      "\xef\xbb\xbf{}",
                                      "[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"};

    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(reads(good[i]));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(reads(bad[i]));
    char *long_text = malloc(JSON_LINE_BYTES_MAX + 1);
    memset(long_text, ' ', JSON_LINE_BYTES_MAX + 1);
    long_text[0] = '1';
    struct json json;
    assert_true(json_read(&json, long_text, JSON_LINE_BYTES_MAX));
    assert_int_equal(json.end - json.at, 1);
    assert_false(json_read(&json, long_text, JSON_LINE_BYTES_MAX + 1));
    free(long_text);
}

static struct json of(const char *text)
{
    struct json json;
    assert_true(json_read(&json, text, strlen(text)));
    return json;
}

static void members(void **state)
{
    struct json object = of(" { \"a\" : 7 , \"b\":[ 1, \"x]\" ,{\"c\":[]}], \"a\":8, \"\":true } ");
    struct json rest = object, name, value;
    size_t n = 0;

    (void)state;
    while (json_next(&rest, &name, &value))
        n++;
    assert_int_equal(n, 4);
    assert_int_equal(json_u64(json_member(object, "a"), 0), 7);
    assert_true(json_true(json_member(object, "")));
    assert_null(json_member(object, "c").at);
    rest = json_member(object, "b");
    assert_true(json_next(&rest, &name, &value) && json_u64(value, 0) == 1);
    assert_true(json_next(&rest, &name, &value) && json_is(value, "x]"));
    assert_true(json_next(&rest, &name, &value) && json_member(value, "c").at);
    assert_false(json_next(&rest, &name, &value));
    rest = of("7");
    assert_false(json_next(&rest, &name, &value));
    rest = of("\"}\"");
    assert_false(json_next(&rest, &name, &value));
}

static void numbers(void **state)
{
    (void)state;
    assert_true(json_u64(of("18446744073709551615"), 0) == UINT64_MAX);
    assert_int_equal(json_u64(of("18446744073709551616"), 5), 5);
    assert_int_equal(json_u64(of("-1"), 5), 5);
    assert_int_equal(json_u64(of("1.5"), 5), 5);
    assert_int_equal(json_u64(of("\"1\""), 5), 5);
    assert_int_equal(json_u64(of("[]"), 5), 5);
    assert_true(json_double(of("-1.5e1"), 0) == -15);
    assert_true(json_double(of("null"), 3) == 3);
    assert_true(json_double(of("\"7\""), 3) == 3);
}

static const char *text(const char *json, size_t size)
{
    static char out[64];
    size_t n = json_text(of(json), out, size);
    assert_int_equal(n, strlen(out));
    assert_true(n < size);
    return out;
}

static void texts(void **state)
{
    (void)state;
    assert_string_equal(text("\"a\\\"\\\\\\/\\b\\f\\n\\r\\t\"", 64), "a\"\\/\b\f\n\r\t");
    assert_string_equal(text("\"\\u0041\\u00e4\\u20AC\\ud83c\\udf0a\"", 64),
                        "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8a");
    assert_string_equal(text("\"\\u0000\\ud83cx\\udf0a\"", 64),
                        "\xef\xbf\xbd\xef\xbf\xbdx\xef\xbf\xbd");
    assert_string_equal(text("\"\\ud83c\\u0041\"", 64), "\xef\xbf\xbd"
                                                        "A");
    assert_string_equal(text("\"a\xc3\xa4\"", 3), "a"); /* no half characters */
    assert_string_equal(text("\"abc\"", 1), "");
    assert_string_equal(text("\"\xff\xc3\"", 64), "\xff\xc3");
    assert_string_equal(text("7", 64), "");
}

static void lines(void **state)
{
    static struct feed feed;
    char *bytes = malloc(2 * JSON_LINE_BYTES_MAX);
    const char *at = "a\nbc", *line;
    size_t n;

    (void)state;
    const char *end = at + 4;
    assert_true(feed_line(&feed, &at, end, &line, &n) && n == 1 && *line == 'a');
    assert_false(feed_line(&feed, &at, end, &line, &n));
    at = "d\n";
    assert_true(feed_line(&feed, &at, at + 2, &line, &n) && n == 3 && !memcmp(line, "bcd", 3));
    memset(bytes, 'x', 2 * JSON_LINE_BYTES_MAX);
    bytes[JSON_LINE_BYTES_MAX] = '\n'; /* the longest, then one that is too long */
    at = bytes;
    end = bytes + 2 * JSON_LINE_BYTES_MAX;
    assert_true(feed_line(&feed, &at, end, &line, &n) && n == JSON_LINE_BYTES_MAX);
    assert_false(feed_line(&feed, &at, end, &line, &n));
    at = "xx\nlast";
    end = at + 7;
    assert_true(feed_line(&feed, &at, end, &line, &n) && n == 0);
    assert_false(feed_line(&feed, &at, end, &line, &n));
    assert_true(feed_rest(&feed, &line, &n) && n == 4);
    assert_false(feed_rest(&feed, &line, &n));
    free(bytes);
}

static void percents(void **state)
{
    struct counts thirds = {.busy_ns = 1, .starved_ns = 1, .blocked_ns = 1}, none = {.items = 3};
    struct shares shares = shares_of(&thirds);
    unsigned of[4];

    (void)state;
    shares_percent(&shares, of);
    assert_int_equal(of[0] + of[1] + of[2] + of[3], 100);
    assert_int_equal(of[3], 0);
    shares = shares_of(&none);
    shares_percent(&shares, of);
    assert_int_equal(of[0] + of[1] + of[2] + of[3], 0);
    thirds = counts_since(&none, &(struct counts){.items = 4}); /* what shrank is nothing */
    assert_int_equal(thirds.items, 0);
}

static void who_limits(void **state)
{
    struct shares of[4] = {{.busy = 0.3, .worked = 0.3, .items = 9},
                           {.busy = 0.95, .worked = 0.01, .items = 9}, /* waits for the next */
                           {.busy = 0.9, .worked = 0.85, .items = 9},
                           {.busy = 1.0, .worked = 0, .items = 0}}; /* nothing ever came */

    (void)state;
    assert_int_equal(shares_limiting(of, 4), 2);
    assert_int_equal(shares_limiting(of, 2), 1);
    assert_true(shares_limiting(of + 3, 1) == SIZE_MAX);
    assert_true(shares_limiting(of, 0) == SIZE_MAX);
}

static const char *rate(double each_second)
{
    static char out[TABLE_RATE_BYTES];
    return table_rate(out, each_second);
}

static void rates(void **state)
{
    (void)state;
    assert_string_equal(rate(0), "0");
    assert_string_equal(rate(0.25), "0.2");
    assert_string_equal(rate(9.96), "10");
    assert_string_equal(rate(999), "999");
    assert_string_equal(rate(999.6), "1.0k");
    assert_string_equal(rate(12345), "12.3k");
    assert_string_equal(rate(812345), "812k");
    assert_string_equal(rate(4.1e6), "4.1M");
    assert_string_equal(rate(1e22), "10000E");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json), cmocka_unit_test(members), cmocka_unit_test(numbers),
        cmocka_unit_test(texts),        cmocka_unit_test(lines),   cmocka_unit_test(percents),
        cmocka_unit_test(who_limits),   cmocka_unit_test(rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
