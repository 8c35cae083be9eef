/* Loops over streams. They own what they loop over, and `break`, `continue` and `return` mean what
 * they mean in a `for`: on each way out the stream is dropped, once. */

#include <stdio.h>

#include "weir.h"

/* Endless, and nobody minds: one item is made when one is asked for. */
static bool odd_numbers(int64_t *n, weir_error *error)
{
    (void)error;
    while (weir_yield(int64_t, *n))
        *n += 2;
    return true;
}
WEIR_GENERATOR_FN(odd_numbers_fn, odd_numbers, int64_t, int64_t)

static weir_stream *odd_from(int64_t n)
{
    return weir_generator(&odd_numbers_fn, &n, NULL);
}

/* The first n odd numbers add up to n * n. */
static int64_t sum_of_1000(void)
{
    int64_t sum = 0;
    weir_for_await_indexed (i, int64_t, n, odd_from(1)) {
        if (i == 1000)
            break;
        sum += n;
    }
    return sum;
}

static int64_t first_multiple(int64_t of, int64_t from)
{
    weir_for_await (int64_t, n, odd_from(from)) {
        if (n % of != 0)
            continue;
        return n;
    }
    return 0;
}

static bool halve(int64_t n, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    if (n % 2 != 0)
        return weir_error_set(error, WEIR_E_USER, "%lld has no half", (long long)n), false;
    *out = n / 2;
    return true;
}
WEIR_TRY_MAP_FN(halve_fn, halve, int64_t, int64_t)

/* An error ends the loop, and stands in `error` behind it. */
static void halves(void)
{
    weir_error error;
    weir_for_try (int64_t, n, weir_map(weir_chain(weir_range(8, 9), odd_from(9)), &halve_fn, NULL),
                  error)
        printf("half of it is %lld\n", (long long)n);
    printf("%s\n", error.message);
}

int main(void)
{
    printf("%lld\n", (long long)sum_of_1000());
    printf("%lld\n", (long long)first_multiple(11, 101));
    halves();
    weir_error error;
    if (weir_take_error(&error)) /* one that ended a loop of ours without a variable for it */
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
