/* draws.h: what the targets draw of a seed, and the cases that they are asked for:
 *
 *   TARGET [-s SEED | -n CASES | -t SECONDS] [NAME]
 */
#ifndef FUZZ_DRAWS_H
#define FUZZ_DRAWS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/draw.h"

/* 0 to below - 1. */
static inline size_t draws_below(uint64_t *state, size_t below)
{
    return (size_t)(weir_draw(state) % below);
}

static inline uint64_t draws_option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc; i++)
        if (!strcmp(argv[i], name))
            return strtoull(argv[i + 1], NULL, 10);
    return 0;
}

/* NULL: none was said. Options come in pairs, behind the program's own name. */
static inline const char *draws_name(int argc, char **argv)
{
    return argc % 2 ? NULL : argv[argc - 1];
}

/* The one of the seed, or those of 1, 2, 3 ... For main(). */
static inline int draws_run(int argc, char **argv, void (*run)(uint64_t seed))
{
    uint64_t seed = draws_option(argc, argv, "-s"), cases = draws_option(argc, argv, "-n"), n = 1;
    time_t until = time(NULL) + (time_t)draws_option(argc, argv, "-t");
    for (; seed ? n == 1 : n <= cases || time(NULL) < until; n++)
        run(seed ? seed : n);
    printf("%" PRIu64 " cases\n", n - 1);
    return 0;
}

#endif
