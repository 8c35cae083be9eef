/* Something is looked up elsewhere for each order, a millisecond each: one after the other, or
 * LIMIT of them at once. `weir profile` says which LIMIT is worth it.
 *
 *     enrich [LIMIT] */

#include <stdio.h>
#include <stdlib.h>

#include "weir.h"

enum { ORDERS = 3000 };
#define MS_NS 1000000ull

static bool ask(int64_t *order, int64_t *customer, weir_error *error)
{
    *customer = *order % 100;
    return weir_await(weir_sleep(MS_NS), NULL, error) == WEIR_READY;
}
WEIR_FIBER_FN(ask_fn, ask, int64_t, int64_t)

static weir_stream *look_up(int64_t order, void *arg)
{
    (void)arg;
    return weir_fiber(&ask_fn, &order, NULL);
}
WEIR_THEN_FN(look_up_fn, look_up, int64_t, int64_t)

int main(int argc, char **argv)
{
    unsigned long limit = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
    weir_error error;
    weir_rt *rt = weir_rt_new(NULL, &error);
    if (!rt)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;

    weir_stream *orders = weir_range(0, ORDERS);
    weir_stream *found = limit ? weir_par_map(orders, &look_up_fn, NULL, limit, NULL)
                               : weir_then(orders, &look_up_fn, NULL);
    int64_t sum = 0;
    bool good = weir_rt_run(rt, weir_sum(found), &sum, &error) == WEIR_READY;
    if (good)
        printf("%lld\n", (long long)sum);
    else
        fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error));
    weir_rt_drop(rt);
    return !good;
}
