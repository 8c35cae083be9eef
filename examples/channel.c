/* A thread that blocks and a fiber that waits send to one loop; the one that is slower holds them
 * back: four items fit between them. */

#include <pthread.h>
#include <stdio.h>

#include "weir.h"

enum { EACH = 1000 };

/* A thread without a runtime. */
static void *send_odd(void *arg)
{
    weir_sender *tx = arg;
    for (int64_t i = 1; i < 2 * EACH; i += 2)
        if (weir_send_blocking(tx, &i) != WEIR_SENT)
            break;
    weir_sender_drop(tx);
    return NULL;
}

/* A fiber on the thread of the loop. */
static bool send_even(weir_sender **tx, int64_t *sent, weir_error *error)
{
    for (int64_t i = 0; i < 2 * EACH; i += 2, ++*sent)
        if (weir_await(weir_send(*tx, &i), NULL, error) != WEIR_READY)
            return false;
    return true;
}

static void sender_drop(void *tx)
{
    weir_sender_drop(*(weir_sender **)tx);
}
WEIR_FIBER_FN(send_even_fn, send_even, weir_sender *, int64_t, .drop = sender_drop)

int main(void)
{
    weir_sender *tx;
    weir_stream *rx = weir_channel(&weir_type_i64, 4, &tx);
    pthread_t thread;
    if (!tx || pthread_create(&thread, NULL, send_odd, weir_sender_ref(tx)))
        return fprintf(stderr, "no memory, or no thread\n"), 1;
    weir_stream *fiber = weir_spawn(weir_fiber(&send_even_fn, &tx, NULL)); /* it has tx now */

    int64_t n = 0, sum = 0;
    weir_error error = {0};
    weir_for_try (int64_t, item, rx, error) {
        n++;
        sum += item;
    }
    weir_state state = weir_run(fiber, NULL, error.code ? NULL : &error);
    pthread_join(thread, NULL);
    if (state == WEIR_ERROR || error.code)
        return fprintf(stderr, "%s\n", WEIR_ERROR_TEXT(&error)), 1;
    printf("%lld items, %lld together\n", (long long)n, (long long)sum);
    return 0;
}
