/* What is to be said is put together under the lock, and said behind it. */
#include <stdio.h>

#include <weir.h>

struct counter {
    weir_lock lock;
    uint64_t hits, misses;
};

bool report(struct counter *counter, weir_writer *out, bool reset, weir_error *error)
{
    char text[64];
    uint64_t millions;
    int n = 0;
    if (reset) {
        weir_lock_take(&counter->lock);
        counter->misses = 0;
    } else {
        weir_lock_take(&counter->lock);
        n = snprintf(text, sizeof text, "%llu misses\n", (unsigned long long)counter->misses);
    }
    millions = counter->hits / 1000000;
    counter->hits -= millions * 1000000;
    weir_lock_give(&counter->lock);
    weir_state got = weir_await_write(out, text, (size_t)n, error);
    for (; got == WEIR_READY && millions; millions--)
        got = weir_await_write(out, "a million hits\n", 15, error);
    return got == WEIR_READY;
}
