/* Jobs: each is settled by itself, in any order, on any thread. */

#include "broker.h"

#include "weir/timed.h"

static weir_redis_from from_of(const char *stream)
{
    return WEIR_REDIS_FROM(.at.address = broker.at, .stream = stream, .group = "g",
                           .claim_ns = 500000000);
}

static void each_by_itself(void **state)
{
    (void)state;
    broker_make("JOBS");
    broker_add("JOBS", 0, 4, 10);
    weir_redis_from from = from_of("JOBS");
    weir_stream *jobs = weir_redis_jobs(&from);
    weir_job job[4];
    for (unsigned i = 0; i < 4; i++) {
        job[i] = take_job(jobs);
        assert_int_equal(number_of(&job[i].message), i);
    }
    weir_job_done(&job[2]);
    assert_null(job[2].hold);
    weir_job_done(&job[2]); /* twice is once */
    weir_type_job.drop(&weir_type_job, &job[0]);
    weir_job again = take_job(jobs);
    assert_int_equal(broker_pending("JOBS"), 3); /* told when the stream was polled */
    assert_int_equal(number_of(&again.message), 0);
    assert_int_equal(again.message.tries, 2);
    weir_job_again(&again, 300000000);
    again = take_job(jobs);
    assert_int_equal(again.message.tries, 3);
    weir_job_done(&again);
    weir_job_dead(&job[3], "no use"); /* told when its stream goes */
    weir_drop(jobs);
    weir_job_done(&job[1]); /* it outlives its stream, and comes again */
    assert_true(broker_pending_is("JOBS", 1));
}

static void the_dead_are_kept(void **state)
{
    (void)state;
    broker_make("ILL");
    broker_make("DEAD");
    broker_say("XADD ILL * value 7 key k trace abc");
    weir_redis_from from = from_of("ILL");
    from.dead = "DEAD";
    from.claim_ns = 60000000000; /* a read that waits would do so for 5 s, and the XACK behind it */
    weir_stream *jobs = weir_redis_jobs(&from);
    weir_job job = take_job(jobs);
    weir_job_dead(&job, "it was ill");
    weir_job none;
    for (unsigned tries = 0; tries < 10 && (!tries || broker_pending("ILL")); tries++) {
        weir_stream *quiet = weir_timeout(weir_by_ref(jobs), 300000000);
        assert_int_equal(weir_rt_next(rt, quiet, &none, &error), WEIR_ERROR);
        weir_drop(quiet);
    }
    weir_drop(jobs);
    from = from_of("DEAD");
    jobs = weir_redis_jobs(&from);
    job = take_job(jobs);
    assert_int_equal(number_of(&job.message), 7);
    assert_int_equal(job.message.n_headers, 4);
    assert_non_null(strchr(header_of(&job.message, "weir-id"), '-'));
    assert_string_equal(job.message.key.data, "k");
    assert_string_equal(header_of(&job.message, "weir-reason"), "it was ill");
    assert_string_equal(header_of(&job.message, "weir-stream"), "ILL");
    assert_string_equal(header_of(&job.message, "trace"), "abc");
    weir_job_done(&job);
    weir_drop(jobs);
    assert_true(broker_pending_is("ILL", 0));
}

/* Held for three times the ack wait: told of, while the stream has its turns. */
static void a_slow_one_is_kept(void **state)
{
    (void)state;
    broker_make("HELD");
    broker_add("HELD", 0, 1, 10);
    weir_redis_from from = from_of("HELD");
    from.claim_ns = 1500000000;
    weir_stream *jobs = weir_redis_jobs(&from);
    hold_job(jobs);
    assert_true(broker_pending_is("HELD", 0));
}

/* Stopped: what is not settled in time goes back, and somebody else has it at once. */
static void stop_gives_them_back(void **state)
{
    (void)state;
    broker_make("QUIT");
    broker_add("QUIT", 0, 2, 10);
    weir_redis_from from = from_of("QUIT");
    from.claim_ns = 60000000000;
    from.drain_ns = 100000000;
    weir_stream *jobs = weir_redis_jobs(&from);
    weir_job job = take_job(jobs), none;
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, jobs, &none, &error), WEIR_END);
    weir_drop(jobs);
    weir_rt_drop(rt);
    rt = weir_rt_new(NULL, &error);
    jobs = weir_redis_jobs(&from);
    for (unsigned i = 0; i < 2; i++) {
        weir_job again = take_job(jobs);
        assert_int_equal(again.message.tries, 2);
        weir_job_done(&again);
    }
    weir_job_done(&job); /* late, and nobody is told */
    weir_drop(jobs);
    assert_true(broker_pending_is("QUIT", 0));
}

/* It was to come again later than its stream is there. */
static void what_waits_goes_with_its_stream(void **state)
{
    (void)state;
    broker_make("WAITS");
    broker_add("WAITS", 0, 1, 10);
    weir_redis_from from = from_of("WAITS");
    weir_stream *jobs = weir_redis_jobs(&from);
    weir_job job = take_job(jobs);
    weir_job_again(&job, 60000000000);
    weir_drop(jobs);
    jobs = weir_redis_jobs(&from);
    job = take_job(jobs); /* claimed */
    assert_int_equal(job.message.tries, 2);
    weir_job_done(&job);
    weir_drop(jobs);
    assert_true(broker_pending_is("WAITS", 0));
}

/* Worked at for longer than claim_ns, while the server is away: it is told when it is back. */
static void a_slow_one_outlives_the_server(void **state)
{
    (void)state;
    broker_make("AWAY");
    broker_add("AWAY", 0, 1, 10);
    weir_redis_from from = from_of("AWAY");
    weir_stream *jobs = weir_redis_jobs(&from);
    weir_job none, job = take_job(jobs);
    broker_kill();
    for (unsigned i = 0; i < 3; i++) {
        weir_stream *quiet = weir_timeout(weir_by_ref(jobs), 300000000);
        assert_int_equal(weir_rt_next(rt, quiet, &none, &error), WEIR_ERROR);
        weir_drop(quiet);
    }
    broker_start();
    weir_job_done(&job);
    broker_add("AWAY", 1, 1, 10);
    weir_state got;
    while ((got = weir_rt_next(rt, jobs, &job, &error)) == WEIR_ERROR)
        assert_false(error.fatal);
    assert_int_equal(got, WEIR_READY);
    assert_int_equal(number_of(&job.message), 1);
    weir_job_done(&job);
    weir_drop(jobs);
    assert_true(broker_pending_is("AWAY", 0));
}

static void on_all_processors(void **state)
{
    (void)state;
    enum { N = 300 };
    broker_make("PAR");
    broker_add("PAR", 0, N, 10);
    weir_redis_from from = from_of("PAR");
    work_at_all(weir_redis_jobs(&from), N);
    assert_true(broker_pending_is("PAR", 0));
}

int redis_jobs(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_by_itself),
        TEST(the_dead_are_kept),
        TEST(a_slow_one_is_kept),
        TEST(stop_gives_them_back),
        TEST(what_waits_goes_with_its_stream),
        TEST(a_slow_one_outlives_the_server),
        TEST(on_all_processors),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: jobs", tests, NULL, NULL);
    broker_end();
    return failed;
}
