/* The blocks that sockets are read into. */

#include "core/poison.h"
#include "core/stage.h"
#include "driver/op.h"
#include "driver/this_thread.h"
#include "weir/alloc.h"
#include "weir/reader.h"

enum { POOL_BLOCK_BYTES = WEIR_POOL_HEAD_BYTES + WEIR_POOL_BLOCK_BYTES };

struct pooled {
    weir_block block;
    unsigned char bytes[POOL_BLOCK_BYTES + WEIR_PADDING_BYTES];
};

static void pool_hold(struct weir_block_pool *pool, weir_block *block)
{
    block->refs = 1;
    __atomic_store_n(&pool->thread, weir_thread_number(), __ATOMIC_RELAXED);
    __atomic_fetch_add(&pool->held, 1, __ATOMIC_RELAXED);
    __atomic_fetch_add(&pool->held_bytes, block->size, __ATOMIC_RELAXED);
}

static void pool_let_go(struct weir_block_pool *pool, size_t bytes)
{
    __atomic_fetch_sub(&pool->held_bytes, bytes, __ATOMIC_RELAXED);
    if (__atomic_fetch_sub(&pool->held, 1, __ATOMIC_ACQ_REL) == 1)
        weir_release(pool, sizeof *pool);
}

static bool is_here(const struct weir_block_pool *pool)
{
    return __atomic_load_n(&pool->thread, __ATOMIC_RELAXED) == weir_thread_number();
}

static void pooled_release(weir_block *block)
{
    struct weir_block_pool *pool = block->owner;
    struct pooled *pooled = WEIR_CONTAINER(block, struct pooled, block);
    size_t size = block->size;
    if (is_here(pool) && !pool->gone && pool->free_n < WEIR_POOL_FREE_MAX) {
        WEIR_POISON(pooled->bytes, sizeof pooled->bytes);
        block->next = pool->free;
        pool->free = block;
        pool->free_n++;
    } else {
        weir_release(pooled, sizeof *pooled);
    }
    pool_let_go(pool, size);
}

static weir_block *pool_make(struct weir_block_pool *pool)
{
    struct pooled *pooled = weir_allocate(sizeof *pooled);
    if (!pooled)
        return NULL;
    pooled->block = (weir_block){.data = pooled->bytes,
                                 .size = POOL_BLOCK_BYTES,
                                 .head = WEIR_POOL_HEAD_BYTES,
                                 .release = pooled_release,
                                 .owner = pool};
    return &pooled->block;
}

/* Who had it may have moved its head on as its bytes went. */
static weir_block *pool_take_free(struct weir_block_pool *pool)
{
    weir_block *block = pool->free;
    pool->free = block->next;
    pool->free_n--;
    block->head = WEIR_POOL_HEAD_BYTES;
    WEIR_UNPOISON(block->data, block->size + WEIR_PADDING_BYTES);
    return block;
}

weir_block *weir_block_pool_take(struct weir_block_pool *pool)
{
    weir_block *block = pool->free ? pool_take_free(pool) : pool_make(pool);
    if (!block)
        return NULL;
    pool_hold(pool, block);
    return block;
}

static void large_release(weir_block *block)
{
    struct weir_block_pool *pool = block->owner;
    size_t size = block->size;
    weir_release(block, sizeof *block + size + WEIR_PADDING_BYTES);
    pool_let_go(pool, size);
}

weir_block *weir_block_pool_large(struct weir_block_pool *pool, size_t bytes)
{
    size_t size = WEIR_POOL_HEAD_BYTES + bytes;
    weir_block *block = weir_allocate(sizeof *block + size + WEIR_PADDING_BYTES);
    if (!block)
        return NULL;
    *block = (weir_block){.data = (unsigned char *)(block + 1),
                          .size = (uint32_t)size,
                          .head = WEIR_POOL_HEAD_BYTES,
                          .release = large_release,
                          .owner = pool};
    pool_hold(pool, block);
    return block;
}

struct weir_block_pool *weir_block_pool_new(void)
{
    struct weir_block_pool *pool = weir_allocate(sizeof *pool);
    if (pool)
        *pool = (struct weir_block_pool){.held = 1};
    return pool;
}

void weir_block_pool_drop(struct weir_block_pool *pool)
{
    while (pool->free) {
        weir_block *block = pool_take_free(pool);
        weir_release(WEIR_CONTAINER(block, struct pooled, block), sizeof(struct pooled));
    }
    pool->gone = true;
    pool_let_go(pool, 0);
}
