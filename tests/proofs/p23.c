/* A fiber that waits inside of a function keeps its batch when it polls with a cx of its own: the
 * scratch of the worker's cx belongs to whoever is polled, which `polling` tells. */

#include "proofs.h"

#if defined(__SANITIZE_THREAD__)
#define FIBERS 0 /* it wants to be told of each switch */
#else
#define FIBERS 1
#endif

#include <ucontext.h>

enum { STACK_BYTES = 1 << 18, WAIT_AT = 40 };

struct fiber {
    ucontext_t outer, inner;
    weir_cx *own;    /* what it polls with */
    weir_cx *worker; /* of the task it runs in, this turn */
    int64_t sum;
    unsigned waits;
    bool over;
};
static struct fiber fiber;

static void wait_here(void)
{
    fiber.waits++;
    weir_wait_turn(fiber.worker);
    swapcontext(&fiber.inner, &fiber.outer);
}

static void add_and_wait(int64_t x, void *arg)
{
    (void)arg;
    fiber.sum += x;
    if (x == WAIT_AT)
        wait_here();
}
WEIR_EACH_FN(add_and_wait_fn, add_and_wait, int64_t)

static void fiber_main(void)
{
    weir_stream *stream = weir_for_each(weir_range(0, 100), &add_and_wait_fn, NULL);
    unsigned char unit;
    weir_poll got;
    do {
        fiber.own->budget = WEIR_BUDGET;
        got = weir_poll_next(stream, fiber.own, &unit, 1);
    } while (got.state == WEIR_PENDING);
    weir_drop(stream);
    fiber.over = true;
    swapcontext(&fiber.inner, &fiber.outer);
}

static weir_poll fiber_poll(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg;
    (void)demand;
    assert_int_equal(cx->polling, 1); /* nobody may wait here with this cx */
    fiber.worker = cx;
    swapcontext(&fiber.outer, &fiber.inner);
    if (!fiber.over)
        return (weir_poll){0, WEIR_PENDING};
    *(int64_t *)out = fiber.sum;
    return (weir_poll){1, WEIR_END};
}

static void add(int64_t *sum, int64_t x, void *arg)
{
    (void)arg;
    *sum += x;
}
WEIR_FOLD_FN(add_fn, add, int64_t, int64_t)

/* Neighbours that use the worker's scratch in the turns between. */
static void spawn_neighbours(weir_rt *rt)
{
    const int64_t zero = 0, from = 1000000;
    for (int i = 0; i < 3; i++)
        assert_true(
            weir_rt_spawn(rt, weir_fold(weir_range(from, from + 200000), &add_fn, &zero, NULL)));
}

static void test_a_cx_of_its_own(void **state)
{
    (void)state;
    if (!FIBERS)
        skip();
    struct test_waker *waker = test_waker_new(NULL);
    char *stack = malloc(STACK_BYTES);
    weir_rt *rt = weir_rt_new(NULL, NULL);
    fiber = (struct fiber){.own = weir_cx_new(&waker->waker)};
    getcontext(&fiber.inner);
    fiber.inner.uc_stack.ss_sp = stack;
    fiber.inner.uc_stack.ss_size = STACK_BYTES;
    fiber.inner.uc_link = &fiber.outer;
    makecontext(&fiber.inner, fiber_main, 0);
    spawn_neighbours(rt);
    int64_t sum = 0;
    weir_stream *future = weir_future_fn(&weir_type_i64, fiber_poll, NULL);
    assert_int_equal(weir_rt_run(rt, future, &sum, NULL), WEIR_READY);
    assert_int_equal(sum, 4950);
    assert_int_equal(fiber.waits, 1);
    weir_rt_drop(rt);
    weir_cx_drop(fiber.own);
    test_waker_drop(waker);
    free(stack);
}

/* Turns on this stack: none outside of a poll, one in a task's. */
static void see_polling(int64_t x, void *arg)
{
    (void)x;
    assert_int_equal((*(weir_cx **)arg)->polling, 1);
}
WEIR_EACH_FN(see_fn, see_polling, int64_t)

static weir_poll keep_cx(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    *(weir_cx **)arg = cx;
    *(int64_t *)out = 1;
    return (weir_poll){1, WEIR_END};
}

static void test_polling(void **state)
{
    (void)state;
    weir_cx *cx = NULL;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    weir_stream *kept = weir_future_fn(&weir_type_i64, keep_cx, &cx);
    weir_stream *sees = weir_for_each(weir_chain(kept, weir_range(0, 3)), &see_fn, &cx);
    assert_int_equal(weir_rt_run(rt, sees, NULL, NULL), WEIR_READY);
    assert_int_equal(cx->polling, 0);
    assert_int_equal(cx->scratch_used, 0);
    weir_rt_drop(rt);
}

int proofs_p23(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_a_cx_of_its_own),
                                       cmocka_unit_test(test_polling)};
    return cmocka_run_group_tests_name("p23", tests, NULL, NULL);
}
