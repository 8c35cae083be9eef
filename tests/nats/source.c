/* Messages of a consumer: all come, what is settled is acknowledged and nothing else is. */

#include "broker.h"

static weir_rt *rt;
static weir_error error;

static weir_stream *messages(const char *stream, struct keeper *keeper)
{
    return keeper_over(
        weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w")), keeper);
}

static void everything_comes(void **state)
{
    (void)state;
    enum { N = 5000 };
    static struct keeper keeper;
    broker_make("ALL", 30000);
    broker_publish("ALL", 0, N, 100);
    weir_stream *stream = messages("ALL", &keeper);
    weir_message message;
    for (unsigned i = 0; i < N; i++) {
        if (weir_rt_next(rt, stream, &message, &error) != WEIR_READY)
            fail_msg("message %u: %s", i, error.message);
        assert_int_equal(number_of(&message), i);
        assert_int_equal(message.offset, i + 1);
        assert_int_equal(message.tries, 1);
        assert_int_equal(message.value.size, 100);
        assert_string_equal(message.topic, "in.ALL");
        assert_true(message.time_ns > 1600000000000000000);
    }
    assert_int_equal(broker_left("ALL").unacked, N);
    keeper_settle(&keeper, true);
    uint64_t behind = N - keeper.upto; /* the last mark */
    assert_true(behind <= 128);
    assert_true(broker_left_is("ALL", 0, behind));
    weir_drop(stream);
    broker_publish("ALL", N, 1, 100);
    stream =
        messages("ALL", &keeper); /* it went back: all of it comes at once, for the second time */
    for (uint64_t i = 0; i < behind + 1; i++) {
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        assert_int_equal(message.tries, message.offset > N ? 1 : 2);
    }
    weir_drop(stream);
}

static int begin(void **state)
{
    (void)state;
    rt = weir_rt_new(NULL, &error);
    return rt ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    weir_rt_drop(rt);
    return 0;
}

int nats_source(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(everything_comes, begin, end),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: source", tests, NULL, NULL);
    broker_end();
    return failed;
}
