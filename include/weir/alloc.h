/* weir/alloc.h: where all memory comes from. */
#ifndef WEIR_ALLOC_H
#define WEIR_ALLOC_H

#include "weir/base.h"

WEIR_BEGIN_C

/* The hooks. Set them before anything else of weir is called; the core itself has none and
 * fails every allocation until some are set (libweir sets malloc's when it is loaded). They are
 * called from every thread that runs chains or lets the last reference to a waker go.
 * Blocks are aligned to `align`, a power of two and at least 16. `resize` and `release` get the
 * size that was asked for, so an allocator need not keep it; neither is called for NULL. */
struct weir_alloc {
    uint32_t size; /* sizeof(weir_alloc) */
    void *(*allocate)(void *self, size_t size, size_t align);
    void *(*resize)(void *self, void *block, size_t old_size, size_t size, size_t align);
    void (*release)(void *self, void *block, size_t size);
    void *self;
};

/* Sets the hooks for the whole program, and tells which are set. NULL: those it began with. A block
 * goes back through the hooks that stand then, so they are set once, before all else.
 *
 * Example:
 *     static weir_alloc mine; // with functions of one's own in the place of some
 *     mine = *weir_alloc_get();
 *     weir_alloc_set(&mine);
 *     p(yes(weir_alloc_get() == &mine)); // -> yes
 */
WEIR_API void weir_alloc_set(const weir_alloc *hooks WEIR_KEEPS);
WEIR_API const weir_alloc *weir_alloc_get(void);

enum { WEIR_ALIGN = 16 }; /* what every block is aligned to at least */

/* Through the hooks. NULL: there is none left. weir_resize() of NULL allocates.
 *
 * Example:
 *     char *bytes = weir_allocate(64);
 *     p(yes((uintptr_t)bytes % WEIR_ALIGN == 0)); // -> yes
 *     weir_release(bytes, 64);
 */
WEIR_API void *weir_allocate(size_t size) WEIR_MUST_USE;
WEIR_API void *weir_resize(void *block, size_t old_size, size_t size) WEIR_MUST_USE;
WEIR_API void weir_release(void *block, size_t size);

/* The same for items that want more than WEIR_ALIGN.
 *
 * Example:
 *     char *bytes = weir_allocate_aligned(64, 4096);
 *     p(yes((uintptr_t)bytes % 4096 == 0)); // -> yes
 *     weir_release(bytes, 64);
 */
WEIR_API void *weir_allocate_aligned(size_t size, size_t align) WEIR_MUST_USE;
WEIR_API void *weir_resize_aligned(void *block, size_t old_size, size_t size,
                                   size_t align) WEIR_MUST_USE;

WEIR_END_C

#endif
