/* Wakers that count, and a cx made by hand. */

#include <stdlib.h>

#include "core/stage.h"
#include "doubles.h"

unsigned test_wakers_live;

static void test_waker_wake(weir_waker *waker)
{
    struct test_waker *self = WEIR_CONTAINER(waker, struct test_waker, waker);
    __atomic_fetch_add(&self->wakes, 1, __ATOMIC_RELAXED);
    if (self->forward)
        weir_waker_wake(self->forward);
}

static void test_waker_release(weir_waker *waker)
{
    struct test_waker *self = WEIR_CONTAINER(waker, struct test_waker, waker);
    if (self->forward)
        weir_waker_unref(self->forward);
    __atomic_fetch_sub(&test_wakers_live, 1, __ATOMIC_RELAXED);
    free(self);
}

static const weir_waker_ops test_waker_ops = {sizeof test_waker_ops, test_waker_wake,
                                              test_waker_release};

struct test_waker *test_waker_new(weir_waker *forward)
{
    struct test_waker *self = calloc(1, sizeof *self);
    if (!self)
        test_abort("no memory for a waker");
    weir_waker_init(&self->waker, &test_waker_ops);
    if (forward)
        weir_waker_ref(forward);
    self->forward = forward;
    __atomic_fetch_add(&test_wakers_live, 1, __ATOMIC_RELAXED);
    return self;
}

void test_waker_drop(struct test_waker *waker)
{
    if (waker)
        weir_waker_unref(&waker->waker);
}

unsigned test_waker_others(const struct test_waker *waker)
{
    return __atomic_load_n(&waker->waker.refs, __ATOMIC_RELAXED) - 1;
}

void test_cx_init(struct test_cx *test)
{
    test->waker = test_waker_new(NULL);
    weir_cx_init(&test->cx, &test->waker->waker, test->scratch, sizeof test->scratch);
    test->cx.timers = &test_clock;
    test->cx.now_ns = test_clock_ns();
}

void test_cx_fini(struct test_cx *test)
{
    test_waker_drop(test->waker);
    test->waker = NULL;
    test->cx.waker = NULL;
}

void test_cx_turn(struct test_cx *test)
{
    test_waker_drop(test->waker);
    test->waker = test_waker_new(NULL);
    test->cx.waker = &test->waker->waker;
    test->cx.budget = WEIR_BUDGET;
    test->cx.now_ns = test_clock_ns();
    test->cx.wait_for = WEIR_WAIT_NONE;
    test->cx.waiting = NULL;
}

bool test_cx_woken(struct test_cx *test)
{
    while (!test->waker->wakes)
        if (!doubles_wake_one() && !test_clock_next())
            return false;
    return true;
}
