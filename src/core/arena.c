/* The arena of a chain: blocks that are released together. Normally the first block is enough, so
 * that a chain costs one allocation, and none where a worker's pool has one left over. */

#include <string.h>

#include "core/poison.h"
#include "core/stage.h"

enum { ARENA_FIRST_BYTES = 1008, NEXT_BYTES = 4096 }; /* malloc is quickest up to 1 KiB */
enum {
    ARENA_SMALL_BYTES = 512
}; /* behind a place that was measured, for the little that did not fit */
enum { ARENA_STEP_BYTES = 64, STEP_SPARE = 16 }; /* sizes of small blocks, as malloc likes them */
enum { POOL_MAX_BYTES = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    size_t used;
};

struct weir_arena {
    _Alignas(WEIR_ALIGN) struct arena_block block; /* the first; newer ones are linked behind it */
    void (*release)(void *place);
    weir_fault *fault; /* NULL: none yet, and no room that is set aside for one */
    bool placed;       /* the first block is somebody else's */
};

/* What has its first block from the allocator has room for a reason from the beginning. */
struct own_arena {
    weir_arena arena;
    weir_fault fault;
};

/* Of one that had no room left to say more. */
static const weir_fault arena_no_room = {.code = WEIR_E_MEMORY, .format = "no memory for a chain"};

/* ---- the pool: small first blocks that were used before ---- */

_Static_assert(sizeof(struct weir_arena) <= ARENA_STEP_BYTES - STEP_SPARE, "the least is one too");
_Static_assert((ARENA_FIRST_BYTES + STEP_SPARE) / ARENA_STEP_BYTES == WEIR_POOL_SIZES,
               "the usual is the last");

static size_t arena_step_of(size_t size)
{
    return (size + STEP_SPARE + ARENA_STEP_BYTES - 1) / ARENA_STEP_BYTES * ARENA_STEP_BYTES -
           STEP_SPARE;
}

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

static weir_arena **place_in(weir_pool *pool, size_t size)
{
    return &pool->first[(size + STEP_SPARE) / ARENA_STEP_BYTES - 1];
}

static inline weir_arena *pool_take(size_t size)
{
    weir_pool *pool = find_pool();
    if (!pool)
        return NULL;
    weir_arena **first = place_in(pool, size), *arena = *first;
    if (WEIR_UNLIKELY(!arena))
        return NULL;
    *first = (weir_arena *)arena->block.next;
    pool->bytes -= size;
    WEIR_UNPOISON(arena + 1, size - sizeof *arena);
    return arena;
}

static inline bool pool_give(weir_arena *arena)
{
    size_t size = arena->block.size;
    weir_pool *pool = size <= ARENA_FIRST_BYTES ? find_pool() : NULL;
    if (!pool || pool->bytes + size > POOL_MAX_BYTES)
        return false;
    weir_arena **first = place_in(pool, size);
    arena->block.next = (struct arena_block *)*first;
    *first = arena;
    pool->bytes += size;
    WEIR_POISON(arena + 1, size - sizeof *arena);
    return true;
}

void weir_pool_drain(weir_pool *pool)
{
    for (size_t i = 0; i < WEIR_POOL_SIZES; i++) {
        for (weir_arena *arena; (arena = pool->first[i]);) {
            pool->first[i] = (weir_arena *)arena->block.next;
            WEIR_UNPOISON(arena + 1, arena->block.size - sizeof *arena);
            weir_release(arena, arena->block.size);
        }
    }
    pool->bytes = 0;
}

/* What is no arena lies in there as one: its first words are the pool's while nobody has it. */
void *weir_pool_allocate(size_t size)
{
    if (size > ARENA_FIRST_BYTES)
        return weir_allocate(size);
    void *block = pool_take(arena_step_of(size));
    return WEIR_LIKELY(block) ? block : weir_allocate(arena_step_of(size));
}

void weir_pool_release(void *block, size_t size)
{
    weir_arena *arena = block;
    if (WEIR_UNLIKELY(!block || size > ARENA_FIRST_BYTES)) {
        weir_release(block, size);
        return;
    }
    arena->block.size = arena_step_of(size);
    if (!pool_give(arena))
        weir_release(block, arena_step_of(size));
}

/* ---- arenas ---- */

static weir_arena *arena_begin(weir_arena *arena, size_t size)
{
    struct own_arena *own = (struct own_arena *)arena;
    arena->block = (struct arena_block){NULL, size, sizeof *own};
    arena->release = NULL;
    arena->placed = false;
    arena->fault = &own->fault;
    own->fault.code = WEIR_OK;
    return arena;
}

/* Of a block that has room for `first` bytes, and may come from the pool. 0: none has. */
static size_t arena_block_size(size_t first)
{
    size_t size;
    if (!first)
        return ARENA_FIRST_BYTES;
    if (__builtin_add_overflow(first, sizeof(struct own_arena), &size))
        return 0;
    return size > ARENA_FIRST_BYTES ? size : arena_step_of(size);
}

size_t weir_arena_new_bytes(size_t first)
{
    return arena_block_size(first);
}

static WEIR_COLD weir_arena *fresh(size_t size)
{
    weir_arena *arena = size ? weir_allocate(size) : NULL;
    return arena ? arena_begin(arena, size) : NULL;
}

weir_arena *weir_arena_new(size_t first)
{
    size_t size = arena_block_size(first);
    weir_arena *arena = size - 1 < ARENA_FIRST_BYTES ? pool_take(size) : NULL;
    return WEIR_LIKELY(arena) ? arena_begin(arena, size) : fresh(size);
}

weir_arena *weir_arena_usual(size_t first)
{
    return weir_arena_new(first > ARENA_FIRST_BYTES - sizeof(struct own_arena) ? first : 0);
}

weir_arena *weir_arena_at(void *place, size_t size, void (*release)(void *place))
{
    if (!place || (uintptr_t)place % WEIR_ALIGN || size < sizeof(weir_arena))
        return NULL;
    weir_arena *arena = place;
    *arena = (weir_arena){.block = {NULL, size, sizeof *arena}, .release = release, .placed = true};
    return arena;
}

bool weir_arena_is_placed(const weir_arena *arena)
{
    return arena->placed;
}

static void *take_from(struct arena_block *block, size_t size, size_t align)
{
    uintptr_t from = (uintptr_t)block; /* the block itself is aligned as malloc does */
    size_t at = ((from + block->used + align - 1) & ~(uintptr_t)(align - 1)) - from;
    if (WEIR_UNLIKELY(at > block->size || size > block->size - at))
        return NULL;
    block->used = at + size;
    return (char *)block + at;
}

static struct arena_block *arena_add_block(weir_arena *arena, size_t size, size_t align)
{
    size_t need;
    if (__builtin_add_overflow(size, align, &need) ||
        __builtin_add_overflow(need, sizeof(struct arena_block), &need))
        return NULL;
    if (need < NEXT_BYTES && !(arena->placed && need < ARENA_SMALL_BYTES))
        need = NEXT_BYTES;
    struct arena_block *block = weir_allocate(need);
    if (!block)
        return NULL;
    *block = (struct arena_block){arena->block.next, need, sizeof *block};
    arena->block.next = block;
    return block;
}

static WEIR_COLD void *arena_take_more(weir_arena *arena, size_t size, size_t align)
{
    struct arena_block *added = arena_add_block(arena, size, align);
    return added ? take_from(added, size, align) : NULL;
}

void *weir_arena_take_raw(weir_arena *arena, size_t size, size_t align)
{
    struct arena_block *newest = arena->block.next ? arena->block.next : &arena->block;
    void *taken = take_from(newest, size, align);
    return WEIR_LIKELY(taken) ? taken : arena_take_more(arena, size, align);
}

void weir_arena_give_back(weir_arena *arena, const void *taken, size_t size)
{
    struct arena_block *newest = arena->block.next ? arena->block.next : &arena->block;
    size_t at = (uintptr_t)taken - (uintptr_t)newest;
    if (at < newest->used && size == newest->used - at)
        newest->used = at;
}

void *weir_arena_take(weir_arena *arena, size_t size, size_t align)
{
    void *taken = weir_arena_take_raw(arena, size, align);
    return taken ? memset(taken, 0, size) : NULL;
}

/* A place that was measured for its stages keeps no room for a reason: few ever have one. */
void weir_arena_keep_fault(weir_arena *arena, const weir_fault *fault)
{
    if (!arena->fault)
        arena->fault = weir_arena_take_raw(arena, sizeof *fault, _Alignof(weir_fault));
    if (arena->fault)
        *arena->fault = *fault;
}

const weir_fault *weir_arena_fault(const weir_arena *arena)
{
    return arena->fault ? arena->fault : &arena_no_room;
}

size_t weir_arena_bytes(const weir_arena *arena)
{
    size_t bytes = 0;
    for (const struct arena_block *block = &arena->block; block; block = block->next)
        bytes += block->size;
    return bytes;
}

bool weir_arena_holds(const weir_arena *arena, const void *place)
{
    for (const struct arena_block *block = &arena->block; block; block = block->next)
        if ((uintptr_t)place - (uintptr_t)block < block->size)
            return true;
    return false;
}

static WEIR_COLD void drop_added(weir_arena *arena)
{
    for (struct arena_block *block = arena->block.next, *next; block; block = next) {
        next = block->next;
        weir_release(block, block->size);
    }
}

static WEIR_ASIDE void drop_first(weir_arena *arena)
{
    if (!arena->placed)
        weir_release(arena, arena->block.size);
    else if (arena->release)
        arena->release(arena);
}

void weir_arena_drop(weir_arena *arena)
{
    if (WEIR_UNLIKELY(arena->block.next))
        drop_added(arena);
    if (WEIR_UNLIKELY(arena->placed) || !pool_give(arena))
        drop_first(arena);
}
