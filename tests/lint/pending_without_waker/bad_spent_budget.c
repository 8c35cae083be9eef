/* The budget is spent: PENDING without a wake is no turn given up, it is the end of the task. */

#include "weir.h"

struct primes {
    uint64_t next;
};

static bool is_prime(uint64_t n)
{
    for (uint64_t d = 2; d * d <= n; d++)
        if (n % d == 0)
            return false;
    return n > 1;
}

weir_poll primes_poll(void *arg, weir_cx *cx, void *out, size_t demand)
{
    struct primes *self = arg;
    (void)demand;
    do {
        uint64_t n = self->next++;
        if (is_prime(n))
            return *(uint64_t *)out = n, WEIR_POLL_ONE;
    } while (weir_spend(cx));
    return (weir_poll){0, WEIR_PENDING}; // lint: pending_without_waker 5-11
}
