/* tokens: who cancels one cancels all below it, once and for ever, from any thread. */

#include "party.h"

#include "../driver/rig.h"
#include "weir/cancel.h"

static struct party *waiting_for(weir_token *token)
{
    struct party *party = party_of(weir_cancelled(token));
    says(party, 1, "P");
    return party;
}

static void downwards_alone(void **state)
{
    (void)state;
    weir_token *root = weir_token_new(NULL), *left = weir_token_new(root),
               *right = weir_token_new(root), *below = weir_token_new(left);
    struct party *of_root = waiting_for(root), *of_right = waiting_for(right),
                 *of_below = waiting_for(below), *again = waiting_for(below);
    weir_token_cancel(left);
    weir_token_cancel(left);
    assert_true(weir_token_is_cancelled(left) && weir_token_is_cancelled(below));
    assert_false(weir_token_is_cancelled(root) || weir_token_is_cancelled(right));
    assert_int_equal(party_wakes(of_below), 1);
    assert_int_equal(party_wakes(again), 1);
    assert_int_equal(party_wakes(of_root) + party_wakes(of_right), 0);
    says(of_below, 1, "() $");
    says(of_root, 1, "P");
    weir_token *late = weir_token_new(below); /* of one that is cancelled */
    assert_true(weir_token_is_cancelled(late));
    struct party *of_late = party_of(weir_cancelled(late));
    says(of_late, 1, "() $");
    weir_token_cancel(root);
    says(of_root, 1, "() $");
    says(of_right, 1, "() $");
    assert_int_equal(party_wakes(again), 1);
    struct party *all[] = {of_root, of_right, of_below, again, of_late};
    for (size_t i = 0; i < 5; i++)
        party_drop(all[i]);
    weir_token *tokens[] = {root, left, right, below, late};
    for (size_t i = 0; i < 5; i++)
        weir_token_drop(tokens[i]);
    assert_int_equal(test_wakers_live, 0);
}

/* The root goes last, whoever is dropped first; what waits keeps its token. */
static void they_go_with_the_last_that_knows_them(void **state)
{
    (void)state;
    for (int order = 0; order < 6; order++) {
        static const int orders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                         {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
        memory_begin(0, false);
        weir_token *tokens[3] = {weir_token_new(NULL)};
        tokens[1] = weir_token_new(tokens[0]);
        tokens[2] = weir_token_new(tokens[1]);
        struct party *waits = waiting_for(tokens[2]);
        for (int i = 0; i < 3; i++)
            weir_token_drop(tokens[orders[order][i]]);
        assert_int_not_equal(memory.live, 0);
        says(waits, 1, "P");
        party_drop(waits);
        assert_int_equal(memory_end(), 0);
    }
    weir_token *token = weir_token_new(NULL);
    weir_token_drop(weir_token_ref(token));
    weir_token_drop(token);
    weir_token_drop(NULL);
    weir_token_cancel(NULL);
    assert_false(weir_token_is_cancelled(NULL));
    assert_null(weir_token_ref(NULL));
}

static void deep_and_wide(void **state)
{
    (void)state;
    enum { MANY = 100000 };
    weir_token *root = weir_token_new(NULL), *deepest = weir_token_ref(root);
    for (int i = 0; i < MANY; i++) {
        weir_token *below = weir_token_new(deepest);
        weir_token_drop(deepest);
        deepest = below;
    }
    enum { WAITING = 100 };
    struct party *waiting[WAITING];
    for (int i = 0; i < WAITING; i++)
        waiting[i] = waiting_for(deepest);
    weir_token_cancel(root);
    assert_true(weir_token_is_cancelled(deepest));
    for (int i = 0; i < WAITING; i++) {
        assert_int_equal(party_wakes(waiting[i]), 1);
        party_drop(waiting[i]);
    }
    weir_token_drop(deepest);
    weir_token_drop(root);
}

/* ---- while the lines are told ---- */

enum { MANY = 40 };
static weir_token *top, *other;
static struct party *gone[MANY], *of_other;

static void others_leave(void)
{
    for (int i = 1; i < MANY; i++)
        party_drop(gone[i]);
    party_drop(of_other);
    weir_token_drop(other);
}

/* Those whose turn to be woken has not come yet, and a token of theirs, go with the first wake. */
static void dropped_between_wakes(void **state)
{
    (void)state;
    for (int first = 0; first < 2; first++) {
        struct meanwhile meanwhile;
        top = weir_token_new(NULL);
        other = first ? weir_token_new(top) : NULL;
        weir_token *many = weir_token_new(top);
        other = first ? other : weir_token_new(top);
        for (int i = 0; i < MANY; i++)
            gone[i] = waiting_for(many);
        of_other = waiting_for(other);
        when_woken(gone[0], &meanwhile, others_leave);
        weir_token_cancel(top);
        party_drop(gone[0]);
        weir_token_drop(many);
        weir_token_drop(top);
        assert_int_equal(test_wakers_live, 0);
    }
}

static struct party *comes;

static void one_more_comes(void)
{
    weir_token_deadline(top, 50);
    says(comes, 1, "P");
}

/* An earlier deadline, between two handfuls of wakes for another one. */
static void changed_between_wakes(void **state)
{
    (void)state;
    struct meanwhile meanwhile;
    test_clock_begin();
    top = weir_token_new(NULL);
    for (int i = 0; i < 40; i++)
        gone[i] = waiting_for(top);
    comes = party_of(weir_cancelled(top));
    when_woken(gone[0], &meanwhile, one_more_comes);
    weir_token_deadline(top, 100);
    assert_int_equal(party_wakes(comes), 0);
    for (int i = 0; i < 40; i++)
        says(gone[i], 1, "P");
    test_clock_to(50);
    says(comes, 1, "() $");
    for (int i = 0; i < 40; i++) {
        assert_int_not_equal(party_wakes(gone[i]), 0);
        says(gone[i], 1, "() $");
        party_drop(gone[i]);
    }
    party_drop(comes);
    weir_token_drop(top);
    assert_int_equal(test_wakers_live, 0);
}

/* ---- deadlines ---- */

static void the_earliest_deadline_holds(void **state)
{
    (void)state;
    static const struct {
        uint64_t first, parents, last; /* of the child, its parent, the child; 0: none */
        uint64_t at;
    } rows[] = {{70, 0, 0, 70},  {0, 70, 0, 70},  {70, 50, 0, 50}, {50, 70, 0, 50},
                {0, 70, 50, 50}, {50, 0, 70, 50}, {0, 50, 70, 50}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        test_clock_begin();
        weir_token *parent = weir_token_new(NULL), *child = weir_token_new(parent);
        struct party *waits = waiting_for(child), *above = waiting_for(parent);
        if (rows[i].first)
            weir_token_deadline(child, rows[i].first);
        says(waits, 1, "P");
        if (rows[i].parents)
            weir_token_deadline(parent, rows[i].parents);
        says(waits, 1, "P");
        if (rows[i].last)
            weir_token_deadline(child, rows[i].last);
        says(waits, 1, "P");
        test_clock_to(rows[i].at - 1);
        says(waits, 1, "P");
        test_clock_to(rows[i].at);
        assert_int_not_equal(party_wakes(waits), 0);
        says(waits, 1, "() $");
        says(above, 1, rows[i].parents == rows[i].at ? "() $" : "P");
        party_drop(waits);
        party_drop(above);
        weir_token_drop(parent);
        weir_token_drop(child);
        test_clock_begin(); /* no timer is left */
    }
}

/* Nobody waits: it is asked. */
static void a_deadline_is_asked_for(void **state)
{
    (void)state;
    weir_token *token = weir_token_new(NULL), *below = weir_token_new(token);
    weir_token_deadline(token, weir_now_ns() + 1000000000000u);
    assert_false(weir_token_is_cancelled(token) || weir_token_is_cancelled(below));
    weir_token_deadline(below, weir_now_ns());
    assert_true(weir_token_is_cancelled(below));
    assert_false(weir_token_is_cancelled(token));
    weir_token_deadline(token, 0);
    assert_true(weir_token_is_cancelled(token));
    weir_token_drop(token);
    weir_token_drop(below);
    weir_thread_end();
}

static void a_deadline_needs_a_clock(void **state)
{
    (void)state;
    weir_token *token = weir_token_new(NULL);
    weir_token_deadline(token, 100);
    struct party *party = party_of(weir_cancelled(token));
    test_cx_turn(&party->test);
    party->test.cx.timers = NULL;
    weir_poll got = weir_poll_next(party->stream, &party->test.cx, &(char){0}, 1);
    assert_int_equal(got.state, WEIR_ERROR);
    assert_int_equal(party->test.cx.error.code, WEIR_E_ARGUMENT);
    party_drop(party);
    weir_token_drop(token);
}

/* ---- guards ---- */

static bool leave_early(weir_token *token)
{
    weir_token_guard(guard, weir_token_ref(token));
    if (!weir_token_is_cancelled(token))
        return true;
    guard = NULL;
    return false;
}

static void guards(void **state)
{
    (void)state;
    weir_token *token = weir_token_new(NULL), *kept = weir_token_new(NULL);
    assert_true(leave_early(token));
    assert_true(weir_token_is_cancelled(token));
    {
        weir_token_guard(guard, kept);
        guard = NULL;
    }
    assert_false(weir_token_is_cancelled(kept));
    weir_token_drop(token);
    weir_token_drop(kept);
}

static void without_memory(void **state)
{
    (void)state;
    for (unsigned k = 1; k < 7; k++) {
        memory_begin(k, true);
        weir_token *token = weir_token_new(NULL);
        weir_token *below = token ? weir_token_new(token) : NULL;
        struct party *party = party_of(weir_cancelled(below));
        weir_token_cancel(token);
        const char *text = party_polls(party, 1);
        assert_true(!strcmp(text, "() $") || !strcmp(text, "!!MEMORY"));
        party_drop(party);
        weir_token_drop(below);
        weir_token_drop(token);
        assert_int_equal(memory_end(), 0);
    }
    memory.failed = 0;
}

/* ---- threads ---- */

enum { THREADS = 4, ROUNDS = 300 };

/* Makes, waits below, and drops, while the main thread cancels. */
static void *waits_below(void *arg)
{
    weir_token *parent = arg;
    for (;;) {
        weir_token *mine = weir_token_new(parent), *below = weir_token_new(mine);
        bool over = weir_token_is_cancelled(below);
        weir_token_drop(mine);
        if (weir_run(weir_until_cancelled(weir_cancelled(below), mine = weir_token_new(below)),
                     NULL, NULL) == WEIR_END)
            test_abort("a token ends without an answer");
        weir_token_drop(mine);
        weir_token_drop(below);
        if (over)
            break;
    }
    weir_token_drop(parent);
    weir_thread_end();
    return NULL;
}

static void *sets_deadlines(void *arg)
{
    weir_token *parent = arg;
    for (int i = 0; !weir_token_is_cancelled(parent); i++) {
        weir_token *child = weir_token_new(parent);
        weir_token_deadline(child, weir_now_ns() + 100);
        if (weir_run(weir_cancelled(child), NULL, NULL) != WEIR_READY)
            test_abort("a deadline does not come");
        weir_token_drop(child);
        weir_token_deadline(parent, weir_now_ns() + 1000000000000u - 1000 * (uint64_t)i);
    }
    weir_token_drop(parent);
    weir_thread_end();
    return NULL;
}

static void on_many_threads(void **state)
{
    (void)state;
    if (alone_in_the_world())
        skip();
    for (int round = 0; round < ROUNDS; round++) {
        pthread_t threads[THREADS];
        weir_token *root = weir_token_new(NULL);
        for (int i = 0; i < THREADS; i++)
            pthread_create(&threads[i], NULL, i ? waits_below : sets_deadlines,
                           weir_token_new(root));
        for (int i = round % 50; i; i--)
            sched_yield();
        weir_token_cancel(root);
        for (int i = 0; i < THREADS; i++)
            pthread_join(threads[i], NULL);
        weir_token_drop(root);
    }
}

int task_token(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(downwards_alone),
        cmocka_unit_test(they_go_with_the_last_that_knows_them),
        cmocka_unit_test(deep_and_wide),
        cmocka_unit_test(dropped_between_wakes),
        cmocka_unit_test(changed_between_wakes),
        cmocka_unit_test(the_earliest_deadline_holds),
        cmocka_unit_test(a_deadline_is_asked_for),
        cmocka_unit_test(a_deadline_needs_a_clock),
        cmocka_unit_test(guards),
        cmocka_unit_test(without_memory),
        cmocka_unit_test(on_many_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
