/* A consumer of JetStream, measured by who starts it.
 *
 *   nats publish ADDRESS STREAM N          N messages of 100 bytes into a stream of a file, made
 * anew nats copy ADDRESS STREAM FILE N        their first words into a file that is synced, and
 * back come the acknowledgements; ends once all N are settled nats idle ADDRESS STREAM SECONDS
 * waits where nothing comes
 */

#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "weir.h"
#include "weir/nats.h"

enum { MESSAGE_BYTES = 100 };

static weir_rt *rt;

static int failed(const weir_error *error)
{
    fprintf(stderr, "nats: %s\n", WEIR_ERROR_TEXT(error));
    return 1;
}

static int run(weir_stream *future, void *out)
{
    weir_error error;
    return weir_rt_run(rt, future, out, &error) == WEIR_ERROR ? failed(&error) : 0;
}

/* ---- publish ---- */

/* The stream and a durable consumer for those who read it. */
static natsStatus make(const char *at, const char *stream)
{
    natsConnection *connection = NULL;
    jsCtx *js = NULL;
    char url[80], subject[80];
    const char *subjects[] = {subject};
    jsStreamConfig config;
    jsConsumerConfig consumer;
    snprintf(url, sizeof url, "nats://%s", at);
    snprintf(subject, sizeof subject, "in.%s", stream);
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    jsConsumerConfig_Init(&consumer);
    consumer.Durable = "w";
    consumer.AckPolicy = js_AckExplicit;
    consumer.MaxAckPending = 100000;
    natsStatus status = natsConnection_ConnectTo(&connection, url);
    if (status == NATS_OK)
        status = natsConnection_JetStream(&js, connection, NULL);
    if (status == NATS_OK)
        (void)js_DeleteStream(js, stream, NULL, NULL);
    if (status == NATS_OK)
        status = js_AddStream(NULL, js, &config, NULL, NULL);
    if (status == NATS_OK)
        status = js_AddConsumer(NULL, js, stream, &consumer, NULL, NULL);
    jsCtx_Destroy(js);
    natsConnection_Destroy(connection);
    return status;
}

/* As many as one batch may have. */
struct texts {
    char text[WEIR_DEMAND_MAX][MESSAGE_BYTES];
};

/* Its number, and blanks up to the end of the line. */
static weir_line message_of(int64_t number, void *arg)
{
    char *text = ((struct texts *)arg)->text[number % WEIR_DEMAND_MAX];
    int n = snprintf(text, MESSAGE_BYTES, "%lld", (long long)number);
    memset(text + n, ' ', MESSAGE_BYTES - (size_t)n);
    text[MESSAGE_BYTES - 1] = '\n';
    return (weir_line){text, MESSAGE_BYTES};
}
WEIR_MAP_FN(message_fn, message_of, int64_t, weir_line, .to = &weir_type_line)

static int publish(const char *at, const char *stream, int64_t n)
{
    static struct texts texts;
    char subject[80];
    uint64_t published;
    natsStatus status = make(at, stream);
    if (status != NATS_OK) {
        fprintf(stderr, "nats: %s\n", natsStatus_GetText(status));
        return 1;
    }
    snprintf(subject, sizeof subject, "in.%s", stream);
    weir_stream *lines = weir_map(weir_range(0, n), &message_fn, &texts);
    return run(weir_to_nats(lines, &WEIR_NATS_INTO(.at = at, .subject = subject)), &published);
}

/* ---- copy ---- */

/* The source goes on for ever: it is stopped behind the last one. */
static weir_line first_word(weir_message message, void *arg)
{
    int64_t *left = arg;
    const char *end = memchr(message.value.data, ' ', message.value.size);
    if (!--*left)
        weir_rt_stop(rt);
    return (weir_line){message.value.data, end ? (size_t)(end - message.value.data) : 0};
}
WEIR_MAP_FN(word_fn, first_word, weir_message, weir_line, .from = &weir_type_message,
            .to = &weir_type_line)

static bool is_there(weir_line line, void *arg)
{
    (void)arg;
    return line.size > 0;
}
WEIR_FILTER_FN(there_fn, is_there, weir_line, .of = &weir_type_line)

static int copy(const char *at, const char *stream, const char *path, int64_t n)
{
    uint64_t written;
    weir_stream *messages = weir_nats(&WEIR_NATS_FROM(.at = at, .stream = stream, .consumer = "w"));
    weir_stream *words = weir_filter(weir_map(messages, &word_fn, &n), &there_fn, NULL);
    weir_writer *file = weir_file_writer(path, &WEIR_FILE_OPTIONS(.append = true));
    return run(weir_forward(words, file), &written);
}

/* ---- idle ---- */

static void stop(weir_rt *runtime, void *arg)
{
    unsigned *left = arg;
    if (!(*left)--)
        weir_rt_stop(runtime);
}

static int idle(const char *at, const char *stream)
{
    uint64_t came;
    weir_stream *messages = weir_nats(&WEIR_NATS_FROM(.at = at, .stream = stream, .consumer = "w"));
    return run(weir_count(weir_settle_here(messages)), &came);
}

int main(int argc, char **argv)
{
    static unsigned left;
    weir_error error;
    weir_rt_options options = {.size = sizeof options};
    const char *what = argc > 3 ? argv[1] : "";
    if (!strcmp(what, "idle") && argc == 5) {
        left = (unsigned)atoi(argv[4]);
        options.tick_ns = 1000000000;
        options.on_tick = stop;
        options.arg = &left;
    }
    rt = weir_rt_new(&options, &error);
    if (!rt)
        return failed(&error);
    int code = 2;
    if (!strcmp(what, "publish") && argc == 5)
        code = publish(argv[2], argv[3], atoll(argv[4]));
    else if (!strcmp(what, "copy") && argc == 6)
        code = copy(argv[2], argv[3], argv[4], atoll(argv[5]));
    else if (options.on_tick)
        code = idle(argv[2], argv[3]);
    weir_rt_drop(rt);
    return code;
}
