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
        TEST(on_all_processors),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: jobs", tests, NULL, NULL);
    broker_end();
    return failed;
}
