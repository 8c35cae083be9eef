/* Each allocation fails once: nothing is lost, leaked or acknowledged too early. */

#include "broker.h"

enum { N = 20 };

static void fill(void)
{
    broker_say("XGROUP DESTROY MEM g");
    broker_say("XTRIM MEM MAXLEN 0");
    broker_make("MEM");
    broker_add("MEM", 0, N, 10);
}

static void read_some(void)
{
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "MEM", .group = "g",
                                           .claim_ns = 50000000);
    weir_stream *stream = weir_settle_here(weir_redis(&from));
    read_all(stream, N);
    weir_drop(stream);
}

/* Of this driver's, since it has no pool of its own. */
static void reading_fails_anywhere(void **state)
{
    (void)state;
    broker_make("MEM");
    each_allocation_fails("epoll", fill, read_some);
}

static void fill_work(void)
{
    broker_say("DEL WORK");
    broker_make("WORK");
    broker_add("WORK", 0, N + 1, 10); /* one is done twice where its end could not be told */
}

static void do_some(void)
{
    weir_redis_from from = WEIR_REDIS_FROM(.at.address = broker.at, .stream = "WORK", .group = "g",
                                           .claim_ns = 50000000);
    weir_stream *stream = weir_redis_jobs(&from);
    for (unsigned left = N; left;) {
        weir_job job;
        weir_state got = weir_rt_next(rt, stream, &job, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        left -= got == WEIR_READY;
        if (got == WEIR_READY)
            weir_job_done(&job);
    }
    weir_drop(stream);
}

static void jobs_fail_anywhere(void **state)
{
    (void)state;
    each_allocation_fails("epoll", fill_work, do_some);
}

static void write_some(void)
{
    weir_redis_into into = WEIR_REDIS_INTO(.at.address = broker.at, .stream = "WRITTEN");
    run_or_fail(weir_to_redis(lines(N), &into), N);
}

static void writing_fails_anywhere(void **state)
{
    (void)state;
    each_allocation_fails("epoll", NULL, write_some);
}

int redis_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_fails_anywhere),
        cmocka_unit_test(jobs_fail_anywhere),
        cmocka_unit_test(writing_fails_anywhere),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("redis: memory", tests, NULL, NULL);
    broker_end();
    return failed;
}
