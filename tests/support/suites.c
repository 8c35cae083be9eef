/* Finds suites by name and runs them. */

#include <stdio.h>
#include <string.h>

#include "suites.h"
#include "weir/run.h"

/* What the thread keeps for its next run, descriptors among it, is no part of the next suite. */
static bool run(const struct suite *suite)
{
    int failed = suite->run();
    weir_thread_end();
    return failed != 0;
}

static int run_all(const struct suite *suites, size_t n)
{
    int failed = 0;
    for (size_t i = 0; i < n; i++)
        failed += run(&suites[i]);
    return failed;
}

static int run_one(const struct suite *suites, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (!strcmp(suites[i].name, name))
            return run(&suites[i]);
    fprintf(stderr, "no tests of '%s'; there are:", name);
    for (size_t i = 0; i < n; i++)
        fprintf(stderr, " %s", suites[i].name);
    fputs("\n", stderr);
    return 1;
}

int suites_run(const struct suite *suites, size_t n, int argc, char **argv)
{
    int failed = argc < 2 ? run_all(suites, n) : 0;
    for (int i = 1; i < argc; i++)
        failed += run_one(suites, n, argv[i]);
    return failed != 0;
}
