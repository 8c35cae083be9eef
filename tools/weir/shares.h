/* shares.h: what an account says of a span of time: shares of it, and the one stage that limits. */
#ifndef TOOL_SHARES_H
#define TOOL_SHARES_H

#include <stddef.h>
#include <stdint.h>

/* Sums of one stage, over all tasks of its place. */
struct counts {
    uint64_t items;
    uint64_t busy_ns, starved_ns, blocked_ns, runnable_ns;
    uint64_t served_ns; /* of busy_ns: it waited for what is its own */
    uint64_t queue_item_ns;
};

/* Of the time that its tasks were there, 0 to 1 each. None of that time: all are 0. */
struct shares {
    double busy, starved, blocked, runnable;
    double worked; /* of busy: it did not wait */
    uint64_t items;
};

/* What was added since; what shrank is 0. */
struct counts counts_since(const struct counts *now, const struct counts *then);

struct shares shares_of(const struct counts *counts);

/* The one that limits the others: busy longest; of those about as busy what works itself, which a
 * stage that waits for its tasks does not. What did nothing is none: SIZE_MAX. */
size_t shares_limiting(const struct shares *shares, size_t n);

/* "97%", where the four of a stage add up to 100; out holds 4 numbers. */
void shares_percent(const struct shares *shares, unsigned out[4]);

#endif
