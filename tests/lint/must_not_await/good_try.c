/* Whoever does not get the lock waits for a turn, and holds nothing meanwhile. */
#include <weir.h>

struct totals {
    weir_lock lock;
    uint64_t bytes;
};

bool totals_add(struct totals *totals, uint64_t bytes)
{
    while (!weir_lock_try(&totals->lock)) {
        if (!weir_pause())
            return false;
    }
    totals->bytes += bytes;
    weir_lock_give(&totals->lock);
    return true;
}
