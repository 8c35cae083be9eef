/* Shares of a span of time. */
#include "shares.h"

#include <stdbool.h>

/* Below the first none limits; within the second two are about as busy. */
static const double busy_min = 0.1, alike = 0.1, worked_min = 0.01;

static uint64_t added(uint64_t now, uint64_t then)
{
    return now > then ? now - then : 0;
}

struct counts counts_since(const struct counts *now, const struct counts *then)
{
    return (struct counts){
        .items = added(now->items, then->items),
        .busy_ns = added(now->busy_ns, then->busy_ns),
        .starved_ns = added(now->starved_ns, then->starved_ns),
        .blocked_ns = added(now->blocked_ns, then->blocked_ns),
        .runnable_ns = added(now->runnable_ns, then->runnable_ns),
        .served_ns = added(now->served_ns, then->served_ns),
        .queue_item_ns = added(now->queue_item_ns, then->queue_item_ns),
    };
}

struct shares shares_of(const struct counts *counts)
{
    double busy = (double)counts->busy_ns, served = (double)counts->served_ns;
    double sum = busy + (double)counts->starved_ns + (double)counts->blocked_ns +
                 (double)counts->runnable_ns;

    if (sum <= 0)
        return (struct shares){.items = counts->items};
    return (struct shares){
        .busy = busy / sum,
        .starved = (double)counts->starved_ns / sum,
        .blocked = (double)counts->blocked_ns / sum,
        .runnable = (double)counts->runnable_ns / sum,
        .worked = served < busy ? (busy - served) / sum : 0,
        .items = counts->items,
    };
}

static bool did_something(const struct shares *shares)
{
    return shares->busy >= busy_min && (shares->items || shares->worked >= worked_min);
}

size_t shares_limiting(const struct shares *shares, size_t n)
{
    size_t found = SIZE_MAX;
    double most = 0;

    for (size_t i = 0; i < n; i++)
        if (did_something(&shares[i]) && shares[i].busy > most)
            most = shares[i].busy;
    for (size_t i = 0; i < n; i++)
        if (did_something(&shares[i]) && shares[i].busy >= most - alike &&
            (found == SIZE_MAX || shares[i].worked > shares[found].worked))
            found = i;
    return found;
}

/* Rounded down, and what is missing then goes to those that lost most. */
void shares_percent(const struct shares *shares, unsigned out[4])
{
    double exact[4] = {shares->busy * 100, shares->starved * 100, shares->blocked * 100,
                       shares->runnable * 100};
    unsigned sum = 0;

    for (int i = 0; i < 4; i++)
        sum += out[i] = (unsigned)exact[i];
    for (; sum && sum < 100; sum++) {
        int most = 0;
        for (int i = 1; i < 4; i++)
            if (exact[i] - out[i] > exact[most] - out[most])
                most = i;
        out[most]++;
    }
}
