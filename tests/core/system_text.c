/* Numbers of the system in words: those of the GNU libc, whatever libc there is. */

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <errno.h>

#include <cmocka.h>

#include "core/system_text.h"

static void errors_have_words(void **state)
{
    (void)state;
    assert_string_equal(weir_errno_text(ENOENT), "No such file or directory");
    assert_string_equal(weir_errno_text(EHWPOISON), "Memory page has hardware error");
    assert_string_equal(weir_errno_text(-1), "unknown error");
    assert_string_equal(weir_errno_text(4095), "unknown error");
    assert_string_equal(weir_errno_text(INT32_MIN), "unknown error");
#ifdef __GLIBC__
    for (int i = 0; i < 4096; i++) {
        const char *theirs = strerrordesc_np(i);
        assert_string_equal(weir_errno_text(i), theirs ? theirs : "unknown error");
    }
#endif
}

static void signals_have_names(void **state)
{
    (void)state;
    assert_string_equal(weir_signal_name(SIGTERM), "TERM");
    assert_null(weir_signal_name(0));
    assert_null(weir_signal_name(-1));
    assert_null(weir_signal_name(SIGRTMIN));
#ifdef __GLIBC__
    for (int i = 1; i < 100; i++) {
        const char *theirs = sigabbrev_np(i);
        if (theirs)
            assert_string_equal(weir_signal_name(i), theirs);
        else
            assert_null(weir_signal_name(i));
    }
#endif
}

int core_system_text(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(errors_have_words),
        cmocka_unit_test(signals_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
