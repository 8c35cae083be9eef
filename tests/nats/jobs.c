/* Jobs: each is settled by itself, in any order, on any thread. */

#include "broker.h"
#include "weir/timed.h"

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
    weir_job job = take_job(jobs);
    weir_job_dead(&job, "it was ill");
    weir_drop(jobs);
    from = from_of("DEAD");
    jobs = weir_nats_jobs(&from);
    job = take_job(jobs);
    assert_int_equal(number_of(&job.message), 7);
    assert_int_equal(job.message.n_headers, 3);
    assert_string_equal(header_of(&job.message, "Weir-Reason"), "it was ill");
    assert_string_equal(header_of(&job.message, "Weir-Subject"), "in.ILL");
    assert_string_equal(header_of(&job.message, "Trace"), "abc");
    weir_job_done(&job);
    weir_drop(jobs);
    assert_true(broker_left_is("ILL", 0, 0));
}

static void make_full(const char *stream, const char *subject)
{
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Subjects = &subject;
    config.SubjectsLen = 1;
    config.MaxMsgs = 1;
    config.Discard = js_DiscardNew;
    assert_int_equal(js_AddStream(NULL, broker.js, &config, NULL, NULL), NATS_OK);
    assert_int_equal(js_Publish(NULL, broker.js, subject, "1", 1, NULL, NULL), NATS_OK);
}

/* Published is not kept: where the stream refuses it, it comes again. */
static void what_is_not_stored_is_not_ended(void **state)
{
    (void)state;
    broker_make("SICK", 500);
    broker_publish("SICK", 7, 1, 10);
    make_full("CROWDED", "in.CROWDED");
    weir_nats_from from = from_of("SICK");
    from.dead = "in.CROWDED";
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take_job(jobs);
    weir_job_dead(&job, "it was ill");
    weir_stream *again = weir_timeout(weir_by_ref(jobs), 5000000000);
    job = take_job(again);
    weir_drop(again);
    assert_int_equal(number_of(&job.message), 7);
    assert_true(job.message.tries >= 2);
    assert_int_equal(js_PurgeStream(broker.js, "CROWDED", NULL, NULL), NATS_OK);
    weir_job_dead(&job, "it was ill");
    weir_drop(jobs); /* it is waited for all the same */
    assert_true(broker_left_is("SICK", 0, 0));
    assert_int_equal(broker_stored("CROWDED"), 1);
}

static char large[1 << 20] = "7";

static void publish_large(const char *subject, int bytes, const char *trace)
{
    natsMsg *message = NULL;
    assert_int_equal(natsMsg_Create(&message, subject, NULL, large, bytes), NATS_OK);
    if (trace)
        assert_int_equal(natsMsgHeader_Set(message, "Trace", trace), NATS_OK);
    assert_int_equal(natsConnection_PublishMsg(broker.connection, message), NATS_OK);
    natsMsg_Destroy(message);
}

/* The one message of `stream`, given up; then as `grave` has it. */
static weir_job bury(const char *stream, const char *grave, const char *reason)
{
    char subject[32];
    snprintf(subject, sizeof subject, "in.%s", grave);
    weir_nats_from from = from_of(stream);
    from.dead = subject;
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take_job(jobs);
    weir_job_dead(&job, reason);
    weir_drop(jobs);
    assert_true(broker_left_is(stream, 0, 0));
    from = from_of(grave);
    jobs = weir_nats_jobs(&from);
    job = take_job(jobs);
    weir_drop(jobs);
    return job;
}

/* The server takes it, but not with all that is said beside it, or with nothing at all. */
static void the_largest_are_kept_bare(void **state)
{
    (void)state;
    char trace[300] = "";
    memset(trace, 'a', sizeof trace - 1);
    broker_make("LARGE", 30000);
    broker_make("LARGEST", 30000);
    broker_make("ROOM", 30000);
    broker_make("FULL", 30000);
    publish_large("in.LARGE", sizeof large - 400, trace);
    weir_job job = bury("LARGE", "ROOM", "it was too much for whoever was to have it, each time");
    assert_int_equal(job.message.value.size, sizeof large - 400);
    assert_int_equal(job.message.n_headers, 2);
    assert_string_equal(header_of(&job.message, "Trace"), "none");
    weir_job_done(&job);
    publish_large("in.LARGEST", sizeof large, NULL);
    job = bury("LARGEST", "FULL", "it was ill");
    assert_int_equal(job.message.value.size, sizeof large);
    assert_int_equal(job.message.n_headers, 0);
    weir_job_done(&job);
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
        TEST(each_by_itself),
        TEST(the_dead_are_kept),
        TEST(the_largest_are_kept_bare),
        TEST(what_is_not_stored_is_not_ended),
        TEST(a_slow_one_is_kept),
        TEST(on_all_processors),
        TEST(the_example_stops_well),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: jobs", tests, NULL, NULL);
    broker_end();
    return failed;
}
