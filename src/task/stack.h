/* Stacks: address space with a guard below, of which only what is touched is memory. A thread keeps
 * those it used for its next fibers. */
#ifndef WEIR_TASK_STACK_H
#define WEIR_TASK_STACK_H

#include <stddef.h>

#include "task/tools.h"

/* Stands at the top of its own stack, in the page that is touched first. */
struct weir_stack {
    _Alignas(16) struct weir_stack *next;
    char *low;   /* the lowest byte that may be used; below it is the guard */
    size_t size; /* from there to the end of this struct */
    unsigned valgrind;
};

enum {
    WEIR_STACK_TIMES = WEIR_ASAN || WEIR_TSAN ? 4 : 1, /* sanitizers make frames larger */
    WEIR_STACK_BYTES = 256 << 10,
    WEIR_STACK_MIN_BYTES = 64 << 10, /* a multiple of every page size, as is: */
    WEIR_GUARD_MIN_BYTES = 64 << 10,
    WEIR_GUARD_MAX_BYTES = 1 << 20,
    WEIR_STACKS_WARM = 1024, /* that are kept with their memory */
    WEIR_STACKS_MAX = 4096   /* that are kept at all */
};

/* How many bytes a stack has that was asked for with so many: a power of two. 0: the default.
 * WEIR_STACK_TIMES as much as is said. */
size_t weir_stack_bytes(size_t wanted);

/* Of the guard below such a stack: a quarter of it, for who asks for a large one has large frames,
 * and a frame that is larger than the guard may step over it. It costs addresses, and page tables.
 */
static inline size_t weir_guard_bytes(size_t stack_bytes)
{
    size_t bytes = stack_bytes / 4;
    return bytes < WEIR_GUARD_MIN_BYTES   ? WEIR_GUARD_MIN_BYTES
           : bytes > WEIR_GUARD_MAX_BYTES ? WEIR_GUARD_MAX_BYTES
                                          : bytes;
}

/* bytes: as that said. NULL: no address space is left. */
struct weir_stack *weir_stack_take(size_t bytes);
void weir_stack_give(struct weir_stack *stack);

/* How much of it was touched since it was made or trimmed, in whole pages. */
size_t weir_stack_touched(const struct weir_stack *stack);

/* Of this thread. */
struct weir_stacks {
    size_t live;             /* taken and not given; one that was given elsewhere counts there */
    size_t pooled;           /* given and kept */
    size_t high_water_bytes; /* the most that one of those touched */
};
struct weir_stacks weir_stacks_here(void);

/* Lets those go that are kept. A thread does so when it ends. */
void weir_stacks_drain(void);

#endif
