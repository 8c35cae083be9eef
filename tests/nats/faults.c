/* Each call of cnats fails once: nothing is lost, and what is open is given again. The linker puts
 * these in the place of the calls (tests/meson.build). */

#include "../broker/fault.h"
#include "broker.h"
#include "nats/link.h"

static struct {
    struct fault call;
    natsStatus status;
    jsErrCode code;
} fault = {.call.lock = PTHREAD_MUTEX_INITIALIZER};

static void arm(const char *name, long at)
{
    fault.status = NATS_NO_MEMORY;
    fault.code = 0;
    fault_arm(&fault.call, name, at);
}

#define FAULT(name, parameters, arguments)                                                         \
    natsStatus __real_##name parameters;                                                           \
    natsStatus __wrap_##name parameters;                                                           \
    natsStatus __wrap_##name parameters                                                            \
    {                                                                                              \
        return fault_is_now(&fault.call, #name) ? fault.status : __real_##name arguments;          \
    }
#define JS_FAULT(name, parameters, arguments)                                                      \
    natsStatus __real_##name parameters;                                                           \
    natsStatus __wrap_##name parameters;                                                           \
    natsStatus __wrap_##name parameters                                                            \
    {                                                                                              \
        if (!fault_is_now(&fault.call, #name))                                                     \
            return __real_##name arguments;                                                        \
        if (code)                                                                                  \
            *code = fault.code;                                                                    \
        return fault.status;                                                                       \
    }

FAULT(natsOptions_Create, (natsOptions * *out), (out))
FAULT(natsOptions_SetTimeout, (natsOptions * options, int64_t ms), (options, ms))
FAULT(natsConnection_Connect, (natsConnection * *out, natsOptions *options), (out, options))
FAULT(natsConnection_Subscribe,
      (natsSubscription * *out, natsConnection *connection, const char *subject,
       natsMsgHandler handler, void *arg),
      (out, connection, subject, handler, arg))
FAULT(natsConnection_JetStream, (jsCtx * *out, natsConnection *connection, jsOptions *options),
      (out, connection, options))
FAULT(natsConnection_PublishMsg, (natsConnection * connection, natsMsg *message),
      (connection, message))

/* The end of a connection has one of its own, whenever that comes: the other waits for longer. */
static bool is_of_an_end(int64_t ms)
{
    return ms <= 1000;
}

natsStatus __real_natsConnection_FlushTimeout(natsConnection *connection, int64_t ms);
natsStatus __wrap_natsConnection_FlushTimeout(natsConnection *connection, int64_t ms);
natsStatus __wrap_natsConnection_FlushTimeout(natsConnection *connection, int64_t ms)
{
    if (!is_of_an_end(ms) && fault_is_now(&fault.call, "natsConnection_FlushTimeout"))
        return fault.status;
    return __real_natsConnection_FlushTimeout(connection, ms);
}

FAULT(natsConnection_GetStats, (const natsConnection *connection, natsStatistics *out),
      (connection, out))
FAULT(natsStatistics_Create, (natsStatistics * *out), (out))
FAULT(natsSubscription_DrainTimeout, (natsSubscription * subscription, int64_t ms),
      (subscription, ms))
FAULT(natsInbox_Create, (natsInbox * *out), (out))
FAULT(natsSubscription_SetOnCompleteCB,
      (natsSubscription * subscription, natsOnCompleteCB done, void *arg),
      (subscription, done, arg))
FAULT(natsMsg_Create,
      (natsMsg * *out, const char *subject, const char *reply, const char *data, int size),
      (out, subject, reply, data, size))
FAULT(natsMsgHeader_Add, (natsMsg * message, const char *name, const char *value),
      (message, name, value))
FAULT(natsMsgHeader_Set, (natsMsg * message, const char *name, const char *value),
      (message, name, value))
FAULT(natsMsgHeader_Values, (natsMsg * message, const char *name, const char ***values, int *n),
      (message, name, values, n))
JS_FAULT(js_GetConsumerInfo,
         (jsConsumerInfo * *out, jsCtx *js, const char *stream, const char *consumer,
          jsOptions *options, jsErrCode *code),
         (out, js, stream, consumer, options, code))
JS_FAULT(js_AddConsumer,
         (jsConsumerInfo * *out, jsCtx *js, const char *stream, jsConsumerConfig *config,
          jsOptions *options, jsErrCode *code),
         (out, js, stream, config, options, code))
JS_FAULT(js_AddStream,
         (jsStreamInfo * *out, jsCtx *js, jsStreamConfig *config, jsOptions *options,
          jsErrCode *code),
         (out, js, config, options, code))

/* What is answered instead, one after the other; NULL: the server itself is asked. "": nobody says
 * anything. */
static struct {
    const char *const *texts;
    unsigned n;
} answers;

natsStatus __real_natsConnection_RequestString(natsMsg **out, natsConnection *connection,
                                               const char *subject, const char *text, int64_t ms);
natsStatus __wrap_natsConnection_RequestString(natsMsg **out, natsConnection *connection,
                                               const char *subject, const char *text, int64_t ms);
natsStatus __wrap_natsConnection_RequestString(natsMsg **out, natsConnection *connection,
                                               const char *subject, const char *text, int64_t ms)
{
    if (!answers.texts)
        return __real_natsConnection_RequestString(out, connection, subject, text, ms);
    const char *answer = answers.texts[answers.n++];
    if (!*answer)
        return NATS_TIMEOUT;
    return __real_natsMsg_Create(out, subject, NULL, answer, (int)strlen(answer));
}

/* ---- a server that is looked at ---- */

static weir_nats_from from_of(const char *stream)
{
    return WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w");
}

static const char *const of_a_look[] = {
    "natsOptions_Create",       "natsOptions_SetTimeout",   "natsConnection_Connect",
    "natsInbox_Create",         "natsConnection_Subscribe", "natsSubscription_SetOnCompleteCB",
    "natsConnection_JetStream", "js_GetConsumerInfo"};

/* With a subject for the dead there is one more of these; what there is already is left. */
static const struct {
    const char *call;
    long at;
} of_the_dead[] = {{"natsInbox_Create", 3},
                   {"natsConnection_Subscribe", 3},
                   {"natsSubscription_SetOnCompleteCB", 3},
                   {"natsConnection_JetStream", 1}};

/* The first message, behind one error that is not fatal. */
static void reads_behind_an_error(weir_stream *stream)
{
    weir_message message;
    expect_error(stream, WEIR_E_CLOSED, false, "no server answers");
    weir_state got;
    while ((got = weir_rt_next(rt, stream, &message, &error)) == WEIR_ERROR)
        assert_false(error.fatal);
    assert_int_equal(got, WEIR_READY);
    assert_int_equal(number_of(&message), 0);
    assert_true(fault_has_failed(&fault.call));
    weir_drop(stream);
}

static void looks_are_repeated(void **state)
{
    (void)state;
    broker_make("LOOKED", 30000);
    broker_publish("LOOKED", 0, 1, 10);
    for (size_t i = 0; i < sizeof of_a_look / sizeof *of_a_look; i++) {
        weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "LOOKED");
        if (!strncmp(of_a_look[i], "js_", 3))
            from.consumer = "w";
        arm(of_a_look[i], 1);
        weir_stream *stream = weir_nats(&from);
        reads_behind_an_error(from.consumer ? weir_settle_here(stream) : stream);
    }
    for (size_t i = 0; i < sizeof of_the_dead / sizeof *of_the_dead; i++) {
        weir_nats_from from = from_of("LOOKED");
        from.dead = "in.LOOKED";
        arm(of_the_dead[i].call, of_the_dead[i].at);
        reads_behind_an_error(weir_settle_here(weir_nats(&from)));
        broker_publish("LOOKED", 0, 1, 10);
    }
    arm("js_AddConsumer", 1); /* that nobody names */
    weir_nats_from from = WEIR_NATS_FROM(.at = broker.at, .stream = "LOOKED");
    reads_behind_an_error(weir_nats(&from));
    fault_disarm(&fault.call);
}

/* What the server says by this number may be otherwise in a moment. */
static void some_words_are_not_the_last(void **state)
{
    (void)state;
    static const jsErrCode codes[] = {0, JSClusterNotAvailErr, JSClusterNotLeaderErr,
                                      JSInsufficientResourcesErr};
    broker_make("WORDS", 30000);
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        broker_publish("WORDS", 0, 1, 10);
        weir_nats_from from = from_of("WORDS");
        arm("js_GetConsumerInfo", 1);
        fault.code = codes[i];
        reads_behind_an_error(weir_settle_here(weir_nats(&from)));
    }
    weir_message message;
    weir_nats_from from = from_of("WORDS");
    arm("js_GetConsumerInfo", 1);
    fault.code = JSBadRequestErr;
    fault.status = NATS_TIMEOUT; /* nothing was said */
    weir_stream *stream = weir_settle_here(weir_nats(&from));
    expect_error(stream, WEIR_E_CLOSED, false, "no server answers");
    weir_drop(stream);
    arm("js_GetConsumerInfo", 1);
    fault.code = JSBadRequestErr;
    fault.status = NATS_ERR;
    stream = weir_settle_here(weir_nats(&from));
    assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
    assert_int_equal(error.code, WEIR_E_ARGUMENT);
    assert_true(error.fatal);
    weir_drop(stream);
    fault_disarm(&fault.call);
}

/* Another one may have made it in the meantime, which is as good. */
static void what_cannot_be_made_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *call;
        jsErrCode code;
        bool fatal;
    } rows[] = {{"js_AddStream", 0, false},
                {"js_AddStream", JSBadRequestErr, true},
                {"js_AddStream", JSStreamNameExistErr, true}, /* and then there is none */
                {"js_AddConsumer", 0, false},
                {"js_AddConsumer", JSBadRequestErr, true},
                {"js_AddConsumer", JSConsumerNameExistErr, true}};
    weir_message message;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_nats_from from = from_of("UNMADE");
        from.create = "in.UNMADE";
        arm(rows[i].call, 1);
        fault.code = rows[i].code;
        fault.status = NATS_ERR;
        weir_stream *stream = weir_settle_here(weir_nats(&from));
        assert_int_equal(weir_rt_next(rt, stream, &message, &error), WEIR_ERROR);
        assert_int_equal(error.fatal, rows[i].fatal);
        assert_true(fault_has_failed(&fault.call));
        weir_drop(stream);
        js_DeleteStream(broker.js, "UNMADE", NULL, NULL);
    }
    fault_disarm(&fault.call);
}

/* What is refused is so the next time too; what a file of credentials has nothing to do with may be
 * otherwise. */
static void who_is_refused_is_told(void **state)
{
    (void)state;
    static const struct {
        natsStatus status;
        bool credentials, fatal;
    } rows[] = {{NATS_CONNECTION_AUTH_FAILED, false, true},
                {NATS_NOT_PERMITTED, false, true},
                {NATS_ERR, true, true},
                {NATS_ERR, false, false},
                {NATS_NO_MEMORY, true, false}};
    const char *file = rig_write(broker.dir, "user", "no credentials");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        weir_nats_from from = from_of("WORDS");
        from.credentials = rows[i].credentials ? file : NULL;
        arm("natsConnection_Connect", 1);
        fault.status = rows[i].status;
        weir_stream *stream = weir_settle_here(weir_nats(&from));
        expect_error(stream, WEIR_E_CLOSED, rows[i].fatal,
                     rows[i].fatal ? "the connection is given up" : "no server answers");
        weir_drop(stream);
    }
    fault_disarm(&fault.call);
}

/* ---- where the dead go ---- */

#define NO_STREAM "{\"total\":0,\"streams\":null}"
#define A_STREAM "{\"total\":1,\"streams\":[\"GRAVES\"]}"

/* What is asked about the subject of the dead: its streams, and then whether that one answers. */
static const struct {
    const char *answers[2];
    bool fatal, waits; /* ... for it */
} of_a_subject[] = {
    {{NO_STREAM}, true, false},
    {{"{\"error\":{\"code\":503},\"streams\":null}"}, false, false}, /* it does not know */
    {{""}, false, false},
    {{"{}"}, false, false},
    {{A_STREAM, ""}, false, false},
    {{A_STREAM, "{\"config\":{\"no_ack\":true}}"}, false, false},
    {{A_STREAM, "{\"config\":{\"no_ack\":false}}"}, false, true},
};

static bool waits_for_graves(const weir_stream *stream)
{
    struct weir_nats_link *link = broker_link(stream);
    pthread_mutex_lock(&link->lock);
    bool waits = link->graves_answer;
    pthread_mutex_unlock(&link->lock);
    return waits;
}

static void what_is_known_of_a_grave(void **state)
{
    (void)state;
    weir_message message;
    broker_make("SUBJECT", 30000);
    for (size_t i = 0; i < sizeof of_a_subject / sizeof *of_a_subject; i++) {
        broker_publish("SUBJECT", 0, 1, 10);
        weir_nats_from from = from_of("SUBJECT");
        from.dead = "in.GRAVES";
        answers.texts = of_a_subject[i].answers;
        answers.n = 0;
        weir_stream *source = weir_nats(&from), *messages = weir_settle_here(weir_by_ref(source));
        if (of_a_subject[i].fatal)
            expect_error(messages, WEIR_E_ARGUMENT, true, "no stream stores it");
        else
            take(messages, &message);
        assert_int_equal(waits_for_graves(source), of_a_subject[i].waits);
        weir_drop(messages);
        weir_drop(source);
    }
    answers.texts = NULL;
}

/* ---- what is written ---- */

static weir_message headed(int64_t i, void *arg)
{
    static const weir_header headers[] = {{"colour", "red"}, {"Nats-Own", "7"}};
    (void)arg;
    return (weir_message){.value = {"x", 1},
                          .topic = "in.WRITTEN",
                          .headers = headers,
                          .n_headers = 2,
                          .offset = i,
                          .partition = -1};
}
WEIR_MAP_FN(headed_fn, headed, int64_t, weir_message, .to = &weir_type_message)

static weir_stream *writer(bool core)
{
    return weir_to_nats(weir_map(weir_range(0, 2), &headed_fn, NULL),
                        &WEIR_NATS_INTO(.at = broker.at, .core = core));
}

static void what_cannot_be_written_is_told(void **state)
{
    (void)state;
    static const char *const calls[] = {"natsMsg_Create", "natsMsgHeader_Add", "natsMsgHeader_Set"};
    broker_make("WRITTEN", 30000);
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        arm(calls[i], 1);
        fails(writer(false), WEIR_E_SYSTEM, "cannot publish");
        assert_true(fault_has_failed(&fault.call));
    }
    for (size_t i = 0; i < 2; i++) {
        arm(i ? "natsMsg_Create" : "natsConnection_PublishMsg", 1);
        fails(writer(true), WEIR_E_SYSTEM, "cannot publish");
    }
    arm("natsConnection_PublishMsg", 1);
    fault.status = NATS_MAX_PAYLOAD;
    fails(writer(false), WEIR_E_SYSTEM, "cannot publish");
    fault_disarm(&fault.call);
}

/* It is published again. */
static void what_did_not_go_out_goes_later(void **state)
{
    (void)state;
    arm("natsConnection_PublishMsg", 1);
    run_sink(writer(false), 2);
    assert_true(fault_has_failed(&fault.call));
    fault_disarm(&fault.call);
}

/* Without a stream: a flush that failed is tried again where the connection is the same, which is
 * not known where it cannot be counted. */
static void flushes_are_repeated(void **state)
{
    (void)state;
    arm("natsConnection_FlushTimeout", 1);
    run_sink(writer(true), 2);
    assert_true(fault_has_failed(&fault.call));
    for (long at = 1; at <= 2; at++) {
        arm("natsStatistics_Create", at);
        fails(writer(true), WEIR_E_CLOSED, "may not have read");
        arm("natsConnection_GetStats", at);
        fails(writer(true), WEIR_E_CLOSED, "may not have read");
    }
    fault_disarm(&fault.call);
}

/* ---- what is buried ---- */

static void publish_ill(void)
{
    natsMsg *message = NULL;
    assert_int_equal(natsMsg_Create(&message, "in.ILL", NULL, "7", 1), NATS_OK);
    assert_int_equal(natsMsgHeader_Set(message, "Trace", "abc"), NATS_OK);
    assert_int_equal(natsMsgHeader_Set(message, "Place", "here"), NATS_OK);
    assert_int_equal(js_PublishMsg(NULL, broker.js, message, NULL, NULL), NATS_OK);
    natsMsg_Destroy(message);
}

static const struct {
    const char *call;
    long at;
    natsStatus status;
    const char *dead;
} of_a_grave[] = {{"natsMsg_Create", 1, NATS_NO_MEMORY, "in.GRAVES"},
                  {"natsMsgHeader_Add", 1, NATS_NO_MEMORY, "in.GRAVES"},
                  {"natsMsgHeader_Set", 1, NATS_NO_MEMORY, "in.GRAVES"},
                  {"natsMsgHeader_Set", 2, NATS_NO_MEMORY, "in.GRAVES"},
                  {"natsConnection_PublishMsg", 1, NATS_NO_MEMORY, "in.GRAVES"},
                  {"natsConnection_PublishMsg", -3, NATS_MAX_PAYLOAD, "in.GRAVES"},
                  {"natsConnection_PublishMsg", 1, NATS_NO_MEMORY, "who.listens"}};

/* What could not be kept is not ended: it comes again behind the ack wait. */
static void graves_are_dug_again(void **state)
{
    (void)state;
    broker_make("ILL", 300);
    broker_make("GRAVES", 30000);
    for (size_t i = 0; i < sizeof of_a_grave / sizeof *of_a_grave; i++) {
        fault_disarm(&fault.call);
        publish_ill();
        weir_nats_from from = from_of("ILL");
        from.dead = of_a_grave[i].dead;
        weir_stream *jobs = weir_nats_jobs(&from);
        weir_job job = take_job(jobs);
        arm(of_a_grave[i].call, of_a_grave[i].at);
        fault.status = of_a_grave[i].status;
        weir_job_dead(&job, "it was ill");
        assert_true(fault_has_failed(&fault.call));
        job = take_job(jobs);
        assert_true(job.message.tries >= 2);
        weir_job_dead(&job, i ? "it was ill" : NULL);
        assert_true(broker_left_is("ILL", 0, 0));
        weir_drop(jobs);
    }
    fault_disarm(&fault.call);
}

/* Its other headers are there. */
static void headers_that_cannot_be_read_are_left_out(void **state)
{
    (void)state;
    fault_disarm(&fault.call);
    publish_ill();
    weir_nats_from from = from_of("ILL");
    weir_stream *jobs = weir_nats_jobs(&from);
    arm("natsMsgHeader_Values", 1);
    weir_job job = take_job(jobs);
    fault_disarm(&fault.call);
    assert_int_equal(job.message.n_headers, 1);
    weir_job_done(&job);
    weir_drop(jobs);
}

/* ---- the end ---- */

/* Where the server cannot be told, nothing is waited for; it gives again what was on its way. */
static void who_cannot_be_told_is_left(void **state)
{
    (void)state;
    weir_message message;
    broker_make("UNTOLD", 500);
    for (unsigned i = 0; i < 2; i++) {
        broker_publish("UNTOLD", i, 1, 10);
        weir_nats_from from = from_of("UNTOLD");
        weir_stream *messages = weir_settle_here(weir_nats(&from));
        take(messages, &message);
        arm("natsSubscription_DrainTimeout", (long)i + 1);
        if (i)
            weir_rt_stop(rt);
        while (i && weir_rt_next(rt, messages, &message, &error) != WEIR_END)
            ;
        weir_drop(messages);
        assert_true(fault_has_failed(&fault.call));
    }
    fault_disarm(&fault.call);
}

/* ---- what is known of the connection ---- */

natsConnStatus __real_natsConnection_Status(natsConnection *connection);
natsConnStatus __wrap_natsConnection_Status(natsConnection *connection);
natsConnStatus __wrap_natsConnection_Status(natsConnection *connection)
{
    return fault_is_now(&fault.call, "natsConnection_Status")
               ? NATS_CONN_STATUS_CONNECTED
               : __real_natsConnection_Status(connection);
}

/* The status is that of a connection of which nothing was told yet. */
static void a_status_is_not_ahead_of_what_is_told(void **state)
{
    (void)state;
    broker_make("AHEAD", 30000);
    weir_nats_from from = from_of("AHEAD");
    struct weir_nats_link *link = weir_nats_link_new(&from, weir_nats_on_message);
    assert_int_equal(weir_nats_connect(link), NATS_OK);
    broker_wait_for(link, true);
    broker_kill();
    broker_wait_for(link, false);
    arm("natsConnection_Status", 1);
    assert_int_equal(weir_nats_connect(link), NATS_OK);
    fault_disarm(&fault.call);
    broker_wait_for(link, false);
    broker_start();
    broker_wait_for(link, true);
    weir_nats_link_leave(link);
}

/* Who comes back is looked at at once, whatever was to be waited for. */
static void who_comes_back_is_looked_at(void **state)
{
    (void)state;
    weir_message message;
    broker_make("CAME", 30000);
    broker_publish("CAME", 0, 1, 10);
    weir_nats_from from = from_of("CAME");
    weir_stream *source = weir_nats(&from), *messages = weir_settle_here(weir_by_ref(source));
    arm("js_GetConsumerInfo", 1);
    expect_error(messages, WEIR_E_CLOSED, false, "no server answers");
    broker_kill();
    broker_wait_for(broker_link(source), false);
    broker_start();
    broker_wait_for(broker_link(source), true);
    expect_error(messages, WEIR_E_CLOSED, false, "there again");
    take(messages, &message);
    weir_drop(messages);
    weir_drop(source);
    fault_disarm(&fault.call);
}

int nats_faults(void)
{
    const struct CMUnitTest tests[] = {
        TEST(looks_are_repeated),
        TEST(some_words_are_not_the_last),
        TEST(what_cannot_be_made_is_told),
        TEST(who_is_refused_is_told),
        TEST(what_is_known_of_a_grave),
        TEST(what_cannot_be_written_is_told),
        TEST(what_did_not_go_out_goes_later),
        TEST(flushes_are_repeated),
        TEST(graves_are_dug_again),
        TEST(headers_that_cannot_be_read_are_left_out),
        TEST(who_cannot_be_told_is_left),
        TEST(a_status_is_not_ahead_of_what_is_told),
        TEST(who_comes_back_is_looked_at),
    };
    fault_disarm(&fault.call);
    if (!broker_begin())
        return 0;
    int failed = cmocka_run_group_tests_name("nats: faults", tests, NULL, NULL);
    broker_end();
    return failed;
}
