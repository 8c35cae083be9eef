/* The context switch, both forms of it: where it goes, what it keeps, and how stacks are aligned.
 */

#include "task/switch.h"

#include <fenv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "task/stack.h"

static weir_context thread, other;
static bool saving;

static void go(weir_context *from, weir_context *to)
{
    if (saving)
        weir_switch_saving(from, to);
    else
        weir_switch(from, to);
}

static struct weir_stack *begin(weir_context_entry *entry)
{
    struct weir_stack *stack = weir_stack_take(weir_stack_bytes(0));
    assert_non_null(stack);
    weir_context_make(&other, stack->low, stack->size - sizeof *stack, entry);
    return stack;
}

/* ---- back and forth ---- */

static int steps;
static weir_context *seen_from, *seen_here;

static void steps_for_ever(weir_context *from, weir_context *here)
{
    seen_from = from;
    seen_here = here;
    for (;;) {
        steps++;
        go(&other, &thread);
    }
}

static void goes_back_and_forth(void **state)
{
    (void)state;
    for (int form = 0; form < 2; form++) {
        saving = form;
        steps = 0;
        struct weir_stack *stack = begin(steps_for_ever);
        for (int i = 1; i <= 1000; i++) {
            go(&thread, &other);
            assert_int_equal(steps, i);
        }
        assert_ptr_equal(seen_from, &thread);
        assert_ptr_equal(seen_here, &other);
        weir_stack_give(stack);
    }
}

/* ---- more is live than there are registers ---- */

static double sum_of(const volatile double *x, const volatile int64_t *n)
{
    double a = x[0], b = x[1], c = x[2], d = x[3], e = x[4], f = x[5], g = x[6], h = x[7];
    int64_t i = n[0], j = n[1], k = n[2], l = n[3], m = n[4], o = n[5], p = n[6], q = n[7];
    go(steps % 2 ? &thread : &other, steps % 2 ? &other : &thread);
    a = a * 3 + b * 5 + c * 7 + d * 11 + e * 13 + f * 17 + g * 19 + h * 23;
    i = i * 3 + j * 5 + k * 7 + l * 11 + m * 13 + o * 17 + p * 19 + q * 23;
    return a + (double)i;
}

static const volatile double theirs_x[8] = {8, 7, 6, 5, 4, 3, 2, 1};
static const volatile int64_t theirs_n[8] = {80, 70, 60, 50, 40, 30, 20, 10};
static double their_sum;

static void sums(weir_context *from, weir_context *here)
{
    (void)from, (void)here;
    steps = 0;
    their_sum = sum_of(theirs_x, theirs_n);
    for (;;)
        go(&other, &thread);
}

static void what_is_live_is_kept(void **state)
{
    (void)state;
    static const volatile double x[8] = {1, 2, 3, 4, 5, 6, 7, 8};
    static const volatile int64_t n[8] = {10, 20, 30, 40, 50, 60, 70, 80};
    for (int form = 0; form < 2; form++) {
        saving = form;
        struct weir_stack *stack = begin(sums);
        go(&thread, &other); /* it waits with its numbers in hand */
        steps = 1;
        double ours = sum_of(x, n); /* we wait with ours, while it sums up */
        assert_true(ours == 562 + 5620);
        assert_true(their_sum == 320 + 3200);
        weir_stack_give(stack);
    }
}

/* ---- alignment ---- */

typedef float four __attribute__((vector_size(16)));

static __attribute__((noinline)) four add(four a, four b)
{
    volatile four sum = a + b; /* movaps */
    _Alignas(64) volatile char wide[64] = {0};
    assert_int_equal((uintptr_t)&sum % 16, 0);
    assert_int_equal((uintptr_t)wide % 64, 0);
    return sum;
}

static four total;

static void adds(weir_context *from, weir_context *here)
{
    (void)from, (void)here;
    for (;;) {
        four one = {1, 2, 3, 4};
        total = add(total, one);
        go(&other, &thread);
    }
}

static void stacks_are_aligned(void **state)
{
    (void)state;
    saving = false;
    total = (four){0};
    struct weir_stack *stack = begin(adds);
    for (int i = 0; i < 3; i++)
        go(&thread, &other);
    assert_true(total[0] == 3 && total[3] == 12);
    weir_stack_give(stack);
}

/* ---- the rounding mode ---- */

static volatile double one = 1, three = 3;
static double third;

static void rounds_up(weir_context *from, weir_context *here)
{
    (void)from, (void)here;
    fesetround(FE_UPWARD);
    for (;;) {
        go(&other, &thread);
        third = one / three;
    }
}

static void the_saving_form_keeps_the_rounding_mode(void **state)
{
    (void)state;
    saving = true;
    double nearest = one / three;
    struct weir_stack *stack = begin(rounds_up);
    go(&thread, &other);
    assert_int_equal(fegetround(), FE_TONEAREST);
    assert_true(one / three == nearest);
    go(&thread, &other);
    assert_true(third > nearest);
    assert_int_equal(fegetround(), FE_TONEAREST);
    weir_stack_give(stack);
}

static void the_inline_form_leaves_it_to_the_thread(void **state)
{
    (void)state;
#if WEIR_SWITCHES_INLINE_
    saving = false;
    struct weir_stack *stack = begin(rounds_up);
    go(&thread, &other);
    assert_int_equal(fegetround(), FE_UPWARD);
    fesetround(FE_TONEAREST);
    double nearest = one / three;
    go(&thread, &other);
    assert_true(third == nearest);
    weir_stack_give(stack);
#else
    skip(); /* ucontext has one form, which keeps it */
#endif
}

int task_switch(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(goes_back_and_forth),
        cmocka_unit_test(what_is_live_is_kept),
        cmocka_unit_test(stacks_are_aligned),
        cmocka_unit_test(the_saving_form_keeps_the_rounding_mode),
        cmocka_unit_test(the_inline_form_leaves_it_to_the_thread),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
