/* Each allocation fails once: nothing is lost, leaked or acknowledged too early. */

#include "broker.h"

enum { N = 20 };

static void fill(void)
{
    js_PurgeStream(broker.js, "MEM", NULL, NULL);
    broker_publish("MEM", 0, N, 10);
}

static void read_some(void)
{
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "MEM", .consumer = "w");
    weir_stream *stream = weir_settle_here(weir_nats(&from));
    read_all(stream, N);
    weir_rt_stop(rt); /* a mark stands behind the last */
    read_all(stream, N);
    weir_drop(stream);
}

static void reading_fails_anywhere(void **state)
{
    (void)state;
    broker_make("MEM", 30000);
    each_allocation_fails(NULL, fill, read_some);
}

static void work_some(void)
{
    weir_job job;
    weir_stream *jobs = weir_nats_jobs(&WEIR_NATS_FROM(.at = broker.at, .stream = "MEMJOBS",
                                                       .consumer = "w", .dead = "in.MEMDEAD"));
    for (unsigned left = 3; left;) {
        weir_state got = weir_rt_next(rt, jobs, &job, &error);
        if (got == WEIR_END || (got == WEIR_ERROR && error.fatal))
            break;
        if (got != WEIR_READY)
            continue;
        if (left-- == 3)
            weir_job_dead(&job, "it was ill");
        else
            weir_job_done(&job);
    }
    weir_drop(jobs);
}

static void fill_jobs(void)
{
    js_PurgeStream(broker.js, "MEMJOBS", NULL, NULL);
    broker_publish("MEMJOBS", 0, 3, 10);
}

static void working_fails_anywhere(void **state)
{
    (void)state;
    broker_make("MEMJOBS", 30000);
    broker_make("MEMDEAD", 30000);
    each_allocation_fails(NULL, fill_jobs, work_some);
}

static void write_some(void)
{
    weir_nats_into into = WEIR_NATS_INTO(.at = broker.at, .subject = "in.MADE");
    run_or_fail(weir_to_nats(lines(N), &into), N);
}

static void say_some(void)
{
    weir_nats_into into = WEIR_NATS_INTO(.at = broker.at, .subject = "who.listens", .core = true);
    run_or_fail(weir_to_nats(lines(N), &into), N);
}

static void writing_fails_anywhere(void **state)
{
    (void)state;
    broker_make("MADE", 30000);
    each_allocation_fails(NULL, NULL, write_some);
    each_allocation_fails(NULL, NULL, say_some);
}

int nats_memory(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reading_fails_anywhere),
        cmocka_unit_test(working_fails_anywhere),
        cmocka_unit_test(writing_fails_anywhere),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: memory", tests, NULL, NULL);
    broker_end();
    return failed;
}
