/* par_for_each: every item is handled once; the first failure in the items' order ends it, the rest
 * ends as was said, and is counted. */

#include "bodies.h"

/* ---- the three kinds of functions ---- */

static void plain(struct thing thing, void *arg)
{
    enter(arg, thing.value);
    thing_end(thing);
    leave(arg);
}
WEIR_EACH_FN(plain_fn, plain, struct thing, .of = &thing_type)

static uint64_t nap_of(const struct shared *shared, int64_t item)
{
    return shared->first_ns && item == 0 ? shared->first_ns : shared->nap_ns;
}

/* What fails does so after its nap. */
static bool handle(struct thing thing, struct shared *shared, weir_error *error)
{
    int64_t item = thing.value;
    enter(shared, item);
    bool stays = stay_waiting(shared, nap_of(shared, item), error);
    thing_end(thing);
    leave(shared);
    return stays && !is_to_fail(shared, item, error);
}

WEIR_TRY_PAR_FN(waiting_numbers, int64_t, item, struct shared *, shared, error)
{
    return handle(thing_of(item), shared, error);
}

WEIR_PAR_FN(patient_numbers, int64_t, item, struct shared *, shared)
{
    weir_error ignored;
    handle(thing_of(item), shared, &ignored);
}

struct later {
    struct thing thing;
    struct shared *shared;
};

static bool later_run(struct later *later, bool *out, weir_error *error)
{
    *out = true;
    return handle(later->thing, later->shared, error);
}
WEIR_FIBER_FN(later_fn, later_run, struct later, bool)

static weir_stream *future_of(struct thing thing, void *arg)
{
    struct later later = {thing, arg};
    return weir_fiber(&later_fn, &later, NULL);
}
WEIR_THEN_FN(future_fn, future_of, struct thing, bool, .from = &thing_type)

enum kind { PLAIN, FUTURE, TRY_FIBER, FIBER, KINDS };

static weir_stream *each_of(int64_t n, enum kind kind, struct shared *shared, size_t limit,
                            const weir_par_options *how)
{
    switch (kind) {
    case PLAIN:
        return weir_par_for_each(things_of(n), &plain_fn, shared, limit, how);
    case FUTURE:
        return weir_par_for_each(things_of(n), &future_fn, shared, limit, how);
    case TRY_FIBER:
        return weir_par_for_each(weir_range(0, n), &waiting_numbers, shared, limit, how);
    default:
        return weir_par_for_each(weir_range(0, n), &patient_numbers, shared, limit, how);
    }
}

/* ---- all of them ---- */

static void handle_all(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int n = 0; n < 200; n = n * 3 + 1) {
            struct shared shared;
            shared_begin(&shared);
            shared.nap_ns = 1000;
            weir_stream *all = each_of(n, kind, &shared, 1 + 2 * workers, NULL);
            assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
            assert_int_equal(shared.ended, n);
            for (int i = 0; i < n; i++)
                assert_int_equal(shared.times[i], 1);
            shared_end(&shared);
            assert_int_equal(things, 0);
        }
}

static void each_is_handled_once(void **state)
{
    (void)state;
    everywhere(handle_all);
}

static void reach_limit(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = FUTURE; kind < KINDS; kind++)
        for (size_t limit = 1; limit < 12; limit += 5) {
            struct shared shared;
            (void)workers;
            shared_begin(&shared);
            shared.nap_ns = 300000;
            shared.until = (unsigned)limit;
            weir_stream *all = each_of(50, kind, &shared, limit, NULL);
            assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
            assert_int_equal(shared.most, limit);
            shared_end(&shared);
        }
}

static void the_limit_is_exact(void **state)
{
    (void)state;
    everywhere(reach_limit);
}

/* As many as there are workers are one on each: so each may accept on a socket of its own. */
static _Atomic unsigned begun_on[4];

WEIR_TRY_PAR_FN(note_worker, int64_t, item, struct shared *, shared, error)
{
    begun_on[weir_worker_here->index % 4]++;
    return handle(thing_of(item), shared, error);
}

static void one_each(weir_rt *rt, uint32_t workers)
{
    struct shared shared;
    shared_begin(&shared);
    shared.until = workers;
    memset((void *)begun_on, 0, sizeof begun_on);
    weir_stream *all =
        weir_par_for_each(weir_range(0, workers), &note_worker, &shared, workers, NULL);
    assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
    for (uint32_t i = 0; i < workers; i++)
        assert_int_equal(begun_on[i], 1);
    shared_end(&shared);
}

static void those_that_wait_are_spread(void **state)
{
    (void)state;
    on_threads(one_each);
}

static _Atomic size_t kernel_items, kernel_most;

static void kernel(const void *in, size_t n, void *arg)
{
    size_t most = kernel_most;
    (void)arg, (void)in;
    kernel_items += n;
    while (n > most && !atomic_compare_exchange_weak(&kernel_most, &most, n))
        ;
}

static void never(int64_t item, void *arg)
{
    (void)arg, (void)item;
    abort();
}
WEIR_EACH_FN(kernel_fn, never, int64_t, .batch = kernel)

static void use_kernel(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    kernel_items = kernel_most = 0;
    weir_stream *all = weir_par_for_each(weir_range(0, 5000), &kernel_fn, NULL, 4, NULL);
    assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
    assert_int_equal(kernel_items, 5000);
    assert_true(kernel_most > 1 && kernel_most <= 1024);
}

static void kernels_are_used(void **state)
{
    (void)state;
    everywhere(use_kernel);
}

/* ---- failures ---- */

/* Items 6, 13, 20 ... fail; of those that had begun the first one's error is told. */
static void fail_some(weir_rt *rt, uint32_t workers)
{
    for (enum kind kind = FUTURE; kind < FIBER; kind++)
        for (int how = 0; how < 2; how++)
            for (size_t limit = 1; limit <= 40; limit += 13) {
                struct shared shared;
                weir_error error;
                (void)workers;
                shared_begin(&shared);
                shared.fails_every = 7;
                shared.nap_ns = 100000;
                weir_stream *all = each_of(100, kind, &shared, limit,
                                           &WEIR_PAR_OPTIONS(.stop = (weir_stop_how)how));
                assert_int_equal(weir_rt_run(rt, all, NULL, &error), WEIR_ERROR);
                assert_int_equal(error.code, WEIR_E_USER);
                assert_int_equal(error.number % 7, 6);
                assert_int_equal(error.record, error.number + 1);
                unsigned failed = 0;
                for (int i = 6; i < 100; i += 7)
                    failed += shared.times[i];
                assert_true(error.more < failed); /* those that were cancelled are none */
                if (how == WEIR_DRAIN)
                    assert_int_equal(error.number, 6);
                if (how == WEIR_DRAIN)
                    assert_int_equal(error.more, failed - 1);
                assert_int_equal(shared.begun, shared.ended);
                assert_true(shared.begun < 7 + 2 * limit + 1);
                shared_end(&shared);
                assert_int_equal(things, 0);
            }
}

static void the_first_failure_is_told(void **state)
{
    (void)state;
    everywhere(fail_some);
}

/* A source that fails ends it too; what it gave before is handled. */
static void fail_source(weir_rt *rt, uint32_t workers)
{
    for (int plain = 0; plain < 2; plain++) {
        struct script script = {0};
        struct shared shared;
        weir_error error;
        (void)workers;
        shared_begin(&shared);
        weir_stream *source = script_stream(&script, "P* 1 2 P* 3 !5 4 !6 7");
        weir_stream *all = plain ? weir_par_for_each(source, &kernel_fn, NULL, 2, NULL)
                                 : weir_par_for_each(source, &waiting_numbers, &shared, 2, NULL);
        kernel_items = 0;
        assert_int_equal(weir_rt_run(rt, all, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.number, 5);
        assert_int_equal(error.more, 0);
        if (!plain)
            assert_int_equal(shared.ended, shared.begun);
        shared_end(&shared);
    }
}

static void sources_fail(void **state)
{
    (void)state;
    everywhere(fail_source);
}

/* ---- time, on the simulated clock ---- */

static uint64_t ms_with(weir_stop_how how, uint64_t drain_ns, unsigned *ended, bool stops)
{
    struct shared shared;
    weir_error error;
    weir_rt *rt = world_of(&(struct world){"sim", 5, 3});
    const weir_sys *sys = weir_rt_sys(rt);
    shared_begin(&shared);
    shared.first_ns = 1000000;
    shared.nap_ns = 1000000000;
    shared.fails_every = 1;
    uint64_t before = sys->now_ns(sys);
    weir_stream *all = each_of(stops ? 4 : 100, TRY_FIBER, &shared, 4,
                               &WEIR_PAR_OPTIONS(.stop = how, .drain_ns = drain_ns));
    if (stops)
        weir_rt_stop(rt);
    weir_rt_run(rt, all, NULL, &error);
    uint64_t took = sys->now_ns(sys) - before;
    assert_int_equal(error.number, 0); /* the first one failed first */
    *ended = shared.ended;
    shared_end(&shared);
    weir_rt_drop(rt);
    return took / 1000000;
}

static void the_rest_ends_as_was_said(void **state)
{
    (void)state;
    unsigned ended;
    assert_true(ms_with(WEIR_CANCEL, 0, &ended, false) < 20);
    uint64_t ms = ms_with(WEIR_DRAIN, 0, &ended, false);
    assert_true(ms >= 1000 && ms < 1050);
    ms = ms_with(WEIR_DRAIN, 200000000, &ended, false);
    assert_true(ms >= 200 && ms < 250);
}

/* ---- dropped ---- */

struct server {
    enum kind kind;
    int pauses;
    weir_stop_how how;
};

static bool serve(struct server *server, bool *out, weir_error *error)
{
    struct shared shared;
    shared_begin(&shared);
    shared.nap_ns = 1000000;
    weir_stream *all =
        each_of(100, server->kind, &shared, 5, &WEIR_PAR_OPTIONS(.stop = server->how));
    *out = true;
    weir_await(all, NULL, error);
    shared_end(&shared);
    return true;
}
WEIR_FIBER_FN(serve_fn, serve, struct server, bool)

static bool cancel_server(struct server *server, bool *out, weir_error *error)
{
    weir_stream *task = weir_spawn(weir_fiber(&serve_fn, server, NULL));
    *out = true;
    for (int i = 0; i < server->pauses; i++)
        if (!weir_pause())
            return false;
    weir_cancel(task);
    weir_await(task, NULL, error);
    return true;
}
WEIR_FIBER_FN(cancel_server_fn, cancel_server, struct server, bool)

static void cancel_servers(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int pauses = 0; pauses < 8; pauses += 2) {
            struct server server = {kind, pauses, (weir_stop_how)(pauses / 2 % 2)};
            assert_int_equal(
                weir_rt_run(rt, weir_fiber(&cancel_server_fn, &server, NULL), NULL, NULL),
                WEIR_READY);
            assert_int_equal(things, 0);
        }
}

static void a_server_is_cancelled(void **state)
{
    (void)state;
    everywhere(cancel_servers);
}

/* The runtime goes while it runs: so does everything that was begun. */
static void drop_runtime(weir_rt *rt, uint32_t workers)
{
    (void)rt;
    for (enum kind kind = 0; kind < KINDS; kind++)
        for (int turns = 0; turns < 5; turns++) {
            static struct shared shared;
            shared_begin(&shared);
            shared.nap_ns = 1000000000000;
            weir_rt *own = world_of(&(struct world){replay.driver, replay.seed, workers});
            assert_true(weir_rt_spawn(own, each_of(50, kind, &shared, 5, NULL)));
            for (int i = 0; i < turns; i++)
                assert_true(weir_worker_turn(weir_rt_worker(own), 0));
            weir_rt_drop(own);
            shared_end(&shared);
            assert_int_equal(things, 0);
        }
}

static void a_runtime_goes(void **state)
{
    (void)state;
    everywhere(drop_runtime);
}

/* A body's macro sees the C type of an item, not how it is dropped: the source knows that, of those
 * that nobody has begun. */
WEIR_PAR_FN(take_thing, struct thing, thing, struct shared *, shared)
{
    weir_error ignored;
    handle(thing, shared, &ignored);
}

static void drop_unbegun(weir_rt *rt, uint32_t workers)
{
    (void)rt;
    for (int turns = 0; turns < 3; turns++) {
        static struct shared shared;
        shared_begin(&shared);
        shared.nap_ns = 1000000000000;
        weir_rt *own = world_of(&(struct world){replay.driver, replay.seed, workers});
        assert_true(
            weir_rt_spawn(own, weir_par_for_each(things_of(50), &take_thing, &shared, 20, NULL)));
        for (int i = 0; i < turns; i++)
            assert_true(weir_worker_turn(weir_rt_worker(own), 0));
        weir_rt_drop(own);
        shared_end(&shared);
        assert_int_equal(things, 0);
    }
}

static void the_source_knows_its_items(void **state)
{
    (void)state;
    everywhere(drop_unbegun);
}

/* ---- memory ---- */

static bool run_without(enum kind kind, unsigned long fail_at)
{
    struct shared shared;
    weir_error error;
    memory_begin(0, false);
    weir_rt *rt = world_of(&(struct world){"sim", 3, 2});
    shared_begin(&shared);
    shared.nap_ns = 1000;
    memory.fail_at = memory.calls + fail_at;
    weir_stream *all = each_of(10, kind, &shared, 3, NULL);
    weir_state state = weir_rt_run(rt, all, NULL, &error);
    bool failed = memory.failed;
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    assert_true(state == WEIR_READY ? shared.ended == 10 : error.code == WEIR_E_MEMORY);
    shared_end(&shared);
    assert_int_equal(things, 0);
    return failed;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    for (enum kind kind = 0; kind < FIBER; kind++) {
        unsigned long fail_at = 1;
        while (run_without(kind, fail_at))
            assert_true(++fail_at < 1000);
        assert_true(fail_at > 5);
    }
}

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    weir_error error;
    struct shared shared;
    volatile size_t none = 0;
    shared_begin(&shared);
    for (enum kind kind = 0; kind < KINDS; kind++) {
        assert_int_equal(weir_run(each_of(3, kind, &shared, none, NULL), NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        assert_non_null(strstr(error.message, "par_for_each"));
        assert_string_equal(trace(each_of(3, kind, &shared, 1, NULL), 1), "!!ARGUMENT $");
    }
    assert_int_equal(things, 0);
}

int task_par_for_each(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_handled_once),
        cmocka_unit_test(the_limit_is_exact),
        cmocka_unit_test(those_that_wait_are_spread),
        cmocka_unit_test(kernels_are_used),
        cmocka_unit_test(the_first_failure_is_told),
        cmocka_unit_test(sources_fail),
        cmocka_unit_test(the_rest_ends_as_was_said),
        cmocka_unit_test(a_server_is_cancelled),
        cmocka_unit_test(a_runtime_goes),
        cmocka_unit_test(the_source_knows_its_items),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(what_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
