/* sized: blocks that know their size. */

#include "codec/sized.h"

#include <string.h>

void *weir_sized_take(size_t bytes)
{
    if (__builtin_add_overflow(bytes, (size_t)WEIR_SIZED_HEAD_BYTES, &bytes))
        return NULL;
    unsigned char *block = weir_allocate(bytes);
    if (!block)
        return NULL;
    memcpy(block, &bytes, sizeof bytes);
    return block + WEIR_SIZED_HEAD_BYTES;
}

void weir_sized_give(void *taken)
{
    if (!taken)
        return;
    unsigned char *block = (unsigned char *)taken - WEIR_SIZED_HEAD_BYTES;
    size_t bytes;
    memcpy(&bytes, block, sizeof bytes);
    weir_release(block, bytes);
}

void *weir_sized_take_for(void *arg, size_t bytes)
{
    (void)arg;
    return weir_sized_take(bytes);
}

void weir_sized_give_for(void *arg, void *taken)
{
    (void)arg;
    weir_sized_give(taken);
}
