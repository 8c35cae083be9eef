/* Jobs: each is settled by itself, in any order, on any thread. */

#include "broker.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "weir/par.h"
#include "weir/timed.h"

static weir_nats_from from_of(const char *stream)
{
    return WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w");
}

static weir_job take(weir_stream *jobs)
{
    weir_job job = {.hold = NULL};
    if (weir_rt_next(rt, jobs, &job, &error) != WEIR_READY)
        fail_msg("no job, but %s", error.message);
    return job;
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
        job[i] = take(jobs);
        assert_int_equal(number_of(&job[i].message), i);
    }
    weir_job_done(&job[2]);
    assert_null(job[2].hold);
    weir_job_done(&job[2]); /* twice is once */
    assert_true(broker_left_is("JOBS", 0, 3));
    weir_type_job.drop(&weir_type_job, &job[0]);
    weir_job again = take(jobs);
    assert_int_equal(number_of(&again.message), 0);
    assert_int_equal(again.message.tries, 2);
    weir_job_again(&again, 300000000);
    again = take(jobs);
    assert_int_equal(again.message.tries, 3);
    weir_job_done(&again);
    weir_drop(jobs);
    weir_job_done(&job[1]); /* it outlives its stream */
    weir_job_dead(&job[3], "no use");
    assert_true(broker_left_is("JOBS", 0, 0));
}

static const char *header_of(const weir_message *message, const char *name)
{
    for (unsigned i = 0; i < message->n_headers; i++)
        if (!strcmp(message->headers[i].name, name))
            return message->headers[i].value;
    fail_msg("no header '%s'", name);
    return NULL;
}

static void publish_traced(const char *subject)
{
    natsMsg *message = NULL;
    assert_int_equal(natsMsg_Create(&message, subject, NULL, "7", 1), NATS_OK);
    assert_int_equal(natsMsgHeader_Set(message, "Trace", "abc"), NATS_OK);
    assert_int_equal(natsMsgHeader_Set(message, "Nats-Msg-Id", "seven"), NATS_OK);
    assert_int_equal(natsConnection_PublishMsg(broker.connection, message), NATS_OK);
    natsMsg_Destroy(message);
}

static void the_dead_are_kept(void **state)
{
    (void)state;
    broker_make("ILL", 30000);
    broker_make("DEAD", 30000);
    publish_traced("in.ILL");
    weir_nats_from from = from_of("ILL");
    from.dead = "in.DEAD";
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take(jobs);
    weir_job_dead(&job, "it was ill");
    weir_drop(jobs);
    from = from_of("DEAD");
    jobs = weir_nats_jobs(&from);
    job = take(jobs);
    assert_int_equal(number_of(&job.message), 7);
    assert_int_equal(job.message.n_headers, 3);
    assert_string_equal(header_of(&job.message, "Weir-Reason"), "it was ill");
    assert_string_equal(header_of(&job.message, "Weir-Subject"), "in.ILL");
    assert_string_equal(header_of(&job.message, "Trace"), "abc");
    weir_job_done(&job);
    weir_drop(jobs);
    assert_true(broker_left_is("ILL", 0, 0));
}

/* The server takes it, but not with the reason. */
static void what_cannot_be_kept_comes_again(void **state)
{
    (void)state;
    static char large[1 << 20] = "7";
    broker_make("HEAVY", 500);
    broker_make("NEVER", 30000);
    assert_int_equal(
        natsConnection_Publish(broker.connection, "in.HEAVY", large, (int)sizeof large), NATS_OK);
    weir_nats_from from = from_of("HEAVY");
    from.dead = "in.NEVER";
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take(jobs);
    weir_job_dead(&job, "it was ill");
    job = take(jobs);
    assert_int_equal(job.message.tries, 2);
    weir_job_done(&job);
    weir_drop(jobs);
    assert_true(broker_left_is("HEAVY", 0, 0));
}

/* Held for three times the ack wait: told of, while the stream has its turns. */
static void a_slow_one_is_kept(void **state)
{
    (void)state;
    broker_make("HELD", 600);
    broker_publish("HELD", 0, 1, 10);
    weir_nats_from from = from_of("HELD");
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take(jobs);
    weir_stream *quiet = weir_timeout(jobs, 1800000000);
    weir_job none;
    assert_int_equal(weir_rt_next(rt, quiet, &none, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_TIMEOUT); /* it did not come again */
    weir_job_done(&job);
    weir_drop(quiet);
    assert_true(broker_left_is("HELD", 0, 0));
}

struct work {
    unsigned done, failed;
};

WEIR_PAR_FN(work_fn, weir_job, job, struct work *, work)
{
    weir_await(weir_sleep((number_of(&job.message) % 7) * 1000000), NULL, NULL);
    if (job.message.tries == 1 && number_of(&job.message) % 10 == 0) {
        __atomic_fetch_add(&work->failed, 1, __ATOMIC_RELAXED);
        weir_job_again(&job, 0);
        return;
    }
    __atomic_fetch_add(&work->done, 1, __ATOMIC_RELAXED);
    weir_job_done(&job);
}

static void on_all_processors(void **state)
{
    (void)state;
    enum { N = 300 };
    struct work work = {0};
    broker_make("PAR", 30000);
    broker_publish("PAR", 0, N, 10);
    weir_nats_from from = from_of("PAR");
    weir_stream *jobs = weir_take(weir_nats_jobs(&from), N + N / 10);
    weir_stream *all = weir_par_for_each(jobs, &work_fn, &work, 16, NULL);
    if (weir_rt_run(rt, all, NULL, &error) != WEIR_READY)
        fail_msg("%s", error.message);
    assert_int_equal(work.done, N);
    assert_int_equal(work.failed, N / 10);
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
        TEST(each_by_itself),     TEST(the_dead_are_kept), TEST(what_cannot_be_kept_comes_again),
        TEST(a_slow_one_is_kept), TEST(on_all_processors), TEST(the_example_stops_well),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: jobs", tests, NULL, NULL);
    broker_end();
    return failed;
}
