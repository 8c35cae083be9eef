/* One job is received and waited for, in no loop; another stands in an array. */
#include <weir.h>

struct WEIR_MUST_PAR_SPAWN("jobs are independent") job {
    char path[200];
};

static bool run(const struct job *job, weir_error *error)
{
    weir_stream *copy = weir_copy(weir_file_reader(job->path), weir_null_writer());
    return weir_await(copy, NULL, error) == WEIR_READY;
}

bool run_next(weir_stream *queue, weir_error *error)
{
    struct job job;
    return weir_await_next(queue, &job, error) == WEIR_READY && run(&job, error);
}

bool run_last(weir_stream *queue, weir_error *error)
{
    struct job last = {""};
    weir_for_try (struct job, job, queue, *error)
        last = job;
    return last.path[0] && run(&last, error);
}
