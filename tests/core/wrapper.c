/* The one door: what the wrapper latches, clamps, counts and bounds. */

#include <stdarg.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "doubles.h"

/* A stage that answers what the test tells it to. */
struct puppet {
    weir_stream stream;
    weir_poll answers[8];
    unsigned answers_n;
    unsigned polls;
    size_t demand;
    weir_error error;
    weir_waker_slot slot;
};

static weir_poll puppet_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct puppet *self = (struct puppet *)stream;
    unsigned at = self->polls < self->answers_n ? self->polls : self->answers_n - 1;
    weir_poll got = self->answers[at];
    self->polls++;
    self->demand = demand;
    for (unsigned i = 0; i < got.n; i++)
        ((int64_t *)out)[i] = self->polls;
    if (got.state == WEIR_PENDING)
        return weir_wait(cx, &self->slot, WEIR_WAIT_IO);
    if (got.state == WEIR_ERROR)
        cx->error = self->error;
    return got;
}

static void puppet_fini(weir_stream *stream)
{
    weir_waker_slot_clear(&((struct puppet *)stream)->slot);
}

static const weir_stream_ops puppet_ops = {.size = sizeof puppet_ops,
                                           .name = "puppet",
                                           .poll_next = puppet_poll_next,
                                           .fini = puppet_fini};

static struct puppet *puppet_new(unsigned n, const weir_poll *answers)
{
    weir_stream *stream = weir_source_new(sizeof(struct puppet), &puppet_ops, &weir_type_i64);
    struct puppet *self = (struct puppet *)stream;
    memcpy(self->answers, answers, n * sizeof *answers);
    self->answers_n = n;
    weir_error_set(&self->error, WEIR_E_USER, "the puppet says no");
    return self;
}

static struct test_cx test;
static int64_t out[64];

static weir_poll poll(struct puppet *self, size_t demand)
{
    return weir_poll_next(&self->stream, &test.cx, out, demand);
}

static int setup(void **state)
{
    (void)state;
    test_cx_init(&test);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    test_cx_fini(&test);
    return test_wakers_live != 0;
}

static void end_is_latched(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(2, (weir_poll[]){{1, WEIR_READY}, {2, WEIR_END}});
    assert_int_equal(poll(self, 4).n, 1);
    assert_false(weir_is_done(&self->stream));
    weir_poll got = poll(self, 4);
    assert_int_equal(got.n, 2);
    assert_int_equal(got.state, WEIR_END);
    assert_true(weir_is_done(&self->stream)); /* already: it came with the items */
    for (int i = 0; i < 3; i++) {
        got = poll(self, 4);
        assert_int_equal(got.n, 0);
        assert_int_equal(got.state, WEIR_END);
    }
    assert_int_equal(self->polls, 2);
    assert_int_equal(weir_stage_polls(&self->stream.stage), 2);
    assert_int_equal(weir_stage_n(&self->stream.stage), 3);
    assert_int_equal(weir_size_hint(&self->stream).upper, 0);
    weir_drop(&self->stream);
}

static void nothing_ready_is_called_again(void **state)
{
    (void)state;
    struct puppet *self =
        puppet_new(4, (weir_poll[]){{0, WEIR_READY}, {0, WEIR_READY}, {0, WEIR_READY}, {1, 0}});
    assert_int_equal(poll(self, 1).n, 1);
    assert_int_equal(self->polls, 4);
    assert_int_equal(weir_stage_polls(&self->stream.stage), 1);
    assert_int_equal(test.cx.budget, WEIR_BUDGET - 3);
    weir_drop(&self->stream);
}

static void the_budget_ends_a_turn(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(1, (weir_poll[]){{0, WEIR_READY}});
    weir_poll got = poll(self, 1);
    assert_int_equal(got.state, WEIR_PENDING);
    assert_int_equal(got.n, 0);
    assert_int_equal(self->polls, WEIR_BUDGET + 1);
    assert_int_equal(test.waker->wakes, 1);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_TURN);
    assert_ptr_equal(test.cx.waiting, &self->stream.stage);
    assert_int_equal(weir_stage_waits(&self->stream.stage), 1);
    assert_false(weir_spend(&test.cx));
    weir_drop(&self->stream);
}

static void exact_sources_are_asked_for_one(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(2, (weir_poll[]){{1, WEIR_READY}, {1, WEIR_READY}});
    self->stream.stage.exact = true;
    poll(self, 64);
    assert_int_equal(self->demand, 1);
    poll(self, 64);
    assert_int_equal(self->demand, 1);
    weir_drop(&self->stream);
}

/* Also when they are called again, after nothing. */
static void exact_sources_are_asked_again_for_one(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(2, (weir_poll[]){{0, WEIR_READY}, {1, WEIR_READY}});
    self->stream.stage.exact = true;
    assert_int_equal(poll(self, 64).n, 1);
    assert_int_equal(self->polls, 2);
    assert_int_equal(self->demand, 1);
    weir_drop(&self->stream);
}

static void huge_demands_fit_the_count(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(1, (weir_poll[]){{1, WEIR_READY}});
    poll(self, SIZE_MAX);
    assert_int_equal(self->demand, UINT32_MAX);
    weir_drop(&self->stream);
}

static void pending_says_who_waits(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(1, (weir_poll[]){{0, WEIR_PENDING}});
    weir_stream *top = weir_take(&self->stream, 3);
    assert_int_equal(weir_poll_next(top, &test.cx, out, 1).state, WEIR_PENDING);
    assert_int_equal(test.cx.wait_for, WEIR_WAIT_IO);
    assert_ptr_equal(test.cx.waiting, &self->stream.stage);
    assert_int_equal(test_waker_others(test.waker), 1);
    assert_int_equal(weir_stage_waits(&top->stage), 1);
    weir_drop(top);
    assert_int_equal(test_waker_others(test.waker), 0);
}

static void recoverable_errors_go_on(void **state)
{
    (void)state;
    struct puppet *self =
        puppet_new(3, (weir_poll[]){{0, WEIR_ERROR}, {1, WEIR_READY}, {0, WEIR_END}});
    self->error.fatal = false;
    assert_int_equal(poll(self, 1).state, WEIR_ERROR);
    assert_int_equal(poll(self, 1).state, WEIR_READY);
    assert_int_equal(poll(self, 1).state, WEIR_END);
    weir_drop(&self->stream);
}

static void fatal_errors_end(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(2, (weir_poll[]){{0, WEIR_ERROR}, {1, WEIR_READY}});
    weir_stream *top = weir_take(weir_take(&self->stream, 9), 3);
    assert_int_equal(weir_poll_next(top, &test.cx, out, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.trail_n, 3);
    assert_string_equal(test.cx.error.trail[0], "puppet");
    assert_string_equal(test.cx.error.trail[1], "take");
    assert_int_equal(weir_poll_next(top, &test.cx, out, 1).state, WEIR_END);
    assert_int_equal(self->polls, 1);
    weir_drop(top);
}

static void long_trails_are_cut(void **state)
{
    (void)state;
    struct puppet *self = puppet_new(1, (weir_poll[]){{0, WEIR_ERROR}});
    weir_stream *top = &self->stream;
    for (int i = 0; i < 2 * WEIR_TRAIL_MAX; i++)
        top = weir_take(top, 9);
    assert_int_equal(weir_poll_next(top, &test.cx, out, 1).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.trail_n, WEIR_TRAIL_MAX);
    assert_string_equal(test.cx.error.trail[0], "puppet");
    weir_drop(top);
}

static void skipping_drops_items(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *stream = script_stream(&script, "1 2 3 4 5 $");
    weir_poll got = weir_poll_skip(stream, &test.cx, 3);
    assert_int_equal(got.n, 3);
    assert_int_equal(tracked_live, 0);
    assert_int_equal(test.cx.scratch_used, 0);
    got = weir_poll_skip(stream, &test.cx, 3);
    assert_int_equal(got.n, 2);
    assert_int_equal(weir_poll_skip(stream, &test.cx, 3).state, WEIR_END);
    assert_int_equal(weir_stage_n(&stream->stage), 5);
    weir_drop(stream);
}

/* What must be made to be skipped is asked for as a consumer would. */
static void skipping_makes_no_more_than_the_demand_max(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = script_stream(&script, "1 2 3 4 5 6 7 8 9 $");
    test.cx.demand_max = 4;
    assert_int_equal(weir_poll_skip(stream, &test.cx, UINT32_MAX).n, 4);
    assert_int_equal(script.demand_max, 4);
    weir_drop(stream);
}

static void skipping_without_scratch_fails(void **state)
{
    (void)state;
    struct script script = {0};
    weir_stream *stream = script_stream(&script, "1 $");
    test.cx.scratch_size = 4;
    assert_int_equal(weir_poll_skip(stream, &test.cx, 3).state, WEIR_ERROR);
    assert_int_equal(test.cx.error.code, WEIR_E_LIMIT);
    weir_drop(stream);
}

/* The end stays the end, also where there is no scratch to skip with. */
static void skipping_past_the_end(void **state)
{
    (void)state;
    weir_stream *stream = weir_empty(&weir_type_i64);
    assert_int_equal(weir_poll_next(stream, &test.cx, out, 1).state, WEIR_END);
    test.cx.scratch_used = test.cx.scratch_size;
    assert_int_equal(weir_poll_skip(stream, &test.cx, 1).state, WEIR_END);
    test.cx.scratch_used = 0;
    weir_drop(stream);
}

/* malloc aligns a worker's scratch to 16 bytes; items may need more. */
static void scratch_is_aligned_wherever_it_stands(void **state)
{
    (void)state;
    static const weir_type wide = {.name = "wide", .size = 128, .align = 128};
    unsigned char *whole = test.cx.scratch;
    for (size_t off = 0; off < 128; off += 16) {
        test.cx.scratch = whole + off;
        test.cx.scratch_size = sizeof test.scratch - off;
        size_t demand = 3;
        assert_int_equal((uintptr_t)weir_scratch_items(&test.cx, NULL, &wide, &demand) % 128, 0);
        assert_int_equal((uintptr_t)weir_scratch_take(&test.cx, 1, 64) % 64, 0);
        assert_true(test.cx.scratch_used <= test.cx.scratch_size);
        weir_scratch_give(&test.cx, 0);
    }
    test.cx.scratch = whole;
}

static void fini_log_add(weir_stream *stream);
static char fini_log[16];

static const weir_stream_ops logging_ops = {.size = sizeof logging_ops,
                                            .name = "logging",
                                            .poll_next = puppet_poll_next,
                                            .fini = fini_log_add};

static void fini_log_add(weir_stream *stream)
{
    size_t n = strlen(fini_log);
    fini_log[n] = (char)('0' + weir_stage_waits(&stream->stage));
    fini_log[n + 1] = '\0';
}

static void drop_goes_from_the_consumer_to_the_source(void **state)
{
    (void)state;
    weir_stream *chain = weir_source_new(0, &logging_ops, &weir_type_i64);
    for (unsigned i = 1; i < 4; i++) {
        chain = weir_stream_new(chain, 0, &logging_ops, &weir_type_i64);
        chain->stage.waits = i;
    }
    weir_drop(chain);
    assert_string_equal(fini_log, "3210");
    weir_drop((weir_stream *)NULL);
}

static void demands_double(void **state)
{
    (void)state;
    uint32_t demand = 0;
    size_t wanted[] = {1, 2, 4, 8, 16, 32, 64, 64, 64};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        assert_int_equal(weir_demand_next(&test.cx, &demand), wanted[i]);
    test.cx.demand_max = 5;
    demand = 0;
    assert_int_equal(weir_demand_next(&test.cx, &demand), 1);
    assert_int_equal(weir_demand_next(&test.cx, &demand), 2);
    assert_int_equal(weir_demand_next(&test.cx, &demand), 4);
    assert_int_equal(weir_demand_next(&test.cx, &demand), 5);
    test.cx.demand_max = UINT32_MAX;
    for (unsigned i = 0; i < 40; i++)
        assert_int_not_equal(weir_demand_next(&test.cx, &demand), 0);
    assert_int_equal(demand, UINT32_MAX);
}

static void held_errors_are_given_once(void **state)
{
    (void)state;
    weir_error room;
    weir_held_error slot = {.error = &room};
    weir_fail(&test.cx, WEIR_E_LIMIT, "number %d", 5);
    weir_held_error_keep(&slot, &test.cx);
    weir_fail(&test.cx, WEIR_E_USER, "another");
    assert_true(slot.held);
    assert_int_equal(weir_held_error_give(&slot, &test.cx).state, WEIR_ERROR);
    assert_false(slot.held);
    assert_string_equal(test.cx.error.message, "number 5");
}

int core_wrapper(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(end_is_latched),
        TEST(nothing_ready_is_called_again),
        TEST(the_budget_ends_a_turn),
        TEST(exact_sources_are_asked_for_one),
        TEST(exact_sources_are_asked_again_for_one),
        TEST(huge_demands_fit_the_count),
        TEST(pending_says_who_waits),
        TEST(recoverable_errors_go_on),
        TEST(fatal_errors_end),
        TEST(long_trails_are_cut),
        TEST(skipping_drops_items),
        TEST(skipping_makes_no_more_than_the_demand_max),
        TEST(skipping_without_scratch_fails),
        TEST(skipping_past_the_end),
        TEST(scratch_is_aligned_wherever_it_stands),
        TEST(drop_goes_from_the_consumer_to_the_source),
        TEST(demands_double),
        TEST(held_errors_are_given_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
