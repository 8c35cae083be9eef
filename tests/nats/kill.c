/* Two workers on one consumer, killed at random while they work: nothing is lost. And the control,
 * which settles on arrival: it loses some, or the test would see nothing.
 *
 * WEIR_NATS_KILL=MESSAGES: so many, killed until they are done; and the server is killed too. */

#include "broker.h"
#include "killed.h"

enum { USUAL = 2000, ACK_WAIT_MS = 1000 };

static bool is_done(const char *stream)
{
    struct broker_left left = broker_left(stream);
    return !left.pending && !left.unacked;
}

static void restart(void)
{
    broker_kill();
    usleep(100000);
    broker_start();
}

static void run(struct killed_round *round)
{
    round->worker = WEIR_NATS_WORKER;
    round->at = broker.at;
    round->dir = broker.dir;
    round->kills = round->n > USUAL ? round->n / 200 : 12;
    round->work_us = 700;
    round->is_done = is_done;
    broker_make(round->stream, ACK_WAIT_MS);
    broker_publish(round->stream, 0, round->n, 100);
    killed_run(round);
}

static void nothing_is_lost(void **state)
{
    (void)state;
    const char *wanted = getenv("WEIR_NATS_KILL");
    struct killed_round round = {
        .stream = "KILL", .mode = "durable", .n = wanted ? (unsigned)atoi(wanted) : USUAL};
    if (round.n > USUAL)
        round.restart = restart;
    run(&round);
    assert_true(round.killed + round.server_killed > 4);
    assert_int_equal(round.came.lost, 0);
    assert_int_equal(round.came.torn, 0);
}

static void the_control_loses(void **state)
{
    (void)state;
    struct killed_round round = {.stream = "EARLY", .mode = "early", .n = USUAL};
    run(&round);
    assert_true(round.came.lost > 0);
}

int nats_kill(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_lost),
        cmocka_unit_test(the_control_loses),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: kill", tests, NULL, NULL);
    broker_end();
    return failed;
}
