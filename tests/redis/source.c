/* Messages of a group: all come, what is settled is acknowledged and nothing else is. */

#include "broker.h"
#include "weir/timed.h"

static weir_redis_from from_of(const char *stream)
{
    return WEIR_REDIS_FROM(.at.address = broker.at, .stream = stream, .group = "g");
}

static weir_stream *messages(const char *stream, struct keeper *keeper)
{
    weir_redis_from from = from_of(stream);
    return keeper_over(weir_redis(&from), keeper);
}

/* ---- what comes ---- */

static void everything_comes(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct keeper keeper;
    weir_message message;
    broker_make("ALL");
    broker_add("ALL", 0, N, 100);
    weir_stream *stream = messages("ALL", &keeper);
    for (unsigned i = 0; i < N; i++) {
        take(stream, &message);
        assert_int_equal(number_of(&message), i);
        assert_int_equal(message.tries, 1);
        assert_int_equal(message.value.size, 100);
        assert_string_equal(message.topic, "ALL");
        assert_true(message.time_ns > 1600000000000000000);
        assert_true(message.offset == message.time_ns / 1000000);
        if (i % 1000 == 0)
            keeper_settle(&keeper, true);
    }
    keeper_settle(&keeper, true);
    weir_drop(stream); /* what was settled is said, what was not goes back */
    assert_true(broker_pending_is("ALL", N - (long long)keeper.upto));
    assert_true(N - keeper.upto <= 128);
}

/* Once somebody asked, as the server said last. */
static void what_is_to_come_is_known(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct keeper keeper;
    bool known = false;
    weir_message message;
    weir_redis_from from = from_of("LAG");
    broker_make("LAG");
    broker_add("LAG", 0, N, 100);
    weir_stream *inner = weir_redis(&from), *stream = keeper_over(inner, &keeper);
    for (unsigned i = 0; i < N; i++) {
        uint64_t lag = weir_redis_lag(inner);
        assert_true(lag == WEIR_LAG_UNKNOWN || lag <= N);
        known |= lag != WEIR_LAG_UNKNOWN;
        take(stream, &message);
        if (i % 1000 == 0)
            keeper_settle(&keeper, true);
    }
    assert_true(known);
    usleep(1100000);
    for (unsigned i = 0; i < 300; i++) {
        weir_ignore(weir_redis_lag(inner));
        broker_add("LAG", N + i, 1, 100);
        take(stream, &message);
    }
    assert_true(weir_redis_lag(inner) < 300);
    assert_true(weir_redis_lag(stream) == WEIR_LAG_UNKNOWN); /* it is none of its */
    keeper_settle(&keeper, true);
    weir_drop(stream);
}

static void what_sorts_is_told_of_the_limit(void **state)
{
    (void)state;
    enum { N = 1000 };
    broker_make("SORT");
    broker_add("SORT", 0, N, 100);
    weir_redis_from from = from_of("SORT");
    from.marks_max = 2;
    sorts_to_the_limit(weir_redis(&from), N);
}

/* What was not settled when its stream was dropped comes at once, though nobody waited. */
static void what_is_dropped_comes_again(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    broker_make("BACK");
    broker_add("BACK", 0, 10, 10);
    weir_stream *stream = messages("BACK", &keeper);
    for (unsigned i = 0; i < 3; i++)
        take(stream, &message);
    weir_drop(stream);
    stream = messages("BACK", &keeper);
    bool seen[10] = {false};
    for (unsigned i = 0; i < 10; i++) {
        take(stream, &message);
        assert_int_equal(message.tries, 2);
        assert_false(seen[number_of(&message)]);
        seen[number_of(&message)] = true;
    }
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

static void fields_have_their_places(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_owned_message message;
    broker_make("FIELDS");
    broker_say("XADD FIELDS 7-3 colour red key k value v size 7");
    broker_say("XADD FIELDS 8-0 m first colour green");
    weir_stream *stream = weir_own(messages("FIELDS", &keeper));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_memory_equal(message.message.value.data, "v", 1);
    assert_memory_equal(message.message.key.data, "k", 1);
    assert_int_equal(message.message.n_headers, 2);
    assert_string_equal(header_of(&message.message, "colour"), "red");
    assert_string_equal(header_of(&message.message, "size"), "7");
    assert_true(message.message.offset == 7 && message.message.sub_offset == 3);
    weir_owned_message_drop(&message);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_memory_equal(message.message.value.data, "first", 5);
    assert_string_equal(header_of(&message.message, "colour"), "green");
    assert_null(message.message.key.data);
    weir_owned_message_drop(&message);
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

/* Of the page that is worked at, and of the one that waits behind it. */
static void what_waits_is_kept(void **state)
{
    (void)state;
    enum { N = 16 };
    static struct keeper keeper;
    weir_message message;
    broker_make("QUEUE");
    broker_add("QUEUE", 0, N, 10);
    weir_redis_from from = from_of("QUEUE");
    from.claim_ns = 1500000000;
    from.fetch_max = N / 2;
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    weir_stream *slow = weir_throttle(weir_by_ref(stream), 600000000);
    for (unsigned i = 0; i < 5; i++) {
        take(slow, &message);
        assert_int_equal(number_of(&message), i);
    }
    assert_int_equal(broker_pending("QUEUE"), N);
    assert_int_equal(broker_say("XPENDING QUEUE g IDLE 1400 - + 100"), 0);
    weir_drop(slow);
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

/* ---- a plain reader ---- */

static void without_a_group_each_comes_once(void **state)
{
    (void)state;
    enum { N = 300 };
    weir_message message;
    broker_add("PLAIN", 0, N, 10);
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "PLAIN");
    for (unsigned round = 0; round < 2; round++) {
        from.create = round; /* there is nothing to make */
        weir_stream *stream = weir_redis(&from);
        for (unsigned i = 0; i < N; i++) {
            take(stream, &message);
            assert_int_equal(number_of(&message), i);
            assert_int_equal(message.tries, 1);
        }
        weir_drop(stream);
    }
}

static void new_ones_alone(void **state)
{
    (void)state;
    weir_message message;
    broker_add("NEW", 0, 5, 10);
    weir_redis_from from =
        WEIR_REDIS_FROM(.at.address = broker.at, .stream = "NEW", .new_only = true);
    weir_stream *stream = weir_redis(&from);
    struct adding adding = {.add = broker_add, .stream = "NEW", .number = 7};
    pthread_t thread = later(rig_add_on, &adding);
    take(stream, &message);
    assert_int_equal(number_of(&message), 7);
    rig_added(&adding, thread);
    weir_drop(stream);
}

/* ---- given up ---- */

/* Nobody has it then, but somebody hears of it. */
static void gives_up_after(unsigned times, const char *words)
{
    struct keeper keeper = {.n = 0};
    weir_message message;
    broker_make("LONELY");
    broker_add("LONELY", 0, 1, 10);
    for (unsigned i = 0; i < times; i++) {
        weir_stream *dying = messages("LONELY", &keeper);
        take(dying, &message);
        weir_drop(dying); /* as if it had died */
    }
    broker_add("LONELY", 1, 1, 10);
    weir_redis_from from = from_of("LONELY");
    from.tries_max = times;
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    bool told = false;
    for (weir_state got; (got = weir_rt_next(rt, stream, &message, &error)) != WEIR_READY;) {
        assert_int_equal(got, WEIR_ERROR);
        assert_int_equal(error.code, WEIR_E_LIMIT);
        assert_non_null(strstr(error.message, words));
        told = true;
    }
    assert_true(told);
    assert_int_equal(number_of(&message), 1);
    weir_drop(stream);
    keeper_settle(&keeper, true);
}

static void what_nobody_keeps_is_told(void **state)
{
    (void)state;
    gives_up_after(1, "of stream 'LONELY' was given 1 time, never");
    broker_say("DEL LONELY");
    gives_up_after(2, "of stream 'LONELY' was given 2 times, never");
}

static void what_was_tried_enough_goes_to_the_dead(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    broker_make("POISON");
    for (unsigned i = 0; i < 2; i++)
        broker_say("XADD POISON * value %u trace abc", i);
    weir_redis_from from = from_of("POISON");
    from.tries_max = 2;
    from.dead = "GRAVES";
    for (unsigned i = 0; i < 2; i++) {
        weir_stream *stream = messages("POISON", &keeper);
        take(stream, &message);
        assert_int_equal(message.tries, i + 1);
        weir_drop(stream);
    }
    broker_add("POISON", 2, 1, 10);
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    take(stream, &message);
    assert_int_equal(number_of(&message), 2);
    for (unsigned waited = 0; broker_say("XLEN GRAVES") < 2 && waited < 100; waited++) {
        weir_stream *sleep = weir_sleep(20000000);
        unsigned char unit;
        broker_add("POISON", 3, 1, 10);
        take(stream, &message);
        weir_ignore(weir_rt_run(rt, sleep, &unit, &error));
    }
    assert_int_equal(broker_say("XLEN GRAVES"), 2);
    weir_drop(stream);
    keeper_settle(&keeper, true);
    from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "GRAVES");
    stream = weir_redis(&from);
    take(stream, &message);
    assert_string_equal(header_of(&message, "weir-stream"), "POISON");
    assert_string_equal(header_of(&message, "trace"), "abc");
    assert_string_equal(header_of(&message, "weir-reason"),
                        "was given 2 times, and never acknowledged");
    weir_drop(stream);
}

/* ---- the end ---- */

/* What was given has time to be settled; what was not goes back at once. */
static void stop_drains(void **state)
{
    (void)state;
    enum { N = 1000, TAKEN = 10 };
    static struct keeper keeper, second;
    weir_message message;
    broker_make("STOP");
    broker_add("STOP", 0, N, 10);
    weir_stream *stream = messages("STOP", &keeper);
    for (unsigned i = 0; i < TAKEN; i++)
        take(stream, &message);
    weir_rt_stop(rt);
    pthread_t thread = later(settle_later, &keeper);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    pthread_join(thread, NULL);
    assert_int_equal(keeper.upto, TAKEN);
    assert_int_equal(keeper.settled, keeper.n); /* they were waited for */
    weir_drop(stream);
    assert_int_equal(broker_pending("STOP"), 256 - TAKEN);
    weir_rt_drop(rt);
    rt = weir_rt_new(NULL, &error);
    stream = messages("STOP", &second);
    bool seen[N] = {false};
    for (unsigned left = N - TAKEN; left; left--) {
        take(stream, &message);
        assert_false(seen[number_of(&message)]);
        assert_true(number_of(&message) >= TAKEN);
        seen[number_of(&message)] = true;
    }
    weir_drop(stream);
    keeper_settle(&second, true);
}

/* What went back is not acknowledged by a mark that is late, though its stream is there still. */
static void late_marks_settle_nothing(void **state)
{
    (void)state;
    static struct keeper keeper;
    weir_message message;
    broker_make("TARDY");
    broker_add("TARDY", 0, 2, 10);
    weir_redis_from from = from_of("TARDY");
    from.fetch_max = 1;
    from.drain_ns = 200000000;
    weir_stream *stream = keeper_over(weir_redis(&from), &keeper);
    for (unsigned i = 0; i < 2; i++)
        take(stream, &message);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_END);
    assert_int_equal(keeper.n, 2);
    keeper_settle(&keeper, true);
    weir_drop(stream);
    weir_rt_drop(rt);
    rt = weir_rt_new(NULL, &error);
    assert_int_equal(broker_pending("TARDY"), 2);
}

/* Stops its runtime as soon as something comes, and settles all marks. */
static weir_poll stopper_poll_next(weir_stream *stream, weir_cx *cx, void *out, size_t demand)
{
    weir_message some[64];
    (void)out, (void)demand;
    weir_poll got = weir_poll_next(weir_source(stream), cx, some, 64);
    if (got.n)
        weir_rt_stop(rt);
    if (got.state != WEIR_MARK)
        return (weir_poll){0, got.state};
    weir_mark_settle(weir_mark_take(cx), true);
    return (weir_poll){0, WEIR_READY};
}

static const weir_stream_ops stopper_ops = {.size = sizeof stopper_ops,
                                            .name = "stopper",
                                            .poll_next = stopper_poll_next,
                                            .marks = WEIR_MARKS_SETTLE};

/* It counts as given: so nobody would hear of it. */
static void large_ones_are_told_before_a_stop(void **state)
{
    (void)state;
    unsigned char unit;
    broker_make("LARGE-STOP");
    broker_add("LARGE-STOP", 0, 1, 10);
    broker_add("LARGE-STOP", 1, 1, 3000);
    weir_redis_from from = from_of("LARGE-STOP");
    from.message_bytes_max = 1000;
    weir_stream *stream =
        weir_stream_new(weir_redis(&from), sizeof(weir_stream), &stopper_ops, &weir_type_unit);
    assert_int_equal(weir_rt_next(rt, stream, &unit, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_LIMIT);
    assert_int_equal(weir_rt_next(rt, stream, &unit, &error), WEIR_END);
    weir_drop(stream);
    assert_true(broker_pending_is("LARGE-STOP", 0));
}

int redis_source(void)
{
    const struct CMUnitTest tests[] = {
        TEST(everything_comes),
        TEST(what_is_to_come_is_known),
        TEST(what_sorts_is_told_of_the_limit),
        TEST(what_is_dropped_comes_again),
        TEST(what_is_lost_comes_again),
        TEST(fields_have_their_places),
        TEST(large_ones_are_told),
        TEST(without_a_group_each_comes_once),
        TEST(new_ones_alone),
        TEST(what_is_open_is_bounded),
        TEST(slow_sinks_keep_what_they_have),
        TEST(what_waits_is_kept),
        TEST(what_nobody_keeps_is_told),
        TEST(what_was_tried_enough_goes_to_the_dead),
        TEST(stop_drains),
        TEST(stop_does_not_wait_for_ever),
        TEST(late_marks_settle_nothing),
        TEST(large_ones_are_told_before_a_stop),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: source", tests, NULL, NULL);
    broker_end();
    return failed;
}
