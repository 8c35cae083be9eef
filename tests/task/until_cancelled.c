/* until_cancelled: a stream ends, a future fails, whatever it waits for; nothing else changes. */

#include "party.h"

#include "../driver/rig.h"
#include "weir/cancel.h"

static weir_token *token;

static int begin(void **state)
{
    (void)state;
    test_clock_begin();
    token = weir_token_new(NULL);
    return 0;
}

static int end(void **state)
{
    (void)state;
    weir_token_drop(token);
    return test_wakers_live;
}

static struct party *over(struct script *script, const char *text)
{
    return party_of(weir_until_cancelled(script_stream(script, text), token));
}

/* The place in the line goes with each of them. */
static void a_stream_ends_where_it_stands(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    struct party *party = over(&script, "1 2 P 3 P~");
    says(party, 1, "1");
    says(party, 4, "2");
    says(party, 4, "P");
    assert_int_equal(doubles_wake_one(), 1);
    says(party, 4, "3");
    says(party, 4, "P");
    says(party, 4, "P"); /* with another waker */
    weir_token_cancel(token);
    assert_int_equal(party_wakes(party), 1);
    unsigned polls = script.polls;
    says(party, 4, "$");
    says(party, 4, "$");
    assert_int_equal(script.polls, polls);
    assert_true(weir_stage_was_cut(&party->stream->stage));
    party_drop(party);
    assert_int_equal(script.finis, 1);
    assert_int_equal(tracked_live, 0);
}

static void items_that_are_there_are_not_taken(void **state)
{
    (void)state;
    struct script script = {0};
    struct party *party = over(&script, "1 2 3");
    says(party, 1, "1");
    weir_token_cancel(token);
    says(party, 1, "$");
    party_drop(party);
    party = over(&script, "#");
    says(party, 1, "$"); /* not even asked */
    party_drop(party);
}

static void a_future_owes_an_answer(void **state)
{
    (void)state;
    struct script script = {.one = true};
    struct party *party = over(&script, "P* 7");
    assert_true(party->stream->stage.one);
    says(party, 1, "P");
    says(party, 1, "7");
    says(party, 1, "$");
    weir_token_cancel(token); /* it comes too late */
    says(party, 1, "$");
    party_drop(party);
    party = over(&script, "P 7");
    says(party, 1, "!!CANCELLED");
    party_drop(party);
}

static void a_deadline_is_a_timeout(void **state)
{
    (void)state;
    struct script script = {.one = true};
    struct party *party = over(&script, "P~");
    says(party, 1, "P");
    weir_token_deadline(token, 30);
    assert_int_equal(party_wakes(party), 1);
    says(party, 1, "P");
    test_clock_to(29);
    assert_int_equal(party_wakes(party), 0);
    test_clock_to(30);
    assert_int_equal(party_wakes(party), 1);
    says(party, 1, "!!TIMEOUT");
    party_drop(party);
    party = over(&script, "#");
    says(party, 1, "!!TIMEOUT");
    party_drop(party);
}

/* What never waits is cut by the clock of its turns. */
static void a_deadline_without_a_wait(void **state)
{
    (void)state;
    struct script script = {0};
    struct party *party = over(&script, "1 2 3");
    weir_token_deadline(token, 30);
    says(party, 1, "1");
    test_cx_turn(&party->test);
    party->test.cx.now_ns = 29;
    int64_t item;
    assert_int_equal(weir_poll_next(party->stream, &party->test.cx, &item, 1).n, 1);
    party->test.cx.now_ns = 30;
    weir_poll got = weir_poll_next(party->stream, &party->test.cx, &item, 1);
    assert_true(got.n == 0 && got.state == WEIR_END);
    party->test.cx.now_ns = 0;
    party_drop(party);
}

/* The task still says what it waits for. */
static void it_waits_for_what_its_source_does(void **state)
{
    (void)state;
    struct script script = {0};
    struct party *party = party_of(
        weir_until_cancelled(weir_count(weir_until_cancelled(weir_sleep(50), token)), token));
    says(party, 1, "P");
    assert_int_equal(party->test.cx.wait_for, WEIR_WAIT_TIMER);
    assert_string_equal(weir_stage_name(party->test.cx.waiting), "sleep");
    party_drop(party);
    party = over(&script, "!7 1 !!8");
    says(party, 1, "!7");
    says(party, 1, "1");
    says(party, 1, "!!8");
    party_drop(party);
}

/* In a runtime, on each driver: sleeps are cut, by others and by the clock. */
static bool cancels(weir_token **self, int64_t *out, weir_error *error)
{
    *out = 0;
    if (weir_await(weir_sleep(1000), NULL, error) != WEIR_READY)
        return false;
    weir_token_cancel(*self);
    return true;
}
WEIR_FIBER_FN(cancels_fn, cancels, weir_token *, int64_t)

/* It is set while somebody waits, with the waker that is stored already. */
static bool hurries(weir_token **self, int64_t *out, weir_error *error)
{
    *out = 0;
    if (weir_await(weir_sleep(1000), NULL, error) != WEIR_READY)
        return false;
    weir_token_deadline(*self, weir_now_ns() + 1000);
    return true;
}
WEIR_FIBER_FN(hurries_fn, hurries, weir_token *, int64_t)

static void in_a_runtime(void **state)
{
    (void)state;
    for (size_t i = 0; i < rig_drivers_n; i++) {
        weir_error error;
        weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = rig_drivers[i]), &error);
        weir_token *below = weir_token_new(token), *timed = weir_token_new(token);
        assert_true(weir_rt_spawn(rt, weir_fiber(&cancels_fn, &below, NULL)));
        weir_stream *forever = weir_sleep(UINT64_MAX);
        assert_int_equal(weir_rt_run(rt, weir_until_cancelled(forever, below), NULL, &error),
                         WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_CANCELLED);
        weir_token_deadline(timed, weir_rt_sys(rt)->now_ns(weir_rt_sys(rt)) + 1000);
        forever = weir_sleep(UINT64_MAX);
        assert_int_equal(weir_rt_run(rt, weir_until_cancelled(forever, timed), NULL, &error),
                         WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        weir_token *later = weir_token_new(token);
        assert_true(weir_rt_spawn(rt, weir_fiber(&hurries_fn, &later, NULL)));
        forever = weir_sleep(UINT64_MAX);
        assert_int_equal(weir_rt_run(rt, weir_until_cancelled(forever, later), NULL, &error),
                         WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_TIMEOUT);
        weir_rt_drop(rt);
        weir_token_drop(below);
        weir_token_drop(timed);
        weir_token_drop(later);
    }
}

/* What was read until then is no whole input: it is said. */
static void a_cut_is_told(void **state)
{
    (void)state;
    weir_error error;
    uint64_t n;
    weir_token_cancel(token);
    weir_stream *count = weir_count(weir_until_cancelled(weir_range(0, 9), token));
    assert_int_equal(weir_run(count, &n, &error), WEIR_READY);
    assert_int_equal(error.code, WEIR_E_STOPPED);
    weir_thread_end();
}

int task_until_cancelled(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_stream_ends_where_it_stands, begin, end),
        cmocka_unit_test_setup_teardown(items_that_are_there_are_not_taken, begin, end),
        cmocka_unit_test_setup_teardown(a_future_owes_an_answer, begin, end),
        cmocka_unit_test_setup_teardown(a_deadline_is_a_timeout, begin, end),
        cmocka_unit_test_setup_teardown(a_deadline_without_a_wait, begin, end),
        cmocka_unit_test_setup_teardown(it_waits_for_what_its_source_does, begin, end),
        cmocka_unit_test_setup_teardown(in_a_runtime, begin, end),
        cmocka_unit_test_setup_teardown(a_cut_is_told, begin, end),
    };
    rig_find_drivers();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
