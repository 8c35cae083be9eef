/* Workers that are stopped together, and one that is stopped for longer than its session. */

#include "broker.h"

#include <signal.h>

enum { PARTS = 4, WAIT_S = 60 };

static void wait_until(const struct topic *topic, int64_t n)
{
    int64_t now = 0;
    for (unsigned i = 0; i < WAIT_S * 10 && (now = broker_settled(topic, topic->name)) < n; i++)
        usleep(100000);
    if (now < n)
        fail_msg("%s: %lld of %lld are settled", topic->name, (long long)now, (long long)n);
}

static void judge(const struct topic *topic, unsigned files, unsigned n, unsigned twice_max)
{
    struct appended came = broker_came(topic, files, n);
    printf("%s: %u lost, %u twice, %u torn\n", topic->name, came.lost, came.twice, came.torn);
    assert_int_equal(came.lost, 0);
    assert_int_equal(came.torn, 0);
    assert_in_range(came.twice, 0, twice_max);
}

/* The brokers refuse what one says while the group changes for the other: it is said again, until
 * it was accepted. So who comes after them begins where they ended. */
static void two_that_stop_together_say_all(void **state)
{
    (void)state;
    enum { N = 6000, ROUNDS = 3 };
    struct topic topic = broker_make("together", PARTS);
    broker_publish(&topic, 0, N, 20);
    for (unsigned i = 0; i < ROUNDS; i++) {
        int64_t settled = broker_settled(&topic, topic.name);
        pid_t one = broker_work(&topic, 2 * i, "durable", 300);
        pid_t two = broker_work(&topic, 2 * i + 1, "durable", 300);
        wait_until(&topic, i < ROUNDS - 1 ? settled + 600 : N);
        kill(one, SIGTERM);
        assert_int_equal(broker_end_work(two, SIGTERM), 0);
        assert_int_equal(broker_end_work(one, 0), 0); /* a second one would kill it */
    }
    assert_int_equal(broker_settled(&topic, topic.name), N);
    judge(&topic, 2 * ROUNDS, N, 0);
}

/* Others have its partitions when it goes on: what it says does not count. */
static void who_was_away_settles_nothing(void **state)
{
    (void)state;
    enum { N = 5000 };
    struct topic topic = broker_make("away", PARTS);
    broker_publish(&topic, 0, N, 20);
    pid_t one = broker_work(&topic, 0, "durable", 1500);
    wait_until(&topic, 1);
    pid_t two = broker_work(&topic, 1, "durable", 300);
    wait_until(&topic, N / 2);
    kill(one, SIGSTOP);
    wait_until(&topic, N); /* it is missed after its session, 4 s */
    kill(one, SIGCONT);
    for (unsigned i = 0; i < 20; i++) {
        assert_int_equal(broker_settled(&topic, topic.name), N);
        usleep(100000);
    }
    broker_end_work(one, SIGTERM);
    assert_int_equal(broker_end_work(two, SIGTERM), 0);
    assert_int_equal(broker_settled(&topic, topic.name), N);
    judge(&topic, 2, N, N / 2);
}

int kafka_workers(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_that_stop_together_say_all),
        cmocka_unit_test(who_was_away_settles_nothing),
    };
    if (!broker_begin(1))
        return 0;
    int failed = cmocka_run_group_tests_name("kafka: workers", tests, NULL, NULL);
    broker_end();
    return failed;
}
