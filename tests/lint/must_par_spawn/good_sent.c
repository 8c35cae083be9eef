/* The loop passes each job on to whoever receives it: it waits for room, not for the job. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    uint64_t id;
    uint32_t priority;
};

bool sort_jobs(weir_stream *queue, weir_sender *urgent, weir_sender *others, weir_error *error)
{
    weir_for_try (struct job, job, queue, *error) {
        weir_sender *to = job.priority > 9 ? urgent : others;
        if (weir_await(weir_send(to, &job), NULL, error) == WEIR_ERROR)
            return false;
    }
    return error->code == WEIR_OK;
}
