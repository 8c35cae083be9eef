/* The accounts of one worker, and how others read them while it writes. */

#include "inspect/accounts.h"

#include <string.h>

/* ---- writing ---- */

/* No store behind it is seen before it. (A fence would do, which ThreadSanitizer does not know.) */
void weir_accounts_begin(struct weir_accounts *accounts)
{
    uint64_t version = atomic_load_explicit(&accounts->version, memory_order_relaxed);
    (void)atomic_exchange_explicit(&accounts->version, version + 1, memory_order_acq_rel);
}

void weir_accounts_end(struct weir_accounts *accounts)
{
    uint64_t version = atomic_load_explicit(&accounts->version, memory_order_relaxed);
    atomic_store_explicit(&accounts->version, version + 1, memory_order_release);
}

/* Names are static text: one stage has one pointer, but for copies that a linker did not join. */
static bool is_of(const struct weir_account_row *row, const weir_site *place, const char *stage,
                  size_t index)
{
    return row->place == place && row->index == index &&
           (row->stage == stage || strcmp(row->stage, stage) == 0);
}

static size_t slot_of(const weir_site *place, const char *stage, size_t index)
{
    uint64_t key = ((uintptr_t)place >> 3) + index * 31;
    for (; *stage; stage++)
        key = key * 131 + (unsigned char)*stage;
    return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) % WEIR_ACCOUNT_SLOTS;
}

#define PUT(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)

static struct weir_account_row *new_row(struct weir_accounts *accounts, const weir_site *place,
                                        const char *stage, size_t index)
{
    struct weir_account_row *row = &accounts->rows[accounts->n];
    PUT(row->place, place);
    PUT(row->stage, stage);
    PUT(row->index, (uint64_t)index);
    __atomic_store_n(&accounts->n, accounts->n + 1, __ATOMIC_RELEASE);
    return row;
}

static struct weir_account_row *other(struct weir_accounts *accounts)
{
    if (accounts->n < WEIR_INSPECT_ROWS_MAX)
        return new_row(accounts, NULL, "other", 0);
    return &accounts->rows[WEIR_INSPECT_ROWS_MAX - 1];
}

struct weir_account_row *weir_accounts_row(struct weir_accounts *accounts, const weir_site *place,
                                           const weir_stage *stage, size_t index)
{
    const char *name = weir_stage_name(stage);
    size_t slot = slot_of(place, name, index);
    for (; accounts->slots[slot]; slot = (slot + 1) % WEIR_ACCOUNT_SLOTS) {
        struct weir_account_row *row = &accounts->rows[accounts->slots[slot] - 1];
        if (is_of(row, place, name, index))
            return row;
    }
    if (accounts->n + 1 >= WEIR_INSPECT_ROWS_MAX)
        return other(accounts);
    accounts->slots[slot] = (uint16_t)(accounts->n + 1);
    return new_row(accounts, place, name, index);
}

/* ---- reading ---- */

/* The version is read again behind them. */
#define GET(word) __atomic_load_n(&(word), __ATOMIC_ACQUIRE)

/* What is over, and what those that are in it have had of it. */
static uint64_t share_ns(const struct weir_account_row *row, enum weir_share share, uint64_t now_ns)
{
    uint64_t n = GET(row->open[share].n), since_ns = GET(row->open[share].since_ns);
    int64_t open_ns = (int64_t)(n * now_ns - since_ns); /* a worker may have looked later */
    return GET(row->ns[share]) + (open_ns > 0 ? (uint64_t)open_ns : 0);
}

static void read_row(const struct weir_account_row *row, uint64_t now_ns, weir_inspect_row *out)
{
    uint64_t served_ns = share_ns(row, WEIR_SHARE_SERVED, now_ns);
    *out = (weir_inspect_row){.place = GET(row->place),
                              .stage = GET(row->stage),
                              .index = GET(row->index),
                              .tasks = GET(row->tasks),
                              .items = GET(row->items),
                              .polls = GET(row->polls),
                              .waits = GET(row->waits),
                              .busy_ns = share_ns(row, WEIR_SHARE_BUSY, now_ns) + served_ns,
                              .starved_ns = share_ns(row, WEIR_SHARE_STARVED, now_ns),
                              .blocked_ns = share_ns(row, WEIR_SHARE_BLOCKED, now_ns),
                              .runnable_ns = share_ns(row, WEIR_SHARE_RUNNABLE, now_ns),
                              .served_ns = served_ns,
                              .long_polls = GET(row->long_polls)};
}

/* As it stood between two writes. Each is short: who is never let in takes what there is. */
enum { TRIES = 1000 };
static void read_whole(const struct weir_accounts *accounts, size_t i, uint64_t now_ns,
                       weir_inspect_row *out)
{
    for (int tries = 0; tries < TRIES; tries++) {
        uint64_t before = atomic_load_explicit(&accounts->version, memory_order_acquire);
        read_row(&accounts->rows[i], now_ns, out);
        uint64_t after = atomic_load_explicit(&accounts->version, memory_order_relaxed);
        if (before == after && before % 2 == 0)
            return;
    }
}

static void add(weir_inspect_row *sum, const weir_inspect_row *row)
{
    sum->tasks += row->tasks;
    sum->items += row->items;
    sum->polls += row->polls;
    sum->waits += row->waits;
    sum->busy_ns += row->busy_ns;
    sum->starved_ns += row->starved_ns;
    sum->blocked_ns += row->blocked_ns;
    sum->runnable_ns += row->runnable_ns;
    sum->served_ns += row->served_ns;
    sum->long_polls += row->long_polls;
}

static bool same(const weir_inspect_row *a, const weir_inspect_row *b)
{
    return a->place == b->place && a->index == b->index && strcmp(a->stage, b->stage) == 0;
}

/* Another worker's accounts may have the same row. */
static size_t add_to(weir_inspect_row *rows, size_t n, const weir_inspect_row *row)
{
    for (size_t i = 0; i < n; i++) {
        if (!same(&rows[i], row))
            continue;
        add(&rows[i], row);
        return n;
    }
    if (n + 1 < WEIR_INSPECT_ROWS_MAX) {
        rows[n] = *row;
        return n + 1;
    }
    if (n < WEIR_INSPECT_ROWS_MAX)
        rows[n] = (weir_inspect_row){.stage = "other"};
    add(&rows[WEIR_INSPECT_ROWS_MAX - 1], row);
    return WEIR_INSPECT_ROWS_MAX;
}

size_t weir_accounts_read(const struct weir_accounts *accounts, uint64_t now_ns,
                          weir_inspect_row *rows, size_t n)
{
    uint64_t there = __atomic_load_n(&accounts->n, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < there; i++) {
        weir_inspect_row row;
        read_whole(accounts, i, now_ns, &row);
        n = add_to(rows, n, &row);
    }
    return n;
}
