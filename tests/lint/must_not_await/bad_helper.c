/* The lock is given back on both ways out, yet what is called before it waits, two calls deep. */
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
    bool fine = append(journal, bytes, n, error); // lint: must_not_await 17-23
    if (fine)
        journal->entries++;
    weir_lock_give(&journal->lock);
    return fine;
}
