/* weir/block.h: memory that bytes stand in and that more than one may hold: the reader that lends
 * them, a send that the kernel has not finished.
 *
 * Bytes that were handed out never change while anybody holds the block, on whatever thread. */
#ifndef WEIR_BLOCK_H
#define WEIR_BLOCK_H

#include "weir/base.h"

WEIR_BEGIN_C

typedef struct weir_block weir_block;

struct weir_block {
    unsigned char *data; /* `size` bytes, and WEIR_PADDING_BYTES that may be read */
    uint32_t size;
    uint32_t head;                      /* where bytes begin to be put: before it is room for what
                                           was left over of another block */
    uint32_t refs;                      /* how many hold it; atomic */
    void (*release)(weir_block *block); /* nobody does */
    void *owner;                        /* whom it goes back to */
    weir_block *next;                   /* the owner's */
};

/* A block with `head` bytes of room and `size` behind it, held once. NULL: no memory.
 *
 * Example:
 *     weir_block *block = weir_block_new(0, 64);
 *     p(block->size); // -> 64
 *     weir_block_unref(block);
 */
WEIR_API weir_block *weir_block_new(size_t head, size_t size) WEIR_MUST_USE;

/* Holds it once more.
 *
 * Example:
 *     weir_block *block = weir_block_ref(weir_block_new(0, 64));
 *     p(weir_block_is_unshared(block)); // -> false
 *     weir_block_unref(block);
 *     weir_block_unref(block);
 */
static inline weir_block *weir_block_ref(weir_block *block)
{
    __atomic_fetch_add(&block->refs, 1, __ATOMIC_RELAXED);
    return block;
}

/* Nobody else does.
 *
 * Example:
 *     weir_block *block = weir_block_new(0, 64);
 *     p(weir_block_is_unshared(block)); // -> true
 *     weir_block_unref(block);
 */
static inline bool weir_block_is_unshared(const weir_block *block)
{
    return __atomic_load_n(&block->refs, __ATOMIC_ACQUIRE) == 1;
}

/* Lets it go once; NULL is no block.
 *
 * Example:
 *     weir_block *block = weir_block_ref(weir_block_new(0, 64));
 *     weir_block_unref(block);
 *     p(weir_block_is_unshared(block)); // -> true
 *     weir_block_unref(block);
 */
static inline void weir_block_unref(weir_block *block)
{
    if (!block)
        return;
    if (weir_block_is_unshared(block) || __atomic_fetch_sub(&block->refs, 1, __ATOMIC_ACQ_REL) == 1)
        block->release(block);
}

WEIR_END_C

#endif
