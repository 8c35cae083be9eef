/* Blocks that know their size, since weir_release() asks for it. */
#include "pipeline/room.h"

#include <string.h>

#include "weir/alloc.h"

struct block {
    size_t size; /* with this head */
    _Alignas(WEIR_ALIGN) char bytes[];
};

void *weir_pl_room_zeroed(size_t n, size_t size)
{
    size_t bytes;

    if (__builtin_mul_overflow(n, size, &bytes) ||
        __builtin_add_overflow(bytes, sizeof(struct block), &bytes))
        return NULL;
    struct block *block = weir_allocate(bytes);
    if (!block)
        return NULL;
    memset(block, 0, bytes);
    block->size = bytes;
    return block->bytes;
}

char *weir_pl_room_text(const char *bytes, size_t n)
{
    char *copy = weir_pl_room_zeroed(n + 1, 1);

    if (copy)
        memcpy(copy, bytes, n);
    return copy;
}

void weir_pl_room_free(void *block)
{
    if (!block)
        return;
    struct block *head = (struct block *)((char *)block - offsetof(struct block, bytes));
    weir_release(head, head->size);
}
