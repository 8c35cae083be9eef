/* A jump within a block that has a lock, and one out of it, in a loop. */
#include <weir.h>

struct totals {
    weir_lock lock;
    int64_t sum, n;
};

void totals_add(struct totals *totals, weir_stream *numbers)
{
    weir_for_await (int64_t, n, numbers) {
        weir_locked (&totals->lock) {
            if (n == 0)
                goto counted;
            if (totals->n == INT64_MAX)
                goto full;
            totals->sum += n;
        counted:
            totals->n++;
        }
    }
full:
    return;
}
