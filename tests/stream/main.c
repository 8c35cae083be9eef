/* Runs the tests of the stages that are named; of all when none is. */

#include <stdio.h>

#include "stages.h"

static const struct {
    const char *name;
    int (*run)(void);
} stages[] = {
#define STAGE_ROW(stage) {#stage, stage_##stage},
    STAGES(STAGE_ROW)};

static int run(const char *name)
{
    int failed = 0, found = 0;
    for (size_t i = 0; i < sizeof stages / sizeof *stages; i++) {
        if (name && strcmp(name, stages[i].name))
            continue;
        found = 1;
        failed += stages[i].run();
    }
    if (!found)
        fprintf(stderr, "no tests of '%s'\n", name);
    return failed + !found;
}

int main(int argc, char **argv)
{
    int failed = argc < 2 ? run(NULL) : 0;
    for (int i = 1; i < argc; i++)
        failed += run(argv[i]);
    return failed != 0;
}
