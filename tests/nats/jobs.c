/* Jobs: each is settled by itself, in any order, on any thread. */

#include "broker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static weir_nats_from from_of(const char *stream)
{
    return WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w");
}

static void each_by_itself(void **state)
{
    (void)state;
    broker_make("JOBS", 30000);
    broker_publish("JOBS", 0, 4, 10);
    weir_nats_from from = from_of("JOBS");
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job[4];
    for (unsigned i = 0; i < 4; i++) {
        job[i] = take_job(jobs);
        assert_int_equal(number_of(&job[i].message), i);
    }
    weir_job_done(&job[2]);
    assert_null(job[2].hold);
    weir_job_done(&job[2]); /* twice is once */
    assert_true(broker_left_is("JOBS", 0, 3));
    weir_type_job.drop(&weir_type_job, &job[0]);
    weir_job again = take_job(jobs);
    assert_int_equal(number_of(&again.message), 0);
    assert_int_equal(again.message.tries, 2);
    weir_job_again(&again, 300000000);
    again = take_job(jobs);
    assert_int_equal(again.message.tries, 3);
    weir_job_done(&again);
    weir_drop(jobs);
    weir_job_done(&job[1]); /* it outlives its stream */
    weir_job_dead(&job[3], "no use");
    assert_true(broker_left_is("JOBS", 0, 0));
}

/* Held for three times the ack wait: told of, while the stream has its turns. */
static void a_slow_one_is_kept(void **state)
{
    (void)state;
    broker_make("HELD", 1500);
    broker_publish("HELD", 0, 1, 10);
    weir_nats_from from = from_of("HELD");
    weir_stream *jobs = weir_nats_jobs(&from);
    hold_job(jobs);
    assert_true(broker_left_is("HELD", 0, 0));
}

/* A stop waits for what is open as long as was said; then the server gives it to somebody else. */
static void a_stop_gives_open_ones_back(void **state)
{
    (void)state;
    weir_job none;
    broker_make("BACK", 30000);
    broker_publish("BACK", 0, 1, 10);
    weir_nats_from from = from_of("BACK");
    from.drain_ns = 200000000;
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take_job(jobs);
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, jobs, &none, &error), WEIR_END);
    weir_drop(jobs);
    weir_rt_drop(rt);
    rt = weir_rt_new(NULL, &error);
    jobs = weir_nats_jobs(&from);
    weir_job again = take_job(jobs);
    assert_int_equal(again.message.tries, 2);
    weir_job_done(&again);
    weir_job_done(&job); /* late, and harmless */
    weir_drop(jobs);
    assert_true(broker_left_is("BACK", 0, 0));
}

/* Two requests, and the receipts of what may be open. */
static void what_it_holds_is_bounded(void **state)
{
    (void)state;
    weir_nats_from from = from_of("JOBS");
    from.fetch_bytes_max = (size_t)32 << 20;
    from.receipts_max = 100;
    weir_stream *jobs = weir_nats_jobs(&from);
    size_t bound = weir_memory_max(jobs);
    assert_in_range(bound, 2 * from.fetch_bytes_max, 3 * from.fetch_bytes_max);
    weir_drop(jobs);
}

static void on_all_processors(void **state)
{
    (void)state;
    enum { N = 300 };
    broker_make("PAR", 30000);
    broker_publish("PAR", 0, N, 10);
    weir_nats_from from = from_of("PAR");
    work_at_all(weir_nats_jobs(&from), N);
    assert_true(broker_left_is("PAR", 0, 0));
}

static pid_t run_example(void)
{
    pid_t pid = fork();
    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(WEIR_NATS_JOBS, "nats_jobs", broker.at, "STOP", "w", (char *)NULL);
    _exit(127);
}

static void until_under_way(unsigned n)
{
    struct broker_left left = {0};
    for (int waited_ms = 0; waited_ms < 10000; waited_ms += 10) {
        left = broker_left("STOP");
        if (left.pending == 0 && left.unacked == n)
            return;
        usleep(10000);
    }
    fail_msg("%llu are not delivered, %llu under way", (unsigned long long)left.pending,
             (unsigned long long)left.unacked);
}

/* A stop is no failure: what it has in hand is done, and no more. */
static void the_example_stops_well(void **state)
{
    (void)state;
    int status;
    broker_make("STOP", 30000);
    for (int i = 0; i < 2; i++)
        assert_int_equal(js_Publish(NULL, broker.js, "in.STOP", "400", 3, NULL, NULL), NATS_OK);
    pid_t pid = run_example();
    until_under_way(2);
    kill(pid, SIGTERM);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
    assert_true(broker_left_is("STOP", 0, 0));
}

int nats_jobs(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_by_itself),           TEST(a_slow_one_is_kept), TEST(a_stop_gives_open_ones_back),
        TEST(what_it_holds_is_bounded), TEST(on_all_processors),  TEST(the_example_stops_well),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: jobs", tests, NULL, NULL);
    broker_end();
    return failed;
}
