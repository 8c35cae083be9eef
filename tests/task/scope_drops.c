/* scopes in scopes, that are dropped at any moment: the whole tree is gone when the drop returns.
 */

#include "scoped.h"

#include "task/executor.h"
#include "task/worker.h"
#include "waits.h"

static bool tree_over;

/* ---- from the futures themselves ---- */

struct spawner {
    weir_scope
        *scope;
    int depth;
    int64_t *sum;
};
static weir_stream *spawner_of(weir_scope *scope, int depth, int64_t *sum);

static bool spawns_more(struct spawner *self, int64_t *out, weir_error *error)
{
    (void)error;
    *out = 0;
    for (int i = 0; i < 2; i++) {
        if (self->depth)
            weir_scope_spawn(self->scope, spawner_of(self->scope, self->depth - 1, self->sum));
        if (!weir_pause()) { /* dropped: what it spawns now is dropped too */
            weir_scope_spawn(self->scope, child_of(1, 0, self->sum));
            return false;
        }
    }
    weir_scope (mine) {
        weir_scope_spawn(&mine, child_of(self->depth, 0, self->sum));
        weir_scope_spawn(&mine, child_of(1, 0, self->sum));
    }
    return true;
}
WEIR_FIBER_FN(spawner_fn, spawns_more, struct spawner, int64_t)

static weir_stream *spawner_of(weir_scope *scope, int depth, int64_t *sum)
{
    struct spawner state = {scope, depth, sum};
    return weir_fiber(&spawner_fn, &state, NULL);
}

static bool a_tree(int64_t **sum, int64_t *out, weir_error *error)
{
    (void)error;
    *out = 0;
    weir_scope (s) {
        weir_scope_spawn(&s, spawner_of(&s, 3, *sum));
        weir_scope_spawn(&s, child_of(2, 0, *sum));
    }
    *out = alive;
    tree_over = true;
    return true;
}
WEIR_FIBER_FN(tree_fn, a_tree, int64_t *, int64_t)

static void they_spawn_more(void **state)
{
    (void)state;
    int64_t sum = 0, *at = &sum, left = 1;
    begin();
    assert_int_equal(weir_run(weir_fiber(&tree_fn, &at, NULL), &left, NULL), WEIR_READY);
    assert_int_equal(left, 0);
    assert_int_equal(finished, 1 + 2 * (1 + 2 + 4 + 8));
    weir_thread_end();
}

/* ---- dropped ---- */

struct assassin {
    int turns;
    int64_t *sum;
    weir_stream *handle;
};

/* The whole tree is gone when the drop returns. True: it was over before. */
static bool drops_after_turns(struct assassin *self, bool *out, weir_error *error)
{
    (void)error;
    for (int i = 0; i < self->turns; i++)
        if (!weir_pause())
            return false;
    *out = tree_over;
    weir_drop(weir_abort_on_drop(self->handle));
    if (alive || *self->sum)
        test_abort("%d are alive", alive);
    return true;
}
WEIR_FIBER_FN(assassin_fn, drops_after_turns, struct assassin, bool)

static bool drop_after(const char *driver, uint64_t seed, int turns)
{
    int64_t sum = 0, *at = &sum;
    bool over = false;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = driver, .seed = seed), NULL);
    begin();
    tree_over = false;
    struct assassin state = {turns, &sum, NULL};
    state.handle = weir_worker_spawn(weir_rt_worker(rt), weir_fiber(&tree_fn, &at, NULL));
    assert_int_equal(weir_rt_run(rt, weir_fiber(&assassin_fn, &state, NULL), &over, NULL),
                     WEIR_READY);
    weir_rt_drop(rt);
    return over;
}

static void dropped_at_every_wait(void **state)
{
    (void)state;
    int dropped = 0;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        for (uint64_t seed = 0; seed < seeds_of(rig_drivers[i], 50); seed++) {
            int turns = 0; /* of a simulation some are drawn */
            while (!drop_after(rig_drivers[i], seed, turns))
                turns++;
            dropped += turns;
        }
    }
    assert_true(dropped > 100);
}

static weir_stream *deeper_of(int depth, int64_t *sum);

static bool goes_deeper(struct spawner *self, int64_t *out, weir_error *error)
{
    (void)error;
    *out = 0;
    weir_scope (s) {
        weir_scope_spawn(&s, child_of(1 << 20, 0, self->sum));
        if (self->depth)
            weir_scope_spawn(&s, deeper_of(self->depth - 1, self->sum));
    }
    return true;
}
WEIR_FIBER_FN(deeper_fn, goes_deeper, struct spawner, int64_t)

static weir_stream *deeper_of(int depth, int64_t *sum)
{
    struct spawner state = {NULL, depth, sum};
    return weir_fiber(&deeper_fn, &state, NULL);
}

/* Each drops the next one on a stack of its own. */
static void nested_ever_deeper(void **state)
{
    (void)state;
    enum { DEPTH = 300 };
    int64_t sum = 0;
    begin();
    weir_scope (s) {
        weir_scope_spawn(&s, deeper_of(DEPTH, &sum));
        while (alive <= DEPTH)
            if (!weir_pause())
                break;
        break;
    }
    assert_int_equal(alive, 0);
    assert_int_equal(sum, 0);
    weir_thread_end();
}

/* A runtime that goes drops the tasks in an order of its own. */
static void a_runtime_goes(void **state)
{
    (void)state;
    for (int turns = 0; turns < 6; turns++) {
        int64_t sum = 0, *at = &sum;
        weir_rt *rt = rig_rt(rig_drivers[0]);
        begin();
        for (int i = 0; i < 5; i++)
            weir_drop(weir_worker_spawn(weir_rt_worker(rt), weir_fiber(&tree_fn, &at, NULL)));
        for (int turn = 0; turn < turns; turn++)
            assert_true(weir_worker_turn(weir_rt_worker(rt), 0));
        weir_rt_drop(rt);
        assert_int_equal(alive, 0);
        assert_int_equal(sum, 0);
    }
}

static bool opens_one_dropped(int64_t *ran, int64_t *out, weir_error *error)
{
    *out = 0;
    if (weir_pause())
        return true;
    weir_scope (s)
        ++*ran;
    return weir_take_error(error) && error->code == WEIR_E_CANCELLED;
}

static bool opens_late(int64_t **ran, int64_t *out, weir_error *error)
{
    return opens_one_dropped(*ran, out, error);
}
WEIR_FIBER_FN(late_fn, opens_late, int64_t *, int64_t)

static void none_in_a_fiber_that_was_dropped(void **state)
{
    (void)state;
    int64_t ran = 0, *at = &ran;
    struct party *party = party_of(weir_fiber(&late_fn, &at, NULL));
    says(party, 1, "P");
    party_drop(party);
    assert_int_equal(ran, 0);
}

/* ---- what cannot be ---- */

static weir_stream *parent;

static bool cancels_its_parent(char *self, int64_t *out, weir_error *error)
{
    (void)self, (void)error;
    *out = 0;
    weir_cancel(parent);
    return true;
}
WEIR_FIBER_FN(patricide_fn, cancels_its_parent, char, int64_t)

static bool has_such_a_child(char *self, int64_t *out, weir_error *error)
{
    (void)self, (void)error;
    *out = 0;
    weir_scope (s)
        weir_scope_spawn(&s, weir_fiber(&patricide_fn, &(char){0}, NULL));
    return true;
}
WEIR_FIBER_FN(victim_fn, has_such_a_child, char, int64_t)

static void is_ended_from_within(void)
{
    parent = weir_spawn(weir_fiber(&victim_fn, &(char){0}, NULL));
    weir_run(weir_sleep(1000000000), NULL, NULL);
}

static void ended_by_one_of_its_own(void **state)
{
    (void)state;
    assert_true(dies_saying(is_ended_from_within,
                            "has_such_a_child is ended, in its weir_scope, by one of the futures"));
}

static void *spawns_elsewhere(void *scope)
{
    weir_scope_spawn(scope, weir_sleep(1));
    return NULL;
}

static void is_spawned_elsewhere(void)
{
    pthread_t thread;
    weir_scope (s) {
        pthread_create(&thread, NULL, spawns_elsewhere, &s);
        pthread_join(thread, NULL);
    }
}

static void spawned_by_another_thread(void **state)
{
    (void)state;
    if (!WEIR_CHECKS)
        skip();
    assert_true(
        dies_saying(is_spawned_elsewhere,
                    "is_spawned_elsewhere is given a future for its weir_scope by another"));
}

/* Nothing will ever happen: in a simulation that is known. */
static bool waits_for_ever(int64_t **sum, int64_t *out, weir_error *error)
{
    (void)error;
    *out = 0;
    weir_scope (s) {
        weir_scope_spawn(&s, child_of(1, 0, *sum));
        weir_scope_spawn(&s, weir_pending(&weir_type_i64));
    }
    return true;
}
WEIR_FIBER_FN(for_ever_fn, waits_for_ever, int64_t *, int64_t)

static void what_never_ends(void **state)
{
    (void)state;
    int64_t sum = 0, *at = &sum;
    weir_error error;
    weir_rt *rt = rig_rt("sim");
    begin();
    assert_int_equal(weir_rt_run(rt, weir_fiber(&for_ever_fn, &at, NULL), NULL, &error),
                     WEIR_ERROR);
    assert_int_equal(finished, 1);
    assert_int_equal(alive, 0);
    weir_rt_drop(rt);
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned after = 0; after < 2; after++) {
        for (unsigned k = 1;; k++) {
            int64_t sum = 0, *at = &sum;
            weir_error error;
            begin();
            memory_begin(k, after);
            weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "epoll"), &error);
            weir_state got =
                rt ? weir_rt_run(rt, weir_fiber(&tree_fn, &at, NULL), NULL, &error) : WEIR_ERROR;
            assert_int_equal(alive, 0);
            assert_int_equal(sum, 0);
            weir_rt_drop(rt);
            bool all = !memory.failed;
            assert_true(got == WEIR_READY ? all || finished : !all);
            assert_true(got == WEIR_READY || !rt || error.code == WEIR_E_MEMORY);
            assert_int_equal(memory_end(), 0);
            if (all)
                break;
        }
    }
    memory.failed = 0;
}

int task_scope_drops(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_spawn_more),
        cmocka_unit_test(dropped_at_every_wait),
        cmocka_unit_test(a_runtime_goes),
        cmocka_unit_test(nested_ever_deeper),
        cmocka_unit_test(none_in_a_fiber_that_was_dropped),
        cmocka_unit_test(ended_by_one_of_its_own),
        cmocka_unit_test(spawned_by_another_thread),
        cmocka_unit_test(what_never_ends),
        cmocka_unit_test(without_memory),
    };
    rig_find_drivers();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
