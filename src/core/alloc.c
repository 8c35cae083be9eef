/* Where memory comes from: the hooks, and malloc behind them where there is one. */

#include "weir/alloc.h"

#if __STDC_HOSTED__
#include <stdlib.h>
#include <string.h>

static void *libc_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    if (align <= WEIR_ALIGN)
        return malloc(size);
    void *block;
    return posix_memalign(&block, align, size) ? NULL : block;
}

static void *libc_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    if (align <= WEIR_ALIGN)
        return realloc(block, size);
    void *moved = libc_allocate(self, size, align);
    if (!moved)
        return NULL;
    memcpy(moved, block, old_size < size ? old_size : size);
    free(block);
    return moved;
}

static void libc_release(void *self, void *block, size_t size)
{
    (void)self;
    (void)size;
    free(block);
}

static const weir_alloc default_hooks = {sizeof default_hooks, libc_allocate, libc_resize,
                                         libc_release, NULL};
#else
static void *no_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    (void)size;
    (void)align;
    return NULL;
}

static void *no_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)block;
    (void)old_size;
    return no_allocate(self, size, align);
}

static void no_release(void *self, void *block, size_t size)
{
    (void)self;
    (void)block;
    (void)size;
}

static const weir_alloc default_hooks = {sizeof default_hooks, no_allocate, no_resize, no_release,
                                         NULL};
#endif

static const weir_alloc *alloc_hooks = &default_hooks;

void weir_alloc_set(const weir_alloc *given)
{
    alloc_hooks = given ? given : &default_hooks;
}

const weir_alloc *weir_alloc_get(void)
{
    return alloc_hooks;
}

void *weir_allocate_aligned(size_t size, size_t align)
{
    return alloc_hooks->allocate(alloc_hooks->self, size, align < WEIR_ALIGN ? WEIR_ALIGN : align);
}

void *weir_allocate(size_t size)
{
    return weir_allocate_aligned(size, WEIR_ALIGN);
}

void *weir_resize_aligned(void *block, size_t old_size, size_t size, size_t align)
{
    if (!block)
        return weir_allocate_aligned(size, align);
    align = align < WEIR_ALIGN ? WEIR_ALIGN : align;
    return alloc_hooks->resize(alloc_hooks->self, block, old_size, size, align);
}

void *weir_resize(void *block, size_t old_size, size_t size)
{
    return weir_resize_aligned(block, old_size, size, WEIR_ALIGN);
}

void weir_release(void *block, size_t size)
{
    if (block)
        alloc_hooks->release(alloc_hooks->self, block, size);
}
