/* par_map: everything comes, once and in its place, wherever it was made; never more at once than
 * was said; and whatever is dropped, fails or is refused leaves nothing behind. */

#include "bodies.h"

/* ---- the three kinds of functions, each twice the item ---- */

static int64_t plain(struct thing thing, void *arg)
{
    struct shared *shared = arg;
    int64_t value = thing.value;
    enter(shared, value);
    thing_end(thing);
    leave(shared);
    return 2 * value;
}
WEIR_MAP_FN(plain_fn, plain, struct thing, int64_t, .from = &thing_type)

static bool try_plain(struct thing thing, int64_t *out, void *arg, weir_error *error)
{
    bool fails = is_to_fail(arg, thing.value, error);
    *out = plain(thing, arg);
    return !fails;
}
WEIR_TRY_MAP_FN(try_plain_fn, try_plain, struct thing, int64_t, .from = &thing_type)

static bool waiting(struct thing thing, int64_t *out, void *arg, weir_error *error)
{
    struct shared *shared = arg;
    uint64_t nap_ns = shared->first_ns && !thing.value ? shared->first_ns : shared->nap_ns;
    enter(shared, thing.value);
    bool stays = weir_await(weir_sleep(nap_ns), NULL, error) != WEIR_ERROR;
    *out = 2 * thing.value;
    thing_end(thing);
    leave(shared);
    return stays && !is_to_fail(shared, *out / 2, error);
}
WEIR_PAR_MAP_FN(waiting_fn, waiting, struct thing, int64_t, .from = &thing_type)

struct later {
    struct thing thing;
    struct shared *shared;
};

static bool later_run(struct later *later, int64_t *out, weir_error *error)
{
    return waiting(later->thing, out, later->shared, error);
}
WEIR_FIBER_FN(later_fn, later_run, struct later, int64_t)

static weir_stream *future_of(struct thing thing, void *arg)
{
    struct later later = {thing, arg};
    return weir_fiber(&later_fn, &later, NULL);
}
WEIR_THEN_FN(future_fn, future_of, struct thing, int64_t, .from = &thing_type)

enum kind { PLAIN, TRY, FUTURE, FIBER, KINDS };

static weir_stream *mapped(weir_stream *source, enum kind kind, struct shared *shared, size_t limit,
                           const weir_par_options *how)
{
    switch (kind) {
    case PLAIN:
        return weir_par_map(source, &plain_fn, shared, limit, how);
    case TRY:
        return weir_par_map(source, &try_plain_fn, shared, limit, how);
    case FUTURE:
        return weir_par_map(source, &future_fn, shared, limit, how);
    default:
        return weir_par_map(source, &waiting_fn, shared, limit, how);
    }
}

static weir_stream *unordered(weir_stream *source, enum kind kind, struct shared *shared,
                              size_t limit, const weir_par_options *how)
{
    switch (kind) {
    case PLAIN:
        return weir_par_map_unordered(source, &plain_fn, shared, limit, how);
    case TRY:
        return weir_par_map_unordered(source, &try_plain_fn, shared, limit, how);
    case FUTURE:
        return weir_par_map_unordered(source, &future_fn, shared, limit, how);
    default:
        return weir_par_map_unordered(source, &waiting_fn, shared, limit, how);
    }
}

/* ---- order ---- */

enum { ITEMS = 200 };

static void keep_order(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        struct shared shared;
        int64_t item, next = 0;
        shared_begin(&shared);
        shared.nap_ns = 1000;
        weir_stream *stream = mapped(things_of(ITEMS), kind, &shared, 1 + workers * 2, NULL);
        while (weir_rt_next(rt, stream, &item, NULL) == WEIR_READY)
            assert_int_equal(item, 2 * next++);
        assert_int_equal(next, ITEMS);
        weir_drop(stream);
        shared_end(&shared);
        assert_int_equal(things, 0);
    }
}

static void order_is_kept(void **state)
{
    (void)state;
    everywhere(keep_order);
}

static void come_once(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = 0; kind < KINDS; kind++) {
        struct shared shared;
        int64_t sum = 0;
        shared_begin(&shared);
        shared.nap_ns = 1000;
        weir_stream *stream = unordered(things_of(ITEMS), kind, &shared, 1 + workers * 2, NULL);
        for (int64_t item; weir_rt_next(rt, stream, &item, NULL) == WEIR_READY;)
            sum += item;
        weir_drop(stream);
        assert_int_equal(sum, ITEMS * (ITEMS - 1));
        for (int i = 0; i < ITEMS; i++)
            assert_int_equal(shared.times[i], 1);
        shared_end(&shared);
    }
}

static void unordered_is_complete(void **state)
{
    (void)state;
    everywhere(come_once);
}

/* As a future's source too, and over no items and one. */
static void run_few(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int64_t n = 0; n < 3; n++) {
            struct shared shared;
            uint64_t count = 9;
            shared_begin(&shared);
            weir_stream *stream = weir_count(mapped(things_of(n), kind, &shared, 2, NULL));
            assert_int_equal(weir_rt_run(rt, stream, &count, NULL), WEIR_READY);
            assert_int_equal(count, n);
            shared_end(&shared);
        }
}

static void few_items_are_few_results(void **state)
{
    (void)state;
    everywhere(run_few);
}

/* ---- the limit ---- */

static void reach_limit(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = FUTURE; kind < KINDS; kind++)
        for (size_t limit = 1; limit < 8; limit += 3) {
            struct shared shared;
            uint64_t count;
            (void)workers;
            shared_begin(&shared);
            shared.nap_ns = 200000;
            weir_stream *stream = unordered(things_of(40), kind, &shared, limit, NULL);
            assert_int_equal(weir_rt_run(rt, weir_count(stream), &count, NULL), WEIR_READY);
            assert_int_equal(count, 40);
            assert_int_equal(shared.most, limit);
            shared_end(&shared);
        }
}

/* Plain ones never wait, so no more than there are workers run; each stays until as many are there
 * as there should be. */
static void reach_workers(weir_rt *rt, uint32_t workers)
{
    for (size_t limit = 1; limit < 8; limit += 3) {
        struct shared shared;
        uint64_t count;
        unsigned least = (unsigned)(limit < workers ? limit : workers);
        shared_begin(&shared);
        shared.until = least;
        weir_stream *stream = weir_par_map(things_of(40), &plain_fn, &shared, limit,
                                           &WEIR_PAR_OPTIONS(.batch_max = 1));
        assert_int_equal(weir_rt_run(rt, weir_count(stream), &count, NULL), WEIR_READY);
        assert_int_equal(count, 40);
        assert_int_equal(shared.most, least);
        shared_end(&shared);
    }
}

static void the_limit_is_exact(void **state)
{
    (void)state;
    everywhere(reach_limit);
    on_threads(reach_workers);
}

static void stay_local(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (enum kind kind = 0; kind < KINDS; kind++) {
        static struct shared shared;
        uint64_t count;
        shared_begin(&shared);
        weir_stream *stream =
            mapped(things_of(100), kind, &shared, 3, &WEIR_PAR_OPTIONS(.local = true));
        assert_int_equal(weir_rt_run(rt, weir_count(stream), &count, NULL), WEIR_READY);
        assert_int_equal(count, 100);
        assert_true(kind > TRY || shared.most == 1);
        shared_end(&shared);
    }
}

static void local_is_one_worker(void **state)
{
    (void)state;
    everywhere(stay_local);
}

/* ---- batches and kernels ---- */

static _Atomic size_t kernel_items, kernel_most, kernel_calls;

static void kernel(void *out, const void *in, size_t n, void *arg)
{
    (void)arg;
    size_t most = kernel_most;
    kernel_calls++;
    kernel_items += n;
    while (n > most && !atomic_compare_exchange_weak(&kernel_most, &most, n))
        ;
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const int64_t *)in)[i] + 1;
}

static int64_t never(int64_t item, void *arg)
{
    (void)arg, (void)item;
    abort();
}
WEIR_MAP_FN(kernel_fn, never, int64_t, int64_t, .batch = {kernel, kernel, kernel})

static size_t most_with(weir_rt *rt, uint32_t batch_max)
{
    int64_t item, next = 1;
    kernel_items = kernel_most = kernel_calls = 0;
    weir_stream *stream = weir_par_map(weir_range(0, 5000), &kernel_fn, NULL, 4,
                                       &WEIR_PAR_OPTIONS(.batch_max = batch_max));
    while (weir_rt_next(rt, stream, &item, NULL) == WEIR_READY)
        assert_int_equal(item, next++);
    weir_drop(stream);
    assert_int_equal(kernel_items, 5000);
    return kernel_most;
}

static void cut_batches(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    size_t found = most_with(rt, 0);
    assert_true(found > 1 && found <= 1024);
    assert_true(most_with(rt, 7) == 7);
    assert_true(most_with(rt, 1) == 1);
}

static void batches_are_found(void **state)
{
    (void)state;
    everywhere(cut_batches);
}

/* ---- results that are smaller, larger, and want their place ---- */

struct wide {
    _Alignas(64) int64_t value;
    int64_t rest[7];
};

static int32_t to_small(int64_t item, void *arg)
{
    (void)arg;
    return (int32_t)item;
}
WEIR_MAP_FN(to_small_fn, to_small, int64_t, int32_t)

static struct wide to_wide(int32_t item, void *arg)
{
    (void)arg;
    return (struct wide){item, {0}};
}
WEIR_MAP_FN(to_wide_fn, to_wide, int32_t, struct wide)

static _Atomic unsigned astray;
static int64_t to_plain(struct wide item, void *arg)
{
    (void)arg;
    return item.value;
}

static void wide_kernel(void *out, const void *in, size_t n, void *arg)
{
    (void)arg;
    astray += (uintptr_t)in % 64 != 0;
    for (size_t i = 0; i < n; i++)
        ((int64_t *)out)[i] = ((const struct wide *)in)[i].value;
}
WEIR_MAP_FN(to_plain_fn, to_plain, struct wide, int64_t,
            .batch = {wide_kernel, wide_kernel, wide_kernel})

static void change_sizes(weir_rt *rt, uint32_t workers)
{
    int64_t item, next = 0;
    (void)workers;
    weir_stream *stream = weir_par_map(weir_range(0, 3000), &to_small_fn, NULL, 4, NULL);
    stream = weir_par_map(stream, &to_wide_fn, NULL, 4, NULL);
    stream = weir_par_map(stream, &to_plain_fn, NULL, 4, NULL);
    while (weir_rt_next(rt, stream, &item, NULL) == WEIR_READY)
        assert_int_equal(item, next++);
    assert_int_equal(next, 3000);
    assert_int_equal(astray, 0);
    weir_drop(stream);
}

static void results_have_room(void **state)
{
    (void)state;
    everywhere(change_sizes);
}

/* ---- errors ---- */

static void fail_some(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = TRY; kind < KINDS; kind++) {
        struct shared shared;
        weir_error error;
        int64_t item = -1;
        shared_begin(&shared);
        shared.fails_every = 7;
        weir_stream *stream = mapped(things_of(100), kind, &shared, workers + 1, NULL);
        for (int64_t i = 0; i < 100; i++) {
            weir_state got = weir_rt_next(rt, stream, &item, &error);
            assert_int_equal(got, i % 7 == 6 ? WEIR_ERROR : WEIR_READY);
            if (got == WEIR_READY) {
                assert_int_equal(item, 2 * i);
                continue;
            }
            assert_int_equal(error.number, i); /* in its place, and only there */
            assert_int_equal(error.code, WEIR_E_USER);
            assert_false(error.fatal);
            assert_true(kind != TRY || error.record == (uint64_t)i + 1);
        }
        assert_int_equal(weir_rt_next(rt, stream, &item, &error), WEIR_END);
        weir_drop(stream);
        shared_end(&shared);
        assert_int_equal(things, 0);
    }
}

static void each_failure_has_its_place(void **state)
{
    (void)state;
    everywhere(fail_some);
}

static int64_t doubled(int64_t item, void *arg)
{
    (void)arg;
    return 2 * item;
}
WEIR_MAP_FN(doubled_fn, doubled, int64_t, int64_t)

static bool doubled_later(int64_t item, int64_t *out, void *arg, weir_error *error)
{
    (void)arg;
    *out = 2 * item;
    return weir_await(weir_sleep(1000), NULL, error) != WEIR_ERROR;
}
WEIR_PAR_MAP_FN(doubled_later_fn, doubled_later, int64_t, int64_t)

static weir_stream *doubled_by(bool waits, weir_stream *source)
{
    return waits ? weir_par_map(source, &doubled_later_fn, NULL, 2, NULL)
                 : weir_par_map(source, &doubled_fn, NULL, 2, NULL);
}

/* It waits, gives nothing, fails and goes on: errors come when they are seen, items in order. */
static void stumble(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (int waits = 0; waits < 2; waits++) {
        struct script script = {0};
        weir_error error;
        int64_t item, sum = 0, errors = 0;
        weir_stream *stream = doubled_by(waits, script_stream(&script, "P* 1 P* P* 2 . !7 3 P* 4"));
        for (weir_state got; (got = weir_rt_next(rt, stream, &item, &error)) != WEIR_END;)
            if (got == WEIR_READY) {
                assert_true(item > sum % 10); /* they rise */
                sum = sum * 10 + item;
            } else {
                assert_int_equal(error.number, 7);
                errors++;
            }
        assert_int_equal(sum, 2468);
        assert_int_equal(errors, 1);
        weir_drop(stream);
        assert_int_equal(script.finis, 1);
    }
}

static void sources_stumble(void **state)
{
    (void)state;
    everywhere(stumble);
}

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

/* ---- refused ---- */

static void refuse(weir_stream *stream, weir_code code, const char *message)
{
    weir_error error;
    assert_int_equal(weir_run(weir_count(stream), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, code);
    if (!strstr(error.message, message))
        fail_msg("%s", error.message);
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    volatile size_t none = 0;
    static struct shared shared;
    struct script script = {0};
    shared_begin(&shared);
    refuse(weir_par_map(things_of(3), &plain_fn, &shared, none, NULL), WEIR_E_ARGUMENT, "limit");
    refuse(weir_par_map(things_of(3), &waiting_fn, &shared, none, NULL), WEIR_E_ARGUMENT, "limit");
    refuse(weir_par_map_of(weir_range(0, 3), WEIR_PAR_PLAIN, &plain_fn, NULL, 1, NULL), WEIR_E_TYPE,
           "par_map");
    refuse(weir_par_map_of(weir_range(0, 3), WEIR_PAR_FIBER, &waiting_fn, NULL, 1, NULL),
           WEIR_E_TYPE, "par_map");
    assert_string_equal(
        trace(weir_par_map(script_stream(&script, "1 2"), &doubled_fn, NULL, 1, NULL), 1),
        "!!ARGUMENT $");
    assert_int_equal(things, 0);
}

/* tasks_max holds where there is no limit. */
static void without_a_limit(void **state)
{
    (void)state;
    struct shared shared;
    uint64_t count;
    weir_error error;
    weir_rt *rt = world_of(&(struct world){"sim", 3, 2});
    shared_begin(&shared);
    shared.nap_ns = 1000000;
    weir_stream *stream = mapped(things_of(300), FIBER, &shared, WEIR_NO_LIMIT, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(stream), &count, NULL), WEIR_READY);
    assert_int_equal(shared.most, 300);
    weir_rt_drop(rt);
    rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .tasks_max = 20), NULL);
    stream = mapped(things_of(300), FIBER, &shared, WEIR_NO_LIMIT, NULL);
    assert_int_equal(weir_rt_run(rt, weir_count(stream), &count, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    weir_rt_drop(rt);
    assert_int_equal(things, 0);
    shared_end(&shared);
}

int task_par_map(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept),
        cmocka_unit_test(unordered_is_complete),
        cmocka_unit_test(few_items_are_few_results),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(local_is_one_worker),
        cmocka_unit_test(batches_are_found),
        cmocka_unit_test(results_have_room),
        cmocka_unit_test(each_failure_has_its_place),
        cmocka_unit_test(sources_stumble),
        cmocka_unit_test(a_drop_waits),
        cmocka_unit_test(a_fiber_keeps_what_it_lent),
        cmocka_unit_test(a_task_waits),
        cmocka_unit_test(a_drain_has_its_time),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(without_a_limit),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
