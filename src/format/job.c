/* Jobs: how each ends. */

#include "weir/job.h"

static void job_end(weir_job *job, weir_job_end how, uint64_t after_ns, const char *reason)
{
    struct weir_job_hold *hold = job->hold;
    if (hold)
        hold->end(hold, how, after_ns, reason);
    *job = (weir_job){.hold = NULL};
}

void weir_job_done(weir_job *job)
{
    job_end(job, WEIR_JOB_DONE, 0, NULL);
}

void weir_job_again(weir_job *job, uint64_t after_ns)
{
    job_end(job, WEIR_JOB_AGAIN, after_ns, NULL);
}

void weir_job_dead(weir_job *job, const char *reason)
{
    job_end(job, WEIR_JOB_DEAD, 0, reason);
}

static void drop_job(const weir_type *type, void *item)
{
    (void)type;
    weir_job_again(item, 0);
}

const weir_type weir_type_job = {
    .name = "weir_job", .size = sizeof(weir_job), .align = _Alignof(weir_job), .drop = drop_job};
