/* Included first in each file of the build that counts (make coverage): who leaves by _exit(), or
 * by a signal that he sends himself, writes what he counted before. No header of the system is
 * taken along, whose names the file may use otherwise. */
#ifndef WEIR_TESTS_COVERAGE_H
#define WEIR_TESTS_COVERAGE_H

void __gcov_dump(void);
void __gcov_reset(void);
_Noreturn void coverage_real_exit(int status) __asm__("_exit");
int coverage_real_raise(int number) __asm__("raise");
_Noreturn void coverage_exit(int status);
int coverage_raise(int number);

__attribute__((weak, visibility("hidden"))) void coverage_exit(int status)
{
    __gcov_dump();
    coverage_real_exit(status);
}

__attribute__((weak, visibility("hidden"))) int coverage_raise(int number)
{
    __gcov_dump();
    __gcov_reset();
    return coverage_real_raise(number);
}

#define _exit coverage_exit
#define raise coverage_raise

#endif
