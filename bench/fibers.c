/* What fibers cost: `name<TAB>ns`, CPU time of this thread, the least of 60 short rounds. A row
 * beside its measure: `unfold` beside the generators, the switch by hand beside the library's. */

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "task/stack.h"
#include "task/switch.h"
#include "weir.h"

enum { ROUNDS = 60, SWITCHES = 20000, ITEMS = 20000, FIBERS = 2000, PARKED = 100 };

static double cpu_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* The least of ROUNDS, a step of each. */
static void row(const char *name, void (*round)(void), double steps)
{
    double least = 1e18;
    for (int i = 0; i < ROUNDS; i++) {
        double took = cpu_ns();
        round();
        took = cpu_ns() - took;
        least = took < least ? took : least;
    }
    printf("%s\t%.2f\n", name, least / steps);
    fflush(stdout);
}

/* ---- the bare switch ---- */

static weir_context thread, other;
static volatile long switches;
static void *low;

static void switch_for_ever(weir_context *from, weir_context *here)
{
    (void)from, (void)here;
    for (;;) {
        switches++;
        weir_switch(&other, &thread);
    }
}

static void round_inline(void)
{
    weir_context_make(&other, low, WEIR_STACK_MIN_BYTES, switch_for_ever);
    for (int i = 0; i < SWITCHES; i++)
        weir_switch(&thread, &other);
}

static void save_for_ever(weir_context *from, weir_context *here)
{
    (void)from, (void)here;
    for (;;) {
        switches++;
        weir_switch_saving(&other, &thread);
    }
}

static void round_saving(void)
{
    weir_context_make(&other, low, WEIR_STACK_MIN_BYTES, save_for_ever);
    for (int i = 0; i < SWITCHES; i++)
        weir_switch_saving(&thread, &other);
}

#if defined(__x86_64__) && !defined(WEIR_UCONTEXT)
/* Nothing that a switch could do without: for a pair of loops that hold nothing in registers. */
struct bare {
    void *sp, *ip;
};
static struct bare bare_thread, bare_other;

static inline __attribute__((always_inline)) void bare_switch(struct bare *from, struct bare *to)
{
    __asm__ volatile("movq %%rsp, 0(%0)\n\tleaq 1f(%%rip), %%rax\n\tmovq %%rax, 8(%0)\n\t"
                     "pushq %%rbp\n\tmovq %%rsp, 0(%0)\n\tmovq 0(%1), %%rsp\n\tjmpq *8(%1)\n\t"
                     ".p2align 4\n1:\tpopq %%rbp"
                     : "+D"(from), "+S"(to)
                     :
                     : "rax", "rbx", "rcx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14",
                       "r15", "cc", "memory");
}

static __attribute__((noinline)) void bare_for_ever(void)
{
    for (;;) {
        switches++;
        bare_switch(&bare_other, &bare_thread);
    }
}

static void round_bare(void)
{
    uintptr_t *sp = (uintptr_t *)((uintptr_t)low + WEIR_STACK_MIN_BYTES - 64);
    bare_other = (struct bare){sp - 1, (void *)(uintptr_t)bare_for_ever};
    for (int i = 0; i < SWITCHES; i++)
        bare_switch(&bare_thread, &bare_other);
}
#endif

/* ---- generators ---- */

static bool next_twice(int64_t *n, int64_t *out)
{
    *out = *n *= 2;
    return true;
}
WEIR_UNFOLD_FN(twice_fn, next_twice, int64_t, int64_t)

static bool twice_for_ever(int64_t *n, weir_error *error)
{
    (void)error;
    while (weir_yield(int64_t, *n *= 2))
        ;
    return true;
}
WEIR_GENERATOR_FN(generator_fn, twice_for_ever, int64_t, int64_t)

static weir_cx *cx;

static void take_all(weir_stream *stream, size_t demand)
{
    int64_t items[64];
    for (size_t have = 0; have < ITEMS;)
        have += weir_poll_through(stream, cx, items, demand).n;
    weir_drop(stream);
}

static weir_stream *generator(bool ahead)
{
    return weir_generator(&generator_fn, &(int64_t){4}, &WEIR_FIBER_OPTIONS(.ahead = ahead));
}

static void unfold_1(void)
{
    take_all(weir_unfold(&twice_fn, &(int64_t){4}), 1);
}

static void unfold_64(void)
{
    take_all(weir_unfold(&twice_fn, &(int64_t){4}), 64);
}

static void generator_1(void)
{
    take_all(generator(false), 1);
}

static void generator_64(void)
{
    take_all(generator(true), 64);
}

/* ---- fibers ---- */

static bool nothing(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    *out = 1;
    return true;
}
WEIR_FIBER_FN(nothing_fn, nothing, char, int64_t)

static void make_run_drop(void)
{
    int64_t out;
    for (int i = 0; i < FIBERS; i++) {
        weir_stream *fiber = weir_fiber(&nothing_fn, NULL, NULL);
        weir_ignore(weir_poll_next(fiber, cx, &out, 1));
        weir_drop(fiber);
    }
}

static bool pauses(char *state, int64_t *out, weir_error *error)
{
    (void)state, (void)error;
    while (weir_pause())
        ;
    *out = 1;
    return true;
}
WEIR_FIBER_FN(pauses_fn, pauses, char, int64_t)

static weir_stream *parked[PARKED];

static void turn_of_each(void)
{
    int64_t out;
    for (int i = 0; i < PARKED; i++)
        weir_ignore(weir_poll_next(parked[i], cx, &out, 1));
}

static void nop(weir_waker *waker)
{
    (void)waker;
}

int main(void)
{
    static const weir_waker_ops ops = {sizeof ops, nop, nop};
    weir_waker waker;
    weir_waker_init(&waker, &ops);
    cx = weir_cx_new(&waker);
    low = malloc(WEIR_STACK_MIN_BYTES);
    if (!cx || !low)
        return 1;
    row("switch", round_inline, 2.0 * SWITCHES);
    row("switch_saving", round_saving, 2.0 * SWITCHES);
#if defined(__x86_64__) && !defined(WEIR_UCONTEXT)
    row("switch_by_hand", round_bare, 2.0 * SWITCHES);
#endif
    row("unfold_1", unfold_1, ITEMS);
    row("generator_1", generator_1, ITEMS);
    row("unfold_64", unfold_64, ITEMS);
    row("generator_64", generator_64, ITEMS);
    row("make_run_drop", make_run_drop, FIBERS);
    for (int i = 0; i < PARKED; i++)
        parked[i] = weir_fiber(&pauses_fn, NULL, NULL);
    row("turn_of_100", turn_of_each, PARKED);
    for (int i = 0; i < PARKED; i++)
        weir_drop(parked[i]);
    weir_cx_drop(cx);
    free(low);
    return 0;
}
