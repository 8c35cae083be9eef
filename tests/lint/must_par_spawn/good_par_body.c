/* The body of a parallel loop receives a job and waits: that is what it is for. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    char path[200];
};

WEIR_TRY_PAR_FN(run, struct job, job, void *, arg, error)
{
    (void)arg;
    weir_stream *copy = weir_copy(weir_file_reader(job.path), weir_null_writer());
    return weir_await(copy, NULL, error) == WEIR_READY;
}

bool run_jobs(weir_stream *queue, weir_error *error)
{
    return weir_run(weir_par_for_each(queue, &run, NULL, 8, NULL), NULL, error) != WEIR_ERROR;
}
