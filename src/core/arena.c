/* The arena of a chain: blocks that are released together. Normally the first block is enough, so
 * that a chain costs one allocation. */

#include <string.h>

#include "core/stage.h"

enum { FIRST_BYTES = 1008, NEXT_BYTES = 4096 }; /* malloc is quickest up to 1 KiB */

struct block {
    struct block *next;
    size_t size;
    size_t used;
};

struct weir_arena {
    struct block block; /* the first; newer ones are linked behind it */
    weir_fault fault;
};

weir_arena *weir_arena_new(void)
{
    weir_arena *arena = weir_allocate(FIRST_BYTES);
    if (!arena)
        return NULL;
    memset(arena, 0, sizeof *arena);
    arena->block.size = FIRST_BYTES;
    arena->block.used = sizeof *arena;
    return arena;
}

weir_fault *weir_arena_fault(weir_arena *arena)
{
    return &arena->fault;
}

static void *take_from(struct block *block, size_t size, size_t align)
{
    uintptr_t from = (uintptr_t)block; /* the block itself is aligned as malloc does */
    size_t at = ((from + block->used + align - 1) & ~(uintptr_t)(align - 1)) - from;
    if (at > block->size || size > block->size - at)
        return NULL;
    block->used = at + size;
    return memset((char *)block + at, 0, size);
}

static struct block *add_block(weir_arena *arena, size_t size, size_t align)
{
    size_t need;
    if (__builtin_add_overflow(size, align, &need) ||
        __builtin_add_overflow(need, sizeof(struct block), &need))
        return NULL;
    need = need < NEXT_BYTES ? NEXT_BYTES : need;
    struct block *block = weir_allocate(need);
    if (!block)
        return NULL;
    *block = (struct block){arena->block.next, need, sizeof *block};
    arena->block.next = block;
    return block;
}

void *weir_arena_take(weir_arena *arena, size_t size, size_t align)
{
    struct block *newest = arena->block.next ? arena->block.next : &arena->block;
    void *taken = take_from(newest, size, align);
    if (taken)
        return taken;
    struct block *added = add_block(arena, size, align);
    return added ? take_from(added, size, align) : NULL;
}

void weir_arena_drop(weir_arena *arena)
{
    for (struct block *block = arena->block.next, *next; block; block = next) {
        next = block->next;
        weir_release(block, block->size);
    }
    weir_release(arena, arena->block.size);
}
