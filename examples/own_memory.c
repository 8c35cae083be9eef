/* Memory of the program's own: every block of weir comes from here, and there is a budget. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"

/* One thread runs here; with more of them these two would need a lock. */
struct budget {
    weir_alloc hooks;
    size_t now, max;
};

static void *take(void *self, size_t size, size_t align)
{
    struct budget *budget = self;
    if (size > budget->max - budget->now)
        return NULL; /* it becomes an error of whoever asked */
    void *block = aligned_alloc(align, (size + align - 1) / align * align);
    budget->now += block ? size : 0;
    return block;
}

static void give(void *self, void *block, size_t size)
{
    struct budget *budget = self;
    budget->now -= size;
    free(block);
}

static void *grow(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    void *larger = take(self, size, align);
    if (!larger)
        return NULL; /* the old one stays */
    memcpy(larger, block, old_size < size ? old_size : size);
    give(self, block, old_size);
    return larger;
}

static bool next(int64_t *n, int64_t *out)
{
    *out = ++*n;
    return true;
}
WEIR_UNFOLD_FN(next_fn, next, int64_t, int64_t)

static void collect(uint64_t n)
{
    weir_error error;
    weir_vec all;
    weir_stream *numbers = weir_take(weir_unfold(&next_fn, &(int64_t){0}), n);
    if (weir_run(weir_collect(numbers, 1000000), &all, &error) == WEIR_READY) {
        printf("%zu items\n", all.n);
        weir_vec_drop(&all);
    } else {
        printf("%s\n", WEIR_ERROR_TEXT(&error));
    }
}

int main(void)
{
    static struct budget budget = {.max = 1 << 20};
    budget.hooks = (weir_alloc){.size = sizeof budget.hooks,
                                .allocate = take,
                                .resize = grow,
                                .release = give,
                                .self = &budget};
    weir_alloc_set(&budget.hooks); /* before anything else of weir is called */
    collect(1000);
    collect(1000000);
    weir_thread_end();
    printf("%zu bytes are left\n", budget.now);
    return 0;
}
