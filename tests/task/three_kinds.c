/* The three ways to make a stream of one's own, a function with a stack, one without, and a stage
 * written by hand, are one thing to who asks: the rows hold for each of them. */

#include "waits.h"
#include "ways.h"

static unsigned ran; /* how often a counter's own code was entered */

/* ---- 1 to n ---- */

static bool count(int64_t *n, weir_error *error)
{
    (void)error;
    ran++;
    for (int64_t i = 1; i <= *n; i++)
        if (!weir_yield(int64_t, i))
            break;
    return true;
}
WEIR_GENERATOR_FN(count_fn, count, int64_t, int64_t)

struct counter {
    int64_t n, last;
};

static weir_poll count_co(struct counter *self, weir_co *co, int64_t *out)
{
    ran++;
    weir_co_begin(co);
    while (self->n < self->last)
        weir_co_yield(co, out, ++self->n);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(count_co_fn, count_co, struct counter, int64_t)

struct count_stage {
    weir_stream stream;
    struct counter at;
};

static weir_poll count_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    struct counter *at = &WEIR_SELF(struct count_stage, stream)->at;
    (void)cx, (void)demand;
    ran++;
    if (at->n == at->last)
        return (weir_poll){0, WEIR_END};
    *(int64_t *)out = ++at->n;
    return (weir_poll){1, WEIR_READY};
}

static const weir_stream_ops count_ops = {
    .size = sizeof count_ops, .name = "count", .poll_next = count_poll_next};

static weir_stream *with_a_stack(int64_t n)
{
    return weir_generator(&count_fn, &n, NULL);
}

static weir_stream *without_a_stack(int64_t n)
{
    return weir_co_generator(&count_co_fn, &(struct counter){0, n}, NULL);
}

static weir_stream *by_hand(int64_t n)
{
    weir_stream *stream = weir_source_new(sizeof(struct count_stage), &count_ops, &weir_type_i64);
    WEIR_SELF(struct count_stage, stream)->at.last = n;
    stream->stage.exact = true;
    return stream;
}

/* ---- what another stream gives, one by one ---- */

struct relay {
    weir_stream *source;
    int64_t x;
};

static void relay_drop(void *state)
{
    weir_drop(((struct relay *)state)->source);
}

static bool relay(struct relay *self, weir_error *error)
{
    weir_state got;
    while ((got = weir_await_next(self->source, &self->x, error)) == WEIR_READY)
        if (!weir_yield(int64_t, self->x))
            break;
    return got != WEIR_ERROR;
}
WEIR_GENERATOR_FN(relay_fn, relay, struct relay, int64_t, .drop = relay_drop)

static weir_poll relay_co(struct relay *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    weir_co_for (co, self->x, self->source, self->source)
        weir_co_yield(co, out, self->x);
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(relay_co_fn, relay_co, struct relay, int64_t, .drop = relay_drop)

static weir_poll relay_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    (void)demand;
    return weir_poll_next(weir_source(stream), cx, out, 1);
}

static const weir_stream_ops relay_ops = {
    .size = sizeof relay_ops, .name = "relay", .poll_next = relay_poll_next};

static weir_stream *relay_with_a_stack(weir_stream *source)
{
    return weir_generator(&relay_fn, &(struct relay){source, 0}, NULL);
}

static weir_stream *relay_without_a_stack(weir_stream *source)
{
    return weir_co_generator(&relay_co_fn, &(struct relay){source, 0}, NULL);
}

static weir_stream *relay_by_hand(weir_stream *source)
{
    weir_stream *stream = weir_stream_new(source, sizeof(weir_stream), &relay_ops, &weir_type_i64);
    stream->stage.exact = true;
    return stream;
}

static struct kind {
    weir_stream *(*counter)(int64_t n);
    weir_stream *(*relay)(weir_stream *source);
} kinds[] = {{with_a_stack, relay_with_a_stack},
             {without_a_stack, relay_without_a_stack},
             {by_hand, relay_by_hand}};

/* ---- the rows ---- */

/* END is said again, and by the wrapper: its own code is not entered any more. */
static void counts_and_is_lazy(void **state)
{
    const struct kind *kind = *state;
    struct test_cx test;
    struct trace got = {0};
    test_cx_init(&test);
    ran = 0;
    weir_stream *stream = kind->counter(5);
    assert_int_equal(ran, 0);
    trace_run(&got, stream, &test, 1);
    unsigned entered = ran;
    for (int again = 0; again < 2; again++)
        trace_poll(&got, stream, &test, 1);
    assert_string_equal(got.text, "1 2 3 4 5 $ $ $");
    assert_int_equal(ran, entered);
    weir_drop(stream);
    ran = 0;
    weir_drop(kind->counter(5));
    assert_int_equal(ran, 0);
    test_cx_fini(&test);
}

/* It is woken once for each thing it waits for, and polled for nothing else. */
static void waits_between_items(void **state)
{
    const struct kind *kind = *state;
    struct script script = {0};
    struct test_cx test;
    struct trace got = {.no_wake = true};
    test_cx_init(&test);
    weir_stream *stream = kind->relay(script_stream(&script, "P 1 P 2 3 P $"));
    weir_poll last = {0, WEIR_READY};
    while (last.state != WEIR_END) {
        last = trace_poll(&got, stream, &test, 1);
        if (last.state == WEIR_PENDING) {
            assert_true(script_wake(&script));
            assert_int_equal(test.waker->wakes, 1);
            assert_false(script_wake(&script));
        }
    }
    assert_string_equal(got.text, "P 1 P 2 3 P $");
    assert_int_equal(got.pendings, 3);
    weir_drop(stream);
    test_cx_fini(&test);
    assert_int_equal(script.finis, 1);
}

static void drops_its_source_wherever_it_stands(void **state)
{
    const struct kind *kind = *state;
    for (unsigned polls = 0; polls < 8; polls++) {
        struct script script = {0};
        struct test_cx test;
        struct trace got = {0};
        test_cx_init(&test);
        weir_stream *stream = kind->relay(script_stream(&script, "P* 1 P* 2 P*"));
        for (unsigned i = 0; i < polls; i++)
            trace_poll(&got, stream, &test, 1);
        weir_drop(stream);
        test_cx_fini(&test);
        assert_int_equal(script.finis, 1);
        assert_int_equal(test_wakers_live, 0);
    }
}

static void errors_come_behind_the_items(void **state)
{
    const struct kind *kind = *state;
    struct script script = {0};
    for (size_t demand = 1; demand < 4; demand++) {
        weir_stream *stream = kind->relay(script_stream(&script, "1 2 !!7 3"));
        assert_string_equal(trace(stream, demand), "1 2 !!7 $");
    }
}

/* A claim is made when it is asked for: nobody loses one. */
static void makes_what_is_asked_for(void **state)
{
    const struct kind *kind = *state;
    struct script script = {0};
    struct test_cx test;
    int64_t out[8];
    test_cx_init(&test);
    weir_stream *stream = kind->relay(script_stream(&script, "1 2 3 4 5"));
    for (unsigned n = 1; n <= 3; n++) {
        assert_int_equal(weir_poll_next(stream, &test.cx, out, 8).n, 1);
        assert_int_equal(script.given, n);
    }
    weir_drop(stream);
    test_cx_fini(&test);
}

static weir_poll cut_after_two(void *arg, weir_cx *cx, void *out, size_t demand)
{
    int64_t *n = arg;
    (void)demand;
    cx->cut = *n == 2;
    if (cx->cut)
        return (weir_poll){0, WEIR_END};
    *(int64_t *)out = ++*n;
    return (weir_poll){1, WEIR_READY};
}

/* The end of what was cut is no end of the input. */
static void passes_a_cut(void **state)
{
    const struct kind *kind = *state;
    int64_t n = 0;
    uint64_t counted = 0;
    weir_error error = {0};
    weir_stream *source = weir_poll_fn(&weir_type_i64, cut_after_two, &n);
    assert_int_equal(weir_run(weir_count(kind->relay(source)), &counted, &error), WEIR_READY);
    assert_int_equal(counted, 2);
    assert_int_equal(error.code, WEIR_E_STOPPED);
}

/* What a slow consumer does with one item: it has many turns of its own. */
static bool take_time(unsigned turns)
{
    for (unsigned i = 0; i < turns; i++)
        if (!weir_pause())
            return false;
    return true;
}

/* The body is over before the next item is asked for, though others had their turns. */
static void a_slow_loop_holds_it_back(void **state)
{
    const struct kind *kind = *state;
    struct script script = {0};
    unsigned n = 0;
    weir_for_await (int64_t, x, kind->relay(script_stream(&script, "1 P* 2 3 P* 4 5"))) {
        n++;
        assert_int_equal(x, n);
        assert_true(take_time(3));
        assert_int_equal(script.given, n);
    }
    assert_int_equal(n, 5);
    assert_int_equal(script.finis, 1);
}

/* So it is where the consumer is a future for each item: one more at most is made. */
static struct script *source_of_slow;
static unsigned consumed, ahead_max;

static bool consume_slowly(int64_t *x, int64_t *out, weir_error *error)
{
    (void)error;
    for (int turn = 0; turn < 4; turn++) {
        unsigned ahead = source_of_slow->given - consumed;
        ahead_max = ahead > ahead_max ? ahead : ahead_max;
        if (!weir_pause())
            return false;
    }
    consumed++;
    *out = *x;
    return true;
}
WEIR_FIBER_FN(consume_fn, consume_slowly, int64_t, int64_t)

static weir_stream *slowly(int64_t x, void *arg)
{
    (void)arg;
    return weir_fiber(&consume_fn, &x, NULL);
}
WEIR_THEN_FN(slowly_fn, slowly, int64_t, int64_t)

static void a_slow_stage_holds_it_back(void **state)
{
    const struct kind *kind = *state;
    struct script script = {0};
    uint64_t n = 0;
    weir_error error;
    source_of_slow = &script;
    consumed = ahead_max = 0;
    weir_stream *stream = kind->relay(script_stream(&script, "1 2 P* 3 4 5"));
    stream = weir_then(stream, &slowly_fn, NULL);
    assert_int_equal(weir_run(weir_count(stream), &n, &error), WEIR_READY);
    assert_int_equal(n, 5);
    assert_int_equal(consumed, 5);
    assert_in_range(ahead_max, 1, 2);
}

/* One that waits for nothing is an iterator, and needs no runtime. */
static void is_an_iterator_too(void **state)
{
    const struct kind *kind = *state;
    int64_t sum = 0;
    weir_for (int64_t, x, kind->counter(5)) {
        if (x == 2)
            continue;
        if (x == 4)
            break;
        sum += x;
    }
    assert_int_equal(sum, 4);
}

/* ---- pointers into what is one's own, over waits and yields ---- */

static bool points_into_its_variables(char *none, weir_error *error)
{
    int64_t own[] = {1, 2, 3}, *at = own;
    (void)none, (void)error;
    for (; at < own + 3; at++)
        if (!weir_pause() || !weir_yield(int64_t, *at))
            break;
    return true;
}
WEIR_GENERATOR_FN(points_fn, points_into_its_variables, char, int64_t)

struct pointing {
    int64_t own[3], *at;
};

/* Where it stands once it runs, its struct stays. */
static weir_poll points_into_its_struct(struct pointing *self, weir_co *co, int64_t *out)
{
    weir_co_begin(co);
    for (self->at = self->own; self->at < self->own + 3; self->at++) {
        weir_co_wait_turn(co);
        weir_co_yield(co, out, *self->at);
    }
    weir_co_end(co);
}
WEIR_CO_GENERATOR_FN(points_co_fn, points_into_its_struct, struct pointing, int64_t)

static void they_may_point_into_their_own(void **state)
{
    (void)state;
    const struct pointing pointing = {.own = {1, 2, 3}};
    assert_string_equal(trace(weir_generator(&points_fn, NULL, NULL), 2), "P 1 P 2 P 3 $");
    assert_string_equal(trace(weir_co_generator(&points_co_fn, &pointing, NULL), 2),
                        "P 1 P 2 P 3 $");
}

#define ROW(row)                                                                                   \
    {#row ", with a stack", row, NULL, NULL, &kinds[0]},                                           \
        {#row ", without a stack", row, NULL, NULL, &kinds[1]},                                    \
    {                                                                                              \
#row ", by hand", row, NULL, NULL, &kinds[2]                                               \
    }

int task_three_kinds(void)
{
    const struct CMUnitTest tests[] = {
        ROW(counts_and_is_lazy),
        ROW(waits_between_items),
        ROW(drops_its_source_wherever_it_stands),
        ROW(errors_come_behind_the_items),
        ROW(makes_what_is_asked_for),
        ROW(passes_a_cut),
        ROW(a_slow_loop_holds_it_back),
        ROW(a_slow_stage_holds_it_back),
        ROW(is_an_iterator_too),
        cmocka_unit_test(they_may_point_into_their_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
