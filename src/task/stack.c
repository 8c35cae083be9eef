/* Stacks and the pool of a thread. They are memory, but not the allocator's: their pages come and
 * go by themselves. */

#include "task/stack.h"

#include <pthread.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

/* Stacks of one size are alike, and all sizes are powers of two: the last one used comes first. */
enum { SIZES = 64 };

static _Thread_local struct {
    struct weir_stack *first[SIZES];
    struct weir_stacks counts;
    ptrdiff_t live; /* taken here, less those given here */
    bool told;      /* of the end of the thread */
} stack_pool;

static unsigned size_index(size_t bytes)
{
    return (unsigned)__builtin_ctzll(bytes);
}

size_t weir_stack_bytes(size_t wanted)
{
    wanted = wanted ? wanted : WEIR_STACK_BYTES;
    size_t bytes = WEIR_STACK_MIN_BYTES;
    while (bytes < wanted && bytes <= SIZE_MAX / 4)
        bytes *= 2;
    return bytes <= SIZE_MAX / 8 ? bytes * WEIR_STACK_TIMES : bytes;
}

/* ---- mapping ---- */

/* A guard that splits no mapping, where the kernel knows it; a program may have only so many
 * mappings, and would have two a fiber. */
static bool guard(char *at, size_t bytes)
{
#ifndef WEIR_GUARD_BY_MPROTECT
    if (!madvise(at, bytes, MADV_GUARD_INSTALL))
        return true;
#endif
    return !mprotect(at, bytes, PROT_NONE);
}

static struct weir_stack *stack_map(size_t bytes)
{
    size_t guarded = weir_guard_bytes(bytes), all;
    if (__builtin_add_overflow(bytes, guarded, &all))
        return NULL;
    char *at = mmap(NULL, all, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
    if (at == MAP_FAILED)
        return NULL;
    madvise(at, all, MADV_NOHUGEPAGE); /* a touch would cost 2 MiB, for eight stacks */
    if (!guard(at, guarded)) {
        munmap(at, all);
        return NULL;
    }
    char *low = at + guarded;
    struct weir_stack *stack = (struct weir_stack *)(void *)(low + bytes - sizeof *stack);
    *stack = (struct weir_stack){NULL, low, bytes, weir_tools_map(low, bytes)};
    return stack;
}

static void unmap(struct weir_stack *stack)
{
    weir_tools_unmap(stack->valgrind);
    size_t guarded = weir_guard_bytes(stack->size);
    munmap(stack->low - guarded, stack->size + guarded);
}

/* ---- how much was used ---- */

size_t weir_stack_touched(const struct weir_stack *stack)
{
    enum { AT_ONCE = 256 };
    size_t page = (size_t)sysconf(_SC_PAGESIZE), touched = 0;
    while (touched < stack->size) {
        unsigned char in[AT_ONCE];
        size_t left = (stack->size - touched) / page, n = left < AT_ONCE ? left : AT_ONCE;
        if (mincore(stack->low + stack->size - touched - n * page, n * page, in))
            break;
        for (; n && in[n - 1] & 1; n--)
            touched += page;
        if (n)
            break;
    }
    return touched;
}

static void note_touched(const struct weir_stack *stack)
{
    size_t touched = weir_stack_touched(stack);
    if (touched > stack_pool.counts.high_water_bytes)
        stack_pool.counts.high_water_bytes = touched;
}

struct weir_stacks weir_stacks_here(void)
{
    for (unsigned i = 0; i < SIZES; i++)
        for (const struct weir_stack *stack = stack_pool.first[i]; stack; stack = stack->next)
            note_touched(stack);
    stack_pool.counts.live = stack_pool.live > 0 ? (size_t)stack_pool.live : 0;
    return stack_pool.counts;
}

/* All but the page that this stands in. */
static void trim(struct weir_stack *stack)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    note_touched(stack);
    if (stack->size > page)
        madvise(stack->low, stack->size - page, MADV_DONTNEED);
}

/* ---- the pool ---- */

void weir_stacks_drain(void)
{
    for (unsigned i = 0; i < SIZES; i++)
        for (struct weir_stack *stack; (stack = stack_pool.first[i]);) {
            stack_pool.first[i] = stack->next;
            stack_pool.counts.pooled--;
            unmap(stack);
        }
}

static pthread_key_t stack_ends;

static void stack_thread_ends(void *unused)
{
    (void)unused;
    stack_pool.told = false;
    weir_stacks_drain();
}

static void stack_make_key(void)
{
    if (pthread_key_create(&stack_ends, stack_thread_ends))
        stack_ends = (pthread_key_t)-1;
}

/* Without a key what is kept stays until the program ends. */
static void stack_tell_end(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, stack_make_key);
    stack_pool.told = true;
    if (stack_ends != (pthread_key_t)-1)
        pthread_setspecific(stack_ends, &stack_pool);
}

struct weir_stack *weir_stack_take(size_t bytes)
{
    struct weir_stack **first = &stack_pool.first[size_index(bytes)];
    struct weir_stack *stack = *first;
    if (stack) {
        *first = stack->next;
        stack_pool.counts.pooled--;
    } else if (!(stack = stack_map(bytes))) {
        return NULL;
    }
    stack_pool.live++;
    weir_tools_take(stack->low, stack->size);
    return stack;
}

void weir_stack_give(struct weir_stack *stack)
{
    weir_tools_give(stack->low, stack->size);
    stack_pool.live--;
    if (stack_pool.counts.pooled == WEIR_STACKS_MAX) {
        note_touched(stack);
        unmap(stack);
        return;
    }
    if (stack_pool.counts.pooled >= WEIR_STACKS_WARM)
        trim(stack);
    if (!stack_pool.told)
        stack_tell_end();
    struct weir_stack **first = &stack_pool.first[size_index(stack->size)];
    stack->next = *first;
    *first = stack;
    stack_pool.counts.pooled++;
}
