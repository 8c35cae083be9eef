/* generator: what a function yields, one by one and ahead; its waits, its errors, its end at any
 * point, and what it must not do. The laws of streams are held by tests/contract. */

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "doubles.h"
#include "waits.h"

static size_t stacks_live(void)
{
    weir_stacks_use use = {.size = sizeof use};
    weir_fiber_stats(&use);
    return use.live;
}

static const weir_fiber_options *options(bool ahead)
{
    static weir_fiber_options options;
    options = WEIR_FIBER_OPTIONS(.ahead = ahead);
    return &options;
}

/* ---- the simplest ---- */

static int runs;

static bool keep_squaring(int64_t *n, weir_error *error)
{
    (void)error;
    runs++;
    while (weir_yield(int64_t, *n *= 2))
        ;
    return true;
}
WEIR_GENERATOR_FN(keep_squaring_fn, keep_squaring, int64_t, int64_t)

static void it_gives_what_is_yielded(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++)
        for (size_t demand = 1; demand < 9; demand++) {
            weir_stream *all = weir_generator(&keep_squaring_fn, &(int64_t){4}, options(ahead));
            assert_string_equal(trace(weir_take(all, 4), demand), "8 16 32 64 $");
        }
    assert_int_equal(stacks_live(), 0);
}

static void one_poll_fills_the_demand_ahead_and_not_else(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++) {
        struct test_cx test;
        int64_t items[8];
        test_cx_init(&test);
        weir_stream *all = weir_generator(&keep_squaring_fn, &(int64_t){4}, options(ahead));
        for (int i = 0; i < 3; i++)
            assert_int_equal(weir_poll_next(all, &test.cx, items, 8).n, ahead ? 8 : 1);
        weir_drop(all);
        test_cx_fini(&test);
    }
}

static void nothing_runs_before_the_first_poll(void **state)
{
    (void)state;
    runs = 0;
    weir_drop(weir_generator(&keep_squaring_fn, &(int64_t){4}, NULL));
    assert_int_equal(runs, 0);
    assert_int_equal(stacks_live(), 0);
}

/* ---- a state, waits, memory held over both ---- */

static int freed, states_dropped;

static void free_it(char **held)
{
    free(*held);
    freed++;
}

struct pairs {
    struct script script;
};

static void pairs_drop(void *state)
{
    (void)state;
    states_dropped++;
}

/* Of 0 to 5 the odd ones, each behind the one before it. */
static bool pairs(struct pairs *state, weir_error *error)
{
    char *held __attribute__((cleanup(free_it))) = malloc(10);
    assert_non_null(held);
    weir_stream *source = script_stream(&state->script, "P* 0 1 P* P* 2 3 4 P* 5 P* $");
    int64_t x, last = -1;
    weir_state got;
    while ((got = wait_next(source, &x, error)) == WEIR_READY) {
        if (!weir_pause() || (x & 1 && !weir_yield(struct tracked, tracked_make(last * 10 + x))))
            break;
        last = x;
    }
    weir_drop(source);
    return got != WEIR_ERROR;
}
WEIR_GENERATOR_FN(pairs_fn, pairs, struct pairs, struct tracked, .to = &tracked_type,
                  .drop = pairs_drop)

static void it_waits_between_items(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++)
        assert_string_equal(trace_items(weir_generator(&pairs_fn, NULL, options(ahead)), 3),
                            "1 23 45 $");
}

static void it_is_dropped_at_any_point(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++)
        for (unsigned polls = 0; polls < 30; polls++) {
            static struct test_cx test;
            struct trace trace = {0};
            freed = states_dropped = 0;
            test_cx_init(&test);
            weir_stream *all = weir_generator(&pairs_fn, NULL, options(ahead));
            weir_poll got = {0, WEIR_READY};
            for (unsigned i = 0; i < polls && got.state != WEIR_END; i++) {
                got = trace_poll(&trace, all, &test, 2);
                test_cx_woken(&test);
            }
            weir_drop(all);
            test_cx_fini(&test);
            assert_int_equal(freed, polls > 0);
            assert_int_equal(states_dropped, 1);
            assert_int_equal(stacks_live(), 0);
            assert_int_equal(tracked_live, 0);
            assert_int_equal(test_wakers_live, 0);
        }
}

static bool insists(int64_t *n, weir_error *error)
{
    (void)error;
    while (weir_yield(struct tracked, tracked_make(*n)))
        ++*n;
    for (int i = 0; i < 5; i++)
        if (weir_yield(struct tracked, tracked_make(100 + i)))
            *n = -1;
    return true;
}
WEIR_GENERATOR_FN(insists_fn, insists, int64_t, struct tracked, .to = &tracked_type)

static void what_a_dropped_one_yields_is_dropped(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++) {
        weir_stream *all = weir_generator(&insists_fn, NULL, options(ahead));
        assert_string_equal(trace(weir_take(all, 3), 2), "0 1 2 $");
        assert_int_equal(tracked_live, 0);
    }
}

/* ---- errors ---- */

static bool fails_later(int *how, weir_error *error)
{
    if (!weir_yield(int, 1) || !weir_yield(int, 2))
        return true;
    if (*how == 1)
        weir_error_set(error, WEIR_E_USER, "no third")->number = 3;
    if (*how == 2)
        leave_error(WEIR_E_CORRUPT, "a loop met it");
    return *how == 2;
}
WEIR_GENERATOR_FN(fails_later_fn, fails_later, int, int)

static void errors_come_behind_the_items(void **state)
{
    (void)state;
    static const char *const wanted[] = {"1 2 !!USER $", "1 2 !!3 $", "1 2 !!CORRUPT $"};
    for (int ahead = 0; ahead < 2; ahead++)
        for (int how = 0; how < 3; how++)
            for (size_t demand = 1; demand < 5; demand++)
                assert_string_equal(
                    trace(weir_generator(&fails_later_fn, &how, options(ahead)), demand),
                    wanted[how]);
}

/* ---- large items, aligned ones, lent ones ---- */

struct large {
    char bytes[4096];
    int64_t number;
};

struct wide {
    _Alignas(64) int64_t next;
};

static bool gives_large(struct wide *state, weir_error *error)
{
    (void)error;
    assert_int_equal((uintptr_t)state % 64, 0);
    for (; state->next < 5; state->next++)
        if (!weir_yield(struct large, {.number = state->next}))
            break;
    return true;
}
WEIR_GENERATOR_FN(gives_large_fn, gives_large, struct wide, struct large)

static int64_t number_of(struct large item, void *arg)
{
    (void)arg;
    return item.number;
}
WEIR_MAP_FN(number_of_fn, number_of, struct large, int64_t)

static void items_may_be_large(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++) {
        weir_stream *all = weir_generator(&gives_large_fn, NULL, options(ahead));
        assert_string_equal(trace(weir_map(all, &number_of_fn, NULL), 2), "0 1 2 3 4 $");
    }
}

static bool lends(char *text, weir_error *error)
{
    (void)error;
    for (*text = 'a'; *text < 'd'; ++*text)
        if (!weir_yield(weir_line, {text, 1}))
            break;
    return true;
}
WEIR_GENERATOR_FN(lends_fn, lends, char, weir_line)

static void what_is_lent_is_given_one_by_one(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++)
        assert_string_equal(trace(weir_generator(&lends_fn, NULL, options(ahead)), 3),
                            "'a' 'b' 'c' $");
}

/* ---- one inside of another ---- */

static bool doubled(weir_stream **source, weir_error *error)
{
    int64_t x;
    weir_state got;
    while ((got = wait_next(*source, &x, error)) == WEIR_READY)
        if (!weir_yield(int64_t, x) || !weir_yield(int64_t, x))
            break;
    return got != WEIR_ERROR;
}

static void source_drop(void *source)
{
    weir_drop(*(weir_stream **)source);
}
WEIR_GENERATOR_FN(doubled_fn, doubled, weir_stream *, int64_t, .drop = source_drop)

static weir_stream *doubled_again(weir_stream *source, bool ahead)
{
    return weir_generator(&doubled_fn, &source, options(ahead));
}

static void they_stand_in_each_other(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 4; ahead++)
        for (unsigned polls = 0; polls < 20; polls++) {
            struct script script = {0};
            struct trace trace = {.no_pending = true, .polls_max = 100};
            static struct test_cx test;
            test_cx_init(&test);
            weir_stream *source = script_stream(&script, "1 P* 2 P* P*");
            weir_stream *all = doubled_again(doubled_again(source, ahead & 1), ahead & 2);
            weir_poll got = {0, WEIR_READY};
            for (unsigned i = 0; i < polls && got.state != WEIR_END; i++) {
                got = trace_poll(&trace, all, &test, 3);
                test_cx_woken(&test);
            }
            if (got.state == WEIR_END)
                assert_string_equal(trace.text, "1 1 1 1 2 2 2 2 $");
            weir_drop(all);
            test_cx_fini(&test);
            assert_int_equal(script.finis, 1);
            assert_int_equal(stacks_live(), 0);
        }
}

/* ---- without memory ---- */

struct big {
    char bytes[8000];
};

static bool gives_one(struct big *state, weir_error *error)
{
    (void)error;
    bool wanted = weir_yield(int64_t, sizeof *state);
    return wanted || state;
}

static void big_drop(void *state)
{
    (void)state;
    states_dropped++;
}
WEIR_GENERATOR_FN(gives_one_fn, gives_one, struct big, int64_t, .drop = big_drop)

static void a_state_is_dropped_where_there_is_no_room_for_it(void **state)
{
    (void)state;
    struct big big = {{0}};
    memory_begin(1, true);
    states_dropped = 0;
    assert_string_equal(trace(weir_generator(&gives_one_fn, &big, NULL), 1), "!!MEMORY");
    assert_int_equal(memory.failed, 1);
    assert_int_equal(states_dropped, 1);
    weir_fiber_options huge = WEIR_FIBER_OPTIONS(.stack_bytes = SIZE_MAX);
    memory.fail_at = 0, memory.fail_after = false;
    assert_string_equal(trace(weir_generator(&gives_one_fn, &big, &huge), 1), "!!MEMORY $");
    assert_int_equal(states_dropped, 2);
    assert_string_equal(trace(weir_generator(&gives_one_fn, &big, NULL), 1), "8000 $");
    assert_int_equal(states_dropped, 3);
    assert_int_equal(memory_end(), 0);
    assert_int_equal(stacks_live(), 0);
}

/* ---- misuse ---- */

static struct test_cx test;
static int64_t out[8];

static void poll_once(weir_stream *stream)
{
    test_cx_init(&test);
    weir_ignore(weir_poll_next(stream, &test.cx, out, 2));
}

enum { CARELESS_AT = __LINE__ + 5 };
static bool careless(int64_t *n, weir_error *error)
{
    (void)error;
    for (;; ++*n)
        if (weir_yield(int64_t, *n))
            *n += 1;
    return true;
}
WEIR_GENERATOR_FN(careless_fn, careless, int64_t, int64_t)

static void goes_on_for_ever(void)
{
    weir_stream *all = weir_generator(&careless_fn, NULL, NULL);
    poll_once(all);
    weir_drop(all);
}

enum { SHORT_AT = __LINE__ + 4 };
static bool wrong_size(int64_t *n, weir_error *error)
{
    (void)error;
    return weir_yield(short, (short)*n);
}
WEIR_GENERATOR_FN(wrong_size_fn, wrong_size, int64_t, int64_t)

static void yields_a_short(void)
{
    poll_once(weir_generator(&wrong_size_fn, NULL, NULL));
}

static bool wrong_name(int64_t *n, weir_error *error)
{
    (void)error;
    return weir_yield(int64_t, *n) && weir_yield(double, (double)*n);
}
WEIR_GENERATOR_FN(wrong_name_fn, wrong_name, int64_t, int64_t)

static void yields_a_double(void)
{
    poll_once(weir_generator(&wrong_name_fn, NULL, &WEIR_FIBER_OPTIONS(.ahead = true)));
}

static int64_t yielding(int64_t x, void *arg)
{
    (void)arg;
    return weir_yield(int64_t, x) ? x : 0;
}
WEIR_MAP_FN(yielding_fn, yielding, int64_t, int64_t)

static bool inside(int64_t *n, weir_error *error)
{
    weir_stream *source = weir_map(weir_range(0, 3), &yielding_fn, NULL);
    return wait_next(source, n, error) == WEIR_READY;
}
WEIR_GENERATOR_FN(inside_fn, inside, int64_t, int64_t)

static void yields_inside_of_a_poll(void)
{
    poll_once(weir_generator(&inside_fn, NULL, NULL));
}

static bool no_generator(int64_t *n, int64_t *item, weir_error *error)
{
    (void)item, (void)error;
    return weir_yield(int64_t, *n);
}
WEIR_FIBER_FN(no_generator_fn, no_generator, int64_t, int64_t)

static void a_fiber_yields(void)
{
    poll_once(weir_fiber(&no_generator_fn, NULL, NULL));
}

static void nobody_yields(void)
{
    if (weir_yield(int64_t, 1))
        out[0] = 1;
}

static weir_stream *own;

static bool drops_itself(int64_t *n, weir_error *error)
{
    (void)n, (void)error;
    weir_drop(own);
    return true;
}
WEIR_GENERATOR_FN(drops_itself_fn, drops_itself, int64_t, int64_t)

static void drops_its_own_stream(void)
{
    poll_once(own = weir_generator(&drops_itself_fn, NULL, NULL));
}

static bool polls_itself(int64_t *n, weir_error *error)
{
    return wait_next(own, n, error) == WEIR_READY;
}
WEIR_GENERATOR_FN(polls_itself_fn, polls_itself, int64_t, int64_t)

static void polls_its_own_stream(void)
{
    poll_once(own = weir_generator(&polls_itself_fn, NULL, NULL));
}

static bool dies_at(void (*what)(void), int line, const char *format)
{
    char sentence[200];
    snprintf(sentence, sizeof sentence, format, line);
    return dies_saying(what, sentence);
}

static void what_it_must_not_do_is_named(void **state)
{
    (void)state;
    assert_true(dies_at(goes_on_for_ever, CARELESS_AT,
                        "generator.c:%d though it was dropped: look at what weir_yield and "
                        "weir_await answer"));
    assert_true(dies_saying(goes_on_for_ever, "careless goes on at "));
    assert_true(dies_saying(yields_a_short, "wrong_size yields 'int16_t' (2 bytes) at "));
    assert_true(dies_at(yields_a_short, SHORT_AT,
                        "generator.c:%d, but its WEIR_GENERATOR_FN says 'int64_t' (8 bytes): "
                        "weir_yield(int64_t, ...)"));
    assert_true(dies_saying(yields_a_double, "wrong_name yields 'double' (8 bytes) at "));
    assert_true(
        dies_saying(yields_inside_of_a_poll, "inside yields inside of a poll, in yielding ("));
    assert_true(dies_saying(a_fiber_yields, "no_generator yields in no_generator ("));
    assert_true(dies_saying(a_fiber_yields, "), but is no generator: make it with "
                                            "WEIR_GENERATOR_FN"));
    assert_true(dies_saying(nobody_yields, "weir_yield was called in nobody_yields ("));
    assert_true(dies_saying(nobody_yields, "), where no generator runs: it belongs in a function "
                                           "of WEIR_GENERATOR_FN"));
    assert_true(dies_saying(drops_its_own_stream, "drops_itself drops itself"));
    assert_true(dies_saying(polls_its_own_stream, "polls_itself polls itself"));
}

int task_generator(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_gives_what_is_yielded),
        cmocka_unit_test(one_poll_fills_the_demand_ahead_and_not_else),
        cmocka_unit_test(nothing_runs_before_the_first_poll),
        cmocka_unit_test(it_waits_between_items),
        cmocka_unit_test(it_is_dropped_at_any_point),
        cmocka_unit_test(what_a_dropped_one_yields_is_dropped),
        cmocka_unit_test(errors_come_behind_the_items),
        cmocka_unit_test(items_may_be_large),
        cmocka_unit_test(what_is_lent_is_given_one_by_one),
        cmocka_unit_test(they_stand_in_each_other),
        cmocka_unit_test(a_state_is_dropped_where_there_is_no_room_for_it),
        cmocka_unit_test(what_it_must_not_do_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
