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

/* All words: one writer, which needs no lock for them. */
struct weir_account_row {
    const weir_site *place;
    const char *stage;
    uint64_t index;
    uint64_t tasks, items, polls, waits, long_polls;
    uint64_t self_ns; /* as sampled: how busy time is divided */
    uint64_t ns[WEIR_SHARES];
    struct weir_open open[WEIR_SHARES];
};

enum { WEIR_ACCOUNT_SLOTS = 2 * WEIR_INSPECT_ROWS_MAX };

struct weir_accounts {
    _Atomic uint64_t version; /* odd: its worker writes */
    uint64_t n;
    uint16_t slots[WEIR_ACCOUNT_SLOTS]; /* by key; a row's number from 1, 0: free */
    struct weir_account_row rows[WEIR_INSPECT_ROWS_MAX];
};

/* Between the two, readers wait. */
void weir_accounts_begin(struct weir_accounts *accounts);
void weir_accounts_end(struct weir_accounts *accounts);

/* The row of a stage, or "other". Between the two above. */
struct weir_account_row *weir_accounts_row(struct weir_accounts *accounts, const weir_site *place,
                                           const weir_stage *stage, size_t index);

/* Adds them to the first n of rows, and to what comes behind them; returns how many there are then.
 * rows: WEIR_INSPECT_ROWS_MAX. */
size_t weir_accounts_read(const struct weir_accounts *accounts, uint64_t now_ns,
                          weir_inspect_row *rows, size_t n);

#endif
