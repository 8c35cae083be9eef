/* What is dropped in the middle, by whom ever, or has no memory: what was lent is there until the
 * last body is over, and nothing is left behind. */

#include "mapped.h"

/* ---- dropped ---- */

/* In a plain program: the drop waits for what has begun, whose arg is on this stack. */
static void drop_here(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int how = 0; how < 2; how++)
            for (int taken = 0; taken < 12; taken += 3) {
                struct shared shared;
                int64_t item;
                shared_begin(&shared);
                shared.nap_ns = 50000;
                shared.spins = 300;
                weir_stream *stream = mapped(things_of(60), kind, &shared, 2 * workers,
                                             &WEIR_PAR_OPTIONS(.stop = (weir_stop_how)how));
                for (int i = 0; i < taken; i++)
                    assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
                weir_drop(stream);
                assert_int_equal(shared.now, 0);
                shared_end(&shared);
                assert_true(!taken || shared.ended == shared.begun);
                assert_int_equal(things, 0);
            }
}

static void a_drop_waits(void **state)
{
    (void)state;
    everywhere(drop_here);
}

/* In a fiber: its loop is left, or it is cancelled wherever it waits; arg is on its stack. */
struct moment {
    enum kind kind;
    int taken; /* negative: it is cancelled */
    weir_stop_how how;
};

static bool drop_in_fiber(struct moment *moment, int64_t *out, weir_error *error)
{
    struct shared shared;
    (void)error;
    *out = 0;
    shared_begin(&shared);
    shared.nap_ns = 100000;
    shared.spins = 300;
    weir_stream *stream =
        mapped(things_of(60), moment->kind, &shared, 5, &WEIR_PAR_OPTIONS(.stop = moment->how));
    weir_for_await (int64_t, item, stream)
        if (++*out == moment->taken)
            break;
    shared_end(&shared);
    return true;
}
WEIR_FIBER_FN(drop_in_fiber_fn, drop_in_fiber, struct moment, int64_t)

static bool cancel_it(struct moment *moment, int64_t *out, weir_error *error)
{
    weir_stream *fiber = weir_spawn(weir_fiber(&drop_in_fiber_fn, moment, NULL));
    *out = 0;
    for (int i = 0; i > moment->taken; i--)
        (void)!weir_pause();
    weir_cancel(fiber);
    weir_await(fiber, NULL, error);
    return true;
}
WEIR_FIBER_FN(cancel_it_fn, cancel_it, struct moment, int64_t)

static void drop_in_fibers(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int taken = -12; taken < 12; taken += 3) {
            struct moment moment = {kind, taken, taken % 2 ? WEIR_CANCEL : WEIR_DRAIN};
            weir_stream *fiber = taken <= 0 ? weir_fiber(&cancel_it_fn, &moment, NULL)
                                            : weir_fiber(&drop_in_fiber_fn, &moment, NULL);
            assert_int_equal(weir_rt_run(rt, fiber, NULL, NULL), WEIR_READY);
        }
}

static void a_fiber_keeps_what_it_lent(void **state)
{
    (void)state;
    everywhere(drop_in_fibers);
    assert_int_equal(things, 0);
}

/* Another fiber drops it, which polls nothing then: that waits for what it lent. */
static bool drop_late(struct moment *moment, int64_t *out, weir_error *error)
{
    weir_stream *fiber = weir_fiber(&drop_in_fiber_fn, moment, NULL);
    weir_await(weir_timeout(fiber, (uint64_t)moment->taken * 20000), out, error);
    *out = 0;
    return true;
}
WEIR_FIBER_FN(drop_late_fn, drop_late, struct moment, int64_t)

/* ... and is dropped itself before the other is late, or while it waits for what that one lent. */
static bool drop_it_earlier(struct moment *moment, int64_t *out, weir_error *error)
{
    weir_stream *fiber = weir_fiber(&drop_late_fn, moment, NULL);
    weir_await(weir_timeout(fiber, (uint64_t)moment->taken * 15000), out, error);
    return true;
}
WEIR_FIBER_FN(drop_it_earlier_fn, drop_it_earlier, struct moment, int64_t)

static bool drop_it_later(struct moment *moment, int64_t *out, weir_error *error)
{
    weir_stream *fiber = weir_fiber(&drop_late_fn, moment, NULL);
    weir_await(weir_timeout(fiber, (uint64_t)moment->taken * 20000 + 10000), out, error);
    return true;
}
WEIR_FIBER_FN(drop_it_later_fn, drop_it_later, struct moment, int64_t)

static void drop_fibers(weir_rt *rt, uint32_t workers)
{
    static const weir_fiber_fn *const fns[] = {&drop_late_fn, &drop_it_earlier_fn,
                                               &drop_it_later_fn};
    (void)workers;
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int i = 0; i < 12; i++) {
            struct moment moment = {kind, 1 + i, i % 2 ? WEIR_CANCEL : WEIR_DRAIN};
            weir_stream *fiber = (weir_fiber)(fns[i % 3], &moment, NULL);
            assert_int_equal(weir_rt_run(rt, fiber, NULL, NULL), WEIR_READY);
        }
}

/* A thread does, outside of its loop. */
static bool give_some(struct moment *moment, weir_error *error)
{
    struct shared shared;
    (void)error;
    shared_begin(&shared);
    shared.nap_ns = 100000;
    weir_stream *stream =
        mapped(things_of(60), moment->kind, &shared, 5, &WEIR_PAR_OPTIONS(.stop = moment->how));
    weir_for_await (int64_t, item, stream)
        if (!weir_yield(int64_t, item))
            break;
    shared_end(&shared);
    return true;
}
WEIR_GENERATOR_FN(give_some_fn, give_some, struct moment, int64_t)

static void drop_on_thread(weir_rt *rt, uint32_t workers)
{
    int64_t item;
    (void)workers;
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int taken = 1; taken < 12; taken += 3) {
            struct moment moment = {kind, taken, taken % 2 ? WEIR_CANCEL : WEIR_DRAIN};
            weir_stream *stream = weir_generator(&give_some_fn, &moment, NULL);
            for (int i = 0; i < taken; i++)
                assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
            weir_drop(stream);
        }
}

static void who_drops_a_fiber_waits_for_what_it_lent(void **state)
{
    (void)state;
    everywhere(drop_fibers);
    everywhere(drop_on_thread);
    assert_int_equal(things, 0);
}

/* Inside of a poll nobody may wait: the task does, before it is over. */
static void drop_in_poll(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int how = 0; how < 2; how++)
            for (uint64_t taken = 0; taken < 12; taken += 3) {
                struct shared shared;
                uint64_t count;
                shared_begin(&shared);
                shared.nap_ns = 50000;
                weir_stream *stream = mapped(things_of(60), kind, &shared, 2 * workers,
                                             &WEIR_PAR_OPTIONS(.stop = (weir_stop_how)how));
                stream = weir_chain(weir_take(stream, taken), weir_range(0, 3));
                assert_int_equal(weir_rt_run(rt, weir_count(stream), &count, NULL), WEIR_READY);
                assert_int_equal(count, taken + 3);
                shared_end(&shared);
            }
}

static void a_task_waits(void **state)
{
    (void)state;
    everywhere(drop_in_poll);
    assert_int_equal(things, 0);
}

/* ---- how long it may take ---- */

static uint64_t time_to_drop(bool in_poll, weir_stop_how how, uint64_t drain_ns, unsigned *ended)
{
    struct shared shared;
    int64_t item;
    uint64_t count;
    weir_rt *rt = world_of(&(struct world){"sim", 7, 2});
    const weir_sys *sys = weir_rt_sys(rt);
    shared_begin(&shared);
    weir_stream *stream =
        weir_par_map_unordered(things_of(60), &waiting_fn, &shared, 4,
                               &WEIR_PAR_OPTIONS(.stop = how, .drain_ns = drain_ns));
    shared.first_ns = 1000000;
    shared.nap_ns = 1000000000;
    if (!in_poll)
        assert_int_equal(weir_rt_next(rt, stream, &item, NULL), WEIR_READY);
    uint64_t before = sys->now_ns(sys);
    if (in_poll)
        weir_rt_run(rt, weir_count(weir_take_until(stream, weir_sleep(5000000))), &count, NULL);
    else
        weir_drop(stream);
    uint64_t took = sys->now_ns(sys) - before;
    *ended = shared.ended;
    shared_end(&shared);
    weir_rt_drop(rt);
    return took / 1000000; /* ms */
}

static void a_drain_has_its_time(void **state)
{
    (void)state;
    for (int in_poll = 0; in_poll < 2; in_poll++) {
        unsigned ended;
        uint64_t ms = time_to_drop(in_poll, WEIR_CANCEL, 0, &ended);
        assert_true(ms < 20);
        ms = time_to_drop(in_poll, WEIR_DRAIN, 100000000, &ended);
        assert_true(ms >= (in_poll ? 100 : 99) && ms < 200); /* one time for all of them */
        if (in_poll) {
            ms = time_to_drop(in_poll, WEIR_DRAIN, 0, &ended);
            assert_true(ms >= 1000 && ms < 1100);
        }
    }
}

/* ---- memory ---- */

static weir_state map_without(enum kind kind, unsigned long fail_at, weir_error *error)
{
    struct shared shared;
    uint64_t count = 0;
    memory_begin(0, false);
    weir_rt *rt = world_of(&(struct world){"sim", 3, 2});
    shared_begin(&shared);
    shared.nap_ns = 1000;
    memory.fail_at = memory.calls + fail_at;
    weir_stream *stream = weir_count(mapped(things_of(10), kind, &shared, 3, NULL));
    weir_state state = weir_rt_run(rt, stream, &count, error);
    bool failed = memory.failed;
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    shared_end(&shared);
    assert_int_equal(things, 0);
    assert_true(state != WEIR_READY || count == 10);
    if (state != WEIR_READY && error->code != WEIR_E_MEMORY)
        fail_msg("kind %d, %lu: %s", kind, fail_at, WEIR_ERROR_TEXT(error));
    return failed ? WEIR_ERROR : WEIR_READY;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < KINDS; kind++) {
        weir_error error;
        unsigned long fail_at = 1;
        while (map_without(kind, fail_at, &error) != WEIR_READY)
            assert_true(++fail_at < 1000);
        assert_true(fail_at > 10);
    }
}

int task_par_dropped(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_drop_waits),
        cmocka_unit_test(a_fiber_keeps_what_it_lent),
        cmocka_unit_test(who_drops_a_fiber_waits_for_what_it_lent),
        cmocka_unit_test(a_task_waits),
        cmocka_unit_test(a_drain_has_its_time),
        cmocka_unit_test(each_allocation_fails),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
