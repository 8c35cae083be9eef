/* Blocks of their own: header and bytes in one allocation. */

#include "weir/block.h"

#include "weir/alloc.h"
#include "weir/reader.h"

static size_t block_bytes_of(size_t size)
{
    return sizeof(weir_block) + size + WEIR_PADDING_BYTES;
}

static void block_own_release(weir_block *block)
{
    weir_release(block, block_bytes_of(block->size));
}

weir_block *weir_block_new(size_t head, size_t size)
{
    if (head > UINT32_MAX / 2 || size > UINT32_MAX / 2)
        return NULL;
    weir_block *block = weir_allocate(block_bytes_of(head + size));
    if (!block)
        return NULL;
    *block = (weir_block){.data = (unsigned char *)(block + 1),
                          .size = (uint32_t)(head + size),
                          .head = (uint32_t)head,
                          .refs = 1,
                          .release = block_own_release};
    return block;
}
