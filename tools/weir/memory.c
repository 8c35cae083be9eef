/* The command's own memory: it is small and taken before anything is opened, so a failure may end
 * the program. Chains never come here; they report their own. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Noreturn void memory_end(void)
{
    fputs("weir: no memory\n", stderr);
    exit(1);
}

void *memory_zeroed(size_t n, size_t size)
{
    void *block = calloc(n ? n : 1, size ? size : 1);
    if (!block)
        memory_end();
    return block;
}

char *memory_text(const char *bytes, size_t n)
{
    char *copy = memory_zeroed(n + 1, 1);
    memcpy(copy, bytes, n);
    return copy;
}
