/* The context that roots are polled with: a waker that notes that it was woken, no budget, and
 * memory that is counted. */

#include "conform.h"

#include <stdlib.h>

/* ---- memory ---- */

static int64_t blocks_live;

static void *count_allocate(void *self, size_t size, size_t align)
{
    (void)align;
    void *block = malloc(size);
    (void)self;
    blocks_live += block != NULL;
    return block;
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)align;
    void *made = realloc(block, size);
    (void)self;
    (void)old_size;
    blocks_live += made && !block;
    return made;
}

static void count_release(void *self, void *block, size_t size)
{
    (void)self;
    (void)size;
    blocks_live -= block != NULL;
    free(block);
}

void memory_count(void)
{
    static const weir_alloc hooks = {sizeof hooks, count_allocate, count_resize, count_release,
                                     NULL};
    weir_alloc_set(&hooks);
}

int64_t memory_live(void)
{
    return blocks_live;
}

/* ---- polls ---- */

static void wake(weir_waker *waker)
{
    WEIR_CONTAINER(waker, struct task, waker)->woken = true;
}

static void release(weir_waker *waker)
{
    (void)waker;
}

void task_init(struct task *task, size_t demand)
{
    static const weir_waker_ops ops = {sizeof ops, wake, release};
    static _Alignas(64) unsigned char scratch[WEIR_SCRATCH_BYTES];
    *task = (struct task){.cx = {.waker = &task->waker,
                                 .demand_max = (uint32_t)demand,
                                 .scratch = scratch,
                                 .scratch_size = sizeof scratch}};
    weir_waker_init(&task->waker, &ops);
}

void task_begin(struct task *task)
{
    task->woken = false;
    task->cx.budget = UINT32_MAX; /* the reference has none */
}

const char *task_finish(struct task *task, struct deferred *head)
{
    task->untidy |= task->cx.scratch_used != 0;
    deferred_wake_all(head);
    return task->woken ? "P" : "STALL";
}

const char *task_leak(const struct task *task)
{
    if (task->waker.refs != 1)
        return "a waker was kept";
    return task->untidy ? "scratch was not given back" : NULL;
}
