/* crew: each item goes to one member, whatever they do; they end with the source, by themselves, or
 * as was said. */

#include "bodies.h"

/* ---- bodies ---- */

enum { MEMBERS_MAX = 20 };

struct crew {
    struct shared shared;
    _Atomic unsigned members, most, returned;
    _Atomic unsigned had[MEMBERS_MAX]; /* items, of each member in the order they began */
    unsigned leaves_after;             /* a member has so many items, and breaks; 0: all */
    int64_t fails_at;                  /* the member that has this item fails; -1: none */
    bool idle;                         /* it never looks at its items */
};

static void crew_begin(struct crew *crew)
{
    memset((void *)crew, 0, sizeof *crew);
    shared_begin(&crew->shared);
    crew->fails_at = -1;
}

static void crew_end(struct crew *crew)
{
    assert_int_equal(crew->members, crew->returned);
    shared_end(&crew->shared);
}

static bool handle_all(weir_stream *items, struct crew *crew, weir_error *error)
{
    unsigned self = crew->members++, n = 0;
    bool well = true;
    if (crew->idle)
        weir_drop(items);
    weir_for_await (struct thing, thing, crew->idle ? weir_empty(&thing_type) : items) {
        int64_t value = thing.value;
        enter(&crew->shared, value);
        well = stay_waiting(&crew->shared, crew->shared.nap_ns, error);
        thing_end(thing);
        leave(&crew->shared);
        crew->had[self % MEMBERS_MAX]++;
        if (well && value == crew->fails_at) {
            weir_error_set(error, WEIR_E_USER, "item %d", (int)value)->number = (int)value;
            well = false;
        }
        if (!well || ++n == crew->leaves_after)
            break;
    }
    crew->returned++;
    return well;
}

WEIR_TRY_CREW_FN(handle_fn, struct thing, items, struct crew *, crew, error)
{
    return handle_all(items, crew, error);
}

WEIR_CREW_FN(numbers_fn, int64_t, items, struct crew *, crew)
{
    crew->members++;
    weir_for_await (int64_t, item, items) {
        enter(&crew->shared, item);
        leave(&crew->shared);
    }
    crew->returned++;
}

static weir_stream *crew_of(weir_stream *source, struct crew *crew, size_t n,
                            const weir_par_options *how)
{
    volatile size_t members = n;
    return weir_crew(weir_map(source, &thing_made_fn, NULL), &handle_fn, crew, members, how);
}

/* ---- all of them ---- */

static void share_out(weir_rt *rt, uint32_t workers)
{
    for (size_t members = 1; members < 12; members += 5)
        for (int n = 0; n < 200; n = n * 3 + 1) {
            struct crew crew;
            crew_begin(&crew);
            crew.shared.nap_ns = n % 2 ? 1000 : 0;
            weir_stream *all = crew_of(weir_range(0, n), &crew, members + workers, NULL);
            assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
            assert_int_equal(crew.members, members + workers);
            assert_int_equal(crew.shared.ended, n);
            for (int i = 0; i < n; i++)
                assert_int_equal(crew.shared.times[i], 1);
            crew_end(&crew);
            assert_int_equal(things, 0);
        }
}

static void each_item_is_one_members(void **state)
{
    (void)state;
    everywhere(share_out);
}

/* Who handles items is who is free, and all of them are at work where there is enough. */
static void all_have_some(weir_rt *rt, uint32_t workers)
{
    struct crew crew;
    (void)workers;
    crew_begin(&crew);
    crew.shared.nap_ns = 1000000;
    crew.shared.until = 7;
    assert_int_equal(weir_rt_run(rt, crew_of(weir_range(0, 70), &crew, 7, NULL), NULL, NULL),
                     WEIR_READY);
    assert_int_equal(crew.shared.most, 7);
    for (int i = 0; i < 7; i++)
        assert_true(crew.had[i] > 0);
    crew_end(&crew);
}

static void all_members_work(void **state)
{
    (void)state;
    everywhere(all_have_some);
}

static void run_numbers(weir_rt *rt, uint32_t workers)
{
    struct crew crew;
    (void)workers;
    crew_begin(&crew);
    weir_stream *all = weir_crew(weir_range(0, 300), &numbers_fn, &crew, 3, NULL);
    assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
    assert_int_equal(crew.shared.ended, 300);
    crew_end(&crew);
}

static void a_body_may_not_fail(void **state)
{
    (void)state;
    everywhere(run_numbers);
}

/* ---- claims ---- */

/* Nothing is taken that nobody waits for. */
static void count_taken(weir_rt *rt, uint32_t workers)
{
    struct script script = {.exact = true, .hinted = true};
    struct crew crew;
    (void)workers;
    crew_begin(&crew);
    crew.leaves_after = 2;
    crew.shared.nap_ns = 1000;
    weir_stream *source = script_stream(&script, "1 2 P* 3 4 5 P* 6 # 7 8");
    assert_int_equal(weir_rt_run(rt, crew_of(source, &crew, 3, NULL), NULL, NULL), WEIR_READY);
    assert_int_equal(crew.shared.ended, 6);
    assert_int_equal(script.given, 6);
    crew_end(&crew);
}

static void nothing_is_taken_before_it_is_wanted(void **state)
{
    (void)state;
    everywhere(count_taken);
}

/* All are gone, and the source would never give another one. */
static void leave_source(weir_rt *rt, uint32_t workers)
{
    static const struct {
        const char *script;
        unsigned leaves_after, members, ended;
        bool idle;
    } rows[] = {{"1 2 3 P~", 1, 3, 3, false}, {"P~", 0, 4, 0, true}, {"1 P* 2 P~", 1, 2, 2, false}};
    (void)workers;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script script = {0};
        struct crew crew;
        crew_begin(&crew);
        crew.leaves_after = rows[i].leaves_after;
        crew.idle = rows[i].idle;
        weir_stream *source = script_stream(&script, rows[i].script);
        weir_stream *all = crew_of(source, &crew, rows[i].members, NULL);
        assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
        assert_int_equal(crew.shared.ended, rows[i].ended);
        crew_end(&crew);
        assert_int_equal(script.finis, 1);
    }
}

static void it_is_over_when_all_have_left(void **state)
{
    (void)state;
    everywhere(leave_source);
}

/* Fewer may begin than there are: those that have are given their items meanwhile, and each that
 * returns lets another one begin. */
static void run_limited(weir_rt *rt, size_t most, const char *text, unsigned leaves_after,
                        unsigned ended)
{
    enum { MEMBERS = 8 };
    struct script script = {0};
    struct crew crew;
    size_t running;
    weir_par_limit *limit = weir_par_limit_new(most);
    crew_begin(&crew);
    crew.leaves_after = leaves_after;
    crew.shared.nap_ns = 1000;
    weir_stream *all =
        crew_of(script_stream(&script, text), &crew, MEMBERS, &WEIR_PAR_OPTIONS(.limit = limit));
    assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
    assert_int_equal(crew.members, MEMBERS);
    assert_int_equal(crew.shared.ended, ended);
    assert_true(crew.shared.most <= most);
    crew_end(&crew);
    assert_int_equal(weir_par_limit_get(limit, &running), most);
    assert_int_equal(running, 0);
    weir_par_limit_drop(limit);
}

static void begin_few(weir_rt *rt, uint32_t workers)
{
    static const size_t limits[] = {1, 3, 8, 9};
    (void)workers;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
        run_limited(rt, limits[i], "1 2 P* 3 4 5 P* 6 7 8 9 10 11", 0, 11);
        run_limited(rt, limits[i], "1 2 3 4 P* 5 6 7 8 P~", 1, 8);
        run_limited(rt, limits[i], "", 0, 0);
    }
}

static void a_limit_lets_few_begin(void **state)
{
    (void)state;
    everywhere(begin_few);
}

/* ---- failures ---- */

static void fail_one(weir_rt *rt, uint32_t workers)
{
    for (int how = 0; how < 2; how++)
        for (size_t members = 1; members < 8; members += 3) {
            struct crew crew;
            weir_error error;
            (void)workers;
            crew_begin(&crew);
            crew.fails_at = 12;
            crew.shared.nap_ns = 100000;
            weir_stream *all = crew_of(weir_range(0, 1000), &crew, members,
                                       &WEIR_PAR_OPTIONS(.stop = (weir_stop_how)how));
            assert_int_equal(weir_rt_run(rt, all, NULL, &error), WEIR_ERROR);
            assert_int_equal(error.number, 12);
            assert_int_equal(error.more, 0);
            assert_in_range(error.record, 1, members); /* the member */
            assert_true(error.fatal);
            assert_true(crew.shared.begun < 500);
            crew_end(&crew);
            assert_int_equal(things, 0);
        }
}

static void a_members_failure_ends_it(void **state)
{
    (void)state;
    everywhere(fail_one);
}

static void fail_source(weir_rt *rt, uint32_t workers)
{
    static const char *const scripts[] = {"1 2 !5 3 4", "1 2 P* !!5", "!5", "1 2 !5 !6 3"};
    (void)workers;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
        struct script script = {0};
        struct crew crew;
        weir_error error;
        crew_begin(&crew);
        weir_stream *all = crew_of(script_stream(&script, scripts[i]), &crew, 3, NULL);
        assert_int_equal(weir_rt_run(rt, all, NULL, &error), WEIR_ERROR);
        if (error.number != 5)
            fail_msg("%s", WEIR_ERROR_TEXT(&error));
        assert_int_equal(crew.shared.ended, script.given);
        crew_end(&crew);
    }
}

static void sources_fail(void **state)
{
    (void)state;
    everywhere(fail_source);
}

/* ---- ends ---- */

struct moment {
    int pauses;
    weir_stop_how how;
    bool endless;
};

static bool run_crew(struct moment *moment, bool *out, weir_error *error)
{
    struct crew crew;
    struct script script = {0};
    crew_begin(&crew);
    crew.shared.nap_ns = 10000;
    weir_stream *source =
        moment->endless ? weir_range(0, 1000) : script_stream(&script, "1 2 3 4 5 P~");
    *out = true;
    weir_await(crew_of(source, &crew, 3, &WEIR_PAR_OPTIONS(.stop = moment->how)), NULL, error);
    crew_end(&crew); /* which stands on this stack */
    return true;
}
WEIR_FIBER_FN(run_crew_fn, run_crew, struct moment, bool)

static bool cancel_crew(struct moment *moment, bool *out, weir_error *error)
{
    weir_stream *task = weir_spawn(weir_fiber(&run_crew_fn, moment, NULL));
    *out = true;
    for (int i = 0; i < moment->pauses; i++)
        if (!weir_pause())
            return false;
    weir_cancel(task);
    weir_await(task, NULL, error);
    return true;
}
WEIR_FIBER_FN(cancel_crew_fn, cancel_crew, struct moment, bool)

static void cancel_at_moments(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (int pauses = 0; pauses < 24; pauses++) {
        struct moment moment = {pauses, (weir_stop_how)(pauses % 2), pauses / 2 % 2};
        assert_int_equal(weir_rt_run(rt, weir_fiber(&cancel_crew_fn, &moment, NULL), NULL, NULL),
                         WEIR_READY);
        assert_int_equal(things, 0);
    }
}

static void it_is_cancelled_at_any_moment(void **state)
{
    (void)state;
    everywhere(cancel_at_moments);
}

/* By the chain that it stands in, or by who awaits it. */
static bool await_a_while(struct crew **crew, bool *out, weir_error *error)
{
    struct script script = {0};
    weir_stream *all = crew_of(script_stream(&script, "1 2 3 4 P~"), *crew, 3, NULL);
    *out = weir_await(weir_timeout(all, 1000000), NULL, error) == WEIR_ERROR;
    crew_end(*crew);
    assert_int_equal(script.finis, 1);
    return true;
}
WEIR_FIBER_FN(await_a_while_fn, await_a_while, struct crew *, bool)

static void drop_everywhere(weir_rt *rt, uint32_t workers)
{
    (void)workers;
    for (int how = 0; how < 3; how++) {
        struct crew crew, *same = &crew;
        struct script script = {0};
        crew_begin(&crew);
        crew.shared.nap_ns = 10000;
        weir_stream *all;
        if (how == 2) {
            all = weir_fiber(&await_a_while_fn, &same, NULL);
        } else {
            all = crew_of(script_stream(&script, "1 2 3 4 P~"), &crew, 3,
                          &WEIR_PAR_OPTIONS(.stop = (weir_stop_how)how));
            all = weir_drain(weir_take_until(all, weir_sleep(1000000)));
        }
        assert_int_equal(weir_rt_run(rt, all, NULL, NULL), WEIR_READY);
        crew_end(&crew);
        assert_int_equal(things, 0);
    }
}

static void it_is_dropped_by_anybody(void **state)
{
    (void)state;
    everywhere(drop_everywhere);
}

static void drop_runtime(weir_rt *rt, uint32_t workers)
{
    (void)rt;
    for (int turns = 0; turns < 8; turns++) {
        static struct crew crew;
        crew_begin(&crew);
        crew.shared.nap_ns = 1000000000000;
        weir_rt *own = world_of(&(struct world){replay.driver, replay.seed, workers});
        assert_true(weir_rt_spawn(own, crew_of(weir_range(0, 50), &crew, 5, NULL)));
        for (int i = 0; i < turns; i++)
            assert_true(weir_worker_turn(weir_rt_worker(own), 0));
        weir_rt_drop(own);
        crew_end(&crew);
        assert_int_equal(things, 0);
    }
}

static void a_runtime_goes(void **state)
{
    (void)state;
    everywhere(drop_runtime);
}

/* The source does not end, and is told to: those at work have so long. */
static void a_drain_has_its_time(void **state)
{
    (void)state;
    for (int cancels = 0; cancels < 2; cancels++) {
        struct crew crew;
        weir_error error;
        weir_rt *rt = world_of(&(struct world){"sim", 5, 3});
        const weir_sys *sys = weir_rt_sys(rt);
        crew_begin(&crew);
        crew.shared.nap_ns = 1000000000;
        crew.fails_at = 0;
        crew.shared.first_ns = 0;
        weir_par_options how =
            WEIR_PAR_OPTIONS(.drain_ns = 200000000, .stop = cancels ? WEIR_CANCEL : WEIR_DRAIN);
        uint64_t before = sys->now_ns(sys);
        weir_rt_stop(rt);
        weir_rt_run(rt, crew_of(weir_range(0, 50), &crew, 4, &how), NULL, &error);
        uint64_t ms = (sys->now_ns(sys) - before) / 1000000;
        if (cancels)
            assert_true(ms < 20);
        else
            assert_in_range(ms, 200, 250);
        crew_end(&crew);
        weir_rt_drop(rt);
        assert_int_equal(things, 0);
    }
}

/* ---- what was on its way to one who left ---- */

/* Most members have no patience, and go, slowly. */
WEIR_CREW_FN(hasty_fn, uint64_t, items, struct crew *, crew)
{
    bool patient = !crew->members++;
    uint64_t item;
    weir_state got = WEIR_READY;
    while (got == WEIR_READY) {
        weir_stream *next = weir_next(items);
        got = weir_await(patient ? next : weir_timeout(next, 3000), &item, NULL);
        if (got == WEIR_READY)
            crew->shared.times[item]++;
    }
    for (int i = 0; i < 8 && !patient; i++)
        (void)!weir_pause(); /* it still stands in the line */
    weir_drop(items);
    crew->returned++;
}

static void leave_while_served(weir_rt *rt, uint32_t workers)
{
    struct crew crew;
    (void)workers;
    crew_begin(&crew);
    weir_stream *source = weir_take(weir_interval(1000, WEIR_MISSED_BURST), 30);
    assert_int_equal(weir_rt_run(rt, weir_crew(source, &hasty_fn, &crew, 12, NULL), NULL, NULL),
                     WEIR_READY);
    for (int i = 0; i < 30; i++)
        assert_int_equal(crew.shared.times[i], 1);
    crew_end(&crew);
}

static void no_item_goes_with_who_leaves(void **state)
{
    (void)state;
    everywhere(leave_while_served);
}

/* ---- memory ---- */

static bool run_without(unsigned long fail_at)
{
    struct crew crew;
    weir_error error;
    memory_begin(0, false);
    weir_rt *rt = world_of(&(struct world){"sim", 3, 2});
    crew_begin(&crew);
    crew.shared.nap_ns = 1000;
    memory.fail_at = memory.calls + fail_at;
    weir_state state = weir_rt_run(rt, crew_of(weir_range(0, 10), &crew, 3, NULL), NULL, &error);
    bool failed = memory.failed;
    weir_rt_drop(rt);
    assert_int_equal(memory_end(), 0);
    assert_true(state == WEIR_READY ? crew.shared.ended == 10 : error.code == WEIR_E_MEMORY);
    crew_end(&crew);
    assert_int_equal(things, 0);
    return failed;
}

static void each_allocation_fails(void **state)
{
    (void)state;
    unsigned long fail_at = 1;
    while (run_without(fail_at))
        assert_true(++fail_at < 1000);
    assert_true(fail_at > 10);
}

/* ---- what is refused ---- */

static void what_is_wrong_is_refused(void **state)
{
    (void)state;
    weir_error error;
    struct crew crew;
    crew_begin(&crew);
    static const size_t wrong[] = {0, 65537, WEIR_NO_LIMIT};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        weir_stream *all = crew_of(weir_range(0, 9), &crew, wrong[i], NULL);
        assert_int_equal(weir_run(all, NULL, &error), WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_ARGUMENT);
        assert_non_null(strstr(error.message, "crew"));
    }
    weir_stream *other = weir_crew(weir_range(0, 3), &handle_fn, &crew, 2, NULL);
    assert_int_equal(weir_run(other, NULL, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TYPE);
    assert_string_equal(trace(crew_of(weir_range(0, 3), &crew, 2, NULL), 1), "!!ARGUMENT $");
    crew_end(&crew);
    assert_int_equal(things, 0);
}

int task_crew(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_item_is_one_members),
        cmocka_unit_test(all_members_work),
        cmocka_unit_test(a_body_may_not_fail),
        cmocka_unit_test(nothing_is_taken_before_it_is_wanted),
        cmocka_unit_test(it_is_over_when_all_have_left),
        cmocka_unit_test(a_limit_lets_few_begin),
        cmocka_unit_test(a_members_failure_ends_it),
        cmocka_unit_test(sources_fail),
        cmocka_unit_test(it_is_cancelled_at_any_moment),
        cmocka_unit_test(it_is_dropped_by_anybody),
        cmocka_unit_test(a_runtime_goes),
        cmocka_unit_test(a_drain_has_its_time),
        cmocka_unit_test(no_item_goes_with_who_leaves),
        cmocka_unit_test(each_allocation_fails),
        cmocka_unit_test(what_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, bodies_setup, rig_teardown);
}
