/* Included first in each file of the build that counts (make coverage): who leaves by _exit() or by
 * abort(), by a signal that he sends himself, or by a fault after he gave up its handler, writes
 * what he counted before. No header of the system is taken along, whose names the file may use
 * otherwise.
 */
#ifndef WEIR_TESTS_COVERAGE_H
#define WEIR_TESTS_COVERAGE_H

typedef void (*coverage_handler)(int number);

void __gcov_dump(void);
void __gcov_reset(void);
_Noreturn void coverage_real_exit(int status) __asm__("_exit");
_Noreturn void coverage_real_abort(void) __asm__("abort");
int coverage_real_raise(int number) __asm__("raise");
coverage_handler coverage_real_signal(int number, coverage_handler handler) __asm__("signal");
_Noreturn void coverage_exit(int status);
_Noreturn void coverage_abort(void);
int coverage_raise(int number);
coverage_handler coverage_signal(int number, coverage_handler handler);

__attribute__((weak, visibility("hidden"))) void coverage_exit(int status)
{
    __gcov_dump();
    coverage_real_exit(status);
}

__attribute__((weak, visibility("hidden"))) void coverage_abort(void)
{
    __gcov_dump();
    coverage_real_abort();
}

__attribute__((weak, visibility("hidden"))) int coverage_raise(int number)
{
    __gcov_dump();
    __gcov_reset();
    return coverage_real_raise(number);
}

__attribute__((weak, visibility("hidden"))) coverage_handler
coverage_signal(int number, coverage_handler handler)
{
    __gcov_dump();
    __gcov_reset();
    return coverage_real_signal(number, handler);
}

#define _exit coverage_exit
#define abort coverage_abort
#define raise coverage_raise
#define signal coverage_signal

#endif
