/* A consumer of JetStream as one writes it by hand: fetches, appends the first words to a file,
 * syncs it, acknowledges.
 *
 *   nats_worker ADDRESS STREAM FILE N
 */

#include <fcntl.h>
#include <nats/nats.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 512, LINE_BYTES = 32, WAIT_MS = 5000 };

static void die(const char *what, natsStatus status)
{
    fprintf(stderr, "nats_worker: %s: %s\n", what, natsStatus_GetText(status));
    exit(1);
}

static size_t put_words(const natsMsgList *list, char *out)
{
    size_t used = 0;
    for (int i = 0; i < list->Count; i++) {
        const char *data = natsMsg_GetData(list->Msgs[i]);
        const char *end = memchr(data, ' ', (size_t)natsMsg_GetDataLength(list->Msgs[i]));
        size_t n = end ? (size_t)(end - data) : 0;
        memcpy(out + used, data, n < LINE_BYTES ? n : LINE_BYTES);
        used += n;
    }
    return used;
}

static void keep(int fd, const char *bytes, size_t n)
{
    if (write(fd, bytes, n) != (ssize_t)n || fdatasync(fd) != 0) {
        perror("nats_worker");
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static char bytes[BATCH * LINE_BYTES];
    natsConnection *connection = NULL;
    natsSubscription *subscription = NULL;
    jsCtx *js = NULL;
    char url[80], subject[80];
    if (argc != 5)
        return 2;
    snprintf(url, sizeof url, "nats://%s", argv[1]);
    snprintf(subject, sizeof subject, "in.%s", argv[2]);
    natsStatus status = natsConnection_ConnectTo(&connection, url);
    if (status == NATS_OK)
        status = natsConnection_JetStream(&js, connection, NULL);
    jsSubOptions options;
    jsSubOptions_Init(&options);
    options.Stream = argv[2];
    if (status == NATS_OK)
        status = js_PullSubscribe(&subscription, js, subject, "w", NULL, &options, NULL);
    if (status != NATS_OK)
        die("subscribe", status);
    int fd = open(argv[3], O_WRONLY | O_CREAT | O_APPEND, 0644);
    for (long left = atol(argv[4]); left > 0;) {
        natsMsgList list;
        status = natsSubscription_Fetch(&list, subscription, BATCH, WAIT_MS, NULL);
        if (status != NATS_OK)
            die("fetch", status);
        keep(fd, bytes, put_words(&list, bytes));
        for (int i = 0; i < list.Count; i++)
            natsMsg_Ack(list.Msgs[i], NULL);
        left -= list.Count;
        natsMsgList_Destroy(&list);
    }
    natsConnection_FlushTimeout(connection, WAIT_MS);
    natsSubscription_Destroy(subscription);
    jsCtx_Destroy(js);
    natsConnection_Destroy(connection);
    return 0;
}
