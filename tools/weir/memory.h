/* memory.h: memory for words and plans, or the end of the program. */
#ifndef TOOL_MEMORY_H
#define TOOL_MEMORY_H

#include <stddef.h>

/* n zeroed things of `size` bytes, for free(). Never NULL: without memory the command ends. */
void *memory_zeroed(size_t n, size_t size);

/* The block with room for `bytes`, as realloc gives it; NULL is none yet. Never NULL: as above. */
void *memory_grown(void *block, size_t bytes);

/* There is none left: says so and ends the program, after `act` where one was set. */
_Noreturn void memory_end(void);

/* What must not stay behind; it takes no memory. NULL: nothing. */
void memory_on_end(void (*act)(void *arg), void *arg);

/* A copy of n bytes with a NUL behind them, for free(). */
char *memory_text(const char *bytes, size_t n);

#endif
