/* A thread asks, a task answers: each request goes through a channel and has its own way back. A
 * request that is let go of without an answer is an error for whoever asked, and nobody waits for
 * ever. */

#include <pthread.h>
#include <stdio.h>

#include "weir.h"

struct request {
    int64_t number;
    weir_oneshot_sender *reply; /* the way back; whoever has the request has this */
};

/* What a request owns is said to the channel: what is dropped unread tells who asked. */
static void request_drop(const weir_type *type, void *item)
{
    struct request *request = item;
    (void)type;
    weir_oneshot_drop(request->reply);
}
static const weir_type request_type = WEIR_TYPE_OWNING(struct request, request_drop);

/* On a thread of its own: it may block, and weir_run() makes it a runtime when it waits first. */
static bool ask(weir_sender *tx, int64_t number, int64_t *root, weir_error *error)
{
    struct request request = {.number = number};
    weir_stream *reply = weir_oneshot(&weir_type_i64, &request.reply);
    if (weir_send_blocking(tx, &request) != WEIR_SENT)
        request_drop(&request_type, &request); /* it is still ours; then the reply fails */
    return weir_run(reply, root, error) == WEIR_READY;
}

static void *ask_some(void *arg)
{
    static const int64_t numbers[] = {49, 50, 144};
    weir_sender *tx = arg;
    for (int i = 0; i < 3; i++) {
        int64_t root = 0;
        weir_error error;
        if (ask(tx, numbers[i], &root, &error))
            printf("%lld is the square of %lld\n", (long long)numbers[i], (long long)root);
        else
            printf("%lld: %s\n", (long long)numbers[i], error.message);
    }
    weir_sender_drop(tx); /* the last sender: the requests end */
    return NULL;
}

static void answer(struct request request)
{
    int64_t root = 0;
    while (root * root < request.number)
        root++;
    if (root * root == request.number)
        (void)weir_oneshot_send(request.reply, &root); /* CLOSED: who asked has gone */
    else
        weir_oneshot_drop(request.reply);
}

int main(void)
{
    weir_sender *tx;
    weir_stream *requests = weir_channel(&request_type, 4, &tx);
    pthread_t thread;
    if (!tx || pthread_create(&thread, NULL, ask_some, tx))
        return fprintf(stderr, "no memory, or no thread\n"), 1;
    weir_error error;
    weir_for_try (struct request, request, requests, error)
        answer(request); /* the item is ours, and so is the way back */
    pthread_join(thread, NULL);
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
