/* The number is taken under the lock; the entry is written behind it. */
#include <stdio.h>

#include <weir.h>

struct journal {
    weir_lock lock;
    weir_writer *file;
    uint64_t entries;
};

static bool sync_file(struct journal *journal, weir_error *error)
{
    return weir_await_flush(journal->file, error) == WEIR_READY;
}

static bool append(struct journal *journal, const void *bytes, size_t n, weir_error *error)
{
    if (!n)
        return true;
    if (weir_await_write(journal->file, bytes, n, error) != WEIR_READY)
        return false;
    return sync_file(journal, error);
}

bool journal_add(struct journal *journal, const void *bytes, size_t n, weir_error *error)
{
    weir_lock_take(&journal->lock);
    if (journal->entries == UINT32_MAX) {
        weir_lock_give(&journal->lock);
        return weir_error_set(error, WEIR_E_LIMIT, "the journal has 2^32 - 1 entries"), false;
    }
    journal->entries++;
    weir_lock_give(&journal->lock);
    return append(journal, bytes, n, error);
}
