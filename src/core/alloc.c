/* Where memory comes from: the hooks, and malloc behind them where there is one. */

#include "weir/alloc.h"

#if __STDC_HOSTED__
#include <stdlib.h>

static void *libc_allocate(void *self, size_t size)
{
    (void)self;
    return malloc(size);
}

static void *libc_resize(void *self, void *block, size_t old_size, size_t size)
{
    (void)self;
    (void)old_size;
    return realloc(block, size);
}

static void libc_release(void *self, void *block, size_t size)
{
    (void)self;
    (void)size;
    free(block);
}

static const weir_alloc default_hooks = {libc_allocate, libc_resize, libc_release, NULL};
#else
static void *no_allocate(void *self, size_t size)
{
    (void)self;
    (void)size;
    return NULL;
}

static void *no_resize(void *self, void *block, size_t old_size, size_t size)
{
    (void)self;
    (void)block;
    (void)old_size;
    (void)size;
    return NULL;
}

static void no_release(void *self, void *block, size_t size)
{
    (void)self;
    (void)block;
    (void)size;
}

static const weir_alloc default_hooks = {no_allocate, no_resize, no_release, NULL};
#endif

static const weir_alloc *hooks = &default_hooks;

void weir_alloc_set(const weir_alloc *given)
{
    hooks = given ? given : &default_hooks;
}

const weir_alloc *weir_alloc_get(void)
{
    return hooks;
}

void *weir_allocate(size_t size)
{
    return hooks->allocate(hooks->self, size);
}

void *weir_resize(void *block, size_t old_size, size_t size)
{
    return block ? hooks->resize(hooks->self, block, old_size, size) : weir_allocate(size);
}

void weir_release(void *block, size_t size)
{
    if (block)
        hooks->release(hooks->self, block, size);
}
