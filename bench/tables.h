/* What the benches of CSV and JSON share. */
#ifndef BENCH_TABLES_H
#define BENCH_TABLES_H

#include <stdio.h>

#include <weir.h>

static inline int tell(const weir_error *error)
{
    fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(error));
    return 1;
}

static inline unsigned drawn(uint64_t *seed, unsigned below)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((*seed >> 33) % below);
}

#endif
