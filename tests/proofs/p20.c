/* The formatted text is right for arguments of every width on every machine: what stands behind a
 * %zu is read from where it is. */

#include "proofs.h"

static void test_widths(void **state)
{
    (void)state;
    char text[200];
    weir_format(text, sizeof text, "a merge of %zu streams, %s, %d", (size_t)7, "text", 42);
    assert_string_equal(text, "a merge of 7 streams, text, 42");
    weir_format(text, sizeof text, "%d %zu %d %llu %s %lld %u %zu %s", -1, (size_t)2, 3, 4ull,
                "five", -6ll, 7u, (size_t)8, "nine");
    assert_string_equal(text, "-1 2 3 4 five -6 7 8 nine");
    weir_format(text, sizeof text, "%lu %s %ld %s %x", 1ul, "two", -3l, "four", 0x5u);
    assert_string_equal(text, "1 two -3 four 5");
    weir_format(text, sizeof text, "%llu %s", (unsigned long long)UINT64_MAX, "behind");
    assert_string_equal(text, "18446744073709551615 behind");
}

/* The same through errors, whose members have to stand where they are looked for. */
static void test_errors(void **state)
{
    (void)state;
    weir_error error;
    weir_error_set(&error, WEIR_E_LIMIT, "%zu of %llu in %s", (size_t)1, 1ull << 40, "a place");
    assert_string_equal(error.message, "1 of 1099511627776 in a place");
}

int proofs_p20(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_widths),
                                       cmocka_unit_test(test_errors)};
    return cmocka_run_group_tests_name("p20", tests, NULL, NULL);
}
