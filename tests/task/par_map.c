/* par_map: everything comes, once and in its place, wherever it was made, and never more at once
 * than was said. */

#include "mapped.h"

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
            shared.until = (unsigned)limit;
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
            assert_int_equal(error.record, i + 1);
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

/* ---- lent items ---- */

static int64_t size_of(weir_owned_line line, void *arg)
{
    (void)arg;
    int64_t size = (int64_t)line.size;
    weir_type_drop_items(&weir_type_owned_line, &line, 1);
    return size;
}
WEIR_MAP_FN(size_of_fn, size_of, weir_owned_line, int64_t)

static int64_t size_of_lent(weir_line line, void *arg)
{
    (void)arg;
    return (int64_t)line.size;
}
WEIR_MAP_FN(size_of_lent_fn, size_of_lent, weir_line, int64_t)

static weir_stream *text(void)
{
    return weir_lines(weir_memory_reader("one\ntwo\n", 8), 100);
}

/* The cure works, whichever of the two was written. */
static void lent_items_are_refused_with_their_cure(void **state)
{
    static const weir_map_fn *const fns[] = {&size_of_lent_fn, &size_of_fn};
    weir_error error;
    uint64_t n = 0;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        weir_stream *sizes = weir_par_map(text(), fns[i], NULL, 2, NULL);
        assert_int_equal(weir_run(weir_count(sizes), NULL, &error), WEIR_ERROR);
        assert_string_equal(
            error.message,
            "par_map hands items to other threads, but 'lines' only lends its 'weir_line'");
        assert_string_equal(error.cure,
                            "weir_own() between them, and let the function take what that gives");
    }
    weir_stream *sizes = weir_par_map(weir_own(text()), &size_of_fn, NULL, 2, NULL);
    assert_int_equal(weir_run(weir_count(sizes), &n, NULL), WEIR_READY);
    assert_int_equal(n, 2);
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
        cmocka_unit_test(what_is_wrong_is_refused),
        cmocka_unit_test(without_a_limit),
        cmocka_unit_test(lent_items_are_refused_with_their_cure),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
