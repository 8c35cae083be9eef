/* The context switch without the library, for processors that only an emulator is here for:
 * tests/aarch64.sh. Both forms: what is live, alignment, the rounding mode, a generator's pace. */

#include <fenv.h>
#include <stdio.h>
#include <stdlib.h>

#include "task/switch.h"

enum { STACK_BYTES = 64 << 10, ROUNDS = 10000 };

static weir_context thread, other;
static int saving;
static long steps;

static void go(weir_context *from, weir_context *to)
{
    if (saving)
        weir_switch_saving(from, to);
    else
        weir_switch(from, to);
}

static void check(int right, const char *what)
{
    if (right)
        return;
    printf("%s, form %d: wrong\n", what, saving);
    exit(1);
}

/* More is live than there are registers to keep it in. */
static double sum_of(const volatile double *x, const volatile long *n, weir_context *from,
                     weir_context *to)
{
    double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7];
    double s = x[8], t = x[9];
    long i = n[0], j = n[1], k = n[2], l = n[3], m = n[4], o = n[5], p = n[6], q = n[7];
    long u = n[8], v = n[9];
    go(from, to);
    return a * 3 + b * 5 + c * 7 + d * 11 + e * 13 + f * 17 + g * 19 + h * 23 + s * 29 + t * 31 +
           (double)(i * 3 + j * 5 + k * 7 + l * 11 + m * 13 + o * 17 + p * 19 + q * 23 + u * 29 +
                    v * 31);
}

static const volatile double ones[10] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
static const volatile long tens[10] = {10, 10, 10, 10, 10, 10, 10, 10, 10, 10};
static const volatile double twos[10] = {2, 2, 2, 2, 2, 2, 2, 2, 2, 2};

typedef float four __attribute__((vector_size(16)));

static __attribute__((noinline)) four add(four a, four b)
{
    volatile four sum = a + b;
    check((uintptr_t)&sum % 16 == 0, "alignment");
    return sum;
}

static volatile double one = 1, three = 3;
static double third;
static four total;

static void run(weir_context *from, weir_context *here)
{
    check(from == &thread && here == &other, "what an entry gets");
    fesetround(FE_UPWARD);
    go(&other, &thread);
    third = one / three;
    fesetround(FE_TONEAREST);
    check(sum_of(twos, tens, &other, &thread) == 158 * 2 + 158 * 10, "what is live there");
    for (;;) {
        four step = {1, 2, 3, 4};
        total = add(total, step);
        steps++;
        go(&other, &thread);
    }
}

static void test_form(void *stack)
{
    total = (four){0};
    weir_context_make(&other, stack, STACK_BYTES, run);
    go(&thread, &other);
    check(fegetround() == (saving ? FE_TONEAREST : FE_UPWARD), "the rounding mode here");
    fesetround(FE_TONEAREST);
    double nearest = one / three;
    go(&thread, &other);
    check(saving ? third > nearest : third == nearest, "the rounding mode there");
    check(sum_of(ones, tens, &thread, &other) == 158 + 158 * 10, "what is live");
    for (steps = 1; steps < ROUNDS;)
        go(&thread, &other);
    check(total[0] == ROUNDS && total[3] == 4 * ROUNDS, "what it computes");
}

int main(void)
{
    void *stack = aligned_alloc(16, STACK_BYTES);
    check(stack != NULL, "memory");
    for (saving = 0; saving < 2; saving++)
        test_form(stack);
    free(stack);
    puts("both forms switch");
    return 0;
}
