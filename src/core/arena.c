/* The arena of a chain: blocks that are released together. Normally the first block is enough, so
 * that a chain costs one allocation, and none where a worker's pool has one left over. */

#include <string.h>

#include "core/stage.h"

enum { FIRST_BYTES = 1008, NEXT_BYTES = 4096 }; /* malloc is quickest up to 1 KiB */
enum { POOL_MAX = 256 };

struct block {
    struct block *next;
    size_t size;
    size_t used;
};

struct weir_arena {
    _Alignas(WEIR_ALIGN) struct block block; /* the first; newer ones are linked behind it */
    void (*release)(void *place);
    bool placed; /* the first block is somebody else's */
    weir_fault fault;
};

/* ---- the pool: first blocks of the usual size that were used before ---- */

static weir_pool *no_pool(void)
{
    return NULL;
}

static weir_pool *(*pool_here)(void) = no_pool;

void weir_pool_find_by(weir_pool *(*here)(void))
{
    __atomic_store_n(&pool_here, here, __ATOMIC_RELEASE);
}

static weir_pool *find_pool(void)
{
    return __atomic_load_n(&pool_here, __ATOMIC_ACQUIRE)();
}

static weir_arena *pool_take(void)
{
    weir_pool *pool = find_pool();
    if (!pool || !pool->first)
        return NULL;
    weir_arena *arena = pool->first;
    pool->first = (weir_arena *)arena->block.next;
    pool->n--;
    return arena;
}

static bool pool_give(weir_arena *arena)
{
    weir_pool *pool = arena->placed || arena->block.size != FIRST_BYTES ? NULL : find_pool();
    if (!pool || pool->n == POOL_MAX)
        return false;
    arena->block.next = (struct block *)pool->first;
    pool->first = arena;
    pool->n++;
    return true;
}

void weir_pool_drain(weir_pool *drained)
{
    for (weir_arena *arena; (arena = drained->first);) {
        drained->first = (weir_arena *)arena->block.next;
        weir_release(arena, arena->block.size);
    }
    drained->n = 0;
}

/* ---- arenas ---- */

static weir_arena *begin(weir_arena *arena, size_t size)
{
    arena->block = (struct block){NULL, size, sizeof *arena};
    arena->release = NULL;
    arena->placed = false;
    arena->fault.code = WEIR_OK;
    return arena;
}

weir_arena *weir_arena_new(size_t first)
{
    size_t size = FIRST_BYTES;
    if (first > FIRST_BYTES - sizeof(weir_arena) &&
        __builtin_add_overflow(first, sizeof(weir_arena), &size))
        return NULL;
    weir_arena *arena = size == FIRST_BYTES ? pool_take() : NULL;
    if (!arena)
        arena = weir_allocate(size);
    return arena ? begin(arena, size) : NULL;
}

weir_arena *weir_arena_at(void *place, size_t size, void (*release)(void *place))
{
    if (!place || (uintptr_t)place % WEIR_ALIGN || size < sizeof(weir_arena))
        return NULL;
    weir_arena *arena = begin(place, size);
    arena->release = release;
    arena->placed = true;
    return arena;
}

bool weir_arena_is_placed(const weir_arena *arena)
{
    return arena->placed;
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

size_t weir_arena_bytes(const weir_arena *arena)
{
    size_t bytes = 0;
    for (const struct block *block = &arena->block; block; block = block->next)
        bytes += block->size;
    return bytes;
}

bool weir_arena_holds(const weir_arena *arena, const void *place)
{
    for (const struct block *block = &arena->block; block; block = block->next)
        if ((uintptr_t)place - (uintptr_t)block < block->size)
            return true;
    return false;
}

void weir_arena_drop(weir_arena *arena)
{
    for (struct block *block = arena->block.next, *next; block; block = next) {
        next = block->next;
        weir_release(block, block->size);
    }
    if (arena->placed && arena->release)
        arena->release(arena);
    else if (!arena->placed && !pool_give(arena))
        weir_release(arena, arena->block.size);
}
