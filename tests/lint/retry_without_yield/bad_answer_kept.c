/* The loop's condition looks at the variable that the answer is kept in. */

#include "weir.h"

bool push(weir_sender *tx, int64_t job)
{
    weir_sent sent;
    do { // lint: retry_without_yield 5-7
        sent = weir_try_send(tx, &job);
    } while (sent == WEIR_SENT_FULL);
    return sent == WEIR_SENT;
}

weir_poll next_job(weir_stream *jobs, weir_cx *cx, int64_t *job)
{
    weir_poll got = weir_poll_next(jobs, cx, job, 1);
    while (got.state == WEIR_PENDING) // lint: retry_without_yield 5-10
        got = weir_poll_next(jobs, cx, job, 1);
    return got;
}
