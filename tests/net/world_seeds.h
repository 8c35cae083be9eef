/* How many seeds, and runtimes that go. */
#ifndef WEIR_TESTS_NET_WORLD_SEEDS_H
#define WEIR_TESTS_NET_WORLD_SEEDS_H

#include "world.h"

static unsigned long seeds_usual = 1000;

/* In thousandths of the usual, or of WEIR_WORLD_SEEDS, for a long run. */
static inline unsigned long seeds(unsigned long thousandths)
{
    const char *wanted = getenv("WEIR_WORLD_SEEDS");
    return (wanted ? strtoul(wanted, NULL, 10) : seeds_usual) * thousandths / 1000;
}

static inline void drop_one(void *arg)
{
    weir_rt **rt = arg;
    weir_rt_drop(*rt);
    *rt = NULL;
}

#endif
