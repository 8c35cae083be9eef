/* What nobody is to try again: it is kept where it was said, and ended once it is stored there. */

#include "broker.h"
#include "nats/link.h"
#include "weir/timed.h"

static weir_nats_from from_of(const char *stream)
{
    return WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w");
}

/* ---- what is kept ---- */

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

/* ---- what was tried too often ---- */

/* What never settles is given twice, and then kept elsewhere. */
static void poison_is_given_up(void **state)
{
    (void)state;
    weir_message message;
    broker_make("POISON", 30000);
    broker_make("GRAVE", 30000);
    broker_publish("POISON", 0, 1, 10);
    weir_nats_from from = from_of("POISON");
    from.tries_max = 2;
    from.dead = "in.GRAVE";
    for (unsigned i = 1; i <= 2; i++) {
        struct keeper keeper = {.n = 0};
        weir_stream *stream = keeper_over(weir_nats(&from), &keeper);
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
        assert_int_equal(message.tries, i);
        weir_drop(stream); /* as if it had died */
    }
    weir_stream *stream = weir_settle_here(weir_nats(&from));
    broker_publish("POISON", 1, 1, 10);
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(number_of(&message), 1);
    weir_drop(stream);
    from = from_of("GRAVE");
    stream = weir_settle_here(weir_nats(&from));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_READY);
    assert_int_equal(number_of(&message), 0);
    assert_int_equal(message.n_headers, 2);
    weir_drop(stream);
}

/* Given so often, and kept by nobody. */
static void tells_of(const char *stream, uint32_t tries_max, const char *words)
{
    weir_message message;
    broker_make(stream, 30000);
    broker_publish(stream, 0, 1, 10);
    weir_nats_from from = from_of(stream);
    from.tries_max = tries_max;
    for (uint32_t i = 0; i < tries_max; i++) {
        struct keeper keeper = {.n = 0};
        weir_stream *dying = keeper_over(weir_nats(&from), &keeper);
        take(dying, &message);
        weir_drop(dying); /* as if it had died */
    }
    weir_stream *messages = weir_settle_here(weir_nats(&from));
    expect_error(messages, WEIR_E_LIMIT, false, words);
    assert_int_equal(error.record, 1);
    broker_publish(stream, 1, 1, 10); /* before, who dies might have got it too */
    take(messages, &message);
    assert_int_equal(number_of(&message), 1);
    weir_drop(messages);
}

/* Nobody has it then, but somebody hears of it. */
static void poison_that_nobody_keeps_is_told(void **state)
{
    (void)state;
    tells_of("LONELY", 1, "message 1 of stream 'LONELY' was given 1 time, never acknowledged");
    tells_of("ALONE", 2, "message 1 of stream 'ALONE' was given 2 times, never acknowledged");
}

/* It would be ended, and nowhere. */
static void the_dead_go_into_a_stream(void **state)
{
    (void)state;
    broker_make("TYPO", 1000);
    weir_nats_from from = from_of("TYPO");
    from.tries_max = 2;
    from.dead = "nobody.stores.it";
    weir_stream *messages = weir_settle_here(weir_nats(&from));
    expect_error(messages, WEIR_E_ARGUMENT, true,
                 "subject 'nobody.stores.it': no stream stores it");
    weir_drop(messages);
}

/* ---- what is not stored ---- */

/* With the settings that `config` has already. */
static void make_stream(jsStreamConfig config, const char *stream, const char *subject)
{
    config.Name = stream;
    config.Subjects = &subject;
    config.SubjectsLen = 1;
    assert_int_equal(js_AddStream(NULL, broker.js, &config, NULL, NULL), NATS_OK);
}

static jsStreamConfig config_of(void)
{
    jsStreamConfig config;
    jsStreamConfig_Init(&config);
    return config;
}

static void make_full(const char *stream, const char *subject)
{
    jsStreamConfig config = config_of();
    config.MaxMsgs = 1;
    config.Discard = js_DiscardNew;
    make_stream(config, stream, subject);
    assert_int_equal(js_Publish(NULL, broker.js, subject, "1", 1, NULL, NULL), NATS_OK);
}

/* The next one, whatever is told before it. */
static weir_job next_job(weir_stream *jobs)
{
    weir_job job = {.hold = NULL};
    weir_stream *in_time = weir_timeout(weir_by_ref(jobs), 10000000000);
    weir_state got;
    while ((got = weir_rt_next(rt, in_time, &job, &error)) == WEIR_ERROR && !error.fatal)
        ;
    weir_drop(in_time);
    if (got != WEIR_READY)
        fail_msg("no job, but %s", error.message);
    return job;
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
    job = next_job(jobs);
    assert_int_equal(number_of(&job.message), 7);
    assert_true(job.message.tries >= 2);
    assert_int_equal(js_PurgeStream(broker.js, "CROWDED", NULL, NULL), NATS_OK);
    weir_job_dead(&job, "it was ill");
    weir_drop(jobs); /* it is waited for all the same */
    assert_true(broker_left_is("SICK", 0, 0));
    assert_int_equal(broker_stored("CROWDED"), 1);
}

/* It was there when the consumer was looked at. */
static void a_grave_may_be_gone(void **state)
{
    (void)state;
    broker_make("HEIR", 500);
    broker_publish("HEIR", 0, 1, 10);
    make_stream(config_of(), "PASSING", "in.PASSING");
    weir_nats_from from = from_of("HEIR");
    from.dead = "in.PASSING";
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take_job(jobs);
    assert_int_equal(js_DeleteStream(broker.js, "PASSING", NULL, NULL), NATS_OK);
    weir_job_dead(&job, "it was ill");
    job = next_job(jobs);
    assert_true(job.message.tries >= 2);
    make_stream(config_of(), "PASSING", "in.PASSING");
    weir_job_dead(&job, "it was ill");
    assert_true(broker_left_is("HEIR", 0, 0));
    assert_int_equal(broker_stored("PASSING"), 1);
    weir_drop(jobs);
}

/* What the stream had not said is not known, whatever it stored. */
static void a_lost_server_may_not_have_stored_it(void **state)
{
    (void)state;
    broker_make("UNSAID", 1000);
    broker_make("SAID", 30000);
    broker_publish("UNSAID", 0, 1, 10);
    weir_nats_from from = from_of("UNSAID");
    from.dead = "in.SAID";
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take_job(jobs);
    broker_stop();
    weir_job_dead(&job, "it was ill");
    broker_kill();
    broker_start();
    job = next_job(jobs);
    assert_int_equal(number_of(&job.message), 0);
    weir_job_dead(&job, "it was ill");
    assert_true(broker_left_is("UNSAID", 0, 0));
    assert_true(broker_stored("SAID") >= 1);
    weir_drop(jobs);
}

/* Several are waited for at once, and each answer is about its own. */
static void answers_find_their_own(void **state)
{
    (void)state;
    enum { N = 4 };
    weir_job job[N];
    broker_make("MANY", 30000);
    broker_make("MASS", 30000);
    broker_publish("MANY", 0, N, 10);
    weir_nats_from from = from_of("MANY");
    from.dead = "in.MASS";
    weir_stream *jobs = weir_nats_jobs(&from);
    for (unsigned i = 0; i < N; i++)
        job[i] = take_job(jobs);
    broker_stop();
    for (unsigned i = 0; i < N; i++)
        weir_job_dead(&job[i], "it was ill");
    broker_go_on();
    assert_true(broker_left_is("MANY", 0, 0));
    assert_int_equal(broker_stored("MASS"), N);
    weir_drop(jobs);
}

/* A stop waits for the answer, but not for longer than was said. */
static void a_stop_waits_for_the_grave(void **state)
{
    (void)state;
    weir_job none;
    broker_make("LAST", 30000);
    broker_make("REST", 30000);
    broker_publish("LAST", 0, 1, 10);
    weir_nats_from from = from_of("LAST");
    from.dead = "in.REST";
    from.drain_ns = 200000000;
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take_job(jobs);
    broker_stop();
    weir_job_dead(&job, "it was ill");
    weir_rt_stop(rt);
    assert_int_equal(weir_rt_next(rt, jobs, &none, &error), WEIR_END);
    weir_drop(jobs);
    broker_go_on(); /* the answer comes all the same, and ends it */
    assert_true(broker_left_is("LAST", 0, 0));
    assert_int_equal(broker_stored("REST"), 1);
}

/* ---- where nobody answers ---- */

static void hear(natsConnection *connection, natsSubscription *subscription, natsMsg *message,
                 void *heard)
{
    (void)connection, (void)subscription;
    natsMsg_Destroy(message);
    __atomic_fetch_add((unsigned *)heard, 1, __ATOMIC_RELAXED);
}

/* The one job of `stream` is ended at once. */
static void ends(const char *stream, const char *dead)
{
    broker_make(stream, 30000);
    broker_publish(stream, 0, 1, 10);
    weir_nats_from from = from_of(stream);
    from.dead = dead;
    weir_stream *jobs = weir_nats_jobs(&from);
    weir_job job = take_job(jobs);
    weir_job_dead(&job, "it was ill");
    assert_true(broker_left_is(stream, 0, 0));
    weir_drop(jobs);
}

/* Those of jobs may be for whoever listens; nobody says that he has it. */
static void who_listens_hears_of_them(void **state)
{
    (void)state;
    unsigned heard = 0;
    natsSubscription *subscription = NULL;
    assert_int_equal(
        natsConnection_Subscribe(&subscription, broker.connection, "who.listens", hear, &heard),
        NATS_OK);
    natsConnection_Flush(broker.connection);
    ends("HEARD", "who.listens");
    for (unsigned ms = 0; !__atomic_load_n(&heard, __ATOMIC_RELAXED) && ms < 10000;)
        ms += wait_ms(1);
    assert_int_equal(__atomic_load_n(&heard, __ATOMIC_RELAXED), 1);
    natsSubscription_Destroy(subscription);
}

static void a_stream_may_say_nothing(void **state)
{
    (void)state;
    jsStreamConfig config = config_of();
    config.NoAck = true;
    make_stream(config, "MUTE", "in.MUTE");
    ends("TOLD", "in.MUTE");
    assert_int_equal(broker_stored("MUTE"), 1);
}

/* ---- answers about nothing ---- */

static void what_is_about_nothing_is_left(void **state)
{
    (void)state;
    static const char *const subjects[] = {"_INBOX.x", "_INBOX.x.7", "_INBOX.x.none"};
    weir_nats_from from = WEIR_NATS_FROM(.stream = "S", .consumer = "w", .dead = "d");
    struct weir_nats_link *link = weir_nats_link_new(&from, weir_nats_on_message);
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        natsMsg *message = NULL;
        assert_int_equal(natsMsg_Create(&message, subjects[i], NULL, "{}", 2), NATS_OK);
        weir_nats_on_buried(NULL, NULL, message, &link->grave);
        assert_int_equal(link->receipts, 0);
    }
    weir_nats_link_leave(link);
}

int nats_dead(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_dead_are_kept),
        TEST(the_largest_are_kept_bare),
        TEST(poison_is_given_up),
        TEST(poison_that_nobody_keeps_is_told),
        TEST(the_dead_go_into_a_stream),
        TEST(what_is_not_stored_is_not_ended),
        TEST(a_grave_may_be_gone),
        TEST(a_lost_server_may_not_have_stored_it),
        TEST(answers_find_their_own),
        TEST(a_stop_waits_for_the_grave),
        TEST(who_listens_hears_of_them),
        TEST(a_stream_may_say_nothing),
        TEST(what_is_about_nothing_is_left),
    };
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: dead", tests, NULL, NULL);
    broker_end();
    return failed;
}
