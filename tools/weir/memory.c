/* The command's own memory: it is small, so a failure may end the program, if only what it made is
 * cleared away: a table may be asked for while a file is written. Chains never come here; they
 * report their own. */
#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void (*on_end)(void *);
static void *on_end_arg;

void memory_on_end(void (*act)(void *arg), void *arg)
{
    on_end = act;
    on_end_arg = arg;
}

_Noreturn void memory_end(void)
{
    if (on_end)
        on_end(on_end_arg);
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

void *memory_grown(void *block, size_t bytes)
{
    void *grown = realloc(block, bytes);
    if (!grown)
        memory_end();
    return grown;
}

char *memory_text(const char *bytes, size_t n)
{
    char *copy = memory_zeroed(n + 1, 1);
    memcpy(copy, bytes, n);
    return copy;
}
