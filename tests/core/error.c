/* Errors and the small printf. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/format.h"
#include "doubles.h"

static char out[64];

#define SAYS(wanted, ...)                                                                          \
    do {                                                                                           \
        assert_int_equal(weir_format(out, sizeof out, __VA_ARGS__), strlen(wanted));               \
        assert_string_equal(out, wanted);                                                          \
    } while (0)

static void conversions(void **state)
{
    (void)state;
    const char *volatile none = NULL;
    SAYS("", "%s", "");
    SAYS("plain", "plain");
    SAYS("a b", "%s %s", "a", "b");
    SAYS("(null)", "%s", none);
    SAYS("x", "%c", 'x');
    SAYS("100%", "%d%%", 100);
    SAYS("-2147483648 2147483647 0", "%d %d %d", INT32_MIN, INT32_MAX, 0);
    SAYS("4294967295", "%u", UINT32_MAX);
    SAYS("0 ff ffffffff", "%x %x %x", 0u, 255u, UINT32_MAX);
    SAYS(SIZE_MAX > UINT32_MAX ? "18446744073709551615" : "4294967295", "%zu", SIZE_MAX);
    SAYS("-9223372036854775808", "%lld", (long long)INT64_MIN);
    SAYS("9223372036854775807", "%lld", (long long)INT64_MAX);
    SAYS("18446744073709551615", "%llu", (unsigned long long)UINT64_MAX);
    SAYS("1 b 3 d", "%d %s %zu %c", 1, "b", (size_t)3, 'd');
}

/* What stands behind one in the arguments is not known, and left alone. */
static void unknown_conversions_are_shown(void **state)
{
    (void)state;
    const char *volatile format = "%d: %5d %s";
    SAYS("1: %5d %s", format, 1, 2, "b");
    format = "%.*s %s";
    SAYS("%.*s %s", format, 1, "ab", "c");
    format = "half %";
    SAYS("half %", format, 1);
}

static void times_are_said_as_people_do(void **state)
{
    static const struct {
        uint64_t ns;
        const char *wanted;
    } rows[] = {
        {0, "0 ns"},
        {1, "1 ns"},
        {999, "999 ns"},
        {1000, "1 us"},
        {1050, "1.05 us"},
        {250000000, "250 ms"},
        {250100000, "250.1 ms"},
        {999999999, "999.999 ms"},
        {1000000000, "1 s"},
        {1000499999, "1 s"},
        {1500000000, "1.5 s"},
        {5000000000, "5 s"},
        {59999000000, "59.999 s"},
        {60000000000, "1 min"},
        {90000000000, "90 s"},
        {5400000000000, "90 min"},
        {7200000000000, "2 h"},
        {UINT64_MAX, "18446744073.709 s"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_string_equal(WEIR_TIME_TEXT(rows[i].ns), rows[i].wanted);
}

static void long_texts_are_cut(void **state)
{
    (void)state;
    char small[8];
    memset(small, 'x', sizeof small);
    assert_int_equal(weir_format(small, 6, "%s", "0123456789"), 10);
    assert_string_equal(small, "01234");
    assert_int_equal(small[6], 'x');
    assert_int_equal(weir_format(small, 1, "%d", 12345), 5);
    assert_string_equal(small, "");
    assert_int_equal(weir_format(NULL, 0, "%s-%d", "abc", 10), 6);
}

static void errors_are_filled_whole(void **state)
{
    (void)state;
    weir_error error;
    memset(&error, 0xEE, sizeof error);
    assert_ptr_equal(weir_error_set(&error, WEIR_E_LIMIT, "%zu bytes", (size_t)7), &error);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_true(error.fatal);
    assert_int_equal(error.trail_n, 0);
    assert_int_equal(error.number, 0);
    assert_true(error.byte == WEIR_NOWHERE && error.record == WEIR_NOWHERE);
    assert_null(error.cure);
    assert_string_equal(error.place, "");
    assert_string_equal(error.message, "7 bytes");
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    weir_error error;
    char longer[2 * WEIR_MESSAGE_BYTES];
    memset(longer, 'm', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    weir_error_set(&error, WEIR_E_USER, "%s", longer);
    assert_int_equal(strlen(error.message), WEIR_MESSAGE_BYTES - 1);
}

static weir_error sample(void)
{
    weir_error error;
    weir_error_set(&error, WEIR_E_CORRUPT, "checksum is %x, but %x was written", 1u, 2u);
    strcpy(error.place, "access.log.gz");
    error.byte = 4096;
    error.record = 17;
    error.trail[0] = "gunzip";
    error.trail[1] = "lines";
    error.trail_n = 2;
    error.cure = "another copy of the file";
    return error;
}

/* That no byte had come says nothing; that the first byte is wrong does. */
static void byte_0_is_told_where_bytes_are_wrong(void **state)
{
    static const struct {
        weir_code code;
        uint64_t byte;
        const char *wanted;
    } rows[] = {
        {WEIR_E_CORRUPT, 0, "x\n  at a, byte 0"},
        {WEIR_E_LIMIT, 0, "x\n  at a, byte 0"},
        {WEIR_E_USER, 0, "x\n  at a, byte 0"},
        {WEIR_E_SYSTEM, 0, "x\n  at a"},
        {WEIR_E_TIMEOUT, 0, "x\n  at a"},
        {WEIR_E_CLOSED, 0, "x\n  at a"},
        {WEIR_E_TRUNCATED, 0, "x\n  at a"},
        {WEIR_E_SYSTEM, 1, "x\n  at a, byte 1"},
        {WEIR_E_CORRUPT, WEIR_NOWHERE, "x\n  at a"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_error error;
        weir_error_set(&error, rows[i].code, "x");
        strcpy(error.place, "a");
        error.byte = rows[i].byte;
        assert_string_equal(WEIR_ERROR_TEXT(&error), rows[i].wanted);
    }
}

static void text_has_fact_at_in_try(void **state)
{
    (void)state;
    weir_error error = sample();
    char text[512];
    const char *wanted = "checksum is 1, but 2 was written\n"
                         "  at access.log.gz, byte 4096, record 17\n"
                         "  in gunzip ! lines\n"
                         "  try another copy of the file";
    assert_int_equal(weir_error_text(&error, text, sizeof text), strlen(wanted));
    assert_string_equal(text, wanted);
}

static void text_leaves_out_what_is_unknown(void **state)
{
    (void)state;
    weir_error error = sample();
    char text[512];
    error.place[0] = '\0';
    error.record = WEIR_NOWHERE;
    error.trail_n = 0;
    error.cure = NULL;
    weir_error_text(&error, text, sizeof text);
    assert_string_equal(text, "checksum is 1, but 2 was written\n  at byte 4096");
    error.byte = WEIR_NOWHERE;
    weir_error_text(&error, text, sizeof text);
    assert_string_equal(text, "checksum is 1, but 2 was written");
}

static void text_is_cut_anywhere(void **state)
{
    (void)state;
    weir_error error = sample();
    char whole[512], text[512];
    size_t n = weir_error_text(&error, whole, sizeof whole);
    assert_int_equal(weir_error_text(&error, NULL, 0), n);
    for (size_t size = 1; size <= n + 1; size++) {
        memset(text, 'x', sizeof text);
        assert_int_equal(weir_error_text(&error, text, size), n);
        assert_int_equal(strlen(text), size - 1);
        assert_memory_equal(text, whole, size - 1);
        assert_int_equal(text[size], 'x');
    }
}

static void fail_describes_in_the_cx(void **state)
{
    (void)state;
    static struct test_cx test;
    test_cx_init(&test);
    weir_poll got = weir_fail(&test.cx, WEIR_E_USER, "%s %d", "code", 7);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(got.n, 0);
    assert_string_equal(test.cx.error.message, "code 7");
    assert_true(test.cx.error.fatal);
    weir_fail(&test.cx, WEIR_E_USER, "again: %s", test.cx.error.message);
    assert_string_equal(test.cx.error.message, "again: code 7");
    test_cx_fini(&test);
}

static void text_has_lines_and_what_is_not_shown(void **state)
{
    (void)state;
    weir_error error = sample();
    char text[512];
    error.line = 3;
    error.column = 14;
    error.more = 2;
    weir_error_text(&error, text, sizeof text);
    assert_string_equal(text, "checksum is 1, but 2 was written\n"
                              "  at access.log.gz, byte 4096, record 17\n"
                              "  on line 3, column 14\n"
                              "  in gunzip ! lines\n"
                              "  try another copy of the file\n"
                              "  and 2 more that are not shown");
    error = *weir_error_set(&error, WEIR_E_CORRUPT, "odd");
    error.column = 14; /* of no line */
    weir_error_text(&error, text, sizeof text);
    assert_string_equal(text, "odd");
    error.line = 1;
    error.column = 0;
    weir_error_text(&error, text, sizeof text);
    assert_string_equal(text, "odd\n  on line 1");
}

static void a_text_in_an_expression(void **state)
{
    (void)state;
    weir_error error = sample(), other;
    weir_error_set(&other, WEIR_E_USER, "%s", "another");
    char whole[512], both[1024];
    weir_error_text(&error, whole, sizeof whole);
    assert_string_equal(WEIR_ERROR_TEXT(&error), whole);
    snprintf(both, sizeof both, "%s/%s", WEIR_ERROR_TEXT(&error), WEIR_ERROR_TEXT(&other));
    assert_int_equal(strlen(both), strlen(whole) + strlen("/another"));
    const char *kept = WEIR_ERROR_TEXT(&other); /* as long as the block */
    assert_string_equal(kept, "another");
    char longest[2 * WEIR_ERROR_TEXT_BYTES];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    error.cure = longest;
    assert_int_equal(strlen(WEIR_ERROR_TEXT(&error)), WEIR_ERROR_TEXT_BYTES - 1);
}

static void it_is_whole_and_of_one_size(void **state)
{
    (void)state;
    weir_error error;
    memset(&error, 0xEE, sizeof error);
    weir_error_set(&error, WEIR_E_TIMEOUT, "late");
    assert_int_equal(error.size, sizeof error);
    assert_true(!error.more && !error.line && !error.column && !error.task && !error.stage);
    for (size_t i = 0; i < sizeof error.reserved / sizeof *error.reserved; i++)
        assert_int_equal(error.reserved[i], 0);
    if (sizeof(void *) == 8)
        assert_int_equal(sizeof error, 512);
}

static void errors_of_results_are_dropped(void **state)
{
    (void)state;
    struct script script = {0};
    weir_drop(weir_results(weir_range(0, 1))); /* its type stays */
    memory_begin(0, false);
    weir_stream *results = weir_results(script_stream(&script, "1 !7"));
    struct {
        weir_error *error;
        int64_t item;
    } result;
    static struct test_cx test;
    test_cx_init(&test);
    assert_int_equal(weir_poll_next(results, &test.cx, &result, 1).n, 1);
    assert_null(result.error);
    weir_error_drop(result.error);
    assert_int_equal(weir_poll_next(results, &test.cx, &result, 1).n, 1);
    assert_int_equal(result.error->number, 7);
    weir_error_drop(result.error);
    weir_drop(results);
    test_cx_fini(&test);
    assert_int_equal(memory_end(), 0);
}

/* A wait that went well sets the code and nothing else. */
static void no_error_is_said_so(void **state)
{
    (void)state;
    weir_error error;
    char text[32];
    memset(&error, 0xA5, sizeof error);
    error.code = WEIR_OK;
    assert_int_equal(weir_error_text(&error, text, sizeof text), 8);
    assert_string_equal(text, "no error");
    assert_string_equal(WEIR_ERROR_TEXT(&error), "no error");
    assert_int_equal(weir_error_text(&error, text, 3), 8);
    assert_string_equal(text, "no");
}

int core_error(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conversions),
        cmocka_unit_test(unknown_conversions_are_shown),
        cmocka_unit_test(times_are_said_as_people_do),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(errors_are_filled_whole),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(byte_0_is_told_where_bytes_are_wrong),
        cmocka_unit_test(text_has_fact_at_in_try),
        cmocka_unit_test(text_leaves_out_what_is_unknown),
        cmocka_unit_test(text_is_cut_anywhere),
        cmocka_unit_test(text_has_lines_and_what_is_not_shown),
        cmocka_unit_test(a_text_in_an_expression),
        cmocka_unit_test(it_is_whole_and_of_one_size),
        cmocka_unit_test(errors_of_results_are_dropped),
        cmocka_unit_test(fail_describes_in_the_cx),
        cmocka_unit_test(no_error_is_said_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
