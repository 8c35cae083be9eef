/* map_async: up to a limit at once, as they complete or in order; slots are used again. */

#include <pthread.h>

#include "machines.h"

static weir_stream *unordered(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map_async(a, &machine_fn, NULL, 2);
}

static weir_stream *ordered(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_map_async_ordered(a, &machine_fn, NULL, 2);
}

static void test_unordered(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3"}, "1 2 3 $", {4}, {3}, false},
        {{"21 2 3"}, "2 3 21 $", {4}, {3}, true},
        {{"1 9 10 2"}, "1 !9 2 $", {5}, {4}, true},
        {{"1 !7 2"}, "!7 1 2 $", {4}, {2}, true},
        {{""}, "$", {1}, {0}, false},
    };
    machines_most = 0;
    check_table(rows, unordered);
    assert_int_equal(machines_live, 0);
    assert_int_equal(machines_most, 2);
}

static void test_ordered(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3"}, "1 2 3 $", {4}, {3}, false},
        {{"21 2 3"}, "P 21 2 3 $", {4}, {3}, true},
        {{"21 9 3"}, "P 21 !9 3 $", {4}, {3}, true},
    };
    check_table(rows, ordered);
    assert_int_equal(machines_live, 0);
}

/* Wherever it is dropped, each machine and each result goes once. */
static void test_dropped_anywhere(void **state)
{
    (void)state;
    stage_build *const builds[] = {unordered, ordered};
    for (int which = 0; which < 2; which++)
        for (unsigned polls = 0; polls < 9; polls++) {
            struct test_cx test;
            struct trace got = {0};
            test_cx_init(&test);
            weir_stream *stream = builds[which](source("21 2 33 9 10 4"), NULL);
            for (unsigned i = 0; i < polls; i++)
                trace_poll(&got, stream, &test, 1 + polls % 2);
            weir_drop(stream);
            test_cx_fini(&test);
            assert_int_equal(machines_live, 0);
            assert_int_equal(tracked_live, 0);
            assert_int_equal(test_wakers_live, 0);
        }
}

static void test_allocations_fail(void **state)
{
    (void)state;
    stage_build *const builds[] = {unordered, ordered};
    for (int which = 0; which < 2; which++)
        for (unsigned long k = 1; k < 40; k++) {
            memory_begin(k, k % 2);
            const char *text = trace(builds[which](source("21 2 33 9 4"), NULL), 1);
            if (!strpbrk(text, "$!"))
                fail_msg("allocation %lu: %s", k, text);
            assert_int_equal(memory_end(), 0);
            assert_int_equal(machines_live, 0);
            assert_int_equal(tracked_live, 0);
        }
}

/* No slot is made anew once there are as many as the limit. */
static void test_slots_are_used_again(void **state)
{
    (void)state;
    struct test_cx test;
    struct tracked out;
    test_cx_init(&test);
    weir_stream *stream = unordered(source("1 1 1 1 1 1 1 1"), NULL);
    assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).n, 1);
    tracked_drop(out);
    memory_begin(1, true); /* none is given */
    for (int i = 0; i < 7; i++) {
        assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).n, 1);
        tracked_drop(out);
    }
    memory_end();
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- wakers that outlive what they woke ---- */

/* Waits once, for whoever has its waker. */
struct kept {
    int64_t item;
    bool polled;
    weir_waker_slot slot;
};

static weir_waker *keeper[4];
static unsigned kept_n, kept_polls;

static void kept_start(struct kept *kept, int64_t item, void *arg)
{
    (void)arg;
    kept->item = item;
}

static weir_poll kept_poll(struct kept *kept, weir_cx *cx, int64_t *out)
{
    kept_polls++;
    if (!kept->polled) {
        kept->polled = true;
        weir_waker_ref(cx->waker);
        keeper[kept_n++] = cx->waker;
        return weir_wait(cx, &kept->slot, WEIR_WAIT_PEER);
    }
    *out = kept->item;
    return (weir_poll){1, WEIR_END};
}

static void kept_drop(void *state)
{
    weir_waker_slot_clear(&((struct kept *)state)->slot);
}
WEIR_ASYNC_FN(kept_fn, kept_start, kept_poll, struct kept, int64_t, int64_t, .drop = kept_drop)

static void *wake_late(void *waker)
{
    weir_waker_wake_unref(waker);
    return NULL;
}

/* A wake meant for a machine that is over polls none that came after it, from this thread or from
 * another one, also when the set is gone. */
static void test_stale_wakes(void **state)
{
    (void)state;
    for (int elsewhere = 0; elsewhere < 2; elsewhere++) {
        struct test_cx test;
        int64_t out;
        kept_n = kept_polls = 0;
        test_cx_init(&test);
        weir_stream *stream = weir_map_async(weir_range(0, 2), &kept_fn, NULL, 1);
        assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
        weir_waker_wake(keeper[0]);
        test_cx_turn(&test);
        assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).n, 1);
        for (int i = 0; i < 2; i++) { /* the last poll finds nothing to do */
            test_cx_turn(&test);
            assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
        }
        assert_int_equal(kept_polls, 3);
        assert_int_equal(test.waker->wakes, 0);
        pthread_t thread;
        if (elsewhere) {
            pthread_create(&thread, NULL, wake_late, keeper[0]);
            pthread_join(thread, NULL);
        } else {
            wake_late(keeper[0]);
            assert_int_equal(test.waker->wakes, 0);
        }
        assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
        assert_int_equal(kept_polls, 3);
        weir_drop(stream);
        wake_late(keeper[1]);
        test_cx_fini(&test);
        assert_int_equal(test_wakers_live, 0);
    }
}

/* Those of even numbers keep their waker, wake themselves and end; the others wait for ever. */
static weir_poll ends_woken_poll(struct kept *kept, weir_cx *cx, int64_t *out)
{
    if (kept->item % 2)
        return weir_wait(cx, &kept->slot, WEIR_WAIT_PEER);
    weir_waker_ref(cx->waker);
    keeper[kept_n++] = cx->waker;
    weir_waker_wake(cx->waker);
    *out = kept->item;
    return (weir_poll){1, WEIR_END};
}
WEIR_ASYNC_FN(ends_woken_fn, kept_start, ends_woken_poll, struct kept, int64_t, int64_t,
              .drop = kept_drop)

/* The last waker of a slot goes, as on another thread, while the one that takes its place is made.
 */
static const weir_alloc *counting;
static bool lets_go;

static void *allocate_and_let_go(void *self, size_t size, size_t align)
{
    if (lets_go)
        weir_waker_unref(keeper[0]);
    lets_go = false;
    return counting->allocate(self, size, align);
}

static void test_wakers_that_go_meanwhile(void **state)
{
    (void)state;
    struct test_cx test;
    int64_t out;
    kept_n = 0;
    test_cx_init(&test);
    memory_begin(0, false);
    counting = weir_alloc_get();
    weir_alloc hooks = *counting;
    hooks.allocate = allocate_and_let_go;
    weir_alloc_set(&hooks);
    weir_stream *stream = weir_map_async(weir_range(0, 1), &kept_fn, NULL, 1);
    assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).state, WEIR_PENDING);
    weir_waker_wake(keeper[0]);
    lets_go = true;
    test_cx_turn(&test);
    assert_int_equal(weir_poll_next(stream, &test.cx, &out, 1).n, 1);
    assert_false(lets_go);
    weir_drop(stream);
    weir_alloc_set(counting);
    assert_int_equal(memory_end(), 0);
    test_cx_fini(&test);
}

/* As many as the limit says, and no memory for one more, ever. */
static void expect_used_again(size_t limit, const char *wanted)
{
    struct test_cx test;
    struct trace seen = {.no_pending = true};
    kept_n = 0;
    test_cx_init(&test);
    memory_begin(0, false);
    weir_stream *stream = weir_map_async(weir_range(0, 3), &ends_woken_fn, NULL, limit);
    memory.fail_at = memory.calls + limit + 1;
    memory.fail_after = true;
    for (int i = 0; i < 4; i++)
        trace_poll(&seen, stream, &test, 2);
    weir_drop(stream);
    while (kept_n)
        weir_waker_unref(keeper[--kept_n]);
    assert_int_equal(memory_end(), 0);
    test_cx_fini(&test);
    assert_int_equal(test_wakers_live, 0);
    assert_string_equal(seen.text, wanted);
}

/* The slot of a machine that ended while it was queued, and for which there is no memory for
 * another one, serves again: while others run, and where it was the only one. */
static void test_queued_slots_are_used_again(void **state)
{
    (void)state;
    expect_used_again(2, "0 2");
    expect_used_again(1, "0");
}

static void test_refused(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_map_async(weir_range(0, 3), &kept_fn, NULL, 0), 1),
                        "!!ARGUMENT $");
    assert_string_equal(trace(weir_map_async(weir_range(0, 3), &machine_fn, NULL, 1), 1),
                        "!!TYPE $");
}

int stage_map_async(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_unordered),
                                       cmocka_unit_test(test_ordered),
                                       cmocka_unit_test(test_dropped_anywhere),
                                       cmocka_unit_test(test_allocations_fail),
                                       cmocka_unit_test(test_slots_are_used_again),
                                       cmocka_unit_test(test_stale_wakes),
                                       cmocka_unit_test(test_wakers_that_go_meanwhile),
                                       cmocka_unit_test(test_queued_slots_are_used_again),
                                       cmocka_unit_test(test_refused)};
    return cmocka_run_group_tests_name("map_async", tests, NULL, NULL);
}
