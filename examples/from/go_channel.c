/* Three goroutines send, the last one closes, and a loop ranges over what comes. */

#include <stdio.h>

#include "weir.h"

struct worker {
    weir_sender *tx;
    int64_t from;
};

static bool work(struct worker *self, int64_t *sent, weir_error *error)
{
    for (*sent = 0; *sent < 100; ++*sent) {
        int64_t n = self->from + *sent;
        if (weir_await(weir_send(self->tx, &n), NULL, error) != WEIR_READY)
            return false;
    }
    return true;
}

/* wg.Done(): behind the last sender the channel is closed. */
static void worker_drop(void *state)
{
    weir_sender_drop(((struct worker *)state)->tx);
}
WEIR_FIBER_FN(work_fn, work, struct worker, int64_t, .drop = worker_drop)

int main(void)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_i64, 8, &tx); /* make(chan int64, 8) */
    for (int64_t i = 0; i < 3; i++) {
        struct worker worker = {weir_sender_ref(tx), 100 * i};
        weir_drop(weir_go(&work_fn, &worker, NULL)); /* go work(tx, 100*i) */
    }
    weir_sender_drop(tx); /* ours */

    int64_t n = 0, sum = 0;
    weir_error error;
    weir_for_try (int64_t, item, rx, error) { /* for item := range rx */
        n++;
        sum += item;
    }
    if (error.code != WEIR_OK)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%lld items, %lld together\n", (long long)n, (long long)sum);
    return 0;
}
