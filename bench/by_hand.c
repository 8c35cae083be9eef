/* chain4 as a loop written by hand: what there is to lose. `hand` is plain C at -O2 for the
 * baseline processor, as most programs are built; `wide` is compiled as the batch kernels are: at
 * -O3, for the widest registers there are. */

#include <stdio.h>

#include "items.h"

enum { ITEMS = 240000, RUNS = 30 };

static int64_t scale(int64_t x)
{
    return x * 3 + 1;
}

static bool is_even(int64_t x)
{
    return (x & 1) == 0;
}

static int64_t mix_bits(int64_t x)
{
    return x ^ (x >> 3);
}

__attribute__((noinline)) static void hand(int64_t n, int64_t *sum)
{
    for (int64_t i = 0; i < n; i++) {
        int64_t x = scale(i);
        if (is_even(x))
            *sum = wrapping_add(*sum, mix_bits(x));
    }
}

WEIR_EACH_LEVEL_(wide, (int64_t n, int64_t *sum), {
    for (int64_t i = 0; i < n; i++) {
        int64_t x = scale(i);
        if (is_even(x))
            *sum = wrapping_add(*sum, mix_bits(x));
    }
})
static void (*const wide[WEIR_CPU_LEVELS])(int64_t, int64_t *) = WEIR_LEVELS_(wide);

static volatile int64_t kept; /* what a loop made must be seen to be used */

static void print_loop(const char *name, void (*loop)(int64_t n, int64_t *sum))
{
    double least = 1e18;
    for (int i = 0; i < RUNS; i++) {
        int64_t sum = 0;
        double start = cpu_ns();
        loop(ITEMS, &sum);
        double ns = cpu_ns() - start;
        kept = sum;
        least = ns < least ? ns : least;
    }
    printf("%s\t%.3f\n", name, least / ITEMS);
}

void print_by_hand(void)
{
    print_loop("hand", hand);
    print_loop("wide", wide[weir_cpu_level()]);
}
