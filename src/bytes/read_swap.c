/* read_swap: bytes by the block. */

#include <string.h>

#include "weir/read.h"

/* What the reader lends stands in memory that is not to be kept. */
static weir_block *read_swap_copy_of(weir_cx *cx, const unsigned char *bytes, size_t n)
{
    weir_block *block = weir_block_new(0, n);
    if (!block) {
        weir_fail(cx, WEIR_E_MEMORY, "no memory for a block of %zu bytes", n);
        return NULL;
    }
    memcpy(block->data, bytes, n);
    return block;
}

weir_poll weir_poll_read_swap(weir_reader *reader, weir_cx *cx, weir_block **block,
                              const unsigned char **bytes)
{
    weir_poll got = weir_poll_fill(reader, cx, 1);
    if (got.state == WEIR_PENDING || got.state == WEIR_ERROR)
        return (weir_poll){0, got.state};
    weir_block *next = NULL;
    size_t n = 0;
    if (got.state == WEIR_READY) {
        const unsigned char *from = weir_peek(reader, &n);
        n = n < WEIR_BLOCK_BYTES ? n : WEIR_BLOCK_BYTES;
        next = reader->block ? weir_block_ref(reader->block) : read_swap_copy_of(cx, from, n);
        if (!next)
            return (weir_poll){0, WEIR_ERROR};
        *bytes = reader->block ? from : next->data;
    }
    weir_block_unref(*block);
    *block = next;
    weir_consume(reader, n);
    return (weir_poll){(uint32_t)n, got.state == WEIR_END ? WEIR_END : WEIR_READY};
}
