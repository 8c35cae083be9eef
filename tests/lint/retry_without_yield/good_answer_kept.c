/* The variable that the answer is kept in ends the loop where there is nothing; it goes round for
 * an item that was not wanted. */

#include "weir.h"

weir_poll next_large(weir_stream *jobs, weir_cx *cx, int64_t *job)
{
    weir_poll got;
    do {
        got = weir_poll_next(jobs, cx, job, 1);
    } while (got.state == WEIR_READY && *job < 1000);
    return got;
}

size_t push_some(weir_sender *tx, const int64_t *jobs, size_t n)
{
    size_t i = 0;
    weir_sent sent = WEIR_SENT;
    while (sent == WEIR_SENT && i < n) {
        sent = weir_try_send(tx, &jobs[i]);
        i += sent == WEIR_SENT;
    }
    return i;
}
