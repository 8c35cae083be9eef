/* What chains allocate, counted in the hooks that all memory of the library comes through. */

#include <stdio.h>
#include <stdlib.h>

#include "items.h"

struct account {
    weir_alloc hooks;
    size_t allocations;
    size_t bytes; /* asked for, all together */
    size_t held;
    size_t held_most;
};

static void grow(struct account *account, size_t size)
{
    account->bytes += size;
    account->held += size;
    if (account->held > account->held_most)
        account->held_most = account->held;
}

static void *count_allocate(void *self, size_t size, size_t align)
{
    struct account *account = self;
    void *block;
    account->allocations++;
    grow(account, size);
    return posix_memalign(&block, align, size) ? NULL : block;
}

static void *count_resize(void *self, void *block, size_t old_size, size_t size, size_t align)
{
    (void)align; /* no item here wants more than malloc's */
    struct account *account = self;
    account->allocations++;
    account->held -= old_size;
    grow(account, size);
    return realloc(block, size);
}

static void count_release(void *self, void *block, size_t size)
{
    struct account *account = self;
    account->held -= size;
    free(block);
}

static struct account account = {
    .hooks = {sizeof account.hooks, count_allocate, count_resize, count_release, &account}};

static void start_account(void)
{
    account.allocations = 0;
    account.bytes = 0;
    account.held_most = account.held;
}

static void print_account(const char *what, size_t held_before)
{
    printf("%-32s %11zu %10zu %12zu\n", what, account.allocations, account.bytes,
           account.held_most - held_before);
}

static const struct {
    const char *name;
    row_build *build;
    int64_t items;
} chains[] = {{"range, map, fold", row_map, 100000},
              {"then, 1000 futures", row_then, 1000},
              {"buffer_unordered, 1000 futures", row_buffer_unordered16, 1000}};

/* One line for the chain as it is made, one for all its life. */
static bool print_chain(weir_rt *rt, size_t i)
{
    char run[64];
    snprintf(run, sizeof run, "%s: run", chains[i].name);
    size_t before = account.held;
    start_account();
    weir_stream *chain = chains[i].build(chains[i].items);
    print_account(chains[i].name, before);
    weir_error error;
    int64_t sum;
    if (weir_rt_run(rt, chain, &sum, &error) != WEIR_READY) {
        fprintf(stderr, "%s: %s\n", chains[i].name, error.message);
        return false;
    }
    print_account(run, before);
    return true;
}

bool print_memory(void)
{
    weir_alloc_set(&account.hooks);
    weir_error error;
    weir_rt *rt = weir_rt_new(NULL, &error);
    if (!rt) {
        fprintf(stderr, "%s\n", error.message);
        return false;
    }
    printf("%-32s %11s %10s %12s\n", "what", "allocations", "bytes", "held at most");
    print_account("a runtime", 0);
    bool fine = true;
    for (size_t i = 0; fine && i < sizeof chains / sizeof *chains; i++)
        fine = print_chain(rt, i);
    weir_rt_drop(rt);
    return fine;
}
