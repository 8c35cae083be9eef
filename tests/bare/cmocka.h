/* As much of cmocka as the tests of core and stream use, for targets that have no cmocka: a header,
 * and the libc. A failed assertion ends its test, not the program. */
#ifndef WEIR_TESTS_BARE_CMOCKA_H
#define WEIR_TESTS_BARE_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct CMUnitTest {
    const char *name;
    void (*test)(void **state);
    int (*setup)(void **state);
    int (*teardown)(void **state);
    void *initial_state;
};
#define cmocka_unit_test(test)                                                                     \
    {                                                                                              \
#test, test, NULL, NULL, NULL                                                              \
    }
#define cmocka_unit_test_setup_teardown(test, setup, teardown)                                     \
    {                                                                                              \
#test, test, setup, teardown, NULL                                                         \
    }

#define cmocka_unit_test_setup(test, setup) cmocka_unit_test_setup_teardown(test, setup, NULL)
#define cmocka_unit_test_teardown(test, teardown)                                                  \
    cmocka_unit_test_setup_teardown(test, NULL, teardown)
#define cmocka_unit_test_prestate(test, state)                                                     \
    {                                                                                              \
#test, test, NULL, NULL, state                                                             \
    }
#define cmocka_unit_test_prestate_setup_teardown(test, setup, teardown, state)                     \
    {                                                                                              \
#test, test, setup, teardown, state                                                        \
    }

#define print_error(...) fprintf(stderr, __VA_ARGS__)
#define print_message(...) printf(__VA_ARGS__)

static jmp_buf bare_failed __attribute__((unused));

static __attribute__((unused, noreturn, format(printf, 3, 4))) void
bare_fail(const char *file, int line, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fprintf(stderr, "%s:%d: ", file, line);
    vfprintf(stderr, format, list);
    fputs("\n", stderr);
    va_end(list);
    longjmp(bare_failed, 1);
}

enum { BARE_SKIPPED = 2 };
#define skip() longjmp(bare_failed, BARE_SKIPPED)
#define fail_msg(...) bare_fail(__FILE__, __LINE__, __VA_ARGS__)
#define assert_true(c) ((c) ? (void)0 : fail_msg("%s is false", #c))
#define assert_false(c) ((c) ? fail_msg("%s is true", #c) : (void)0)
#define assert_null(p) assert_false((p) != NULL)
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_ptr_equal(a, b) assert_true((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b) assert_true((const void *)(a) != (const void *)(b))
#define assert_memory_equal(a, b, n) assert_true(!memcmp(a, b, n))

static __attribute__((unused)) void bare_equal(const char *file, int line, uintmax_t a, uintmax_t b,
                                               bool equal)
{
    if ((a == b) != equal)
        bare_fail(file, line, "%#jx %s %#jx", a, equal ? "is not" : "is", b);
}
#define assert_int_equal(a, b) bare_equal(__FILE__, __LINE__, (uintmax_t)(a), (uintmax_t)(b), true)
#define assert_int_not_equal(a, b)                                                                 \
    bare_equal(__FILE__, __LINE__, (uintmax_t)(a), (uintmax_t)(b), false)
#define assert_in_range(x, low, high) assert_true((x) >= (low) && (x) <= (high))

static __attribute__((unused)) void bare_same(const char *file, int line, const char *a,
                                              const char *b)
{
    if (strcmp(a, b))
        bare_fail(file, line, "\"%s\" is not \"%s\"", a, b);
}
#define assert_string_equal(a, b) bare_same(__FILE__, __LINE__, a, b)

static __attribute__((unused)) bool bare_run(const struct CMUnitTest *one)
{
    void *state = one->initial_state;
    int left = setjmp(bare_failed);
    if (left)
        return left == BARE_SKIPPED;
    if (one->setup && one->setup(&state))
        return false;
    one->test(&state);
    return !one->teardown || !one->teardown(&state);
}

static __attribute__((unused)) int bare_group(const char *name, const struct CMUnitTest *tests,
                                              size_t n)
{
    int failed = 0;
    for (size_t i = 0; i < n; i++)
        if (!bare_run(&tests[i])) {
            fprintf(stderr, "%s: %s failed\n", name, tests[i].name);
            failed++;
        }
    return failed;
}
#define cmocka_run_group_tests_name(name, tests, setup, teardown)                                  \
    bare_group(name, tests, sizeof(tests) / sizeof *(tests))
#define cmocka_run_group_tests(tests, setup, teardown)                                             \
    cmocka_run_group_tests_name(__FILE__, tests, setup, teardown)

#endif
