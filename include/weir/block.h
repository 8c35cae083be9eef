/* weir/block.h: memory that bytes stand in and that more than one may hold: the reader that lends
 * them, a send that the kernel has not finished.
 *
 * Bytes that were handed out never change while anybody holds the block. Its count is plain: a
 * block belongs to one worker, and what goes to another one is copied. */
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
    uint32_t refs;                      /* how many hold it */
    void (*release)(weir_block *block); /* nobody does */
    void *owner;                        /* whom it goes back to */
    weir_block *next;                   /* the owner's */
};

/* A block with `head` bytes of room and `size` behind it, held once. NULL: no memory. */
WEIR_API weir_block *weir_block_new(size_t head, size_t size) WEIR_MUST_USE;

/* Holds it once more. */
static inline weir_block *weir_block_ref(weir_block *block)
{
    block->refs++;
    return block;
}

/* Lets it go once; NULL is no block. */
static inline void weir_block_unref(weir_block *block)
{
    if (block && !--block->refs)
        block->release(block);
}

WEIR_END_C

#endif
