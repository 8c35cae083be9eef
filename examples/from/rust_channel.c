/* A channel, and select! with a time limit: what came until then. */

#include <stdio.h>

#include "weir.h"

static const uint64_t ms_ns = 1000 * 1000;

/* Sends three, and keeps its sender for a minute, unless it is told to go. */
static bool produce(weir_sender **tx, int64_t *sent, weir_error *error)
{
    for (*sent = 0; *sent < 3; ++*sent)
        if (weir_await(weir_send(*tx, sent), NULL, error) != WEIR_READY)
            return false;
    return weir_await(weir_sleep(60000 * ms_ns), NULL, error) == WEIR_READY;
}

static void sender_drop(void *tx)
{
    weir_sender_drop(*(weir_sender **)tx);
}
WEIR_FIBER_FN(produce_fn, produce, weir_sender *, int64_t, .drop = sender_drop)

int main(void)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_i64, 2, &tx);
    weir_stream *task = weir_abort_on_drop(weir_go(&produce_fn, &tx, NULL)); /* it has tx now */

    weir_error error;
    weir_for_try (int64_t, n, weir_take_until(rx, weir_sleep(20 * ms_ns)), error)
        printf("got %lld\n", (long long)n);
    printf("late\n");
    weir_drop(task); /* JoinHandle::abort */
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    return 0;
}
