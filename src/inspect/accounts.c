/* The accounts of one worker, and how others read them while it writes. */

#include "inspect/accounts.h"

#include <sched.h>
#include <string.h>

#include "inspect/knobs.h"
#include "inspect/services.h"

/* ---- writing ---- */

/* Names are static text: one stage has one pointer, but for copies that a linker did not join. */
static bool accounts_is_of(const struct weir_account_key *key, const weir_site *place,
                           const char *stage, uint64_t index)
{
    return key->place == place && key->index == index &&
           (key->stage == stage || strcmp(key->stage, stage) == 0);
}

static size_t accounts_slot_of(const weir_site *place, const char *stage, uint64_t index)
{
    uint64_t key = ((uintptr_t)place >> 3) + index * 31;
    for (; *stage; stage++)
        key = key * 131 + (unsigned char)*stage;
    return (size_t)(key * UINT64_C(0x9E3779B97F4A7C15) >> 32) % WEIR_ACCOUNT_SLOTS;
}

/* The slot of this key, or the free one where it belongs. They are filled behind their rows. */
static size_t find_slot(const struct weir_accounts *accounts, const weir_site *place,
                        const char *stage, uint64_t index)
{
    size_t slot = accounts_slot_of(place, stage, index);
    for (uint16_t nth; (nth = __atomic_load_n(&accounts->slots[slot], __ATOMIC_ACQUIRE));
         slot = (slot + 1) % WEIR_ACCOUNT_SLOTS)
        if (accounts_is_of(&accounts->rows[nth - 1].key, place, stage, index))
            break;
    return slot;
}

static struct weir_account_row *new_row(struct weir_accounts *accounts,
                                        const struct weir_account_key *key)
{
    struct weir_account_row *row = &accounts->rows[accounts->n];
    row->key = *key;
    __atomic_store_n(&accounts->n, accounts->n + 1, __ATOMIC_RELEASE);
    return row;
}

static const struct weir_account_key other_key = {.stage = "other", .unit = "items"};

static struct weir_account_row *other(struct weir_accounts *accounts)
{
    if (accounts->n < WEIR_INSPECT_ROWS_MAX)
        return new_row(accounts, &other_key);
    return &accounts->rows[WEIR_INSPECT_ROWS_MAX - 1];
}

/* Its number, from 1; 0: there is no room for it. */
static uint16_t accounts_find_row(struct weir_accounts *accounts,
                                  const struct weir_account_key *key)
{
    size_t slot = find_slot(accounts, key->place, key->stage, key->index);
    if (accounts->slots[slot])
        return accounts->slots[slot];
    if (accounts->n + 1 >= WEIR_INSPECT_ROWS_MAX)
        return 0;
    new_row(accounts, key);
    __atomic_store_n(&accounts->slots[slot], (uint16_t)accounts->n, __ATOMIC_RELEASE);
    return (uint16_t)accounts->n;
}

/* By where the name stands: a task is noted in a turn, and to read its stages' names would take
 * longer than many turns do. */
static uint16_t *recent_of(struct weir_accounts *accounts, const struct weir_account_key *key)
{
    uint64_t word = ((uintptr_t)key->place >> 3) + ((uintptr_t)key->stage >> 1) + key->index * 31;
    return &accounts->recent[(word * UINT64_C(0x9E3779B97F4A7C15) >> 32) % WEIR_ACCOUNT_RECENT];
}

static bool is_the_same(const struct weir_account_key *a, const struct weir_account_key *b)
{
    return a->place == b->place && a->stage == b->stage && a->index == b->index;
}

struct weir_account_row *weir_accounts_row(struct weir_accounts *accounts,
                                           const struct weir_account_key *key)
{
    uint16_t *recent = recent_of(accounts, key);
    if (WEIR_LIKELY(*recent && is_the_same(&accounts->rows[*recent - 1].key, key)))
        return &accounts->rows[*recent - 1];
    uint16_t nth = accounts_find_row(accounts, key);
    if (!nth)
        return other(accounts);
    *recent = nth;
    return &accounts->rows[nth - 1];
}

#define ACCOUNTS_PUT(word, value) __atomic_store_n(&(word), value, __ATOMIC_RELAXED)

void weir_accounts_set_exact(struct weir_accounts *accounts, bool exact)
{
    ACCOUNTS_PUT(accounts->exact, exact);
    for (size_t i = 0; exact && i < accounts->n; i++) {
        struct weir_account_row *row = &accounts->rows[i];
        for (size_t share = 0; share < WEIR_SHARES; share++)
            ACCOUNTS_PUT(row->inexact_ns[share], row->ns[share]);
        ACCOUNTS_PUT(row->inexact_long_polls, row->long_polls);
    }
}

/* ---- reading ---- */

enum { ACCOUNTS_TRIES = 50000, ACCOUNTS_TRIES_AT_ONCE = 100 };

bool weir_accounts_try(int tries)
{
    if (tries >= ACCOUNTS_TRIES_AT_ONCE)
        sched_yield();
    return tries < ACCOUNTS_TRIES;
}

/* The version is read again behind them. */
#define ACCOUNTS_GET(word) __atomic_load_n(&(word), __ATOMIC_ACQUIRE)

/* What is over, and what those that are in it have had of it. */
static uint64_t share_ns(const struct weir_account_row *row, enum weir_share share, uint64_t now_ns)
{
    uint64_t n = ACCOUNTS_GET(row->open[share].n),
             since_ns = ACCOUNTS_GET(row->open[share].since_ns);
    int64_t open_ns = (int64_t)(n * now_ns - since_ns); /* a worker may have looked later */
    return ACCOUNTS_GET(row->ns[share]) + (open_ns > 0 ? (uint64_t)open_ns : 0);
}

struct shares {
    uint64_t ns[WEIR_SHARES];
};

static void read_shares(const struct weir_account_row *row, uint64_t now_ns, bool exact,
                        struct shares *out)
{
    for (enum weir_share share = 0; share < WEIR_SHARES; share++) {
        uint64_t before_ns = exact ? ACCOUNTS_GET(row->inexact_ns[share]) : 0;
        out->ns[share] = share_ns(row, share, now_ns) - before_ns;
    }
}

static void put_shares(const struct shares *shares, weir_inspect_row *out)
{
    out->busy_ns = shares->ns[WEIR_SHARE_BUSY] + shares->ns[WEIR_SHARE_SERVED];
    out->starved_ns = shares->ns[WEIR_SHARE_STARVED];
    out->blocked_ns = shares->ns[WEIR_SHARE_BLOCKED];
    out->runnable_ns = shares->ns[WEIR_SHARE_RUNNABLE];
    out->served_ns = shares->ns[WEIR_SHARE_SERVED];
}

static void put_counts(const struct weir_account_row *row, weir_inspect_row *out)
{
    const struct weir_services *services = ACCOUNTS_GET(row->services);
    *out = (weir_inspect_row){.place = row->key.place,
                              .stage = row->key.stage,
                              .index = row->key.index,
                              .function = row->key.function,
                              .input_of = row->key.input_of,
                              .parent = row->key.parent,
                              .unit = row->key.unit,
                              .tasks = ACCOUNTS_GET(row->tasks),
                              .items = ACCOUNTS_GET(row->items),
                              .polls = ACCOUNTS_GET(row->polls),
                              .waits = ACCOUNTS_GET(row->waits),
                              .queue_n = ACCOUNTS_GET(row->queue_n),
                              .queue_max = ACCOUNTS_GET(row->queue_max),
                              .queue_item_ns = ACCOUNTS_GET(row->queue_item_ns),
                              .limit = ACCOUNTS_GET(row->limit),
                              .in_flight = ACCOUNTS_GET(row->in_flight),
                              .shared = ACCOUNTS_GET(row->shared),
                              .service_n = services ? ACCOUNTS_GET(services->n) : 0};
}

/* A worker that has not seen yet that all is to be exact has nothing that is. */
static void accounts_read_row(const struct weir_accounts *accounts, size_t i, uint64_t now_ns,
                              bool exact, weir_inspect_row *out)
{
    const struct weir_account_row *row = &accounts->rows[i];
    struct shares shares;
    put_counts(row, out);
    if (exact && !ACCOUNTS_GET(accounts->exact))
        return;
    read_shares(row, now_ns, exact, &shares);
    put_shares(&shares, out);
    out->long_polls =
        ACCOUNTS_GET(row->long_polls) - (exact ? ACCOUNTS_GET(row->inexact_long_polls) : 0);
}

/* As it stood between two writes. Who is never let in takes what is over alone: half a write would
 * be off by the age of the clock. */
static void read_whole(const struct weir_accounts *accounts, size_t i, uint64_t now_ns, bool exact,
                       weir_inspect_row *out)
{
    for (int tries = 0; weir_accounts_try(tries); tries++) {
        uint64_t before = atomic_load_explicit(&accounts->version, memory_order_acquire);
        accounts_read_row(accounts, i, now_ns, exact, out);
        uint64_t after = atomic_load_explicit(&accounts->version, memory_order_relaxed);
        if (before == after && before % 2 == 0)
            return;
    }
    accounts_read_row(accounts, i, 0, exact, out);
}

static void accounts_add(weir_inspect_row *sum, const weir_inspect_row *row)
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
    sum->queue_n += row->queue_n;
    sum->queue_max += row->queue_max;
    sum->queue_item_ns += row->queue_item_ns;
    sum->limit += row->limit;
    sum->in_flight += row->in_flight;
    sum->service_n += row->service_n;
    sum->shared = row->shared ? row->shared : sum->shared;
}

uint64_t weir_accounts_n(const struct weir_accounts *accounts)
{
    return __atomic_load_n(&accounts->n, __ATOMIC_ACQUIRE);
}

void weir_accounts_add(const struct weir_accounts *accounts, size_t i, uint64_t now_ns, bool exact,
                       struct weir_knobs_met *met, weir_inspect_row *sum)
{
    weir_inspect_row row;
    read_whole(accounts, i, now_ns, exact, &row);
    weir_knobs_sum(&accounts->rows[i], met, &row);
    if (sum->stage)
        accounts_add(sum, &row);
    else
        *sum = row;
}

size_t weir_accounts_find(const struct weir_accounts *accounts, const weir_site *place,
                          const char *stage, uint64_t index)
{
    bool of_other = accounts_is_of(&other_key, place, stage, index);
    if (of_other && weir_accounts_n(accounts) == WEIR_INSPECT_ROWS_MAX)
        return WEIR_INSPECT_ROWS_MAX - 1;
    size_t slot = find_slot(accounts, place, stage, index);
    uint16_t nth = __atomic_load_n(&accounts->slots[slot], __ATOMIC_ACQUIRE);
    return nth ? nth - 1U : WEIR_INSPECT_ROWS_MAX;
}
