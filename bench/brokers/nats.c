/* A stream of JetStream, made anew when it is published to, and its consumer. */

#include <nats/nats.h>
#include <stdio.h>

#include "rig.h"
#include "weir/nats.h"

/* The stream, of a file, and a durable consumer for those who read it. */
static natsStatus make(jsCtx *js, const char *stream)
{
    char subject[80];
    const char *subjects[] = {subject};
    jsStreamConfig config;
    jsConsumerConfig consumer;
    snprintf(subject, sizeof subject, "in.%s", stream);
    jsStreamConfig_Init(&config);
    config.Name = stream;
    config.Subjects = subjects;
    config.SubjectsLen = 1;
    jsConsumerConfig_Init(&consumer);
    consumer.Durable = "w";
    consumer.AckPolicy = js_AckExplicit;
    consumer.MaxAckPending = 100000;
    (void)js_DeleteStream(js, stream, NULL, NULL);
    natsStatus status = js_AddStream(NULL, js, &config, NULL, NULL);
    if (status == NATS_OK)
        status = js_AddConsumer(NULL, js, stream, &consumer, NULL, NULL);
    return status;
}

static bool prepare(const char *at, const char *stream)
{
    natsConnection *connection = NULL;
    jsCtx *js = NULL;
    char url[80];
    snprintf(url, sizeof url, "nats://%s", at);
    natsStatus status = natsConnection_ConnectTo(&connection, url);
    if (status == NATS_OK)
        status = natsConnection_JetStream(&js, connection, NULL);
    if (status == NATS_OK)
        status = make(js, stream);
    jsCtx_Destroy(js);
    natsConnection_Destroy(connection);
    if (status != NATS_OK)
        fprintf(stderr, "nats: %s\n", natsStatus_GetText(status));
    return status == NATS_OK;
}

static weir_stream *publish(weir_stream *lines, const char *at, const char *stream)
{
    static char subject[80];
    snprintf(subject, sizeof subject, "in.%s", stream);
    return weir_to_nats(lines, &WEIR_NATS_INTO(.at = at, .subject = subject));
}

static weir_stream *read_all(const char *at, const char *stream, uint32_t page)
{
    return weir_nats(
        &WEIR_NATS_FROM(.at = at, .stream = stream, .consumer = "w", .fetch_max = page));
}

int main(int argc, char **argv)
{
    static const struct rig rig = {"nats", prepare, publish, read_all, .marks = 0};
    return rig_main(argc, argv, &rig);
}
