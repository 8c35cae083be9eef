/* Whichever of the two branches it came from, the lock is held; both waits are wrong. */
#include <stdio.h>

#include <weir.h>

struct counter {
    weir_lock lock;
    uint64_t hits, misses;
};

bool report(struct counter *counter, weir_writer *out, bool reset, weir_error *error)
{
    char text[64];
    int n = 0;
    if (reset) {
        weir_lock_take(&counter->lock);
        counter->misses = 0;
    } else {
        weir_lock_take(&counter->lock);
        n = snprintf(text, sizeof text, "%llu misses\n", (unsigned long long)counter->misses);
    }
    weir_state got = weir_await_write(out, text, (size_t)n, error); // lint: must_not_await 22-38
    while (got == WEIR_READY && counter->hits > 1000000) {
        counter->hits -= 1000000;
        got = weir_await_write(out, "a million hits\n", 15, error); // lint: must_not_await 15-31
    }
    weir_lock_give(&counter->lock);
    return got == WEIR_READY;
}
