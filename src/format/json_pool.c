/* The pool. Each block is twice the one before; one that holds a single thing grows with it. What
 * has room depends on what was taken since the last reset alone: the same text meets the same
 * limit. */

#include "format/json_pool.h"

#include <string.h>

#include "weir/alloc.h"

enum { JSON_POOL_FIRST_BYTES = 64 << 10 };

struct weir_json_block {
    struct weir_json_block *older;
    size_t size; /* with this */
    size_t used; /* with this */
    size_t last; /* where what was taken last begins */
};

static size_t json_pool_rounded(size_t n)
{
    return (n + WEIR_ALIGN - 1) / WEIR_ALIGN * WEIR_ALIGN;
}

enum {
    JSON_POOL_HEAD_BYTES =
        (sizeof(struct weir_json_block) + WEIR_ALIGN - 1) / WEIR_ALIGN * WEIR_ALIGN
};

static unsigned char *json_pool_bytes_of(struct weir_json_block *block)
{
    return (unsigned char *)block;
}

/* The size of a block that has room for n, as large as the limit lets; 0: it does not. */
static size_t json_pool_block_size(weir_json_pool *pool, size_t n, size_t wished)
{
    size_t left = pool->bytes_max - pool->held;
    if (n > left || left - n < JSON_POOL_HEAD_BYTES) {
        pool->full = true;
        return 0;
    }
    size_t need = JSON_POOL_HEAD_BYTES + n;
    size_t size = wished > need ? wished : need;
    return size < left ? size : left;
}

static bool json_pool_add_block(weir_json_pool *pool, size_t n)
{
    size_t size = json_pool_block_size(
        pool, n, pool->newest ? 2 * pool->newest->size : JSON_POOL_FIRST_BYTES);
    struct weir_json_block *block = size ? weir_allocate(size) : NULL;
    if (!block)
        return false;
    *block =
        (struct weir_json_block){pool->newest, size, JSON_POOL_HEAD_BYTES, JSON_POOL_HEAD_BYTES};
    pool->newest = block;
    pool->held += size;
    return true;
}

bool weir_json_pool_has(const weir_json_pool *pool, size_t n)
{
    const struct weir_json_block *block = pool->newest;
    return block && n <= block->size - block->used;
}

static void release_from(weir_json_pool *pool, struct weir_json_block *block)
{
    while (block) {
        struct weir_json_block *older = block->older;
        pool->held -= block->size;
        weir_release(block, block->size);
        block = older;
    }
}

void *weir_json_pool_take(weir_json_pool *pool, size_t n)
{
    n = json_pool_rounded(n);
    if (!weir_json_pool_has(pool, n)) {
        if (pool->newest && pool->newest->used == JSON_POOL_HEAD_BYTES)
            weir_json_pool_release(pool); /* it was kept, and is too small */
        if (!json_pool_add_block(pool, n))
            return NULL;
    }
    struct weir_json_block *block = pool->newest;
    block->last = block->used;
    block->used += n;
    return json_pool_bytes_of(block) + block->last;
}

/* A block that holds nothing else becomes larger itself: no old one stands beside it. */
static void *grow_block(weir_json_pool *pool, size_t n)
{
    struct weir_json_block *block = pool->newest;
    pool->held -= block->size;
    size_t size = json_pool_block_size(pool, n, 2 * block->size);
    struct weir_json_block *grown = size ? weir_resize(block, block->size, size) : NULL;
    pool->held += grown ? size : block->size;
    if (!grown)
        return NULL;
    grown->size = size;
    grown->used = JSON_POOL_HEAD_BYTES + n;
    pool->newest = grown;
    return json_pool_bytes_of(grown) + JSON_POOL_HEAD_BYTES;
}

void *weir_json_pool_resize(weir_json_pool *pool, void *old, size_t old_n, size_t n)
{
    struct weir_json_block *block = pool->newest;
    n = json_pool_rounded(n);
    if (old == json_pool_bytes_of(block) + block->last) {
        if (n <= block->size - block->last) {
            block->used = block->last + n;
            return old;
        }
        if (block->last == JSON_POOL_HEAD_BYTES)
            return grow_block(pool, n);
    }
    void *copy = weir_json_pool_take(pool, n);
    if (copy)
        memcpy(copy, old, old_n < n ? old_n : n);
    return copy;
}

void weir_json_pool_reset(weir_json_pool *pool)
{
    struct weir_json_block *block = pool->newest;
    if (!block || block->older || block->size > JSON_POOL_FIRST_BYTES) {
        weir_json_pool_release(pool);
        return;
    }
    pool->full = false;
    block->used = block->last = JSON_POOL_HEAD_BYTES;
}

void weir_json_pool_release(weir_json_pool *pool)
{
    release_from(pool, pool->newest);
    pool->newest = NULL;
    pool->full = false;
}
