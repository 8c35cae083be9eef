/* What the program of a folder's tests is made of: one suite a file. */
#ifndef WEIR_TESTS_SUITES_H
#define WEIR_TESTS_SUITES_H

#include <stddef.h>

struct suite {
    const char *name;
    int (*run)(void); /* answers how many of its tests failed */
};

/* Runs the suites that are named on the command line; all when none is. Answers 0 when all of
 * their tests passed and each name is known. */
int suites_run(const struct suite *suites, size_t n, int argc, char **argv);

#endif
