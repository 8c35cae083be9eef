/* scopes: whatever way the block is left by, nothing that was spawned in it is there on the next
 * line; each clean-up has run once, before what it borrows went. */

#include "scoped.h"

/* ---- every way out ---- */

enum { CHILDREN = 5 };
static __thread int waits; /* a child pauses for 100 of each */

static void spawn_some(weir_scope *scope, int64_t *sum)
{
    for (int i = 0; i < CHILDREN; i++)
        weir_scope_spawn(scope, child_of(100 * waits * (i + 1), 0, sum));
}

/* Nothing runs before somebody waits; in a simulation the order is drawn. */
static bool let_them_begin(void)
{
    for (int i = waits ? 19 : 0; i < 20; i++)
        if (!weir_pause())
            return false;
    return true;
}

static bool at_its_end(int64_t *sum)
{
    weir_scope (s)
        spawn_some(&s, sum);
    return !alive && finished == CHILDREN;
}

static bool by_continue(int64_t *sum)
{
    bool behind = false;
    for (int i = 0; i < 2; i++) {
        weir_scope (s) {
            spawn_some(&s, sum);
            if (i >= 0)
                continue;
            behind = true;
        }
        if (alive || finished != (i + 1) * CHILDREN)
            return false;
    }
    return !behind;
}

static bool by_break(int64_t *sum)
{
    for (int i = 0; i < 2; i++) {
        weir_scope (s) {
            spawn_some(&s, sum);
            if (!let_them_begin())
                return false;
            break;
        }
        if (alive)
            return false;
    }
    return finished == (waits ? 0 : 2 * CHILDREN);
}

static int returns(int64_t *sum)
{
    weir_scope (s) {
        spawn_some(&s, sum);
        if (let_them_begin())
            return alive;
    }
    return -1;
}

static bool by_return(int64_t *sum)
{
    return returns(sum) == (waits ? CHILDREN : 0) && !alive;
}

static bool by_goto(int64_t *sum)
{
    weir_scope (outer) {
        spawn_some(&outer, sum);
        weir_scope (inner) {
            spawn_some(&inner, sum);
            goto out;
        }
    }
    return false;
out:
    return !alive && !finished;
}

static bool never_begun(int64_t *sum)
{
    weir_scope (s) {
        spawn_some(&s, sum);
        break;
    }
    return !alive && !finished;
}

static bool nested(int64_t *sum)
{
    weir_scope (outer) {
        spawn_some(&outer, sum);
        weir_scope (inner)
            spawn_some(&inner, sum);
        if (finished < CHILDREN)
            return false;
    }
    return !alive && finished == 2 * CHILDREN;
}

static bool empty(int64_t *sum)
{
    (void)sum;
    int n = 0;
    weir_scope (s)
        n++;
    weir_scope (s)
        break;
    return n == 1;
}

static bool a_loop_inside(int64_t *sum)
{
    weir_scope (s)
        weir_for_await (int64_t, i, weir_range(0, CHILDREN))
            weir_scope_spawn(&s, child_of(waits + (int)i, 0, sum));
    return !alive && finished == CHILDREN;
}

static bool (*const ways[])(int64_t *) = {at_its_end, by_continue, by_break,
                                          by_return,  by_goto,     nested,
                                          empty,      never_begun, a_loop_inside};

/* The first row that is wrong; -1: none. */
static int run_ways(void)
{
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        for (waits = 0; waits < 4; waits++) {
            int64_t sum = 0;
            begin();
            if (!ways[i](&sum) || alive || sum)
                return (int)i;
        }
    }
    return -1;
}

static void every_way_out(void **state)
{
    (void)state;
    assert_int_equal(run_ways(), -1);
    weir_thread_end();
}

static void *ways_on_a_thread(void *wrong)
{
    *(int *)wrong = run_ways();
    weir_thread_end();
    return NULL;
}

static void on_many_threads(void **state)
{
    (void)state;
    enum { THREADS = 3 };
    pthread_t threads[THREADS];
    int wrong[THREADS] = {0};
    if (alone_in_the_world())
        skip();
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, ways_on_a_thread, &wrong[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(wrong[i], -1);
}

static bool ways_in_a_fiber(char *self, int64_t *out, weir_error *error)
{
    (void)self, (void)error;
    *out = run_ways();
    return true;
}
WEIR_FIBER_FN(ways_fn, ways_in_a_fiber, char, int64_t)

static void every_way_out_in_fibers(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        for (uint64_t seed = 0; seed < seeds_of(rig_drivers[i], 20); seed++) {
            int64_t wrong = 0;
            weir_rt *rt =
                weir_rt_new(&WEIR_RT_OPTIONS(.driver = rig_drivers[i], .seed = seed), NULL);
            assert_int_equal(weir_rt_run(rt, weir_fiber(&ways_fn, &(char){0}, NULL), &wrong, NULL),
                             WEIR_READY);
            assert_int_equal(wrong, -1);
            weir_rt_drop(rt);
        }
    }
}

/* ---- errors ---- */

static bool fails_some(int64_t *sum, int64_t *out, weir_error *error)
{
    (void)error;
    *out = 0;
    weir_scope (s) {
        weir_scope_spawn(&s, child_of(3000, 3, sum));
        weir_scope_spawn(&s, child_of(1, 1, sum));
        weir_scope_spawn(&s, child_of(9000, 0, sum));
        weir_scope_spawn(&s, child_of(300, 2, sum));
        if (weir_scope_error(&s))
            return false;
    }
    return true;
}

static bool keeps_its_error(int64_t **sum, int64_t *out, weir_error *error)
{
    return fails_some(*sum, out, error);
}
WEIR_FIBER_FN(keeps_fn, keeps_its_error, int64_t *, int64_t)

static void the_first_error_is_kept(void **state)
{
    (void)state;
    int64_t sum = 0, *at = &sum;
    weir_error error;
    begin();
    assert_true(fails_some(&sum, &(int64_t){0}, NULL));
    assert_int_equal(alive, 0);
    assert_int_equal(finished, 1); /* the rest went on */
    assert_true(weir_take_error(&error));
    assert_int_equal(error.number, 1);
    assert_int_equal(error.more, 2);
    assert_string_equal(error.trail[0], "child");
    assert_false(weir_take_error(&error));
    assert_int_equal(weir_run(weir_fiber(&keeps_fn, &at, NULL), NULL, &error), WEIR_ERROR);
    assert_int_equal(error.number, 1);
    assert_int_equal(sum, 0);
    weir_thread_end();
}

static bool stops_at_the_first(int64_t **sum, int64_t *out, weir_error *error)
{
    weir_scope (s) {
        weir_scope_spawn(&s, child_of(2, 7, *sum));
        for (*out = 0; !weir_scope_error(&s) && *out < 100; ++*out) {
            weir_scope_spawn(&s, child_of(1000, 0, *sum));
            if (!weir_pause())
                return false;
        }
        break;
    }
    return alive == 0 && weir_take_error(error) && error->number == 7 && *out < 100;
}
WEIR_FIBER_FN(stops_fn, stops_at_the_first, int64_t *, int64_t)

static weir_poll is_cancelled(void *arg, weir_cx *cx, void *out, size_t demand)
{
    (void)arg, (void)out, (void)demand;
    return weir_fail(cx, WEIR_E_CANCELLED, "somebody wanted that");
}

static void who_was_cancelled_has_not_failed(void **state)
{
    (void)state;
    int64_t sum = 0, *at = &sum;
    weir_error error;
    begin();
    assert_int_equal(weir_run(weir_fiber(&stops_fn, &at, NULL), NULL, &error), WEIR_READY);
    weir_scope (s)
        weir_scope_spawn(&s, weir_future_fn(&weir_type_i64, is_cancelled, NULL));
    assert_false(weir_take_error(&error));
    weir_thread_end();
}

/* Items are dropped; what is no future, or gives none, is told. */
static void what_can_be_spawned(void **state)
{
    (void)state;
    weir_error error;
    struct script script = {.type = &tracked_type, .one = true}, ends = {.one = true};
    weir_scope (s) {
        weir_scope_spawn(&s, script_stream(&script, "P* 7"));
        weir_scope_spawn(&s, script_stream(&ends, "P* $"));
    }
    assert_int_equal(tracked_live, 0);
    assert_int_equal(script.finis + ends.finis, 2);
    assert_false(weir_take_error(&error));
    weir_scope (s) {
        weir_scope_spawn(&s, weir_range(0, 3));
        assert_int_equal(weir_scope_error(&s)->code, WEIR_E_TYPE);
    }
    assert_true(weir_take_error(&error));
    weir_scope (s)
        weir_scope_spawn(&s, weir_count(weir_take(weir_range(0, 1), 0)));
    (void)!weir_take_error(&error);
    weir_thread_end();
}

/* What is over is gone: a scope that serves for ever does not grow. */
static void those_that_are_over_hold_nothing(void **state)
{
    (void)state;
    int64_t sum = 0;
    size_t held = 0;
    weir_run(weir_sleep(1), NULL, NULL);
    memory_begin(0, false);
    begin();
    weir_scope (s) {
        for (int i = 0; i < 5000; i++) {
            weir_scope_spawn(&s, child_of(1, 0, &sum));
            if (!weir_pause())
                break;
            if (i == 100)
                held = memory.peak_bytes;
        }
        assert_true(memory.peak_bytes <= 2 * held);
    }
    assert_int_equal(finished, 5000);
    weir_thread_end();
    memory_end();
}

static bool opens_inside(int64_t x, void *arg)
{
    (void)x;
    weir_scope (s)
        ++*(int *)arg;
    return true;
}
WEIR_FILTER_FN(inside_fn, opens_inside, int64_t)

static void none_inside_of_a_poll(void **state)
{
    (void)state;
    int ran = 0;
    uint64_t n = 0;
    struct script script = {0};
    weir_stream *filtered = weir_filter(script_stream(&script, "1"), &inside_fn, &ran);
    assert_int_equal(weir_run(weir_count(filtered), &n, NULL), WEIR_READY);
    assert_int_equal(n, 1);
    assert_int_equal(ran, 0);
    weir_thread_end();
}

int task_scope(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_out),
        cmocka_unit_test(every_way_out_in_fibers),
        cmocka_unit_test(on_many_threads),
        cmocka_unit_test(the_first_error_is_kept),
        cmocka_unit_test(who_was_cancelled_has_not_failed),
        cmocka_unit_test(what_can_be_spawned),
        cmocka_unit_test(those_that_are_over_hold_nothing),
        cmocka_unit_test(none_inside_of_a_poll),
    };
    rig_find_drivers();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
