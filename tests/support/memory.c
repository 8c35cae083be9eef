/* Memory that counts, checks and fails on demand. */

#include <stdlib.h>
#include <string.h>

#include "doubles.h"

struct memory memory;
static const weir_alloc *before;

/* The size stands in front of each block, so that a wrong release is seen. Blocks are aligned to
 * what was asked for and to no more, so that a wish for more is not granted by chance. */
enum { HEAD_BYTES = 16 };
static const uint32_t magic = 0x77656972;

struct head {
    size_t size;
    uint32_t lead; /* from the beginning of what malloc gave to the block */
    uint32_t magic;
};

/* Any thread may allocate. */
static bool refuses(void)
{
    unsigned long call = __atomic_add_fetch(&memory.calls, 1, __ATOMIC_RELAXED);
    bool fails =
        memory.fail_at && (call == memory.fail_at || (memory.fail_after && call > memory.fail_at));
    __atomic_fetch_add(&memory.failed, fails, __ATOMIC_RELAXED);
    return fails;
}

static void count(size_t bytes)
{
    __atomic_fetch_add(&memory.live, 1, __ATOMIC_RELAXED);
    size_t live = __atomic_add_fetch(&memory.live_bytes, bytes, __ATOMIC_RELAXED);
    size_t peak = __atomic_load_n(&memory.peak_bytes, __ATOMIC_RELAXED);
    while (live > peak && !__atomic_compare_exchange_n(&memory.peak_bytes, &peak, live, true,
                                                       __ATOMIC_RELAXED, __ATOMIC_RELAXED))
        ;
}

static struct head *head_of(void *block, size_t size, const char *what)
{
    struct head *head = (void *)((char *)block - HEAD_BYTES);
    if (head->magic != magic)
        test_abort("%s of a block that is not ours, or twice", what);
    if (head->size != size)
        test_abort("%s says %zu bytes, but %zu were allocated", what, size, head->size);
    return head;
}

static void *memory_allocate(void *self, size_t size, size_t align)
{
    (void)self;
    if (refuses())
        return NULL;
    size_t lead = align < HEAD_BYTES ? HEAD_BYTES : align;
    size_t room = (size + 3 * lead) / (2 * lead) * (2 * lead);
    char *base = room > size ? aligned_alloc(2 * lead, room) : NULL;
    if (!base)
        return NULL;
    struct head *head = (void *)(base + lead - HEAD_BYTES);
    *head = (struct head){size, (uint32_t)lead, magic};
    count(size);
    void *block = base + lead;
    memset(block, 0xA5, size);
    return block;
}

static void memory_release(void *self, void *block, size_t size)
{
    (void)self;
    if (!block)
        return;
    struct head *head = head_of(block, size, "release");
    __atomic_fetch_sub(&memory.live_bytes, size, __ATOMIC_RELAXED);
    memset(block, 0xDD, size);
    head->magic = 0;
    free((char *)block - head->lead);
    __atomic_fetch_sub(&memory.live, 1, __ATOMIC_RELEASE); /* who waits for none goes on */
}

static void *memory_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    if (block)
        head_of(block, old_size, "resize");
    void *moved = memory_allocate(self, size, align);
    if (!moved || !block)
        return moved;
    memcpy(moved, block, old_size < size ? old_size : size);
    memory_release(self, block, old_size);
    return moved;
}

static const weir_alloc hooks = {sizeof hooks, memory_allocate, memory_resize, memory_release,
                                 NULL};

void memory_begin(unsigned long fail_at, bool fail_after)
{
    weir_thread_end(); /* what the thread keeps is not counted, nor does it help */
    if (weir_alloc_get() != &hooks)
        before = weir_alloc_get();
    memory = (struct memory){.fail_at = fail_at, .fail_after = fail_after};
    weir_alloc_set(&hooks);
}

unsigned long memory_end(void)
{
    weir_thread_end();
    weir_alloc_set(before);
    return memory.live;
}
