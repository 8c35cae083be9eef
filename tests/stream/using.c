/* using: opened when it is asked for, closed once. */

#include "stages.h"

/* Counts to five; fails at `bad`, 0: when it is opened. */
struct plan {
    int64_t bad;
    bool says; /* the error sets its own words */
    unsigned opened, closed;
};

struct counter {
    struct plan *plan;
    int64_t next;
};

static bool counter_open(struct counter *self, void *arg, weir_error *error)
{
    assert_null(self->plan); /* zero bytes */
    self->plan = arg;
    self->next = 1;
    self->plan->opened++;
    if (self->plan->bad == 0 && self->plan->says)
        weir_error_set(error, WEIR_E_SYSTEM, "cannot be opened")->number = 2;
    return self->plan->bad != 0;
}

static weir_state counter_next(struct counter *self, struct tracked *out, weir_error *error)
{
    if (self->next == 6)
        return WEIR_END;
    if (self->next == self->plan->bad) {
        if (self->plan->says)
            weir_error_set(error, WEIR_E_USER, "it is bad")->number = self->next;
        return WEIR_ERROR;
    }
    *out = tracked_make(self->next++);
    return WEIR_READY;
}

static void counter_close(struct counter *self)
{
    self->plan->closed++;
}
WEIR_RESOURCE_FN(counter_fn, counter_open, counter_next, counter_close, struct counter,
                 struct tracked, OF_TRACKED)

static struct plan plan;

static weir_stream *opened(int64_t bad, bool says)
{
    plan = (struct plan){.bad = bad, .says = says};
    return weir_using(&counter_fn, &plan);
}

static void expect(weir_stream *stream, size_t demand, const char *text, unsigned opens,
                   unsigned closes)
{
    assert_string_equal(trace(stream, demand), text);
    assert_int_equal(plan.opened, opens);
    assert_int_equal(plan.closed, closes);
    assert_int_equal(tracked_live, 0);
}

static void test_closed_once(void **state)
{
    (void)state;
    for (size_t demand = 1; demand <= 64; demand *= 8) {
        expect(opened(-1, false), demand, "1 2 3 4 5 $", 1, 1);
        expect(opened(3, true), demand, "1 2 !!3 $", 1, 1);
        expect(opened(3, false), demand, "1 2 !!USER $", 1, 1);
        expect(weir_take(opened(-1, false), 2), demand, "1 2 $", 1, 1);
    }
}

static void test_not_opened(void **state)
{
    (void)state;
    expect(opened(0, true), 1, "!!2 $", 1, 0);
    expect(opened(0, false), 64, "!!USER $", 1, 0);
    expect(weir_take(opened(-1, false), 0), 1, "$", 0, 0);
}

/* At the error, and at the end: not when the chain is dropped some time later. */
static void test_when(void **state)
{
    (void)state;
    struct test_cx test;
    struct trace seen = {0};
    test_cx_init(&test);
    weir_stream *stream = opened(3, true);
    trace_poll(&seen, stream, &test, 64);
    assert_string_equal(seen.text, "1 2");
    assert_int_equal(plan.closed, 1);
    weir_drop(stream);
    stream = opened(-1, true);
    trace_poll(&seen, stream, &test, 64);
    assert_int_equal(plan.closed, 1);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* Views into the state: one at a time, whatever is asked for. */
struct text {
    char line[2];
};

static bool text_open(struct text *self, void *arg, weir_error *error)
{
    (void)arg, (void)error;
    self->line[0] = 'a';
    return true;
}

static weir_state text_next(struct text *self, weir_line *out, weir_error *error)
{
    (void)error;
    *out = (weir_line){self->line, 1};
    return self->line[0]++ < 'd' ? WEIR_READY : WEIR_END;
}

static void text_close(struct text *self)
{
    self->line[0] = '?';
}
WEIR_RESOURCE_FN(text_fn, text_open, text_next, text_close, struct text, weir_line)

static void test_lent(void **state)
{
    (void)state;
    assert_string_equal(trace(weir_own(weir_using(&text_fn, NULL)), 64), "'b' 'c' 'd' $");
}

int stage_using(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_closed_once),
                                       cmocka_unit_test(test_not_opened),
                                       cmocka_unit_test(test_when), cmocka_unit_test(test_lent)};
    return cmocka_run_group_tests_name("using", tests, NULL, NULL);
}
