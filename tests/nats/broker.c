/* The server of these tests. */

#include "broker.h"

#include <signal.h>
#include <sys/wait.h>

#include "nats/source.h"

struct broker broker;

/* ---- the process ---- */

/* That of who is known always, which only a strict server asks for. */
#define USER "tests"
#define PASSWORD "secret"

static void run_server(void)
{
    char port[16];
    snprintf(port, sizeof port, "%d", broker.port);
    execl(WEIR_NATS_SERVER, "nats-server", "-js", "-sd", broker.dir, "-a", "127.0.0.1", "-p", port,
          "--ports_file_dir", broker.dir, broker.strict ? "--user" : (char *)NULL, USER, "--pass",
          PASSWORD, (char *)NULL);
}

static bool read_port(void)
{
    char path[80], text[200] = "";
    snprintf(path, sizeof path, "%s/nats-server_%d.ports", broker.dir, (int)broker.pid);
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    size_t n = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    text[n] = '\0';
    const char *colon = strrchr(text, ':');
    broker.port = colon ? atoi(colon + 1) : 0;
    return broker.port != 0;
}

void broker_start(void)
{
    broker.pid = rig_start(broker.dir, run_server);
    for (unsigned waited = 0; !read_port();)
        if ((waited += wait_ms(10)) > 10000 || waitpid(broker.pid, NULL, WNOHANG))
            fail_msg("nats-server does not start: see %s/log", broker.dir);
    if (!*broker.at)
        snprintf(broker.at, sizeof broker.at, "127.0.0.1:%d", broker.port);
}

void broker_stop(void)
{
    int status;
    kill(broker.pid, SIGSTOP);
    assert_int_equal(waitpid(broker.pid, &status, WUNTRACED), broker.pid);
}

void broker_go_on(void)
{
    kill(broker.pid, SIGCONT);
}

void broker_kill(void)
{
    rig_kill(broker.pid);
}

static void connect_to_it(void)
{
    char url[60];
    jsOptions options;
    snprintf(url, sizeof url, "nats://" USER ":" PASSWORD "@%s", broker.at);
    jsOptions_Init(&options);
    natsStatus status = NATS_ERR;
    for (unsigned waited = 0; status != NATS_OK && waited < 10000;) {
        status = natsConnection_ConnectTo(&broker.connection, url);
        if (status != NATS_OK)
            waited += wait_ms(20);
    }
    assert_int_equal(status, NATS_OK);
    assert_int_equal(natsConnection_JetStream(&broker.js, broker.connection, &options), NATS_OK);
}

bool broker_begin(void)
{
    if (!rig_has(WEIR_NATS_SERVER, "nats-server"))
        return false;
    broker = (struct broker){.dir = "/tmp/weir-nats-XXXXXX", .port = rig_free_port()};
    assert_non_null(mkdtemp(broker.dir));
    broker_start();
    connect_to_it();
    return true;
}

void broker_end(void)
{
    jsCtx_Destroy(broker.js);
    natsConnection_Destroy(broker.connection);
    broker_kill();
    rig_remove(broker.dir);
}

/* ---- what it keeps ---- */

void broker_make_of(const char *stream, jsConsumerConfig *consumer)
{
    char subject[80];
    const char *subjects[] = {subject};
    jsStreamConfig config;
    snprintf(subject, sizeof subject, "in.%s", stream);
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    assert_int_equal(js_AddStream(NULL, broker.js, &config, NULL, NULL), NATS_OK);
    consumer->Durable = "w";
    consumer->AckPolicy = js_AckExplicit;
    assert_int_equal(js_AddConsumer(NULL, broker.js, stream, consumer, NULL, NULL), NATS_OK);
}

void broker_make(const char *stream, int64_t ack_wait_ms)
{
    jsConsumerConfig consumer;
    jsConsumerConfig_Init(&consumer);
    consumer.AckWait = ack_wait_ms * 1000000;
    consumer.MaxAckPending = 100000;
    broker_make_of(stream, &consumer);
}

void broker_publish(const char *stream, unsigned from, unsigned n, size_t bytes)
{
    char subject[80], text[32];
    char *body = malloc(bytes + sizeof text);
    snprintf(subject, sizeof subject, "in.%s", stream);
    for (unsigned i = from; i < from + n; i++) {
        int size = snprintf(text, sizeof text, "%u ", i);
        memset(body, ' ', bytes + sizeof text);
        memcpy(body, text, (size_t)size);
        int all = (size_t)size > bytes ? size : (int)bytes;
        assert_int_equal(js_PublishAsync(broker.js, subject, body, all, NULL), NATS_OK);
    }
    free(body);
    jsPubOptions options;
    jsPubOptions_Init(&options);
    options.MaxWait = 20000;
    assert_int_equal(js_PublishAsyncComplete(broker.js, &options), NATS_OK);
}

void broker_publish_headed(const char *stream, unsigned n)
{
    char subject[80];
    natsMsg *message = NULL;
    snprintf(subject, sizeof subject, "in.%s", stream);
    assert_int_equal(natsMsg_Create(&message, subject, NULL, "0", 1), NATS_OK);
    for (unsigned i = 0; i < n; i++)
        natsMsgHeader_Add(message, "n", "v");
    assert_int_equal(js_PublishMsg(NULL, broker.js, message, NULL, NULL), NATS_OK);
    natsMsg_Destroy(message);
}

uint64_t broker_stored(const char *stream)
{
    jsStreamInfo *info = NULL;
    assert_int_equal(js_GetStreamInfo(&info, broker.js, stream, NULL, NULL), NATS_OK);
    uint64_t n = info->State.Msgs;
    jsStreamInfo_Destroy(info);
    return n;
}

uint64_t broker_stored_soon(const char *stream)
{
    jsStreamInfo *info = NULL;
    for (unsigned waited = 0; !info && waited < 10000; waited += wait_ms(20))
        (void)js_GetStreamInfo(&info, broker.js, stream, NULL, NULL);
    jsStreamInfo_Destroy(info);
    return broker_stored(stream);
}

struct broker_left broker_left(const char *stream)
{
    jsConsumerInfo *info = NULL;
    if (js_GetConsumerInfo(&info, broker.js, stream, "w", NULL, NULL) != NATS_OK)
        return (struct broker_left){UINT64_MAX, UINT64_MAX};
    struct broker_left left = {info->NumPending, (uint64_t)info->NumAckPending};
    jsConsumerInfo_Destroy(info);
    return left;
}

bool broker_left_is(const char *stream, uint64_t pending, uint64_t unacked)
{
    struct broker_left left = {0};
    for (unsigned waited = 0; waited < 5000; waited += wait_ms(20)) {
        left = broker_left(stream);
        if (left.pending == pending && left.unacked == unacked)
            return true;
    }
    fprintf(stderr, "%s: %llu pending, %llu not acknowledged\n", stream,
            (unsigned long long)left.pending, (unsigned long long)left.unacked);
    return false;
}

/* ---- who reads from it ---- */

struct weir_nats_link *broker_link(const weir_stream *source)
{
    return WEIR_CONTAINER(source, struct weir_nats_source, stream)->link;
}

static bool is_up(struct weir_nats_link *link)
{
    pthread_mutex_lock(&link->lock);
    bool up = link->up;
    pthread_mutex_unlock(&link->lock);
    return up;
}

void broker_wait_for(struct weir_nats_link *link, bool up)
{
    for (unsigned ms = 0; is_up(link) != up && ms < 10000;)
        ms += wait_ms(1);
    assert_int_equal(is_up(link), up);
}

/* ---- as others have it too ---- */

static const char *dir(void)
{
    return broker.dir;
}

static const char *at(void)
{
    return broker.at;
}

static void make(const char *stream, unsigned away_ms)
{
    broker_make(stream, away_ms);
}

static weir_stream *read_messages(const char *stream, const struct limits *limits)
{
    return weir_nats(&WEIR_NATS_FROM(.at = broker.at, .stream = stream, .consumer = "w",
                                     .message_bytes_max = limits->message_bytes_max,
                                     .receipts_max = limits->receipts_max,
                                     .fetch_max = limits->fetch_max, .drain_ns = limits->drain_ns));
}

static uint64_t open_ones(const char *stream)
{
    return broker_left(stream).unacked;
}

static bool is_done(const char *stream)
{
    struct broker_left left = broker_left(stream);
    return !left.pending && !left.unacked;
}

static uint64_t redelivered(const char *stream)
{
    jsConsumerInfo *info = NULL;
    assert_int_equal(js_GetConsumerInfo(&info, broker.js, stream, "w", NULL, NULL), NATS_OK);
    uint64_t n = (uint64_t)info->NumRedelivered;
    jsConsumerInfo_Destroy(info);
    return n;
}

const struct engine engine = {.worker = WEIR_NATS_WORKER,
                              .long_kill = "WEIR_NATS_KILL",
                              .dir = dir,
                              .at = at,
                              .start = broker_start,
                              .kill = broker_kill,
                              .make = make,
                              .add = broker_publish,
                              .read = read_messages,
                              .open = open_ones,
                              .is_done = is_done,
                              .strayed = redelivered};
