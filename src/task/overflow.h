/* A fiber that runs over the end of its stack is named before the program ends. */
#ifndef WEIR_TASK_OVERFLOW_H
#define WEIR_TASK_OVERFLOW_H

#include <stdbool.h>
#include <stddef.h>

/* Does the address lie in the guard of the stack that this thread runs on? Asked in a handler. */
typedef bool weir_overflow_hit(const void *address, const char **name, size_t *stack_bytes);

/* Called before a thread's first fiber; does nothing where SIGSEGV has a handler already. */
void weir_overflow_watch(weir_overflow_hit *hit);

#endif
