/* The task waits for room, and a poll answers PENDING where it is told so. */

#include "weir.h"

bool push(weir_sender *tx, int64_t job, weir_error *error)
{
    return weir_await(weir_send(tx, &job), NULL, error) == WEIR_READY;
}

weir_poll next_job(weir_stream *jobs, weir_cx *cx, int64_t *job)
{
    return weir_poll_next(jobs, cx, job, 1);
}
