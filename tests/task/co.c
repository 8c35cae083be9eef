/* Generators and futures that wait without a stack: what they give, when they run, what is dropped.
 * The laws of every stage are in tests/contract; here is what only these have. */

#include "ways.h"

/* ---- counters ---- */

struct counter {
    int64_t n, last;
    unsigned *ran;
};

static weir_poll count_up(struct counter *self, weir_co *co, int64_t *out)
{
    ++*self->ran;
    weir_co_begin(co);
    while (self->n < self->last)
        weir_co_yield(co, out, ++self->n);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(count_up_fn, count_up, struct counter, int64_t)

static weir_stream *counter(int64_t last, bool ahead)
{
    static unsigned ran;
    return weir_co_generator(&count_up_fn, &(struct counter){0, last, &ran},
                             &WEIR_CO_OPTIONS(.ahead = ahead));
}

static void counts_and_is_lazy(void **state)
{
    (void)state;
    unsigned ran = 0;
    weir_stream *stream =
        weir_co_generator(&count_up_fn, &(struct counter){0, 5, &ran}, &WEIR_CO_OPTIONS(0));
    assert_int_equal(ran, 0);
    assert_true(stream->stage.exact);
    assert_string_equal(trace(stream, 64), "1 2 3 4 5 $");
    assert_int_equal(ran, 6);
    EACH_WAY (ahead, demand)
        assert_string_equal(trace(counter(5, ahead), demand), "1 2 3 4 5 $");
}

/* It comes back from a yield only to give what is asked for. */
static void goes_ahead_as_far_as_it_is_asked(void **state)
{
    (void)state;
    unsigned ran = 0;
    struct test_cx test;
    int64_t out[8];
    test_cx_init(&test);
    weir_stream *stream = weir_co_generator(&count_up_fn, &(struct counter){0, 100, &ran},
                                            &WEIR_CO_OPTIONS(.ahead = true));
    assert_false(stream->stage.exact);
    for (uint32_t n = 1; n <= 8; n++)
        assert_int_equal(weir_poll_next(stream, &test.cx, out, n).n, n);
    assert_int_equal(ran, 8);
    assert_int_equal(out[7], 36);
    weir_drop(stream);
    test_cx_fini(&test);
}

/* ---- waiting between items ---- */

struct waits {
    weir_stream *source;
    int64_t x;
};

static void waits_drop(void *state)
{
    weir_drop(((struct waits *)state)->source);
}

static weir_poll double_them(struct waits *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_next(co, got, self->source, &self->x);
        if (got.state != WEIR_READY)
            break;
        weir_co_yield(co, out, 2 * self->x);
    }
    if (got.state == WEIR_ERROR)
        weir_co_pass(co);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(double_them_fn, double_them, struct waits, int64_t, .drop = waits_drop)

static weir_stream *doubling(weir_stream *source, bool ahead)
{
    return weir_co_generator(&double_them_fn, &(struct waits){source, 0},
                             &WEIR_CO_OPTIONS(.ahead = ahead));
}

static void waits_between_yields(void **state)
{
    (void)state;
    EACH_WAY (ahead, demand) {
        struct script script = {0};
        weir_stream *source = script_stream(&script, "P 1 P 2 P* . 3 P $");
        if (ahead && demand > 1) /* what is in hand goes first, and then it may be there */
            assert_string_equal(trace_items(doubling(source, ahead), demand), "2 4 6 $");
        else
            assert_string_equal(trace(doubling(source, ahead), demand), "P 2 P 4 P 6 P $");
        assert_int_equal(script.finis, 1);
    }
}

/* What is in hand does not wait for what comes behind it. */
static void never_waits_with_items_in_hand(void **state)
{
    (void)state;
    struct script script = {0};
    struct trace got = {.no_wake = true};
    struct test_cx test;
    test_cx_init(&test);
    weir_stream *stream = doubling(script_stream(&script, "1 2 P~"), true);
    assert_int_equal(trace_poll(&got, stream, &test, 64).n, 2);
    assert_int_equal(trace_poll(&got, stream, &test, 64).state, WEIR_PENDING);
    weir_drop(stream);
    test_cx_fini(&test);
}

static void errors_of_what_it_reads(void **state)
{
    (void)state;
    EACH_WAY (ahead, demand) {
        struct script script = {0};
        weir_stream *source = script_stream(&script, "1 2 !!7 3");
        assert_string_equal(trace(doubling(source, ahead), demand), "2 4 !!7 $");
    }
}

/* ---- futures in futures ---- */

struct adds {
    weir_stream *future;
    int64_t x, sum;
};

static void adds_drop(void *state)
{
    weir_drop(((struct adds *)state)->future);
}

static weir_poll add_two(struct adds *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    weir_co_await(co, got, self->future, &self->x);
    assert_null(self->future);
    self->sum = got.n ? self->x : -1;
    if (got.state == WEIR_ERROR)
        weir_co_pass(co);
    self->future = pending_once(weir_once(&weir_type_i64, &(int64_t){30}));
    weir_co_await(co, got, self->future, &self->x);
    weir_co_return(co, out, self->sum + self->x);
    weir_co_end(co);
}
WEIR_CO_FN(add_two_fn, add_two, struct adds, int64_t, .drop = adds_drop)

static const char *add(struct script *script, const char *text)
{
    script->one = true;
    weir_stream *future =
        weir_co(&add_two_fn, &(struct adds){.future = script_stream(script, text)});
    assert_true(future->stage.one);
    return trace(future, 64);
}

static void awaits_futures(void **state)
{
    (void)state;
    struct script script = {0};
    assert_string_equal(add(&script, "P 12 $"), "P P 42 $");
    script.early_end = true;
    assert_string_equal(add(&script, "12 $"), "P 42 $");
    assert_string_equal(add(&script, "P $"), "P P 29 $");
    assert_string_equal(add(&script, "P !!5"), "P !!5 $");
}

static weir_poll gives_nothing(struct counter *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    if (self->last)
        weir_co_return(co, out, self->last);
    weir_co_end(co);
}
WEIR_CO_FN(gives_nothing_fn, gives_nothing, struct counter, int64_t)

static void a_future_may_give_nothing(void **state)
{
    (void)state;
    int64_t out = 0;
    assert_int_equal(weir_run(weir_co(&gives_nothing_fn, NULL), &out, NULL), WEIR_END);
    assert_int_equal(weir_run(weir_co(&gives_nothing_fn, &(struct counter){.last = 3}), &out, NULL),
                     WEIR_READY);
    assert_int_equal(out, 3);
}

/* ---- errors of its own ---- */

static weir_poll two_then_fails(struct counter *self, weir_co *co, int64_t *out)
{
    int third = 3;
    weir_co_begin(co);
    weir_co_yield(co, out, ++self->n);
    weir_co_yield(co, out, ++self->n);
    third = (int)self->n + 1;
    weir_co_fail(co, WEIR_E_USER, "there is no %d", third);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(two_then_fails_fn, two_then_fails, struct counter, int64_t)

static void fails_after_its_items(void **state)
{
    (void)state;
    EACH_WAY (ahead, demand) {
        struct trace got = {0};
        struct test_cx test;
        test_cx_init(&test);
        weir_stream *stream =
            weir_co_generator(&two_then_fails_fn, NULL, &WEIR_CO_OPTIONS(.ahead = ahead));
        trace_run(&got, stream, &test, demand);
        assert_string_equal(got.text, "1 2 !!USER $");
        assert_string_equal(got.error.message, "there is no 3");
        assert_string_equal(got.error.trail[0], "two_then_fails");
        weir_drop(stream);
        test_cx_fini(&test);
    }
}

/* Not fatal: what stands behind it comes too. */
static weir_poll odd_ones_fail(struct counter *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    for (self->n = 1; self->n <= 6; self->n++) {
        if (self->n % 3 == 0) {
            weir_fail(co->cx, WEIR_E_USER, "three");
            co->cx->error.number = self->n;
            co->cx->error.fatal = false;
            weir_co_pass(co);
            continue;
        }
        weir_co_yield(co, out, self->n);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(odd_ones_fail_fn, odd_ones_fail, struct counter, int64_t)

static void goes_on_behind_errors(void **state)
{
    (void)state;
    EACH_WAY (ahead, demand) {
        weir_stream *stream =
            weir_co_generator(&odd_ones_fail_fn, NULL, &WEIR_CO_OPTIONS(.ahead = ahead));
        assert_string_equal(trace(stream, demand), "1 2 !3 4 5 !6 $");
    }
}

/* ---- what is dropped, and when ---- */

static unsigned states_dropped;

static void owner_drop(void *state)
{
    states_dropped++;
    tracked_drop(*(struct tracked *)state);
}

static weir_poll give_three(struct tracked *self, weir_co *co, struct tracked *out)
{
    weir_co_begin(co);
    while (self->value < 3) {
        weir_co_wait_turn(co);
        weir_co_yield(co, out, tracked_make(++self->value));
    }
    if (self->value == 3)
        weir_co_wait_turn(co);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(give_three_fn, give_three, struct tracked, struct tracked, .to = &tracked_type,
                     .drop = owner_drop)

static weir_stream *owner(bool ahead)
{
    struct tracked zero = tracked_make(0);
    return weir_co_generator(&give_three_fn, &zero, &WEIR_CO_OPTIONS(.ahead = ahead));
}

static void the_state_is_dropped_once(void **state)
{
    (void)state;
    struct test_cx test;
    EACH_WAY (ahead, demand)
        for (unsigned polls = 0; polls < 12; polls++) { /* 0: it never began */
            struct trace got = {0};
            states_dropped = 0;
            test_cx_init(&test);
            weir_stream *stream = owner(ahead);
            for (unsigned i = 0; i < polls; i++)
                trace_poll(&got, stream, &test, demand);
            assert_int_equal(states_dropped, weir_is_done(stream)); /* at the end at once */
            weir_drop(stream);
            assert_int_equal(states_dropped, 1);
            assert_int_equal(tracked_live, 0);
            test_cx_fini(&test);
        }
}

static void taken_also_by_those_that_fail(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++)
        for (unsigned long call = 1; call <= 2; call++) {
            memory_begin(call, true);
            states_dropped = 0;
            weir_drop(owner(ahead));
            assert_int_equal(states_dropped, 1);
            assert_int_equal(tracked_live, 0);
            assert_int_equal(memory_end(), 0);
        }
}

static weir_poll park(struct tracked *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    weir_co_poll(co, got, weir_wait_never(co->cx));
    weir_co_return(co, out, self->value + got.n);
    weir_co_end(co);
}
WEIR_CO_FN(park_fn, park, struct tracked, int64_t, .drop = owner_drop)

/* Tasks that wait go with their runtime. */
static void a_runtime_goes_under_tasks(void **state)
{
    (void)state;
    enum { TASKS = 1000 };
    uint64_t n;
    weir_rt *rt = weir_rt_new(NULL, NULL);
    assert_non_null(rt);
    states_dropped = 0;
    for (int64_t i = 0; i < TASKS; i++) {
        struct tracked value = tracked_make(i);
        assert_true(weir_rt_spawn(rt, weir_co(&park_fn, &value)));
    }
    assert_int_equal(weir_rt_run(rt, weir_count(counter(1000, false)), &n, NULL), WEIR_READY);
    assert_int_equal(n, 1000);
    assert_int_equal(states_dropped, 0);
    weir_rt_drop(rt);
    assert_int_equal(states_dropped, TASKS);
    assert_int_equal(tracked_live, 0);
}

/* ---- polls of one's own ---- */

struct events {
    weir_waker_slot slot;
    unsigned *rung;
    unsigned heard;
};

static void events_drop(void *state)
{
    weir_waker_slot_clear(&((struct events *)state)->slot);
}

/* Whatever answers as a poll may be waited for. */
static weir_poll listen(struct events *self, weir_co *co, int64_t *out)
{
    weir_poll got;
    weir_co_begin(co);
    for (;;) {
        weir_co_poll(co, got,
                     *self->rung > self->heard ? WEIR_POLL_ONE
                                               : weir_wait(co->cx, &self->slot, WEIR_WAIT_PEER));
        assert_int_equal(got.n, 1);
        weir_co_yield(co, out, ++self->heard);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(listen_fn, listen, struct events, int64_t, .drop = events_drop)

static void waits_for_polls_of_ones_own(void **state)
{
    (void)state;
    for (int ahead = 0; ahead < 2; ahead++) {
        struct test_cx test;
        struct trace got = {.no_wake = true};
        unsigned rung = 0;
        test_cx_init(&test);
        weir_stream *stream = weir_co_generator(&listen_fn, &(struct events){.rung = &rung},
                                                &WEIR_CO_OPTIONS(.ahead = ahead));
        trace_poll(&got, stream, &test, 2);
        rung = 3;
        for (int i = 0; i < 4; i++)
            trace_poll(&got, stream, &test, 2);
        assert_string_equal(got.text, ahead ? "P 1 2 3 P P" : "P 1 2 3 P");
        weir_drop(stream);
        test_cx_fini(&test);
    }
}

/* ---- cut sources ---- */

static weir_poll cut_after_two(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int64_t *n = arg;
    (void)demand;
    cx->cut = *n == 2;
    if (*n == 2)
        return (weir_poll){0, WEIR_END};
    *(int64_t *)out = ++*n;
    return (weir_poll){1, WEIR_READY};
}

/* The end of what was cut is no end of the input. */
static void passes_a_cut(void **state)
{
    (void)state;
    EACH_WAY (ahead, demand) {
        int64_t n = 0, sum = 0;
        weir_error error = {0};
        weir_stream *source = weir_poll_fn(&weir_type_i64, cut_after_two, &n);
        weir_stream *count = weir_count(doubling(source, ahead));
        assert_int_equal(weir_run(count, (void *)&sum, &error), WEIR_READY);
        assert_int_equal(sum, 2);
        assert_int_equal(error.code, WEIR_E_STOPPED);
        n = 1;
        source = weir_future_fn(&weir_type_i64, cut_after_two, &n);
        weir_stream *future = weir_co(&add_two_fn, &(struct adds){.future = source});
        assert_int_equal(weir_run(future, &sum, &error), WEIR_READY);
        assert_int_equal(error.code, WEIR_OK); /* it gave what was asked for */
    }
}

/* ---- states of any kind ---- */

struct wide {
    _Alignas(64) unsigned char bytes[1000];
    int64_t n;
};

static weir_poll look_around(struct wide *self, weir_co *co, struct wide *out)
{
    assert_int_equal((uintptr_t)self % 64, 0);
    weir_co_begin(co);
    for (; self->n < 3; self->n++)
        weir_co_yield(co, out, (struct wide){.bytes = {1, 2, 3}, .n = self->n});
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(look_around_fn, look_around, struct wide, struct wide)

static void states_and_items_may_be_large(void **state)
{
    (void)state;
    uint64_t n = 0;
    weir_stream *stream = weir_co_generator(&look_around_fn, &(struct wide){.n = 1}, NULL);
    assert_int_equal(weir_run(weir_count(stream), &n, NULL), WEIR_READY);
    assert_int_equal(n, 2);
    stream = weir_co_generator(&look_around_fn, NULL, &WEIR_CO_OPTIONS(.ahead = true));
    assert_int_equal(weir_run(weir_count(stream), &n, NULL), WEIR_READY);
    assert_int_equal(n, 3);
}

/* A task that is parked: its stage, where it stands, and a state of 16 bytes. */
static void parked_ones_are_small(void **state)
{
    (void)state;
    size_t bytes = sizeof(struct weir_co_stage) + sizeof(weir_co_fn *) + 16;
    print_message("a parked task: %zu bytes of stage and place, 16 of state, %zu in all\n",
                  bytes - 16, bytes);
    assert_true(bytes <= 152 || sizeof(void *) != 8);
}

int task_co(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_and_is_lazy),
        cmocka_unit_test(goes_ahead_as_far_as_it_is_asked),
        cmocka_unit_test(waits_between_yields),
        cmocka_unit_test(never_waits_with_items_in_hand),
        cmocka_unit_test(errors_of_what_it_reads),
        cmocka_unit_test(awaits_futures),
        cmocka_unit_test(a_future_may_give_nothing),
        cmocka_unit_test(fails_after_its_items),
        cmocka_unit_test(goes_on_behind_errors),
        cmocka_unit_test(the_state_is_dropped_once),
        cmocka_unit_test(taken_also_by_those_that_fail),
        cmocka_unit_test(a_runtime_goes_under_tasks),
        cmocka_unit_test(waits_for_polls_of_ones_own),
        cmocka_unit_test(passes_a_cut),
        cmocka_unit_test(states_and_items_may_be_large),
        cmocka_unit_test(parked_ones_are_small),
    };
    return cmocka_run_group_tests_name("co", tests, NULL, NULL);
}
