/* buffer: ahead while the consumer is busy, as far as its strategy says. */

#include "busy.h"

#include "weir/buffer.h"

static struct busy busy;

static void begin(const char *text, size_t n, weir_overflow overflow)
{
    busy_begin(&busy, weir_buffer(source(text), n, overflow));
}

/* Nobody is busy: what comes is what the source gives. */
static weir_stream *buffer_2(weir_stream *a, weir_stream *b)
{
    (void)b;
    return weir_buffer(a, 2, WEIR_OVERFLOW_BACKPRESSURE);
}

static void test_table(void **state)
{
    (void)state;
    static const struct stage_case rows[] = {
        {{"1 2 3"}, "1 2 3 $", {4}, {3}, false},
        {{"P 1 P 2 $ #"}, "P 1 P 2 $", {5}, {2}, false},
        {{"1 !7 2 !!8 #"}, "1 !7 2 !!8 $", {4}, {2}, false},
        {{"$ #"}, "$", {1}, {0}, false},
    };
    check_table(rows, buffer_2);
}

/* The strategies, over 1, while the consumer is busy 2 to 6. */
static void test_strategies(void **state)
{
    (void)state;
    static const struct {
        weir_overflow overflow;
        const char *gives;
        uint64_t dropped;
        unsigned given; /* taken of the source while it was busy */
    } rows[] = {
        {WEIR_OVERFLOW_BACKPRESSURE, "2 3 4", 0, 4}, {WEIR_OVERFLOW_DROP_HEAD, "4 5 6", 2, 6},
        {WEIR_OVERFLOW_DROP_TAIL, "2 3 6", 2, 6},    {WEIR_OVERFLOW_DROP_NEW, "2 3 4", 2, 6},
        {WEIR_OVERFLOW_DROP_BUFFER, "5 6", 3, 6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script script = {.type = &tracked_type};
        weir_stream *in = script_stream(&script, "1 2 3 4 5 6 P 7");
        busy_begin(&busy, weir_buffer(in, 3, rows[i].overflow));
        busy_says(&busy, 1, "1");
        assert_int_equal(script.given, 1); /* no more than it was asked for */
        busy_turn(&busy);
        assert_int_equal(script.given, rows[i].given);
        assert_int_equal(weir_buffer_dropped(busy.stream), rows[i].dropped);
        busy_says(&busy, 8, rows[i].gives);
        doubles_wake_all();
        busy_end(&busy);
    }
}

/* FAIL: what is held comes, then the error, and the source is not asked again. */
static void test_fail(void **state)
{
    (void)state;
    begin("1 2 3 4 #", 2, WEIR_OVERFLOW_FAIL);
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    busy_turn(&busy);
    busy_says(&busy, 8, "2 3");
    busy_says(&busy, 8, "!!LIMIT");
    assert_non_null(strstr(busy.trace.error.message, "the buffer holds 2 items"));
    assert_string_equal(busy.trace.error.trail[0], "buffer");
    assert_int_equal(busy.trace.error.trail_n, 1);
    busy_says(&busy, 8, "$");
    busy_end(&busy);
}

/* A source gives what it waited for: the task is told, and has its turns, of so many polls, until
 * nobody wants one. */
static void comes(struct script *script, unsigned budget)
{
    unsigned wakes = busy.test.waker->wakes;
    assert_true(script_wake(script));
    assert_true(busy.test.waker->wakes > wakes);
    do {
        wakes = busy.test.waker->wakes;
        busy.test.cx.budget = budget;
        weir_in_flight_turn(&busy.test.cx, &busy.in_flight);
        weir_in_flight_progress(&busy.test.cx);
    } while (busy.test.waker->wakes > wakes);
}

/* In streams that are merged it runs ahead too: whether they gave something when they were polled
 * last, or waited. */
static void test_in_a_merge(void **state)
{
    (void)state;
    enum { N = 2, EACH = 5 };
    static const struct {
        const char *texts[N], *first[N];
        unsigned given;
    } rows[] = {
        {{"1 P 2 P 3 P 4 P 5", "11 P 12 P 13 P 14 P 15"}, {"1", "11"}, 1},
        {{"P 1 P 2 P 3 P 4 P 5", "P 11 P 12 P 13 P 14 P 15"}, {"P", "P"}, 0},
    };
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct script scripts[N] = {{.type = &tracked_type}, {.type = &tracked_type}};
        weir_stream *inputs[N];
        for (int i = 0; i < N; i++)
            inputs[i] = weir_buffer(script_stream(&scripts[i], rows[r].texts[i]), 8, 0);
        busy_begin(&busy, weir_merge(inputs, N));
        for (int i = 0; i < N; i++)
            busy_says(&busy, 1, rows[r].first[i]);
        busy_turn(&busy);
        for (unsigned n = rows[r].given + 1; n <= EACH; n++) {
            for (int i = 0; i < N; i++) {
                comes(&scripts[i], WEIR_BUDGET);
                assert_int_equal(scripts[i].given, n);
            }
        }
        unsigned rest = 0;
        while (*busy_polls(&busy, 1) != '$')
            rest += *busy.trace.text != 'P';
        assert_int_equal(rest, N * (EACH - rows[r].given));
        busy_end(&busy);
    }
}

/* ... and goes on in the next turn where this one is over. */
static void test_budget_in_a_merge(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type, .at_most = 1};
    weir_stream *in = script_stream(&script, "P 1 P 2 3 4 5 6 7 8 9");
    weir_stream *buffer = weir_buffer(in, 16, 0);
    busy_begin(&busy, weir_merge(&buffer, 1));
    busy_says(&busy, 1, "P");
    comes(&script, WEIR_BUDGET);
    assert_int_equal(script.given, 1);
    comes(&script, 2);
    assert_int_equal(script.given, 9);
    busy_end(&busy);
}

/* An error is not dropped, and stands behind what came before it. */
static void test_errors_hold_the_source(void **state)
{
    (void)state;
    static const weir_overflow all[] = {WEIR_OVERFLOW_BACKPRESSURE, WEIR_OVERFLOW_DROP_HEAD,
                                        WEIR_OVERFLOW_DROP_NEW};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        begin("1 2 !7 3 4 $ #", 2, all[i]);
        busy_says(&busy, 1, "1");
        busy_turn(&busy);
        busy_turn(&busy);
        busy_says(&busy, 1, "2");
        busy_turn(&busy);
        busy_says(&busy, 1, "!7");
        busy_turn(&busy);
        busy_says(&busy, 1, "3");
        busy_says(&busy, 1, "4");
        busy_turn(&busy);
        busy_turn(&busy);
        busy_says(&busy, 1, "$");
        busy_turn(&busy);
        busy_says(&busy, 1, "$");
        busy_end(&busy);
    }
}

static void test_marks(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *in = script_stream(&script, "1 2 | 3 | 4");
    busy_begin(&busy, weir_buffer(in, 4, WEIR_OVERFLOW_BACKPRESSURE));
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    assert_int_equal(script.marks_given, 1);
    busy_says(&busy, 1, "2");
    busy_says(&busy, 1, "|");
    busy_turn(&busy);
    assert_int_equal(script.marks_given, 2);
    busy_end(&busy); /* the second one was not given */
    assert_int_equal(script.marks_kept, 1);
    assert_int_equal(script.marks_lost, 1);
}

/* It wakes its task where the budget ends its work, and not else. */
static void test_budget(void **state)
{
    (void)state;
    busy_begin(&busy, weir_buffer(weir_range(0, 100000), 5000, WEIR_OVERFLOW_BACKPRESSURE));
    int64_t first;
    weir_in_flight_turn(&busy.test.cx, &busy.in_flight);
    assert_int_equal(weir_poll_next(busy.stream, &busy.test.cx, &first, 1).n, 1);
    busy.test.cx.demand_max = 1;
    busy_turn(&busy);
    assert_int_equal(busy.test.waker->wakes, 1);
    assert_true(weir_size_hint(busy.stream).lower == 99999); /* held, or not yet */
    weir_drop(busy.stream);
    test_cx_fini(&busy.test);
    busy_begin(&busy, weir_buffer(weir_range(0, 100000), 5, WEIR_OVERFLOW_BACKPRESSURE));
    weir_in_flight_turn(&busy.test.cx, &busy.in_flight);
    assert_int_equal(weir_poll_next(busy.stream, &busy.test.cx, &first, 1).n, 1);
    busy_turn(&busy);
    assert_int_equal(busy.test.waker->wakes, 0);
    busy_end(&busy);
}

/* What somebody else's stream gives is not taken unasked. */
static void test_claims(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type};
    weir_stream *kept = script_stream(&script, "1 2 3");
    busy_begin(&busy, weir_buffer(weir_by_ref(kept), 4, WEIR_OVERFLOW_BACKPRESSURE));
    busy_says(&busy, 8, "1");
    busy_turn(&busy);
    assert_int_equal(script.given, 1);
    busy_end(&busy);
    weir_drop(kept);
}

static void test_hint(void **state)
{
    (void)state;
    struct script script = {.type = &tracked_type, .hinted = true};
    weir_stream *in = script_stream(&script, "1 2 3 4 5");
    busy_begin(&busy, weir_buffer(in, 2, WEIR_OVERFLOW_BACKPRESSURE));
    check_hint(busy.stream, 5, 5);
    busy_says(&busy, 1, "1");
    busy_turn(&busy);
    assert_int_equal(script.given, 3);
    check_hint(busy.stream, 4, 4);
    busy_end(&busy);
    busy_begin(&busy, weir_buffer(script_stream(&script, "1 2"), 2, WEIR_OVERFLOW_DROP_HEAD));
    check_hint(busy.stream, 0, 2);
    busy_end(&busy);
}

/* ---- on a runtime ---- */

static weir_stream *wait_a_while(int64_t item, void *arg)
{
    (void)item;
    (void)arg;
    return weir_sleep(1000);
}
WEIR_THEN_FN(wait_fn, wait_a_while, int64_t, unsigned char, .to = &weir_type_unit)

static int64_t look(int64_t item, void *arg)
{
    int64_t *most = arg;
    *most = item > *most ? item : *most;
    return item;
}
WEIR_MAP_FN(look_fn, look, int64_t, int64_t)

/* The source is ahead of a consumer that sleeps, by what the buffer holds and no more. */
static void test_beside_a_consumer_that_waits(void **state)
{
    (void)state;
    weir_rt *rt = weir_rt_new(&WEIR_RT_OPTIONS(.driver = "sim", .seed = 1), NULL);
    int64_t most = 0;
    uint64_t n = 0;
    weir_stream *stream = weir_map(weir_range(0, 10), &look_fn, &most);
    stream = weir_buffer(stream, 4, WEIR_OVERFLOW_BACKPRESSURE);
    stream = weir_take(weir_then(stream, &wait_fn, NULL), 2);
    assert_int_equal(weir_rt_run(rt, weir_count(stream), &n, NULL), WEIR_READY);
    assert_int_equal(n, 2);
    assert_int_equal(most, 5); /* 0 and 1 are out: 2, 3, 4, 5 are held */
    weir_rt_drop(rt);
}

int stage_buffer(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_strategies),
        cmocka_unit_test(test_fail),
        cmocka_unit_test(test_in_a_merge),
        cmocka_unit_test(test_budget_in_a_merge),
        cmocka_unit_test(test_errors_hold_the_source),
        cmocka_unit_test(test_marks),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_claims),
        cmocka_unit_test(test_hint),
        cmocka_unit_test(test_beside_a_consumer_that_waits),
    };
    return cmocka_run_group_tests_name("buffer", tests, NULL, NULL);
}
