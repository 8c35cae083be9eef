/* The accounts of one worker: a row for each place and stage. Its worker writes, anybody reads. */
#ifndef WEIR_INSPECT_ACCOUNTS_H
#define WEIR_INSPECT_ACCOUNTS_H

#include <stdatomic.h>

#include "core/stage.h"
#include "weir/inspect.h"

/* What a stage does. SERVED is busy too: it waits for what is its own. */
enum weir_share {
    WEIR_SHARE_BUSY,
    WEIR_SHARE_SERVED,
    WEIR_SHARE_STARVED,
    WEIR_SHARE_BLOCKED,
    WEIR_SHARE_RUNNABLE,
    WEIR_SHARES
};

/* Tasks that are in a share this moment: how many, and the sum of the moments since when. */
struct weir_open {
    uint64_t n, since_ns;
};

/* What a row is of. The first three tell it from others. */
struct weir_account_key {
    const weir_site *place;
    const char *stage;
    uint64_t index;
    const char *function;
    const char *input_of;
    uint64_t parent;
    const char *unit; /* of what it counts */
};

/* All words: one writer, which needs no lock for them. What each turn adds to comes first. */
struct weir_account_row {
    uint64_t items, polls, waits;
    uint64_t ns[WEIR_SHARES];
    struct weir_open open[WEIR_SHARES];
    struct weir_services *services;             /* NULL: none yet */
    struct weir_open leaf[WEIR_WAIT_MARKS + 1]; /* tasks whose leaf it is, by what they wait for */
    uint64_t self_ns;                           /* as sampled: how busy time is divided */
    uint64_t samples;                           /* turns of its tasks, if it is their consumer */
    uint64_t tasks, long_polls;
    struct weir_account_key key;
    uint64_t inexact_ns[WEIR_SHARES], inexact_long_polls; /* of these: before they were exact */
    uint64_t queue_n, queue_max, queue_item_ns, limit, in_flight;
    uint64_t shared;          /* the channel whose end it is, as a number */
    struct weir_knobs *knobs; /* inspect/knobs.h; NULL: none yet */
};

enum { WEIR_ACCOUNT_SLOTS = 2 * WEIR_INSPECT_ROWS_MAX, WEIR_ACCOUNT_RECENT = 64 };

struct weir_accounts {
    _Atomic uint64_t version; /* odd: its worker writes */
    uint64_t n;
    uint64_t exact;          /* every cycle is timed, for so long */
    struct weir_note *spare; /* inspect/notes.h: of a task that is gone, for the next one */
    uint64_t samples;        /* turns that were sampled; its worker's own */
    uint16_t slots[WEIR_ACCOUNT_SLOTS];   /* by key; a row's number from 1, 0: free */
    uint16_t recent[WEIR_ACCOUNT_RECENT]; /* of its worker: those that were asked for, the same */
    struct weir_account_row rows[WEIR_INSPECT_ROWS_MAX];
};

/* Between the two, readers wait. No store behind the first is seen before it: a locked instruction
 * would say that too, at ten times the price. */
static inline void weir_accounts_begin(struct weir_accounts *accounts)
{
    uint64_t version = atomic_load_explicit(&accounts->version, memory_order_relaxed);
    atomic_store_explicit(&accounts->version, version + 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static inline void weir_accounts_end(struct weir_accounts *accounts)
{
    uint64_t version = atomic_load_explicit(&accounts->version, memory_order_relaxed);
    atomic_store_explicit(&accounts->version, version + 1, memory_order_release);
}

/* The row of a stage, or "other". Between the two above, as the next one. */
struct weir_account_row *weir_accounts_row(struct weir_accounts *accounts,
                                           const struct weir_account_key *key);

/* No task is in any share: what was counted so far stays apart from what is counted now. */
void weir_accounts_set_exact(struct weir_accounts *accounts, bool exact);

/* ---- reading, from any thread ---- */

/* Whether to read once more what was written meanwhile. A write is short, but whoever is at it may
 * lose the processor: after some tries others have this one. */
bool weir_accounts_try(int tries);

uint64_t weir_accounts_n(const struct weir_accounts *accounts);

/* Adds the ith row, whose key *sum has, or has none yet. exact: only what is. met: limits that are
 * in *sum already. */
struct weir_knobs_met;
void weir_accounts_add(const struct weir_accounts *accounts, size_t i, uint64_t now_ns, bool exact,
                       struct weir_knobs_met *met, weir_inspect_row *sum);

/* Which row has the key of this one; WEIR_INSPECT_ROWS_MAX: none. */
size_t weir_accounts_find(const struct weir_accounts *accounts, const weir_site *place,
                          const char *stage, uint64_t index);

#endif
